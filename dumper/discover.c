/* Discover: a graph search over target memory with an explicit stack and a bitmap of what was seen.
 *
 * Depth first, last edge first: neighbours in memory are usually neighbours in the graph, and the mirror's chunks are
 * fetched once however the order is. A target is checked (object_load) before it is marked, so that whatever is marked
 * decodes. Time: one decoding for each object, one bit test for each edge.
 *
 * Guesses are followed last, when all that counted references lead to is known. What only they lead to may be half made
 * or half gone: a list whose items nobody wrote yet is left on a running frame's stack. So what can't be read of such
 * objects is no loss.
 *
 * A list or a deque that grows counts its new slot first and fills it then; a list that moves has its old block freed
 * first, and learns of the new one and its size then. No other thread can run Python in between: a process stopped there
 * has, for each interpreter, at most one slot that holds what its memory held before, or a link of the allocator. Such a
 * slot is no loss, as long as there are no more of them than that and all was read at one moment.
 */
#include "dumper/discover.h"

#include "base/bytes.h"
#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define CHECK_EVERY 8192 /* objects between two looks at the clock, the signals and the memory */

struct pending {
	uint64_t address;
	uint32_t type;
	bool immortal, namespace;
};

struct extent {
	uint64_t start, end; /* addresses */
};

struct discovery {
	struct edge_sink sink; /* first: the sink's address is the discovery's */
	struct decoder *decoder;
	struct marks *marks;
	struct discovery_limits limits;
	VECTOR(struct pending) stack;
	VECTOR(uint64_t) guesses;      /* addresses, to be followed when the stack is empty */
	bool doubtful;                 /* only guesses lead to what is found now */
	VECTOR(uint64_t) noted;        /* addresses of objects of noted types */
	VECTOR(struct extent) statics; /* objects in the data of mapped files */
	bool sorted;                   /* `statics` is in address order */
	uint32_t types_seen;           /* types below this index are objects already */
	uint64_t decoded;
	bool out_of_time;
};

/* What an edge that leads to no object says about the capture: a counted reference must lead to one. */
static void lose_edge(struct discovery *discovery, const struct found_edge *edge, enum object_verdict verdict)
{
	struct decoder *decoder = discovery->decoder;
	enum loss loss = LOSS_count_absurd;

	if (edge->class == EDGE_WEAK || edge->class == EDGE_GUESS)
		return; /* a borrowed or guessed word may point at anything */
	if (verdict == OBJECT_UNREADABLE)
		loss = LOSS_object_unreadable;
	else if (verdict == OBJECT_NO_TYPE)
		loss = LOSS_type_invalid;
	(edge->growing ? decoder->unsettled : decoder->losses)[loss]++;
}

static struct error *visit(struct discovery *discovery, const struct found_edge *edge)
{
	struct decoder *decoder = discovery->decoder;
	enum object_verdict verdict = OBJECT_GOOD;
	uint64_t address = edge->target;
	struct object object;
	bool was;

	if ((address & 7) != 0 || address >> ADDRESS_BITS != 0) {
		lose_edge(discovery, edge, OBJECT_UNREADABLE);
		return NULL;
	}
	if (edge->namespace)
		TRY(marks_set(discovery->marks, MARK_NAMESPACE, address, &was));
	if (marks_has(discovery->marks, MARK_OBJECT, address))
		return NULL;
	if (edge->class == EDGE_GUESS && !discovery->doubtful)
		return vector_push(&discovery->guesses, address);
	TRY(object_load(decoder->types, decoder->mirror, decoder->layout, address, &object, &verdict));
	if (verdict == OBJECT_GOOD && edge->growing && object_freed(decoder->mirror, decoder->layout, address))
		verdict = OBJECT_BAD_COUNT;
	if (verdict != OBJECT_GOOD) {
		lose_edge(discovery, edge, verdict);
		return NULL;
	}
	TRY(marks_set(discovery->marks, MARK_OBJECT, address, &was));
	return vector_push(&discovery->stack,
			   ((struct pending){address, object.type, object.immortal, edge->namespace}));
}

/* An address that no edge of an object led to. */
static struct error *visit_address(struct discovery *discovery, uint64_t address, enum edge_class class)
{
	return visit(discovery, &(struct found_edge){.target = address, .class = class});
}

static struct error *discovery_add(struct edge_sink *sink, const struct found_edge *edge)
{
	return visit((struct discovery *)sink, edge);
}

struct error *discovery_create(struct decoder *decoder, struct marks *marks, const struct discovery_limits *limits,
			       struct discovery **result)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);

	if (discovery == NULL)
		return error_memory();
	discovery->sink.add = discovery_add;
	discovery->decoder = decoder;
	discovery->marks = marks;
	discovery->limits = *limits;
	*result = discovery;
	return NULL;
}

void discovery_destroy(struct discovery *discovery)
{
	if (discovery == NULL)
		return;
	vector_deinit(&discovery->stack);
	vector_deinit(&discovery->guesses);
	vector_deinit(&discovery->noted);
	vector_deinit(&discovery->statics);
	free(discovery);
}

struct error *discovery_tracked(struct discovery *discovery, uint64_t address, enum generation generation)
{
	bool was;

	TRY(visit_address(discovery, address, EDGE_OWNED));
	if (!marks_has(discovery->marks, MARK_OBJECT, address))
		return NULL;
	TRY(marks_set(discovery->marks, MARK_TRACKED, address, &was));
	if (generation & 1)
		TRY(marks_set(discovery->marks, MARK_OLD, address, &was));
	if (generation & 2)
		TRY(marks_set(discovery->marks, MARK_OLDER, address, &was));
	return NULL;
}

