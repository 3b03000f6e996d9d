#include "tests/format/help_heap.h"

#include "format/chunk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t help_random(uint64_t *state)
{
	/* splitmix64 */
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 .. limit - 1 */
static uint64_t below(uint64_t *state, uint64_t limit)
{
	return limit == 0 ? 0 : help_random(state) % limit;
}

static bool one_in(uint64_t *state, unsigned n)
{
	return below(state, n) == 0;
}

/* Any number of bits, now and then the greatest. */
static uint64_t any_u64(uint64_t *state)
{
	return one_in(state, 16) ? UINT64_MAX : help_random(state) >> below(state, 64);
}

static void must(struct error *error)
{
	if (error == NULL)
		return;
	fprintf(stderr, "the test's heap failed: %s\n", error->message);
	abort();
}

/* --- making -------------------------------------------------------------------------------------------------------- */

static void make_strings(struct heap *heap, uint64_t *state, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *string = NULL;
		int length = asprintf(&string, "%s%zu", one_in(state, 2) ? "name_" : "\xc3\xa4/", i);
		if (i == 1) {
			/* All kinds of bytes, and NUL among them. */
			string = realloc(string, 257);
			for (int j = 0; j < 256; j++)
				string[j] = (char)j;
			string[length = 256] = '\0';
		}
		must(vector_push(&heap->strings, string));
		must(vector_push(&heap->lengths, (size_t)length));
	}
}

static string_id any_string(struct heap *heap, uint64_t *state)
{
	return one_in(state, 8) ? NO_ID : (string_id)below(state, heap->strings.count);
}

static void make_types(struct heap *heap, uint64_t *state, size_t count, size_t objects)
{
	for (size_t i = 0; i < count; i++) {
		struct type_record type = {
			.name = any_string(heap, state),
			.module = any_string(heap, state),
			.address = any_u64(state),
			.base = one_in(state, 3) ? NO_ID : (type_id)below(state, count),
			.node = objects == 0 || one_in(state, 3) ? NO_ID : (node_id)below(state, objects),
			.flags = any_u64(state),
			.basicsize = 16 + below(state, 100),
			.itemsize = any_u64(state),
		};
		must(vector_push(&heap->types, type));
	}
}

static struct edge_record make_edge(struct heap *heap, uint64_t *state, size_t source, size_t objects,
				    enum edge_name before)
{
	struct edge_record edge = {.class = (enum edge_class)below(state, 4)};
	edge.target =
		one_in(state, 2) ? (node_id)below(state, objects) : (node_id)((source + below(state, 100)) % objects);
	edge.name = before == NAME_KEY ? NAME_VALUE : (enum edge_name)below(state, NAME_COUNT);
	if (edge.name == NAME_VALUE && before != NAME_KEY)
		edge.name = NAME_KEY;
	if (edge_name_has_string(edge.name))
		edge.payload = below(state, heap->strings.count);
	else if (edge_name_has_payload(edge.name))
		edge.payload = any_u64(state);
	return edge;
}

static void make_object(struct heap *heap, uint64_t *state, uint64_t *address, enum heap_values values)
{
	bool extreme = values == HEAP_EXTREME;
	*address += 8 * (1 + (extreme && one_in(state, 100) ? below(state, UINT64_C(1) << 40) : below(state, 16)));
	struct object_record object = {
		.address = *address,
		.type = (type_id)below(state, heap->types.count),
		.size = extreme ? help_random(state) >> (20 + below(state, 44)) : 16 + 8 * below(state, 12),
		.refcount = extreme ? any_u64(state) : 1 + below(state, 3),
		.generation = (enum generation)below(state, GENERATION_COUNT),
		.flags = (unsigned)below(state, extreme ? 256 : 16),
		.content_hash = one_in(state, 3) ? help_random(state) : 0,
		.length = one_in(state, 2) ? any_u64(state) : 0,
	};
	object.getsizeof = extreme ? any_u64(state) : object.size - (one_in(state, 5) ? 8 : 0);
	must(vector_push(&heap->objects, object));
}

