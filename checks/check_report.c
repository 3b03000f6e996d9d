/* How does a check's outcome read: on a screen what is wrong first and then all rules, for a program rule by rule?
 *
 * A person gets a section for each rule that is violated or warns, and one for each of its findings where there are several;
 * then the table. A machine gets the table alone, whose rows have the findings as tables of their own.
 */
#include "checks/check_report.h"

#include "checks/wording.h"

#include <math.h>
#include <string.h>

enum {
	RULE,
	MEASURES,
	LIMIT_SHOWN,
	MEASURED_SHOWN,
	USED,
	VERDICT,
	NOTE,
	METRIC,
	GROWTH,
	SUBJECT,
	EXCEPT,
	SEVERITY,
	OPTIONAL,
	LIMIT,
	LIMIT_AMOUNT,
	LIMIT_SHARE,
	LIMIT_BOTH,
	UNIT,
	VALUE_BEFORE,
	VALUE_AFTER,
	MEASURED,
	MOST,
	WHOLE,
	BASELINES,
	SIGMAS,
	REASON,
	OWNER,
	EXPIRES,
	FILE_NAME,
	LINE,
	FIELD_COUNT
};

static const struct field fields[FIELD_COUNT] = {
	[RULE] = {"rule", "rule", VALUE_TEXT, RANK_ALWAYS, false},
	[MEASURES] = {"measures", "measures", VALUE_TEXT, RANK_RARELY, false},
	[LIMIT_SHOWN] = {"limit_shown", "limit", VALUE_AMOUNT, RANK_ALWAYS, false},
	[MEASURED_SHOWN] = {"measured_shown", "measured", VALUE_AMOUNT, RANK_ALWAYS, false},
	[USED] = {"used", "of limit", VALUE_SHARE, RANK_SELDOM, false},
	[VERDICT] = {"verdict", "verdict", VALUE_TEXT, RANK_ALWAYS, false},
	[NOTE] = {"note", "note", VALUE_TEXT, RANK_OFTEN, false},
	[METRIC] = {"metric", "metric", VALUE_TEXT, RANK_MACHINE, false},
	[GROWTH] = {"growth", "growth", VALUE_BOOL, RANK_MACHINE, false},
	[SUBJECT] = {"subject", "subject", VALUE_TEXT, RANK_MACHINE, false},
	[EXCEPT] = {"except", "except", VALUE_TEXT, RANK_MACHINE, false},
	[SEVERITY] = {"severity", "severity", VALUE_TEXT, RANK_MACHINE, false},
	[OPTIONAL] = {"optional", "optional", VALUE_BOOL, RANK_MACHINE, false},
	[LIMIT] = {"limit", "limit", VALUE_TEXT, RANK_MACHINE, false},
	[LIMIT_AMOUNT] = {"limit_amount", "limit", VALUE_INTEGER, RANK_MACHINE, false},
	[LIMIT_SHARE] = {"limit_share", "limit", VALUE_SHARE, RANK_MACHINE, false},
	[LIMIT_BOTH] = {"limit_both", "limit", VALUE_BOOL, RANK_MACHINE, false},
	[UNIT] = {"unit", "unit", VALUE_TEXT, RANK_MACHINE, false},
	[VALUE_BEFORE] = {"value_before", "before", VALUE_INTEGER, RANK_MACHINE, false},
	[VALUE_AFTER] = {"value_after", "after", VALUE_INTEGER, RANK_MACHINE, false},
	[MEASURED] = {"measured", "measured", VALUE_INTEGER, RANK_MACHINE, false},
	[MOST] = {"most", "most", VALUE_INTEGER, RANK_MACHINE, false},
	[WHOLE] = {"whole", "whole", VALUE_NUMBER, RANK_MACHINE, false},
	[BASELINES] = {"baselines", "baselines", VALUE_COUNT, RANK_MACHINE, false},
	[SIGMAS] = {"sigmas", "sigmas", VALUE_REAL, RANK_MACHINE, false},
	[REASON] = {"reason", "reason", VALUE_TEXT, RANK_MACHINE, false},
	[OWNER] = {"owner", "owner", VALUE_TEXT, RANK_MACHINE, false},
	[EXPIRES] = {"expires", "expires", VALUE_TEXT, RANK_MACHINE, false},
	[FILE_NAME] = {"file", "file", VALUE_TEXT, RANK_MACHINE, false},
	[LINE] = {"line", "line", VALUE_NUMBER, RANK_MACHINE, false},
};

