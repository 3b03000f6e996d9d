/* How does one see at a glance what grows, over many snapshots? A line of blocks for each row, the least of its sizes
 * the lowest, and the slope in numbers. */
#include "analyzer/series_report.h"

#include "base/bytes.h"

#include <math.h>
#include <stdlib.h>

#define SPARK_MOST 40u /* blocks in a line: of more steps every so many is drawn */

enum {
	NAME,
	SPARK,
	SLOPE,
	SIZE_DELTA,
	COUNT_DELTA,
	SIZE_BEFORE,
	SIZE_AFTER,
	GROWN,
	SHAPE
};

static struct section *add_fields(struct report *report, const char *section, const char *what, const char *title)
{
	struct field fields[] = {
		[NAME] = {what, what, VALUE_TEXT, RANK_ALWAYS, false},
		[SPARK] = {"spark", "size", VALUE_TEXT, RANK_ALWAYS, false},
		[SLOPE] = {"slope", "a minute", VALUE_SIZE_DELTA, RANK_ALWAYS, true},
		[SIZE_DELTA] = {"size_delta", "own size", VALUE_SIZE_DELTA, RANK_ALWAYS, true},
		[COUNT_DELTA] = {"count_delta", "objects", VALUE_COUNT_DELTA, RANK_OFTEN, true},
		[SIZE_BEFORE] = {"size_before", "first", VALUE_SIZE, RANK_SELDOM, true},
		[SIZE_AFTER] = {"size_after", "last", VALUE_SIZE, RANK_SELDOM, true},
		[GROWN] = {"steps_grown", "steps", VALUE_COUNT, RANK_MACHINE, false},
		[SHAPE] = {"grew", "grew", VALUE_TEXT, RANK_OFTEN, false},
	};
	struct section *table = report_section(report, section, title);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static void draw(const struct series *series, const struct type_total *values, struct text *text)
{
	static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
					     "\u2585", "\u2586", "\u2587", "\u2588"};
	uint64_t least = UINT64_MAX, most = 0;
	size_t stride = (series->steps + SPARK_MOST - 1) / SPARK_MOST;
	for (size_t i = 0; i < series->steps; i++) {
		least = values[i].size < least ? values[i].size : least;
		most = values[i].size > most ? values[i].size : most;
	}
	/* The last is always drawn. */
	for (size_t i = (series->steps - 1) % stride; i < series->steps; i += stride) {
		double share = most == least ? 0 : (double)(values[i].size - least) / (double)(most - least);
		text_add(text, blocks[(unsigned)(share * 7 + 0.5)]);
	}
}

/* To the nearest byte a minute. */
static bool find_slope(const struct series *series, const struct series_row *row, int64_t *slope)
{
	double exact;
	if (!series_slope(series, row, &exact) || fabs(exact) >= 9e18)
		return false;
	*slope = llround(exact);
	return true;
}

