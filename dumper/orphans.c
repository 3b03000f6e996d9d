/* Answers: which objects are still in the allocator's blocks though nothing refers to them?
 *
 * Each block that is given out and unexplained is tried at the places where an object's head can be in it: behind
 * nothing, behind a collector's head, and behind that and what lies in front of it. The type must be one that the
 * heap's own objects have, with just that much in front of its instances; the reference count must be above 0 and
 * sane; an object with a collector's head must be untracked, as tracked ones are on a list; and what the object says
 * of its own size must fit into the block, and leave no more of it unused than the allocator would have.
 *
 * Memory that was freed by its user and kept for later, such as CPython's own free lists, has a reference count of 0
 * or a pointer in its place. What a used block still holds of an earlier object may look like one. Cost: two words of
 * each unexplained block, one decoding for each orphan.
 */
#include "dumper/orphans.h"

#include "base/bytes.h"

#define HEADS 3u        /* places where an object's head may be in a block */
#define DEBUG_BEHIND 8u /* bytes that the debug allocator puts behind what it was asked for */
#define LINK_FLAGS 3u   /* low bits of the collector's links */

struct reference {
	uint64_t target; /* address */
	uint32_t holder; /* number of an orphan */
};

struct search {
	struct edge_sink edges; /* first: the sink's address is the search's */
	struct buffer_sink buffers;
	struct decoder *decoder;
	const struct pools *pools;
	uint64_t prefix;
	uint64_t buffer_bytes; /* of the object at hand */
	uint32_t type_count;
	struct orphans *orphans;             /* found so far */
	VECTOR(struct reference) references; /* theirs, to what may be orphans too */
};

static void search_deinit(struct search *search)
{
	vector_deinit(&search->references);
}
DEFINE_AUTO_VALUE(search, struct search, search_deinit);

void orphans_init(struct orphans *orphans)
{
	memset(orphans, 0, sizeof *orphans);
}

void orphans_deinit(struct orphans *orphans)
{
	vector_deinit(&orphans->rows);
}

static struct error *add_edge(struct edge_sink *sink, const struct found_edge *edge)
{
	struct search *search = (struct search *)sink;

	if (edge->class == EDGE_WEAK || edge->class == EDGE_GUESS || !pools_wonders(search->pools, edge->target))
		return NULL;
	return vector_push(&search->references,
			   ((struct reference){edge->target, (uint32_t)search->orphans->rows.count}));
}

static struct error *add_buffer(struct buffer_sink *sink, const struct found_buffer *buffer)
{
	struct search *search = (struct search *)((char *)sink - offsetof(struct search, buffers));

	search->buffer_bytes += buffer->size;
	return NULL;
}

/* An object at `address`, `before` bytes of it lying in front, of a type that the heap has. */
static struct error *look_at(const struct search *search, uint64_t address, uint64_t before, struct object *object,
			     bool *plausible)
{
	struct decoder *decoder = search->decoder;
	const struct layout *layout = decoder->layout;
	uint64_t type = mirror_u64(decoder->mirror, address + (uint64_t)layout->object_type);
	uint32_t index = type != 0 ? type_table_peek(decoder->types, type) : UINT32_MAX;
	const struct type *found;

	*plausible = false;
	if (index >= search->type_count || !type_table_at(decoder->types, index)->valid)
		return NULL;
	found = type_table_at(decoder->types, index);
	if (found->preheader != before)
		return NULL;
	if (found->gc &&
	    (mirror_u64(decoder->mirror, address - (uint64_t)layout->gc_head_size) & ~(uint64_t)LINK_FLAGS) != 0)
		return NULL;
	return object_guess(decoder->types, decoder->mirror, layout, address, object, plausible);
}

/* Whether a block of `room` bytes would have been taken for `size`: the smallest that holds it, or, as an object may
 * have shrunk where it was, one of which it still fills three quarters. An int may have lost any number of digits. */
