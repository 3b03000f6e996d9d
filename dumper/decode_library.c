/* What do the types of the standard library's C modules keep outside their struct: references in blocks of their own,
 * references that are there only if a mark says so, and buffers that sys.getsizeof counts?
 *
 * References at fixed places are layout fields; here is the rest. The structs are private to a .c file of CPython, each
 * noted with that file; a type whose struct has another size than the one known here is left to conservative scanning.
 * Cost: linear in the references; a buffer is measured and never looked at, but for a Struct's codes, whose end is
 * marked by an empty one.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"

/* Modules/_ctypes/ctypes.h: StgDictObject, StgInfo, from the field `size` on; and from the field `format` on */
#define STORAGE_LENGTH 16
#define STORAGE_ELEMENTS 40
#define STORAGE_FORMAT 0
#define STORAGE_DIMENSIONS 8
#define STORAGE_SHAPE 16
#define FORMAT_MAX 4096u
#define STORAGE_LARGEST ((uint64_t)1 << 32)

/* Modules/_elementtree.c: ElementObject and the ElementObjectExtra that it points to */
#define ELEMENT_TAG 16
#define ELEMENT_TEXT 24 /* bit 0 of text and tail: a list whose strings are still to be joined */
#define ELEMENT_TAIL 32
#define ELEMENT_EXTRA 40
#define EXTRA_ATTRIB 0
#define EXTRA_LENGTH 8
#define EXTRA_ALLOCATED 16
#define EXTRA_CHILDREN 24
#define EXTRA_OWN_CHILDREN 32
#define EXTRA_SIZE 64
#define CHILDREN_LARGEST ((uint64_t)1 << 36)

/* Modules/_datetimemodule.c: bytes follow the hash; an object without a time zone is allocated without room for it */
#define MOMENT_HAS_ZONE 24
#define TIME_ZONE 32
#define DATETIME_ZONE 40
#define DATETIME_SIZE 48

/* Python/hamt.c: keys and values, a missing key before a child node; an array node has children only */
#define NODE_CHILDREN 32u
#define NODE_ITEMS_LARGEST ((uint64_t)1 << 32)

/* Modules/_queuemodule.c (3.13): RingBuf */
#define RING_GET 32
#define RING_ITEMS 40
#define RING_CAPACITY 48
#define RING_COUNT 56
#define RING_LARGEST ((uint64_t)1 << 36)

/* Modules/_struct.c: PyStructObject, and formatcode, whose first word is 0 at the end */
#define STRUCT_CODES 32
#define STRUCT_CODE_SIZE 32u
#define STRUCT_CODES_MAX (1u << 20)

/* Modules/_io/bytesio.c, bufferedio.c */
#define BYTESIO_BUFFER 16
#define BUFFERED_BUFFER 56
#define BUFFERED_SIZE 120

/* Include/memoryobject.h: PyMemoryViewObject, whose flags have bit 0 where it was released; and the Py_buffer in it */
#define VIEW_FLAGS 40 /* int */
#define VIEW_RELEASED 1u
#define VIEW_BUFFER 56
#define VIEW_OBJECT 64
#define VIEW_LENGTH 72

/* Modules/mmapmodule.c: mmap_object; no data where it was closed */
#define MAPPING_DATA 16
#define MAPPING_SIZE 24
#define MAPPING_LARGEST ((uint64_t)1 << 47)

/* Modules/itertoolsmodule.c: productobject's pools; the pool and r of the others */
#define POOL 16
#define POOL_INDICES 24
#define COMBINATIONS_COUNT 40
#define PERMUTATIONS_CYCLES 32
#define PERMUTATIONS_COUNT 48
#define POOL_LARGEST ((uint64_t)1 << 36)

/* Modules/_decimal/_decimal.c: mpd_t's alloc and data, and the digits inside */
#define DECIMAL_ALLOCATED 56
#define DECIMAL_DATA 64
#define DECIMAL_OWN_DATA 72

