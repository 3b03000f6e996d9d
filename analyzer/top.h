/* Top: the objects that retain most. */
#ifndef ANALYZER_TOP_H
#define ANALYZER_TOP_H

#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/report.h"
#include "analyzer/retention.h"
#include "analyzer/sites.h"

struct top_request {
	const bool *selected;     /* labels whose objects count, NULL: all. Then the graph needs GRAPH_TYPE */
	uint64_t least;           /* bytes: objects that retain less don't count */
	uint64_t rows;            /* at most */
	struct edge_names *names; /* for the paths; borrowed */
	const struct sites *sites; /* NULL, or without any: no such column */
};

/* Adds the table of those objects, greatest first, each with a shortest path to it and what dominates it, and says how many
 * are left out. The fates are settled. O(nodes * log rows), and one search for the paths. */
struct error *top_report(struct report *report, const struct retention *retention, struct object_lookup *lookup,
			 const struct top_request *request) CHECKED;

#endif
