/* Hashtable: CPython's own hash table of C values, of which tracemalloc keeps several. */
#ifndef DUMPER_HASHTABLE_H
#define DUMPER_HASHTABLE_H

#include "dumper/decode.h"

struct hashtable {
	uint64_t address;
	uint64_t entries;       /* as it counts them itself */
	uint64_t bucket_count;  /* a power of two */
	uint64_t key_size;      /* bytes; 8 where entries hold pointers */
	const uint8_t *buckets; /* in the mirror: an address for each */
};

/* False: unreadable, or nothing like a table: its buckets are no power of two, or fewer than it has entries, its
 * functions are no code. */
bool hashtable_load(struct decoder *decoder, uint64_t address, struct hashtable *table);

struct hashtable_entry {
	uint64_t key;    /* a pointer, or the first 8 bytes of the key */
	uint32_t domain; /* what follows these, where the table has keys of 12 bytes; else 0 */
	uint64_t value;  /* address of the value: what the entry points to, or its own place for it */
};
struct hashtable_visitor {
	/* *stop ends the walk. */
	struct error *(*entry)(struct hashtable_visitor *visitor, const struct hashtable_entry *entry, bool *stop);
};
/* Hands every entry over. *missing: how many the table counts and the walk did not meet, or met too often, as a chain
 * is torn or loops; 0 where the visitor stopped. No walk is longer than the table's own count by more than an entry. */
struct error *hashtable_walk(struct decoder *decoder, const struct hashtable *table, struct hashtable_visitor *visitor,
			     uint64_t *missing) CHECKED;

#endif
