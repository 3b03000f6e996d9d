/* Pack: how are the small records of a snapshot written, and read from bytes that may be forged?
 *
 * Method: msgpack-c builds and parses. It trusts declared counts (a 5-byte array header made it reserve 8 GiB), so a skim
 * over the bytes comes first: iterative, with a stack of PACK_DEPTH counters. Cost: a nanosecond or two a value and no
 * memory for the skim; 24 bytes a value (48 a map's pair) for the parsed document; texts and byte strings are not copied.
 */
#include "format/pack.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

struct pack {
	msgpack_sbuffer buffer;
	msgpack_packer packer;
	bool failed;
};

struct error *pack_create(struct pack **result)
{
	struct pack *pack = calloc(1, sizeof *pack);
	if (pack == NULL)
		return error_memory();
	msgpack_sbuffer_init(&pack->buffer);
	msgpack_packer_init(&pack->packer, &pack->buffer, msgpack_sbuffer_write);
	*result = pack;
	return NULL;
}

void pack_destroy(struct pack *pack)
{
	if (pack == NULL)
		return;
	msgpack_sbuffer_destroy(&pack->buffer);
	free(pack);
}

void pack_clear(struct pack *pack)
{
	msgpack_sbuffer_clear(&pack->buffer);
	pack->failed = false;
}

void pack_map(struct pack *pack, size_t pairs)
{
	pack->failed |= msgpack_pack_map(&pack->packer, pairs) != 0;
}

void pack_array(struct pack *pack, size_t items)
{
	pack->failed |= msgpack_pack_array(&pack->packer, items) != 0;
}

void pack_u64(struct pack *pack, uint64_t value)
{
	pack->failed |= msgpack_pack_uint64(&pack->packer, value) != 0;
}

void pack_bool(struct pack *pack, bool value)
{
	pack->failed |= (value ? msgpack_pack_true(&pack->packer) : msgpack_pack_false(&pack->packer)) != 0;
}

void pack_text(struct pack *pack, const char *text)
{
	pack->failed |= msgpack_pack_str_with_body(&pack->packer, text, strlen(text)) != 0;
}

void pack_bytes(struct pack *pack, const void *data, size_t size)
{
	pack->failed |= size > UINT32_MAX || msgpack_pack_bin_with_body(&pack->packer, data, size) != 0;
}

void pack_pair(struct pack *pack, const char *key, uint64_t value)
{
	pack_text(pack, key);
	pack_u64(pack, value);
}

struct error *pack_data(const struct pack *pack, const void **data, size_t *size)
{
	if (pack->failed)
		return error_memory();
	*data = pack->buffer.data;
	*size = pack->buffer.size;
	return NULL;
}

/* --- the skim ------------------------------------------------------------------------------------------------------ */

/* What the value at the cursor is made of: bytes to pass over after its head, values that follow in it. */
struct head {
	uint64_t body, children;
	bool container;
};

static struct head head_read_sized(struct bytes *bytes, uint8_t tag)
{
	switch (tag) {
	case 0xc4:
	case 0xd9:
		return (struct head){.body = bytes_u8(bytes)};
	default:
		break;
	}
	/* Counts and lengths of two and four bytes are big-endian. */
	bool wide = tag == 0xc6 || tag == 0xdb || tag == 0xdd || tag == 0xdf || tag == 0xc9;
	uint64_t count = wide ? __builtin_bswap32(bytes_u32(bytes)) : __builtin_bswap16(bytes_u16(bytes));
	if (tag == 0xdc || tag == 0xdd)
		return (struct head){.children = count, .container = true};
	if (tag == 0xde || tag == 0xdf)
		return (struct head){.children = 2 * count, .container = true};
	if (tag == 0xc8 || tag == 0xc9)
		return (struct head){.body = count + 1};
	return (struct head){.body = count};
}

static struct head head_read(struct bytes *bytes)
{
	uint8_t tag = bytes_u8(bytes);
	if (tag < 0x80 || tag >= 0xe0)
		return (struct head){0};
	if (tag < 0x90)
		return (struct head){.children = 2 * (uint64_t)(tag & 15u), .container = true};
	if (tag < 0xa0)
		return (struct head){.children = tag & 15u, .container = true};
	if (tag < 0xc0)
		return (struct head){.body = tag & 31u};
	/* Bodies of the tags 0xc0-0xdf; 255: the length follows. 0xc1 is not used by msgpack. */
	static const uint8_t bodies[32] = {0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 4,   8,   1,   2,   4,   8,
					   1, 2, 4, 8, 2,   3,   5,   9,   17,  255, 255, 255, 255, 255, 255, 255};
	if (tag == 0xc1)
		bytes->failed = true;
	if (tag == 0xc7)
		return (struct head){.body = bytes_u8(bytes) + 1u};
	uint8_t body = bodies[tag - 0xc0];
	return body == 255 ? head_read_sized(bytes, tag) : (struct head){.body = body};
}

static struct error *skim_error(const struct bytes *bytes, const char *what)
{
	return error_create_at(ERROR_INPUT, bytes->position, "%s at byte %zu of the document", what, bytes->position);
}

