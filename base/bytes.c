/* What do these foreign bytes say, without ever reading past their end?
 *
 * Each getter compares with the bytes that remain before it moves; after the first failure nothing
 * moves any more. Integers are put together byte by byte, so neither alignment nor the machine's byte
 * order matters (compilers make one load of it). O(1) each.
 */
#include "base/bytes.h"

struct bytes bytes_over(const void *data, size_t size)
{
	return (struct bytes){.data = data, .size = size};
}

size_t bytes_left(const struct bytes *bytes)
{
	return bytes->failed ? 0 : bytes->size - bytes->position;
}

const uint8_t *bytes_take(struct bytes *bytes, size_t count)
{
	if (bytes->failed || count > bytes->size - bytes->position) {
		bytes->failed = true;
		return NULL;
	}
	const uint8_t *taken = bytes->data + bytes->position;
	bytes->position += count;
	return taken;
}

uint8_t bytes_u8(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 1);
	return at != NULL ? *at : 0;
}

uint16_t bytes_u16(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 2);
	return at != NULL ? load_u16(at) : 0;
}

uint32_t bytes_u32(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 4);
	return at != NULL ? load_u32(at) : 0;
}

uint64_t bytes_u64(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 8);
	return at != NULL ? load_u64(at) : 0;
}

uint16_t load_u16(const void *from)
{
	const uint8_t *at = from;
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t load_u32(const void *from)
{
	const uint8_t *at = from;
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t load_u64(const void *from)
{
	const uint8_t *at = from;
	return (uint64_t)load_u32(at) | (uint64_t)load_u32(at + 4) << 32;
}

void store_u32(void *to, uint32_t value)
{
	uint8_t *at = to;
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

void store_u64(void *to, uint64_t value)
{
	uint8_t *at = to;
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

uint64_t saturating_multiply(uint64_t a, uint64_t b)
{
	uint64_t product;
	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t saturating_add(uint64_t a, uint64_t b)
{
	uint64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}
