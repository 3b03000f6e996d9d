/* Rule: what must not be: a metric, of some objects, that goes beyond a limit. */
#ifndef CHECKS_RULE_H
#define CHECKS_RULE_H

#include "base/arena.h"
#include "base/vector.h"
#include "checks/metric.h"
#include "checks/subject.h"

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
	unsigned limit_line, subject_line, except_line, expires_line; /* where these stand, for errors; 0: `line` */
};

struct rules {
	struct arena arena; /* of all strings */
	VECTOR(struct rule) items;
};
void rules_init(struct rules *rules);
void rules_deinit(struct rules *rules);
DEFINE_AUTO_VALUE(rules, struct rules, rules_deinit);

/* Adds a rule, its strings copied, after checking what goes together: a metric of the process has no subject; a query's is a query;
 * a share needs growth or a whole; patterns compile and queries parse; an exception has a reason and an end; the name is new;
 * `expires` is a date and not before `today` (YYYY-MM-DD; NULL: the machine's, in UTC). ERROR_USAGE, as rule_error's. */
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
