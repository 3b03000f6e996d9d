/* Collector: which objects does the cyclic collector track, in which generation, and how has it done so far?
 *
 * Each generation is a ring of two-word heads, and each head stands right before its object. A ring is followed by its
 * next links; where no collection runs, each head must link back to the one before. The target may have been stopped in
 * the middle of linking or unlinking one object, so one backward link that lags is no fault as long as the ring goes
 * on well after it, and neither is a last head whose forward link is not set yet. Cost: one look at each head.
 */
#include "dumper/collector.h"

#include "base/bytes.h"
#include "dumper/chain.h"
#include "dumper/interpreters.h"

#define LINK_FLAGS ((uint64_t)3) /* low bits of both links belong to the collector */

enum {
	GENERATIONS = 3
};

struct ring {
	struct decoder *decoder;
	struct collector_visitor *visitor;
	uint64_t state; /* address of the collector's state */
	uint64_t head;  /* of the list's own head, in it */
	enum generation generation;
	bool linked_back; /* backward links hold: no collection runs */
	bool lagging;     /* one of them has been found to lag */
};

/* Address of the collector's state of one interpreter. */
static uint64_t collector_state(const struct layout *layout, uint64_t runtime, uint64_t interpreter)
{
	return layout->interpreter_gc >= 0 ? interpreter + (uint64_t)layout->interpreter_gc
					   : runtime + (uint64_t)layout->runtime_gc;
}

/* --- facts --- */

static uint64_t read_count(const uint8_t *at)
{
	int32_t count = (int32_t)load_u32(at);

	return count > 0 ? (uint64_t)count : 0;
}

/* Address of one generation's latest statistics; 0 where its ring makes no sense. */
static uint64_t stats_of(struct decoder *decoder, uint64_t state, int generation)
{
	const struct layout *layout = decoder->layout;
	uint64_t size = (uint64_t)layout->gc_stats_size, at = state + (uint64_t)layout->gc_stats, count;
	unsigned last;

	if (layout->gc_stats_ring_young < 0)
		return at + (uint64_t)generation * size;
	at = mirror_u64(decoder->mirror, at);
	count = (uint64_t)layout->gc_stats_ring_young;
	for (int i = 0; i < generation; i++) {
		at += count * size + 8; /* the index is padded */
		count = (uint64_t)layout->gc_stats_ring_old;
	}
	last = mirror_u8(decoder->mirror, at + count * size);
	return last < count ? at + last * size : 0;
}

static void read_stats(struct decoder *decoder, uint64_t state, struct gc_facts *facts)
{
	for (int i = 0; i < GENERATIONS; i++) {
		const uint8_t *stats = mirror_at(decoder->mirror, stats_of(decoder, state, i),
						 (uint64_t)decoder->layout->gc_stats_size);

		if (stats == NULL)
			continue;
		stats += decoder->layout->gc_stats_collections;
		facts->collections[i] = load_u64(stats);
		facts->collected[i] = load_u64(stats + 8);
		facts->uncollectable[i] = load_u64(stats + 16);
	}
}

struct error *collector_facts(struct decoder *decoder, uint64_t runtime, struct gc_facts *facts)
{
	const struct layout *layout = decoder->layout;
	uint64_t interpreter = interpreters_main(decoder, runtime);
	uint64_t state = collector_state(layout, runtime, interpreter);
	const uint8_t *generations = mirror_at(decoder->mirror, state + (uint64_t)layout->gc_generations,
					       GENERATIONS * (uint64_t)layout->gc_generation_size);

	if (interpreter == 0 || generations == NULL)
		return error_create_at(ERROR_FAULT, state, "the collector's state at 0x%llx can't be read",
				       (unsigned long long)state);
	facts->enabled = mirror_u32(decoder->mirror, state + (uint64_t)layout->gc_enabled) != 0;
	facts->collecting = mirror_u32(decoder->mirror, state + (uint64_t)layout->gc_collecting) != 0;
	for (int i = 0; i < GENERATIONS; i++) {
		const uint8_t *generation = generations + i * layout->gc_generation_size;

		facts->threshold[i] = read_count(generation + layout->gc_generation_threshold);
		facts->count[i] = read_count(generation + layout->gc_generation_count);
		facts->collections[i] = facts->collected[i] = facts->uncollectable[i] = 0;
	}
	read_stats(decoder, state, facts);
	return NULL;
}

/* --- lists --- */

