/* What grows, and never stops?
 *
 * A cache fills and stays, a heap goes up and down; what grew at each of several steps is a leak until somebody says why it is
 * none. A series (analyzer/series.h) has the sizes. What hangs from one place counts together, however little each of its paths
 * grew. A type is told where what is at none of these paths grew so, as with objects that hang from ever new names.
 * O(nodes + edges) a snapshot, one after the other.
 */
#include "checks/monotonic.h"

#include "analyzer/series.h"
#include "base/shell.h"
#include "checks/growing.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_LEAST 3u   /* snapshots: between two there is one step, and nothing to tell a leak by */
#define NAMED_MOST 1000u /* paths whose names are read; others are told as their type */
#define SIZES_MOST 8u    /* in a sentence; of more the middle is left out */

struct search {
	const struct series *series;
	enum size_unit unit;
	struct outcomes *outcomes;
	int64_t least;
	uint64_t *told;         /* by the row of a type and the step: bytes at paths that grew and have names */
	struct growing growing; /* these, and types */
};

static void search_deinit(struct search *search)
{
	free(search->told);
	growing_deinit(&search->growing);
}
DEFINE_AUTO_VALUE(search, struct search, search_deinit);

static int64_t clamp(uint64_t size)
{
	return size > INT64_MAX ? INT64_MAX : (int64_t)size;
}

static const struct type_total *first_of(const struct series_row *row)
{
	return &row->values[0];
}

static const struct type_total *last_of(const struct search *search, const struct series_row *row)
{
	return &row->values[search->series->steps - 1];
}

static bool grew(const struct search *search, const struct series_row *row)
{
	return series_shape_of(search->series, row) == SERIES_EVERY_STEP;
}

static int64_t growth_of(const struct search *search, const struct series_row *row)
{
	return clamp(last_of(search, row)->size - first_of(row)->size);
}

/* Names that only the interpreter's cache of methods holds. It has a limit, which takes hundreds of steps to come to where there are a
 * few new names at each. */
static bool is_of_method_cache(const struct series_row *row)
{
	static const char name[] = "method cache";
	return row->path_length >= sizeof name - 1 && memcmp(row->name.name, name, sizeof name - 1) == 0;
}

/* --- sentences ------------------------------------------------------------------------------------------------------ */

/* The first and the last ones of more than SIZES_MOST. */
static void add_sizes(struct text *text, const struct series *series, const struct series_row *row, enum size_unit unit)
{
	uint64_t sizes[SIZES_MOST];
	size_t shown = series->steps < SIZES_MOST ? series->steps : SIZES_MOST, half = shown / 2;
	for (size_t i = 0; i < shown; i++)
		sizes[i] = row->values[i < half ? i : series->steps - shown + i].size;
	if (series->steps == shown) {
		text_add_sizes(text, sizes, shown, unit);
		return;
	}
	text_add_sizes(text, sizes, half, unit);
	text_add(text, " ... ");
	text_add_sizes(text, sizes + half, shown - half, unit);
}

static struct error *say(const struct search *search, const struct series_row *row, struct grown *grown)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, grown->path != NULL ? grown->path : grown->type);
	text_add(&text, " grew at each of ");
	text_add_count(&text, search->series->steps - 1);
	text_add(&text, " steps: ");
	add_sizes(&text, search->series, row, search->unit);
	return outcomes_keep(search->outcomes, &text, &grown->message);
}

static struct error *add_grown(struct search *search, const struct series_row *row, const struct label *type)
{
	const struct type_total *first = first_of(row), *last = last_of(search, row);
	struct grown grown = {.size = growth_of(search, row),
			      .count = clamp(last->count) - clamp(first->count),
			      .before = clamp(first->size),
			      .weak = is_of_method_cache(row)};
	AUTO(text) struct text name = {0}, path = {0};
	text_init(&name);
	text_init(&path);
	text_add_escaped(&name, type->name, type->length);
	text_add_bytes(&path, row->name.name, row->path_length);
	TRY(outcomes_keep(search->outcomes, &name, &grown.type));
	if (path.length > 0)
		TRY(outcomes_keep(search->outcomes, &path, &grown.path));
	TRY(say(search, row, &grown));
	return vector_push(&search->growing.items, grown);
}

