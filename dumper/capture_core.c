/* Capture of a core: the same heap, from another source. What a live capture asks the kernel is read from the core's notes;
 * what they don't tell (start time, resident size, host) stays absent. The moment is the core file's own time stamp.
 */
#include "dumper/capture_core.h"

#include "base/text.h"
#include "dumper/core_files.h"
#include "dumper/core_unpack.h"
#include "dumper/heap.h"
#include "dumper/meta.h"
#include "dumper/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RANGES_LISTED 1000u /* that a snapshot names, at most */

struct core_capture {
	struct core *core;
	struct process *process;
	struct runtime *runtime;
	struct heap *heap;
	struct kinds kinds;
	const struct source *source; /* the heap's; its losses outlive the discovery */
	uint64_t begun_ns;           /* CLOCK_MONOTONIC */
	struct timespec written;     /* when the core was, since 1970 */
};

static void core_capture_deinit(struct core_capture *capture)
{
	heap_close(capture->heap);
	kinds_deinit(&capture->kinds);
	runtime_destroy(capture->runtime);
	process_destroy(capture->process);
	core_destroy(capture->core);
}
DEFINE_AUTO_VALUE(core_capture, struct core_capture, core_capture_deinit);

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What is known of a process that is no more. */
static struct error *process_of_core(const struct core *core, struct process **result)
{
	const struct core_mapping *program = core_mapping_at(core, core->program_headers);
	AUTO(process) struct process *process = calloc(1, sizeof *process);

	if (process == NULL)
		return error_memory();
	process->pidfd = -1;
	process->pid = process->reader = process->namespace_pid = (pid_t)core->pid;
	process->uid = (uid_t)core->uid;
	process->threads = core->threads != 0 ? core->threads : META_ABSENT;
	process->start_ticks = process->start_time_ns = META_ABSENT;
	process->rss = process->peak_rss = process->anonymous = META_ABSENT;
	process->random_address = core->random_address;
	process->command = strdup(core->command[0] != '\0' ? core->command : "core");
	process->executable = program != NULL ? strdup(program->path) : NULL;
	if (process->command == NULL || (program != NULL && process->executable == NULL))
		return error_memory();
	*result = steal(&process);
	return NULL;
}

/* Where what is missing explains why there is nothing to read. */
static struct error *check_core(const struct core *core)
{
	bool written = false;

	for (size_t i = 0; i < core->segments.count; i++)
		written = written || (core->segments.items[i].writable && core->segments.items[i].held > 0);
	if (!written)
		return error_create(ERROR_REFUSED,
				    "the core holds nothing that the process has written: it was cut off, or left out "
				    "(/proc/PID/coredump_filter chooses what a core holds)");
	if (!core->listed && core->mappings.count == 0)
		return error_create(
			ERROR_REFUSED,
			"the core does not list the mapped files (its note NT_FILE is missing or cut off), and "
			"no Python found here is the one in it: --exe FILE or --sysroot DIR name it");
	return NULL;
}

static struct error *check_runtime(const struct core *core, const struct runtime *runtime)
{
	uint8_t word[8];
	size_t got;

	TRY(core_read(core, runtime->address, word, sizeof word, &got));
	if (got == sizeof word)
		return NULL;
	return error_create_at(
		ERROR_REFUSED, runtime->address,
		"the core does not hold the data of CPython %s (at %#lx, of %s): it was cut off or left out",
		runtime->version, (unsigned long)runtime->address, runtime->path);
}

static struct error *open_heap(const struct capture_core_options *options, struct core_capture *capture)
{
	AUTO(source) struct source *source = NULL;

	TRY(source_core_open(capture->core, &options->files, &source));
	TRY(runtime_find(source, options->runtime, &capture->runtime));
	TRY(check_runtime(capture->core, capture->runtime));
	TRY(source_core_need(source, capture->runtime->data_start)); /* the names of its types are in the file */
	capture->source = source;
	TRY(heap_open(&source, capture->process, capture->runtime, NULL, &capture->heap));
	return heap_keep(capture->heap, &options->contents);
}

/* An error that a cut may have caused says so. */
static struct error *blame_cut(const struct core *core, struct error *error)
{
	AUTO(error) struct error *cause = error;
	AUTO(text) struct text lost;

	text_init(&lost);
	if (cause == NULL || (core->lost == 0 && !core->uncounted) ||
	    (cause->code != ERROR_REFUSED && cause->code != ERROR_FAULT && cause->code != ERROR_INPUT))
		return steal(&cause);
	text_add_size(&lost, core->lost, SIZE_BINARY);
	return error_create(ERROR_REFUSED, "%s; the core is cut, and %s of memory are missing", cause->message,
			    text_string(&lost));
}

