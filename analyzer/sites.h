/* Sites: where objects were allocated, where tracemalloc ran in their process.
 *
 * An object's site is the traceback of the block that it lies in; its buffers may have others. Frames are told from the
 * innermost on.
 */
#ifndef ANALYZER_SITES_H
#define ANALYZER_SITES_H

#include "analyzer/groups.h"
#include "base/text.h"

struct sites {
	const struct reader *reader;
	const struct traceback_row *tracebacks;
	const struct traceback_frame_row *frames;
	const struct trace_row *traces;
	size_t traceback_count, trace_count;
	uint32_t *offsets; /* traceback_count + 1 */
	uint32_t *order;   /* numbers of frames: traceback t has order[offsets[t]] .. order[offsets[t + 1] - 1] */
};

/* Without tracebacks where the snapshot has none. 4 B a traceback and a frame, beside the rows. */
struct error *sites_init(struct sites *sites, struct reader *reader) CHECKED;
void sites_deinit(struct sites *sites);
DEFINE_AUTO_VALUE(sites, struct sites, sites_deinit);

static inline bool sites_known(const struct sites *sites)
{
	return sites->traceback_count > 0;
}

/* The traceback of one object; NO_ID: not known. A look at every trace. */
uint32_t sites_find(const struct sites *sites, node_id node);
/* That of each object, NO_ID: not known. *result: nodes + 1 of them, the caller's to free. */
struct error *sites_by_node(const struct sites *sites, node_id nodes, uint32_t **result) CHECKED;

/* Frames of a traceback that are known; frame 0 is the innermost. */
uint32_t sites_depth(const struct sites *sites, uint32_t traceback);
const struct traceback_frame_row *sites_frame(const struct sites *sites, uint32_t traceback, uint32_t depth);
/* Adds FILE:LINE of the innermost frame; nothing where there is none. */
void sites_print(const struct sites *sites, uint32_t traceback, struct text *text);

/* Groups of objects by file and line of the innermost frame; the last group is "(not traced)". `selected` as for
 * groups_create; then needs GRAPH_TYPE. */
struct error *sites_group(const struct sites *sites, const struct graph *graph, const struct type_names *names,
			  const bool *selected, struct groups *result) CHECKED;

#endif
