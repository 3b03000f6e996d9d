/* How large are a str, bytes, bytearray or int, and which content is it?
 *
 * They refer to nothing. Below 4 KiB a keyed hash stands for the content: of a str's UTF-8, so that equal text gives
 * an equal hash however it is stored, of bytes as they are, of an int's sign and 30-bit digits. A str's first bytes
 * are looked at in discovery too, as it may turn out to name something. Cost: one read of the head, one of the content
 * where it is hashed.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"
#include "dumper/unicode.h"
#include "format/checksum.h"

#define HASHED_BELOW 4096u /* bytes of content */
#define LENGTH_LARGEST ((uint64_t)1 << 40)
#define DIGIT 4u     /* bytes of an int's digit */
#define SIGN_BITS 3u /* of lv_tag: 0 positive, 1 zero, 2 negative */

static void hash_content(struct decode_call *call, const void *content, size_t size)
{
	call->decoded->content_hash = checksum_keyed_by(content, size, &call->decoder->secret);
}

static bool hash_wanted(const struct decode_call *call)
{
	return call->decoder->hashing && call->decoder->keyed;
}

/* Also fetches what hashes and names need later. */
static void hash_unicode(struct decode_call *call, const struct unicode *unicode)
{
	char buffer[HASHED_BELOW];
	uint64_t bytes = unicode->length * unicode->kind;
	const void *data;
	size_t length;
	bool whole;

	if (bytes == 0) {
		if (hash_wanted(call) && unicode->length == 0)
			hash_content(call, "", 0);
		return;
	}
	data = mirror_at(call->decoder->mirror, unicode->data, bytes < HASHED_BELOW ? bytes : HASHED_BELOW);
	if (data == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return;
	}
	if (!hash_wanted(call) || unicode->length >= HASHED_BELOW)
		return;
	if (unicode->ascii)
		hash_content(call, data, bytes);
	else if (unicode_utf8(call->decoder->mirror, unicode, buffer, sizeof buffer - 1, &length, &whole) && whole)
		hash_content(call, buffer, length);
}

struct error *decode_str(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct unicode unicode;
	uint64_t size, data;

	if (!unicode_load(call->decoder->mirror, layout, call->object->address, &unicode)) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	data = unicode.data != 0 ? unicode_data_size(&unicode) : 0;
	if (unicode.compact)
		size = (uint64_t)(unicode.ascii ? layout->unicode_ascii_size : layout->unicode_compact_size);
	else
		size = (uint64_t)layout->unicode_size;
	size += call->type.preheader + data + unicode.utf8_size;
	call->decoded->getsizeof = size;
	call->decoded->size = unicode.compact ? size : call->decoded->size + data + unicode.utf8_size;
	call->decoded->length = unicode.length;
	hash_unicode(call, &unicode);
	return NULL;
}

/* A buffer of `length` bytes, hashed where it is small. */
static void hash_bytes(struct decode_call *call, uint64_t address, uint64_t length)
{
	const void *data;

	if (length >= HASHED_BELOW)
		return;
	if (length == 0) {
		if (hash_wanted(call))
			hash_content(call, "", 0);
		return;
	}
	data = mirror_at(call->decoder->mirror, address, length);
	if (data == NULL)
		decode_lose(call, LOSS_buffer_unreadable);
	else if (hash_wanted(call))
		hash_content(call, data, length);
}

struct error *decode_bytes(struct decode_call *call)
{
	hash_bytes(call, call->object->address + (uint64_t)call->decoder->layout->bytes_value, call->decoded->length);
	return NULL;
}

struct error *decode_bytearray(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t address = call->object->address;
	uint64_t length = mirror_u64(mirror, address + (uint64_t)layout->var_size);
	uint64_t allocated;

	if (length > LENGTH_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = length;
	allocated = mirror_u64(mirror, address + (uint64_t)layout->bytearray_allocated);
	if (allocated > LENGTH_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		allocated = 0;
	}
	if (layout->bytearray_object < 0) {
		decode_grow(call, allocated);
		return NULL;
	}
	if (allocated > 0) /* sys.getsizeof counts the whole bytes object, which is one of its own here */
		call->decoded->getsizeof += allocated + (uint64_t)layout->bytes_value + 1;
	return emit_literal(call, mirror_u64(mirror, address + (uint64_t)layout->bytearray_object), NAME_FIELD,
			    EDGE_UNVISITED, "ob_bytes_object");
}

/* Number of digits and sign, wherever this version keeps them. */
static uint64_t int_digits(struct decode_call *call, bool *negative)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t address = call->object->address;

	if (layout->long_tag >= 0) {
		uint64_t tag = mirror_u64(call->decoder->mirror, address + (uint64_t)layout->long_tag);

		*negative = (tag & 3) == 2;
		return tag >> SIGN_BITS;
	}
	int64_t size = (int64_t)mirror_u64(call->decoder->mirror, address + (uint64_t)layout->var_size);

	*negative = size < 0;
	return size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
}

static void hash_int(struct decode_call *call, uint64_t digits, bool negative)
{
	uint8_t content[HASHED_BELOW];
	uint64_t bytes = digits * DIGIT;
	const void *data;

	if (bytes >= HASHED_BELOW - DIGIT)
		return;
	memset(content, 0, DIGIT);
	content[0] = negative;
	if (bytes > 0) {
		data = mirror_at(call->decoder->mirror,
				 call->object->address + (uint64_t)call->decoder->layout->long_digits, bytes);
		if (data == NULL) {
			decode_lose(call, LOSS_buffer_unreadable);
			return;
		}
		memcpy(content + DIGIT, data, bytes);
	}
	if (hash_wanted(call))
		hash_content(call, content, DIGIT + bytes);
}

struct error *decode_int(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	bool negative;
	uint64_t digits = int_digits(call, &negative), stored;

	if (digits > LENGTH_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	/* zero takes a digit too where small ints are static structs (3.11) */
	stored = digits == 0 && layout->refcount_immortal != 0 ? 1 : digits;
	call->decoded->length = digits;
	call->decoded->getsizeof = call->type.preheader + (uint64_t)layout->long_digits + stored * DIGIT;
	if (!call->type.heap)
		call->decoded->size = call->decoded->getsizeof;
	else /* what a subclass adds lies behind the digits */
		call->decoded->size += (stored * DIGIT + 7) & ~(uint64_t)7;
	hash_int(call, digits, negative);
	return NULL;
}

static bool is_str(struct decoder *decoder, uint64_t address)
{
	uint64_t type = address == 0 || (address & 7) != 0
				? 0
				: mirror_u64(decoder->mirror, address + (uint64_t)decoder->layout->object_type);
	AUTO(error) struct error *error = NULL;
	uint32_t index;

	if (type == 0)
		return false;
	/* without memory for its type it is as good as unreadable */
	error = type_table_get(decoder->types, type, &index);
	return error == NULL && index != UINT32_MAX && type_table_at(decoder->types, index)->decoder == DECODE_STR;
}

bool decode_text(struct decoder *decoder, uint64_t address, char *buffer, size_t size, size_t *length)
{
	struct unicode unicode;
	bool whole;

	if (size == 0 || !is_str(decoder, address))
		return false;
	if (!unicode_load(decoder->mirror, decoder->layout, address, &unicode) ||
	    !unicode_utf8(decoder->mirror, &unicode, buffer, size - 1, length, &whole))
		return false;
	buffer[*length] = '\0';
	return true;
}
