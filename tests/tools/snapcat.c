/* Snapcat: what does a snapshot say, object by object? A tool of the live tests, which compare it with what the
 * captured program says of itself.
 *
 *     snapcat A.snap        one line of JSON for each record, told apart by its first member
 *
 *     ["type", id, module or null, name, address, node address or 0, flags, basicsize, itemsize]
 *     ["object", address, type, size, getsizeof, refcount, generation, flags, length, edges]
 *     ["root", kind, name, thread, depth, function, file, line, edges]
 *     ["row", relation, {column: value ...}]     address of an object, id of a type, text, number; null: names nothing
 *     ["end", complete, objects, edges, losses]
 *
 * where edges is a flat list of target address, name, class, payload, target address ... : name and class are those of
 * the schema's enums, and the payload is text where the name has text, else a number.
 *
 * It knows a snapshot through format/reader.h only. Cost: all columns are held in memory, about 70 bytes an object and
 * 17 an edge. Strings are written as they are, which is JSON as far as they are UTF-8: readers take the rest as
 * surrogates.
 */
#include "base/guard.h"
#include "format/reader.h"
#include "format/relation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct heap {
	struct reader *reader;
	struct snapshot_counts counts;
	struct object_columns objects; /* counts.nodes of each */
	struct edge_columns edges;     /* counts.edges of each */
};

static void heap_deinit(struct heap *heap)
{
	void *arrays[] = {heap->objects.address, heap->objects.type, heap->objects.size, heap->objects.getsizeof,
			  heap->objects.refcount, heap->objects.generation, heap->objects.flags, heap->objects.degree,
			  heap->objects.length, heap->edges.target, heap->edges.name, heap->edges.class,
			  heap->edges.payload};
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		free(arrays[i]);
	if (heap->reader != NULL)
		reader_close(heap->reader);
}
DEFINE_AUTO_VALUE(heap, struct heap, heap_deinit);

/* The reader decodes a chunk into arrays of at least a chunk's length, so the last one needs room to spare. */
static struct error *heap_allocate(struct heap *heap)
{
	size_t nodes = heap->counts.nodes + CHUNK_OBJECTS;
	size_t edges = heap->counts.edges + CHUNK_EDGES;
	struct object_columns *objects = &heap->objects;
	objects->address = calloc(nodes, sizeof *objects->address);
	objects->type = calloc(nodes, sizeof *objects->type);
	objects->size = calloc(nodes, sizeof *objects->size);
	objects->getsizeof = calloc(nodes, sizeof *objects->getsizeof);
	objects->refcount = calloc(nodes, sizeof *objects->refcount);
	objects->generation = calloc(nodes, sizeof *objects->generation);
	objects->flags = calloc(nodes, sizeof *objects->flags);
	objects->degree = calloc(nodes, sizeof *objects->degree);
	objects->length = calloc(nodes, sizeof *objects->length);
	heap->edges.target = calloc(edges, sizeof *heap->edges.target);
	heap->edges.name = calloc(edges, sizeof *heap->edges.name);
	heap->edges.class = calloc(edges, sizeof *heap->edges.class);
	heap->edges.payload = calloc(edges, sizeof *heap->edges.payload);
	bool whole = objects->address != NULL && objects->type != NULL && objects->size != NULL &&
		     objects->getsizeof != NULL && objects->refcount != NULL && objects->generation != NULL &&
		     objects->flags != NULL && objects->degree != NULL && objects->length != NULL &&
		     heap->edges.target != NULL && heap->edges.name != NULL && heap->edges.class != NULL &&
		     heap->edges.payload != NULL;
	return whole ? NULL : error_memory();
}

static struct error *heap_load(struct heap *heap, const char *path)
{
	TRY(reader_open(path, &heap->reader));
	heap->counts = reader_counts(heap->reader);
	TRY(heap_allocate(heap));
	uint64_t nodes = 0;
	for (uint32_t chunk = 0; chunk < reader_object_chunks(heap->reader); chunk++) {
		struct object_columns at = {
			.address = heap->objects.address + nodes,
			.type = heap->objects.type + nodes,
			.size = heap->objects.size + nodes,
			.getsizeof = heap->objects.getsizeof + nodes,
			.refcount = heap->objects.refcount + nodes,
			.generation = heap->objects.generation + nodes,
			.flags = heap->objects.flags + nodes,
			.degree = heap->objects.degree + nodes,
			.length = heap->objects.length + nodes,
		};
		node_id first;
		uint32_t count;
		TRY(reader_objects(heap->reader, chunk, &at, &first, &count));
		nodes += count;
	}
	uint64_t edges = 0;
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(heap->reader); chunk++) {
		struct edge_columns at = {
			.target = heap->edges.target + edges,
			.name = heap->edges.name + edges,
			.class = heap->edges.class + edges,
			.payload = heap->edges.payload + edges,
		};
		uint64_t first;
		uint32_t count;
		TRY(reader_edges(heap->reader, chunk, heap->objects.degree, &at, &first, &count));
		edges += count;
	}
	if (nodes != heap->counts.nodes || edges != heap->counts.edges)
		return error_create(ERROR_INPUT, "%s: %" PRIu64 " objects and %" PRIu64 " edges, but the counts say "
				    "%" PRIu64 " and %" PRIu64, path, nodes, edges, heap->counts.nodes, heap->counts.edges);
	return NULL;
}

