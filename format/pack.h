/* Pack: msgpack documents, built and read; the only file that knows msgpack-c.
 *
 * A document is read in two steps: a skim that allocates nothing checks every declared count and length against the bytes
 * left, the nesting (at most PACK_DEPTH) and the number of values; only then does msgpack-c see it.
 */
#ifndef FORMAT_PACK_H
#define FORMAT_PACK_H

#include "base/error.h"

#include <stddef.h>

#define PACK_DEPTH 32 /* nesting of arrays and maps, at most */

/* --- building ------------------------------------------------------------------------------------------------------ */
struct pack;
struct error *pack_create(struct pack **result) CHECKED;
void pack_destroy(struct pack *pack);
DEFINE_AUTO(pack, struct pack *, pack_destroy);
void pack_clear(struct pack *pack); /* starts the next document in the same memory */
void pack_map(struct pack *pack, size_t pairs);
void pack_array(struct pack *pack, size_t items);
void pack_u64(struct pack *pack, uint64_t value);
void pack_bool(struct pack *pack, bool value);
void pack_text(struct pack *pack, const char *text);               /* NUL-terminated */
void pack_bytes(struct pack *pack, const void *data, size_t size); /* at most UINT32_MAX */
/* A key and an unsigned integer. */
void pack_pair(struct pack *pack, const char *key, uint64_t value);
/* ERROR_MEMORY where a call above found none; *data is borrowed until the next change. */
struct error *pack_data(const struct pack *pack, const void **data, size_t *size) CHECKED;

/* --- reading ------------------------------------------------------------------------------------------------------- */
struct pack_document;
struct pack_value; /* lives as long as its document and the bytes that it was read from */

/* `bytes` stay borrowed until destroy. ERROR_INPUT, has_where (offset in `bytes`): not exactly one document, deeper than
 * PACK_DEPTH, more than `values` values, a count or length beyond the end. Takes at most 48 bytes of memory a value. */
struct error *pack_document_create(const void *bytes, size_t size, size_t values, struct pack_document **result)
	CHECKED;
void pack_document_destroy(struct pack_document *document);
DEFINE_AUTO(pack_document, struct pack_document *, pack_document_destroy);
const struct pack_value *pack_document_root(const struct pack_document *document);
/* Bytes at the start of the document that its array's first item takes, without the array's own header: (start, size).
 * False where the root is no array or is empty. */
bool pack_first_item(const void *bytes, size_t size, const void **item, size_t *item_size);

/* NULL as `value` is fine everywhere: it has no kind, no items, and is not read. Results are untouched on false. */
bool pack_value_u64(const struct pack_value *value, uint64_t *result); /* an unsigned integer */
bool pack_value_bool(const struct pack_value *value, bool *result);
bool pack_value_text(const struct pack_value *value, const char **text, size_t *length); /* not NUL-terminated */
bool pack_value_bytes(const struct pack_value *value, const uint8_t **data, size_t *size);
bool pack_value_is_map(const struct pack_value *value);
size_t pack_value_count(const struct pack_value *value); /* items of an array, pairs of a map, else 0 */
const struct pack_value *pack_value_item(const struct pack_value *array, size_t index); /* NULL beyond its end */
/* The value of the first pair with that text as key, NULL where there is none. */
const struct pack_value *pack_value_find(const struct pack_value *map, const char *key);
/* The pair at `index`; false beyond the end. */
bool pack_value_pair(const struct pack_value *map, size_t index, const struct pack_value **key,
		     const struct pack_value **value);

#endif