static void add_fields(struct report *report, struct section *table, const struct field *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		section_field(report, table, &columns[i]);
}

/* --- what is printed of rules ---------------------------------------------------------------------------------------- */

/* Absent where nothing was printed. */
static struct cell printed(struct report *report, const struct text *text)
{
	if (text->failed)
		report->failed = true;
	return text->length == 0 ? (struct cell){.present = false}
				 : report_text(report, text_string(text), text->length);
}

typedef void rule_printer(const struct rule *rule, struct text *text);
typedef void outcome_printer(const struct outcome *outcome, enum size_unit unit, struct text *text);

static struct cell rule_cell(struct report *report, const struct rule *rule, rule_printer *print)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(rule, &text);
	return printed(report, &text);
}

static struct cell outcome_cell(struct report *report, const struct outcome *outcome, outcome_printer *print)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(outcome, report->unit, &text);
	return printed(report, &text);
}

static void print_subject(const struct rule *rule, struct text *text)
{
	subject_print(&rule->subject, text);
}

/* --- a row ----------------------------------------------------------------------------------------------------------- */

static const char *unit_name(const struct rule *rule)
{
	static const char *const names[] = {[UNIT_SIZE] = "bytes",
					    [UNIT_OBJECTS] = "objects",
					    [UNIT_CYCLES] = "cycles",
					    [UNIT_REFERENCES] = "references",
					    [UNIT_NUMBER] = "number"};
	return names[metric_facts(rule->metric)->unit];
}

static bool has_limit(const struct rule *rule)
{
	return rule->limit.has_amount || rule->limit.has_share;
}

static struct cell if_known(bool known, struct cell cell)
{
	return known ? cell : (struct cell){.present = false};
}

static void set_shown(struct report *report, struct cell *row, const struct outcome *outcome)
{
	const struct rule *rule = &outcome->rule;
	bool used = outcome->known && has_limit(rule) && outcome->measured >= 0 && outcome->most > 0;
	row_set(row, RULE, rule_cell(report, rule, wording_name));
	row_set(row, MEASURES, rule_cell(report, rule, wording_rule));
	row_set(row, LIMIT_SHOWN, outcome_cell(report, outcome, wording_limit_written));
	row_set(row, MEASURED_SHOWN, outcome_cell(report, outcome, wording_measured));
	if (used)
		row_set(row, USED, cell_share_of((uint64_t)outcome->measured, (uint64_t)outcome->most));
	row_set(row, VERDICT, report_string(report, verdict_name(outcome->verdict)));
	row_set(row, NOTE, report_string(report, outcome->note));
}

static void set_rule(struct report *report, struct cell *row, const struct rule *rule)
{
	row_set(row, METRIC, report_string(report, metric_facts(rule->metric)->name));
	row_set(row, GROWTH, cell_number(rule->growth));
	row_set(row, SUBJECT, rule_cell(report, rule, print_subject));
	row_set(row, EXCEPT, report_string(report, rule->except));
	row_set(row, SEVERITY, report_string(report, rule->severity == SEVERITY_ERROR ? "error" : "warning"));
	row_set(row, OPTIONAL, cell_number(rule->optional));
	row_set(row, LIMIT_AMOUNT, if_known(rule->limit.has_amount, cell_delta(rule->limit.amount)));
	row_set(row, LIMIT_SHARE, if_known(rule->limit.has_share, cell_share(rule->limit.share)));
	row_set(row, LIMIT_BOTH,
		if_known(rule->limit.has_amount && rule->limit.has_share, cell_number(rule->limit.both)));
	row_set(row, UNIT, report_string(report, unit_name(rule)));
	row_set(row, REASON, report_string(report, rule->reason));
	row_set(row, OWNER, report_string(report, rule->owner));
	row_set(row, EXPIRES, report_string(report, rule->expires));
	row_set(row, FILE_NAME, report_string(report, rule->file));
	row_set(row, LINE, if_known(rule->line > 0, cell_number(rule->line)));
}

