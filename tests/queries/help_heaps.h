/* Heaps of a query from snapshots in text (tests/format/help_graph.h). Failures end the test. */
#ifndef TESTS_QUERIES_HELP_HEAPS_H
#define TESTS_QUERIES_HELP_HEAPS_H

#include "queries/heap.h"

struct heaps {
	char *folder;
	struct reader *readers[2];
	struct type_names names;
	struct heap *before, *after; /* before: NULL, of one snapshot alone */
	struct arena arena;
};

/* `before` may be NULL. */
void help_heaps_init(struct heaps *heaps, const char *before, const char *after);
void help_heaps_deinit(struct heaps *heaps);
DEFINE_AUTO_VALUE(heaps, struct heaps, help_heaps_deinit);

/* A property as text: 12, true, null, abc; for an edge with its source. Loads what it needs. Borrowed from the arena. */
const char *help_property(struct heaps *heaps, struct heap *heap, uint32_t place, const char *name);
const char *help_edge_property(struct heaps *heaps, struct heap *heap, uint32_t edge, const char *name);
/* A label, settled; + at its end takes subclasses too. */
const struct label_set *help_label_set(struct heaps *heaps, struct heap *heap, const char *label);

#endif
