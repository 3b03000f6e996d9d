/* Subject sets: which objects of a snapshot is each rule about?
 *
 * A bit for each rule and each object, in words of 64 rules: what analyzer/mask_sets.h takes.
 */
#ifndef CHECKS_SUBJECT_SETS_H
#define CHECKS_SUBJECT_SETS_H

#include "analyzer/graph.h"
#include "analyzer/type_names.h"
#include "checks/ask.h"

#define SUBJECT_BITS 64u

struct subject_sets {
	node_id nodes;
	size_t rules, words;
	uint64_t *member; /* word w of node n: member[w * nodes + n]; rule r is bit r % 64 of word r / 64 */
	bool *matched;    /* by rule: a type, a module or a path is called so, or it is about no such thing */
	size_t *known;    /* by rule: of a path, how many of its first bytes lead to something */
};

/* Rules about all objects have all, but for those excepted; of METRIC_QUERY and of the process none. `answers`: to the rules' queries.
 * `graph`: with what path_lookup needs, and GRAPH_TYPE. O(types * rules + nodes * words), and each path's lookup.
 * ERROR_USAGE as rule_error for a pattern that backtracks without end, and a path that is none. */
struct error *subject_sets_find(const struct rules *rules, const struct answers *answers, const struct graph *graph,
				const struct type_names *names, const struct type_facts *facts,
				struct subject_sets *result) CHECKED;
void subject_sets_deinit(struct subject_sets *sets);
DEFINE_AUTO_VALUE(subject_sets, struct subject_sets, subject_sets_deinit);

static inline bool subject_sets_has(const struct subject_sets *sets, size_t rule, node_id node)
{
	return sets->member[rule / SUBJECT_BITS * sets->nodes + node] >> rule % SUBJECT_BITS & 1;
}

/* ERROR_USAGE, which names the nearest type or module, where a rule that is not optional matches nothing in `after`, nor in `before`
 * (NULL: there is none). */
struct error *subject_sets_check(const struct rules *rules, const struct subject_sets *before, const struct subject_sets *after,
				 const struct type_names *names, const struct reader *reader) CHECKED;

#endif
