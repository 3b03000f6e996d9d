/* Which objects does a dict or a set hold, and how large are its tables?
 *
 * A dict's values stand beside their keys, or, in a table that the instances of a class share, in an array of their
 * own. tp_traverse visits the values always, the keys only where the table is a general one; of a shared table the
 * keys belong to the class (or, with one owner left, to the dict). Values that are part of an instance (3.13) are the
 * instance's to report and to count. Deleted entries are empty; in a set they hold a dummy whose hash is -1.
 * Cost: a read of each table, linear in its entries.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"
#include "dumper/keys.h"
#include "dumper/type_shape.h"

#define SET_ENTRY 16u /* key, hash */
#define SET_MASK_MAX (((uint64_t)1 << 40) - 1)
#define DUMMY_HASH UINT64_MAX

/* How the edges of one dict are reported. */
struct dict_walk {
	struct decode_call *call;
	const struct keys *keys;
	enum edge_class key_class, value_class;
	bool keys_wanted; /* a key's edge comes before its value's */
	bool str_only;    /* keys need no look at their type */
};

static bool is_str(struct decode_call *call, uint64_t address, bool *exact)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t type =
		(address & 7) != 0 ? 0 : mirror_u64(call->decoder->mirror, address + (uint64_t)layout->object_type);
	uint64_t flags = type == 0 ? 0 : mirror_u64(call->decoder->mirror, type + (uint64_t)layout->type_flags);

	*exact = type_flag(flags, FLAG_STR_SUBCLASS) && !type_flag(flags, FLAG_HEAP_TYPE);
	return type_flag(flags, FLAG_STR_SUBCLASS);
}

static struct error *emit_entry(const struct dict_walk *walk, uint64_t key, uint64_t value)
{
	struct decode_call *call = walk->call;
	struct found_edge edge = {.target = key, .name = NAME_KEY, .class = walk->key_class, .source = PAYLOAD_NUMBER};
	bool exact;

	if (value == 0)
		return NULL;
	if (key != 0 && walk->keys_wanted)
		TRY(call->sink->add(call->sink, &edge));
	edge = (struct found_edge){.target = value,
				   .name = key != 0 ? NAME_VALUE : NAME_NONE,
				   .class = walk->value_class,
				   .source = PAYLOAD_NUMBER};
	if (call->namespace && key != 0 && (walk->str_only || is_str(call, key, &exact))) {
		edge.name = NAME_ATTRIBUTE;
		edge.source = PAYLOAD_OBJECT;
		edge.payload = key;
	}
	return call->sink->add(call->sink, &edge);
}

/* Keys and values of one table. */
static struct error *emit_combined(const struct dict_walk *walk)
{
	for (uint64_t i = 0; i < walk->keys->count; i++)
		TRY(emit_entry(walk, keys_key(walk->keys, i), keys_value(walk->keys, i)));
	return NULL;
}

/* Shared keys, and `count` values of its own. */
static struct error *emit_split(const struct dict_walk *walk, uint64_t values, uint64_t count)
{
	const uint8_t *words;

	if (count == 0)
		return NULL;
	words = mirror_at(walk->call->decoder->mirror, values, count * 8);
	if (words == NULL) {
		decode_lose(walk->call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint64_t i = 0; i < count; i++)
		TRY(emit_entry(walk, keys_key(walk->keys, i), load_u64(words + i * 8)));
	return NULL;
}

/* Before 3.11 a table does not say whether it is general: one that holds anything but exact strs is. */
static bool table_general(struct decode_call *call, const struct keys *keys)
{
	bool exact = true;

	if (call->decoder->layout->keys_kind >= 0)
		return !keys->unicode;
	for (uint64_t i = 0; i < keys->count && exact; i++)
		if (keys_key(keys, i) != 0)
			(void)is_str(call, keys_key(keys, i), &exact);
	return !exact;
}

/* --- the values of instances --- */

/* What an array of values takes. With a prefix whose length stands in its last byte (3.11, 3.12), the array was made
 * for 2 to 9 values fewer than the prefix has bytes; the keys' own count has only shrunk since. *before: bytes of the prefix. */
static uint64_t values_size(struct decode_call *call, const struct keys *keys, uint64_t values, uint64_t *before)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t count = keys->count + keys->usable, prefix, capacity;

	*before = 0;
	if (layout->values_capacity >= 0) {
		capacity = mirror_u8(call->decoder->mirror, values + (uint64_t)layout->values_capacity);
		return ((capacity + 7) & ~(uint64_t)7) + (capacity + 1) * 8;
	}
	if (layout->managed == 0)
		return keys->capacity * 8;
	prefix = mirror_u8(call->decoder->mirror, values - 1);
	if (prefix < 8 || prefix % 8 != 0)
		return count * 8;
	if (count + 2 > prefix)
		count = prefix - 2;
	if (count + 9 < prefix)
		count = prefix - 9;
	*before = prefix;
	return prefix + count * 8;
}

/* Adds an array of values to the object's size; one that is not part of an instance is a block of its own. */
static struct error *grow_by_array(struct decode_call *call, const struct keys *keys, uint64_t values)
{
	uint64_t inlined = call->object->address + (uint64_t)call->type->basicsize, before;
	uint64_t size = values_size(call, keys, values, &before);

	call->decoded->size += size;
	return call->type->inline_values && values == inlined ? NULL : emit_buffer(call, values - before, size, "values");
}

