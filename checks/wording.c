/* How are outcomes told to a person, in the same words on a terminal, in a log, in a test report and in a pull request?
 *
 * Each sentence is made in one place. An outcome's details are lines of a label and a text, in the order in which they help:
 * what was allowed and why, where what is too much is, what holds it, what it is made of, what to run next.
 */
#include "checks/wording.h"

#include "checks/violation.h"

#include <inttypes.h>
#include <string.h>

#define MESSAGES_MOST 3u /* that the verdict's sentence has */

static void add_foreign(struct text *text, const char *string)
{
	text_add_escaped(text, string, strlen(string));
}

static enum limit_unit unit_of(const struct rule *rule)
{
	return metric_facts(rule->metric)->unit;
}

/* --- a rule --------------------------------------------------------------------------------------------------------- */

void wording_name(const struct rule *rule, struct text *text)
{
	add_foreign(text, rule->name);
}

void wording_rule(const struct rule *rule, struct text *text)
{
	bool named =
		rule->metric == METRIC_QUERY && rule->subject.kind == SUBJECT_QUERY; /* else: query of query:garbage */
	text_add(text, rule->growth ? "growth of " : "");
	text_add(text, named ? "" : metric_facts(rule->metric)->name);
	if (!named && rule->subject.kind != SUBJECT_ALL)
		text_add(text, " of ");
	subject_print(&rule->subject, text);
	if (rule->except != NULL) {
		text_add(text, ", but not of ");
		add_foreign(text, rule->except);
	}
}

static bool has_limit(const struct rule *rule)
{
	return rule->limit.has_amount || rule->limit.has_share;
}

static bool is_forbidden(const struct outcome *outcome)
{
	const struct limit *limit = &outcome->rule.limit;
	bool learned = outcome->known && outcome->most > 0;
	return limit->has_amount && !limit->has_share && limit->amount == 0 && !learned;
}

void wording_limit_written(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	if (is_forbidden(outcome))
		text_add(text, "none");
	else if (has_limit(&outcome->rule))
		limit_print(&outcome->rule.limit, unit_of(&outcome->rule), unit, text);
}

void wording_limit(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	const struct limit *limit = &outcome->rule.limit;
	bool same = !limit->has_share && limit->amount == outcome->most;
	wording_limit_written(outcome, unit, text);
	if (!has_limit(&outcome->rule) || !outcome->known || same)
		return;
	text_add(text, ", here ");
	limit_print_amount(outcome->most, unit_of(&outcome->rule), false, unit, text);
}

void wording_measured(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	if (outcome->known)
		limit_print_amount(outcome->measured, unit_of(&outcome->rule), outcome->rule.growth, unit, text);
}

/* --- sentences ------------------------------------------------------------------------------------------------------ */

void wording_message(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	if (outcome->findings.count > 0)
		add_foreign(text, outcome->findings.items[0].message);
	else if (has_limit(&outcome->rule) && outcome->known)
		violation_print(outcome, NULL, unit, text);
	else if (outcome->note != NULL)
		add_foreign(text, outcome->note);
	else
		wording_rule(&outcome->rule, text);
}

void wording_headline(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	static const char *const verbs[] = {
		[VERDICT_PASSED] = " passes",
		[VERDICT_SKIPPED] = " is skipped",
		[VERDICT_WARNED] = " warns",
		[VERDICT_VIOLATED] = " is violated",
	};
	wording_name(&outcome->rule, text);
	text_add(text, verbs[outcome->verdict]);
	if (outcome->findings.count > 1) {
		text_printf(text, " in %zu places", outcome->findings.count);
	} else {
		text_add(text, ": ");
		wording_message(outcome, unit, text);
	}
}

/* `: MESSAGE; MESSAGE; and 2 more` of the rules with this verdict */
static void add_messages(const struct outcomes *outcomes, enum verdict verdict, enum size_unit unit, struct text *text)
{
	uint64_t found = 0;
	for (size_t i = 0; i < outcomes->items.count; i++) {
		if (outcomes->items.items[i].verdict != verdict)
			continue;
		if (found < MESSAGES_MOST) {
			text_add(text, found == 0 ? ": " : "; ");
			wording_message(&outcomes->items.items[i], unit, text);
		}
		found++;
	}
	if (found > MESSAGES_MOST)
		text_printf(text, "; and %" PRIu64 " more", found - MESSAGES_MOST);
}

