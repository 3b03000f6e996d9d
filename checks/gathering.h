/* Gathering: by what is a portion of a heap held, in a sentence?
 *
 * The place is the deepest in the tree of dominators, and no part of the portion itself, that holds more than half of its weight. Where
 * that is no more than a module, or there is none, it is also told what the shortest ways to most of it lead through.
 */
#ifndef CHECKS_GATHERING_H
#define CHECKS_GATHERING_H

#include "analyzer/holders.h"
#include "checks/portion.h"

struct held {                   /* by one place */
	uint64_t count, weight; /* objects that are PART_WHOLE, and what all parts weigh */
};

struct gathering {
	const struct portion *portion; /* borrowed */
	struct held all;
	uint32_t place;      /* DOMINATOR_ROOT: none holds more than half */
	struct held at;      /* that place */
	const uint8_t *inside; /* by number of the tree, of the portion's objects alone: lies at that place or below; the scene's scratch */
	struct holder first; /* where the place says little: what most of it is reached through */
	struct held by_first;
};

/* O(parts and what dominates them), nodes / 64, and where the place says little what holders_create takes. One at a time has the scene's
 * scratch. */
struct error *gathering_find(const struct portion *portion, struct gathering *result) CHECKED;

static inline bool gathering_holds(const struct gathering *gathering, node_id node)
{
	return gathering->inside[gathering->portion->scene->held->tree.state[node] & ~FLOW_LEAF];
}

/* The object to show of the portion: the one that retains most, the first on a tie, of those that a way leads to and that lie at the place; of those
 * that grew, if these are more of it, the one that grew most. Of `member` alone. Modules, their namespaces and the
 * tables of the interpreter only where there is nothing else. NO_ID: there is none. O(parts). */
node_id gathering_choose(const struct gathering *gathering, const struct membership *member);

/* Adds `1,024 new objects (98% of what came) hang from app.CACHE`; nothing for an empty portion. `printing`: with objects. */
struct error *gathering_print(const struct gathering *gathering, const struct path_printing *printing,
			      struct text *text) CHECKED;

/* Adds `98%`: all is only said where it is all. */
void gathering_print_share(uint64_t part, uint64_t whole, struct text *text);

#endif
