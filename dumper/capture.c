/* Capture: the order in which the parts of the dumper meet a live process.
 *
 * What can be done before the stop is done before it (finding the runtime reads ELF files); what can wait is done
 * after it (decoding once more with names, compressing, writing). The pause is the discovery alone.
 */
#include "dumper/capture.h"

#include "dumper/collector.h"
#include "dumper/discover.h"
#include "dumper/emit.h"
#include "dumper/heap.h"
#include "dumper/meta.h"
#include "dumper/runtime.h"
#include "dumper/source_live.h"
#include "dumper/stop.h"

#include <time.h>

#define ATTEMPTS_MAX 40          /* stops, when collections keep running */
#define RETRY_FIRST_NS 1000000u  /* 1 ms between the first two, doubled up to: */
#define RETRY_LAST_NS 50000000u

struct capture {
	const struct capture_options *options;
	struct runtime *runtime;
	struct stop *stop;
	struct heap *heap;
	uint64_t attempts;
	uint64_t begun_ns; /* CLOCK_MONOTONIC */
};

static void capture_deinit(struct capture *capture)
{
	stop_destroy(capture->stop); /* first: the target must not wait for our clean-up */
	heap_destroy(capture->heap);
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
	return runtime_find(source, options->runtime, &capture->runtime);
}

/* Stops the target and opens its heap; *collecting says that a collection is running in it. */
static struct error *stop_and_open(struct capture *capture, bool *collecting)
{
	const struct capture_options *options = capture->options;
	AUTO(source) struct source *source = NULL;

	capture->attempts++;
	TRY(stop_process(options->process, options->timeout, options->interrupt, &capture->stop));
	TRY(source_live_open(options->process, SOURCE_LIVE_ANY, options->interrupt, &source));
	TRY(heap_open(&source, options->process, capture->runtime, &capture->heap));
	*collecting = heap_gc(capture->heap)->collecting;
	return NULL;
}

static void release(struct capture *capture)
{
	stop_destroy(capture->stop);
	capture->stop = NULL;
	heap_destroy(capture->heap);
	capture->heap = NULL;
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

static struct error *write_snapshot(struct capture *capture, struct writer *writer, struct capture_result *result)
{
	const struct capture_options *options = capture->options;
	const struct stop_times *times = stop_times(capture->stop);
	const struct meta_input input = {.process = options->process, .runtime = capture->runtime, .heap = capture->heap,
					 .source = "live", .pause_mode = "hold", .moment_ns = times->realtime,
					 .pause_ns = times->resumed - times->begun, .begun_ns = capture->begun_ns,
					 .attempts = capture->attempts};

	TRY(heap_emit(capture->heap, options->interrupt, writer));
	TRY(meta_write(&input, writer));
	result->complete = heap_losses(capture->heap, writer, result->losses);
	result->counts = writer_counts(writer);
	TRY(writer_commit(writer, &result->file_bytes));
	result->pause_ns = times->resumed - times->begun;
	result->duration_ns = monotonic_ns() - capture->begun_ns;
	result->attempts = capture->attempts;
	return NULL;
}

struct error *capture_run(const struct capture_options *options, struct capture_result *result)
{
	AUTO(capture) struct capture capture = {.options = options, .begun_ns = monotonic_ns()};
	AUTO(writer) struct writer *writer = NULL;

	*result = (struct capture_result){0};
	/* First, so that an output that can't be made costs the target no pause. */
	TRY(writer_create(options->output, options->force, &writer));
	TRY(find_runtime(&capture));
	if (options->before_stop != NULL)
		options->before_stop(options->process);
	TRY(stop_between_collections(&capture));
	TRY(heap_discover(capture.heap, options->interrupt));
	stop_release(capture.stop);
	return write_snapshot(&capture, writer, result);
}
