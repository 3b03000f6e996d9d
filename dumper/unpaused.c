/* How is a heap read that changes while it is read?
 *
 * A walk over running memory takes long, and what it finds is from as many moments as it takes steps. So the walk only
 * says where the objects lie (the plan), as before a stop that copies; then these chunks are copied, in a tenth of the
 * time, and the objects are found in the copy. Before that, the copy is read again and compared. Nothing changed:
 * it is of one moment, exact. Something did: those chunks are read once more, alone and so within a millisecond or two, until they
 * stand still for as long as that takes; then all again, a few times. The unit is the chunk because a re-read of one
 * object alone would contradict its neighbours instead of itself.
 *
 * A round of this whose walk lacks chunks or meets contradictions is repeated with a plan that has grown. Rounds,
 * readings and waits for the end of a collection are counted, and all of them together have a budget of time in
 * proportion to what the first walk took. The last round keeps what it finds and counts what it does not; it fetches on the way
 * what its copy lacks, until its time is over: a heap that grows faster than it is walked ends there.
 */
#include "dumper/unpaused.h"

#include "dumper/source_live.h"

#include <time.h>

#define OPENS_MAX 10       /* looks at the runtime's state, while it makes no sense */
#define LOOKS_MAX 3        /* walks of the running process that fail for the same reason */
#define ROUNDS_MAX 4       /* copies that are walked, */
#define ROUNDS_LAST_MAX 6  /* and at most, while the last ones fail for that reason */
#define READINGS_MAX 3     /* whole readings of one copy besides the first */
#define BURSTS_MAX 8       /* readings of what has changed, between two whole ones */
#define COLLECTIONS_MAX 40 /* readings anew because a collection was running */
#define WAIT_FIRST_NS 1000000u /* 1 ms between two of these, doubled up to: */
#define WAIT_LAST_NS 50000000u
#define LOOK_NS UINT64_C(60000000000) /* longest walk of the running process */
#define BUDGET_WALKS 10               /* times as long as that walk for all rounds */
#define LAST_WALKS 4                  /* and for the walk of the last one */

struct unpaused {
	const struct unpaused_input *input;
	struct unpaused_facts facts;
	struct plan plan;
	struct heap *heap;
	struct heap *previous;     /* of an earlier walk: gives its memory to the next one */
	uint64_t walk_ns;          /* what the walk of the running process took */
	uint64_t patience_ns;      /* the timeout */
	uint64_t until_ns;         /* CLOCK_MONOTONIC: after it nothing is tried once more */
};

static void unpaused_deinit(struct unpaused *unpaused)
{
	heap_close(unpaused->heap);
	heap_close(unpaused->previous);
	plan_deinit(&unpaused->plan);
}
DEFINE_AUTO_VALUE(unpaused, struct unpaused, unpaused_deinit);

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct error *unpaused_open_live(const struct unpaused_input *input, struct source **source)
{
	return source_live_open(input->process, SOURCE_LIVE_ANY, input->interrupt, source);
}

/* What a process that changes may look like for a moment, unlike a lack of memory or its end. */
static bool is_passing(const struct error *error)
{
	return error->code == ERROR_FAULT || error->code == ERROR_REFUSED;
}

static struct error *wait_a_little(const struct unpaused *unpaused, uint64_t *wait_ns)
{
	struct timespec wait = {.tv_nsec = (long)*wait_ns};

	TRY(interrupt_check(unpaused->input->interrupt));
	nanosleep(&wait, NULL);
	*wait_ns = *wait_ns * 2 < WAIT_LAST_NS ? *wait_ns * 2 : WAIT_LAST_NS;
	return NULL;
}

static struct error *open_once(struct unpaused *unpaused)
{
	const struct unpaused_input *input = unpaused->input;
	AUTO(source) struct source *source = NULL;

	TRY(input->open(input, &source));
	TRY(heap_open(&source, input->process, input->runtime, unpaused->previous, &unpaused->heap));
	if (input->contents == NULL)
		return NULL;
	struct error *error = heap_keep(unpaused->heap, input->contents);
	if (error != NULL) {
		heap_close(unpaused->heap);
		unpaused->heap = NULL;
	}
	return error;
}

/* Lists that are being relinked, say, don't look like the collector's. */
static struct error *open_heap(struct unpaused *unpaused)
{
	uint64_t wait_ns = WAIT_FIRST_NS;

	for (int opens = 1;; opens++) {
		struct error *error = open_once(unpaused);

		if (error == NULL || !is_passing(error) || opens == OPENS_MAX)
			return error;
		error_destroy(error);
		TRY(wait_a_little(unpaused, &wait_ns));
	}
}

/* What was found is of no use; its memory is. */
static void drop_heap(struct unpaused *unpaused)
{
	if (unpaused->heap == NULL)
		return;
	heap_close(unpaused->previous);
	unpaused->previous = steal(&unpaused->heap);
}