static struct error *open_core(const struct capture_core_options *options, struct core_capture *capture)
{
	struct stat found;
	int fd;

	if (stat(options->core, &found) != 0)
		return error_create_errno(ERROR_REFUSED, errno, "can't open the core file %s", options->core);
	capture->written = found.st_mtim;
	TRY(core_unpack_open(options->core, options->interrupt, &fd));
	TRY(core_open_plain(fd, options->core, &capture->core));
	if (!capture->core->listed)
		TRY(core_files_find(capture->core, options->files.executable, options->files.sysroot));
	TRY(process_of_core(capture->core, &capture->process));
	TRY(blame_cut(capture->core, check_core(capture->core)));
	return blame_cut(capture->core, open_heap(options, capture));
}

/* NULL where nothing is. */
static struct error *list_missing(const struct core_capture *capture, bool complete, char **ranges)
{
	AUTO(text) struct text list;

	text_init(&list);
	TRY(source_core_list(capture->source, !complete, RANGES_LISTED, &list));
	*ranges = list.length > 0 ? text_steal(&list) : NULL;
	return NULL;
}

static struct error *write_snapshot(struct core_capture *capture, struct interrupt *interrupt, struct writer *writer,
				    struct capture_result *result)
{
	struct source_core_losses losses = source_core_losses(capture->source);
	AUTO(string) char *ranges = NULL;

	TRY(heap_emit(capture->heap, capture->kinds.footprint, interrupt, writer));
	TRY(kinds_write(&capture->kinds, writer));
	result->complete = heap_losses(capture->heap, writer, result->losses) && losses.ranges == 0;
	TRY(list_missing(capture, result->complete, &ranges));
	const struct meta_input input = {.process = capture->process,
					 .runtime = capture->runtime,
					 .heap = capture->heap,
					 .kinds = &capture->kinds,
					 .source = "core",
					 .begun_ns = capture->begun_ns,
					 .pause_ns = META_ABSENT,
					 .pause_total_ns = META_ABSENT,
					 .moment_ns = (uint64_t)capture->written.tv_sec * 1000000000u +
						      (uint64_t)capture->written.tv_nsec,
					 .attempts = META_ABSENT,
					 .reads_repeated = META_ABSENT,
					 .chunks_changed = META_ABSENT,
					 .series_number = META_ABSENT,
					 .ranges_missing = ranges};

	TRY(meta_write(&input, writer));
	result->losses[LOSS_range_missing] = losses.ranges;
	writer_loss(writer, LOSS_range_missing, losses.ranges);
	result->counts = writer_counts(writer);
	return writer_commit(writer, &result->file_bytes);
}

/* Ranges that were left out on purpose matter only where something was lost. */
static struct error *describe_missing(const struct core_capture *capture, bool complete, char **missing)
{
	AUTO(text) struct text lines;

	text_init(&lines);
	TRY(source_core_describe(capture->source, !complete, &lines));
	*missing = text_steal(&lines);
	return *missing != NULL ? NULL : error_memory();
}

struct error *capture_core(const struct capture_core_options *options, struct capture_result *result, char **path,
			   char **missing)
{
	AUTO(core_capture) struct core_capture capture = {.begun_ns = monotonic_ns()};
	AUTO(writer) struct writer *writer = NULL;
	AUTO(string) char *name = NULL;
	const struct discovery_limits limits = {.interrupt = options->interrupt, .memory_bytes = options->memory_bytes};

	*result = (struct capture_result){0};
	TRY(open_core(options, &capture));
	const struct output_facts facts = {
		.process = capture.process, .moment = capture.written.tv_sec, .number = 1, .count = 1};
	TRY(output_name(options->output != NULL ? options->output : OUTPUT_SINGLE, &facts, &name));
	TRY(writer_create(name, options->force, &writer));
	TRY(heap_discover(capture.heap, &limits));
	TRY(kinds_take_core(&capture.kinds, capture.core, heap_source(capture.heap)));
	TRY(kinds_stacks(&capture.kinds, heap_source(capture.heap), capture.process->random_address));
	TRY(kinds_malloc(&capture.kinds, capture.heap));
	TRY(write_snapshot(&capture, options->interrupt, writer, result));
	TRY(describe_missing(&capture, result->complete, missing));
	result->duration_ns = monotonic_ns() - capture.begun_ns;
	*path = steal(&name);
	return NULL;
}
