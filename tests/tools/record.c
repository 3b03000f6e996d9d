/* Record: makes a small heap image of a living process, for tests on machines that can't run its interpreter.
 *
 *     record PID FOLDER [TEXT ...]
 *
 * FOLDER, which must not be there, gets `core`, an ELF core with nothing but the bytes that a capture reads, and files/, a
 * system root with what is left of the mapped files in which a Python is recognised: heapdump --core FOLDER/core --sysroot
 * FOLDER/files then takes the same way as on the living process: it finds the runtime, chooses and proves the layout,
 * decodes, finds the roots and writes. Each TEXT is replaced by a row of x wherever it stands: paths of this machine.
 *
 * Method: capture the process while it is stopped, with the dumper's own library, note every byte that it reads
 * (record/touched.c), and write those (record/image.c). Names and short texts are among them: record only a program that
 * was made for it, started without arguments, environment and site packages (tests/images/record.py does). Longer texts,
 * of which a capture reads the contents for their hashes alone, are left blank. What a later heapdump reads in addition reads
 * as 0 or is missing: then record anew. A walk that meets losses makes no image.
 */
#include "base/bytes.h"
#include "base/text.h"
#include "dumper/heap.h"
#include "dumper/procfs.h"
#include "dumper/source_live.h"
#include "dumper/stop.h"
#include "tests/tools/record/image.h"
#include "tests/tools/record/slim.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_SECONDS 10.0
#define RANDOM_BYTES 16u

static struct error *path_below(const char *folder, const char *name, char **path)
{
	return asprintf(path, "%s%s", folder, name) >= 0 ? NULL : error_memory();
}

static struct error *make_folder(const char *folder, const char *name)
{
	AUTO(string) char *path = NULL;

	TRY(path_below(folder, name, &path));
	return mkdir(path, 0777) == 0 ? NULL : error_create_errno(ERROR_IO, errno, "can't make the folder %s", path);
}

static struct error *find_runtime(const struct process *process, struct runtime **runtime)
{
	AUTO(source) struct source *live = NULL;
	AUTO(source) struct source *noting = NULL;

	TRY(source_live_open(process, SOURCE_LIVE_ANY, NULL, &live));
	TRY(touched_source_create(live, &noting));
	return runtime_find(noting, NULL, runtime);
}

/* The whole way of a capture, to the last name; the snapshot itself is thrown away. */
static struct error *walk(const struct process *process, const struct runtime *runtime, const char *folder)
{
	const struct discovery_limits limits = {0};
	AUTO(source) struct source *source = NULL;
	AUTO(heap) struct heap *heap = NULL;
	AUTO(writer) struct writer *writer = NULL;
	AUTO(string) char *path = NULL;
	uint64_t losses[LOSS_COUNT];

	TRY(path_below(folder, "/walk.snap", &path));
	TRY(writer_create(path, false, &writer));
	TRY(source_live_open(process, SOURCE_LIVE_ANY, NULL, &source));
	TRY(heap_open(&source, process, runtime, NULL, &heap));
	TRY(heap_discover(heap, &limits));
	TRY(heap_emit(heap, NULL, NULL, writer));
	if (!heap_losses(heap, writer, losses))
		return error_create(ERROR_REFUSED, "the capture is partial, and an image must not be");
	return NULL;
}

/* Where one of the symbols is in the file mapped at `range`, its slim copy is written and its beginning noted. */
static struct error *keep_file(struct source *source, const struct source_range *range, const char *folder)
{
	AUTO(slim) struct slim slim = {0};
	AUTO(string) char *name = image_name(range->path);
	AUTO(string) char *path = NULL;
	AUTO(close) int file = -1, copy = -1;
	const char *const *symbols;
	size_t count;

	if (name == NULL)
		return error_memory();
	TRY(source->operations->open_file(source, range, &file));
	symbols = touched_symbols(&count);
	AUTO(error) struct error *foreign = slim_read(file, symbols, count, &slim);
	if (foreign != NULL)
		return foreign->code == ERROR_INPUT ? NULL : steal(&foreign);
	if (!slim.wanted)
		return NULL;
	TRY(path_below(folder, "/files", &path));
	AUTO(string) char *whole = NULL;
	TRY(path_below(path, name, &whole));
	copy = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (copy < 0 || write(copy, slim.bytes, slim.size) != (ssize_t)slim.size)
		return error_create_errno(ERROR_IO, errno, "can't make %s", whole);
	slim_head(&slim, range->end - range->start, touched_note, range->start);
	return NULL;
}

static struct error *keep_files(struct source *source, const char *folder)
{
	const struct source_range *ranges;
	size_t count;

	TRY(make_folder(folder, "/files"));
	TRY(make_folder(folder, "/files" IMAGE_FOLDER));
	TRY(source->operations->ranges(source, &ranges, &count));
	for (size_t i = 0; i < count; i++)
		if (ranges[i].path != NULL && ranges[i].path[0] == '/' && ranges[i].file_offset == 0 &&
		    (i == 0 || ranges[i - 1].path == NULL || strcmp(ranges[i - 1].path, ranges[i].path) != 0))
			TRY(keep_file(source, &ranges[i], folder));
	return NULL;
}

static struct error *program_headers(const struct process *process, uint64_t *address)
{
	AUTO(text) struct text vector;

	text_init(&vector);
	TRY(procfs_read_of(&vector, process->proc, process->reader, "auxv"));
	struct bytes bytes = bytes_over(vector.data, vector.length);
	while (bytes_left(&bytes) >= 16) {
		uint64_t kind = bytes_u64(&bytes), value = bytes_u64(&bytes);
		if (kind == AT_PHDR)
			*address = value;
	}
	return NULL;
}

static struct error *record(pid_t pid, const char *folder, const char *const *hidden, size_t hidden_count)
{
	AUTO(process) struct process *process = NULL;
	AUTO(runtime) struct runtime *runtime = NULL;
	AUTO(stop) struct stop *stop = NULL;
	AUTO(source) struct source *source = NULL;
	AUTO(string) char *core = NULL;
	struct image_input input = {.hidden = hidden, .hidden_count = hidden_count};

	TRY(make_folder(folder, ""));
	TRY(process_read(NULL, pid, &process));
	TRY(stop_process(process, STOP_SECONDS, NULL, &stop));
	TRY(find_runtime(process, &runtime));
	TRY(walk(process, runtime, folder));
	TRY(source_live_open(process, SOURCE_LIVE_ANY, NULL, &source));
	TRY(keep_files(source, folder));
	touched_note(process->random_address, RANDOM_BYTES);
	TRY(program_headers(process, &input.program_headers));
	TRY(touched_spans(&input.spans, &input.span_count));
	input.source = source;
	input.process = process;
	TRY(path_below(folder, "/core", &core));
	TRY(image_write(&input, core));
	printf("%s\n", runtime->version);
	return NULL;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long pid = argc >= 3 ? strtol(argv[1], &end, 10) : 0;

	if (pid <= 0 || *end != '\0') {
		fputs("usage: record PID FOLDER [TEXT ...]\n", stderr);
		return 2;
	}
	AUTO(error) struct error *error = record((pid_t)pid, argv[2], (const char *const *)(argv + 3),
						 (size_t)argc - 3);
	if (error != NULL)
		fprintf(stderr, "record: %s\n", error->message);
	return error != NULL;
}
