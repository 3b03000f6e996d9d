/* Column: how does an array of one property of many objects become few bytes, and what proves that it is whole?
 *
 * Method: difference where sorted, presence bits where sparse, packing by whole bytes, then one zstd frame of level 1,
 * which states its length and carries a checksum of its own. A raw length is believed only as far as the number of values
 * allows. Cost: 2-5 ns a value to encode, 1-2 ns to decode; memory of the largest column, raw and framed.
 */
#include "format/column.h"

#include "base/bytes.h"
#include "format/packing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct codec {
	ZSTD_CCtx *compressor;   /* made at first use */
	ZSTD_DCtx *decompressor; /* made at first use */
	uint8_t *raw, *frame;
	size_t raw_capacity, frame_capacity;
};

struct error *codec_create(struct codec **result)
{
	struct codec *codec = calloc(1, sizeof *codec);
	if (codec == NULL)
		return error_memory();
	*result = codec;
	return NULL;
}

void codec_destroy(struct codec *codec)
{
	if (codec == NULL)
		return;
	ZSTD_freeCCtx(codec->compressor);
	ZSTD_freeDCtx(codec->decompressor);
	free(codec->raw);
	free(codec->frame);
	free(codec);
}

/* Room for `needed` bytes; what was there is gone. */
static struct error *buffer_reserve(uint8_t **buffer, size_t *capacity, uint64_t needed)
{
	if (needed <= *capacity)
		return NULL;
	if (needed > SIZE_MAX / 2)
		return error_memory();
	free(*buffer);
	*capacity = 0;
	*buffer = malloc(needed);
	if (*buffer == NULL)
		return error_memory();
	*capacity = needed;
	return NULL;
}

/* --- encoding ------------------------------------------------------------------------------------------------------ */

static struct error *compressor_prepare(struct codec *codec)
{
	if (codec->compressor != NULL)
		return NULL;
	codec->compressor = ZSTD_createCCtx();
	if (codec->compressor == NULL)
		return error_memory();
	ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_contentSizeFlag, 1);
	return NULL;
}

static struct error *column_put(struct codec *codec, struct pack *pack, const char *key, unsigned encoding,
				const uint8_t *raw, size_t size)
{
	TRY(compressor_prepare(codec));
	TRY(buffer_reserve(&codec->frame, &codec->frame_capacity, ZSTD_compressBound(size)));
	size_t length = ZSTD_compress2(codec->compressor, codec->frame, codec->frame_capacity, raw, size);
	if (ZSTD_isError(length))
		return error_memory();
	bool stored = encoding == ENCODING_BYTES && size > TEXT_FREE + TEXT_RATIO * (uint64_t)length;
	pack_text(pack, key);
	pack_array(pack, 3);
	pack_u64(pack, stored ? encoding | ENCODING_STORED : encoding);
	pack_u64(pack, size);
	pack_bytes(pack, stored ? raw : codec->frame, stored ? size : length);
	return NULL;
}

struct error *column_put_bytes(struct codec *codec, struct pack *pack, const char *key, const uint8_t *values,
			       size_t count)
{
	return column_put(codec, pack, key, ENCODING_BYTES, values, count);
}

struct error *column_put_u32(struct codec *codec, struct pack *pack, const char *key, const uint32_t *values,
			     size_t count)
{
	TRY(buffer_reserve(&codec->raw, &codec->raw_capacity, PACKING_MAX_U32(count) + PACKING_SLACK));
	size_t size = packing_put_u32(values, count, codec->raw);
	return column_put(codec, pack, key, ENCODING_U32, codec->raw, size);
}

static void delta_apply(uint64_t *values, size_t count)
{
	for (size_t i = count; i-- > 1;)
		values[i] -= values[i - 1];
}

/* Moves the values that are not 0 to the front, notes where they were, and returns how many they are. */
static size_t sparse_apply(uint64_t *values, size_t count, uint8_t *bits)
{
	size_t present = 0;
	memset(bits, 0, (count + 7) / 8);
	for (size_t i = 0; i < count; i++) {
		if (values[i] == 0)
			continue;
		bits[i / 8] |= (uint8_t)(1u << i % 8);
		values[present++] = values[i];
	}
	return present;
}

struct error *column_put_u64(struct codec *codec, struct pack *pack, const char *key, unsigned flags, uint64_t *values,
			     size_t count)
{
	size_t bits = flags & ENCODING_SPARSE ? (count + 7) / 8 : 0;
	TRY(buffer_reserve(&codec->raw, &codec->raw_capacity, bits + PACKING_MAX_U64(count) + PACKING_SLACK));
	if (flags & ENCODING_DELTA)
		delta_apply(values, count);
	size_t present = bits > 0 ? sparse_apply(values, count, codec->raw) : count;
	size_t size = bits + packing_put_u64(values, present, codec->raw + bits);
	return column_put(codec, pack, key, ENCODING_U64 | flags, codec->raw, size);
}

/* --- decoding ------------------------------------------------------------------------------------------------------ */

