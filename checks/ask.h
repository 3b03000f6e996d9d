/* Ask: what does a rule's query find in the snapshots? */
#ifndef CHECKS_ASK_H
#define CHECKS_ASK_H

#include "analyzer/progress.h"
#include "base/vector.h"
#include "checks/rule.h"
#include "format/reader.h"

struct answer { /* to one rule's query */
	int64_t number;        /* the only number that it gives, a fraction rounded up; else how many rows */
	VECTOR(node_id) nodes; /* objects in its first column, ascending, each once; of METRIC_QUERY not kept */
};

struct answers { /* by rule; of those without a query empty */
	struct answer *items;
	size_t count;
};
void answers_deinit(struct answers *answers);
DEFINE_AUTO_VALUE(answers, struct answers, answers_deinit);

/* Asks the queries of all rules; loads nothing where there are none. Objects are those of `after`. `before`: a query may ask for what is
 * new; NULL: there is one snapshot. `growth_only`: only rules of growth, as they ask the earlier one too.
 * ERROR_USAGE as rule_error, with the place in the query. Memory as heap_need for what they ask, given back at the end. */
struct error *answers_find(const struct rules *rules, struct reader *before, struct reader *after, bool growth_only,
			   const struct progress *progress, struct answers *result) CHECKED;

#endif
