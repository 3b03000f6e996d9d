/* Do the lines below each line add up to it, whatever the file says? Random kinds and arenas; and what files without them tell. */
#include "analyzer/waterfall.h"

#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

struct poured {
	struct loaded loaded;
	struct allocator allocator;
	struct occupancy occupancy;
	struct waterfall waterfall;
};

static void poured_deinit(struct poured *poured)
{
	waterfall_deinit(&poured->waterfall);
	occupancy_deinit(&poured->occupancy);
	allocator_deinit(&poured->allocator);
	help_loaded_deinit(&poured->loaded);
}
DEFINE_AUTO_VALUE(poured, struct poured, poured_deinit);

static void pour(struct poured *poured, const char *text)
{
	help_load(&poured->loaded, text);
	assert_ok(allocator_create(poured->loaded.reader, &poured->allocator));
	assert_ok(occupancy_create(poured->loaded.reader, &poured->allocator, NULL, &poured->occupancy));
	assert_ok(waterfall_create(poured->loaded.reader, &poured->occupancy, &poured->waterfall));
}

static void check_sums(const struct waterfall *waterfall)
{
	const struct waterfall_line *lines = waterfall->lines.items;
	for (size_t i = 0; i < waterfall->lines.count; i++) {
		uint64_t size = 0, resident = 0;
		bool sized = false, measured = false;
		cr_assert(i == 0 ? lines[i].parent == WATERFALL_TOP : lines[i].parent < i);
		for (size_t k = i + 1; k < waterfall->lines.count; k++) {
			if (lines[k].parent != i)
				continue;
			sized = sized || lines[k].size != META_ABSENT;
			measured = measured || lines[k].resident != META_ABSENT;
			size += lines[k].size != META_ABSENT ? lines[k].size : 0;
			resident += lines[k].resident != META_ABSENT ? lines[k].resident : 0;
		}
		cr_assert(!sized || lines[i].size == META_ABSENT || size == lines[i].size, "%s: %lu of %lu",
			  lines[i].name, size, lines[i].size);
		cr_assert(!measured || lines[i].resident == META_ABSENT || resident == lines[i].resident,
			  "%s: %lu of %lu", lines[i].name, resident, lines[i].resident);
	}
}

static unsigned roll(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(*state >> 33) % below;
}

static void add_kinds(struct text *text, uint64_t *state)
{
	static const char *const names[] = {"arenas",      "object_buffers", "malloc_used", "malloc_cached",
					    "malloc_free", "stacks",         "files_code",  "files_data",
					    "shared",      "reserved",       "anonymous",   "undivided",
					    "of_tomorrow", "pools",          "process",     "of_tomorrow"};
	unsigned kinds = roll(state, sizeof names / sizeof *names + 1);
	for (unsigned i = 0; i < kinds; i++)
		text_printf(text, "row memory_kinds name=%s size=%u resident=%u\n", names[i],
			    roll(state, 4) == 0 ? 0 : roll(state, 1000000),
			    roll(state, 3) == 0 ? 0 : roll(state, 500000));
}

/* Pools that are there, free ones, and some that could not be read; arenas that lie askew. */
static void add_arenas(struct text *text, uint64_t *state)
{
	unsigned arenas = roll(state, 4);
	for (unsigned a = 0; a < arenas; a++) {
		unsigned start = 0x100000 + a * 0x20000, count = roll(state, 5);
		text_printf(text, "row arenas address=0x%x size=%u pools=16 free_pools=%u\n", start,
			    65536 + 100 * roll(state, 40), roll(state, 17 - count));
		for (unsigned p = 0; p < count; p++) {
			unsigned block_size = 16 * (1 + roll(state, 32)), capacity = (4096 - 48) / block_size;
			unsigned used = roll(state, capacity + 1), buffers = roll(state, used + 1);
			text_printf(text,
				    "row pools address=0x%x arena=%u block_size=%u capacity=%u used=%u buffers=%u\n",
				    start + p * 4096, a, block_size, capacity, used, buffers);
			for (unsigned b = 0; b < capacity; b += 1 + roll(state, 20))
				text_printf(text, "%s 0x%x %s\n", roll(state, 2) == 0 ? "object" : "# ",
					    start + p * 4096 + 48 + b * block_size, "app.A");
		}
	}
}

