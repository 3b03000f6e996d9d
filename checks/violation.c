/* How is it said by how much a rule is broken?
 *
 * One grammar for all metrics: a clause with the subject and what was measured, how much that is beyond the limit, and how far from
 * what was learned. The clauses are templates, as each metric has a verb of its own.
 */
#include "checks/violation.h"

#include <math.h>
#include <string.h>

/* `#` is what was measured, `@` the subject; what stands in [] is left out where a rule is of all objects, and said instead of what
 * stands in {} where it is not. */
struct clauses {
	const char *measured, *grew;
};
static const struct clauses clauses[METRIC_NUMBER] = {
	[METRIC_RETAINED] = {"[@]{the heap} retains #", "what [@]{the heap} retains grew by #"},
	[METRIC_SIZE] = {"[@]{the heap} occupies #", "what [@]{the heap} occupies grew by #"},
	[METRIC_COUNT] = {"the heap has #[ of @]", "the number of [@]{all objects} grew by #"},
	[METRIC_GARBAGE] = {"#[ of @] is garbage", "garbage[ of @] grew by #"},
	[METRIC_CYCLES] = {"the heap has #[ with @]", "#[ with @] appeared or grew"},
	[METRIC_RESIDUE] = {"only C code has #[ to @]", "what C code holds[ of @] grew by #"},
	[METRIC_EXTERNAL] = {"only C code keeps #[ of @] alive", "what only C code keeps alive[ of @] grew by #"},
	[METRIC_RSS] = {"the process has # resident", "the resident memory of the process grew by #"},
	[METRIC_FRAGMENTATION] = {"# of the allocator's pools is nobody's",
				  "what is nobody's of the allocator's pools grew by #"},
	[METRIC_QUERY] = {"@ gives #", "what @ gives grew by #"},
};

struct saying {
	const struct outcome *outcome;
	const char *name;
	enum size_unit sizes;
	enum limit_unit unit;
	struct text *text;
};

static void say_amount(const struct saying *saying, int64_t amount)
{
	limit_print_amount(amount, saying->unit, false, saying->sizes, saying->text);
}

static void say_subject(const struct saying *saying)
{
	const struct subject *subject = &saying->outcome->rule.subject;
	if (saying->name != NULL)
		text_add(saying->text, saying->name);
	else if (subject->kind == SUBJECT_PATH)
		text_add_escaped(saying->text, subject->text, strlen(subject->text));
	else
		subject_print(subject, saying->text);
}

static void say_clause(const struct saying *saying, const char *clause)
{
	bool all = saying->outcome->rule.subject.kind == SUBJECT_ALL;
	for (; *clause != '\0'; clause++) {
		if (*clause == (all ? '[' : '{'))
			clause += strcspn(clause, all ? "]" : "}");
		else if (*clause == '#')
			say_amount(saying, saying->outcome->measured);
		else if (*clause == '@')
			say_subject(saying);
		else if (strchr("[]{}", *clause) == NULL)
			text_add_char(saying->text, *clause);
	}
}

static void say_values(const struct saying *saying)
{
	const struct outcome *outcome = saying->outcome;
	if (!outcome->rule.growth || !outcome->has_before || !outcome->known)
		return;
	text_add(saying->text, " (");
	say_amount(saying, outcome->before);
	text_add(saying->text, " -> ");
	say_amount(saying, outcome->after);
	text_add_char(saying->text, ')');
}

/* Of what a share is one goes without saying for growth, and where a share is not all that the limit is. */
static void say_limit(const struct saying *saying)
{
	const struct outcome *outcome = saying->outcome;
	const struct limit *limit = &outcome->rule.limit;
	const char *whole = metric_facts(outcome->rule.metric)->whole;
	int64_t most = outcome->rule.growth && outcome->baselines > 0 ? limit_most(limit, outcome->whole)
								      : outcome->most,
		excess;
	if (most == 0 && !limit->has_share) {
		text_add(saying->text, outcome->most == 0 ? ", where none is allowed" : "");
		return;
	}
	if (__builtin_sub_overflow(outcome->measured, most, &excess))
		excess = INT64_MAX;
	text_add(saying->text, ", ");
	say_amount(saying, excess);
	text_add(saying->text, " more than the limit of ");
	limit_print(limit, saying->unit, saying->sizes, saying->text);
	if (limit->has_share && !limit->has_amount && !outcome->rule.growth && whole != NULL)
		text_printf(saying->text, " of %s", whole);
}

/* Growth alone is held against what was learned. Baselines that were all alike have no deviation to measure by. */
static void say_learned(const struct saying *saying)
{
	const struct outcome *outcome = saying->outcome;
	if (outcome->baselines == 0 || !outcome->rule.growth)
		return;
	text_add(saying->text, ", ");
	if (isfinite(outcome->sigmas) && outcome->sigmas > 0)
		text_printf(saying->text, "%.1f sigma ", outcome->sigmas);
	text_printf(saying->text, "beyond %u baseline%s", outcome->baselines, outcome->baselines == 1 ? "" : "s");
}

void violation_print(const struct outcome *outcome, const char *name, enum size_unit unit, struct text *text)
{
	const struct saying saying = {.outcome = outcome,
				      .name = name,
				      .sizes = unit,
				      .unit = metric_facts(outcome->rule.metric)->unit,
				      .text = text};
	const struct clauses *clause = &clauses[outcome->rule.metric];
	say_clause(&saying, outcome->rule.growth ? clause->grew : clause->measured);
	say_values(&saying);
	say_limit(&saying);
	say_learned(&saying);
}