struct error *column_find(const struct pack_value *map, const char *key, struct column *column, bool *found)
{
	const struct pack_value *value = pack_value_find(map, key);
	*found = value != NULL;
	if (value == NULL)
		return NULL;
	uint64_t encoding, raw_length;
	struct column result;
	if (pack_value_count(value) != 3 || !pack_value_u64(pack_value_item(value, 0), &encoding) ||
	    !pack_value_u64(pack_value_item(value, 1), &raw_length) ||
	    !pack_value_bytes(pack_value_item(value, 2), &result.data, &result.size) || encoding > UINT8_MAX)
		return error_create(ERROR_INPUT, "column '%s' is not [encoding, raw length, bytes]", key);
	result.encoding = (unsigned)encoding;
	result.raw_length = raw_length;
	*column = result;
	return NULL;
}

static struct error *column_check(const struct column *column, enum encoding layout, unsigned flags, uint64_t least,
				  uint64_t most)
{
	if ((column->encoding & ~(flags | ENCODING_STORED)) != (unsigned)layout)
		return error_create(ERROR_INPUT, "unknown encoding %u", column->encoding);
	if (column->raw_length < least || column->raw_length > most)
		return error_create(ERROR_INPUT, "a raw length of %" PRIu64 " bytes, not %" PRIu64 " to %" PRIu64,
				    column->raw_length, least, most);
	return NULL;
}

/* *raw: the column's bytes out of their frame, borrowed until the codec's next use. */
static struct error *column_open(struct codec *codec, const struct column *column, const uint8_t **raw)
{
	if (column->encoding & ENCODING_STORED) {
		if (column->size != column->raw_length)
			return error_create(ERROR_INPUT, "a raw length that is not the length of what is stored");
		*raw = column->data;
		return NULL;
	}
	if (codec->decompressor == NULL && (codec->decompressor = ZSTD_createDCtx()) == NULL)
		return error_memory();
	if (ZSTD_getFrameContentSize(column->data, column->size) != column->raw_length ||
	    ZSTD_findFrameCompressedSize(column->data, column->size) != column->size)
		return error_create(ERROR_INPUT, "not one zstd frame of its raw length");
	TRY(buffer_reserve(&codec->raw, &codec->raw_capacity, column->raw_length + 1));
	size_t length =
		ZSTD_decompressDCtx(codec->decompressor, codec->raw, column->raw_length, column->data, column->size);
	if (ZSTD_isError(length) || length != column->raw_length)
		return error_create(ERROR_INPUT, "a broken zstd frame");
	*raw = codec->raw;
	return NULL;
}

struct error *column_get_bytes(struct codec *codec, const struct column *column, size_t count, uint8_t *values)
{
	const uint8_t *raw;
	TRY(column_check(column, ENCODING_BYTES, 0, count, count));
	TRY(column_open(codec, column, &raw));
	memcpy(values, raw, count);
	return NULL;
}

struct error *column_get_u32(struct codec *codec, const struct column *column, size_t count, uint32_t *values)
{
	const uint8_t *raw;
	TRY(column_check(column, ENCODING_U32, 0, PACKING_MIN(count), PACKING_MAX_U32(count)));
	TRY(column_open(codec, column, &raw));
	if (!packing_get_u32(raw, column->raw_length, count, values))
		return error_create(ERROR_INPUT, "%zu values are not %" PRIu64 " bytes long", count,
				    column->raw_length);
	return NULL;
}

static size_t bits_count(const uint8_t *bits, size_t count)
{
	size_t present = 0;
	for (size_t i = 0; i < count / 8; i++)
		present += (size_t)__builtin_popcount(bits[i]);
	if (count % 8 > 0)
		present += (size_t)__builtin_popcount(bits[count / 8] & ((1u << count % 8) - 1));
	return present;
}

/* Undoes sparse_apply: from the last value on, so that none is overwritten before it has moved. */
static void sparse_undo(uint64_t *values, size_t count, const uint8_t *bits, size_t present)
{
	for (size_t i = count; i-- > 0;)
		values[i] = bits[i / 8] >> i % 8 & 1 ? values[--present] : 0;
}

struct error *column_get_u64(struct codec *codec, const struct column *column, size_t count, uint64_t *values)
{
	const uint8_t *raw;
	size_t bits = column->encoding & ENCODING_SPARSE ? ((uint64_t)count + 7) / 8 : 0;
	TRY(column_check(column, ENCODING_U64, ENCODING_DELTA | ENCODING_SPARSE, bits > 0 ? bits : PACKING_MIN(count),
			 bits + PACKING_MAX_U64(count)));
	TRY(column_open(codec, column, &raw));
	size_t present = bits > 0 ? bits_count(raw, count) : count;
	if (!packing_get_u64(raw + bits, column->raw_length - bits, present, values))
		return error_create(ERROR_INPUT, "%zu values are not %" PRIu64 " bytes long", count,
				    column->raw_length);
	if (bits > 0)
		sparse_undo(values, count, raw, present);
	if (column->encoding & ENCODING_DELTA)
		for (size_t i = 1; i < count; i++)
			values[i] += values[i - 1];
	return NULL;
}
