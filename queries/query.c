/* From a query's text to an answer: parsed, resolved, planned, run, and written as a report.
 *
 * Rows are kept until the last is there, as a column's values say how it has to be written: a size, a number, or text where
 * they are of several kinds.
 */
#include "queries/query.h"

#include "queries/kept.h"
#include "queries/parser.h"
#include "queries/print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static struct error *query_prepare(struct query *query, const char *text, const struct query_heaps *heaps,
				   const struct datum_map *parameters, struct limits *limits)
{
	TRY(parser_parse(&query->arena, text, &query->syntax));
	TRY(resolve_query(query->syntax, heaps, parameters, &query->arena, &query->resolution));
	return plan_create(query->syntax, heaps, parameters, limits, &query->plan);
}

struct error *query_place_error(struct error *error, const char *text)
{
	if (error == NULL || error->code != ERROR_USAGE || !error->has_where || strncmp(error->message, "line ", 5) == 0)
		return error;
	return parser_locate(error, text);
}

struct error *query_init(struct query *query, const char *text, const struct query_heaps *heaps,
			 const struct datum_map *parameters, struct limits *limits)
{
	*query = (struct query){.text = text, .limits = limits};
	arena_init(&query->arena);
	struct error *error = query_prepare(query, text, heaps, parameters, limits);
	if (error != NULL)
		query_deinit(query);
	return query_place_error(error, text);
}

void query_deinit(struct query *query)
{
	plan_destroy(query->plan);
	resolution_deinit(&query->resolution);
	arena_deinit(&query->arena);
	*query = (struct query){0};
}

/* --- columns ------------------------------------------------------------------------------------------------------ */

struct answer {
	struct query *query;
	struct report *report;
	struct section *section;
	struct kept kept;
	VECTOR(struct heap *) heaps; /* by row */
	uint64_t more;
};

/* What a column holds: kinds of its values, and whether some are below 0 or no finite numbers. */
struct column_facts {
	unsigned kinds; /* bits of enum datum_kind, but for null */
	bool negative, endless;
};

static struct column_facts column_look(const struct answer *answer, uint32_t column)
{
	struct column_facts facts = {0};
	for (size_t r = 0; r < kept_count(&answer->kept); r++) {
		struct datum value = kept_row(&answer->kept, r)[column];
		if (value.kind == DATUM_NULL)
			continue;
		facts.kinds |= 1u << value.kind;
		facts.negative |= value.kind == DATUM_INTEGER && value.integer < 0;
		facts.endless |= value.kind == DATUM_FLOAT && !isfinite(value.real);
	}
	return facts;
}

static enum value_kind integer_kind(enum property_unit unit, bool negative)
{
	switch (unit) {
	case UNIT_BYTES:
		return negative ? VALUE_SIZE_DELTA : VALUE_SIZE;
	case UNIT_BYTES_DELTA:
		return VALUE_SIZE_DELTA;
	case UNIT_COUNT:
		return negative ? VALUE_INTEGER : VALUE_COUNT;
	case UNIT_ADDRESS:
		return negative ? VALUE_INTEGER : VALUE_TEXT;
	case UNIT_NONE:
		break;
	}
	return negative ? VALUE_INTEGER : VALUE_NUMBER;
}

static enum value_kind column_kind(const struct answer *answer, uint32_t column)
{
	const struct result_column *known = &answer->query->resolution.columns[column];
	struct column_facts facts = column_look(answer, column);
	const unsigned integer = 1u << DATUM_INTEGER, real = 1u << DATUM_FLOAT;
	if (facts.kinds == 0 && known->kind == DATUM_INTEGER)
		return integer_kind(known->unit, false);
	if (facts.kinds == integer)
		return integer_kind(known->unit, facts.negative);
	if (facts.kinds == 1u << DATUM_BOOLEAN)
		return VALUE_BOOL;
	if ((facts.kinds & ~(integer | real)) == 0 && facts.kinds != 0 && !facts.endless)
		return VALUE_REAL;
	return VALUE_TEXT;
}

static struct error *text_cell(struct answer *answer, struct heap *heap, struct datum value, enum property_unit unit,
			       struct cell *cell)
{
	AUTO(text) struct text text;
	text_init(&text);
	if (value.kind == DATUM_INTEGER && unit == UNIT_ADDRESS)
		text_printf(&text, "0x%" PRIx64, (uint64_t)value.integer);
	else
		TRY(print_datum(heap, value, &text));
	TRY(text_error(&text));
	*cell = report_text(answer->report, text_string(&text), text.length);
	return NULL;
}