static uint64_t word_at(struct decode_call *call, uint64_t offset)
{
	return mirror_u64(call->decoder->mirror, call->object->address + offset);
}

/* Counts `count` words at `items` as this object's references, from the index `first` on. */
static struct error *emit_words(struct decode_call *call, uint64_t items, uint64_t count, uint64_t first)
{
	const uint8_t *words = count > 0 ? mirror_at(call->decoder->mirror, items, count * 8) : NULL;

	if (words == NULL && count > 0)
		decode_lose(call, LOSS_buffer_unreadable);
	for (uint64_t i = 0; words != NULL && i < count; i++)
		TRY(emit_number(call, load_u64(words + 8 * i), NAME_INDEX, call->type->gc ? EDGE_OWNED : EDGE_UNVISITED,
				first + i));
	return NULL;
}

struct error *decode_element(struct decode_call *call)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t extra = word_at(call, ELEMENT_EXTRA), length, allocated, children;
	const uint8_t *block;

	TRY(emit_literal(call, word_at(call, ELEMENT_TAG), NAME_ATTRIBUTE, EDGE_OWNED, "tag"));
	TRY(emit_literal(call, word_at(call, ELEMENT_TEXT) & ~(uint64_t)1, NAME_ATTRIBUTE, EDGE_OWNED, "text"));
	TRY(emit_literal(call, word_at(call, ELEMENT_TAIL) & ~(uint64_t)1, NAME_ATTRIBUTE, EDGE_OWNED, "tail"));
	if (extra == 0)
		return NULL;
	block = mirror_at(mirror, extra, EXTRA_SIZE);
	if (block == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	length = load_u64(block + EXTRA_LENGTH);
	allocated = load_u64(block + EXTRA_ALLOCATED);
	children = load_u64(block + EXTRA_CHILDREN);
	if (allocated > CHILDREN_LARGEST || length > allocated) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = length;
	decode_grow(call, EXTRA_SIZE + (children != extra + EXTRA_OWN_CHILDREN ? 8 * allocated : 0));
	TRY(emit_buffer(call, extra, EXTRA_SIZE, "state"));
	if (children != extra + EXTRA_OWN_CHILDREN)
		TRY(emit_buffer(call, children, 8 * allocated, "items"));
	TRY(emit_literal(call, load_u64(block + EXTRA_ATTRIB), NAME_ATTRIBUTE, EDGE_OWNED, "attrib"));
	return emit_words(call, children, length, 0);
}

struct error *decode_moment(struct decode_call *call)
{
	uint64_t zone = call->type->root_size == DATETIME_SIZE ? DATETIME_ZONE : TIME_ZONE;

	if (mirror_u8(call->decoder->mirror, call->object->address + MOMENT_HAS_ZONE) == 0) {
		if (!call->type->heap) /* then it was made without the word that says which one, whatever tp_basicsize says */
			call->decoded->size = zone;
		return NULL;
	}
	return emit_literal(call, word_at(call, zone), NAME_ATTRIBUTE, EDGE_UNVISITED, "tzinfo");
}

/* The str that names the variable at `key`; 0 where it is none. */
static struct error *variable_name(struct decode_call *call, uint64_t key, uint64_t *name)
{
	struct decoder *decoder = call->decoder;
	uint32_t index = UINT32_MAX;
	uint64_t type;

	*name = 0;
	if (key == 0 || (key & 7) != 0)
		return NULL;
	type = mirror_u64(decoder->mirror, key + (uint64_t)decoder->layout->object_type);
	if (type != 0)
		TRY(type_table_get(decoder->types, type, &index));
	if (index != UINT32_MAX && !type_table_at(decoder->types, index)->heap &&
	    strcmp(type_table_at(decoder->types, index)->qualname, "ContextVar") == 0)
		*name = mirror_u64(decoder->mirror, key + (uint64_t)decoder->layout->contextvar_name);
	return NULL;
}

