/* Discover: which objects are there? Everything on the collector's lists, at the roots, and reached from those by edges.
 *
 * A worklist of addresses and one bit for each object found (marks). Decoders report edges; a target that is not marked
 * yet is checked, marked and put on the list. Nothing is kept for an object but its bits: writing decodes it once more.
 * Cost: one decoding an object, 16 bytes for each object that waits on the list.
 */
#ifndef DUMPER_DISCOVER_H
#define DUMPER_DISCOVER_H

#include "dumper/decode.h"
#include "dumper/interrupt.h"
#include "dumper/marks.h"

struct discovery_limits {
	struct interrupt *interrupt; /* NULL: none */
	uint64_t deadline_ns;  /* CLOCK_MONOTONIC, 0: none; then what is found stays, with LOSS_time_limit */
	uint64_t memory_bytes; /* for mirror, marks and worklist together, 0: none; ERROR_MEMORY above it */
};

struct discovery;
struct error *discovery_create(struct decoder *decoder, struct marks *marks, const struct discovery_limits *limits,
			       struct discovery **result) CHECKED;
void discovery_destroy(struct discovery *discovery);
DEFINE_AUTO(discovery, struct discovery *, discovery_destroy);

/* An object on a collector list: must be good, else it is a loss. `generation` is GENERATION_0..GENERATION_PERMANENT. */
struct error *discovery_tracked(struct discovery *discovery, uint64_t address, enum generation generation) CHECKED;
/* The target of a root's edge. */
struct error *discovery_root(struct discovery *discovery, const struct found_edge *edge) CHECKED;
/* Follows every edge until nothing new is found; types of all objects are objects too. May be called again after more
 * roots. ERROR_INTERRUPTED, ERROR_MEMORY, ERROR_GONE. */
struct error *discovery_run(struct discovery *discovery) CHECKED;
/* After the last run: what is unsettled is counted as slots that were changing, if all memory is of `one_moment` and they are
 * no more than `interpreters`, each of which lets one thread run at a time; else as the losses that it looks like. */
void discovery_settle(struct discovery *discovery, bool one_moment, uint64_t interpreters);
/* Whether `address` lies in [start, start + size) of an object found in a mapped file's data, or of a block that was named by
 * discovery_block: words there belong to that object, not to a C global. Sorts on first use: O(log n) a call. */
bool discovery_inside(struct discovery *discovery, uint64_t address);
struct error *discovery_block(struct discovery *discovery, uint64_t start, uint64_t size) CHECKED;
/* Addresses of the objects found so far whose type is noted; borrowed until the next discovery_run. */
const uint64_t *discovery_noted(const struct discovery *discovery, size_t *count);

#endif