static void print_string(const struct heap *heap, string_id id)
{
	if (id == NO_ID) {
		fputs("null", stdout);
		return;
	}
	size_t length;
	const char *text = reader_string(heap->reader, id, &length);
	putchar('"');
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else if (byte < 0x20)
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static bool name_has_text(unsigned name)
{
	return name == NAME_ATTRIBUTE || name == NAME_NAMED_KEY || name == NAME_LOCAL || name == NAME_CLOSURE ||
	       name == NAME_FIELD;
}

static void print_edge(const struct heap *heap, node_id target, unsigned name, unsigned class, uint64_t payload)
{
	printf("%" PRIu64 ",%u,%u,", heap->objects.address[target], name, class);
	if (name_has_text(name))
		print_string(heap, (string_id)payload);
	else
		printf("%" PRIu64, payload);
}

static void print_types(const struct heap *heap)
{
	const struct type_record *types = reader_types(heap->reader);
	for (uint64_t i = 0; i < heap->counts.types; i++) {
		printf("[\"type\",%" PRIu64 ",", i);
		print_string(heap, types[i].module);
		putchar(',');
		print_string(heap, types[i].name);
		printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]\n", types[i].address,
		       types[i].node == NO_ID ? 0 : heap->objects.address[types[i].node], types[i].flags,
		       types[i].basicsize, types[i].itemsize);
	}
}

/* A run of items counts on from the last index that the owner had, so that index is put in where it was left out. */
static void print_objects(const struct heap *heap)
{
	const struct object_columns *objects = &heap->objects;
	uint64_t edge = 0;
	for (uint64_t i = 0; i < heap->counts.nodes; i++) {
		printf("[\"object\",%" PRIu64 ",%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u,%" PRIu64 ",[",
		       objects->address[i], objects->type[i], objects->size[i], objects->getsizeof[i],
		       objects->refcount[i], objects->generation[i], objects->flags[i], objects->length[i]);
		uint64_t next = 0;
		for (uint32_t k = 0; k < objects->degree[i]; k++, edge++) {
			unsigned name = heap->edges.name[edge];
			uint64_t payload = name == NAME_NEXT_INDEX ? next : heap->edges.payload[edge];
			if (name == NAME_NEXT_INDEX || name == NAME_INDEX)
				next = payload + 1;
			if (k > 0)
				putchar(',');
			print_edge(heap, heap->edges.target[edge], name, heap->edges.class[edge], payload);
		}
		puts("]]");
	}
}

static void print_roots(const struct heap *heap)
{
	const struct root_record *roots = reader_roots(heap->reader);
	const struct edge_record *edges = reader_root_edges(heap->reader);
	const uint64_t *offsets = reader_root_offsets(heap->reader);
	for (uint64_t i = 0; i < heap->counts.roots; i++) {
		printf("[\"root\",%u,", roots[i].kind);
		print_string(heap, roots[i].name);
		printf(",%" PRIu64 ",%" PRIu64 ",", roots[i].thread, roots[i].depth);
		print_string(heap, roots[i].function);
		putchar(',');
		print_string(heap, roots[i].file);
		printf(",%" PRIu64 ",[", roots[i].line);
		for (uint64_t k = offsets[i]; k < offsets[i + 1]; k++) {
			if (k > offsets[i])
				putchar(',');
			print_edge(heap, edges[k].target, edges[k].name, edges[k].class, edges[k].payload);
		}
		puts("]]");
	}
}

static void print_cell(const struct heap *heap, const struct relation_column *column, const char *row)
{
	uint64_t wide = 0;
	if (column->refers == REFERS_NOTHING) {
		memcpy(&wide, row + column->field.offset, sizeof wide);
		printf("%" PRIu64, wide);
		return;
	}
	uint32_t id = relation_id(column, row);
	if (id == NO_ID || column->refers == REFERS_STRING)
		print_string(heap, id);
	else
		printf("%" PRIu64, column->refers == REFERS_NODE ? heap->objects.address[id] : id);
}

static struct error *print_rows(const struct heap *heap)
{
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++) {
		const struct relation_shape *shape = relation_shape(relation);
		const void *rows;
		size_t count;
		TRY(reader_rows(heap->reader, relation, &rows, &count));
		for (size_t i = 0; i < count; i++) {
			printf("[\"row\",\"%s\",{", shape->name);
			for (size_t c = 0; c < shape->column_count; c++) {
				printf("%s\"%s\":", c > 0 ? "," : "", shape->columns[c].field.name);
				print_cell(heap, &shape->columns[c], (const char *)rows + i * shape->row_size);
			}
			puts("}]");
		}
	}
	return NULL;
}

static void print_end(const struct heap *heap)
{
	printf("[\"end\",%s,%" PRIu64 ",%" PRIu64 ",{", reader_complete(heap->reader) ? "true" : "false",
	       heap->counts.nodes, heap->counts.edges);
	const char *separator = "";
	for (enum loss loss = 0; loss < LOSS_COUNT; loss++) {
		uint64_t count = reader_loss(heap->reader, loss);
		if (count == 0)
			continue;
		printf("%s\"%s\":%" PRIu64, separator, loss_name(loss), count);
		separator = ",";
	}
	puts("}]");
}

static struct error *snapcat(const char *path)
{
	AUTO(heap) struct heap heap = {0};
	TRY(heap_load(&heap, path));
	print_types(&heap);
	print_objects(&heap);
	print_roots(&heap);
	TRY(print_rows(&heap));
	print_end(&heap);
	return fflush(stdout) == 0 && !ferror(stdout) ? NULL : error_create(ERROR_IO, "cannot write to standard output");
}

int main(int count, char **words)
{
	if (count != 2) {
		fputs("usage: snapcat A.snap\n", stderr);
		return 2;
	}
	AUTO(error) struct error *error = snapcat(words[1]);
	if (error == NULL)
		return 0;
	fprintf(stderr, "snapcat: %s\n", error->message);
	return 3;
}
