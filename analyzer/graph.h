/* Graph: the objects of one snapshot and their edges, as columns indexed by node id; immutable once loaded.
 *
 * Only the columns that were asked for are there, the others are NULL. Nodes are in ascending address order. Types,
 * roots, strings and meta stay with the reader, which must outlive the graph.
 *
 * With GRAPH_HOLDING the edges are those that keep their target alive, and the roots are places of the graph too: place
 * nodes + r is root r, and its edges follow those of the objects.
 */
#ifndef ANALYZER_GRAPH_H
#define ANALYZER_GRAPH_H

#include "base/vector.h"
#include "format/reader.h"

enum graph_column {               /* what an analysis needs; OR them. Bytes an object or edge */
	GRAPH_ADDRESS = 1,        /* 8 */
	GRAPH_TYPE = 2,           /* 4 */
	GRAPH_SIZE = 4,           /* 4 */
	GRAPH_GETSIZEOF = 8,      /* 4 */
	GRAPH_REFCOUNT = 16,      /* 4 */
	GRAPH_GENERATION = 32,    /* 1 */
	GRAPH_FLAGS = 64,         /* 1 */
	GRAPH_CONTENT_HASH = 128, /* 8 */
	GRAPH_EDGES = 256,        /* 4 an object, 4 an edge */
	GRAPH_EDGE_KINDS = 512,   /* 1 an edge; implies GRAPH_EDGES */
	/* Edges that hold, and what no edge explains (analyzer/holding.h). Implies GRAPH_EDGES and GRAPH_FLAGS; takes the
	 * memory of GRAPH_REFCOUNT, and while it loads that of GRAPH_EDGE_KINDS. 4 an object. */
	GRAPH_HOLDING = 1024,
	GRAPH_MORTAL = 2048, /* with GRAPH_HOLDING: edges to immortal objects are left out, as they decide nothing */
	GRAPH_WEAK = 4096,   /* with GRAPH_HOLDING: weak edges stay, told by their kinds; implies GRAPH_EDGE_KINDS */
	GRAPH_PAYLOADS = 8192, /* 4 an edge; implies GRAPH_EDGE_KINDS */
	GRAPH_LENGTH = 16384   /* 4 */
};

/* Unsigned integers that nearly all fit 32 bits: the few that don't are listed beside, by ascending node. */
struct narrow_column {
	uint32_t *values; /* NARROW_WIDE: look in `wide` */
	VECTOR(struct wide_value {
		node_id node;
		uint64_t value;
	})
	wide;
};
#define NARROW_WIDE UINT32_MAX

/* What is kept of a payload that doesn't fit 32 bits, or of one that there is none. */
#define PAYLOAD_NONE UINT32_MAX

struct graph {
	struct reader *reader; /* borrowed */
	node_id nodes;
	uint32_t places; /* nodes; with GRAPH_HOLDING nodes and roots, below 2^31 */
	uint32_t edges;  /* with GRAPH_HOLDING, those that are left and the roots' */
	unsigned columns; /* enum graph_column */
	uint64_t *address;
	type_id *type;
	struct narrow_column size, getsizeof, refcount, length;
	uint8_t *generation; /* enum generation */
	uint8_t *flags;      /* enum object_flag */
	uint64_t *content_hash;
	int32_t *residue;    /* references counted and not found, with GRAPH_HOLDING; below 0: found and not counted */
	uint64_t guesses, guesses_accepted; /* with GRAPH_HOLDING */
	/* Edges of place i: targets[offsets[i]] .. targets[offsets[i + 1] - 1], in the owner's own order. */
	uint32_t *offsets; /* places + 1 */
	node_id *targets;
	uint8_t *edge_kinds; /* edge_kind_of(name, class) */
	/* As the name says, for every index too; of NAME_VALUE the node of its key. */
	uint32_t *payloads;
};

struct graph *graph_create(void); /* no columns; NULL without memory */
void graph_destroy(struct graph *graph);
DEFINE_AUTO(graph, struct graph *, graph_destroy);
/* Gives back GRAPH_ADDRESS when no step needs it any more; load_addresses brings it again. */
void graph_forget_addresses(struct graph *graph);

uint64_t narrow_find_wide(const struct narrow_column *column, node_id node);
static inline uint64_t narrow_get(const struct narrow_column *column, node_id node)
{
	uint32_t value = column->values[node];
	return value != NARROW_WIDE ? value : narrow_find_wide(column, node);
}
static inline uint64_t graph_size(const struct graph *graph, node_id node) /* bytes: shallow size */
{
	return narrow_get(&graph->size, node);
}

static inline uint8_t edge_kind_of(enum edge_name name, enum edge_class class)
{
	return (uint8_t)((unsigned)class << 6 | (unsigned)name);
}
static inline enum edge_class edge_kind_class(uint8_t kind)
{
	return (enum edge_class)(kind >> 6);
}
static inline enum edge_name edge_kind_name(uint8_t kind)
{
	return (enum edge_name)(kind & 0x3f);
}
/* Keeps its target alive: every class but weak. Where GRAPH_HOLDING was not asked for, guesses count. */
static inline bool edge_kind_holds(uint8_t kind)
{
	return edge_kind_class(kind) != EDGE_WEAK;
}

/* The object at exactly this address; false where there is none. Needs GRAPH_ADDRESS. O(log nodes). */
bool graph_find_address(const struct graph *graph, uint64_t address, node_id *node);

/* Who refers to each object: sources[offsets[i]] .. sources[offsets[i + 1] - 1], ascending, over edges that hold.
 * Needs GRAPH_EDGE_KINDS. 4 B an object and 4 B an edge; O(nodes + edges). */
struct referrers {
	uint32_t *offsets;
	node_id *sources;
};
struct error *referrers_create(const struct graph *graph, struct referrers *result) CHECKED;
void referrers_deinit(struct referrers *referrers);
DEFINE_AUTO_VALUE(referrers, struct referrers, referrers_deinit);

#endif