/* `2 of 12 rules are violated`, `the rule is violated` */
static void add_share(uint64_t part, uint64_t whole, const char *one, const char *many, struct text *text)
{
	if (whole == 1) {
		text_add(text, "the rule");
	} else {
		text_add_count(text, part);
		text_add(text, " of ");
		text_add_count(text, whole);
		text_add(text, " rules");
	}
	text_add(text, part == 1 ? one : many);
}

/* `all 3 rules`, `both rules`, `the rule`; and the verb. */
static void add_all(uint64_t whole, const char *one, const char *many, struct text *text)
{
	text_add(text, whole == 1 ? "the rule" : whole == 2 ? "both rules" : "all ");
	if (whole > 2) {
		text_add_count(text, whole);
		text_add(text, " rules");
	}
	text_add(text, whole == 1 ? one : many);
}

/* Where none is violated, and none warns. */
static void add_passed(const struct outcome_counts *counts, uint64_t whole, struct text *text)
{
	if (whole == 0) {
		text_add(text, "there is no rule");
	} else if (counts->passed == whole) {
		add_all(whole, " passes", " pass", text);
	} else if (counts->passed == 0) {
		add_all(whole, " is skipped", " are skipped", text);
	} else {
		add_share(counts->passed, whole, " passes", " pass", text);
		text_add(text, ", ");
		text_add_count(text, counts->skipped);
		text_add(text, counts->skipped == 1 ? " is skipped" : " are skipped");
	}
}

void wording_verdict(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	struct outcome_counts counts = outcomes_count(outcomes);
	uint64_t whole = outcomes->items.count;
	if (counts.violated > 0) {
		add_share(counts.violated, whole, " is violated", " are violated", text);
		add_messages(outcomes, VERDICT_VIOLATED, unit, text);
		return;
	}
	if (counts.warned == 0) {
		add_passed(&counts, whole, text);
		return;
	}
	add_share(counts.warned, whole, " warns", " warn", text);
	add_messages(outcomes, VERDICT_WARNED, unit, text);
}

void wording_subject(const struct outcomes *outcomes, struct text *text)
{
	if (outcomes->after == NULL)
		return;
	text_add(text, "snapshot ");
	add_foreign(text, outcomes->after);
	if (outcomes->before != NULL) {
		text_add(text, ", compared with ");
		add_foreign(text, outcomes->before);
	}
	if (outcomes->baselines > 0)
		text_printf(text, ", learned from %" PRIu64 " run%s", outcomes->baselines,
			    outcomes->baselines == 1 ? "" : "s");
}

void wording_partial(const struct outcomes *outcomes, struct text *text)
{
	if (outcomes->partial == NULL)
		return;
	add_foreign(text, outcomes->partial);
	if (!outcomes->allow_partial)
		text_add(text, "; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it "
			       "as it is");
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

void wording_init(struct wording *wording)
{
	*wording = (struct wording){0};
	arena_init(&wording->arena);
}

void wording_deinit(struct wording *wording)
{
	if (wording == NULL)
		return;
	vector_deinit(&wording->lines);
	arena_deinit(&wording->arena);
}

/* Nothing to say is no line. */
static struct error *add_line(struct wording *wording, const char *label, enum wording_kind kind,
			      const struct text *text)
{
	TRY(text_error(text));
	if (text->length == 0)
		return NULL;
	const char *copy = arena_copy(&wording->arena, text_string(text), text->length);
	if (copy == NULL)
		return error_memory();
	return vector_push(&wording->lines, (struct wording_line){.label = label, .kind = kind, .text = copy});
}

static struct error *add_string(struct wording *wording, const char *label, enum wording_kind kind, const char *string)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (string != NULL)
		add_foreign(&text, string);
	return add_line(wording, label, kind, &text);
}

