/* Why does no collection free them?
 *
 * The collector keeps what has a reference that it can't take off: that reference is the reason, and it is the reason for all
 * that hangs from there too. Reasons are spread along references one after the other, so that each object has the first
 * that applies.
 */
#include "analyzer/stuck.h"

#include "base/vector.h"

#include <string.h>

static const struct {
	const char *name, *description;
} reasons_table[STUCK_REASON_COUNT] = {
	[STUCK_NOT] = {"", ""},
	[STUCK_FROZEN] = {"frozen", "frozen by gc.freeze(), or referred to by what is"},
	[STUCK_UNVISITED] = {"unvisited", "referred to in a way that its owner's tp_traverse doesn't visit"},
	[STUCK_GUESSED] = {"guess", "perhaps referred to from memory of unknown layout"},
	[STUCK_UNTRACKED] = {"untracked", "referred to by an object that the collector doesn't track"},
};

const char *stuck_reason_name(enum stuck_reason reason)
{
	return reasons_table[reason].name;
}

const char *stuck_reason_description(enum stuck_reason reason)
{
	return reasons_table[reason].description;
}

struct explaining {
	const struct graph *graph;
	const uint8_t *fate;
	uint8_t *reasons;
	VECTOR(node_id) stack;
};

static void explaining_deinit(struct explaining *explaining)
{
	vector_deinit(&explaining->stack);
}
DEFINE_AUTO_VALUE(explaining, struct explaining, explaining_deinit);

/* What this reference keeps its target from being freed by, if anything. */
static enum stuck_reason reason_of(const struct graph *graph, node_id from, uint32_t edge)
{
	if (graph->generation[from] == GENERATION_PERMANENT)
		return STUCK_FROZEN;
	if (graph->generation[from] == GENERATION_UNTRACKED)
		return STUCK_UNTRACKED;
	switch (edge_kind_class(graph->edge_kinds[edge])) {
	case EDGE_UNVISITED:
		return STUCK_UNVISITED;
	case EDGE_GUESS:
		return STUCK_GUESSED;
	default:
		return STUCK_NOT;
	}
}

static struct error *mark(struct explaining *explaining, node_id node, enum stuck_reason reason)
{
	if (explaining->fate[node] != FATE_STUCK || explaining->reasons[node] != STUCK_NOT)
		return NULL;
	explaining->reasons[node] = (uint8_t)reason;
	return vector_push(&explaining->stack, node);
}

static struct error *mark_targets(struct explaining *explaining, node_id from, enum stuck_reason reason)
{
	const struct graph *graph = explaining->graph;
	for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
		if (reason_of(graph, from, e) == reason)
			TRY(mark(explaining, graph->targets[e], reason));
	return NULL;
}

static struct error *spread(struct explaining *explaining, enum stuck_reason reason)
{
	const struct graph *graph = explaining->graph;
	while (explaining->stack.count > 0) {
		node_id from = explaining->stack.items[--explaining->stack.count];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			TRY(mark(explaining, graph->targets[e], reason));
	}
	return NULL;
}

struct error *stuck_explain(const struct graph *graph, const uint8_t *fate, uint8_t *reasons)
{
	AUTO(explaining) struct explaining explaining = {.graph = graph, .fate = fate, .reasons = reasons};
	memset(reasons, STUCK_NOT, graph->nodes);
	for (enum stuck_reason reason = STUCK_FROZEN; reason < STUCK_REASON_COUNT; reason++) {
		for (node_id i = 0; i < graph->nodes; i++) {
			if (fate[i] != FATE_STUCK)
				continue;
			if (reason == STUCK_FROZEN && graph->generation[i] == GENERATION_PERMANENT)
				TRY(mark(&explaining, i, reason));
			TRY(mark_targets(&explaining, i, reason));
		}
		TRY(spread(&explaining, reason));
	}
	/* An untracked object that nothing stuck refers to; its count is not explained by the rest either. */
	for (node_id i = 0; i < graph->nodes; i++)
		if (fate[i] == FATE_STUCK && reasons[i] == STUCK_NOT)
			reasons[i] = STUCK_UNTRACKED;
	return NULL;
}
