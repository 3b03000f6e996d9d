/* Keys: how large is a table of dict keys, and where are its entries?
 *
 * The head tells the number of index slots, as a count or, since 3.11, as a logarithm; the index table follows it, and
 * the entries follow that: two thirds as many as there are slots. Entries are hash, key and value, or key and value
 * alone where the table has only ever seen str keys.
 */
#include "dumper/keys.h"

#include "base/bytes.h"

#define KEYS_LOG2_MAX 40 /* index slots at most, as a power of two: more than any machine holds */
#define ENTRY_GENERAL 24 /* hash, key, value */
#define ENTRY_UNICODE 16 /* key, value */

enum keys_kind {
	KEYS_GENERAL,
	KEYS_UNICODE,
	KEYS_SPLIT
};

/* Bytes of one index slot before 3.11, where the width follows from the number of slots. */
static uint64_t slot_width(uint64_t slots)
{
	if (slots <= 0xff)
		return 1;
	if (slots <= 0xffff)
		return 2;
	return slots <= UINT32_MAX ? 4 : 8;
}

/* Sets *slots and *index_bytes from the head. */
static bool read_slots(const uint8_t *head, const struct layout *layout, uint64_t *slots, uint64_t *index_bytes)
{
	if (layout->keys_log2_size >= 0) {
		uint8_t log2_slots = head[layout->keys_log2_size];
		uint8_t log2_bytes = head[layout->keys_log2_index_bytes];

		if (log2_slots > KEYS_LOG2_MAX || log2_bytes < log2_slots || log2_bytes > log2_slots + 3)
			return false;
		*slots = (uint64_t)1 << log2_slots;
		*index_bytes = (uint64_t)1 << log2_bytes;
		return true;
	}
	*slots = load_u64(head + layout->keys_size);
	if (*slots == 0 || (*slots & (*slots - 1)) != 0 || *slots > (uint64_t)1 << KEYS_LOG2_MAX)
		return false;
	*index_bytes = *slots * slot_width(*slots);
	return true;
}

bool keys_load(struct mirror *mirror, const struct layout *layout, uint64_t address, struct keys *keys)
{
	const uint8_t *head = mirror_at(mirror, address, (uint64_t)layout->keys_indices);
	unsigned kind = KEYS_GENERAL;
	uint64_t slots, index_bytes;

	if (head == NULL || !read_slots(head, layout, &slots, &index_bytes))
		return false;
	if (layout->keys_kind >= 0)
		kind = head[layout->keys_kind];
	if (kind > KEYS_SPLIT)
		return false;
	*keys = (struct keys){.address = address, .unicode = kind != KEYS_GENERAL, .split = kind == KEYS_SPLIT};
	keys->refcount = load_u64(head + layout->keys_refcount);
	keys->count = load_u64(head + layout->keys_nentries);
	keys->usable = load_u64(head + layout->keys_usable);
	keys->capacity = slots * 2 / 3;
	keys->entry_size = keys->unicode ? ENTRY_UNICODE : ENTRY_GENERAL;
	keys->key_at = keys->unicode ? 0 : 8;
	keys->value_at = keys->key_at + 8;
	keys->size = (uint64_t)layout->keys_indices + index_bytes + keys->capacity * keys->entry_size;
	if (keys->count > keys->capacity || keys->usable > keys->capacity - keys->count)
		return false;
	head = mirror_at(mirror, address, keys->size);
	if (head == NULL)
		return false;
	keys->entries = head + layout->keys_indices + index_bytes;
	return true;
}