/* `retained of app\.Session: at most 50.0 MiB (memory.ini:12)`. Rules that have no limit have no metric either. */
static struct error *add_allowed(struct wording *wording, const struct outcome *outcome, enum size_unit unit)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (has_limit(&outcome->rule)) {
		wording_rule(&outcome->rule, &text);
		text_add(&text, is_forbidden(outcome) ? ": " : ": at most ");
		wording_limit(outcome, unit, &text);
	}
	if (outcome->rule.file != NULL) {
		text_add(&text, text.length > 0 ? " (" : "");
		bool closed = text.length > 0;
		add_foreign(&text, outcome->rule.file);
		if (outcome->rule.line > 0)
			text_printf(&text, ":%u", outcome->rule.line);
		text_add(&text, closed ? ")" : "");
	}
	return add_line(wording, "rule", WORDING_SENTENCE, &text);
}

struct error *wording_add_rule(struct wording *wording, const struct outcome *outcome, enum size_unit unit)
{
	const struct rule *rule = &outcome->rule;
	TRY(add_allowed(wording, outcome, unit));
	TRY(add_string(wording, "note", WORDING_SENTENCE, outcome->note));
	TRY(add_string(wording, "reason", WORDING_SENTENCE, rule->reason));
	TRY(add_string(wording, "owner", WORDING_SENTENCE, rule->owner));
	return add_string(wording, "expires", WORDING_SENTENCE, rule->expires);
}

/* `1,200 app.Session (40.1 MiB), grown dict (12.0 MiB)`: no dict came, but one that was there took more. */
static void add_types(const struct finding *finding, enum size_unit unit, struct text *text)
{
	for (size_t i = 0; i < finding->types.count; i++) {
		const struct finding_type *type = &finding->types.items[i];
		text_add(text, i > 0 ? ", " : "");
		if (type->count != 0)
			limit_print_amount(type->count, UNIT_NUMBER, false, unit, text);
		else
			text_add(text, "grown");
		text_add_char(text, ' ');
		add_foreign(text, type->name);
		text_add(text, " (");
		limit_print_amount(type->size, UNIT_SIZE, false, unit, text);
		text_add_char(text, ')');
	}
}

struct error *wording_add_finding(struct wording *wording, const struct outcome *outcome, const struct finding *finding,
				  enum size_unit unit)
{
	AUTO(text) struct text source = {0}, types = {0};
	text_init(&source);
	text_init(&types);
	if (finding->source != NULL) {
		add_foreign(&source, finding->source);
		if (finding->source_line > 0)
			text_printf(&source, ":%u", finding->source_line);
	}
	add_types(finding, unit, &types);
	TRY(add_string(wording, "path", WORDING_NAME, finding->path));
	TRY(add_string(wording, "holder", WORDING_SENTENCE, finding->holder));
	TRY(add_line(wording, "source", WORDING_NAME, &source));
	bool came = outcome->rule.growth && !finding->types_of_all;
	TRY(add_line(wording, came ? "new types" : "types", WORDING_SENTENCE, &types));
	return add_string(wording, "more", WORDING_COMMAND, finding->command);
}

static void print_lines(const struct wording *wording, const char *indent, struct text *text)
{
	for (size_t i = 0; i < wording->lines.count; i++)
		text_printf(text, "%s%s: %s\n", indent, wording->lines.items[i].label, wording->lines.items[i].text);
}

struct error *wording_print(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	AUTO(wording) struct wording rule;
	wording_init(&rule);
	TRY(wording_add_rule(&rule, outcome, unit));
	wording_headline(outcome, unit, text);
	text_add_char(text, '\n');
	print_lines(&rule, "", text);
	bool many = outcome->findings.count > 1;
	for (size_t i = 0; i < outcome->findings.count; i++) {
		AUTO(wording) struct wording found;
		wording_init(&found);
		TRY(wording_add_finding(&found, outcome, &outcome->findings.items[i], unit));
		if (many) {
			text_printf(text, "%zu. ", i + 1);
			add_foreign(text, outcome->findings.items[i].message);
			text_add_char(text, '\n');
		}
		print_lines(&found, many ? "   " : "", text);
	}
	return text_error(text);
}