/* How many values there are: no more keys than that were given out, and no more than there is room for (3.13). */
static uint64_t values_count(struct decode_call *call, const struct keys *keys, uint64_t values)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t capacity = UINT64_MAX;

	if (layout->values_capacity >= 0)
		capacity = mirror_u8(call->decoder->mirror, values + (uint64_t)layout->values_capacity);
	return keys->count < capacity ? keys->count : capacity;
}

struct error *decode_values(struct decode_call *call, uint64_t keys_address, uint64_t values, enum edge_class class)
{
	struct decode_call named = *call;
	struct keys keys;
	struct dict_walk walk = {.call = &named, .keys = &keys, .value_class = class, .str_only = true};

	if (!keys_load(call->decoder->mirror, call->decoder->layout, keys_address, &keys)) {
		decode_lose(call, LOSS_table_torn);
		return NULL;
	}
	TRY(grow_by_array(call, &keys, values));
	named.namespace = true;
	return emit_split(&walk, values + (uint64_t)call->decoder->layout->values_items,
			  values_count(call, &keys, values));
}

/* --- dicts --- */

/* Adds the values' array, unless it is part of an instance; sys.getsizeof counts it in any case, without its prefix. */
static struct error *grow_by_values(struct decode_call *call, const struct keys *keys, uint64_t values, bool embedded)
{
	uint64_t count = call->decoder->layout->managed == 0 ? keys->capacity : keys->count + keys->usable;

	call->decoded->getsizeof += count * 8;
	return embedded ? NULL : grow_by_array(call, keys, values);
}

static struct error *decode_split(struct dict_walk *walk, uint64_t values)
{
	struct decode_call *call = walk->call;
	const struct layout *layout = call->decoder->layout;
	bool embedded = layout->values_embedded >= 0 &&
			mirror_u8(call->decoder->mirror, values + (uint64_t)layout->values_embedded) != 0;

	TRY(grow_by_values(call, walk->keys, values, embedded));
	if (embedded && !layout->values_through_dict)
		return NULL;
	/* a key that the class owns is borrowed here, and named only where nothing else names the value */
	walk->keys_wanted = walk->keys->refcount == 1 || !call->namespace;
	if (walk->keys->refcount != 1)
		walk->key_class = EDGE_WEAK;
	return emit_split(walk, values + (uint64_t)layout->values_items, values_count(call, walk->keys, values));
}

struct error *decode_dict(struct decode_call *call)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	const uint8_t *head = mirror_at(decoder->mirror, call->object->address, (uint64_t)layout->dict_size);
	struct dict_walk walk = {.call = call, .keys_wanted = true};
	struct keys keys;
	uint64_t values;
	uint32_t unused;
	bool general;

	if (call->type->ordered)
		TRY(decode_ordered(call));
	if (call->type->storage != 0)
		TRY(decode_storage(call, true));
	if (head == NULL || !keys_load(decoder->mirror, layout, load_u64(head + layout->dict_keys), &keys)) {
		decode_lose(call, LOSS_table_torn);
		return NULL;
	}
	call->decoded->length = load_u64(head + layout->dict_used);
	values = load_u64(head + layout->dict_values);
	if (keys.refcount == 1) {
		decode_grow(call, keys.size);
		TRY(emit_buffer(call, keys.address, keys.size, "keys"));
	}
	general = table_general(call, &keys);
	walk.keys = &keys;
	walk.str_only = !general;
	walk.value_class = call->type->gc ? EDGE_OWNED : EDGE_UNVISITED;
	walk.key_class = general ? walk.value_class : EDGE_UNVISITED;
	if (map_find(&decoder->interned, call->object->address, &unused))
		walk.key_class = walk.value_class = EDGE_WEAK;
	return values != 0 ? decode_split(&walk, values) : emit_combined(&walk);
}

/* --- sets --- */

struct error *decode_set(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	const uint8_t *head = mirror_at(call->decoder->mirror, call->object->address, (uint64_t)layout->set_size);
	struct found_edge edge = {.name = NAME_MEMBER,
				  .class = call->type->gc ? EDGE_OWNED : EDGE_UNVISITED,
				  .source = PAYLOAD_NUMBER};
	uint64_t mask = head != NULL ? load_u64(head + layout->set_mask) : UINT64_MAX;
	uint64_t table = head != NULL ? load_u64(head + layout->set_table) : 0;
	const uint8_t *entries;

	if (mask > SET_MASK_MAX || (mask & (mask + 1)) != 0) {
		decode_lose(call, LOSS_table_torn);
		return NULL;
	}
	call->decoded->length = load_u64(head + layout->set_used);
	if (table != call->object->address + (uint64_t)layout->set_small) {
		decode_grow(call, (mask + 1) * SET_ENTRY);
		TRY(emit_buffer(call, table, (mask + 1) * SET_ENTRY, "table"));
	}
	if (call->decoded->length == 0)
		return NULL;
	entries = mirror_at(call->decoder->mirror, table, (mask + 1) * SET_ENTRY);
	if (entries == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint64_t i = 0; i <= mask; i++) {
		edge.target = load_u64(entries + i * SET_ENTRY);
		if (edge.target != 0 && load_u64(entries + i * SET_ENTRY + 8) != DUMMY_HASH)
			TRY(call->sink->add(call->sink, &edge));
	}
	return NULL;
}
