/* Show: everything that is known of one object. */
#ifndef ANALYZER_SHOW_H
#define ANALYZER_SHOW_H

#include "analyzer/path.h"
#include "analyzer/refs.h"
#include "analyzer/report.h"
#include "analyzer/retention.h"
#include "analyzer/sites.h"
#include "analyzer/suspended.h"

/* Adds the facts that its own record has: type, sizes, a preview of its value, count, generation, flags. No more is read than
 * its chunk. */
struct error *show_object(struct report *report, struct section *facts, struct object_lookup *objects, node_id node)
	CHECKED;
/* Adds where it was allocated, where that is known: the innermost line as a fact, all frames as a table. */
struct error *show_site(struct report *report, struct section *facts, const struct sites *sites, node_id node) CHECKED;
/* Adds, of a generator, coroutine or async generator, where it stands, and as a table the calls that it waits for, one in another. */
struct error *show_calls(struct report *report, struct section *facts, const struct suspended *suspended, node_id node)
	CHECKED;
/* Adds what the whole heap tells: retained size, dominator, fate, path. */
struct error *show_place(struct report *report, struct section *facts, const struct retention *retention,
			 const struct ways *ways, const struct path_printing *printing, node_id node) CHECKED;

#endif
