/* Packing: how are millions of mostly small integers turned into few bytes, and back at a nanosecond a value?
 *
 * Method: the lengths of four values share a control byte and lie apart from the values ("Stream VByte", Lemire, Kurz and
 * Rupp, 2017), so that one shuffle instruction, chosen by the control byte, spreads four values at once. Machines without
 * SSSE3 take the plain loop. Cost: 0.3-0.6 ns a value with shuffles, 1-2 ns without; no memory but a 4 KiB constant table.
 */
#include "format/packing.h"

#include <endian.h>
#include <string.h>
#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

/* As base/bytes.h has them, but inlined: the loops below are what encoding and decoding cost. */
static inline uint32_t get32(const uint8_t *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof value);
	return le32toh(value);
}

static inline uint64_t get64(const uint8_t *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof value);
	return le64toh(value);
}

static inline void put32(uint8_t *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof value);
}

static inline void put64(uint8_t *to, uint64_t value)
{
	value = htole64(value);
	memcpy(to, &value, sizeof value);
}

/* Most columns are mostly small: four values below 256 are four bytes after a control byte of 0. */
static inline void put_small(uint8_t *to, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	put32(to, (uint32_t)(a | b << 8 | c << 16 | d << 24));
}

size_t packing_put_u32(const uint32_t *values, size_t count, uint8_t *to)
{
	uint8_t *control = to, *data = to + PACKING_CONTROL(count);
	for (size_t i = 0; i < count;) {
		unsigned codes = 0;
		if (count - i >= 4 && (values[i] | values[i + 1] | values[i + 2] | values[i + 3]) <= 0xff) {
			put_small(data, values[i], values[i + 1], values[i + 2], values[i + 3]);
			data += 4;
			i += 4;
			*control++ = 0;
			continue;
		}
		for (unsigned shift = 0; shift < 8 && i < count; shift += 2, i++) {
			uint32_t value = values[i];
			unsigned code = (value > 0xff) + (value > 0xffff) + (value > 0xffffff);
			codes |= code << shift;
			put32(data, value);
			data += code + 1;
		}
		*control++ = (uint8_t)codes;
	}
	return (size_t)(data - to);
}

size_t packing_put_u64(const uint64_t *values, size_t count, uint8_t *to)
{
	uint8_t *control = to, *data = to + PACKING_CONTROL(count);
	for (size_t i = 0; i < count;) {
		unsigned codes = 0;
		if (count - i >= 4 && (values[i] | values[i + 1] | values[i + 2] | values[i + 3]) <= 0xff) {
			put_small(data, values[i], values[i + 1], values[i + 2], values[i + 3]);
			data += 4;
			i += 4;
			*control++ = 0;
			continue;
		}
		for (unsigned shift = 0; shift < 8 && i < count; shift += 2, i++) {
			uint64_t value = values[i];
			unsigned code = (value > 0xff) + (value > 0xffff) + (value > 0xffffffff);
			codes |= code << shift;
			put64(data, value);
			data += (size_t)1 << code;
		}
		*control++ = (uint8_t)codes;
	}
	return (size_t)(data - to);
}

/* Reads values first..count-1, byte by byte where fewer than 8 bytes are left; true where they end with the data. */
static bool get_u32_from(const uint8_t *control, const uint8_t *data, const uint8_t *end, size_t first, size_t count,
			 uint32_t *values)
{
	static const uint32_t masks[4] = {0xff, 0xffff, 0xffffff, 0xffffffff};
	size_t i = first;
	for (; i < count && end - data >= 4; i++) {
		unsigned code = control[i / 4] >> (i % 4 * 2) & 3;
		values[i] = get32(data) & masks[code];
		data += code + 1;
	}
	for (; i < count; i++) {
		unsigned length = (control[i / 4] >> (i % 4 * 2) & 3u) + 1;
		if (end - data < (ptrdiff_t)length)
			return false;
		values[i] = 0;
		for (unsigned j = 0; j < length; j++)
			values[i] |= (uint32_t)data[j] << (8 * j);
		data += length;
	}
	return data == end;
}