struct error *discovery_root(struct discovery *discovery, const struct found_edge *edge)
{
	return visit(discovery, edge);
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct error *mirror_state(const struct mirror *mirror)
{
	const struct error *error = mirror_error(mirror);

	return error != NULL ? error_create(error->code, "%s", error->message) : NULL;
}

/* Signals, clock and memory, now and then. */
static struct error *discovery_pause_for_limits(struct discovery *discovery)
{
	const struct discovery_limits *limits = &discovery->limits;
	uint64_t used = mirror_bytes(discovery->decoder->mirror) + marks_memory(discovery->marks) +
			discovery->stack.capacity * sizeof(struct pending);

	TRY(interrupt_check(limits->interrupt));
	TRY(mirror_state(discovery->decoder->mirror));
	if (limits->memory_bytes != 0 && used > limits->memory_bytes)
		return error_create(ERROR_MEMORY,
				    "the capture needs more than the %" PRIu64 " bytes that --max-memory allows: raise it",
				    limits->memory_bytes);
	if (limits->deadline_ns != 0 && monotonic_ns() > limits->deadline_ns)
		discovery->out_of_time = true;
	return NULL;
}

struct error *discovery_block(struct discovery *discovery, uint64_t start, uint64_t size)
{
	discovery->sorted = false;
	return vector_push(&discovery->statics, ((struct extent){start, saturating_add(start, size)}));
}

static int compare_extents(const void *left, const void *right)
{
	const struct extent *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

bool discovery_inside(struct discovery *discovery, uint64_t address)
{
	const struct extent *extents = discovery->statics.items;
	size_t low = 0, high = discovery->statics.count;

	if (!discovery->sorted && high > 0)
		qsort(discovery->statics.items, high, sizeof *extents, compare_extents);
	discovery->sorted = true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (extents[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < extents[low - 1].end;
}

/* It was checked when it became pending, and what the mirror holds stays as it is. No decoder asks for the refcount. */
static struct error *follow(struct discovery *discovery, const struct pending *pending)
{
	struct decoder *decoder = discovery->decoder;
	const struct object object = {
		.address = pending->address, .type = pending->type, .immortal = pending->immortal};
	struct decoded decoded = {0};

	TRY(decode_object(decoder, &object, pending->namespace, &discovery->sink, &decoded));
	if (type_table_at(decoder->types, pending->type)->noted)
		TRY(vector_push(&discovery->noted, object.address));
	if (mirror_in_file(decoder->mirror, object.address))
		TRY(discovery_block(discovery, object.address, decoded.size));
	return NULL;
}

/* Static types hold no counted reference from their instances, so no edge leads to them. */
static struct error *visit_types(struct discovery *discovery)
{
	const struct type_table *types = discovery->decoder->types;

	while (discovery->types_seen < type_table_count(types)) {
		const struct type *type = type_table_at(types, discovery->types_seen++);

		if (type->valid)
			TRY(visit_address(discovery, type->address, EDGE_WEAK));
	}
	return NULL;
}

/* Until nothing is pending, or time is over. */
static struct error *follow_all(struct discovery *discovery)
{
	TRY(visit_types(discovery));
	while (discovery->stack.count > 0) {
		struct pending pending = discovery->stack.items[--discovery->stack.count];

		if (discovery->decoded++ % CHECK_EVERY == 0)
			TRY(discovery_pause_for_limits(discovery));
		if (discovery->out_of_time) {
			discovery->decoder->losses[LOSS_time_limit] += discovery->stack.count + 1;
			discovery->stack.count = 0;
			return NULL;
		}
		TRY(follow(discovery, &pending));
		if (discovery->stack.count == 0)
			TRY(visit_types(discovery));
	}
	return NULL;
}

static struct error *follow_guesses(struct discovery *discovery)
{
	uint64_t *losses = discovery->decoder->losses, *unsettled = discovery->decoder->unsettled;
	uint64_t known[LOSS_COUNT], known_unsettled[LOSS_COUNT], late;
	struct error *error = NULL;

	memcpy(known, losses, sizeof known);
	memcpy(known_unsettled, unsettled, sizeof known_unsettled);
	discovery->doubtful = true;
	for (size_t i = 0; i < discovery->guesses.count && error == NULL; i++)
		error = visit_address(discovery, discovery->guesses.items[i], EDGE_GUESS);
	discovery->guesses.count = 0;
	if (error == NULL)
		error = follow_all(discovery);
	discovery->doubtful = false;
	late = losses[LOSS_time_limit];
	memcpy(losses, known, sizeof known);
	memcpy(unsettled, known_unsettled, sizeof known_unsettled);
	losses[LOSS_time_limit] = late;
	return error;
}

struct error *discovery_run(struct discovery *discovery)
{
	TRY(follow_all(discovery));
	TRY(follow_guesses(discovery));
	return mirror_state(discovery->decoder->mirror);
}

void discovery_settle(struct discovery *discovery, bool one_moment, uint64_t interpreters)
{
	struct decoder *decoder = discovery->decoder;
	uint64_t slots = 0;

	for (int i = 0; i < LOSS_COUNT; i++)
		slots = saturating_add(slots, decoder->unsettled[i]);
	if (one_moment && slots <= interpreters)
		decoder->losses[LOSS_slot_changing] += slots;
	for (int i = 0; i < LOSS_COUNT; i++) {
		if (!one_moment || slots > interpreters)
			decoder->losses[i] += decoder->unsettled[i];
		decoder->unsettled[i] = 0;
	}
}

const uint64_t *discovery_noted(const struct discovery *discovery, size_t *count)
{
	*count = discovery->noted.count;
	return discovery->noted.items;
}