static struct error *walk(struct unpaused *unpaused, uint64_t longest_ns)
{
	const struct discovery_limits limits = {.interrupt = unpaused->input->interrupt,
						.memory_bytes = unpaused->input->memory_bytes,
						.deadline_ns = clock_ns(CLOCK_MONOTONIC) + longest_ns};

	return heap_discover(unpaused->heap, &limits);
}

static struct error *look_once(struct unpaused *unpaused)
{
	TRY(open_heap(unpaused));
	TRY(walk(unpaused, LOOK_NS));
	return heap_learn(unpaused->heap, &unpaused->plan);
}

/* Learns where the objects lie. */
static struct error *look(struct unpaused *unpaused)
{
	uint64_t wait_ns = WAIT_FIRST_NS, begun = clock_ns(CLOCK_MONOTONIC);

	for (int looks = 1;; looks++) {
		uint64_t started = clock_ns(CLOCK_MONOTONIC);
		struct error *error = look_once(unpaused);

		unpaused->walk_ns = clock_ns(CLOCK_MONOTONIC) - started;
		if (error == NULL || !is_passing(error) || looks == LOOKS_MAX || started - begun > LOOK_NS)
			return error;
		error_destroy(error);
		drop_heap(unpaused);
		TRY(wait_a_little(unpaused, &wait_ns));
	}
}

static struct error *reread(struct unpaused *unpaused, bool changed_only, uint64_t *changed)
{
	unpaused->facts.rereads++;
	return heap_reread(unpaused->heap, changed_only, changed);
}

/* Reads the copy again until a whole reading finds nothing changed. */
static struct error *read_until_still(struct unpaused *unpaused)
{
	for (int reading = 0; reading < READINGS_MAX; reading++) {
		uint64_t moving;

		TRY(reread(unpaused, false, &unpaused->facts.changed));
		unpaused->facts.moment_ns = clock_ns(CLOCK_REALTIME);
		moving = unpaused->facts.changed;
		for (int burst = 0; moving > 0 && burst < BURSTS_MAX; burst++)
			TRY(reread(unpaused, true, &moving));
		if (unpaused->facts.changed == 0)
			return NULL;
	}
	return NULL;
}

/* The same, and not in the middle of a collection, if one of them ever ends. */
static struct error *read_between_collections(struct unpaused *unpaused)
{
	uint64_t wait_ns = WAIT_FIRST_NS;

	for (int reading = 1;; reading++) {
		TRY(read_until_still(unpaused));
		if (!heap_gc(unpaused->heap)->collecting || reading == COLLECTIONS_MAX ||
		    clock_ns(CLOCK_MONOTONIC) > unpaused->until_ns)
			return NULL;
		TRY(wait_a_little(unpaused, &wait_ns));
	}
}

/* One copy and its walk. *done: there is nothing to be gained by another one, or no time left for it. */
static struct error *copy_and_walk(struct unpaused *unpaused, bool last, bool *done)
{
	bool missed = false;

	TRY(open_heap(unpaused));
	heap_copy(unpaused->heap, &unpaused->plan, unpaused->input->memory_bytes);
	TRY(read_between_collections(unpaused));
	uint64_t copied = heap_bytes_read(unpaused->heap);
	if (last)
		heap_thaw(unpaused->heap);
	TRY(walk(unpaused, LAST_WALKS * unpaused->walk_ns + unpaused->patience_ns));
	unpaused->facts.changed += (heap_bytes_read(unpaused->heap) - copied + MIRROR_CHUNK - 1) / MIRROR_CHUNK;
	TRY(heap_learn_missed(unpaused->heap, &unpaused->plan, &missed));
	*done = last || (!missed && heap_whole(unpaused->heap));
	return NULL;
}

static struct error *repeat_until_whole(struct unpaused *unpaused)
{
	bool done = false;

	for (int round = 1;; round++) {
		bool last = round >= ROUNDS_MAX || clock_ns(CLOCK_MONOTONIC) > unpaused->until_ns;

		drop_heap(unpaused);
		struct error *error = copy_and_walk(unpaused, last, &done);
		if (error == NULL && done)
			return NULL;
		if (error != NULL && (round == ROUNDS_LAST_MAX || !is_passing(error)))
			return error;
		error_destroy(error);
	}
}

struct error *unpaused_discover(const struct unpaused_input *input, struct heap **heap, struct unpaused_facts *facts)
{
	AUTO(unpaused) struct unpaused unpaused = {.input = input, .patience_ns = (uint64_t)(input->timeout * 1e9)};

	plan_init(&unpaused.plan);
	TRY(look(&unpaused));
	unpaused.until_ns = clock_ns(CLOCK_MONOTONIC) + BUDGET_WALKS * unpaused.walk_ns + unpaused.patience_ns;
	TRY(repeat_until_whole(&unpaused));
	*facts = unpaused.facts;
	*heap = steal(&unpaused.heap);
	return NULL;
}