static uint64_t link_next(struct ring *ring, uint64_t at)
{
	return mirror_u64(ring->decoder->mirror, at) & ~LINK_FLAGS;
}

static uint64_t link_previous(struct ring *ring, uint64_t at)
{
	return mirror_u64(ring->decoder->mirror, at + 8) & ~LINK_FLAGS;
}

/* Where the last object of a ring is linked in only halfway, nothing follows it yet, and the ring's head ends at it
 * or still at the one before. */
static bool ring_unfinished(struct ring *ring, uint64_t at, uint64_t previous)
{
	uint64_t last = link_previous(ring, ring->head);

	return ring->linked_back && (last == at || last == previous);
}

/* Whether the head at `at`, reached from `previous`, is a sound part of the ring. */
static bool ring_sound(struct ring *ring, uint64_t at, uint64_t previous, uint64_t next)
{
	if (!ring->linked_back || link_previous(ring, at) == previous)
		return true;
	if (ring->lagging)
		return false;
	ring->lagging = true;
	return next != 0 ? link_previous(ring, next) == at : ring_unfinished(ring, at, previous);
}

/* A head of an object: readable, and not the head of another list. */
static bool ring_holds(struct ring *ring, uint64_t at)
{
	const struct layout *layout = ring->decoder->layout;
	uint64_t lists = (uint64_t)(layout->gc_permanent + layout->gc_generation_size);

	return (at & 7) == 0 && at - ring->state >= lists &&
	       mirror_at(ring->decoder->mirror, at, (uint64_t)layout->gc_head_size) != NULL;
}

/* Hands the object behind the head at `at` on, unless it is being taken apart at this moment: the last reference to
 * it is gone, and it only waits to be unlinked. */
static struct error *ring_report(struct ring *ring, uint64_t at)
{
	const struct layout *layout = ring->decoder->layout;
	uint64_t object = at + (uint64_t)layout->gc_head_size, count = object + (uint64_t)layout->object_refcount;
	uint64_t refcount = layout->refcount_32 ? mirror_u32(ring->decoder->mirror, count)
						: mirror_u64(ring->decoder->mirror, count);

	return refcount != 0 ? ring->visitor->object(ring->visitor, object, ring->generation) : NULL;
}

static struct error *ring_walk(struct ring *ring)
{
	uint64_t previous = ring->head;
	struct chain chain = chain_from(link_next(ring, ring->head));

	while (chain.at != ring->head && chain.at != 0) {
		uint64_t at = chain.at, next;

		if (!ring_holds(ring, at))
			break;
		next = link_next(ring, at);
		if (!ring_sound(ring, at, previous, next))
			break;
		TRY(ring_report(ring, at));
		if (next == 0 && ring_unfinished(ring, at, previous))
			return NULL;
		previous = at;
		chain_step(&chain, next);
	}
	if (chain.at != ring->head)
		ring->decoder->losses[LOSS_list_broken]++;
	return NULL;
}

static struct error *walk_state(struct decoder *decoder, uint64_t state, struct collector_visitor *visitor)
{
	const struct layout *layout = decoder->layout;
	bool collecting = mirror_u32(decoder->mirror, state + (uint64_t)layout->gc_collecting) != 0;
	struct ring ring = {.decoder = decoder, .visitor = visitor, .state = state, .linked_back = !collecting};

	for (int i = 0; i < GENERATIONS; i++) {
		ring.head = state + (uint64_t)(layout->gc_generations + i * layout->gc_generation_size);
		ring.generation = layout->gc_incremental && i > 0 ? GENERATION_2 : (enum generation)i;
		ring.lagging = false;
		TRY(ring_walk(&ring));
	}
	ring.head = state + (uint64_t)layout->gc_permanent;
	ring.generation = GENERATION_PERMANENT;
	ring.lagging = false;
	return ring_walk(&ring);
}

struct error *collector_walk(struct decoder *decoder, uint64_t runtime, struct collector_visitor *visitor)
{
	struct chain interpreters = interpreters_first(decoder, runtime);

	while (interpreters.at != 0) {
		visitor->interpreter = decoder->layout->interpreter_gc >= 0 ? interpreters.at
									   : interpreters_main(decoder, runtime);
		TRY(walk_state(decoder, collector_state(decoder->layout, runtime, interpreters.at), visitor));
		if (decoder->layout->interpreter_gc < 0)
			return NULL; /* one collector for all */
		interpreters_next(decoder, &interpreters);
	}
	return NULL;
}