bool packing_get_u32_plain(const uint8_t *from, size_t size, size_t count, uint32_t *values)
{
	if (size < PACKING_CONTROL(count))
		return false;
	return get_u32_from(from, from + PACKING_CONTROL(count), from + size, 0, count, values);
}

#if defined(__x86_64__)
/* One row a control byte: which of the next 16 bytes goes to which byte of the four values; 128 gives 0. */
#define LENGTH(c, i) (((c) >> (2 * (i)) & 3) + 1)
#define START(c, i) (((i) > 0 ? LENGTH(c, 0) : 0) + ((i) > 1 ? LENGTH(c, 1) : 0) + ((i) > 2 ? LENGTH(c, 2) : 0))
#define CELL(c, i, j) ((j) < LENGTH(c, i) ? START(c, i) + (j) : 128)
#define VALUE(c, i) CELL(c, i, 0), CELL(c, i, 1), CELL(c, i, 2), CELL(c, i, 3)
#define ROW(c)                                                                                                         \
	{                                                                                                              \
		VALUE(c, 0), VALUE(c, 1), VALUE(c, 2), VALUE(c, 3)                                                     \
	}
#define ROWS4(c) ROW(c), ROW((c) + 1), ROW((c) + 2), ROW((c) + 3)
#define ROWS16(c) ROWS4(c), ROWS4((c) + 4), ROWS4((c) + 8), ROWS4((c) + 12)
#define ROWS64(c) ROWS16(c), ROWS16((c) + 16), ROWS16((c) + 32), ROWS16((c) + 48)
static const uint8_t shuffles[256][16] __attribute__((aligned(16))) = {ROWS64(0), ROWS64(64), ROWS64(128), ROWS64(192)};

__attribute__((target("ssse3"))) static bool get_u32_shuffle(const uint8_t *from, size_t size, size_t count,
							     uint32_t *values)
{
	const uint8_t *data = from + PACKING_CONTROL(count), *end = from + size;
	size_t i = 0;
	for (; i + 4 <= count && end - data >= 16; i += 4) {
		unsigned code = from[i / 4];
		__m128i packed = _mm_loadu_si128((const __m128i *)data);
		__m128i shuffle = _mm_load_si128((const __m128i *)shuffles[code]);
		_mm_storeu_si128((__m128i *)(values + i), _mm_shuffle_epi8(packed, shuffle));
		unsigned pairs = (code & 0x33) + (code >> 2 & 0x33);
		data += 4 + (pairs & 15) + (pairs >> 4);
	}
	return get_u32_from(from, data, end, i, count, values);
}
#endif

bool packing_get_u32(const uint8_t *from, size_t size, size_t count, uint32_t *values)
{
#if defined(__x86_64__)
	if (size >= PACKING_CONTROL(count) && __builtin_cpu_supports("ssse3"))
		return get_u32_shuffle(from, size, count, values);
#endif
	return packing_get_u32_plain(from, size, count, values);
}

bool packing_get_u64(const uint8_t *from, size_t size, size_t count, uint64_t *values)
{
	static const uint64_t masks[4] = {0xff, 0xffff, 0xffffffff, UINT64_MAX};
	if (size < PACKING_CONTROL(count))
		return false;
	const uint8_t *data = from + PACKING_CONTROL(count), *end = from + size;
	size_t i = 0;
	for (; i + 4 <= count && end - data >= 32; i += 4) {
		unsigned codes = from[i / 4];
		for (size_t j = i; j < i + 4; j++, codes >>= 2) {
			values[j] = get64(data) & masks[codes & 3];
			data += (size_t)1 << (codes & 3);
		}
	}
	for (; i < count; i++) {
		size_t length = (size_t)1 << (from[i / 4] >> (i % 4 * 2) & 3);
		if ((size_t)(end - data) < length)
			return false;
		values[i] = 0;
		for (size_t j = 0; j < length; j++)
			values[i] |= (uint64_t)data[j] << (8 * j);
		data += length;
	}
	return data == end;
}
