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
#define SHOWN_DIGITS 36u /* of an int that is previewed: up to 325 decimal ones */
#define SIGN_BITS 3u /* of lv_tag: 0 positive, 1 zero, 2 negative */

static void hash_content(struct decode_call *call, const void *content, size_t size)
{
	call->decoded->content_hash = checksum_keyed_by(content, size, &call->decoder->secret);
}

static bool hash_wanted(const struct decode_call *call)
{
	return call->decoder->hashing && call->decoder->keyed;
}

static void keep_content(struct decode_call *call, enum content_kind kind, const void *content, size_t length)
{
	if (content != NULL && length > 0)
		memcpy(call->decoder->content, content, length);
	call->decoded->content = kind;
	call->decoded->content_length = length;
}

static void preview_unicode(struct decode_call *call, const struct unicode *unicode)
{
	size_t length;
	bool whole;

	if (call->decoder->contents &&
	    unicode_utf8(call->decoder->mirror, unicode, (char *)call->decoder->content, VALUE_MAX, &length, &whole))
		keep_content(call, CONTENT_TEXT, NULL, length);
}

static void preview_bytes(struct decode_call *call, uint64_t address, uint64_t length)
{
	size_t size = length < VALUE_MAX ? length : VALUE_MAX;
	const void *data;

	if (!call->decoder->contents)
		return;
	data = size > 0 ? mirror_at(call->decoder->mirror, address, size) : "";
	if (data != NULL)
		keep_content(call, CONTENT_BYTES, data, size);
}

/* Divides by 10^9 again and again, as each remainder is nine more decimal digits. */
static void preview_int(struct decode_call *call, const uint8_t *data, uint64_t count, bool negative)
{
	uint32_t digits[SHOWN_DIGITS] = {0};
	char text[SHOWN_DIGITS * 10 + 2];
	size_t at = sizeof text;

	if (!call->decoder->contents || count > SHOWN_DIGITS)
		return;
	for (uint64_t i = 0; i < count; i++)
		digits[i] = load_u32(data + i * DIGIT) & ((1u << 30) - 1);
	do {
		uint64_t rest = 0;

		for (uint64_t i = count; i-- > 0;) {
			rest = rest << 30 | digits[i];
			digits[i] = (uint32_t)(rest / 1000000000u);
			rest %= 1000000000u;
		}
		while (count > 0 && digits[count - 1] == 0)
			count--;
		for (int i = 0; i < 9 && (count > 0 || rest > 0 || at == sizeof text); i++, rest /= 10)
			text[--at] = (char)('0' + rest % 10);
	} while (count > 0);
	if (negative)
		text[--at] = '-';
	keep_content(call, CONTENT_NUMBER, text + at, sizeof text - at);
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
	if (unicode->length >= HASHED_BELOW && bytes > HASHED_BELOW)
		bytes = HASHED_BELOW;
	data = mirror_at(call->decoder->mirror, unicode->data, bytes);
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
	size += call->type->preheader + data + unicode.utf8_size;
	call->decoded->getsizeof = size;
	call->decoded->size = unicode.compact ? size : call->decoded->size + data + unicode.utf8_size;
	call->decoded->length = unicode.length;
	if (!unicode.compact)
		TRY(emit_buffer(call, unicode.data, data, "text"));
	TRY(emit_buffer(call, unicode.utf8, unicode.utf8_size, "utf8"));
	hash_unicode(call, &unicode);
	preview_unicode(call, &unicode);
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
	uint64_t data = call->object->address + (uint64_t)call->decoder->layout->bytes_value;

	hash_bytes(call, data, call->decoded->length);
	preview_bytes(call, data, call->decoded->length);
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
	preview_bytes(call, mirror_u64(mirror, address + (uint64_t)layout->bytearray_start), length);
	allocated = mirror_u64(mirror, address + (uint64_t)layout->bytearray_allocated);
	if (allocated > LENGTH_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		allocated = 0;
	}
	if (layout->bytearray_object < 0) {
		decode_grow(call, allocated);
		TRY(emit_buffer(call, mirror_u64(mirror, address + (uint64_t)layout->bytearray_start), allocated,
				"data"));
		return emit_native(call, "bytearray", mirror_u64(mirror, address + (uint64_t)layout->bytearray_start),
				   allocated);
	}
	if (allocated > 0) /* sys.getsizeof counts the whole bytes object, which is one of its own here */
		call->decoded->getsizeof += allocated + (uint64_t)layout->bytes_value + 1;
	TRY(emit_view(call, "bytearray", mirror_u64(mirror, address + (uint64_t)layout->bytearray_start), allocated,
		      mirror_u64(mirror, address + (uint64_t)layout->bytearray_object)));
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
	uint8_t content[HASHED_BELOW + DIGIT] __attribute__((aligned(8)));
	uint64_t bytes = digits * DIGIT;
	const void *data = content;

	if (bytes >= HASHED_BELOW)
		return;
	if (bytes > 0)
		data = mirror_at(call->decoder->mirror,
				 call->object->address + (uint64_t)call->decoder->layout->long_digits, bytes);
	if (data == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return;
	}
	if (!hash_wanted(call) && !call->decoder->contents)
		return;
	store_u32(content, negative);
	if (bytes == DIGIT) /* nearly always, and no call then */
		memcpy(content + DIGIT, data, DIGIT);
	else if (bytes > 0)
		memcpy(content + DIGIT, data, bytes);
	if (hash_wanted(call))
		hash_content(call, content, DIGIT + bytes);
	preview_int(call, content + DIGIT, digits, negative);
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
	call->decoded->getsizeof = call->type->preheader + (uint64_t)layout->long_digits + stored * DIGIT;
	if (!call->type->heap)
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
