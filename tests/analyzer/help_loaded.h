/* A snapshot from text (tests/format/help_graph.h), written, read and loaded with every column. Failures end the test. */
#ifndef TESTS_ANALYZER_HELP_LOADED_H
#define TESTS_ANALYZER_HELP_LOADED_H

#include "analyzer/graph.h"
#include "analyzer/type_names.h"

struct loaded {
	char *folder;
	struct reader *reader;
	struct graph *graph;
	struct type_names names; /* of this one alone */
};

void help_load(struct loaded *loaded, const char *text);
void help_loaded_deinit(struct loaded *loaded);
DEFINE_AUTO_VALUE(loaded, struct loaded, help_loaded_deinit);

/* The node at an address that is there. */
node_id help_node(const struct loaded *loaded, uint64_t address);
/* The label of a display name that is there. */
label_id help_label(const struct type_names *names, const char *name);

#endif
