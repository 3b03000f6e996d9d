/* Dominator name: what a report says of that which retains an object. */
#ifndef ANALYZER_DOMINATOR_NAME_H
#define ANALYZER_DOMINATOR_NAME_H

#include "analyzer/object_lookup.h"
#include "analyzer/retention.h"

/* Adds `module.Type #ID`, a root's name, or in parentheses why there is no single one. */
struct error *dominator_name_print(const struct retention *retention, struct object_lookup *lookup, node_id node,
				   struct text *text) CHECKED;

#endif
