/* Emit: the second pass over the heap, in address order.
 *
 * What discovery did not mark (an edge into nothing, counted there) gives no edge here; where such a gap lies inside a
 * sequence, the next item gets an explicit index, and a value whose key is gone loses its name.
 */
#include "dumper/emit.h"

#include "base/vector.h"
#include "dumper/names.h"
#include "dumper/native.h"
#include "dumper/orphans.h"

#define CHECK_EVERY 65536 /* objects between two looks at the signals */

struct emission {
	struct edge_sink sink; /* first: the sink's address is the emission's */
	struct buffer_sink buffers;
	struct traces *traces;
	node_id node; /* the object at hand */
	struct decoder *decoder;
	struct pools *pools;
	uint64_t owner;                  /* address of the object at hand */
	uint64_t buffer_bytes;           /* that it asked for besides its own block */
	const struct marks *marks;
	struct writer *writer;
	struct names names;
	size_t preview;
	const struct secrets *secrets;
	struct native native;
	VECTOR(type_id) types;           /* of each index of the type table; NO_ID: invalid */
	uint64_t next_index;             /* what a reader takes a NAME_NEXT_INDEX for */
	uint64_t true_index;             /* one more than the decoder's last index */
	bool key_kept;                   /* the edge before was a key's, and was kept */
};

static void emission_deinit(struct emission *emission)
{
	names_deinit(&emission->names);
	native_deinit(&emission->native);
	vector_deinit(&emission->types);
}
DEFINE_AUTO_VALUE(emission, struct emission, emission_deinit);

static void emission_begin_owner(struct emission *emission)
{
	emission->next_index = emission->true_index = 0;
	emission->key_kept = false;
}

/* Index names: explicit only where a reader that counts would be wrong. */
static void name_index(struct emission *emission, const struct found_edge *edge, bool kept, struct edge_record *record)
{
	uint64_t index = edge->name == NAME_INDEX ? edge->payload : emission->true_index;

	emission->true_index = index + 1;
	if (!kept)
		return;
	record->name = index == emission->next_index ? NAME_NEXT_INDEX : NAME_INDEX;
	record->payload = record->name == NAME_INDEX ? index : 0;
	emission->next_index = index + 1;
}

static struct error *name_edge(struct emission *emission, const struct found_edge *edge, struct edge_record *record)
{
	string_id id = NO_ID;

	switch (edge->name) {
	case NAME_ATTRIBUTE:
	case NAME_NAMED_KEY:
	case NAME_LOCAL:
	case NAME_CLOSURE:
	case NAME_FIELD:
		TRY(names_find(&emission->names, emission->decoder, emission->writer, edge, &id));
		record->name = id == NO_ID ? NAME_NONE : edge->name;
		record->payload = id == NO_ID ? 0 : id;
		return NULL;
	case NAME_VALUE:
		record->name = emission->key_kept ? NAME_VALUE : NAME_NONE;
		return NULL;
	case NAME_OFFSET:
	case NAME_STACK:
		record->payload = edge->payload;
		return NULL;
	default:
		return NULL;
	}
}

/* Fills *record; *kept is false where the edge leads to nothing that was discovered. */
static struct error *resolve_edge(struct emission *emission, const struct found_edge *edge, struct edge_record *record,
				  bool *kept)
{
	bool indexed = edge->name == NAME_INDEX || edge->name == NAME_NEXT_INDEX;

	*record = (struct edge_record){.name = edge->name, .class = edge->class};
	record->target = emit_node(emission->marks, edge->target);
	*kept = record->target != NO_ID;
	if (indexed)
		name_index(emission, edge, *kept, record);
	else if (*kept)
		TRY(name_edge(emission, edge, record));
	emission->key_kept = *kept && edge->name == NAME_KEY;
	return NULL;
}

static struct error *emission_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct emission *emission = (struct emission *)sink;
	struct edge_record record;
	bool kept;

	TRY(resolve_edge(emission, edge, &record, &kept));
	return kept ? writer_edge(emission->writer, &record) : NULL;
}

/* A buffer explains the block that it is in, and its trace is the object's. Of an arena that little keeps alive it is told whose it
 * is. */
static struct error *emission_buffer(struct buffer_sink *sink, const struct found_buffer *buffer)
{
	struct emission *emission = (struct emission *)((char *)sink - offsetof(struct emission, buffers));
	const struct pool *pool = pools_give(emission->pools, buffer->address, buffer->size, true);

	TRY(traces_emit(emission->traces, emission->node, buffer->address, true, emission->writer));
	TRY(native_add(&emission->native, buffer));
	emission->buffer_bytes += buffer->size;
	if (pool == NULL || buffer->size > pool->block_size || !pools_sparse(emission->pools, pool->arena))
		return NULL;
	return writer_tenants(emission->writer, &(struct tenant_row){.owner = marks_rank(emission->marks, emission->owner),
								     .address = buffer->address, .size = buffer->size});
}

static struct error *emission_native(struct buffer_sink *sink, const struct found_native *found)
{
	struct emission *emission = (struct emission *)((char *)sink - offsetof(struct emission, buffers));

