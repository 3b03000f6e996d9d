/* What does a rule's query find?
 *
 * A query is the name of one of the library, whose parameters then have their defaults, or the text of one. Its number is what is
 * compared where that is all it gives: one row of one column, which is a number. Any other answer is compared by how many rows it has.
 */
#include "checks/ask.h"

#include "queries/library.h"
#include "queries/parameter.h"
#include "queries/query.h"

#include <math.h>
#include <stdlib.h>

void answers_deinit(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		vector_deinit(&answers->items[i].nodes);
	free(answers->items);
	*answers = (struct answers){0};
}

/* --- one query ------------------------------------------------------------------------------------------------------- */

static struct error *add_defaults(const char *text, struct parameters *parameters)
{
	struct library_header header;
	TRY(library_read_header(text, &parameters->arena, &header));
	return parameters_complete(parameters, &header);
}

/* A fraction is rounded up, so that 0.5 is more than 0. */
static struct error *round_up(struct datum value, int64_t *number)
{
	if (value.kind == DATUM_INTEGER) {
		*number = value.integer;
		return NULL;
	}
	double up = ceil(value.real);
	if (!(up >= -0x1p63 && up < 0x1p63))
		return error_create(ERROR_USAGE, "the query gives a number that can't be compared: it is not finite, or beyond 64 bits");
	*number = (int64_t)up;
	return NULL;
}

static struct error *read_rows(struct query *query, const struct query_heaps *heaps, bool keep, struct answer *answer)
{
	const struct datum *values;
	bool found;
	uint64_t rows = 0;
	TRY(plan_next(query->plan, &values, &found));
	bool single = found && query->resolution.column_count == 1 && datum_is_number(values[0]);
	for (; found; rows++) {
		if (single && rows == 0)
			TRY(round_up(values[0], &answer->number));
		if (keep && (values[0].kind != DATUM_NODE || values[0].place >= heaps->after->nodes ||
			     plan_heap(query->plan) != heaps->after))
			return error_create(ERROR_USAGE, "the first column of the query is to be an object of the %ssnapshot in each row",
					    heaps->before != NULL ? "later " : "");
		if (keep)
			TRY(vector_push(&answer->nodes, values[0].place));
		TRY(plan_next(query->plan, &values, &found));
	}
	if (!single || rows > 1)
		answer->number = rows > INT64_MAX ? INT64_MAX : (int64_t)rows;
	return NULL;
}

static int compare_nodes(const void *a, const void *b)
{
	node_id x = *(const node_id *)a, y = *(const node_id *)b;
	return x < y ? -1 : x > y;
}

static void sort_nodes(struct answer *answer)
{
	size_t kept = 0;
	if (answer->nodes.count == 0)
		return;
	qsort(answer->nodes.items, answer->nodes.count, sizeof *answer->nodes.items, compare_nodes);
	for (size_t i = 0; i < answer->nodes.count; i++)
		if (kept == 0 || answer->nodes.items[i] != answer->nodes.items[kept - 1])
			answer->nodes.items[kept++] = answer->nodes.items[i];
	answer->nodes.count = kept;
}

/* A name that nothing has finds nothing, for ever. */
static struct error *check_names(const struct query *query)
{
	const struct resolution *resolution = &query->resolution;
	return resolution->warnings.count > 0 ? error_create(ERROR_USAGE, "%s", resolution->warnings.items[0]) : NULL;
}

static struct error *ask(const struct query_heaps *heaps, const char *text, const struct rule *rule, struct answer *answer)
{
	AUTO(parameters) struct parameters parameters = {0};
	AUTO(query) struct query query = {0};
	const struct datum_map *map;
	struct limits limits = {.memory = LIMITS_MEMORY, .steps = LIMITS_STEPS};
	parameters_init(&parameters);
	TRY(add_defaults(text, &parameters));
	TRY(parameters_map(&parameters, &map));
	TRY(query_init(&query, text, heaps, map, &limits));
	if (!rule->optional)
		TRY(check_names(&query));
	TRY(query_place_error(read_rows(&query, heaps, rule->metric != METRIC_QUERY, answer), text));
	sort_nodes(answer);
	return NULL;
}

/* --- all of them ----------------------------------------------------------------------------------------------------- */

static struct error *ask_rule(const struct query_heaps *heaps, const struct rule *rule, struct answer *answer)
{
	const struct library_file *file = NULL;
	struct error *error = NULL;
	if (library_is_name(rule->subject.text))
		error = library_get(rule->subject.text, &file);
	if (error == NULL)
		error = ask(heaps, file != NULL ? file->text : rule->subject.text, rule, answer);
	if (error == NULL || error->code != ERROR_USAGE)
		return error;
	struct error *placed = rule_error(rule, rule->subject_line, "%s", error->message);
	error_destroy(error);
	return placed;
}

static bool is_asked(const struct rule *rule, bool growth_only)
{
	return rule->subject.kind == SUBJECT_QUERY && (rule->growth || !growth_only);
}

static bool any_asked(const struct rules *rules, bool growth_only)
{
	for (size_t r = 0; r < rules->items.count; r++)
		if (is_asked(&rules->items.items[r], growth_only))
			return true;
	return false;
}

struct error *answers_find(const struct rules *rules, struct reader *before, struct reader *after, bool growth_only,
			   const struct progress *progress, struct answers *result)
{
	AUTO(answers) struct answers answers = {.items = calloc(rules->items.count + 1, sizeof *answers.items),
						.count = rules->items.count};
	AUTO(type_names) struct type_names names = {0};
	AUTO(heap) struct heap *earlier = NULL;
	AUTO(heap) struct heap *later = NULL;
	const struct reader *readers[2] = {before != NULL ? before : after, after};
	size_t count = before != NULL ? 2 : 1;
	if (answers.items == NULL) {
		answers.count = 0;
		return error_memory();
	}
	if (any_asked(rules, growth_only)) {
		TRY(type_names_init(&names, readers, count));
		if (before != NULL)
			TRY(heap_create(before, &names, 0, NULL, progress, &earlier));
		TRY(heap_create(after, &names, (unsigned)count - 1, earlier, progress, &later));
		struct query_heaps heaps = {.after = later, .before = earlier};
		for (size_t r = 0; r < rules->items.count; r++)
			if (is_asked(&rules->items.items[r], growth_only))
				TRY(ask_rule(&heaps, &rules->items.items[r], &answers.items[r]));
	}
	*result = answers;
	answers = (struct answers){0};
	return NULL;
}