static bool fits(const struct layout *layout, const struct type *type, uint64_t size, uint64_t room)
{
	uint64_t asked = size + (uint64_t)type->itemsize; /* at times an item more is asked for */

	if (size > room)
		return false;
	return type->decoder == DECODE_INT || asked + (uint64_t)layout->pool_alignment > room || 4 * asked > 3 * room;
}

static struct error *add_orphan(struct search *search, const struct pool *pool, const struct object *object,
				bool *added)
{
	const uint64_t around = search->prefix != 0 ? search->prefix + DEBUG_BEHIND : 0;
	const struct type *type = type_table_at(search->decoder->types, object->type);
	const size_t references = search->references.count;
	struct decoded decoded = {0};

	search->buffer_bytes = 0;
	TRY(decode_object(search->decoder, object, false, &search->edges, &decoded));
	*added = decoded.size >= search->buffer_bytes &&
		 fits(search->decoder->layout, type, decoded.size - search->buffer_bytes + around, pool->block_size);
	if (!*added) {
		search->references.count = references;
		return NULL;
	}
	return vector_push(&search->orphans->rows, ((struct orphan_row){.address = object->address,
									.type = object->type,
									.size = decoded.size,
									.refcount = object->refcount,
									.content_hash = decoded.content_hash,
									.length = decoded.length,
									.holder = NO_ID}));
}

static struct error *search_block(struct search *search, const struct pool *pool, uint64_t block)
{
	const struct layout *layout = search->decoder->layout;
	const uint64_t heads[HEADS] = {0, (uint64_t)layout->gc_head_size,
				       (uint64_t)layout->gc_head_size + (uint64_t)layout->preheader_size};
	bool added = false;

	for (size_t i = 0; i < HEADS && !added; i++) {
		uint64_t before = search->prefix + heads[i];
		struct object object;
		bool plausible;

		if (before + (uint64_t)layout->object_head > pool->block_size || (i > 0 && heads[i] == heads[i - 1]))
			continue;
		TRY(look_at(search, block + before, heads[i], &object, &plausible));
		if (plausible)
			TRY(add_orphan(search, pool, &object, &added));
	}
	return NULL;
}

static struct error *search_pools(struct search *search)
{
	for (size_t i = 0; i < search->pools->items.count; i++) {
		const struct pool *pool = &search->pools->items.items[i];
		uint64_t block = pool->address;

		for (; pools_unexplained(search->pools, pool, block, &block); block += pool->block_size)
			TRY(search_block(search, pool, block));
	}
	return NULL;
}

/* The row at that address; NULL: none. */
static struct orphan_row *row_at(const struct orphans *orphans, uint64_t address)
{
	size_t low = 0, high = orphans->rows.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (orphans->rows.items[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < orphans->rows.count && orphans->rows.items[low].address == address ? &orphans->rows.items[low]
											: NULL;
}

static void name_holders(struct search *search)
{
	for (size_t i = 0; i < search->references.count; i++) {
		struct orphan_row *row = row_at(search->orphans, search->references.items[i].target);

		if (row != NULL && row->holder == NO_ID)
			row->holder = search->references.items[i].holder;
	}
}

struct error *orphans_find(struct decoder *decoder, const struct pools *pools, uint64_t prefix, uint32_t type_count,
			   struct orphans *orphans)
{
	AUTO(search)
	struct search search = {.edges.add = add_edge,
				.buffers.add = add_buffer,
				.decoder = decoder,
				.pools = pools,
				.prefix = prefix,
				.type_count = type_count,
				.orphans = orphans};
	struct buffer_sink *before = decoder->buffers;
	uint64_t losses[LOSS_COUNT];
	struct error *error;

	memcpy(losses, decoder->losses, sizeof losses);
	decoder->buffers = &search.buffers;
	error = search_pools(&search);
	decoder->buffers = before;
	memcpy(decoder->losses, losses, sizeof losses);
	name_holders(&search);
	return error;
}
