/* How does a test get a heap of any CPython version? By writing each field where the layout says it is; what the layout
 * lacks is not written. */
#include "tests/dumper/help_world.h"

#include "tests/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SUBCLASS_BITS ((uint64_t)0xff << 24)

static struct error *keep_edge(struct edge_sink *sink, const struct found_edge *edge)
{
	struct world *world = (struct world *)sink;

	return vector_push(&world->edges, *edge);
}

static struct error *keep_buffer(struct buffer_sink *sink, const struct found_buffer *buffer)
{
	struct world *world = (struct world *)((char *)sink - offsetof(struct world, buffer_sink));

	return vector_push(&world->buffers, *buffer);
}

static struct error *keep_native(struct buffer_sink *sink, const struct found_native *native)
{
	struct world *world = (struct world *)((char *)sink - offsetof(struct world, buffer_sink));

	return vector_push(&world->natives, *native);
}

uint64_t world_bytes(struct world *world, uint64_t size)
{
	uint64_t address = world->next;

	cr_assert(address + size + 128 < WORLD_START + WORLD_SIZE, "the world is full");
	world->next = (address + size + 64 + 15) & ~(uint64_t)15;
	return address;
}

void world_word(struct world *world, uint64_t address, int64_t offset, uint64_t value)
{
	image_u64(world->image, address + (uint64_t)offset, value);
}

uint64_t world_text(struct world *world, const char *text)
{
	uint64_t address = world_bytes(world, strlen(text) + 1);

	image_string(world->image, address, text);
	return address;
}

static void write_head(struct world *world, uint64_t address, uint64_t type)
{
	if (world->layout->refcount_32)
		image_u32(world->image, address + (uint64_t)world->layout->object_refcount, 1);
	else
		world_word(world, address, world->layout->object_refcount, 1);
	world_word(world, address, world->layout->object_type, type);
}

uint64_t world_object(struct world *world, uint64_t type, uint64_t size)
{
	uint64_t address = world_bytes(world, size);

	write_head(world, address, type);
	return address;
}

static void write_type(struct world *world, uint64_t address, const char *name, uint64_t base, uint64_t flags,
		       int64_t basicsize, int64_t itemsize)
{
	const struct layout *layout = world->layout;

	write_head(world, address, world->type);
	world_word(world, address, layout->type_name, world_text(world, name));
	world_word(world, address, layout->type_base, base);
	world_word(world, address, layout->type_flags, flags);
	world_word(world, address, layout->type_basicsize, (uint64_t)basicsize);
	world_word(world, address, layout->type_itemsize, (uint64_t)itemsize);
}

uint64_t world_type(struct world *world, const char *name, uint64_t base, uint64_t flags, int64_t basicsize,
		    int64_t itemsize)
{
	uint64_t address = world_bytes(world, (uint64_t)world->layout->heaptype_size);

	write_type(world, address, name, base, flags, basicsize, itemsize);
	return address;
}

static uint64_t flags_of(const struct world *world, uint64_t type)
{
	const uint64_t known[][2] = {{world->type, (uint64_t)1 << 31 | WORLD_GC},
				     {world->str, (uint64_t)1 << 28},
				     {world->bytes, (uint64_t)1 << 27},
				     {world->integer, (uint64_t)1 << 24},
				     {world->tuple, (uint64_t)1 << 26 | WORLD_GC},
				     {world->list, (uint64_t)1 << 25 | WORLD_GC},
				     {world->dict, (uint64_t)1 << 29 | WORLD_GC}};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i][0] == type)
			return known[i][1];
	return 0;
}

uint64_t world_class(struct world *world, const char *module, const char *qualname, uint64_t base, uint64_t flags,
		     int64_t basicsize)
{
	const struct layout *layout = world->layout;
	uint64_t address = world_bytes(world, (uint64_t)layout->heaptype_size);
	const char *dot = strrchr(qualname, '.');

	write_type(world, address, dot != NULL ? dot + 1 : qualname, base,
		   flags | WORLD_HEAP | (flags_of(world, base) & SUBCLASS_BITS), basicsize, 0);
	world_word(world, address, layout->heaptype_qualname, world_str(world, qualname));
	world_word(world, address, layout->heaptype_name, world_str(world, dot != NULL ? dot + 1 : qualname));
	if (module != NULL)
		world_word(world, address, layout->type_dict,
			   world_dict(world,
				      world_keys(world, 1, 3, 1, 2, world_str(world, "__doc__"), world->none,
						 world_str(world, "__module__"), world_str(world, module)),
				      0, 2));
	return address;
}

