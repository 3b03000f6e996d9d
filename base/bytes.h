/* Bytes: a cursor over foreign bytes that can't run past their end.
 *
 * Every getter that would leave the range returns 0 (or NULL) and sets `failed`, which sticks; the
 * reader of a record checks it once at the end. Integers are little-endian.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *data;
	size_t size;     /* bytes in `data` */
	size_t position; /* 0..size */
	bool failed;
};

struct bytes bytes_over(const void *data, size_t size);
size_t bytes_left(const struct bytes *bytes);
uint8_t bytes_u8(struct bytes *bytes);
uint16_t bytes_u16(struct bytes *bytes);
uint32_t bytes_u32(struct bytes *bytes);
uint64_t bytes_u64(struct bytes *bytes);
/* `count` bytes in place, NULL where fewer are left; borrowed for as long as the data lives. */
const uint8_t *bytes_take(struct bytes *bytes, size_t count);

/* Unaligned little-endian loads and stores; the caller has checked the range. */
uint16_t load_u16(const void *from);
uint32_t load_u32(const void *from);
uint64_t load_u64(const void *from);
void store_u32(void *to, uint32_t value);
void store_u64(void *to, uint64_t value);

/* a * b and a + b, saturated at UINT64_MAX. */
uint64_t saturating_multiply(uint64_t a, uint64_t b);
uint64_t saturating_add(uint64_t a, uint64_t b);

#endif
