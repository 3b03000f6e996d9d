/* Capture of oneself: the same heap as a live capture's, from a frozen image instead of a stopped process.
 *
 * The image is a fork, so its memory is of one moment. Who the process is and how it is, the image can't tell of itself: that
 * comes as text from the process that was forked. All of it crosses a border, as anybody can start this program, and is
 * checked here.
 */
#include "dumper/capture_self.h"

#include "base/text.h"
#include "dumper/heap.h"
#include "dumper/kinds.h"
#include "dumper/meta.h"
#include "dumper/output.h"
#include "dumper/procfs.h"
#include "dumper/self.h"
#include "dumper/traverse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct self_capture {
	struct process *process;
	struct runtime *runtime;
	struct heap *heap;
	struct traverse *traverse;
	struct kinds kinds;
	uint64_t begun_ns, moment_ns, pause_ns, attempt;
};

static void self_capture_deinit(struct self_capture *capture)
{
	heap_close(capture->heap);
	traverse_destroy(capture->traverse);
	kinds_deinit(&capture->kinds);
	runtime_destroy(capture->runtime);
	process_destroy(capture->process);
}
DEFINE_AUTO_VALUE(self_capture, struct self_capture, self_capture_deinit);

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct error *no_facts(void)
{
	return error_create(ERROR_REFUSED,
			    "what should say which process this is makes no sense: --self is for the Python "
			    "package heapdump of the same version, which starts this program by itself");
}

static struct error *read_facts(int fd, char facts[SELF_FACTS_MAX], const char *fields[SELF_FACT_COUNT])
{
	size_t used = 0, at = 0;
	ssize_t got;

	while (used < SELF_FACTS_MAX &&
	       ((got = read(fd, facts + used, SELF_FACTS_MAX - used)) > 0 || (got < 0 && errno == EINTR)))
		used += got > 0 ? (size_t)got : 0;
	for (int i = 0; i < SELF_FACT_COUNT; i++) {
		const char *end = memchr(facts + at, '\0', used - at);

		if (end == NULL)
			return no_facts();
		fields[i] = facts + at;
		at = (size_t)(end - facts) + 1;
	}
	return at == used && strcmp(fields[SELF_FACT_VERSION], SELF_VERSION) == 0 ? NULL : no_facts();
}

static struct error *number_of(const char *field, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	unsigned long long number = strtoull(field, &end, 10);
	if (field[0] < '0' || field[0] > '9' || *end != '\0' || errno != 0 || number > most)
		return no_facts();
	*value = number;
	return NULL;
}

static struct error *take_facts(const struct capture_self_options *options, struct self_capture *capture)
{
	AUTO(string) char *facts = malloc(SELF_FACTS_MAX);
	AUTO(text) struct text status, vector;
	const char *fields[SELF_FACT_COUNT];
	uint64_t pid;

	text_init(&status);
	text_init(&vector);
	if (facts == NULL)
		return error_memory();
	TRY(read_facts(options->facts, facts, fields));
	TRY(number_of(fields[SELF_FACT_PID], INT32_MAX, &pid));
	TRY(number_of(fields[SELF_FACT_BEGUN], monotonic_ns(), &capture->begun_ns));
	TRY(number_of(fields[SELF_FACT_MOMENT], INT64_MAX, &capture->moment_ns));
	TRY(number_of(fields[SELF_FACT_PAUSE], INT64_MAX, &capture->pause_ns));
	TRY(number_of(fields[SELF_FACT_ATTEMPT], INT32_MAX, &capture->attempt));
	TRY(procfs_read_open(&vector, options->vector, "the auxiliary vector of the image"));
	text_add(&status, fields[SELF_FACT_STATUS]);
	TRY(text_error(&status));
	const struct process_texts texts = {.stat = fields[SELF_FACT_STAT],
					    .status = &status,
					    .vector = &vector,
					    .executable = fields[SELF_FACT_EXECUTABLE]};
	return process_assemble((pid_t)pid, &texts, &capture->process);
}

static struct error *open_heap(const struct capture_self_options *options, struct self_capture *capture)
{
	AUTO(source) struct source *source = NULL;

	TRY(source_self_open(&options->files, options->interrupt, &source));
	TRY(runtime_find(source, options->runtime, &capture->runtime));
	TRY(heap_open(&source, capture->process, capture->runtime, NULL, &capture->heap));
	if (options->questions >= 0 && options->answers >= 0) {
		TRY(traverse_create(options->questions, options->answers, &capture->traverse));
		heap_ask(capture->heap, capture->traverse);
	}
	return heap_keep(capture->heap, &options->contents);
}

static struct error *write_snapshot(struct self_capture *capture, struct interrupt *interrupt,
				    struct writer *writer, struct capture_result *result)
{
	const struct meta_input input = {.process = capture->process,
					 .runtime = capture->runtime,
					 .heap = capture->heap,
					 .kinds = &capture->kinds,
					 .source = "self",
					 .pause_mode = "fork",
					 .moment_ns = capture->moment_ns,
					 .pause_ns = capture->pause_ns,
					 .pause_total_ns = META_ABSENT,
					 .begun_ns = capture->begun_ns,
					 .attempts = capture->attempt,
					 .series_number = META_ABSENT,
					 .reads_repeated = META_ABSENT,
					 .chunks_changed = META_ABSENT};

	TRY(heap_emit(capture->heap, capture->kinds.footprint, interrupt, writer));
	TRY(kinds_write(&capture->kinds, writer));
	TRY(meta_write(&input, writer));
	result->complete = heap_losses(capture->heap, writer, result->losses);
	result->counts = writer_counts(writer);
	TRY(writer_commit(writer, &result->file_bytes));
	result->pause = PAUSE_FORK;
	result->pause_ns = capture->pause_ns;
	result->attempts = 1; /* the only stop of this snapshot */
	result->duration_ns = monotonic_ns() - capture->begun_ns;
	return NULL;
}

struct error *capture_self(const struct capture_self_options *options, struct capture_result *result, char **path,
			   bool *collecting)
{
	AUTO(self_capture) struct self_capture capture = {0};
	AUTO(writer) struct writer *writer = NULL;
	AUTO(string) char *name = NULL;
	const struct discovery_limits limits = {.interrupt = options->interrupt, .memory_bytes = options->memory_bytes};

	*result = (struct capture_result){0};
	*path = NULL;
	TRY(kinds_take_fork(&capture.kinds, options->sizes, options->pages, options->process)); /* first: the process runs on */
	TRY(take_facts(options, &capture));
	const struct output_facts facts = {.process = capture.process,
					   .moment = (time_t)(capture.moment_ns / 1000000000u),
					   .number = options->number};
	TRY(output_name(options->output != NULL ? options->output : OUTPUT_SINGLE, &facts, &name));
	TRY(writer_create(name, options->force, &writer));
	TRY(open_heap(options, &capture));
	*collecting = options->retry && heap_gc(capture.heap)->collecting;
	if (*collecting)
		return NULL;
	TRY(kinds_stacks(&capture.kinds, heap_source(capture.heap), capture.process->random_address));
	TRY(heap_discover(capture.heap, &limits));
	TRY(kinds_malloc(&capture.kinds, capture.heap));
	TRY(write_snapshot(&capture, options->interrupt, writer, result));
	*path = steal(&name);
	return NULL;
}