void world_members(struct world *world, uint64_t type, const struct world_member *members)
{
	const struct layout *layout = world->layout;
	uint64_t count = 0, address;

	while (members[count].name != NULL)
		count++;
	address = world_bytes(world, (count + 1) * (uint64_t)layout->member_size);
	world_word(world, type, layout->type_members, address);
	for (uint64_t i = 0; i < count; i++, address += (uint64_t)layout->member_size) {
		world_word(world, address, layout->member_name, world_text(world, members[i].name));
		image_u32(world->image, address + (uint64_t)layout->member_type, members[i].kind);
		world_word(world, address, layout->member_offset, (uint64_t)members[i].offset);
	}
}

uint64_t world_unicode(struct world *world, uint32_t kind, uint64_t count, const void *data)
{
	const struct layout *layout = world->layout;
	uint64_t head = (uint64_t)layout->unicode_compact_size;
	bool ascii = kind == 1;

	for (uint64_t i = 0; i < count && ascii; i++)
		ascii = ((const uint8_t *)data)[i] < 0x80;
	if (ascii)
		head = (uint64_t)layout->unicode_ascii_size;
	uint64_t address = world_object(world, world->str, head + (count + 1) * kind);
	world_word(world, address, layout->unicode_length, count);
	image_u32(world->image, address + (uint64_t)layout->unicode_state,
		  (kind | 1u << 3 | (unsigned)ascii << 4) << layout->unicode_interned_bits);
	if (count > 0)
		image_poke(world->image, address + head, data, count * kind);
	return address;
}

uint64_t world_str(struct world *world, const char *ascii)
{
	return world_unicode(world, 1, strlen(ascii), ascii);
}

uint64_t world_bytes_object(struct world *world, const void *data, uint64_t length)
{
	uint64_t address = world_object(world, world->bytes, (uint64_t)world->layout->bytes_value + length + 1);

	world_word(world, address, world->layout->var_size, length);
	if (length > 0)
		image_poke(world->image, address + (uint64_t)world->layout->bytes_value, data, length);
	return address;
}

uint64_t world_int(struct world *world, int64_t value)
{
	const struct layout *layout = world->layout;
	uint64_t address = world_object(world, world->integer, (uint64_t)layout->long_digits + 8);
	uint64_t digits = value != 0;

	image_u32(world->image, address + (uint64_t)layout->long_digits, (uint32_t)(value < 0 ? -value : value));
	if (layout->long_tag >= 0)
		world_word(world, address, layout->long_tag, digits << 3 | (value == 0 ? 1 : value < 0 ? 2 : 0));
	else
		world_word(world, address, layout->var_size, value < 0 ? (uint64_t)-1 : digits);
	return address;
}

uint64_t world_tuple(struct world *world, int count, ...)
{
	const struct layout *layout = world->layout;
	uint64_t address = world_object(world, world->tuple, (uint64_t)layout->tuple_items + 8 * (uint64_t)count);
	va_list items;

	world_word(world, address, layout->var_size, (uint64_t)count);
	va_start(items, count);
	for (int i = 0; i < count; i++)
		world_word(world, address, layout->tuple_items + 8 * i, va_arg(items, uint64_t));
	va_end(items);
	return address;
}

uint64_t world_list(struct world *world, int count, ...)
{
	const struct layout *layout = world->layout;
	uint64_t address = world_object(world, world->list, 48), buffer = world_bytes(world, 8 * (uint64_t)count + 8);
	va_list items;

	world_word(world, address, layout->var_size, (uint64_t)count);
	world_word(world, address, layout->list_allocated, (uint64_t)count + 1);
	world_word(world, address, layout->list_items, buffer);
	va_start(items, count);
	for (int i = 0; i < count; i++)
		world_word(world, buffer, 8 * i, va_arg(items, uint64_t));
	va_end(items);
	return address;
}

/* Before 3.11 tables name their size; since then its logarithm and that of the index table. */
static uint64_t write_keys_head(struct world *world, uint64_t address, unsigned kind, unsigned log2_size)
{
	const struct layout *layout = world->layout;

	if (layout->keys_log2_size < 0) {
		world_word(world, address, layout->keys_size, (uint64_t)1 << log2_size);
		return (uint64_t)1 << log2_size;
	}
	image_u8(world->image, address + (uint64_t)layout->keys_log2_size, (uint8_t)log2_size);
	image_u8(world->image, address + (uint64_t)layout->keys_log2_index_bytes, (uint8_t)log2_size);
	image_u8(world->image, address + (uint64_t)layout->keys_kind, (uint8_t)kind);
	return (uint64_t)1 << log2_size;
}