static void set_numbers(struct report *report, struct cell *row, const struct outcome *outcome)
{
	bool known = outcome->known, limited = known && has_limit(&outcome->rule);
	row_set(row, LIMIT, outcome_cell(report, outcome, wording_limit_written));
	row_set(row, VALUE_BEFORE, if_known(outcome->has_before, cell_delta(outcome->before)));
	row_set(row, VALUE_AFTER, if_known(known, cell_delta(outcome->after)));
	row_set(row, MEASURED, if_known(known, cell_delta(outcome->measured)));
	row_set(row, MOST, if_known(limited, cell_delta(outcome->most)));
	row_set(row, WHOLE, if_known(limited && outcome->rule.limit.has_share, cell_number(outcome->whole)));
	row_set(row, BASELINES, cell_number(outcome->baselines));
	row_set(row, SIGMAS,
		if_known(outcome->baselines > 0 && isfinite(outcome->sigmas), cell_share(outcome->sigmas)));
}

/* --- findings of a row ------------------------------------------------------------------------------------------------ */

static void add_types(struct report *report, struct section *table, const struct finding *finding)
{
	static const struct field columns[] = {
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "objects", VALUE_INTEGER, RANK_ALWAYS, false},
		{"size", "size", VALUE_INTEGER, RANK_ALWAYS, false},
	};
	add_fields(report, table, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < finding->types.count; i++) {
		const struct finding_type *type = &finding->types.items[i];
		struct cell *row = section_row(report, table);
		row_set(row, 0, report_string(report, type->name));
		row_set(row, 1, cell_delta(type->count));
		row_set(row, 2, cell_delta(type->size));
	}
}

static void add_findings(struct report *report, struct section *table, const struct outcome *outcome)
{
	static const struct field columns[] = {
		{"message", "message", VALUE_TEXT, RANK_ALWAYS, false},
		{"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
		{"holder", "holder", VALUE_TEXT, RANK_ALWAYS, false},
		{"source", "source", VALUE_TEXT, RANK_ALWAYS, false},
		{"source_line", "line", VALUE_NUMBER, RANK_ALWAYS, false},
		{"command", "more", VALUE_COMMAND, RANK_ALWAYS, false},
	};
	add_fields(report, table, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < outcome->findings.count; i++) {
		const struct finding *finding = &outcome->findings.items[i];
		struct cell *row = section_row(report, table);
		row_set(row, 0, report_string(report, finding->message));
		row_set(row, 1, report_string(report, finding->path));
		row_set(row, 2, report_string(report, finding->holder));
		row_set(row, 3, report_string(report, finding->source));
		row_set(row, 4, if_known(finding->source_line > 0, cell_number(finding->source_line)));
		row_set(row, 5, report_string(report, finding->command));
		add_types(report, section_part(report, table, "types"), finding);
	}
}

/* On the command line a rule's name says what it measures; a policy's may be any. */
static bool needs_measures(const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->items.count; i++)
		if (outcomes->items.items[i].rule.file != NULL)
			return true;
	return false;
}

static void add_rows(struct report *report, const struct outcomes *outcomes, bool quiet)
{
	struct section *table = report_section(report, "rows", NULL);
	add_fields(report, table, fields, FIELD_COUNT);
	if (table != NULL && !report->failed && !needs_measures(outcomes))
		table->fields.items[MEASURES].rank = RANK_MACHINE;
	for (size_t i = 0; i < outcomes->items.count; i++) {
		const struct outcome *outcome = &outcomes->items.items[i];
		if (quiet && outcome->verdict != VERDICT_VIOLATED)
			continue;
		struct cell *row = section_row(report, table);
		set_shown(report, row, outcome);
		set_rule(report, row, &outcome->rule);
		set_numbers(report, row, outcome);
		add_findings(report, section_part(report, table, "findings"), outcome);
	}
}

/* --- what a person reads first ---------------------------------------------------------------------------------------- */

/* `title`: foreign names in it are escaped. */
static struct section *new_block(struct report *report, const struct text *title)
{
	struct cell copy = report_text(report, text_string(title), title->length);
	struct section *block = report_section(report, "violation", copy.present ? copy.text : NULL);
	report->failed |= title->failed;
	if (block != NULL)
		block->for_people = true;
	return block;
}

