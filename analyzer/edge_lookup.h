/* Edge lookup: the edges of single objects, read from the file on demand.
 *
 * A graph in memory has no names, and one loaded with GRAPH_HOLDING not the file's numbers either. Nothing of the size of
 * the heap is read: an object's edges cost one chunk of objects and one of edges, and those used last are kept.
 */
#ifndef ANALYZER_EDGE_LOOKUP_H
#define ANALYZER_EDGE_LOOKUP_H

#include "format/reader.h"

#define EDGE_LOOKUP_KEPT 8u /* chunks of either kind */

struct edge_lookup_begins { /* of a chunk of objects */
	uint64_t *begins;   /* as reader_edge_begins */
	uint32_t chunk;     /* NO_ID: none */
	uint32_t count;
	uint64_t used;      /* when */
};

struct edge_lookup_page { /* a chunk of edges */
	struct edge_page page;
	uint32_t chunk;   /* NO_ID: none */
	uint64_t used;
};

struct edge_lookup {
	struct reader *reader; /* borrowed */
	struct edge_lookup_begins begins[EDGE_LOOKUP_KEPT];
	struct edge_lookup_page pages[EDGE_LOOKUP_KEPT];
	uint64_t clock;
};

/* Takes memory only as chunks are read: 33 MiB at most. */
void edge_lookup_init(struct edge_lookup *lookup, struct reader *reader);
void edge_lookup_deinit(struct edge_lookup *lookup);
DEFINE_AUTO_VALUE(edge_lookup, struct edge_lookup, edge_lookup_deinit);

/* An edge as a report wants it: an index is always said, and is NAME_INDEX. */
struct known_edge {
	struct edge_record record;
	node_id key; /* NAME_VALUE: the dict's key; else NO_ID */
};

/* Over the edges of one object, in its own order. */
struct edge_walk {
	node_id owner;
	uint64_t begin, next, end; /* of its edges among all of the file */
	uint64_t index;            /* that the next NAME_NEXT_INDEX has */
	node_id previous;          /* target of the edge before */
};
/* `owner`: of the snapshot. */
struct error *edge_lookup_walk(struct edge_lookup *lookup, node_id owner, struct edge_walk *walk) CHECKED;
/* *found: false at the end. */
struct error *edge_lookup_next(struct edge_lookup *lookup, struct edge_walk *walk, struct known_edge *edge, bool *found)
	CHECKED;

#endif