/* Walks over one value with everything in it. */
static struct error *skim(struct bytes *bytes, size_t values)
{
	uint64_t open[PACK_DEPTH]; /* values still to come in each container we are in */
	size_t depth = 0;
	for (;;) {
		if (values-- == 0)
			return skim_error(bytes, "more values than can be");
		struct head head = head_read(bytes);
		if (bytes->failed)
			return skim_error(bytes, "a value that is cut or not msgpack");
		if (head.body > bytes_left(bytes) || head.children > bytes_left(bytes))
			return skim_error(bytes, "a length or count beyond the end");
		bytes_take(bytes, head.body);
		if (head.container) {
			if (depth == PACK_DEPTH)
				return skim_error(bytes, "nesting deeper than 32");
			open[depth++] = head.children + 1;
		}
		while (depth > 0 && --open[depth - 1] == 0)
			depth--;
		if (depth == 0)
			return NULL;
	}
}

/* --- documents ----------------------------------------------------------------------------------------------------- */

struct pack_document {
	msgpack_unpacked unpacked;
};

struct error *pack_document_create(const void *bytes, size_t size, size_t values, struct pack_document **result)
{
	struct bytes cursor = bytes_over(bytes, size);
	TRY(skim(&cursor, values));
	if (bytes_left(&cursor) > 0)
		return skim_error(&cursor, "bytes after the end");
	AUTO(pack_document) struct pack_document *document = calloc(1, sizeof *document);
	if (document == NULL)
		return error_memory();
	msgpack_unpacked_init(&document->unpacked);
	size_t offset = 0;
	msgpack_unpack_return status = msgpack_unpack_next(&document->unpacked, bytes, size, &offset);
	if (status == MSGPACK_UNPACK_NOMEM_ERROR)
		return error_memory();
	if (status != MSGPACK_UNPACK_SUCCESS || offset != size)
		return error_create(ERROR_INPUT, "not a msgpack document");
	*result = steal(&document);
	return NULL;
}

void pack_document_destroy(struct pack_document *document)
{
	if (document == NULL)
		return;
	msgpack_unpacked_destroy(&document->unpacked);
	free(document);
}

const struct pack_value *pack_document_root(const struct pack_document *document)
{
	return (const struct pack_value *)&document->unpacked.data;
}

bool pack_first_item(const void *bytes, size_t size, const void **item, size_t *item_size)
{
	struct bytes cursor = bytes_over(bytes, size);
	uint8_t tag = size > 0 ? *(const uint8_t *)bytes : 0;
	struct head head = head_read(&cursor);
	bool array = (tag & 0xf0) == 0x90 || tag == 0xdc || tag == 0xdd;
	if (cursor.failed || !array || head.children == 0)
		return false;
	size_t start = cursor.position;
	AUTO(error) struct error *error = skim(&cursor, SIZE_MAX);
	if (error != NULL)
		return false;
	*item = (const uint8_t *)bytes + start;
	*item_size = cursor.position - start;
	return true;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static const msgpack_object *object_of(const struct pack_value *value, msgpack_object_type type)
{
	const msgpack_object *object = (const msgpack_object *)value;
	return object != NULL && object->type == type ? object : NULL;
}

bool pack_value_u64(const struct pack_value *value, uint64_t *result)
{
	const msgpack_object *object = object_of(value, MSGPACK_OBJECT_POSITIVE_INTEGER);
	if (object != NULL)
		*result = object->via.u64;
	return object != NULL;
}

bool pack_value_bool(const struct pack_value *value, bool *result)
{
	const msgpack_object *object = object_of(value, MSGPACK_OBJECT_BOOLEAN);
	if (object != NULL)
		*result = object->via.boolean;
	return object != NULL;
}

bool pack_value_text(const struct pack_value *value, const char **text, size_t *length)
{
	const msgpack_object *object = object_of(value, MSGPACK_OBJECT_STR);
	if (object == NULL)
		return false;
	*text = object->via.str.ptr;
	*length = object->via.str.size;
	return true;
}

bool pack_value_bytes(const struct pack_value *value, const uint8_t **data, size_t *size)
{
	const msgpack_object *object = object_of(value, MSGPACK_OBJECT_BIN);
	if (object == NULL)
		return false;
	*data = (const uint8_t *)object->via.bin.ptr;
	*size = object->via.bin.size;
	return true;
}

bool pack_value_is_map(const struct pack_value *value)
{
	return object_of(value, MSGPACK_OBJECT_MAP) != NULL;
}

size_t pack_value_count(const struct pack_value *value)
{
	const msgpack_object *array = object_of(value, MSGPACK_OBJECT_ARRAY);
	const msgpack_object *map = object_of(value, MSGPACK_OBJECT_MAP);
	return array != NULL ? array->via.array.size : map != NULL ? map->via.map.size : 0;
}

const struct pack_value *pack_value_item(const struct pack_value *array, size_t index)
{
	const msgpack_object *object = object_of(array, MSGPACK_OBJECT_ARRAY);
	if (object == NULL || index >= object->via.array.size)
		return NULL;
	return (const struct pack_value *)&object->via.array.ptr[index];
}

bool pack_value_pair(const struct pack_value *map, size_t index, const struct pack_value **key,
		     const struct pack_value **value)
{
	const msgpack_object *object = object_of(map, MSGPACK_OBJECT_MAP);
	if (object == NULL || index >= object->via.map.size)
		return false;
	*key = (const struct pack_value *)&object->via.map.ptr[index].key;
	*value = (const struct pack_value *)&object->via.map.ptr[index].val;
	return true;
}

const struct pack_value *pack_value_find(const struct pack_value *map, const char *key)
{
	size_t wanted = strlen(key);
	const struct pack_value *name, *value;
	for (size_t i = 0; pack_value_pair(map, i, &name, &value); i++) {
		const char *text;
		size_t length;
		if (pack_value_text(name, &text, &length) && length == wanted && memcmp(text, key, length) == 0)
			return value;
	}
	return NULL;
}