uint64_t world_keys(struct world *world, unsigned kind, unsigned log2_size, uint64_t refcount, int pairs, ...)
{
	const struct layout *layout = world->layout;
	uint64_t capacity = ((uint64_t)1 << log2_size) * 2 / 3, width = kind == 0 || layout->keys_kind < 0 ? 24 : 16;
	uint64_t size = (uint64_t)layout->keys_indices + ((uint64_t)1 << log2_size) + capacity * width;
	uint64_t address = world_bytes(world, size), entry;
	va_list entries;

	cr_assert(log2_size >= 3 && log2_size < 8 && (uint64_t)pairs <= capacity);
	entry = address + (uint64_t)layout->keys_indices + write_keys_head(world, address, kind, log2_size);
	world_word(world, address, layout->keys_refcount, refcount);
	world_word(world, address, layout->keys_nentries, (uint64_t)pairs);
	world_word(world, address, layout->keys_usable, capacity - (uint64_t)pairs);
	va_start(entries, pairs);
	for (int i = 0; i < pairs; i++, entry += width) {
		world_word(world, entry, (int64_t)width - 16, va_arg(entries, uint64_t));
		world_word(world, entry, (int64_t)width - 8, va_arg(entries, uint64_t));
	}
	va_end(entries);
	return address;
}

uint64_t world_dict(struct world *world, uint64_t keys, uint64_t values, uint64_t used)
{
	uint64_t address = world_object(world, world->dict, (uint64_t)world->layout->dict_size);

	world_word(world, address, world->layout->dict_used, used);
	world_word(world, address, world->layout->dict_keys, keys);
	world_word(world, address, world->layout->dict_values, values);
	return address;
}

uint64_t world_values(struct world *world, uint64_t count, const uint64_t *values)
{
	const struct layout *layout = world->layout;
	uint64_t prefix = (count + 2 + 7) & ~(uint64_t)7;
	uint64_t address = world_bytes(world, prefix + 8 * count + 64);

	if (layout->values_capacity >= 0) {
		image_u8(world->image, address + (uint64_t)layout->values_capacity, (uint8_t)count);
		image_u8(world->image, address + (uint64_t)layout->values_valid, 1);
	} else if (layout->managed != 0) {
		image_u8(world->image, address + prefix - 1, (uint8_t)prefix);
		address += prefix;
	}
	for (uint64_t i = 0; i < count; i++)
		world_word(world, address, layout->values_items + 8 * (int64_t)i, values[i]);
	return address;
}

void world_share(struct world *world, uint64_t type, uint64_t keys)
{
	world_word(world, type, world->layout->heaptype_cached_keys, keys);
}

/* The types that everything else is made of. */
static void write_builtins(struct world *world)
{
	const struct layout *layout = world->layout;

	world->type = world_bytes(world, (uint64_t)layout->heaptype_size);
	world->object = world_type(world, "object", 0, 0, layout->object_head, 0);
	write_type(world, world->type, "type", world->object, (uint64_t)1 << 31 | WORLD_GC, layout->heaptype_size,
		   layout->member_size);
	world->str = world_type(world, "str", world->object, (uint64_t)1 << 28, layout->unicode_size, 0);
	world->bytes = world_type(world, "bytes", world->object, (uint64_t)1 << 27, layout->bytes_value + 1, 1);
	world->integer = world_type(world, "int", world->object, (uint64_t)1 << 24, layout->long_digits, 4);
	world->tuple = world_type(world, "tuple", world->object, (uint64_t)1 << 26 | WORLD_GC, layout->tuple_items, 8);
	world->list = world_type(world, "list", world->object, (uint64_t)1 << 25 | WORLD_GC, 40, 0);
	world->dict = world_type(world, "dict", world->object, (uint64_t)1 << 29 | WORLD_GC, layout->dict_size, 0);
	world->none_type = world_type(world, "NoneType", world->object, 0, layout->object_head, 0);
	world->none = world_object(world, world->none_type, (uint64_t)layout->object_head);
}

struct world *world_create(const struct layout *layout)
{
	struct world *world = calloc(1, sizeof *world);

	cr_assert_not_null(world);
	world->sink.add = keep_edge;
	world->buffer_sink = (struct buffer_sink){keep_buffer, keep_native};
	world->layout = layout;
	world->image = image_create();
	world->next = WORLD_START + 64;
	image_map(world->image, WORLD_START, WORLD_SIZE, "rw-", NULL);
	write_builtins(world);
	return world;
}

