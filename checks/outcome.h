/* Outcome: what became of each rule, and why: what checks find and renderers print.
 *
 * All strings lie in the arena, foreign bytes in them escaped for a terminal already. Renderers escape for where they print.
 */
#ifndef CHECKS_OUTCOME_H
#define CHECKS_OUTCOME_H

#include "checks/rule.h"

enum verdict {
	VERDICT_PASSED,
	VERDICT_SKIPPED, /* optional, and nothing matched; or it can't be measured of these snapshots: `note` says why */
	VERDICT_WARNED,  /* beyond the limit, and only a warning */
	VERDICT_VIOLATED
};
const char *verdict_name(enum verdict verdict); /* passed, skipped, warned, violated */

struct finding_type { /* of what came */
	const char *name;
	int64_t count, size; /* objects, bytes */
};

struct finding { /* one thing that is too much: all of a rule's subject, or one path of many */
	const char *message; /* a sentence without its full stop: "app.Session retains 61.2 MiB, 11.2 MiB more than 50.0 MiB" */
	const char *path;    /* of what is too much, or of one of these: the shortest from a root; NULL: none leads there */
	const char *holder;  /* what holds the growth: "92% of it hangs from app.CACHE.sessions"; NULL: not known */
	const char *source;  /* FILE of PATH's first step or the site that allocated most of it, with `source_line`; NULL: not known */
	unsigned source_line; /* 0: not known */
	const char *command; /* that shows more: heapdiff why a.snap b.snap --type 'app\.Session' */
	bool types_of_all;   /* of growth: the types are of all there is, as there is no earlier snapshot that tells what came */
	VECTOR(struct finding_type) types; /* the biggest new types, or of one snapshot the biggest among what is retained */
};

struct outcome {
	struct rule rule;
	enum verdict verdict;
	const char *note;   /* NULL: none */
	bool has_before;    /* `before` is known: a snapshot's, or the baseline's mean */
	bool known;         /* `after` is known, and `measured` if the rule is of growth */
	int64_t before, after;
	int64_t measured;   /* that was held against the limit: after, or the growth */
	int64_t most;       /* that was allowed, what was learned included */
	uint64_t whole;     /* of which the share in the limit is one */
	unsigned baselines; /* from how many the tolerance was learned; 0: from none */
	double sigmas;      /* with these: standard deviations from their mean */
	VECTOR(struct finding) findings;
};

struct outcomes {
	struct arena arena;
	VECTOR(struct outcome) items; /* in the order of the rules */
	const char *before, *after;   /* the snapshots' paths; before: NULL where there is one. With a baseline its path */
	uint64_t baselines;           /* how many runs the baseline was learned from; 0: none */
	const char *partial;          /* a sentence on what a snapshot lacks; NULL: all is whole */
	bool allow_partial;           /* that doesn't fail the check */
	uint64_t captured_ns;         /* when the judged snapshot was taken, ns since 1970; 0: not known */
};
void outcomes_init(struct outcomes *outcomes);
void outcomes_deinit(struct outcomes *outcomes);
DEFINE_AUTO_VALUE(outcomes, struct outcomes, outcomes_deinit);

struct outcome_counts {
	uint64_t passed, skipped, warned, violated;
};
struct outcome_counts outcomes_count(const struct outcomes *outcomes);
/* Of all of them, for machines: passed, violated; partial, whatever was found, where that fails the check. */
const char *outcomes_result(const struct outcomes *outcomes);
/* Copies what `format` makes into the arena; *result NULL without memory, and ERROR_MEMORY. */
struct error *outcomes_print(struct outcomes *outcomes, const char **result, const char *format, ...) PRINTF(3, 4) CHECKED;
/* The same of a text that was built. */
struct error *outcomes_keep(struct outcomes *outcomes, const struct text *text, const char **result) CHECKED;

#endif