HEAP_TEST(waterfall, adds_up_to_the_byte)
{
	uint64_t state = 11;
	for (int run = 0; run < 300; run++) {
		AUTO(text) struct text text = {0};
		AUTO(poured) struct poured poured = {0};
		text_init(&text);
		text_printf(&text, "object 0x10 app.A size=100\n");
		if (roll(&state, 3) > 0)
			text_printf(&text, "meta rss %u\n", roll(&state, 1000000));
		add_arenas(&text, &state);
		if (roll(&state, 3) > 0)
			add_kinds(&text, &state);
		pour(&poured, text_string(&text));
		cr_assert_eq(poured.allocator.left_out, 0);
		check_sums(&poured.waterfall);
	}
}

static void check_line(const struct poured *poured, const char *name, uint64_t resident, uint64_t size)
{
	uint32_t number = waterfall_find(&poured->waterfall, name);
	cr_assert_neq(number, WATERFALL_TOP, "%s", name);
	const struct waterfall_line *line = &poured->waterfall.lines.items[number];
	cr_assert(line->resident == resident && line->size == size, "%s: %lu, %lu", name, line->resident, line->size);
}

/* Kinds are gathered; arenas are taken apart in address space. */
HEAP_TEST(waterfall, has_the_kinds_of_the_file)
{
	AUTO(poured) struct poured poured = {0};
	pour(&poured,
	     "object 0x100030 app.A\nmeta rss 999\n"
	     "row memory_kinds name=arenas size=65536 resident=40000\nrow memory_kinds name=malloc_used size=50 resident=40\n"
	     "row memory_kinds name=malloc_free size=30 resident=10\nrow memory_kinds name=kernel size=0 resident=0\n"
	     "row memory_kinds name=anonymous size=7 resident=5\n"
	     "row arenas address=0x100000 size=65536 pools=16 free_pools=14\n"
	     "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=3\n"
	     "row orphans address=0x100070 type=app.A size=60\n");
	check_line(&poured, "process", 40055, 65623);
	check_line(&poured, "malloc", 50, 80);
	check_line(&poured, "arenas", 40000, 65536);
	check_line(&poured, "pools", META_ABSENT, 4096);
	check_line(&poured, "used_blocks", META_ABSENT, 192);
	check_line(&poured, "objects", META_ABSENT, 64);
	check_line(&poured, "orphans", META_ABSENT, 64);
	check_line(&poured, "unknown_blocks", META_ABSENT, 64);
	check_line(&poured, "free_blocks", META_ABSENT, 60 * 64);
	check_line(&poured, "pool_overhead", META_ABSENT, 64);
	check_line(&poured, "free_pools", META_ABSENT, 14 * 4096);
	check_line(&poured, "unread_pools", META_ABSENT, 4096);
	cr_assert_eq(waterfall_find(&poured.waterfall, "kernel"), WATERFALL_TOP);
	cr_assert_str_eq(poured.waterfall.lines.items[waterfall_find(&poured.waterfall, "anonymous")].title,
			 "unexplained");
	cr_assert_eq(poured.waterfall.whole, 40055);
}

HEAP_TEST(waterfall, without_kinds_has_what_is_left_of_rss)
{
	AUTO(poured) struct poured old = {0}, arenas = {0}, unknown = {0};
	pour(&old, "object 0x10 app.A size=100\nobject 0x20 type size=500 flags=static\nmeta rss 1000\n");
	check_line(&old, "object_sizes", 100, 100);
	check_line(&old, "unexplained", 900, META_ABSENT);
	pour(&arenas, "object 0x10 app.A size=100\nmeta rss 100000\n"
		      "row arenas address=0x100000 size=65536 pools=16 free_pools=16\n");
	check_line(&arenas, "arenas", 65536, 65536);
	check_line(&arenas, "unexplained", 100000 - 65536, META_ABSENT);
	pour(&unknown, "object 0x10 app.A size=100\n");
	check_line(&unknown, "object_sizes", META_ABSENT, 100);
	cr_assert_eq(waterfall_find(&unknown.waterfall, "unexplained"), WATERFALL_TOP);
	cr_assert_eq(unknown.waterfall.whole, 100);
}
