/* Keys: the keys object of a dict, or of the instances of one type, read and checked once.
 *
 * Whatever keys_load accepted has its whole table in the mirror: entries can be read without further checks.
 */
#ifndef DUMPER_KEYS_H
#define DUMPER_KEYS_H

#include "dumper/layout.h"

struct keys {
	uint64_t address;
	uint64_t refcount; /* dicts and types that share it */
	bool unicode;      /* entries without a hash: all keys are str, or were when the table was made */
	bool split;        /* values lie elsewhere, beside the keys */
	uint64_t count;    /* entries in use or deleted; at most `capacity` */
	uint64_t usable;   /* entries that may still come; of a table made to be shared, fewer than there is room for */
	uint64_t capacity; /* entries there is room for */
	uint64_t size;     /* bytes of the keys object, index table and entries included */
	const uint8_t *entries;    /* in the mirror: `capacity` of them */
	uint32_t entry_size;       /* bytes */
	uint32_t key_at, value_at; /* bytes from the start of an entry */
};

/* false: unreadable, or a table that contradicts itself. */
bool keys_load(struct mirror *mirror, const struct layout *layout, uint64_t address, struct keys *keys);

/* Key and value of entry `index` < count; 0 where the entry is empty (values of a split table always are). */
static inline uint64_t keys_key(const struct keys *keys, uint64_t index)
{
	uint64_t key;

	memcpy(&key, keys->entries + index * keys->entry_size + keys->key_at, sizeof key);
	return key;
}

static inline uint64_t keys_value(const struct keys *keys, uint64_t index)
{
	uint64_t value;

	memcpy(&value, keys->entries + index * keys->entry_size + keys->value_at, sizeof value);
	return value;
}

#endif
