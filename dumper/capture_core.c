/* Capture of a core: the same heap, from another source. What a live capture asks the kernel is read from the core's notes;
 * what they don't tell (start time, resident size, host) stays absent. The moment is the core file's own time stamp.
 */
#include "dumper/capture_core.h"

#include "dumper/heap.h"
#include "dumper/meta.h"
#include "dumper/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct core_capture {
	struct core *core;
	struct process *process;
	struct runtime *runtime;
	struct heap *heap;
	const struct source *source; /* the heap's; its losses outlive the discovery */
	uint64_t begun_ns;           /* CLOCK_MONOTONIC */
	struct timespec written;     /* when the core was, since 1970 */
};

static void core_capture_deinit(struct core_capture *capture)
{
	heap_destroy(capture->heap);
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
	process->threads = core->threads;
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

static struct error *open_core(const struct capture_core_options *options, struct core_capture *capture)
{
	AUTO(source) struct source *source = NULL;
	struct stat found;

	if (stat(options->core, &found) != 0)
		return error_create_errno(ERROR_REFUSED, errno, "can't open the core file %s", options->core);
	capture->written = found.st_mtim;
	TRY(core_open(options->core, &capture->core));
	TRY(process_of_core(capture->core, &capture->process));
	TRY(source_core_open(capture->core, &options->files, &source));
	TRY(runtime_find(source, options->runtime, &capture->runtime));
	capture->source = source;
	return heap_open(&source, capture->process, capture->runtime, NULL, &capture->heap);
}

static struct error *write_snapshot(struct core_capture *capture, struct interrupt *interrupt, struct writer *writer,
				    struct capture_result *result)
{
	struct source_core_losses losses = source_core_losses(capture->source);
	const struct meta_input input = {.process = capture->process, .runtime = capture->runtime, .heap = capture->heap,
					 .source = "core", .begun_ns = capture->begun_ns, .pause_ns = META_ABSENT,
					 .moment_ns = (uint64_t)capture->written.tv_sec * 1000000000u +
						      (uint64_t)capture->written.tv_nsec,
					 .attempts = META_ABSENT};

	TRY(heap_emit(capture->heap, interrupt, writer));
	TRY(meta_write(&input, writer));
	result->complete = heap_losses(capture->heap, writer, result->losses) && losses.ranges == 0;
	result->losses[LOSS_range_missing] = losses.ranges;
	writer_loss(writer, LOSS_range_missing, losses.ranges);
	result->counts = writer_counts(writer);
	return writer_commit(writer, &result->file_bytes);
}

static struct error *copy_mismatch(const struct core_capture *capture, char **mismatch)
{
	struct source_core_losses losses = source_core_losses(capture->source);

	*mismatch = losses.mismatch != NULL ? strdup(losses.mismatch) : NULL;
	return losses.mismatch != NULL && *mismatch == NULL ? error_memory() : NULL;
}

struct error *capture_core(const struct capture_core_options *options, struct capture_result *result, char **path,
			   char **mismatch)
{
	AUTO(core_capture) struct core_capture capture = {.begun_ns = monotonic_ns()};
	AUTO(writer) struct writer *writer = NULL;
	AUTO(string) char *name = NULL;
	const struct discovery_limits limits = {.interrupt = options->interrupt, .memory_bytes = options->memory_bytes};

	*result = (struct capture_result){0};
	TRY(open_core(options, &capture));
	if (options->output == NULL)
		TRY(output_name(capture.process, capture.written.tv_sec, &name));
	else if ((name = strdup(options->output)) == NULL)
		return error_memory();
	TRY(writer_create(name, options->force, &writer));
	TRY(heap_discover(capture.heap, &limits));
	TRY(write_snapshot(&capture, options->interrupt, writer, result));
	TRY(copy_mismatch(&capture, mismatch));
	result->duration_ns = monotonic_ns() - capture.begun_ns;
	*path = steal(&name);
	return NULL;
}
