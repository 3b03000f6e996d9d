/* How are paths written? As everywhere, by names read from the file; an object that no name leads to is called by its type, for which
 * the names of both snapshots are looked at from the later one on. */
#include "checks/naming.h"

struct error *naming_init(struct naming *naming, const struct scene *scene)
{
	*naming = (struct naming){.names = *scene->names, .objects = {.chunk = NO_ID}};
	naming->names.facts += scene->diff != NULL;
	edge_names_init(&naming->edges, scene->graph->reader);
	TRY(object_lookup_init(&naming->objects, scene->graph->reader, &naming->names));
	naming->printing = (struct path_printing){.names = &naming->edges, .objects = &naming->objects};
	return NULL;
}

void naming_deinit(struct naming *naming)
{
	object_lookup_deinit(&naming->objects);
	edge_names_deinit(&naming->edges);
}