/* Keys and values by turns: a value is named after the variable before it, a child node has no key. */
static struct error *emit_pairs(struct decode_call *call, uint64_t items, uint64_t count)
{
	const uint8_t *words = count > 0 ? mirror_at(call->decoder->mirror, items, count * 8) : NULL;
	enum edge_class class = call->type->gc ? EDGE_OWNED : EDGE_UNVISITED;
	uint64_t name = 0;

	if (words == NULL && count > 0)
		decode_lose(call, LOSS_buffer_unreadable);
	for (uint64_t i = 0; words != NULL && i < count; i++) {
		uint64_t word = load_u64(words + 8 * i);

		if (i % 2 == 1 && name != 0)
			TRY(emit_named(call, word, NAME_FIELD, class, name));
		else
			TRY(emit_number(call, word, NAME_INDEX, class, i));
		if (i % 2 == 0)
			TRY(variable_name(call, word, &name));
	}
	return NULL;
}

struct error *decode_node(struct decode_call *call)
{
	uint64_t count = NODE_CHILDREN, items = call->object->address + (uint64_t)call->decoder->layout->object_head;

	if (call->type->itemsize > 0) {
		count = call->decoded->length;
		items = call->object->address + (uint64_t)call->type->basicsize;
	}
	if (count > NODE_ITEMS_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	return call->type->itemsize > 0 ? emit_pairs(call, items, count) : emit_words(call, items, count, 0);
}

/* Items from `get` on, round the end of the buffer. */
struct error *decode_ring(struct decode_call *call)
{
	uint64_t get = word_at(call, RING_GET), items = word_at(call, RING_ITEMS);
	uint64_t capacity = word_at(call, RING_CAPACITY), count = word_at(call, RING_COUNT), first;

	if (capacity > RING_LARGEST || count > capacity || (capacity > 0 && get >= capacity)) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = count;
	call->decoded->size += 8 * capacity;
	if (call->decoder->layout->ring_sized)
		call->decoded->getsizeof += 8 * capacity;
	TRY(emit_buffer(call, items, 8 * capacity, "items"));
	first = count < capacity - get ? count : capacity - get;
	TRY(emit_words(call, items + 8 * get, first, 0));
	return emit_words(call, items, count - first, first);
}

/* --- buffers --- */

struct error *decode_codes(struct decode_call *call)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t codes = word_at(call, STRUCT_CODES);
	uint32_t count = 0;

	if (codes == 0)
		return NULL;
	while (count < STRUCT_CODES_MAX && mirror_u64(mirror, codes + (uint64_t)count * STRUCT_CODE_SIZE) != 0)
		count++;
	decode_grow(call, (uint64_t)(count + 1) * STRUCT_CODE_SIZE);
	return emit_buffer(call, codes, (uint64_t)(count + 1) * STRUCT_CODE_SIZE, "codes");
}

/* sys.getsizeof counts a bytes object that nobody else has; it is an object all the same. */
struct error *decode_bytesio(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t buffer = word_at(call, BYTESIO_BUFFER), length;

	if (buffer == 0)
		return NULL;
	length = mirror_u64(mirror, buffer + (uint64_t)layout->var_size);
	if ((uint32_t)mirror_u64(mirror, buffer + (uint64_t)layout->object_refcount) == 1)
		call->decoded->getsizeof += (uint64_t)layout->bytes_value + length + 1;
	return emit_view(call, "BytesIO", buffer + (uint64_t)layout->bytes_value, length, buffer);
}

struct error *decode_view(struct decode_call *call)
{
	if ((mirror_u32(call->decoder->mirror, call->object->address + VIEW_FLAGS) & VIEW_RELEASED) != 0)
		return NULL;
	return emit_view(call, "memoryview", word_at(call, VIEW_BUFFER), word_at(call, VIEW_LENGTH),
			 word_at(call, VIEW_OBJECT));
}

