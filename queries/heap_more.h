/* What queries/heap.c and its neighbours know of a heap besides its columns: what is found only when a function asks. */
#ifndef QUERIES_HEAP_MORE_H
#define QUERIES_HEAP_MORE_H

#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/sites.h"
#include "analyzer/ways.h"
#include "base/map.h"
#include "queries/heap.h"

/* The tree of dominators as intervals: below place p, and itself, are those whose number is number[p] and more, below
 * number[p] + size[p]. */
struct subtrees {
	uint32_t *number, *size; /* by place; NULL until they are needed */
	uint32_t *place;         /* by number */
};

struct heap_more {
	unsigned index;              /* of names->facts */
	struct type_names own_names; /* names, with facts[0] this heap's; borrowed */
	struct object_lookup objects;
	struct edge_names edges;
	uint32_t *entries; /* places that the virtual root leads to */
	size_t entry_count;
	uint64_t total;    /* bytes of all objects, with HEAP_RETAINED */
	struct subtrees subtrees;
	uint32_t *depth;   /* by node; NO_ID: no root leads there */
	uint32_t *cycle;   /* by node: COMPONENT_NONE */
	uint32_t *thread;  /* by node: a root that is called as the thread, or THREAD_NONE and above */
	bool ways_found;
	struct graph view; /* the heap's edges as a graph; nothing in it is its own */
	uint8_t *weak;     /* of these, a bit each */
	struct ways ways;
	struct sites sites;
	uint32_t *site;    /* by node: a traceback, or NO_ID */
	uint32_t values_chunk; /* that was read last; NO_ID: none */
	struct value_rows values;
	bool named;
	struct map classes, modules; /* by node: a type, a row of the relation modules */
	struct arena arena;          /* of the label that heap_subclass met last */
	struct label_test last;
};
#define THREAD_NONE (UINT32_MAX - 1u) /* several threads, or more than threads */

/* Weak on the heap's edges: keeps nothing alive. */
static inline bool heap_edge_is_weak(const struct heap *heap, uint32_t edge)
{
	return edge_kind_class(heap->kinds[edge]) == EDGE_WEAK;
}

/* Each fills its part, whose neighbours are there; queries/heap.c calls them. */
struct error *heap_load_retained(struct heap *heap) CHECKED; /* heap_retention.c */
struct error *heap_load_depth(struct heap *heap) CHECKED;    /* heap_ways.c */
struct error *heap_load_cycles(struct heap *heap) CHECKED;
struct error *heap_load_threads(struct heap *heap) CHECKED;
struct error *heap_load_join(struct heap *heap) CHECKED;     /* heap_join.c */

/* The preview of an object's content, borrowed until the next call; NULL: the snapshot holds none. */
struct error *heap_value(struct heap *heap, node_id node, const char **bytes, size_t *length) CHECKED;
/* Is a preview the whole text of a str? Needs HEAP_LENGTH. */
bool heap_value_is_whole(const struct heap *heap, node_id node, const char *bytes, size_t length);

#endif