static void fill(struct report *report, const struct series *series, struct section *table,
		 const struct series_row *source, struct cell *row)
{
	const struct type_total *first = &source->values[0], *last = &source->values[series->steps - 1];
	int64_t slope;
	AUTO(text) struct text spark = {0};
	text_init(&spark);
	draw(series, source->values, &spark);
	row_set(row, SPARK, report_text(report, text_string(&spark), spark.length));
	if (find_slope(series, source, &slope))
		row_set(row, SLOPE, cell_delta(slope));
	row_set(row, SIZE_DELTA, cell_difference(first->size, last->size));
	row_set(row, COUNT_DELTA, cell_difference(first->count, last->count));
	row_set(row, SIZE_BEFORE, cell_number(first->size));
	row_set(row, SIZE_AFTER, cell_number(last->size));
	row_set(row, GROWN, cell_number(series_grown(series, source)));
	row_set(row, SHAPE, report_string(report, series_shape_name(series_shape_of(series, source))));
	if (table == NULL)
		return;
	static const struct field fields[] = {{"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
					      {"size", "size", VALUE_SIZE, RANK_ALWAYS, false}};
	struct section *values = section_part(report, table, "values");
	for (size_t f = 0; f < 2; f++)
		section_field(report, values, &fields[f]);
	for (size_t i = 0; i < series->steps; i++) {
		struct cell *cells = section_row(report, values);
		row_set(cells, 0, cell_number(source->values[i].count));
		row_set(cells, 1, cell_number(source->values[i].size));
	}
}

/* --- choosing
 * ------------------------------------------------------------------------------------------------------- */

struct chosen {
	const struct series *series;
	const struct series_row *row;
};

static int compare_chosen(const void *a, const void *b)
{
	const struct chosen *x = a, *y = b;
	int order = series_compare(x->series, x->row, y->row);
	return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

/* `rows` has those chosen, sorted; the caller frees it. */
static struct error *choose(const struct series *series, const struct series_table *table, struct chosen **rows,
			    size_t *count)
{
	AUTO(free) void *memory = malloc((table->rows.count + 1) * sizeof(struct chosen));
	struct chosen *chosen = memory;
	if (chosen == NULL)
		return error_memory();
	*count = 0;
	for (size_t i = 0; i < table->rows.count; i++) {
		const struct series_row *row = &table->rows.items[i];
		if (row->name.length > 0 && series_wants(series, row))
			chosen[(*count)++] = (struct chosen){series, row};
	}
	qsort(chosen, *count, sizeof *chosen, compare_chosen);
	*rows = steal(&memory);
	return NULL;
}

static struct error *add_table(struct report *report, const struct series *series, const struct series_table *source,
			       struct section *table)
{
	struct chosen *rows = NULL;
	size_t count = 0;
	TRY(choose(series, source, &rows, &count));
	AUTO(free) void *kept = rows;
	for (size_t i = 0; i < count; i++) {
		struct cell *row = section_row(report, table);
		row_set(row, NAME, report_text(report, rows[i].row->name.name, rows[i].row->name.length));
		fill(report, series, table, rows[i].row, row);
	}
	return NULL;
}

/* Of the types asked for, be they shown or not. */
static struct error *add_total(struct report *report, const struct series *series, struct section *table)
{
	AUTO(free) void *memory = calloc(series->steps, sizeof(struct type_total));
	struct series_row all = {.values = memory};
	if (all.values == NULL)
		return error_memory();
	for (size_t i = 0; i < series->types.rows.count; i++) {
		const struct series_row *row = &series->types.rows.items[i];
		for (size_t step = 0; row->selected && step < series->steps; step++) {
			all.values[step].count += row->values[step].count;
			all.values[step].size = saturating_add(all.values[step].size, row->values[step].size);
		}
	}
	struct cell *total = section_total(report, table);
	const char *name = series->selection.types == NULL ? "all types" : "types that match";
	row_set(total, NAME, report_string(report, name));
	fill(report, series, NULL, &all, total);
	return NULL;
}

/* --- the report
 * ----------------------------------------------------------------------------------------------------- */

/* Of all that grew at every step, asked for or not; a path says more than its type. */
static struct label find_leader(const struct series *series)
{
	const struct series_row *best = NULL;
	for (size_t i = 0; series->best_path.length == 0 && i < series->types.rows.count; i++) {
		const struct series_row *row = &series->types.rows.items[i];
		if (series_shape_of(series, row) == SERIES_EVERY_STEP &&
		    (best == NULL || series_compare(series, row, best) < 0))
			best = row;
	}
	return best != NULL ? best->name : series->best_path;
}

static void say(struct report *report, const struct series *series)
{
	struct series_row all = {.values = series->totals};
	uint64_t first = series->totals[0].size, last = series->totals[series->steps - 1].size;
	struct label leader = find_leader(series);
	int64_t slope;
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (series->steps == 1) {
		text_add(&text, "no difference: all of these are one snapshot");
		report_set_verdict(report, &text);
		return;
	}
	text_add(&text, series->selection.types != NULL ? "the whole: " : "");
	text_add_size_delta(&text, cell_difference(first, last).delta, report->unit);
	text_printf(&text, " over %zu snapshots", series->steps);
	if (find_slope(series, &all, &slope)) {
		text_add(&text, ", ");
		text_add_size_delta(&text, slope, report->unit);
		text_add(&text, " a minute");
	}
	text_add(&text, ": ");
	if (leader.length > 0)
		text_add_escaped(&text, leader.name, leader.length);
	else
		text_add(&text, "no type and no path");
	text_add(&text, " grew at every step");
	report_set_verdict(report, &text);
}

struct error *series_report(struct report *report, const struct series *series)
{
	struct section *types = add_fields(report, "rows", "type", NULL);
	TRY(add_table(report, series, &series->types, types));
	TRY(add_total(report, series, types));
	TRY(add_table(report, series, &series->paths, add_fields(report, "paths", "path", "By path")));
	if (series->paths_left > 0)
		report_remark_count(report, REMARK_NOTE, series->paths_left,
				    series->paths_left == 1
					    ? "more path grew, less or less steadily; --top N shows more"
					    : "more paths grew, less or less steadily; --top N shows more");
	say(report, series);
	return report_error(report);
}