/* It owns what it has mapped, whether that is in memory or not; sys.getsizeof leaves it out. */
struct error *decode_mapping(struct decode_call *call)
{
	uint64_t data = word_at(call, MAPPING_DATA), size = word_at(call, MAPPING_SIZE);

	if (data == 0)
		return NULL;
	if (size > MAPPING_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = size;
	call->decoded->size += size;
	TRY(emit_buffer(call, data, size, "data"));
	return emit_native(call, "mmap", data, size);
}

struct error *decode_buffered(struct decode_call *call)
{
	uint64_t size = word_at(call, BUFFERED_SIZE), buffer = word_at(call, BUFFERED_BUFFER);

	if (buffer == 0 || size > INT64_MAX)
		return NULL;
	decode_grow(call, size);
	return emit_buffer(call, buffer, size, "data");
}

/* `count` words, to which the word at `pointer` leads. */
static struct error *grow_by_words(struct decode_call *call, uint64_t pointer, uint64_t count, const char *kind)
{
	if (count > POOL_LARGEST)
		return NULL;
	decode_grow(call, 8 * count);
	return emit_buffer(call, word_at(call, pointer), 8 * count, kind);
}

static uint64_t pool_length(struct decode_call *call)
{
	uint64_t pool = word_at(call, POOL);

	return pool == 0 ? 0 : mirror_u64(call->decoder->mirror, pool + (uint64_t)call->decoder->layout->var_size);
}

struct error *decode_product(struct decode_call *call)
{
	return grow_by_words(call, POOL_INDICES, pool_length(call), "indices");
}

struct error *decode_combinations(struct decode_call *call)
{
	return grow_by_words(call, POOL_INDICES, word_at(call, COMBINATIONS_COUNT), "indices");
}

struct error *decode_permutations(struct decode_call *call)
{
	TRY(grow_by_words(call, POOL_INDICES, pool_length(call), "indices"));
	return grow_by_words(call, PERMUTATIONS_CYCLES, word_at(call, PERMUTATIONS_COUNT), "indices");
}

struct error *decode_decimal(struct decode_call *call)
{
	if (word_at(call, DECIMAL_DATA) == call->object->address + DECIMAL_OWN_DATA)
		return NULL;
	return grow_by_words(call, DECIMAL_DATA, word_at(call, DECIMAL_ALLOCATED), "digits");
}

/* Counts what hangs off it. sys.getsizeof counts the struct of a StgDict twice, and of a class leaves out what any class
 * has besides. */
struct error *decode_storage(struct decode_call *call, bool dict)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t start = call->object->address + call->type->storage, end = start + call->type->storage_end;
	uint64_t format = mirror_u64(mirror, end + STORAGE_FORMAT), length = mirror_u64(mirror, start + STORAGE_LENGTH);
	uint32_t dimensions = mirror_u32(mirror, end + STORAGE_DIMENSIONS);
	char text[FORMAT_MAX];

	if (dict)
		call->decoded->getsizeof += (uint64_t)(call->type->basicsize - call->decoder->layout->dict_size);
	else
		call->decoded->getsizeof =
			call->type->preheader + (uint64_t)call->type->basicsize +
			word_at(call, (uint64_t)call->decoder->layout->var_size) * (uint64_t)call->type->itemsize;
	if (format != 0 && mirror_string(mirror, format, text, sizeof text)) {
		decode_grow(call, strlen(text) + 1);
		TRY(emit_buffer(call, format, strlen(text) + 1, "text"));
	}
	if (mirror_u64(mirror, start + STORAGE_ELEMENTS) != 0 && length < STORAGE_LARGEST) {
		decode_grow(call, 8 * (length + 1));
		TRY(emit_buffer(call, mirror_u64(mirror, start + STORAGE_ELEMENTS), 8 * (length + 1), "items"));
	}
	decode_grow(call, 8 * (uint64_t)dimensions);
	return emit_buffer(call, mirror_u64(mirror, end + STORAGE_SHAPE), 8 * (uint64_t)dimensions, "shape");
}