static struct error *make_cell(struct answer *answer, struct heap *heap, enum value_kind kind, enum property_unit unit,
			       struct datum value, struct cell *cell)
{
	*cell = (struct cell){0};
	if (value.kind == DATUM_NULL)
		return NULL;
	switch (kind) {
	case VALUE_TEXT:
		return text_cell(answer, heap, value, unit, cell);
	case VALUE_REAL:
		*cell = cell_share(value.kind == DATUM_FLOAT ? value.real : (double)value.integer);
		break;
	case VALUE_BOOL:
		*cell = cell_number(value.boolean);
		break;
	case VALUE_INTEGER:
	case VALUE_SIZE_DELTA:
		*cell = cell_delta(value.integer);
		break;
	default:
		*cell = cell_number((uint64_t)value.integer);
		break;
	}
	return NULL;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static struct error *take_rows(struct answer *answer, uint64_t most)
{
	struct plan *plan = answer->query->plan;
	const struct datum *values;
	bool found = true;
	for (;;) {
		TRY(plan_next(plan, &values, &found));
		if (!found)
			return NULL;
		if (most > 0 && kept_count(&answer->kept) >= most) {
			answer->more++;
			continue;
		}
		TRY(kept_add(&answer->kept, values));
		TRY(vector_push(&answer->heaps, plan_heap(plan)));
	}
}

static struct error *write_column(struct answer *answer, uint32_t column)
{
	const struct result_column *known = &answer->query->resolution.columns[column];
	enum value_kind kind = column_kind(answer, column);
	for (size_t r = 0; r < kept_count(&answer->kept); r++) {
		struct cell cell;
		TRY(make_cell(answer, answer->heaps.items[r], kind, known->unit, kept_row(&answer->kept, r)[column],
			      &cell));
		if (answer->section != NULL && r < answer->section->rows.count)
			row_set(answer->section->rows.items[r].cells, column, cell);
	}
	return NULL;
}

static struct error *write_rows(struct answer *answer)
{
	const struct resolution *resolution = &answer->query->resolution;
	for (uint32_t i = 0; i < resolution->column_count; i++) {
		/* Names are the query's, and must live as long as the report. */
		struct cell name = report_string(answer->report, resolution->columns[i].name);
		struct field field = {.name = name.text != NULL ? name.text : "", .kind = column_kind(answer, i)};
		field.title = field.name;
		section_field(answer->report, answer->section, &field);
	}
	for (size_t r = 0; r < kept_count(&answer->kept); r++)
		section_row(answer->report, answer->section);
	for (uint32_t i = 0; i < resolution->column_count; i++)
		TRY(write_column(answer, i));
	if (answer->more > 0)
		report_remark_count(answer->report, REMARK_NOTE, answer->more, "more row%s not shown",
				    answer->more == 1 ? " is" : "s are");
	return NULL;
}

static struct error *answer_make(struct answer *answer, uint64_t most)
{
	struct query *query = answer->query;
	kept_init(&answer->kept, query->resolution.column_count, query->limits, "to hold its answer");
	TRY(take_rows(answer, query->syntax->explain == EXPLAIN_PROFILE ? 1 : most));
	if (query->syntax->explain == EXPLAIN_PROFILE)
		return plan_explain(query->plan, true, answer->report);
	answer->section = report_section(answer->report, "rows", NULL);
	if (answer->section != NULL)
		answer->section->asked = true;
	return write_rows(answer);
}

struct error *query_report(struct query *query, uint64_t most, struct report *report)
{
	for (size_t i = 0; i < query->resolution.warnings.count; i++)
		report_remark(report, REMARK_WARNING, "%s", query->resolution.warnings.items[i]);
	if (query->syntax->explain == EXPLAIN_PLAN)
		return plan_explain(query->plan, false, report);
	struct answer answer = {.query = query, .report = report};
	struct error *error = answer_make(&answer, most);
	kept_deinit(&answer.kept);
	vector_deinit(&answer.heaps);
	if (error != NULL)
		return query_place_error(error, query->text);
	return report_error(report);
}
