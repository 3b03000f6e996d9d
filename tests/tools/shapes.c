/* Writes a snapshot whose graph has a shape of tests/format/help_shape.h, to time and to test what goes through it.
 *
 *     shapes OUT SHAPE OBJECTS [SEED]
 *
 * All references are owned and counted, so nothing has residue but what nothing refers to. Object 0 is in sys.modules.
 */
#include "base/guard.h"
#include "format/writer.h"
#include "tests/format/help_shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE UINT64_C(0x7f0000000000)
#define APART 64u /* bytes from an object to the next */

static struct error *write_names(struct writer *writer, string_id *item)
{
	struct type_record type = {.base = NO_ID, .node = 0, .address = BASE, .flags = 0x80000200};
	struct root_record root = {.kind = ROOT_MODULES, .function = NO_ID, .file = NO_ID};
	struct edge_record to_first = {.target = 0};
	type_id type_number;
	root_id root_number;
	TRY(writer_string(writer, "item", 4, item));
	TRY(writer_string(writer, "Object", 6, &type.name));
	TRY(writer_string(writer, "app", 3, &type.module));
	TRY(writer_type(writer, &type, &type_number));
	TRY(writer_string(writer, "sys.modules", 11, &root.name));
	TRY(writer_root(writer, &root, &root_number));
	return writer_root_edge(writer, &to_first);
}

static struct error *write_object(struct writer *writer, const struct help_graph_shape *graph, uint32_t node,
				  uint32_t references, string_id item)
{
	uint32_t degree = help_shape_degree(graph, node);
	struct object_record record = {.address = BASE + (uint64_t)node * APART,
				       .size = 16 + node % 48,
				       .getsizeof = 16 + node % 48,
				       .refcount = references > 0 ? references : 1,
				       .generation = degree > 0 ? GENERATION_2 : GENERATION_UNTRACKED,
				       .flags = degree > 0 ? OBJECT_GC_HEAD : 0};
	TRY(writer_object(writer, &record));
	for (uint32_t place = 0; place < degree; place++) {
		bool is_type = help_shape_is_type(graph, node, place);
		struct edge_record edge = {.target = help_shape_target(graph, node, place),
					   .name = is_type ? NAME_TYPE : NAME_ATTRIBUTE,
					   .class = EDGE_OWNED,
					   .payload = is_type ? 0 : item};
		TRY(writer_edge(writer, &edge));
	}
	return NULL;
}

static struct error *write_shape(const char *path, const struct help_graph_shape *graph)
{
	AUTO(free) void *memory = calloc(graph->count, sizeof(uint32_t));
	uint32_t *references = memory;
	if (references == NULL)
		return error_memory();
	references[0] = 1;
	for (uint32_t node = 0; node < graph->count; node++)
		for (uint32_t place = help_shape_degree(graph, node); place > 0; place--)
			references[help_shape_target(graph, node, place - 1)]++;
	AUTO(writer) struct writer *writer = NULL;
	string_id item;
	TRY(writer_create(path, true, &writer));
	TRY(write_names(writer, &item));
	for (uint32_t node = 0; node < graph->count; node++)
		TRY(write_object(writer, graph, node, references[node], item));
	struct snapshot_meta meta;
	snapshot_meta_init(&meta);
	meta.pid = 4711;
	TRY(writer_meta(writer, &meta));
	uint64_t bytes;
	TRY(writer_commit(writer, &bytes));
	printf("%s: %" PRIu32 " objects, %" PRIu64 " bytes\n", path, graph->count, bytes);
	return NULL;
}

int main(int count, char **arguments)
{
	enum help_shape shape = count > 2 ? help_shape_find(arguments[2]) : HELP_SHAPE_COUNT;
	uint64_t objects = count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
	if (count > 5 || shape == HELP_SHAPE_COUNT || objects < 8 || objects > INT32_MAX) {
		fprintf(stderr, "usage: shapes OUT SHAPE OBJECTS [SEED], with at least 8 objects; SHAPE is one of");
		for (unsigned i = 0; i < HELP_SHAPE_COUNT; i++)
			fprintf(stderr, " %s", help_shape_name((enum help_shape)i));
		fprintf(stderr, "\n");
		return 2;
	}
	struct help_graph_shape graph = {shape, (uint32_t)objects, count > 4 ? strtoull(arguments[4], NULL, 10) : 1};
	struct error *error = write_shape(arguments[1], &graph);
	if (error != NULL)
		fprintf(stderr, "shapes: %s\n", error->message);
	int exit_code = error != NULL;
	error_destroy(error);
	return exit_code;
}
