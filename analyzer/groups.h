/* Groups: the objects of a heap by what somebody wants to count them by.
 *
 *   type        the display name of their type
 *   module      the module of their type; package: its first part
 *   generation  0, 1, 2, permanent, untracked
 *   owner       the thread, the module, the tasks of a function or the other kind of place that all ways to them pass through: see
 *               analyzer/owners.h
 *   site        the line of source that allocated them: see analyzer/sites.h
 */
#ifndef ANALYZER_GROUPS_H
#define ANALYZER_GROUPS_H

#include "analyzer/graph.h"
#include "analyzer/type_names.h"

enum groups_by {
	GROUPS_BY_TYPE,
	GROUPS_BY_MODULE,
	GROUPS_BY_PACKAGE,
	GROUPS_BY_GENERATION,
	GROUPS_BY_OWNER,
	GROUPS_BY_SITE,
	GROUPS_BY_COUNT
};
const char *groups_by_name(enum groups_by by); /* type ... */

struct groups {
	struct arena arena;
	uint32_t count;
	struct label *labels;
	uint32_t *of; /* by node; GROUP_NONE: not counted */
};

/* All but GROUPS_BY_OWNER and GROUPS_BY_SITE. `selected`: labels whose objects count; NULL: all. Needs GRAPH_TYPE, or GRAPH_GENERATION for
 * that one, and both where types are selected. One pass; 4 B an object. */
struct error *groups_create(const struct graph *graph, const struct type_names *names, enum groups_by by,
			    const bool *selected, struct groups *result) CHECKED;
void groups_deinit(struct groups *groups);
DEFINE_AUTO_VALUE(groups, struct groups, groups_deinit);

#endif