static void make_objects(struct heap *heap, uint64_t *state, size_t objects, size_t degree, enum heap_values values)
{
	uint64_t address = UINT64_C(0x7f0000000000) - (values == HEAP_EXTREME ? UINT64_C(0x7f0000000000) : 0);
	for (size_t i = 0; i < objects; i++) {
		make_object(heap, state, &address, values);
		/* Half have none, a few have very many. */
		size_t count = one_in(state, 2) ? 0 : below(state, 4 * degree + 1);
		count = one_in(state, 1000) ? count * 100 : count;
		enum edge_name before = NAME_NONE;
		for (size_t j = 0; j < count; j++) {
			struct edge_record edge = make_edge(heap, state, i, objects, before);
			must(vector_push(&heap->edges, edge));
			before = edge.name;
		}
		must(vector_push(&heap->degrees, (uint32_t)count));
	}
}

static void make_roots(struct heap *heap, uint64_t *state, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct root_record root = {
			.kind = (enum root_kind)below(state, ROOT_KIND_COUNT),
			.name = any_string(heap, state),
			.thread = any_u64(state),
			.depth = below(state, 1000),
			.function = any_string(heap, state),
			.file = any_string(heap, state),
			.line = any_u64(state),
			.interpreter = below(state, 3),
		};
		uint32_t degree = heap->objects.count == 0 || one_in(state, 3) ? 0 : (uint32_t)below(state, 50);
		enum edge_name before = NAME_NONE;
		for (uint32_t j = 0; j < degree; j++) {
			struct edge_record edge = make_edge(heap, state, 0, heap->objects.count, before);
			must(vector_push(&heap->root_edges, edge));
			before = edge.name;
		}
		must(vector_push(&heap->roots, root));
		must(vector_push(&heap->root_degrees, degree));
	}
}

void help_heap_init(struct heap *heap, uint64_t seed, size_t objects, size_t degree, enum heap_values values)
{
	memset(heap, 0, sizeof *heap);
	uint64_t state = seed;
	make_strings(heap, &state, 10 + below(&state, 300));
	make_types(heap, &state, 1 + below(&state, 200), objects);
	make_objects(heap, &state, objects, degree, values);
	make_roots(heap, &state, below(&state, 60));
	snapshot_meta_init(&heap->meta);
	heap->meta.pid = 4711;
	heap->meta.command = (char *)"python3";
	heap->meta.gc_enabled = 0;
	heap->meta.version = (char *)"";
	heap->meta.bytes_read = UINT64_MAX - 1;
	heap->losses[LOSS_name_unreadable] = below(&state, 5);
	heap->losses[LOSS_object_unreadable] = below(&state, 2);
}

void help_heap_add_previews(struct heap *heap, uint64_t seed)
{
	uint64_t state = seed;
	for (size_t i = 0; i < heap->objects.count; i++) {
		struct preview preview = {0};
		if (one_in(&state, 2)) {
			preview.length = one_in(&state, 100) ? VALUE_MAX : below(&state, 20);
			preview.bytes = malloc(preview.length + 1);
			for (size_t j = 0; j < preview.length; j++)
				preview.bytes[j] = (uint8_t)help_random(&state);
		}
		must(vector_push(&heap->previews, preview));
	}
}

static uint32_t any_id(const struct heap *heap, uint64_t *state, const struct relation_column *column)
{
	size_t bound = column->refers == REFERS_STRING ? heap->strings.count
		       : column->refers == REFERS_NODE ? heap->objects.count
		       : column->refers == REFERS_TYPE ? heap->types.count
						       : heap->rows[column->target].count;
	return bound == 0 || one_in(state, 4) ? NO_ID : (uint32_t)below(state, bound);
}

static void make_row(const struct heap *heap, uint64_t *state, const struct relation_shape *shape, char *row)
{
	for (size_t c = 0; c < shape->column_count; c++) {
		const struct relation_column *column = &shape->columns[c];
		if (column->refers == REFERS_NOTHING) {
			uint64_t wide = any_u64(state);
			memcpy(row + column->field.offset, &wide, sizeof wide);
		} else {
			uint32_t id = any_id(heap, state, column);
			memcpy(row + column->field.offset, &id, sizeof id);
		}
	}
}

void help_heap_add_rows(struct heap *heap, uint64_t seed, size_t most)
{
	uint64_t state = seed;
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		heap->rows[r].count = below(&state, most);
	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		const struct relation_shape *shape = relation_shape(r);
		heap->rows[r].rows = calloc(heap->rows[r].count + 1, shape->row_size);
		for (size_t i = 0; i < heap->rows[r].count; i++)
			make_row(heap, &state, shape, (char *)heap->rows[r].rows + i * shape->row_size);
	}
}

