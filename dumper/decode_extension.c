/* What do the common types of C modules refer to whose structs no header shows?
 *
 * The structs are private to a .c file of CPython and have kept their order since 3.8; each is noted with that file.
 * Linked blocks are followed only where the next one links back, so that no walk runs in a circle; what breaks that
 * rule is a torn table. Cost: linear in the items.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"

/* Modules/_collectionsmodule.c: dequeobject, after ob_size, and its blocks */
#define DEQUE_LEFT_BLOCK 24
#define DEQUE_LEFT_INDEX 40
#define DEQUE_FREE_COUNT 72 /* blocks kept for later, where the struct has room for them */
#define DEQUE_FREE_BLOCKS 80
#define DEQUE_FREE_MAX 16u
#define DEQUE_SIZE_WITH_FREE 216 /* bytes of such a struct */
#define BLOCK_ITEMS 64u
#define BLOCK_LEFT 0
#define BLOCK_DATA 8
#define BLOCK_RIGHT (BLOCK_DATA + 8 * BLOCK_ITEMS)
#define BLOCK_SIZE (BLOCK_RIGHT + 8)
#define DEQUE_LARGEST ((uint64_t)1 << 40)

/* Objects/odictobject.c: PyODictObject, after its dict, and its nodes */
#define ORDERED_FIRST 0
#define ORDERED_FAST_NODES 16
#define ORDERED_FAST_NODES_SIZE 24
#define NODE_KEY 0
#define NODE_NEXT 16
#define NODE_PREVIOUS 24
#define NODE_SIZE 32
#define FAST_NODES_LARGEST ((uint64_t)1 << 36)

/* Modules/_functoolsmodule.c: lru_list_elem, which is also the cache's beginning, and lru_cache_object */
#define LINK_PREVIOUS 16
#define LINK_NEXT 24
#define LINK_KEY 40
#define LINK_RESULT 48
#define LINK_SIZE 56
#define CACHE_CACHE 72
#define CACHE_FUNC 88
#define CACHE_AFTER_MISSES 112
#define CACHE_SIZE_WITH_MARK 152 /* with kwd_mark and the links' type (3.9) */

/* Modules/itertoolsmodule.c: teedataobject */
#define TEE_IT 16
#define TEE_COUNT 24 /* int */
#define TEE_NEXT 32
#define TEE_VALUES 40
#define TEE_ITEMS_MAX 57u

/* Modules/arraymodule.c: arrayobject, after ob_size, and the beginning of arraydescr */
#define ARRAY_ITEMS 24
#define ARRAY_ALLOCATED 32
#define ARRAY_DESCRIPTION 40
#define DESCRIPTION_ITEMSIZE 4 /* int */
#define ARRAY_LARGEST ((uint64_t)1 << 40)

/* --- collections.deque --- */

struct deque {
	uint64_t count, left_index, first_block;
};

/* Items of one block; *done counts them. A deque grows at both ends, and counts a slot before it fills it. */
static struct error *emit_block(struct decode_call *call, const uint8_t *block, const struct deque *deque,
				uint64_t *done)
{
	uint64_t from = *done == 0 ? deque->left_index : 0;
	struct found_edge edge = {.name = NAME_INDEX,
				  .class = call->type->gc ? EDGE_OWNED : EDGE_UNVISITED,
				  .source = PAYLOAD_NUMBER};

	for (uint64_t i = from; i < BLOCK_ITEMS && *done < deque->count; i++) {
		edge.target = load_u64(block + BLOCK_DATA + 8 * i);
		edge.payload = *done;
		edge.growing = *done == 0 || *done == deque->count - 1;
		TRY(emit_edge(call, &edge));
		++*done;
	}
	return NULL;
}

/* Ends at the last item, or where a block does not link back to the one before it or is the first one again. */
static struct error *emit_blocks(struct decode_call *call, const struct deque *deque)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t at = deque->first_block, before = 0, done = 0;

	while (done < deque->count) {
		const uint8_t *block = mirror_at(mirror, at, BLOCK_SIZE);

		if (block == NULL ||
		    (before != 0 && (load_u64(block + BLOCK_LEFT) != before || at == deque->first_block))) {
			decode_lose(call, block == NULL ? LOSS_buffer_unreadable : LOSS_table_torn);
			return NULL;
		}
		TRY(emit_buffer(call, at, BLOCK_SIZE, "blocks"));
		TRY(emit_block(call, block, deque, &done));
		before = at;
		at = load_u64(block + BLOCK_RIGHT);
	}
	return NULL;
}

