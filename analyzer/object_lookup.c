/* What is known of this one object? Its chunk of the file, decoded when it is asked for, and kept for the next. */
#include "analyzer/object_lookup.h"

#include <inttypes.h>
#include <stdlib.h>

struct error *object_lookup_init(struct object_lookup *lookup, struct reader *reader, const struct type_names *names)
{
	*lookup = (struct object_lookup){.reader = reader, .names = names, .chunk = NO_ID};
	struct object_columns *columns = &lookup->columns;
	columns->address = malloc(CHUNK_OBJECTS * sizeof *columns->address);
	columns->type = malloc(CHUNK_OBJECTS * sizeof *columns->type);
	columns->size = malloc(CHUNK_OBJECTS * sizeof *columns->size);
	columns->getsizeof = malloc(CHUNK_OBJECTS * sizeof *columns->getsizeof);
	columns->refcount = malloc(CHUNK_OBJECTS * sizeof *columns->refcount);
	columns->generation = malloc(CHUNK_OBJECTS);
	columns->flags = malloc(CHUNK_OBJECTS);
	columns->degree = malloc(CHUNK_OBJECTS * sizeof *columns->degree);
	columns->content_hash = malloc(CHUNK_OBJECTS * sizeof *columns->content_hash);
	columns->length = malloc(CHUNK_OBJECTS * sizeof *columns->length);
	if (columns->address && columns->type && columns->size && columns->getsizeof && columns->refcount &&
	    columns->generation && columns->flags && columns->degree && columns->content_hash && columns->length)
		return NULL;
	object_lookup_deinit(lookup);
	return error_memory();
}

void object_lookup_deinit(struct object_lookup *lookup)
{
	free(lookup->columns.address);
	free(lookup->columns.type);
	free(lookup->columns.size);
	free(lookup->columns.getsizeof);
	free(lookup->columns.refcount);
	free(lookup->columns.generation);
	free(lookup->columns.flags);
	free(lookup->columns.degree);
	free(lookup->columns.content_hash);
	free(lookup->columns.length);
	vector_deinit(&lookup->known);
	*lookup = (struct object_lookup){.chunk = NO_ID};
}

static struct error *read_object(struct object_lookup *lookup, node_id node, struct object_record *record)
{
	const struct object_columns *columns = &lookup->columns;
	uint32_t chunk = node / CHUNK_OBJECTS, at = node % CHUNK_OBJECTS;
	if (chunk != lookup->chunk) {
		node_id first;
		lookup->chunk = NO_ID;
		TRY(reader_objects(lookup->reader, chunk, columns, &first, &lookup->count));
		lookup->chunk = chunk;
	}
	if (at >= lookup->count)
		return error_create(ERROR_USAGE, "there is no object #%" PRIu32, node);
	*record = (struct object_record){.address = columns->address[at],
					 .type = columns->type[at],
					 .size = columns->size[at],
					 .getsizeof = columns->getsizeof[at],
					 .refcount = columns->refcount[at],
					 .generation = columns->generation[at],
					 .flags = columns->flags[at],
					 .content_hash = columns->content_hash[at],
					 .length = columns->length[at]};
	return NULL;
}

struct error *object_lookup_get(struct object_lookup *lookup, node_id node, struct object_record *record)
{
	size_t low = 0, high = lookup->known.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lookup->known.items[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == lookup->known.count || lookup->known.items[low].node != node)
		return read_object(lookup, node, record);
	*record = lookup->known.items[low].record;
	return NULL;
}

static int compare_nodes(const void *a, const void *b)
{
	node_id x = *(const node_id *)a, y = *(const node_id *)b;
	return x < y ? -1 : x > y;
}

struct error *object_lookup_gather(struct object_lookup *lookup, node_id *nodes, size_t count)
{
	lookup->known.count = 0;
	if (count == 0)
		return NULL;
	qsort(nodes, count, sizeof *nodes, compare_nodes);
	for (size_t i = 0; i < count; i++) {
		struct known_object known = {.node = nodes[i]};
		if (i > 0 && nodes[i - 1] == known.node)
			continue;
		TRY(read_object(lookup, known.node, &known.record));
		TRY(vector_push(&lookup->known, known));
	}
	return NULL;
}

struct error *object_lookup_type(struct object_lookup *lookup, node_id node, struct label *type)
{
	struct object_record record;
	TRY(object_lookup_get(lookup, node, &record));
	*type = lookup->names->labels[lookup->names->facts[0].label[record.type]];
	return NULL;
}

struct error *object_lookup_print(struct object_lookup *lookup, node_id node, struct text *text)
{
	struct label type;
	TRY(object_lookup_type(lookup, node, &type));
	text_add_escaped(text, type.name, type.length);
	text_printf(text, " #%" PRIu32, node);
	return NULL;
}
