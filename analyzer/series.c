/* What grows steadily?
 *
 * Of each snapshot a pass adds up the objects by type and by path; then it can go. Rows are found by a hash of the
 * type's name, or by the path's key. The last snapshot, while it is there, gives the names of the paths that are
 * worth one.
 */
#include "analyzer/series.h"

#include "analyzer/load.h"
#include "analyzer/path_sums.h"
#include "base/bytes.h"
#include "format/checksum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *series_shape_name(enum series_shape shape)
{
	static const char *const names[] = {[SERIES_EVERY_STEP] = "at every step",
					    [SERIES_MORE_STEPS] = "at some steps",
					    [SERIES_ONCE] = "once, then stayed",
					    [SERIES_UP_AND_DOWN] = "up and down",
					    [SERIES_SHRANK] = "shrank",
					    [SERIES_SAME] = "same"};
	return names[shape];
}

struct error *series_init(struct series *series, size_t steps, const struct series_selection *selection)
{
	*series = (struct series){.steps = steps, .selection = *selection};
	arena_init(&series->arena);
	map_init(&series->types.by_key);
	map_init(&series->paths.by_key);
	series->times = arena_alloc(&series->arena, (steps + 1) * sizeof *series->times);
	series->totals = arena_alloc(&series->arena, (steps + 1) * sizeof *series->totals);
	return series->times == NULL || series->totals == NULL ? error_memory() : NULL;
}

static void table_deinit(struct series_table *table)
{
	map_deinit(&table->by_key);
	vector_deinit(&table->rows);
}

void series_deinit(struct series *series)
{
	table_deinit(&series->types);
	table_deinit(&series->paths);
	arena_deinit(&series->arena);
	*series = (struct series){0};
}

/* --- adding up
 * ------------------------------------------------------------------------------------------------------ */

/* The row of a key, made where there is none. */
static struct error *find_row(struct series *series, struct series_table *table, uint64_t key, uint32_t *index)
{
	if (map_find(&table->by_key, key, index))
		return NULL;
	struct series_row row = {.values = arena_alloc(&series->arena, series->steps * sizeof *row.values)};
	if (row.values == NULL)
		return error_memory();
	memset(row.values, 0, series->steps * sizeof *row.values);
	*index = (uint32_t)table->rows.count;
	TRY(map_put(&table->by_key, key, *index));
	return vector_push(&table->rows, row);
}

static void add_to(struct type_total *total, uint64_t count, uint64_t size)
{
	total->count += count;
	total->size = saturating_add(total->size, size);
}

static struct error *name_type(struct series *series, const struct label *label, struct series_row *row)
{
	struct match *types = series->selection.types;
	row->name.name = arena_copy(&series->arena, label->name, label->length);
	row->name.length = label->length;
	if (row->name.name == NULL)
		return error_memory();
	row->selected = true;
	return types != NULL ? match_run(types, label->name, label->length, &row->selected) : NULL;
}

static uint64_t type_key(const struct label *label)
{
	return checksum_hash(label->name, label->length) >> 1; /* never MAP_NO_KEY */
}

static struct error *add_types(struct series *series, const struct graph *graph, const struct type_names *names)
{
	AUTO(free) void *memory = calloc((size_t)names->count + 1, sizeof(struct type_total));
	struct type_total *totals = memory;
	if (totals == NULL)
		return error_memory();
	types_count(graph, &names->facts[0], names->count, totals);
	for (label_id l = 0; l < names->count; l++) {
		const struct label *label = &names->labels[l];
		uint32_t index;
		if (totals[l].count == 0)
			continue;
		TRY(find_row(series, &series->types, type_key(label), &index));
		struct series_row *row = &series->types.rows.items[index];
		if (row->name.name == NULL)
			TRY(name_type(series, label, row));
		add_to(&row->values[series->added], totals[l].count, totals[l].size);
		add_to(&series->totals[series->added], totals[l].count, totals[l].size);
	}
	return NULL;
}

/* --- names of paths
 * ------------------------------------------------------------------------------------------------- */

struct naming {
	uint32_t row;
	const struct path_sum *sum;
	const struct series *series;
};

struct namings {
	VECTOR(struct naming) rows;
};

static void namings_deinit(struct namings *namings)
{
	vector_deinit(&namings->rows);
}
DEFINE_AUTO_VALUE(namings, struct namings, namings_deinit);

