/* Which objects does a list or a tuple hold, and how large is the list's buffer? Items are words in a row, read at
 * once; empty slots are left out, the index counts them. A struct sequence has items behind its ob_size, which only
 * members name. A list grows at its end, and counts the new slot before it fills it.
 */
#include "dumper/decode_parts.h"

#define ITEMS_LARGEST ((uint64_t)1 << 40)

/* .[i] for each of `count` words at `items`, from `first` on; `grows`: more of them may come at their end. */
static struct error *emit_items(struct decode_call *call, uint64_t items, uint64_t first, uint64_t count,
				enum edge_class class, bool grows)
{
	struct found_edge edge = {.name = NAME_INDEX, .class = class, .source = PAYLOAD_NUMBER};
	const uint8_t *words;

	if (count == 0)
		return NULL;
	words = mirror_at(call->decoder->mirror, items, count * 8);
	if (words == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint64_t i = first; i < count; i++) {
		memcpy(&edge.target, words + i * 8, sizeof edge.target);
		edge.payload = i;
		edge.growing = grows && i == count - 1;
		if (edge.target != 0)
			TRY(call->sink->add(call->sink, &edge));
	}
	return NULL;
}

/* A resize that moves the items copies them to another block and gives theirs back, before it tells the list where they are.
 * Their block is then the first free one of its pool, or about to be, and links to the next where an item was. */
static bool items_moved(struct decode_call *call, uint64_t items, uint64_t allocated)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t pool = items & ~((uint64_t)layout->pool_size - 1), first_free;

	if (items == 0 || allocated > (uint64_t)layout->pool_block_largest / 8)
		return false;
	first_free = mirror_u64(mirror, pool + (uint64_t)layout->pool_free_block);
	return first_free != 0 && (first_free == items || first_free == mirror_u64(mirror, items));
}

/* While a list is sorted it says 0 items and allocated -1: its items are in the sort's hands. One that is given room for an
 * item more counts it before it knows of the room. */
struct error *decode_list(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t address = call->object->address;
	uint64_t count = mirror_u64(mirror, address + (uint64_t)layout->var_size);
	uint64_t allocated = mirror_u64(mirror, address + (uint64_t)layout->list_allocated);
	uint64_t items = mirror_u64(mirror, address + (uint64_t)layout->list_items);
	bool moved;

	if (allocated == UINT64_MAX)
		allocated = 0;
	if (allocated > ITEMS_LARGEST || count > allocated + 1) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	if (count > allocated) {
		call->decoder->unsettled[LOSS_size_absurd]++;
		count = allocated;
	}
	call->decoded->length = count;
	decode_grow(call, allocated * 8);
	TRY(emit_buffer(call, items, allocated * 8, "items"));
	moved = count > 0 && items_moved(call, items, allocated);
	if (moved)
		call->decoder->unsettled[LOSS_buffer_unreadable]++;
	return emit_items(call, items, moved, count, call->type->gc ? EDGE_OWNED : EDGE_UNVISITED, true);
}

/* Items of a struct sequence that its length does not count: members say where they are. */
static struct error *decode_hidden(struct decode_call *call, enum edge_class class)
{
	const struct layout *layout = call->decoder->layout;
	int64_t end = layout->tuple_items + (int64_t)call->decoded->length * 8;
	const struct type_member *last = &call->type->members[call->type->member_count - 1];
	uint64_t size;

	for (uint32_t i = 0; i < call->type->member_count; i++) {
		const struct type_member *member = &call->type->members[i];

		if (member->offset < end)
			continue;
		TRY(emit_literal(call,
				 mirror_u64(call->decoder->mirror, call->object->address + (uint64_t)member->offset),
				 NAME_ATTRIBUTE, class, member->name));
	}
	size = call->type->preheader + (uint64_t)last->offset + 8;
	if (call->decoded->size < size)
		call->decoded->size = size;
	return NULL;
}

struct error *decode_tuple(struct decode_call *call)
{
	enum edge_class class = call->type->gc ? EDGE_OWNED : EDGE_UNVISITED;

	TRY(emit_items(call, call->object->address + (uint64_t)call->decoder->layout->tuple_items, 0,
		       call->decoded->length, class, false));
	return call->type->member_count > 0 ? decode_hidden(call, class) : NULL;
}