static void add_lines(struct report *report, struct section *block, const struct wording *wording)
{
	for (size_t i = 0; i < wording->lines.count; i++) {
		const struct wording_line *line = &wording->lines.items[i];
		enum value_kind kind = line->kind == WORDING_COMMAND ? VALUE_COMMAND : VALUE_TEXT;
		section_fact(report, block, line->label, line->label, kind, report_string(report, line->text));
	}
}

/* Each of several findings is a block, numbered, as the headline counts them. */
static struct error *add_finding(struct report *report, const struct outcome *outcome, size_t i)
{
	const struct finding *finding = &outcome->findings.items[i];
	AUTO(wording) struct wording wording;
	AUTO(text) struct text title = {0};
	text_init(&title);
	wording_init(&wording);
	text_printf(&title, "%zu. ", i + 1);
	text_add_escaped(&title, finding->message, strlen(finding->message));
	TRY(wording_add_finding(&wording, outcome, finding, report->unit));
	add_lines(report, new_block(report, &title), &wording);
	return NULL;
}

static struct error *add_block(struct report *report, const struct outcome *outcome)
{
	AUTO(wording) struct wording wording;
	AUTO(text) struct text title = {0};
	text_init(&title);
	wording_init(&wording);
	wording_headline(outcome, report->unit, &title);
	TRY(wording_add_rule(&wording, outcome, report->unit));
	if (outcome->findings.count == 1)
		TRY(wording_add_finding(&wording, outcome, &outcome->findings.items[0], report->unit));
	add_lines(report, new_block(report, &title), &wording);
	for (size_t i = 0; outcome->findings.count > 1 && i < outcome->findings.count; i++)
		TRY(add_finding(report, outcome, i));
	return NULL;
}

static struct error *add_blocks(struct report *report, const struct outcomes *outcomes, enum verdict verdict)
{
	for (size_t i = 0; i < outcomes->items.count; i++)
		if (outcomes->items.items[i].verdict == verdict)
			TRY(add_block(report, &outcomes->items.items[i]));
	return NULL;
}

/* --- all together ----------------------------------------------------------------------------------------------------- */

static void add_totals(struct report *report, const struct outcomes *outcomes)
{
	struct outcome_counts counts = outcomes_count(outcomes);
	struct section *totals = report_section(report, "totals", NULL);
	section_fact(report, totals, "passed", NULL, VALUE_COUNT, cell_number(counts.passed));
	section_fact(report, totals, "skipped", NULL, VALUE_COUNT, cell_number(counts.skipped));
	section_fact(report, totals, "warned", NULL, VALUE_COUNT, cell_number(counts.warned));
	section_fact(report, totals, "violated", NULL, VALUE_COUNT, cell_number(counts.violated));
	section_fact(report, totals, "result", NULL, VALUE_TEXT, report_string(report, outcomes_result(outcomes)));
	section_fact(report, totals, "before", NULL, VALUE_TEXT, report_string(report, outcomes->before));
	section_fact(report, totals, "after", NULL, VALUE_TEXT, report_string(report, outcomes->after));
	section_fact(report, totals, "baselines", NULL, VALUE_COUNT, cell_number(outcomes->baselines));
}

static void say(struct report *report, const struct outcomes *outcomes)
{
	AUTO(text) struct text verdict = {0}, subject = {0}, partial = {0};
	text_init(&verdict);
	text_init(&subject);
	text_init(&partial);
	wording_verdict(outcomes, report->unit, &verdict);
	wording_subject(outcomes, &subject);
	wording_partial(outcomes, &partial);
	report_set_verdict(report, &verdict);
	if (subject.length > 0)
		report_remark(report, REMARK_DETAIL, "%s", text_string(&subject));
	if (partial.length > 0)
		report_remark(report, REMARK_CAUTION, "%s", text_string(&partial));
	report->failed |= subject.failed || partial.failed;
}

struct error *check_report(struct report *report, const struct outcomes *outcomes, bool quiet)
{
	if (report->verdict == NULL)
		say(report, outcomes);
	add_totals(report, outcomes);
	TRY(add_blocks(report, outcomes, VERDICT_VIOLATED));
	if (!quiet)
		TRY(add_blocks(report, outcomes, VERDICT_WARNED));
	add_rows(report, outcomes, quiet);
	return report_error(report);
}
