/* What is in one of CPython's C hash tables?
 *
 * An array of buckets, each a chain of entries: the next one, a hash, then the key and the value, as pointers (3.9)
 * or in place, of sizes that the table says (3.8). By hand: Python/hashtable.c, Modules/hashtable.c; the comparison
 * of traces with tracemalloc's own word is its test. Cost: a read for each bucket and entry.
 */
#include "dumper/hashtable.h"

#include "base/bytes.h"

#define BUCKETS_LEAST 16u
#define BUCKETS_MAX (UINT64_C(1) << 30)
#define BUCKETS_AT 16
#define ENTRY_KEY 16 /* after the next entry and the hash */

/* 3.9: entries that point */
#define ENTRIES_AT 0
#define COUNT_AT 8
#define FUNCTIONS_AT 24 /* get_entry, hash, compare; then two that may be NULL, then the allocator's */
#define TABLE_SIZE 80
#define ENTRY_VALUE 24

/* 3.8: entries that hold */
#define INLINE_COUNT_AT 0
#define INLINE_ENTRIES_AT 8
#define INLINE_KEY_SIZE_AT 24
#define INLINE_FUNCTIONS_AT 40 /* hash, compare, malloc, free */
#define INLINE_TABLE_SIZE 72
#define INLINE_KEY_MAX 12

static bool is_code(struct decoder *decoder, uint64_t address)
{
	const struct source_range *range = mirror_range(decoder->mirror, address);

	return range != NULL && range->executable;
}

bool hashtable_load(struct decoder *decoder, uint64_t address, struct hashtable *table)
{
	bool in_place = decoder->layout->tracemalloc_inline;
	const uint8_t *bytes;
	uint64_t functions;

	if (address == 0 || (address & 7) != 0)
		return false;
	bytes = mirror_at(decoder->mirror, address, in_place ? INLINE_TABLE_SIZE : TABLE_SIZE);
	if (bytes == NULL)
		return false;
	table->address = address;
	table->entries = load_u64(bytes + (in_place ? INLINE_ENTRIES_AT : ENTRIES_AT));
	table->bucket_count = load_u64(bytes + (in_place ? INLINE_COUNT_AT : COUNT_AT));
	table->key_size = in_place ? load_u64(bytes + INLINE_KEY_SIZE_AT) : 8;
	functions = load_u64(bytes + (in_place ? INLINE_FUNCTIONS_AT : FUNCTIONS_AT));
	if (table->bucket_count < BUCKETS_LEAST || table->bucket_count > BUCKETS_MAX ||
	    (table->bucket_count & (table->bucket_count - 1)) != 0 || table->entries > table->bucket_count ||
	    (table->key_size != 8 && table->key_size != INLINE_KEY_MAX))
		return false;
	if (!is_code(decoder, functions) ||
	    !is_code(decoder, load_u64(bytes + (in_place ? INLINE_FUNCTIONS_AT : FUNCTIONS_AT) + 8)))
		return false;
	table->buckets = mirror_at(decoder->mirror, load_u64(bytes + BUCKETS_AT), 8 * table->bucket_count);
	return table->buckets != NULL;
}

/* *entry, and the next one's address; false where it can't be read. */
static bool read_entry(struct decoder *decoder, const struct hashtable *table, uint64_t address,
		       struct hashtable_entry *entry, uint64_t *next)
{
	bool in_place = decoder->layout->tracemalloc_inline;
	uint64_t size = in_place ? ENTRY_KEY + table->key_size : ENTRY_VALUE + 8;
	const uint8_t *bytes = (address & 7) == 0 ? mirror_at(decoder->mirror, address, size) : NULL;

	if (bytes == NULL)
		return false;
	*next = load_u64(bytes);
	entry->key = load_u64(bytes + ENTRY_KEY);
	entry->domain = table->key_size > 8 ? load_u32(bytes + ENTRY_KEY + 8) : 0;
	entry->value = in_place ? address + size : load_u64(bytes + ENTRY_VALUE);
	return true;
}

struct error *hashtable_walk(struct decoder *decoder, const struct hashtable *table, struct hashtable_visitor *visitor,
			     uint64_t *missing)
{
	uint64_t seen = 0;
	bool stop = false;

	for (uint64_t i = 0; i < table->bucket_count && seen <= table->entries; i++) {
		uint64_t at = load_u64(table->buckets + 8 * i), next = 0;
		struct hashtable_entry entry;

		for (; at != 0 && seen <= table->entries; at = next) {
			if (!read_entry(decoder, table, at, &entry, &next))
				break;
			seen++;
			TRY(visitor->entry(visitor, &entry, &stop));
			if (stop) {
				*missing = 0;
				return NULL;
			}
		}
	}
	*missing = seen > table->entries ? seen - table->entries : table->entries - seen;
	return NULL;
}