	return native_found(&emission->native, found);
}

static struct error *type_strings(struct emission *emission, const struct type *type, struct type_record *record)
{
	TRY(writer_string(emission->writer, type->qualname, strlen(type->qualname), &record->name));
	if (type->module != NULL)
		TRY(writer_string(emission->writer, type->module, strlen(type->module), &record->module));
	return NULL;
}

/* Valid types get ids in the order of the table, so that a base's id can be told before it is written. */
static struct error *emit_types(struct emission *emission)
{
	const struct type_table *table = emission->decoder->types;
	uint32_t count = type_table_count(table);
	type_id next = 0;

	TRY(vector_reserve(&emission->types, count));
	for (uint32_t i = 0; i < count; i++)
		emission->types.items[i] = type_table_at(table, i)->valid ? next++ : NO_ID;
	emission->types.count = count;
	for (uint32_t i = 0; i < count; i++) {
		const struct type *type = type_table_at(table, i);
		struct type_record record = {.module = NO_ID, .base = NO_ID, .address = type->address, .flags = type->flags,
					     .basicsize = (uint64_t)type->basicsize, .itemsize = (uint64_t)type->itemsize};
		type_id id;

		if (!type->valid)
			continue;
		if (type->base != NO_ID)
			record.base = emission->types.items[type->base];
		record.node = marks_rank(emission->marks, type->address);
		TRY(type_strings(emission, type, &record));
		TRY(writer_type(emission->writer, &record, &id));
	}
	return NULL;
}

/* `marked` as marks_at gives it, here and below. */
static enum generation object_generation(unsigned marked)
{
	if ((marked >> MARK_TRACKED & 1) == 0)
		return GENERATION_UNTRACKED;
	return (enum generation)((marked >> MARK_OLD & 1) + 2 * (marked >> MARK_OLDER & 1));
}

/* Bytes of an object's block that lie in front of it. */
static uint64_t in_front(const struct decoder *decoder, const struct object *object, const struct type *type)
{
	if (type->decoder == DECODE_TYPE && !object_has_gc_head(decoder->mirror, decoder->layout, object->address, type))
		return 0;
	return type->preheader;
}

static unsigned object_flags(const struct emission *emission, const struct object *object, const struct type *type,
			     unsigned marked)
{
	unsigned flags = 0;

	if (object->immortal)
		flags |= OBJECT_IMMORTAL;
	if (mirror_in_file(emission->decoder->mirror, object->address))
		flags |= OBJECT_STATIC;
	if (type->decoder == DECODE_DICT && (marked >> MARK_NAMESPACE & 1) != 0)
		flags |= OBJECT_NAMESPACE;
	if (object_has_gc_head(emission->decoder->mirror, emission->decoder->layout, object->address, type))
		flags |= OBJECT_GC_HEAD;
	return flags;
}

/* A number is whole or absent; text is cut between two characters. */
static struct error *emit_preview(struct emission *emission, const struct decoded *decoded)
{
	const uint8_t *content = emission->decoder->content;
	size_t length = decoded->content_length;

	if (emission->preview == 0 || decoded->content == CONTENT_NONE)
		return NULL;
	if (decoded->content == CONTENT_NUMBER)
		return length <= emission->preview ? writer_value(emission->writer, content, length) : NULL;
	if (secrets_has(emission->secrets, content, length))
		return NULL;
	if (length > emission->preview) {
		length = emission->preview;
		while (decoded->content == CONTENT_TEXT && length > 0 && (content[length] & 0xc0) == 0x80)
			length--;
	}
	return writer_value(emission->writer, content, length);
}

/* What discovery marked has passed object_load, and the mirror does not change: a verdict other than good would be a fault
 * of ours. */
static struct error *emit_object(struct emission *emission, uint64_t address)
{
	struct decoder *decoder = emission->decoder;
	enum object_verdict verdict = OBJECT_GOOD;
	struct decoded decoded = {0};
	struct object object;
	struct object_record record;
	struct measures measures;
	const struct type *type;
	unsigned marked = marks_at(emission->marks, address);

	emission_begin_owner(emission);
	emission->owner = address;
	emission->buffer_bytes = 0;
	TRY(object_load(decoder->types, decoder->mirror, decoder->layout, address, &object, &verdict));
	if (verdict != OBJECT_GOOD || object.type >= emission->types.count)
		return error_create_at(ERROR_FAULT, address, "object at 0x%llx changed between discovery and writing",
				       (unsigned long long)address);
	type = type_table_at(decoder->types, object.type);
	record = (struct object_record){.address = address,
					.type = emission->types.items[object.type],
					.refcount = object.refcount,
					.generation = object_generation(marked),
					.flags = object_flags(emission, &object, type, marked)};
	TRY(writer_object(emission->writer, &record));
	TRY(traces_emit(emission->traces, emission->node, address - type->preheader, false, emission->writer));
	native_begin(&emission->native, emission->node);
	TRY(decode_object(decoder, &object, (marked >> MARK_NAMESPACE & 1) != 0, &emission->sink, &decoded));
	(void)pools_give(emission->pools, address, decoded.size - emission->buffer_bytes, false);
	measures = (struct measures){decoded.size, decoded.getsizeof, decoded.content_hash, decoded.length};
	writer_measure(emission->writer, &measures);
	TRY(native_end(&emission->native, address, in_front(decoder, &object, type), decoded.size));
	return emit_preview(emission, &decoded);
}

