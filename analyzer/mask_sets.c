/* What would go with each of up to 64 sets, where an object may be in many of them?
 *
 * The equations of analyzer/sets.c, whose sets are here words: bit s of an object's word says that all ways to it, itself
 * included, pass a member of set s. A word is what all referrers' words have in common, and the object's own sets. The
 * greatest words that fit are found by data flow (G. A. Kildall, "A unified approach to global program optimization", 1973): all
 * start full, a first pass takes objects in reverse postorder, and what back edges change is taken up again.
 *
 * Nothing has to be compared or kept apart, so a pass is about one random access an edge, whatever the sets are. A word
 * loses each bit once, so an object is taken up at most 64 times, on real heaps a few are at all.
 */
#include "analyzer/mask_sets.h"

#include "analyzer/flow_order.h"
#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD 8u              /* edges ahead of which the word is fetched */
#define PLACES_AHEAD 6u       /* positions ahead of which the edges are */
#define TELL_EVERY (1u << 20) /* positions */

struct masking {
	const struct graph *graph;
	const struct flow_search *search;
	const uint64_t *member; /* by node */
	uint64_t unmet;         /* a word that only places have to which no way was followed; 0: any word may be met */
	uint64_t *into;         /* by place: sets that all ways to it pass, before itself */
	struct flow_order order;
};

static void masking_deinit(struct masking *masking)
{
	free(masking->into);
	flow_order_deinit(&masking->order);
}
DEFINE_AUTO_VALUE(masking, struct masking, masking_deinit);

static uint64_t word_of(const struct masking *masking, uint32_t place)
{
	return masking->into[place] | (place < masking->graph->nodes ? masking->member[place] : 0);
}

/* The edges of a place some positions on will be needed: where they begin first, then they themselves. */
static void fetch_ahead(const struct masking *masking, uint32_t position)
{
	const struct graph *graph = masking->graph;
	const uint32_t *place = masking->order.place;
	if (position + 2 * PLACES_AHEAD >= masking->order.count)
		return;
	uint32_t far = place[position + 2 * PLACES_AHEAD];
	__builtin_prefetch(&graph->offsets[far]);
	__builtin_prefetch(&masking->into[far]);
	__builtin_prefetch(&graph->targets[graph->offsets[place[position + PLACES_AHEAD]]]);
}

/* Takes from the words of those that this place leads to what its own lacks. Those that have led on with more, which are
 * at `used` or before, are taken up again. */
static struct error *flow_on(struct masking *masking, uint32_t position, uint32_t used)
{
	const struct graph *graph = masking->graph;
	const uint32_t *targets = graph->targets;
	uint64_t *into = masking->into;
	uint32_t place = masking->order.place[position], end = graph->offsets[place + 1];
	uint64_t word = word_of(masking, place);
	for (uint32_t e = graph->offsets[place]; e < end; e++) {
		uint32_t target = targets[e];
		uint64_t old = into[target], met = old & word;
		if (e + AHEAD < end)
			__builtin_prefetch(&into[targets[e + AHEAD]]);
		if (met == old)
			continue;
		into[target] = met;
		if (old == masking->unmet)
			continue;
		uint32_t state = masking->search->state[target];
		if (!(state & FLOW_LEAF) && masking->order.position[state] <= used)
			TRY(flow_order_enqueue(&masking->order, masking->order.position[state]));
	}
	return NULL;
}

static struct error *flow(struct masking *masking, const struct reach *reach, const struct progress *progress)
{
	uint32_t count = masking->order.count;
	memset(masking->into, 0xff, ((size_t)masking->graph->places + 1) * sizeof *masking->into);
	for (size_t i = 0; i < reach->entries.count; i++)
		masking->into[reach->entries.items[i]] = 0;
	for (uint32_t p = 1; p < count; p++) {
		if (p % TELL_EVERY == 0)
			progress_tell(progress, "following sets", p, count);
		fetch_ahead(masking, p);
		TRY(flow_on(masking, p, p));
	}
	while (masking->order.queue.count > 0)
		TRY(flow_on(masking, flow_order_dequeue(&masking->order), UINT32_MAX));
	return NULL;
}

static void add_to_each(uint64_t word, uint64_t bytes, uint64_t *retained)
{
	for (; word != 0; word &= word - 1)
		retained[__builtin_ctzll(word)] += bytes;
}

/* Neighbours in memory often have the same word. */
static void add_up(const struct masking *masking, unsigned sets, uint64_t *retained, uint64_t *without)
{
	uint64_t current = 0, bytes = 0;
	memset(retained, 0, sets * sizeof *retained);
	for (node_id i = 0; i < masking->graph->nodes; i++) {
		uint64_t word = word_of(masking, i);
		if (without != NULL)
			without[i] = word;
		if (word != current) {
			add_to_each(current, bytes, retained);
			current = word;
			bytes = 0;
		}
		bytes += graph_size(masking->graph, i);
	}
	add_to_each(current, bytes, retained);
}

struct error *mask_sets_retained(const struct reach *reach, const uint64_t *member, unsigned sets,
				 const struct progress *progress, uint64_t *retained, uint64_t *without)
{
	AUTO(masking)
	struct masking masking = {.graph = reach->graph,
				  .search = &reach->search,
				  .member = member,
				  .unmet = sets < MASK_SETS ? UINT64_MAX : 0};
	masking.into = memory_large((size_t)reach->graph->places + 1, sizeof *masking.into);
	if (masking.into == NULL)
		return error_memory();
	TRY(flow_order_init(&masking.order, &reach->search));
	TRY(flow(&masking, reach, progress));
	add_up(&masking, sets, retained, without);
	return NULL;
}
