/* Owners: which module, thread or other place does each object belong to?
 *
 * An object is owned by what all ways to it pass through: a module (its object and its namespace), a thread (its state
 * and its frames), the asyncio tasks of one coroutine function, another kind of root, the immortal objects, C code (objects with residue that no root leads to), or nothing
 * (what only unreachable objects lead to). Where that is several, one within another, it is the one that retains least;
 * where it is none, as two owners hold it, it is owned by several.
 */
#ifndef ANALYZER_OWNERS_H
#define ANALYZER_OWNERS_H

#include "analyzer/groups.h"
#include "analyzer/progress.h"
#include "analyzer/reach.h"

/* Finds each object's owner. `result`: as groups_create; the last group is "(several)". *retained: for each group, what
 * would go if the owner went, bytes, UINT64_MAX for that last one; freed by the caller. Needs REACH_COLUMNS, GRAPH_SIZE, and GRAPH_TYPE where types are
 * `selected`. As sets_retained, and a few chunks of the file. */
struct error *owners_create(const struct reach *reach, const struct type_names *names, const bool *selected,
			    const struct progress *progress, struct groups *result, uint64_t **retained) CHECKED;

#endif