void world_destroy(struct world *world)
{
	if (world == NULL)
		return;
	vector_deinit(&world->edges);
	vector_deinit(&world->buffers);
	vector_deinit(&world->natives);
	type_table_destroy(world->decoder.types);
	decoder_deinit(&world->decoder);
	mirror_destroy(world->mirror);
	image_destroy(world->image);
	free(world);
}

void world_open(struct world *world)
{
	if (world->mirror != NULL)
		return;
	assert_ok(mirror_create(image_source(world->image), &world->mirror));
	world->decoder.mirror = world->mirror;
	world->decoder.layout = world->layout;
	world->decoder.buffers = &world->buffer_sink;
	world->decoder.hashing = world->decoder.keyed = true;
	assert_ok(type_table_create(world->mirror, world->layout, &world->decoder.types));
}

void world_decode(struct world *world, uint64_t address, bool namespace)
{
	enum object_verdict verdict = OBJECT_UNREADABLE;
	struct object object;

	world_open(world);
	world->edges.count = 0;
	world->buffers.count = world->natives.count = 0;
	assert_ok(object_load(world->decoder.types, world->mirror, world->layout, address, &object, &verdict));
	cr_assert_eq(verdict, OBJECT_GOOD, "%s: the object does not load: verdict %d", world->layout->name,
		     (int)verdict);
	assert_ok(decode_object(&world->decoder, &object, namespace, &world->sink, &world->decoded));
}

uint64_t world_losses(const struct world *world)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOSS_COUNT; i++)
		sum += world->decoder.losses[i];
	return sum;
}

void world_expect(const struct world *world, size_t index, uint64_t target, enum edge_name name, enum edge_class class)
{
	const struct found_edge *edge = index < world->edges.count ? &world->edges.items[index] : NULL;

	if (edge != NULL && edge->target == target && edge->name == name && edge->class == class)
		return;
	for (size_t i = 0; i < world->edges.count; i++)
		fprintf(stderr, "%s: edge %zu to %#lx, name %d, class %d, payload %#lx\n", world->layout->name, i,
			(unsigned long)world->edges.items[i].target, (int)world->edges.items[i].name,
			(int)world->edges.items[i].class, (unsigned long)world->edges.items[i].payload);
	cr_assert_fail("%s: edge %zu is not the one to %#lx with name %d, class %d", world->layout->name, index,
		       (unsigned long)target, (int)name, (int)class);
}

void world_expect_buffer(const struct world *world, size_t index, uint64_t address, uint64_t size, const char *kind)
{
	const struct found_buffer *buffer = index < world->buffers.count ? &world->buffers.items[index] : NULL;

	if (buffer == NULL)
		cr_assert_fail("%s: there are %zu buffers, none at index %zu", world->layout->name, world->buffers.count,
			       index);
	cr_assert_eq(buffer->address, address, "%s: the %s are at %#lx, not %#lx", world->layout->name, buffer->kind,
		     (unsigned long)buffer->address, (unsigned long)address);
	cr_assert_eq(buffer->size, size, "%s: the %s take %lu bytes, not %lu", world->layout->name, buffer->kind,
		     (unsigned long)buffer->size, (unsigned long)size);
	cr_assert_str_eq(buffer->kind, kind);
}

void world_expect_native(const struct world *world, uint64_t address, uint64_t size, const char *kind, bool owned,
			 uint64_t base)
{
	const struct found_native *native = world->natives.items;

	cr_assert_eq(world->natives.count, 1, "%s: %zu pieces of native memory", world->layout->name, world->natives.count);
	cr_assert_eq(native->address, address);
	cr_assert_eq(native->size, size, "%s: %lu bytes, not %lu", world->layout->name, (unsigned long)native->size,
		     (unsigned long)size);
	cr_assert_str_eq(native->kind, kind);
	cr_assert_eq(native->owned, owned);
	cr_assert_eq(native->base, base);
}

uint64_t world_own_size(const struct world *world)
{
	uint64_t size = world->decoded.size;

	for (size_t i = 0; i < world->buffers.count; i++)
		size -= world->buffers.items[i].size;
	return size;
}

size_t world_find(const struct world *world, uint64_t target)
{
	for (size_t i = 0; i < world->edges.count; i++)
		if (world->edges.items[i].target == target)
			return i;
	return SIZE_MAX;
}
