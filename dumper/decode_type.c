/* Types and modules: what does a class, or a module, refer to by itself, and how much memory is its own?
 *
 * The collector visits a heap type's namespace, bases, order of resolution, base and module. Its names, its slots and
 * the dict of weak references to its subclasses are counted but not visited, and of a static type nothing is visited.
 * The shared keys of the instances count to the type, and so do the keys' str objects. Cost: one look at the type
 * object, one at the keys.
 */
#include "dumper/decode_parts.h"

#include "dumper/keys.h"

#define FLAG_HEAP_TYPE (1u << 9)
#define STATIC_INDEX_MAX 4096u /* below it, a static type's tp_subclasses is an index into the interpreter's states */
#define STORAGE_PROTO 48       /* Modules/_ctypes/ctypes.h: StgDictObject, from the field `size` on */
#define MODULE_STATE_MAX (1u << 20) /* bytes of a module's state that are scanned */

/* A reference at `offset` of the object. */
static struct error *emit_field(struct decode_call *call, int32_t offset, enum edge_name name, enum edge_class class,
				const char *literal)
{
	if (offset < 0)
		return NULL;
	return emit_literal(call, mirror_u64(call->decoder->mirror, call->object->address + (uint64_t)offset), name,
			    class, literal);
}

/* The str keys that all instances share: the keys object holds a counted reference to each. */
static struct error *decode_shared_keys(struct decode_call *call, uint64_t address, uint64_t *size)
{
	struct keys keys;

	*size = 0;
	if (address == 0)
		return NULL;
	if (!keys_load(call->decoder->mirror, call->decoder->layout, address, &keys)) {
		decode_lose(call, LOSS_table_torn);
		return NULL;
	}
	*size = keys.size;
	for (uint64_t i = 0; i < keys.count; i++)
		TRY(emit_literal(call, keys_key(&keys, i), NAME_FIELD, EDGE_UNVISITED, "shared key"));
	return NULL;
}

/* Before 3.13 a class of ctypes has a dict that knows more of it. What that refers to as proto, the class visits: its
 * metaclass has a tp_traverse of its own then. */
static struct error *emit_stored_proto(struct decode_call *call, uint64_t dict)
{
	struct decoder *decoder = call->decoder;
	uint32_t base = call->type->base;
	bool visits = base != UINT32_MAX && type_table_at(decoder->types, base)->traverse != call->type->traverse;
	uint64_t type = mirror_u64(decoder->mirror, dict + (uint64_t)decoder->layout->object_type);
	uint32_t index;
	uint16_t storage;

	TRY(type_table_get(decoder->types, type, &index));
	storage = index == UINT32_MAX ? 0 : type_table_at(decoder->types, index)->storage;
	if (storage == 0)
		return NULL;
	return emit_literal(call, mirror_u64(decoder->mirror, dict + storage + STORAGE_PROTO), NAME_FIELD,
			    visits ? EDGE_OWNED : EDGE_UNVISITED, "proto");
}

/* What heap and static types have in common, in memory order. */
static struct error *decode_type_head(struct decode_call *call, bool heap)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t address = call->object->address;
	uint64_t dict = mirror_u64(call->decoder->mirror, address + (uint64_t)layout->type_dict);
	uint64_t subclasses = mirror_u64(call->decoder->mirror, address + (uint64_t)layout->type_subclasses);
	enum edge_class class = heap ? EDGE_OWNED : EDGE_UNVISITED;

	/* A static type borrows its base. */
	TRY(emit_field(call, layout->type_base, NAME_ATTRIBUTE, heap ? EDGE_OWNED : EDGE_WEAK, "__base__"));
	TRY(emit_namespace(call, dict, class, "__dict__"));
	TRY(emit_field(call, layout->type_bases, NAME_ATTRIBUTE, class, "__bases__"));
	TRY(emit_field(call, layout->type_mro, NAME_ATTRIBUTE, class, "__mro__"));
	TRY(emit_field(call, layout->type_cache, NAME_FIELD, class, "tp_cache"));
	if (!heap && layout->interpreter_statics >= 0 && subclasses < STATIC_INDEX_MAX)
		return NULL;
	TRY(emit_literal(call, subclasses, NAME_FIELD, EDGE_UNVISITED, "tp_subclasses"));
	return heap && dict != 0 ? emit_stored_proto(call, dict) : NULL;
}

