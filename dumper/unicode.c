/* What does a str of the target say? Its state word tells the width of a character and where they lie: behind one of
 * two heads, or apart. ASCII is copied, the rest encoded. Cost: one read of the head, one of the characters asked for.
 */
#include "dumper/unicode.h"

#include "base/bytes.h"

#define LENGTH_LARGEST ((uint64_t)1 << 40) /* characters */

/* Bytes of a UTF-8 copy kept in a block of its own. */
static uint64_t utf8_cache_size(struct mirror *mirror, const struct layout *layout, uint64_t address,
				struct unicode *unicode)
{
	uint64_t size;

	unicode->utf8 = 0;
	if (unicode->compact && unicode->ascii)
		return 0;
	unicode->utf8 = mirror_u64(mirror, address + (uint64_t)layout->unicode_utf8);
	size = mirror_u64(mirror, address + (uint64_t)layout->unicode_utf8_length);
	return unicode->utf8 != 0 && unicode->utf8 != unicode->data && size < LENGTH_LARGEST ? size + 1 : 0;
}

bool unicode_load(struct mirror *mirror, const struct layout *layout, uint64_t address, struct unicode *unicode)
{
	const uint8_t *head = mirror_at(mirror, address, (uint64_t)layout->unicode_ascii_size);
	uint32_t state;

	if (head == NULL)
		return false;
	state = load_u32(head + layout->unicode_state) >> layout->unicode_interned_bits;
	unicode->length = load_u64(head + layout->unicode_length);
	unicode->kind = state & 7;
	unicode->compact = (state >> 3 & 1) != 0;
	unicode->ascii = (state >> 4 & 1) != 0;
	if (unicode->length > LENGTH_LARGEST || unicode->kind == 3 || unicode->kind > 4)
		return false;
	if (unicode->ascii && unicode->kind != 1)
		return false;
	if (!unicode->compact)
		unicode->data = mirror_u64(mirror, address + (uint64_t)layout->unicode_data);
	else
		unicode->data = address +
				(uint64_t)(unicode->ascii ? layout->unicode_ascii_size : layout->unicode_compact_size);
	if (unicode->kind == 0)
		unicode->data = 0;
	unicode->utf8_size = utf8_cache_size(mirror, layout, address, unicode);
	return true;
}

static uint32_t character_at(const uint8_t *data, uint32_t kind, uint64_t index)
{
	if (kind == 1)
		return data[index];
	return kind == 2 ? load_u16(data + index * 2) : load_u32(data + index * 4);
}

/* Bytes that `character` takes in UTF-8; the replacement character stands for what is none. */
static unsigned encode(uint32_t character, char bytes[4])
{
	if (character > 0x10ffff)
		character = 0xfffd;
	if (character < 0x80) {
		bytes[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		bytes[0] = (char)(0xc0 | character >> 6);
		bytes[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		bytes[0] = (char)(0xe0 | character >> 12);
		bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | character >> 18);
	bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

bool unicode_utf8(struct mirror *mirror, const struct unicode *unicode, char *buffer, size_t size, size_t *length,
		  bool *whole)
{
	uint64_t count = unicode->length < size ? unicode->length : size; /* a character takes a byte at least */
	const uint8_t *data = NULL;
	size_t used = 0;
	uint64_t i;

	*length = 0;
	*whole = unicode->length == 0;
	if (unicode->length == 0)
		return true;
	if (unicode->kind == 0 || unicode->data == 0)
		return false;
	if (count > 0)
		data = mirror_at(mirror, unicode->data, count * unicode->kind);
	if (data == NULL)
		return count == 0;
	if (unicode->ascii) {
		memcpy(buffer, data, count);
		*length = count;
		*whole = count == unicode->length;
		return true;
	}
	for (i = 0; i < count; i++) {
		char bytes[4];
		unsigned width = encode(character_at(data, unicode->kind, i), bytes);

		if (width > size - used)
			break;
		memcpy(buffer + used, bytes, width);
		used += width;
	}
	*length = used;
	*whole = i == unicode->length;
	return true;
}
