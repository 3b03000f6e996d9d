/* Capture: the order in which the parts of the dumper meet a live process.
 *
 * What can be done before the stop is done before it (finding the runtime reads ELF files); what can wait is done
 * after it (decoding once more with names, compressing, writing). The pause is the discovery, or the copying that makes
 * it possible later.
 */
#include "dumper/capture.h"

#include "dumper/collector.h"
#include "dumper/discover.h"
#include "dumper/emit.h"
#include "dumper/heap.h"
#include "dumper/kinds.h"
#include "dumper/layout.h"
#include "dumper/meta.h"
#include "dumper/runtime.h"
#include "dumper/source_live.h"
#include "dumper/stop.h"
#include "dumper/unpaused.h"

#include <time.h>

#define ATTEMPTS_MAX 40          /* stops, when collections keep running */
#define RETRY_FIRST_NS 1000000u  /* 1 ms between the first two, doubled up to: */
#define RETRY_LAST_NS 50000000u
#define COPY_FROM ((uint64_t)32 << 20) /* bytes of anonymous memory from which on auto copies */
#define COPY_ROUNDS 3                  /* stops before a copy that stays incomplete is given up for a hold */
#define LEARN_NS UINT64_C(60000000000) /* longest walk of the running process, whose heap may grow under it */

struct capture {
	const struct capture_options *options;
	struct runtime *runtime;
	struct stop *stop;
	struct heap *heap;
	struct kinds kinds;    /* of the last stop */
	struct glibc_mapped mapped;
	struct heap *previous; /* of an earlier walk or stop: gives its memory to the next one */
	uint64_t attempts;
	uint64_t begun_ns; /* CLOCK_MONOTONIC */
	enum pause_mode pause;
	bool gave_up_copying;
	uint64_t longest_ns, total_ns; /* of the stops so far */
	uint64_t realtime_ns;          /* moment of the last one */
	struct unpaused_facts unpaused; /* with PAUSE_NONE */
};

static void capture_deinit(struct capture *capture)
{
	stop_destroy(capture->stop); /* first: the target must not wait for our clean-up */
	heap_close(capture->heap);
	heap_close(capture->previous);
	kinds_deinit(&capture->kinds);
	glibc_mapped_deinit(&capture->mapped);
	runtime_destroy(capture->runtime);
}
DEFINE_AUTO_VALUE(capture, struct capture, capture_deinit);

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct error *find_runtime(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	AUTO(source) struct source *source = NULL;

	TRY(source_live_open(options->process, SOURCE_LIVE_ANY, options->interrupt, &source));
	TRY(runtime_find(source, options->runtime, &capture->runtime));
	if (layout_find(capture->runtime->version_hex) == NULL) /* here, so that it costs the target no pause */
		return error_create(ERROR_REFUSED,
				    "CPython %s has no layout table here; heapdump --version lists those it knows",
				    capture->runtime->version);
	return NULL;
}

/* Stops the target and opens its heap; *collecting says that a collection is running in it. */
static struct error *stop_and_open(struct capture *capture, bool *collecting)
{
	const struct capture_options *options = capture->options;
	AUTO(source) struct source *source = NULL;

	capture->attempts++;
	TRY(stop_process(options->process, options->timeout, options->interrupt, &capture->stop));
	TRY(kinds_take(&capture->kinds, options->process, capture->stop));
	TRY(source_live_open(options->process, SOURCE_LIVE_ANY, options->interrupt, &source));
	TRY(heap_open(&source, options->process, capture->runtime, capture->previous, &capture->heap));
	TRY(heap_keep(capture->heap, &options->contents));
	*collecting = heap_gc(capture->heap)->collecting;
	return NULL;
}

/* The target runs again, and the stop goes into the books; without a stop nothing happens. */
static void let_go(struct capture *capture)
{
	if (capture->stop == NULL)
		return;
	stop_release(capture->stop);
	const struct stop_times *times = stop_times(capture->stop);
	uint64_t pause = times->resumed - times->begun;

	capture->total_ns += pause;
	capture->longest_ns = pause > capture->longest_ns ? pause : capture->longest_ns;
	capture->realtime_ns = times->realtime;
	stop_destroy(capture->stop);
	capture->stop = NULL;
}

static void release(struct capture *capture)
{
	let_go(capture);
	heap_close(capture->previous);
	capture->previous = steal(&capture->heap);
}