struct error *decode_type(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t address = call->object->address;
	bool heap = (mirror_u64(mirror, address + (uint64_t)layout->type_flags) & FLAG_HEAP_TYPE) != 0;
	uint64_t slots, keys_size;

	TRY(decode_type_head(call, heap));
	if (!heap) {
		call->decoded->size = (uint64_t)layout->type_size;
		call->decoded->getsizeof = (uint64_t)layout->type_size;
		if (layout->static_type_head_counted)
			call->decoded->getsizeof += (uint64_t)layout->gc_head_size;
		return NULL;
	}
	TRY(emit_field(call, layout->heaptype_name, NAME_FIELD, EDGE_UNVISITED, "ht_name"));
	TRY(emit_field(call, layout->heaptype_slots, NAME_FIELD, EDGE_UNVISITED, "ht_slots"));
	TRY(emit_field(call, layout->heaptype_qualname, NAME_FIELD, EDGE_UNVISITED, "ht_qualname"));
	TRY(decode_shared_keys(call, mirror_u64(mirror, address + (uint64_t)layout->heaptype_cached_keys), &keys_size));
	TRY(emit_field(call, layout->heaptype_module, NAME_FIELD, EDGE_OWNED, "ht_module"));
	slots = mirror_u64(mirror, address + (uint64_t)layout->var_size);
	if (slots > UINT32_MAX) {
		decode_lose(call, LOSS_size_absurd);
		slots = 0;
	}
	/* One item more than it has slots is allocated, as the table's end. */
	call->decoded->size = call->type->preheader + (uint64_t)call->type->basicsize +
			      (slots + 1) * (uint64_t)layout->member_size + keys_size;
	TRY(emit_buffer(call, mirror_u64(mirror, address + (uint64_t)layout->heaptype_cached_keys), keys_size, "keys"));
	call->decoded->getsizeof = call->type->preheader + (uint64_t)layout->heaptype_size + keys_size;
	return call->type->storage != 0 ? decode_storage(call, false) : NULL;
}

/* Address and size of the state that a module written in C keeps for itself; size 0 where it has none. */
static uint64_t module_state(struct decode_call *call, uint64_t *state)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t address = call->object->address, definition, size;

	*state = mirror_u64(mirror, address + (uint64_t)layout->module_state);
	if (*state == 0)
		return 0;
	if (layout->module_state_size >= 0) {
		size = mirror_u64(mirror, address + (uint64_t)layout->module_state_size);
	} else {
		definition = mirror_u64(mirror, address + (uint64_t)layout->module_definition);
		size = definition == 0 ? 0 : mirror_u64(mirror, definition + (uint64_t)layout->module_definition_size);
	}
	return size <= INT64_MAX ? size : 0; /* negative: the module has none */
}

/* The state's struct is the module's own: only its words can be looked at. */
static struct error *scan_module_state(struct decode_call *call, const uint8_t *state, uint64_t size)
{
	struct decoder *decoder = call->decoder;

	for (uint64_t at = 0; at + 8 <= size; at += 8) {
		struct object object;
		bool plausible = false;
		uint64_t word;

		memcpy(&word, state + at, sizeof word);
		if (word == 0)
			continue;
		TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, word, &object, &plausible));
		if (plausible)
			TRY(emit_literal(call, word, NAME_FIELD, EDGE_GUESS, "md_state"));
	}
	return NULL;
}

struct error *decode_module(struct decode_call *call)
{
	uint64_t address, size = module_state(call, &address);
	uint64_t scanned = size <= MODULE_STATE_MAX ? size : MODULE_STATE_MAX;
	const uint8_t *state;

	TRY(emit_field(call, call->decoder->layout->module_name, NAME_FIELD, EDGE_UNVISITED, "md_name"));
	if (size == 0)
		return NULL;
	state = mirror_at(call->decoder->mirror, address, scanned);
	if (state == NULL || !mirror_mapped(call->decoder->mirror, address + size - 1)) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	call->decoded->size += size;
	TRY(emit_buffer(call, address, size, "state"));
	return scan_module_state(call, state, scanned);
}
