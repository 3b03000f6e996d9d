/* Show: everything that is known of one object. */
#ifndef ANALYZER_SHOW_H
#define ANALYZER_SHOW_H

#include "analyzer/path.h"
#include "analyzer/refs.h"
#include "analyzer/report.h"
#include "analyzer/retention.h"

/* Adds the facts that its own record has: type, sizes, a preview of its value, count, generation, flags. No more is read than
 * its chunk. */
struct error *show_object(struct report *report, struct section *facts, struct object_lookup *objects, node_id node)
	CHECKED;
/* Adds what the whole heap tells: retained size, dominator, fate, path. */
struct error *show_place(struct report *report, struct section *facts, const struct retention *retention,
			 const struct ways *ways, const struct path_printing *printing, node_id node) CHECKED;

#endif
