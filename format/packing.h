/* Packing: arrays of integers in as few whole bytes as each value needs.
 *
 * A packed array is one control byte for four values (2 bits each, the first value in the lowest bits, unused bits 0),
 * then the values' bytes, little-endian. The 2 bits are a value's length: 1, 2, 3 or 4 bytes for 32-bit values; 1, 2, 4
 * or 8 bytes for 64-bit values.
 */
#ifndef FORMAT_PACKING_H
#define FORMAT_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that `count` values may take, and the least they take. `packing_put_*` needs PACKING_SLACK bytes more. */
#define PACKING_SLACK 8
#define PACKING_CONTROL(count) (((uint64_t)(count) + 3) / 4)
#define PACKING_MAX_U32(count) (PACKING_CONTROL(count) + 4 * (uint64_t)(count))
#define PACKING_MAX_U64(count) (PACKING_CONTROL(count) + 8 * (uint64_t)(count))
#define PACKING_MIN(count) (PACKING_CONTROL(count) + (uint64_t)(count))

/* Return the bytes taken. */
size_t packing_put_u32(const uint32_t *values, size_t count, uint8_t *to);
size_t packing_put_u64(const uint64_t *values, size_t count, uint8_t *to);

/* False where `count` values are not exactly `size` bytes long: then `values` holds garbage. No byte outside
 * from[0..size-1] is read. */
bool packing_get_u32(const uint8_t *from, size_t size, size_t count, uint32_t *values);
bool packing_get_u64(const uint8_t *from, size_t size, size_t count, uint64_t *values);
/* packing_get_u32 without vector instructions: what other machines run. */
bool packing_get_u32_plain(const uint8_t *from, size_t size, size_t count, uint32_t *values);

#endif
