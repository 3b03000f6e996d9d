/* Growth parts: what the files of growth share; nobody else includes it.
 */
#ifndef ANALYZER_GROWTH_PARTS_H
#define ANALYZER_GROWTH_PARTS_H

#include "analyzer/growth.h"
#include "base/vector.h"

#define NONE UINT32_MAX
#define NO_INDEX GROWTH_NOWHERE

struct item { /* a place that explains what is above it */
	uint32_t place;
	uint32_t kin;  /* new objects alike, below the virtual root; NONE: it is not of such */
	uint32_t next; /* of the same list; NONE: none */
	int64_t size;
};

struct kin { /* new objects of one type and fate just below the virtual root */
	uint64_t count;
	int64_t size;
	uint8_t index; /* among those chosen */
};

struct growing {
	const struct retention *before, *after;
	const struct join *join;
	const struct type_names *names;
	const struct growth_request *request;
	int64_t *net;          /* by number after: bytes that came less those that went */
	uint64_t *loose;       /* what came, but is no item's */
	uint32_t *old, *fresh; /* the items below: of children that stayed, of new ones */
	uint32_t *anchor;      /* by number before: the number after that what went there counts to */
	uint32_t *kin_before;  /* by number before: index of `kins` for what went just below the root; NONE */
	struct kin *kins;      /* by label, then fate; last that of garbage */
	uint32_t kin_count;
	VECTOR(struct item) items;
	VECTOR(struct item) found; /* at the root */
	struct growth growth;
};

static inline label_id label_after(const struct growing *growing, node_id node)
{
	return growing->names->facts[1].label[growing->after->graph->type[node]];
}

static inline bool is_object(const struct growing *growing, uint32_t place)
{
	return place < growing->after->graph->nodes;
}

static inline bool is_new(const struct growing *growing, uint32_t place)
{
	return is_object(growing, place) && growing->join->new[place];
}

/* Garbage goes together: which object of a cycle hangs from the root is chance. */
static inline uint32_t kin_of(const struct growing *growing, label_id label, uint8_t fate)
{
	return fate == FATE_GARBAGE || fate == FATE_STUCK ? growing->kin_count - 1 : label * FATE_COUNT + fate;
}

/* The number of a place; of a leaf its dominator's. */
static inline uint32_t number_of(const struct domination *tree, uint32_t place)
{
	uint32_t state = tree->state[place];
	return (state | FLOW_LEAF) == FLOW_UNSEEN_LEAF ? 0 : state & ~FLOW_LEAF;
}

/* Bytes that came or went with an object. What lies in the data of a mapped file is there all along, referred to or
 * not. */
static inline int64_t moved_with(const struct graph *graph, node_id node)
{
	return graph->flags[node] & OBJECT_STATIC ? 0 : (int64_t)graph_size(graph, node);
}

static inline int64_t own_growth(const struct growing *growing, node_id node)
{
	uint64_t size = graph_size(growing->after->graph, node);
	if (growing->join->new[node])
		return moved_with(growing->after->graph, node);
	return (int64_t)(size - graph_size(growing->before->graph, growing->join->before[node]));
}

/* The kin of something that went; NONE where it hung from something that is there still. */
static inline uint32_t kin_of_gone(const struct growing *growing, node_id node)
{
	const struct graph *graph = growing->before->graph;
	uint32_t number = number_of(&growing->before->tree, node);
	if (number > 0)
		return growing->kin_before[number];
	return kin_of(growing, growing->names->facts[0].label[graph->type[node]], growing->before->fate[node]);
}

/* What each of the places that were chosen is made of, type by type, into growth.places and place_of. O(nodes). */
struct error *growing_sum_up(struct growing *growing) CHECKED;

#endif
