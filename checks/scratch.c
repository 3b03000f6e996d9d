/* Memory that explanations have in common. Whoever writes into it remembers where, and undoes that. */
#include "checks/scratch.h"

#include <stdlib.h>

struct error *scratch_init(struct scratch *scratch, node_id nodes, uint32_t numbers)
{
	*scratch = (struct scratch){
		.parts = calloc((size_t)nodes + 1, sizeof *scratch->parts),
		.below = calloc((size_t)numbers + 1, sizeof *scratch->below),
		.inside = calloc((size_t)numbers + 1, sizeof *scratch->inside),
		.climbed = calloc((size_t)numbers / 64 + 1, sizeof *scratch->climbed),
		.shown = NO_ID,
	};
	bool made = scratch->parts != NULL && scratch->below != NULL && scratch->inside != NULL && scratch->climbed != NULL;
	return made ? NULL : error_memory();
}

void scratch_deinit(struct scratch *scratch)
{
	free(scratch->parts);
	free(scratch->below);
	free(scratch->inside);
	free(scratch->climbed);
	*scratch = (struct scratch){0};
}
