/* Column: one array of integers or bytes as it lies in a document: [encoding, raw_length, data].
 *
 * `encoding` is a layout, changed by flags. Undone in this order: the frame (unless ENCODING_STORED), the sparseness, the
 * packing, the delta. Only here is zstd known.
 */
#ifndef FORMAT_COLUMN_H
#define FORMAT_COLUMN_H

#include "format/pack.h"

enum encoding {
	ENCODING_BYTES = 0,   /* values of one byte, or text */
	ENCODING_U32 = 1,     /* packed 32-bit values, format/packing.h */
	ENCODING_U64 = 2,     /* packed 64-bit values */
	ENCODING_LAYOUT = 15, /* mask: the layout alone */
	ENCODING_DELTA =
		16, /* each value is the difference from the one before (the first: from 0), modulo 2^64; U64 */
	ENCODING_SPARSE =
		32, /* a bit a value comes first, lowest bit first; only values whose bit is 1 follow, others are 0; U64 */
	ENCODING_STORED = 64 /* no zstd frame around the bytes */
};

/* A text column may be at most TEXT_RATIO times as long as its frame, and TEXT_FREE bytes: a bomb stays small. */
#define TEXT_RATIO 256
#define TEXT_FREE 4096

struct column {
	unsigned encoding;
	uint64_t raw_length; /* bytes in the frame once decompressed */
	const uint8_t *data; /* the frame */
	size_t size;         /* bytes in `data` */
};

/* Work memory for encoding and decoding, reused from column to column: as large as the largest raw column so far. */
struct codec;
struct error *codec_create(struct codec **result) CHECKED;
void codec_destroy(struct codec *codec);
DEFINE_AUTO(codec, struct codec *, codec_destroy);

/* Put a key and a column into `pack`. `flags` are ENCODING_DELTA and ENCODING_SPARSE; with them `values` are used up. */
struct error *column_put_bytes(struct codec *codec, struct pack *pack, const char *key, const uint8_t *values,
			       size_t count) CHECKED;
struct error *column_put_u32(struct codec *codec, struct pack *pack, const char *key, const uint32_t *values,
			     size_t count) CHECKED;
struct error *column_put_u64(struct codec *codec, struct pack *pack, const char *key, unsigned flags, uint64_t *values,
			     size_t count) CHECKED;

/* Finds a column in a map; ERROR_INPUT where it is not [encoding, raw_length, data]. *found is false where there is none. */
struct error *column_find(const struct pack_value *map, const char *key, struct column *column, bool *found) CHECKED;
/* Decode exactly `count` values. ERROR_INPUT: another layout, a raw length that can't be right for `count`, a broken
 * frame. Memory taken: what `count` values may take at most. */
struct error *column_get_bytes(struct codec *codec, const struct column *column, size_t count, uint8_t *values) CHECKED;
struct error *column_get_u32(struct codec *codec, const struct column *column, size_t count, uint32_t *values) CHECKED;
struct error *column_get_u64(struct codec *codec, const struct column *column, size_t count, uint64_t *values) CHECKED;

/* Differences that may be negative, as small unsigned numbers: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
static inline uint32_t zigzag_u32(uint32_t difference)
{
	return difference << 1 ^ (uint32_t) - (int32_t)(difference >> 31);
}
static inline uint32_t unzigzag_u32(uint32_t value)
{
	return value >> 1 ^ (uint32_t) - (int32_t)(value & 1);
}
static inline uint64_t zigzag_u64(uint64_t difference)
{
	return difference << 1 ^ (uint64_t) - (int64_t)(difference >> 63);
}
static inline uint64_t unzigzag_u64(uint64_t value)
{
	return value >> 1 ^ (uint64_t) - (int64_t)(value & 1);
}

#endif
