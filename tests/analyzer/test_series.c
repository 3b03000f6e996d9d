#include "analyzer/series.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

#define STEPS 4u

/* Sizes of a cache's list, and how many pages are in it, at each step. */
struct world {
	unsigned list[STEPS], pages[STEPS], seconds[STEPS];
	bool other_process; /* the later ones lie elsewhere */
};

static void add_all(const struct world *world, const struct series_selection *selection, struct series *series)
{
	static const struct series_selection all = {.paths = 100};
	assert_ok(series_init(series, STEPS, selection != NULL ? selection : &all));
	for (unsigned s = 0; s < STEPS; s++) {
		AUTO(text) struct text text = {0};
		unsigned base = world->other_process ? 0x1000 * s : 0;
		text_init(&text);
		text_printf(&text, "meta capture_time_ns %llu000000000\n", 1000ull + world->seconds[s]);
		text_printf(&text, "object %u dict size=100\nobject %u list size=%u\nedge %u %u .cache\n", base + 16,
			    base + 32, world->list[s], base + 16, base + 32);
		for (unsigned i = 0; i < world->pages[s]; i++)
			text_printf(&text, "object %u app.Page size=50\nedge %u %u [i]\n", base + 48 + 16 * i,
				    base + 32, base + 48 + 16 * i);
		text_printf(&text, "root modules sys.modules\nrootedge %u ['app']\n", base + 16);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		assert_ok(series_add(series, loaded.reader, NULL));
	}
	cr_assert_eq(series->added, STEPS);
}

static const struct series_row *find(const struct series_table *table, const char *name)
{
	for (size_t i = 0; i < table->rows.count; i++)
		if (table->rows.items[i].name.name != NULL && strcmp(table->rows.items[i].name.name, name) == 0)
			return &table->rows.items[i];
	cr_assert(false, "no row %s", name);
	return NULL;
}

/* Pages came at every step, the list grew once; in one process or several. */
HEAP_TEST(series, adds_up_by_type_and_by_path)
{
	for (int other = 0; other < 2; other++) {
		struct world world = {.list = {60, 60, 90, 90},
				      .pages = {1, 2, 4, 5},
				      .seconds = {0, 60, 120, 180},
				      .other_process = other};
		AUTO(series) struct series series = {0};
		add_all(&world, NULL, &series);
		const struct series_row *type = find(&series.types, "app.Page"),
					*path = find(&series.paths, "app.cache[*] app.Page"),
					*list = find(&series.paths, "app.cache list");
		for (unsigned s = 0; s < STEPS; s++) {
			cr_assert_eq(type->values[s].count, world.pages[s]);
			cr_assert_eq(path->values[s].count, world.pages[s]);
			cr_assert_eq(path->values[s].size, 50 * world.pages[s]);
			cr_assert_eq(list->values[s].size, world.list[s]);
			cr_assert_eq(series.totals[s].size, 100 + world.list[s] + 50 * world.pages[s]);
		}
		cr_assert_eq(series_shape_of(&series, type), SERIES_EVERY_STEP);
		cr_assert_eq(series_shape_of(&series, list), SERIES_ONCE);
		cr_assert_lt(series_compare(&series, type, list), 0);
		double slope;
		cr_assert(series_slope(&series, type, &slope));
		/* Of 50, 100, 200, 250 at 0, 1, 2, 3 minutes, by hand. */
		cr_assert_float_eq(slope, 70, 1e-6);
	}
}

HEAP_TEST(series, tells_how_it_went)
{
	static const struct {
		unsigned list[STEPS];
		enum series_shape shape;
		size_t grown;
	} cases[] = {{{1, 2, 3, 4}, SERIES_EVERY_STEP, 3}, {{1, 2, 2, 4}, SERIES_MORE_STEPS, 2},
		     {{1, 1, 9, 9}, SERIES_ONCE, 1},       {{1, 5, 2, 4}, SERIES_UP_AND_DOWN, 2},
		     {{4, 5, 2, 1}, SERIES_SHRANK, 1},     {{3, 3, 3, 3}, SERIES_SAME, 0},
		     {{3, 5, 1, 3}, SERIES_UP_AND_DOWN, 2}};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct world world = {.seconds = {0, 60, 60, 60}};
		memcpy(world.list, cases[c].list, sizeof world.list);
		AUTO(series) struct series series = {0};
		add_all(&world, NULL, &series);
		const struct series_row *list = find(&series.types, "list");
		cr_assert_eq(series_shape_of(&series, list), cases[c].shape, "case %zu", c);
		cr_assert_eq(series_grown(&series, list), cases[c].grown);
	}
}

/* Captures without times, or all at one, have no slope. */
HEAP_TEST(series, has_no_slope_without_times)
{
	struct world world = {.list = {1, 2, 3, 4}, .seconds = {5, 5, 5, 5}};
	AUTO(series) struct series series = {0};
	add_all(&world, NULL, &series);
	double slope;
	cr_assert_not(series_slope(&series, find(&series.types, "list"), &slope));
}

/* The list is not what grew most: with room for one path, it is found by its type all the same. The first is told anyway. */
HEAP_TEST(series, chooses_among_all_paths_by_type)
{
	AUTO(match) struct match *types = NULL;
	assert_ok(match_create("^list$", MATCH_SEARCH, &types));
	struct world world = {.list = {60, 60, 90, 90}, .pages = {1, 2, 4, 5}, .seconds = {0, 60, 120, 180}};
	struct series_selection lists = {.types = types, .paths = 1}, all = {.paths = 1};
	AUTO(series) struct series chosen = {0};
	AUTO(series) struct series series = {0};
	add_all(&world, &lists, &chosen);
	cr_assert(series_wants(&chosen, find(&chosen.paths, "app.cache list")));
	cr_assert_not(series_wants(&chosen, find(&chosen.paths, "app.cache[*] app.Page")));
	cr_assert_str_eq(chosen.best_path.name, "app.cache[*] app.Page");
	cr_assert_eq(chosen.paths_left, 0);
	add_all(&world, &all, &series);
	cr_assert_eq(series.paths_left, 1);
}
