/* Scene: the heaps that a check is about, loaded, and what is known of them: what rules are measured in and explained by. */
#ifndef CHECKS_SCENE_H
#define CHECKS_SCENE_H

#include "analyzer/diff.h"
#include "analyzer/path.h"
#include "checks/arrivals.h"
#include "checks/scratch.h"

struct scene {
	const struct diff *diff;         /* NULL: there is one snapshot */
	const struct type_names *names;  /* of both */
	const struct type_facts *facts;  /* of the later, or only one; as all below */
	const struct graph *graph;       /* with DIFF_COLUMNS' columns */
	const struct retention *held;    /* its dominators and fates, settled */
	const struct ways *ways;         /* shortest ways from roots to all its objects */
	const struct path_printing *printing; /* a naming's; NULL: whoever needs one makes it */
	const struct arrivals *arrivals; /* since the diff's earlier snapshot */
	struct scratch *scratch;         /* empty */
	const char *before, *after;      /* paths of the files; before: NULL where there is one */
	enum size_unit unit;             /* how sizes are written in sentences */
};

#endif
