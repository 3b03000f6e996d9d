#include "tests/analyzer/help_loaded.h"

#include "analyzer/load.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

#define EVERY_COLUMN                                                                                                   \
	(GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | GRAPH_GETSIZEOF | GRAPH_REFCOUNT | GRAPH_GENERATION | GRAPH_FLAGS | \
	 GRAPH_CONTENT_HASH | GRAPH_EDGE_KINDS)

void help_load(struct loaded *loaded, const char *text)
{
	*loaded = (struct loaded){.folder = help_folder()};
	AUTO(string) char *path = help_path(loaded->folder, "a.snap");
	assert_ok(help_snapshot_write(path, text));
	assert_ok(reader_open(path, &loaded->reader));
	assert_ok(load_graph(loaded->reader, EVERY_COLUMN, NULL, &loaded->graph));
	const struct reader *readers[1] = {loaded->reader};
	assert_ok(type_names_init(&loaded->names, readers, 1));
}

void help_loaded_deinit(struct loaded *loaded)
{
	type_names_deinit(&loaded->names);
	graph_destroy(loaded->graph);
	reader_close(loaded->reader);
	help_folder_remove(loaded->folder);
}

node_id help_node(const struct loaded *loaded, uint64_t address)
{
	node_id node = NO_ID;
	cr_assert(graph_find_address(loaded->graph, address, &node), "no object at 0x%lx", (unsigned long)address);
	return node;
}

label_id help_label(const struct type_names *names, const char *name)
{
	for (label_id l = 0; l < names->count; l++)
		if (strcmp(names->labels[l].name, name) == 0)
			return l;
	cr_assert_fail("no type %s", name);
	return NO_ID;
}
