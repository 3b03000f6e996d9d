/* Rule: what must not be: a metric, of some objects, that goes beyond a limit. */
#ifndef CHECKS_RULE_H
#define CHECKS_RULE_H

#include "base/arena.h"
#include "base/vector.h"
#include "checks/limit.h"

enum metric {
#define METRIC(id, name, unit, subjects, whole, description) METRIC_##id,
#include "checks/metric.def"
#undef METRIC
	METRIC_NUMBER
};

struct metric_facts {
	const char *name, *description;
	enum limit_unit unit;
	bool subjects;     /* it can be of some objects; else of the process alone */
	const char *whole; /* of what a limit in percent is a share, where it is not of growth; NULL: there is none */
};
const struct metric_facts *metric_facts(enum metric metric);
/* `retained`, `growth of retained`; `growth` alone is that of what is retained. ERROR_USAGE with the nearest name. */
struct error *metric_parse(const char *text, enum metric *metric, bool *growth) CHECKED;

enum subject_kind {
	SUBJECT_ALL,    /* every object, or the process */
	SUBJECT_TYPE,   /* objects in whose type's name the pattern is found */
	SUBJECT_MODULE, /* objects in whose type's module the pattern is found */
	SUBJECT_PATH,   /* the object, or the objects, that reports call so: app.CACHE, app.CACHE[*].user */
	SUBJECT_QUERY   /* the objects in the first column of a query; the name of one of queries/library, or its text */
};
struct subject {
	enum subject_kind kind;
	const char *text; /* NULL for SUBJECT_ALL */
};
/* As on a command line: a pattern of types, `path:app.CACHE`, `module:^app`, `query:garbage`. Borrows the text. */
struct subject subject_parse(const char *text);
/* Adds it as it is written there, foreign bytes escaped; of SUBJECT_ALL nothing. */
void subject_print(const struct subject *subject, struct text *text);

enum severity {
	SEVERITY_ERROR, /* fails the check */
	SEVERITY_WARNING
};

struct rule {
	const char *name; /* distinct among the rules: of a policy its section, else as on the command line: "--max-retained app" */
	enum metric metric;
	bool growth; /* what it is more than before, in the baseline or the first snapshot */
	struct subject subject;
	const char *except; /* pattern of types that don't count; NULL: none; for SUBJECT_ALL, _TYPE and _MODULE */
	struct limit limit;
	enum severity severity;
	bool optional; /* may match nothing */
	const char *reason, *owner, *expires; /* NULL: none; expires: YYYY-MM-DD, the last day that it holds */
	const char *file; /* of the policy; NULL: the command line */
	unsigned line;    /* where the rule begins in the file, from 1 */
	unsigned limit_line, subject_line, expires_line; /* where these stand, for errors; 0: `line` */
};

struct rules {
	struct arena arena; /* of all strings */
	VECTOR(struct rule) items;
};
void rules_init(struct rules *rules);
void rules_deinit(struct rules *rules);
DEFINE_AUTO_VALUE(rules, struct rules, rules_deinit);

/* Adds a rule, its strings copied, after checking what goes together: a metric of the process has no subject; a limit's unit is the
 * metric's; a share needs growth or a whole; patterns compile; the name is new; `expires` is a date and not before `today`
 * (YYYY-MM-DD; NULL: the machine's, in UTC). ERROR_USAGE, which begins with rule_place. */
struct error *rules_add(struct rules *rules, const struct rule *rule, const char *today) CHECKED;

/* One rule of the command line: --max-retained, --max-size, --max-count, --max-garbage, --max-growth ... with its value; the list is
 * checks/rule_option.def's. ERROR_USAGE names the option. `text`: SUBJECT=LIMIT, split at the last `=`; LIMIT alone; SUBJECT alone. */
enum rule_option {
#define RULE_OPTION(id, name, argument, metric, growth, help) RULE_OPTION_##id,
#include "checks/rule_option.def"
#undef RULE_OPTION
	RULE_OPTION_COUNT
};
struct error *rules_add_option(struct rules *rules, enum rule_option option, const char *text) CHECKED;

/* An error that the rule is to blame for: `memory.ini:12: [session cache]: ...`, or `--max-retained app: ...`. `line`: one of the
 * rule's, 0: its first. */
struct error *rule_error(const struct rule *rule, unsigned line, const char *format, ...) PRINTF(3, 4) CHECKED;

#endif