static int compare_naming(const void *a, const void *b)
{
	const struct naming *x = a, *y = b;
	const struct series_row *rows = x->series->paths.rows.items;
	int order = series_compare(x->series, &rows[x->row], &rows[y->row]);
	return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

static struct error *name_path(struct series *series, struct place_names *names, const struct path_sum *sum,
			       struct series_row *row)
{
	AUTO(text) struct text name = {0}, type = {0};
	text_init(&name);
	text_init(&type);
	TRY(path_sums_name(names, sum, &name, &type));
	row->path_length = name.length;
	text_add(&name, " ");
	text_add_bytes(&name, text_string(&type), type.length);
	TRY(text_error(&name));
	row->name.name = arena_copy(&series->arena, text_string(&name), name.length);
	row->name.length = name.length;
	return row->name.name == NULL ? error_memory() : NULL;
}

/* Those that grew, what grew most first. Only what the last snapshot has can have grown. */
static struct error *find_grown(const struct series *series, const struct path_sums *sums, struct namings *found)
{
	for (size_t i = 0; i < sums->sums.count; i++) {
		uint32_t row;
		if (map_find(&series->paths.by_key, sums->sums.items[i].key, &row) &&
		    series_shape_of(series, &series->paths.rows.items[row]) < SERIES_SHRANK)
			TRY(vector_push(&found->rows, (struct naming){row, &sums->sums.items[i], series}));
	}
	if (found->rows.count > 1)
		qsort(found->rows.items, found->rows.count, sizeof *found->rows.items, compare_naming);
	return NULL;
}

/* The best of all is told even where it is none of those asked for. */
static struct error *name_paths(struct series *series, const struct graph *graph, const struct path_sums *sums)
{
	AUTO(namings) struct namings found = {0};
	AUTO(place_names) struct place_names names = {0};
	uint64_t named = 0;
	TRY(find_grown(series, sums, &found));
	if (found.rows.count > 0)
		TRY(place_names_init(&names, graph));
	for (size_t i = 0; i < found.rows.count; i++) {
		struct series_row *row = &series->paths.rows.items[found.rows.items[i].row];
		bool wanted = series_wants(series, row), best = i == 0;
		if (wanted && named == series->selection.paths) {
			series->paths_left++;
			wanted = false;
		}
		if (wanted || best)
			TRY(name_path(series, &names, found.rows.items[i].sum, row));
		if (best && series_shape_of(series, row) == SERIES_EVERY_STEP)
			series->best_path = row->name;
		named += wanted;
	}
	return NULL;
}

/* --- a snapshot
 * ----------------------------------------------------------------------------------------------------- */

/* All of one path are of one type, which was added before. */
static void take_type(const struct series *series, const struct label *label, struct series_row *row)
{
	if (map_find(&series->types.by_key, type_key(label), &row->type))
		row->selected = series->types.rows.items[row->type].selected;
}

static struct error *add_paths(struct series *series, const struct graph *graph, const struct type_names *names)
{
	AUTO(path_sums) struct path_sums sums = {0};
	TRY(path_sums_find(graph, names, series->selection.mask, &sums));
	for (size_t i = 0; i < sums.sums.count; i++) {
		const struct path_sum *sum = &sums.sums.items[i];
		uint32_t index;
		TRY(find_row(series, &series->paths, sum->key, &index));
		series->paths.rows.items[index].values[series->added] = sum->total;
		take_type(series, &names->labels[names->facts[0].label[graph->type[sum->first]]],
			  &series->paths.rows.items[index]);
	}
	return series->added + 1 == series->steps ? name_paths(series, graph, &sums) : NULL;
}

struct error *series_add(struct series *series, struct reader *reader, const struct progress *progress)
{
	AUTO(type_names) struct type_names names = {0};
	const struct reader *readers[1] = {reader};
	AUTO(graph) struct graph *graph = NULL;
	TRY(type_names_init(&names, readers, 1));
	TRY(load_graph(reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, progress, &graph));
	series->times[series->added] = reader_meta(reader)->capture_time_ns;
	series->totals[series->added] = (struct type_total){0};
	TRY(add_types(series, graph, &names));
	TRY(add_paths(series, graph, &names));
	series->added++;
	return NULL;
}

/* --- how it went
 * ---------------------------------------------------------------------------------------------------- */

bool series_wants(const struct series *series, const struct series_row *row)
{
	uint64_t first = row->values[0].size, last = row->values[series->steps - 1].size;
	return row->selected && series_shape_of(series, row) != SERIES_SAME &&
	       (!series->selection.only_growth || last > first) &&
	       (last > first ? last - first : first - last) >= series->selection.least;
}

enum series_shape series_shape_of(const struct series *series, const struct series_row *row)
{
	size_t grown = series_grown(series, row), shrunk = 0;
	for (size_t i = 1; i < series->steps; i++)
		shrunk += row->values[i].size < row->values[i - 1].size;
	uint64_t first = row->values[0].size, last = row->values[series->steps - 1].size;
	if (last < first)
		return SERIES_SHRANK;
	if (grown == 0 && shrunk == 0)
		return SERIES_SAME;
	if (shrunk > 0)
		return SERIES_UP_AND_DOWN;
	if (grown == series->steps - 1)
		return SERIES_EVERY_STEP;
	return grown == 1 ? SERIES_ONCE : SERIES_MORE_STEPS;
}

size_t series_grown(const struct series *series, const struct series_row *row)
{
	size_t grown = 0;
	for (size_t i = 1; i < series->steps; i++)
		grown += row->values[i].size > row->values[i - 1].size;
	return grown;
}

bool series_slope(const struct series *series, const struct series_row *row, double *slope)
{
	double time = 0, size = 0, products = 0, squares = 0, count = (double)series->steps;
	for (size_t i = 0; i < series->steps; i++) {
		if (series->times[i] == META_ABSENT)
			return false;
		time += (double)(series->times[i] - series->times[0]) / 60e9 / count;
		size += (double)row->values[i].size / count;
	}
	for (size_t i = 0; i < series->steps; i++) {
		double away = (double)(series->times[i] - series->times[0]) / 60e9 - time;
		products += away * ((double)row->values[i].size - size);
		squares += away * away;
	}
	if (squares <= 0)
		return false;
	*slope = products / squares;
	return isfinite(*slope);
}

static double steadiness(const struct series *series, const struct series_row *row)
{
	double growth = (double)row->values[series->steps - 1].size - (double)row->values[0].size;
	return growth * (double)series_grown(series, row) / (double)series->steps;
}

int series_compare(const struct series *series, const struct series_row *a, const struct series_row *b)
{
	bool x = series_shape_of(series, a) == SERIES_EVERY_STEP, y = series_shape_of(series, b) == SERIES_EVERY_STEP;
	double left = steadiness(series, a), right = steadiness(series, b);
	if (x != y)
		return x ? -1 : 1;
	return left < right ? 1 : left > right ? -1 : 0;
}
