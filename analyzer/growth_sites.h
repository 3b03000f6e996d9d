/* Growth sites: the line of source that allocated most of what came to each place that grew. */
#ifndef ANALYZER_GROWTH_SITES_H
#define ANALYZER_GROWTH_SITES_H

#include "analyzer/growth.h"
#include "analyzer/sites.h"

struct growth_sites {
	struct groups groups; /* of the sites */
	uint32_t *of_place;   /* by place of the growth: a group, GROUP_NONE where none is known */
};

/* `graph`: the later one, of whose snapshot the `sites` are; `growth` with place_of. Counted are the sizes of new
 * objects whose site is known. O(objects), and O(sites) for each place; 8 B an object for the time, 4 B after. */
struct error *growth_sites_find(const struct growth *growth, const struct graph *graph, const struct sites *sites,
				struct growth_sites *result) CHECKED;
void growth_sites_deinit(struct growth_sites *sites);
DEFINE_AUTO_VALUE(growth_sites, struct growth_sites, growth_sites_deinit);

#endif