void help_heap_deinit(struct heap *heap)
{
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		relation_rows_deinit(&heap->rows[r]);
	for (size_t i = 0; i < heap->previews.count; i++)
		free(heap->previews.items[i].bytes);
	vector_deinit(&heap->previews);
	for (size_t i = 0; i < heap->strings.count; i++)
		free(heap->strings.items[i]);
	vector_deinit(&heap->strings);
	vector_deinit(&heap->lengths);
	vector_deinit(&heap->types);
	vector_deinit(&heap->objects);
	vector_deinit(&heap->degrees);
	vector_deinit(&heap->edges);
	vector_deinit(&heap->roots);
	vector_deinit(&heap->root_degrees);
	vector_deinit(&heap->root_edges);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

static struct error *write_tables(const struct heap *heap, struct writer *writer)
{
	uint32_t id;
	for (size_t i = 0; i < heap->strings.count; i++) {
		TRY(writer_string(writer, heap->strings.items[i], heap->lengths.items[i], &id));
		TRY(writer_string(writer, heap->strings.items[0], heap->lengths.items[0], &id));
		if (id != 0)
			return error_create(ERROR_INPUT, "an interned string got a second id");
	}
	for (size_t i = 0; i < heap->types.count; i++)
		TRY(writer_type(writer, &heap->types.items[i], &id));
	return NULL;
}

static struct error *write_roots(const struct heap *heap, struct writer *writer)
{
	const struct edge_record *edge = heap->root_edges.items;
	for (size_t i = 0; i < heap->roots.count; i++) {
		root_id id;
		TRY(writer_root(writer, &heap->roots.items[i], &id));
		for (uint32_t j = 0; j < heap->root_degrees.items[i]; j++)
			TRY(writer_root_edge(writer, edge++));
	}
	return NULL;
}

static struct error *write_rows(const struct heap *heap, struct writer *writer)
{
	for (unsigned r = 0; r < RELATION_COUNT; r++)
		for (size_t i = 0; i < heap->rows[r].count; i++)
			TRY(writer_row(writer, r, (const char *)heap->rows[r].rows + i * relation_shape(r)->row_size));
	return NULL;
}

struct error *help_heap_write(const struct heap *heap, const char *path, uint64_t *bytes)
{
	AUTO(writer) struct writer *writer = NULL;
	const struct edge_record *edge = heap->edges.items;
	TRY(writer_create(path, true, &writer));
	TRY(write_tables(heap, writer));
	TRY(write_rows(heap, writer));
	if (heap->previews.count > 0)
		writer_keep_values(writer);
	for (size_t i = 0; i < heap->objects.count; i++) {
		const struct preview *preview = i < heap->previews.count ? &heap->previews.items[i] : NULL;
		TRY(writer_object(writer, &heap->objects.items[i]));
		if (preview != NULL && preview->bytes != NULL)
			TRY(writer_value(writer, preview->bytes, preview->length));
		for (uint32_t j = 0; j < heap->degrees.items[i]; j++)
			TRY(writer_edge(writer, edge++));
	}
	TRY(write_roots(heap, writer));
	TRY(writer_meta(writer, &heap->meta));
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		writer_loss(writer, i, heap->losses[i]);
	return writer_commit(writer, bytes);
}

/* --- comparing ----------------------------------------------------------------------------------------------------- */

#define SAME(a, b, what, index)                                                                                        \
	do {                                                                                                           \
		if ((uint64_t)(a) != (uint64_t)(b))                                                                    \
			return error_create(ERROR_INPUT, "%s of %zu is %" PRIu64 ", not %" PRIu64, what,               \
					    (size_t)(index), (uint64_t)(a), (uint64_t)(b));                            \
	} while (0)

static struct error *compare_edge(const struct edge_record *a, const struct edge_record *b, size_t index)
{
	SAME(a->target, b->target, "target of edge", index);
	SAME(a->name, b->name, "name of edge", index);
	SAME(a->class, b->class, "class of edge", index);
	SAME(a->payload, b->payload, "payload of edge", index);
	return NULL;
}

static struct error *compare_tables(const struct heap *heap, struct reader *reader)
{
	for (size_t i = 0; i < heap->strings.count; i++) {
		size_t length;
		const char *string = reader_string(reader, (string_id)i, &length);
		SAME(length, heap->lengths.items[i], "string length", i);
		SAME(memcmp(string, heap->strings.items[i], length + 1), 0, "string", i);
	}
	for (size_t i = 0; i < heap->types.count; i++) {
		const struct type_record *a = &reader_types(reader)[i], *b = &heap->types.items[i];
		SAME(a->name, b->name, "type name", i);
		SAME(a->module, b->module, "type module", i);
		SAME(a->address, b->address, "type address", i);
		SAME(a->base, b->base, "type base", i);
		SAME(a->node, b->node, "type node", i);
		SAME(a->flags, b->flags, "type flags", i);
		SAME(a->basicsize, b->basicsize, "type basicsize", i);
		SAME(a->itemsize, b->itemsize, "type itemsize", i);
	}
	return NULL;
}

static struct error *compare_roots(const struct heap *heap, struct reader *reader)
{
	size_t edge = 0;
	for (size_t i = 0; i < heap->roots.count; i++) {
		const struct root_record *a = &reader_roots(reader)[i], *b = &heap->roots.items[i];
		SAME(a->kind, b->kind, "root kind", i);
		SAME(a->name, b->name, "root name", i);
		SAME(a->thread, b->thread, "root thread", i);
		SAME(a->depth, b->depth, "root depth", i);
		SAME(a->function, b->function, "root function", i);
		SAME(a->file, b->file, "root file", i);
		SAME(a->line, b->line, "root line", i);
		SAME(a->interpreter, b->interpreter, "root interpreter", i);
		SAME(reader_root_offsets(reader)[i], edge, "root offset", i);
		for (uint32_t j = 0; j < heap->root_degrees.items[i]; j++, edge++)
			TRY(compare_edge(&reader_root_edges(reader)[edge], &heap->root_edges.items[edge], edge));
	}
	SAME(reader_root_offsets(reader)[heap->roots.count], edge, "root offset", heap->roots.count);
	return NULL;
}

static struct error *compare_objects(const struct heap *heap, struct reader *reader)
{
	AUTO(object_columns) struct object_columns columns = {0};
	TRY(object_columns_init(&columns));
	size_t index = 0;
	for (uint32_t chunk = 0; chunk < reader_object_chunks(reader); chunk++) {
		node_id first;
		uint32_t count;
		TRY(reader_objects(reader, chunk, &columns, &first, &count));
		SAME(first, index, "first object of chunk", chunk);
		for (uint32_t i = 0; i < count; i++, index++) {
			const struct object_record *object = &heap->objects.items[index];
			SAME(columns.address[i], object->address, "address", index);
			SAME(columns.type[i], object->type, "type", index);
			SAME(columns.size[i], object->size, "size", index);
			SAME(columns.getsizeof[i], object->getsizeof, "getsizeof", index);
			SAME(columns.refcount[i], object->refcount, "refcount", index);
			SAME(columns.generation[i], object->generation, "generation", index);
			SAME(columns.flags[i], object->flags, "flags", index);
			SAME(columns.degree[i], heap->degrees.items[index], "degree", index);
			SAME(columns.content_hash[i], object->content_hash, "content_hash", index);
			SAME(columns.length[i], object->length, "length", index);
		}
		/* One column alone. */
		struct object_columns alone = {.getsizeof = columns.getsizeof};
		columns.getsizeof[0] = 1;
		TRY(reader_objects(reader, chunk, &alone, &first, &count));
		SAME(columns.getsizeof[0], heap->objects.items[first].getsizeof, "getsizeof alone", first);
	}
	SAME(index, heap->objects.count, "objects", 0);
	return NULL;
}

static struct error *compare_previews(const struct heap *heap, struct reader *reader)
{
	size_t index = 0;
	for (uint32_t chunk = 0; chunk < reader_object_chunks(reader); chunk++) {
		AUTO(value_rows) struct value_rows rows = {0};
		TRY(reader_values(reader, chunk, &rows));
		SAME(rows.count == 0, heap->previews.count == 0, "previews missing", chunk);
		for (uint32_t i = 0; i < rows.count; i++, index++) {
			const struct preview *preview = &heap->previews.items[index];
			SAME(rows.present[i], preview->bytes != NULL, "preview there", index);
			SAME(rows.starts[i + 1] - rows.starts[i], preview->length, "preview's length", index);
			if (preview->length > 0)
				SAME(memcmp(rows.bytes + rows.starts[i], preview->bytes, preview->length), 0, "preview",
				     index);
		}
	}
	SAME(index, heap->previews.count, "previews", 0);
	return NULL;
}

static struct error *compare_edges(const struct heap *heap, struct reader *reader)
{
	AUTO(edge_rows) struct edge_rows rows = {0};
	AUTO(free) void *classes = malloc(CHUNK_EDGES);
	TRY(edge_rows_init(&rows));
	size_t index = 0;
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(reader); chunk++) {
		struct edge_columns columns = {rows.difference, rows.tag, classes, rows.payload};
		uint64_t first;
		uint32_t count;
		TRY(reader_edges(reader, chunk, heap->degrees.items, &columns, &first, &count));
		SAME(first, index, "first edge of chunk", chunk);
		for (uint32_t i = 0; i < count; i++, index++) {
			struct edge_record edge = {columns.target[i], columns.name[i], columns.class[i],
						   columns.payload[i]};
			TRY(compare_edge(&edge, &heap->edges.items[index], index));
		}
		/* Without names, and payloads alone. */
		struct edge_columns targets = {.target = columns.target}, payloads = {.payload = columns.payload};
		TRY(reader_edges(reader, chunk, heap->degrees.items, &targets, &first, &count));
		TRY(reader_edges(reader, chunk, heap->degrees.items, &payloads, &first, &count));
		SAME(columns.target[count - 1], heap->edges.items[first + count - 1].target, "target alone", first);
		SAME(columns.payload[count - 1], heap->edges.items[first + count - 1].payload, "payload alone", first);
	}
	SAME(index, heap->edges.count, "edges", 0);
	return NULL;
}