/* In the middle of a collection objects hang on lists that only the C stack knows, so wait for its end. */
static struct error *stop_between_collections(struct capture *capture)
{
	uint64_t wait_ns = RETRY_FIRST_NS;
	bool collecting = false;

	for (;;) {
		struct timespec wait = {.tv_nsec = (long)wait_ns};

		TRY(stop_and_open(capture, &collecting));
		if (!collecting || capture->attempts == ATTEMPTS_MAX)
			return NULL;
		release(capture);
		TRY(interrupt_check(capture->options->interrupt));
		nanosleep(&wait, NULL);
		wait_ns = wait_ns * 2 < RETRY_LAST_NS ? wait_ns * 2 : RETRY_LAST_NS;
	}
}

static const char *pause_name(enum pause_mode pause)
{
	switch (pause) {
	case PAUSE_COPY:
		return "copy";
	case PAUSE_NONE:
		return "none";
	default:
		return "hold";
	}
}

static struct error *write_snapshot(struct capture *capture, struct writer *writer, struct capture_result *result)
{
	const struct capture_options *options = capture->options;
	const bool unpaused = capture->pause == PAUSE_NONE;
	const struct meta_input input = {.process = options->process,
					 .runtime = capture->runtime,
					 .heap = capture->heap,
					 .kinds = &capture->kinds,
					 .source = "live",
					 .pause_mode = pause_name(capture->pause),
					 .moment_ns = capture->realtime_ns,
					 .pause_ns = capture->longest_ns,
					 .pause_total_ns = capture->total_ns,
					 .begun_ns = capture->begun_ns,
					 .attempts = capture->attempts,
					 .series_number = options->series_number != 0 ? options->series_number
										      : META_ABSENT,
					 .reads_repeated = unpaused ? capture->unpaused.rereads : META_ABSENT,
					 .chunks_changed = unpaused ? capture->unpaused.changed : META_ABSENT};

	TRY(heap_emit(capture->heap, capture->kinds.footprint, options->interrupt, writer));
	TRY(kinds_write(&capture->kinds, writer));
	TRY(meta_write(&input, writer));
	result->complete = heap_losses(capture->heap, writer, result->losses);
	result->counts = writer_counts(writer);
	TRY(writer_commit(writer, &result->file_bytes));
	result->pause_ns = capture->longest_ns;
	result->pause_total_ns = capture->total_ns;
	result->gave_up_copying = capture->gave_up_copying;
	result->duration_ns = monotonic_ns() - capture->begun_ns;
	result->attempts = capture->attempts;
	result->pause = capture->pause;
	result->reads_repeated = capture->unpaused.rereads;
	result->chunks_changed = capture->unpaused.changed;
	return NULL;
}

/* Of what a copy may hold at most, a part may be for malloc's sake alone. */
static uint64_t malloc_budget(const struct capture *capture)
{
	const uint64_t limit = capture->options->memory_bytes, used = heap_bytes_read(capture->previous);

	return limit == 0 ? UINT64_MAX : limit > used ? (limit - used) / 8 : 0;
}

static struct error *learn_layout(struct capture *capture, struct plan *plan)
{
	struct heap *heap = capture->previous;

	heap_thaw(heap);
	capture->mapped.addresses.count = 0;
	TRY(kinds_learn_malloc(capture->options->process, heap, malloc_budget(capture), &capture->mapped));
	return heap_learn(heap, plan);
}

/* Walks the running process to learn what a copy must hold. What it finds is torn and thrown away; errors that come from
 * that only mean that there is no plan. */
static struct error *learn(struct capture *capture, struct plan *plan, bool *learned)
{
	const struct capture_options *options = capture->options;
	const struct discovery_limits limits = {.interrupt = options->interrupt, .memory_bytes = options->memory_bytes,
						.deadline_ns = monotonic_ns() + LEARN_NS};
	AUTO(source) struct source *source = NULL;

	TRY(source_live_open(options->process, SOURCE_LIVE_ANY, options->interrupt, &source));
	struct error *error = heap_open(&source, options->process, capture->runtime, NULL, &capture->previous);
	if (error == NULL)
		error = heap_keep(capture->previous, &options->contents);
	if (error == NULL)
		error = heap_discover(capture->previous, &limits);
	*learned = error == NULL;
	if (error == NULL)
		return learn_layout(capture, plan);
	if (error->code != ERROR_FAULT && error->code != ERROR_REFUSED)
		return error;
	error_destroy(error);
	return NULL;
}

