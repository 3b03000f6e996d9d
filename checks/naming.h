/* Naming: how paths of a scene's later snapshot are written. Chunks of its file that were read last are kept, so one serves all rules. */
#ifndef CHECKS_NAMING_H
#define CHECKS_NAMING_H

#include "checks/scene.h"

struct naming {
	struct type_names names; /* the later snapshot's first; borrowed of the scene */
	struct object_lookup objects;
	struct edge_names edges;
	struct path_printing printing; /* of these: a naming must not be moved */
};

/* The scene's names and graph must outlive it. */
struct error *naming_init(struct naming *naming, const struct scene *scene) CHECKED;
void naming_deinit(struct naming *naming);
DEFINE_AUTO_VALUE(naming, struct naming, naming_deinit);

#endif
