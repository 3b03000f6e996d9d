/* Evidence: is an object at an address where one of its type was before still the same one, or has another taken its
 * place?
 *
 *   reused     it is another: its content hash is another; it is younger for the collector than the one before, or
 * than that
 *              one could be after the collections since; it is a tuple of other things; all that hangs from it alone
 * is new
 *              or reused; or it hangs from an object that is new itself, with nothing that speaks for its being older
 *   same       it is immortal or static; for the collector it is older than what is new can be; or its content hash,
 * its own
 *              references, or its place among the references of an object that stayed are the same
 *   uncertain  nothing was found for either, or something for both
 *
 * dict and tuple are untracked and tracked again, which makes them look young: that alone says nothing of these, nor
 * of what was frozen before.
 */
#ifndef ANALYZER_EVIDENCE_H
#define ANALYZER_EVIDENCE_H

#include "analyzer/join.h"
#include "analyzer/retention.h"

struct evidence { /* pairs of equal address and type */
	uint64_t same, reused, uncertain;
};

/* What load_graph has to load for it, besides what a join needs. */
#define EVIDENCE_COLUMNS (GRAPH_GENERATION | RETENTION_COLUMNS)

/* Parts the pairs of `join` that are reused. `retention`: of the later one. Reads the hashes of both files. O(nodes +
 * edges); 2 B an object. */
struct error *evidence_weigh(const struct graph *before, const struct graph *after, const struct type_names *names,
			     const struct retention *retention, struct join *join, struct evidence *result) CHECKED;

#endif