/* While the target stands still, if it does at all. */
static struct error *look_at_kinds(struct capture *capture)
{
	struct source *source = heap_source(capture->heap);

	TRY(kinds_stacks(&capture->kinds, source, capture->options->process->random_address));
	return kinds_malloc(&capture->kinds, capture->heap);
}

static struct error *discover_held(struct capture *capture)
{
	const struct discovery_limits limits = {.interrupt = capture->options->interrupt,
						.memory_bytes = capture->options->memory_bytes};

	capture->pause = PAUSE_HOLD;
	TRY(stop_between_collections(capture));
	TRY(heap_discover(capture->heap, &limits));
	TRY(look_at_kinds(capture));
	let_go(capture);
	return NULL;
}

/* One stop that only copies. *whole says that the walk of the copy found everything there. */
static struct error *discover_copy(struct capture *capture, struct plan *plan, bool *whole)
{
	const struct capture_options *options = capture->options;
	const struct discovery_limits limits = {.interrupt = options->interrupt, .memory_bytes = options->memory_bytes};
	bool missed = false;

	TRY(stop_between_collections(capture));
	struct source *source = heap_source(capture->heap);
	heap_copy(capture->heap, plan, limits.memory_bytes);
	TRY(kinds_stacks(&capture->kinds, source, options->process->random_address));
	TRY(kinds_mapped(&capture->kinds, source, &capture->mapped));
	let_go(capture);
	TRY(heap_discover(capture->heap, &limits));
	TRY(heap_learn_missed(capture->heap, plan, &missed));
	*whole = !missed;
	return *whole ? kinds_malloc_copied(&capture->kinds, capture->heap) : NULL;
}

static struct error *discover_copied(struct capture *capture)
{
	AUTO(plan) struct plan plan;
	bool learned = false, whole = false;

	plan_init(&plan);
	capture->pause = PAUSE_COPY;
	TRY(learn(capture, &plan, &learned));
	for (int round = 0; learned && round < COPY_ROUNDS; round++) {
		TRY(discover_copy(capture, &plan, &whole));
		if (whole)
			return NULL;
		release(capture);
	}
	capture->gave_up_copying = true;
	return discover_held(capture);
}

static struct error *discover_unpaused(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	const struct unpaused_input input = {.process = options->process,
					     .contents = &options->contents,
					     .runtime = capture->runtime,
					     .open = unpaused_open_live,
					     .interrupt = options->interrupt,
					     .memory_bytes = options->memory_bytes,
					     .timeout = options->timeout};

	capture->pause = PAUSE_NONE;
	AUTO(error) struct error *error = unpaused_discover(&input, &capture->heap, &capture->unpaused);
	/* Nothing kept the process: what was read, or made no sense, may be of the one that has its number now. */
	if ((error == NULL || error->code != ERROR_INTERRUPTED) && process_is_another(options->process))
		TRY(process_same(options->process));
	if (error != NULL)
		return steal(&error);
	capture->realtime_ns = capture->unpaused.moment_ns;
	TRY(kinds_take(&capture->kinds, options->process, NULL));
	return look_at_kinds(capture);
}

static struct error *discover(struct capture *capture, enum pause_mode pause)
{
	switch (pause) {
	case PAUSE_NONE:
		return discover_unpaused(capture);
	case PAUSE_COPY:
		return discover_copied(capture);
	default:
		return discover_held(capture);
	}
}

enum pause_mode capture_pause(enum pause_mode wanted, uint64_t anonymous)
{
	if (wanted != PAUSE_AUTO)
		return wanted;
	return anonymous != UINT64_MAX && anonymous >= COPY_FROM ? PAUSE_COPY : PAUSE_HOLD;
}

struct error *capture_run(const struct capture_options *options, struct capture_result *result)
{
	AUTO(capture) struct capture capture = {.options = options, .begun_ns = monotonic_ns()};
	AUTO(writer) struct writer *writer = NULL;
	enum pause_mode pause = capture_pause(options->pause, options->process->anonymous);

	*result = (struct capture_result){0};
	/* First, so that an output that can't be made costs the target no pause. */
	TRY(writer_create(options->output, options->force, &writer));
	TRY(find_runtime(&capture));
	if (options->before_stop != NULL)
		options->before_stop(options->process, options->pause);
	TRY(discover(&capture, pause));
	return write_snapshot(&capture, writer, result);
}