static struct error *emit_objects(struct emission *emission, struct interrupt *interrupt)
{
	uint64_t address = 0, seen = 0;

	while (marks_next(emission->marks, address, &address)) {
		if (seen++ % CHECK_EVERY == 0)
			TRY(interrupt_check(interrupt));
		TRY(emit_object(emission, address));
		emission->node++;
		address += 8;
	}
	return NULL;
}

struct error *emit_text(struct writer *writer, const char *text, string_id *id)
{
	*id = NO_ID;
	return text != NULL && text[0] != '\0' ? writer_string(writer, text, strlen(text), id) : NULL;
}

node_id emit_node(const struct marks *marks, uint64_t address)
{
	return address != 0 && (address & 7) == 0 && address >> ADDRESS_BITS == 0 ? marks_rank(marks, address) : NO_ID;
}

static struct error *emit_root(struct emission *emission, const struct found_root *root, const struct found_edge *edges)
{
	struct root_record record = {.kind = root->kind, .thread = root->thread, .depth = root->depth, .line = root->line,
				     .interpreter = root->interpreter};
	root_id id;

	TRY(writer_string(emission->writer, root->name, strlen(root->name), &record.name));
	TRY(emit_text(emission->writer, root->function, &record.function));
	TRY(emit_text(emission->writer, root->file, &record.file));
	TRY(writer_root(emission->writer, &record, &id));
	emission_begin_owner(emission);
	for (size_t i = 0; i < root->edge_count; i++) {
		struct edge_record edge;
		bool kept;

		TRY(resolve_edge(emission, &edges[i], &edge, &kept));
		if (kept)
			TRY(writer_root_edge(emission->writer, &edge));
	}
	return NULL;
}

static struct error *emit_orphans(struct emission *emission, uint64_t block_prefix)
{
	AUTO(orphans) struct orphans orphans;

	orphans_init(&orphans);
	TRY(orphans_find(emission->decoder, emission->pools, block_prefix, (uint32_t)emission->types.count, &orphans));
	for (size_t i = 0; i < orphans.rows.count; i++) {
		struct orphan_row *row = &orphans.rows.items[i];

		row->type = emission->types.items[row->type];
		TRY(writer_orphans(emission->writer, row));
	}
	return NULL;
}

static struct error *emit_pools(const struct pools *pools, struct writer *writer)
{
	for (size_t i = 0; i < pools->arenas->items.count; i++) {
		const struct arena_object *arena = &pools->arenas->items.items[i];

		TRY(writer_arenas(writer, &(struct arena_row){.address = arena->address,
							      .size = (uint64_t)pools->layout->arena_size,
							      .pools = arena->total,
							      .free_pools = pools_free(pools, (uint32_t)i),
							      .interpreter = arena->interpreter}));
	}
	for (size_t i = 0; i < pools->items.count; i++) {
		const struct pool *pool = &pools->items.items[i];

		TRY(writer_pools(writer, &(struct pool_row){.address = pool->address, .arena = pool->arena,
							    .block_size = pool->block_size, .capacity = pool->capacity,
							    .used = pool->used, .objects = pool->objects,
							    .buffers = pool->buffers, .asked = pool->asked}));
	}
	return NULL;
}

/* Objects with their buffers, and then the blocks that these leave unexplained. */
static struct error *emit_blocks(struct emission *emission, const struct emit_input *input)
{
	struct error *error;

	emission->decoder->buffers = &emission->buffers;
	error = emit_objects(emission, input->interrupt);
	emission->decoder->buffers = NULL;
	if (error != NULL)
		return error;
	TRY(native_write(&emission->native, emission->marks, emission->writer));
	if (input->orphans)
		TRY(emit_orphans(emission, input->block_prefix));
	return emit_pools(emission->pools, emission->writer);
}

struct error *emit_heap(const struct emit_input *input, struct writer *writer)
{
	AUTO(emission) struct emission emission = {.sink.add = emission_add, .buffers = {emission_buffer, emission_native},
						   .decoder = input->decoder, .pools = input->pools,
						   .marks = input->marks, .writer = writer, .preview = input->preview,
						   .secrets = input->secrets, .traces = input->traces};

	names_init(&emission.names);
	native_init(&emission.native, input->footprint);
	input->decoder->hashing = true;
	if (emission.preview > 0)
		writer_keep_values(writer);
	TRY(emit_types(&emission));
	TRY(emit_blocks(&emission, input));
	for (size_t i = 0; i < input->roots->roots.count; i++) {
		const struct found_root *root = &input->roots->roots.items[i];

		TRY(emit_root(&emission, root, input->roots->edges.items + root->first_edge));
	}
	return NULL;
}