/* Blocks without items: the one of an empty deque, and those kept for later. */
static struct error *report_unused(struct decode_call *call, const struct deque *deque, uint64_t kept)
{
	if (deque->count == 0 && deque->left_index > 0)
		TRY(emit_buffer(call, deque->first_block, BLOCK_SIZE, "blocks"));
	for (uint64_t i = 0; i < kept; i++)
		TRY(emit_buffer(call,
				mirror_u64(call->decoder->mirror, call->object->address + DEQUE_FREE_BLOCKS + 8 * i),
				BLOCK_SIZE, "blocks"));
	return NULL;
}

struct error *decode_deque(struct decode_call *call)
{
	const uint8_t *head = mirror_at(call->decoder->mirror, call->object->address, DEQUE_FREE_COUNT + 8);
	struct deque deque;
	uint64_t unused;

	if (head == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	deque.count = load_u64(head + call->decoder->layout->var_size);
	deque.left_index = load_u64(head + DEQUE_LEFT_INDEX);
	deque.first_block = load_u64(head + DEQUE_LEFT_BLOCK);
	/* an empty deque of one block may have its left index at the block's end */
	if (deque.count > DEQUE_LARGEST || deque.left_index > BLOCK_ITEMS) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = deque.count;
	decode_grow(call, (deque.left_index + deque.count + BLOCK_ITEMS - 1) / BLOCK_ITEMS * BLOCK_SIZE);
	unused = call->type->basicsize >= DEQUE_SIZE_WITH_FREE ? load_u64(head + DEQUE_FREE_COUNT) : 0;
	if (unused <= DEQUE_FREE_MAX)
		call->decoded->size += unused * BLOCK_SIZE;
	if (call->decoder->buffers != NULL)
		TRY(report_unused(call, &deque, unused <= DEQUE_FREE_MAX ? unused : 0));
	return emit_blocks(call, &deque);
}

/* --- collections.OrderedDict --- */

/* Each node refers to its key once more; the values are the dict's. */
struct error *decode_ordered(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t own = call->object->address + (uint64_t)layout->dict_size;
	uint64_t used = mirror_u64(mirror, call->object->address + (uint64_t)layout->dict_used);
	uint64_t slots = mirror_u64(mirror, own + ORDERED_FAST_NODES_SIZE);
	uint64_t node = mirror_u64(mirror, own + ORDERED_FIRST), before = 0, count = 0;

	if (slots > FAST_NODES_LARGEST || used > FAST_NODES_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	if (node != 0)
		decode_grow(call, used * NODE_SIZE);
	decode_grow(call, slots * 8);
	TRY(emit_buffer(call, mirror_u64(mirror, own + ORDERED_FAST_NODES), slots * 8, "table"));
	for (; node != 0; count++) {
		const uint8_t *bytes = mirror_at(mirror, node, NODE_SIZE);

		if (bytes == NULL || load_u64(bytes + NODE_PREVIOUS) != before || count == used) {
			decode_lose(call, bytes == NULL ? LOSS_buffer_unreadable : LOSS_table_torn);
			return NULL;
		}
		TRY(emit_number(call, load_u64(bytes + NODE_KEY), NAME_KEY, call->type->gc ? EDGE_OWNED : EDGE_UNVISITED,
				0));
		TRY(emit_buffer(call, node, NODE_SIZE, "nodes"));
		before = node;
		node = load_u64(bytes + NODE_NEXT);
	}
	return NULL;
}

/* --- functools.lru_cache --- */

/* The links are no containers themselves, so the cache visits what they refer to, their type included. */
static struct error *emit_links(struct decode_call *call)
{
	struct mirror *mirror = call->decoder->mirror;
	const struct layout *layout = call->decoder->layout;
	uint64_t root = call->object->address, before = root;
	uint64_t at = mirror_u64(mirror, root + LINK_NEXT);
	bool typed = call->type->basicsize >= CACHE_SIZE_WITH_MARK;

	while (at != root && at != 0) {
		const uint8_t *link = mirror_at(mirror, at, LINK_SIZE);

		if (link == NULL || load_u64(link + LINK_PREVIOUS) != before) {
			decode_lose(call, link == NULL ? LOSS_buffer_unreadable : LOSS_table_torn);
			return NULL;
		}
		TRY(emit_literal(call, at, NAME_FIELD, EDGE_UNVISITED, "link"));
		TRY(emit_literal(call, load_u64(link + LINK_KEY), NAME_FIELD, EDGE_OWNED, "key"));
		TRY(emit_literal(call, load_u64(link + LINK_RESULT), NAME_FIELD, EDGE_OWNED, "result"));
		if (typed)
			TRY(emit_number(call, load_u64(link + layout->object_type), NAME_NONE, EDGE_OWNED, 0));
		before = at;
		at = load_u64(link + LINK_NEXT);
	}
	return NULL;
}

struct error *decode_cache(struct decode_call *call)
{
	static const char *const with_mark[] = {"kwd_mark", "lru_list_elem_type", "cache_info_type", NULL};
	static const char *const without[] = {"cache_info_type", NULL};
	const char *const *names = call->type->basicsize >= CACHE_SIZE_WITH_MARK ? with_mark : without;
	const uint8_t *bytes = mirror_at(call->decoder->mirror, call->object->address, (uint64_t)call->type->basicsize);

	if (bytes == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	TRY(emit_links(call));
	TRY(emit_literal(call, load_u64(bytes + CACHE_CACHE), NAME_FIELD, EDGE_OWNED, "cache"));
	TRY(emit_literal(call, load_u64(bytes + CACHE_FUNC), NAME_ATTRIBUTE, EDGE_OWNED, "__wrapped__"));
	for (size_t i = 0; names[i] != NULL; i++)
		TRY(emit_literal(call, load_u64(bytes + CACHE_AFTER_MISSES + 8 * i), NAME_FIELD, EDGE_OWNED, names[i]));
	return NULL;
}

/* --- itertools.tee --- */

/* Cells behind the count were never written. */
struct error *decode_tee(struct decode_call *call)
{
	const uint8_t *bytes = mirror_at(call->decoder->mirror, call->object->address, TEE_VALUES + 8 * TEE_ITEMS_MAX);
	uint32_t count;

	if (bytes == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	count = load_u32(bytes + TEE_COUNT);
	if (count > TEE_ITEMS_MAX) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = count;
	TRY(emit_literal(call, load_u64(bytes + TEE_IT), NAME_FIELD, EDGE_OWNED, "it"));
	for (uint32_t i = 0; i < count; i++)
		TRY(emit_number(call, load_u64(bytes + TEE_VALUES + 8 * i), NAME_INDEX, EDGE_OWNED, i));
	return emit_literal(call, load_u64(bytes + TEE_NEXT), NAME_FIELD, EDGE_OWNED, "nextlink");
}

/* --- array.array --- */

/* Numbers only; the buffer is never looked at. */
struct error *decode_array(struct decode_call *call)
{
	struct mirror *mirror = call->decoder->mirror;
	const uint8_t *head = mirror_at(mirror, call->object->address, ARRAY_DESCRIPTION + 8);
	uint64_t allocated, itemsize;

	if (head == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	allocated = load_u64(head + ARRAY_ALLOCATED);
	itemsize = mirror_u32(mirror, load_u64(head + ARRAY_DESCRIPTION) + DESCRIPTION_ITEMSIZE);
	if (allocated > ARRAY_LARGEST || itemsize > 16) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = load_u64(head + call->decoder->layout->var_size);
	decode_grow(call, allocated * itemsize);
	TRY(emit_buffer(call, load_u64(head + ARRAY_ITEMS), allocated * itemsize, "data"));
	return emit_native(call, "array", load_u64(head + ARRAY_ITEMS), allocated * itemsize);
}