static struct error *compare_rows(const struct heap *heap, struct reader *reader)
{
	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		const void *rows;
		size_t count;
		TRY(reader_rows(reader, r, &rows, &count));
		SAME(count, heap->rows[r].count, "rows of relation", r);
		if (count > 0)
			SAME(memcmp(rows, heap->rows[r].rows, count * relation_shape(r)->row_size), 0, "rows of relation",
			     r);
	}
	return NULL;
}

static struct error *compare_meta(const struct heap *heap, struct reader *reader)
{
	const struct snapshot_meta *meta = reader_meta(reader);
#define META_U64(name, unit, description) SAME(meta->name, heap->meta.name, #name, 0);
#define META_TEXT(name, description)                                                                                   \
	SAME(meta->name == NULL, heap->meta.name == NULL, #name " missing", 0);                                        \
	SAME(meta->name == NULL ? 0 : strcmp(meta->name, heap->meta.name), 0, #name, 0);
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	bool complete = true;
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		SAME(reader_loss(reader, i), heap->losses[i], "loss", i);
		complete &= heap->losses[i] == 0 || !loss_is_partial(i);
	}
	SAME(reader_complete(reader), complete, "complete", 0);
	return NULL;
}

struct error *help_heap_compare(const struct heap *heap, const char *path)
{
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(path, &reader));
	struct snapshot_counts counts = reader_counts(reader);
	SAME(counts.nodes, heap->objects.count, "counts.nodes", 0);
	SAME(counts.edges, heap->edges.count, "counts.edges", 0);
	SAME(counts.types, heap->types.count, "counts.types", 0);
	SAME(counts.strings, heap->strings.count, "counts.strings", 0);
	SAME(counts.roots, heap->roots.count, "counts.roots", 0);
	SAME(counts.root_edges, heap->root_edges.count, "counts.root_edges", 0);
	uint64_t size = 0;
	for (size_t i = 0; i < heap->objects.count; i++)
		size += heap->objects.items[i].size;
	SAME(counts.size, size, "counts.size", 0);
	TRY(compare_tables(heap, reader));
	TRY(compare_roots(heap, reader));
	TRY(compare_objects(heap, reader));
	TRY(compare_previews(heap, reader));
	TRY(compare_edges(heap, reader));
	TRY(compare_rows(heap, reader));
	TRY(compare_meta(heap, reader));
	return reader_verify(reader);
}
