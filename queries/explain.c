/* What does a plan do, and what did it cost?
 *
 * A row an operator, from the last one to the first; chains that it runs itself hang below it.
 */
#include "queries/explain.h"

#include "queries/conditions.h"
#include "queries/unparse.h"

#include <math.h>

enum { FIELD_OPERATOR, FIELD_DETAIL, FIELD_ESTIMATE, FIELD_ROWS, FIELD_CALLS, FIELD_TIME };

struct section *explain_begin(struct report *report, bool profiled)
{
	static const struct field fields[] = {
		[FIELD_OPERATOR] = {.name = "operator", .title = "operator", .kind = VALUE_TEXT},
		[FIELD_DETAIL] = {.name = "detail", .title = "detail", .kind = VALUE_TEXT, .rank = RANK_OFTEN},
		[FIELD_ESTIMATE] = {.name = "estimate", .title = "expected rows", .kind = VALUE_COUNT},
		[FIELD_ROWS] = {.name = "rows", .title = "rows", .kind = VALUE_COUNT},
		[FIELD_CALLS] = {.name = "calls", .title = "calls", .kind = VALUE_COUNT, .rank = RANK_SELDOM},
		[FIELD_TIME] = {.name = "time_ns", .title = "time, with those below", .kind = VALUE_DURATION},
	};
	struct section *section = report_section(report, "rows", NULL);
	for (unsigned i = 0; i < (profiled ? 6u : 3u); i++)
		section_field(report, section, &fields[i]);
	return section;
}

static struct cell detail_of(struct report *report, const struct operator *operator)
{
	AUTO(text) struct text text;
	text_init(&text);
	text_add(&text, operator->detail);
	for (uint32_t i = 0; i < operator->condition_count; i++) {
		text_add(&text, i > 0 ? " AND " : text.length > 0 ? " WHERE " : "WHERE ");
		unparse_expression(operator->conditions[i], &text);
	}
	report->failed |= text.failed;
	return text.length > 0 ? report_text(report, text_string(&text), text.length) : (struct cell){0};
}

static void explain_operator(struct report *report, struct section *section, const struct operator *operator, size_t parent,
			     bool profiled)
{
	struct cell *row = section_child(report, section, parent);
	row_set(row, FIELD_OPERATOR, report_string(report, operator->kind->name));
	row_set(row, FIELD_DETAIL, detail_of(report, operator));
	row_set(row, FIELD_ESTIMATE, cell_number((uint64_t)llround(fmin(operator->estimate, 1e18))));
	if (!profiled)
		return;
	row_set(row, FIELD_ROWS, cell_number(operator->rows));
	row_set(row, FIELD_CALLS, cell_number(operator->calls));
	row_set(row, FIELD_TIME, cell_number(operator->ns));
}

struct explaining {
	struct report *report;
	struct section *section;
	size_t parent;
	bool profiled;
};

static void explain_below(struct report *report, struct section *section, const struct operator *top, size_t parent,
			  bool profiled);

static struct error *explain_plan(void *context, struct expression *expression)
{
	const struct explaining *state = context;
	if (expression->plan != NULL)
		explain_below(state->report, state->section, expression->plan, state->parent, state->profiled);
	return NULL;
}

/* Chains in chains are as deep as the syntax: queries in queries. */
static void explain_below(struct report *report, struct section *section, const struct operator *top, size_t parent,
			  bool profiled)
{
	for (const struct operator *operator = top; operator != NULL && section != NULL; operator = operator->input) {
		size_t number = section->rows.count;
		explain_operator(report, section, operator, parent, profiled);
		struct explaining state = {.report = report, .section = section, .parent = number, .profiled = profiled};
		if (operator->inner != NULL)
			explain_below(report, section, operator->inner, number, profiled);
		for (uint32_t i = 0; i < operator->condition_count; i++) {
			AUTO(error) struct error *none = expression_each_plan(operator->conditions[i], explain_plan, &state);
		}
	}
}

void explain_chain(struct report *report, struct section *section, const struct operator *top, bool profiled)
{
	explain_below(report, section, top, ROW_NONE, profiled);
}