/* --- which of them -------------------------------------------------------------------------------------------------- */

static struct error *take_paths(struct search *search)
{
	const struct series *series = search->series;
	for (size_t i = 0; i < series->paths.rows.count; i++) {
		const struct series_row *row = &series->paths.rows.items[i];
		if (!grew(search, row) || row->name.name == NULL)
			continue;
		for (size_t step = 0; step < series->steps; step++)
			search->told[row->type * series->steps + step] += row->values[step].size;
		TRY(add_grown(search, row, &series->types.rows.items[row->type].name));
	}
	return NULL;
}

/* What is not at these paths grew at every step, too. Sizes of a forged file may wrap. */
static bool grew_elsewhere(const struct search *search, const struct series_row *row, const uint64_t *told)
{
	size_t last = search->series->steps - 1;
	for (size_t step = 1; step <= last; step++) {
		if (row->values[step].size - told[step] <= row->values[step - 1].size - told[step - 1])
			return false;
	}
	return clamp(row->values[last].size - told[last] - (row->values[0].size - told[0])) >= search->least;
}

static struct error *take_types(struct search *search)
{
	for (size_t i = 0; i < search->series->types.rows.count; i++) {
		const struct series_row *row = &search->series->types.rows.items[i];
		if (!grew(search, row) || !grew_elsewhere(search, row, &search->told[i * search->series->steps]))
			continue;
		TRY(add_grown(search, row, &row->name));
	}
	return NULL;
}

/* --- the outcome ---------------------------------------------------------------------------------------------------- */

static struct error *note(uint64_t left, struct outcomes *outcomes, struct outcome *outcome)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, left);
	text_add(&text, left == 1 ? " more place grew at every step" : " more places grew at every step");
	return left > 0 ? outcomes_keep(outcomes, &text, &outcome->note) : NULL;
}

static struct error *show(struct search *search, struct reader *const *readers, size_t findings, struct outcome *outcome)
{
	AUTO(text) struct text command = {0};
	text_init(&command);
	text_add(&command, "heapdiff why");
	shell_add_file(&command, reader_path(readers[0]));
	shell_add_file(&command, reader_path(readers[search->series->steps - 1]));
	TRY(text_error(&command));
	struct growing_request asked = {text_string(&command), findings, search->least, search->unit};
	TRY(growing_find(&search->growing, &asked, search->outcomes, outcome));
	return note(search->growing.left, search->outcomes, outcome);
}

static struct error *judge(struct reader *const *readers, size_t count, const struct monotonic_request *request,
			   const struct progress *progress, struct outcomes *outcomes, struct outcome *outcome)
{
	struct series_selection selection = {.mask = request->mask,
					     .least = 1,
					     .only_growth = true,
					     .paths = NAMED_MOST};
	AUTO(series) struct series series = {0};
	TRY(series_init(&series, count, &selection));
	for (size_t i = 0; i < count; i++)
		TRY(series_add(&series, readers[i], progress));
	AUTO(search) struct search search = {.series = &series, .unit = request->unit, .outcomes = outcomes};
	search.least = clamp(request->least);
	search.told = calloc(series.types.rows.count + 1, series.steps * sizeof *search.told);
	if (search.told == NULL)
		return error_memory();
	TRY(take_paths(&search));
	TRY(take_types(&search));
	return show(&search, readers, request->findings, outcome);
}

struct error *monotonic_judge(struct reader *const *readers, size_t count, const struct monotonic_request *request,
			      const struct progress *progress, struct outcomes *outcomes)
{
	if (count < STEPS_LEAST)
		return error_create(ERROR_USAGE, "--monotonic needs three snapshots or more");
	int64_t least = clamp(request->least);
	struct outcome outcome = {.rule = {.name = "--monotonic",
					   .metric = METRIC_SIZE,
					   .growth = true,
					   .limit = {.has_amount = true, .amount = least}},
				  .most = least};
	TRY(vector_push(&outcomes->items, outcome));
	return judge(readers, count, request, progress, outcomes, &outcomes->items.items[outcomes->items.count - 1]);
}
