/* Suspects: the few places that most of the heap hangs from, and what has gathered there. */
#ifndef ANALYZER_SUSPECTS_H
#define ANALYZER_SUSPECTS_H

#include "analyzer/accumulations.h"
#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/report.h"

/* What load_graph has to load for it. */
#define SUSPECTS_COLUMNS ACCUMULATIONS_COLUMNS

struct suspects_request {
	double share;  /* of the heap that a place must explain to be listed, above 0, below 1 */
	uint32_t most; /* places listed */
};

/* Fills `report`: a sentence for each place, a table of them, and one of what each is made of, by type. The graph may lack
 * immortal targets. O(nodes + edges), 12 B an object. */
struct error *suspects_report(struct report *report, const struct children *children, struct object_lookup *lookup,
			      struct edge_names *names, const struct suspects_request *request) CHECKED;

#endif
