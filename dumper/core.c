/* Core: reads the notes and program headers of an ELF core once and puts them in order.
 *
 * NT_PRPSINFO names the process, NT_PRSTATUS counts its threads, NT_AUXV has AT_RANDOM, NT_FILE the mapped files. The
 * offsets in the notes are those of x86-64 Linux. Segments that overlap one before are left out; a file cut short
 * shows as segments that end beyond it. O(segments log segments).
 */
#include "dumper/core.h"

#include "base/bytes.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_PRPSINFO_UID 16 /* offsets in struct elf_prpsinfo, bytes */
#define NOTE_PRPSINFO_PID 24
#define NOTE_PRPSINFO_COMMAND 40
#define COMMAND_SIZE 16u
#define PAGE_LIMIT (UINT64_C(1) << 30) /* an NT_FILE page size above this is nonsense */

static void take_process(struct core *core, const struct elf_note *note)
{
	if (note->size < NOTE_PRPSINFO_COMMAND + COMMAND_SIZE)
		return;
	core->uid = load_u32(note->content + NOTE_PRPSINFO_UID);
	core->pid = load_u32(note->content + NOTE_PRPSINFO_PID);
	memcpy(core->command, note->content + NOTE_PRPSINFO_COMMAND, COMMAND_SIZE);
}

static void take_auxiliary(struct core *core, const struct elf_note *note)
{
	struct bytes bytes = bytes_over(note->content, note->size);

	while (bytes_left(&bytes) >= 16) {
		uint64_t type = bytes_u64(&bytes), value = bytes_u64(&bytes);

		if (type == AT_RANDOM)
			core->random_address = value;
		else if (type == AT_PHDR)
			core->program_headers = value;
	}
}

/* Count, page size, then start, end and page offset of each mapping, then their names, each ended by NUL. */
static struct error *take_files(struct core *core, const struct elf_note *note)
{
	struct bytes bytes = bytes_over(note->content, note->size);
	uint64_t count = bytes_u64(&bytes), page = bytes_u64(&bytes);
	struct bytes names;

	if (bytes.failed || count > bytes_left(&bytes) / 24 || page == 0 || page > PAGE_LIMIT)
		return NULL;
	names = bytes;
	bytes_take(&names, count * 24);
	core->listed = true;
	for (uint64_t i = 0; i < count; i++) {
		const char *name = (const char *)names.data + names.position;
		size_t length = strnlen(name, bytes_left(&names));
		struct core_mapping mapping = {.start = bytes_u64(&bytes), .end = bytes_u64(&bytes)};

		mapping.offset = saturating_multiply(bytes_u64(&bytes), page);
		if (length == bytes_left(&names))
			return NULL; /* no NUL: the rest has no names */
		bytes_take(&names, length + 1);
		mapping.path = arena_copy(&core->arena, name, length);
		if (mapping.path == NULL)
			return error_memory();
		if (mapping.start < mapping.end)
			TRY(vector_push(&core->mappings, mapping));
	}
	return NULL;
}

static struct error *take_note(void *context, const struct elf_note *note)
{
	struct core *core = context;

	if (note->name_size < 4 || memcmp(note->name, "CORE", 4) != 0)
		return NULL;
	switch (note->type) {
	case NT_PRSTATUS:
		core->threads++;
		return NULL;
	case NT_PRPSINFO:
		take_process(core, note);
		return NULL;
	case NT_AUXV:
		take_auxiliary(core, note);
		return NULL;
	case NT_FILE:
		return take_files(core, note);
	default:
		return NULL;
	}
}

static int compare_segments(const void *left, const void *right)
{
	const struct core_segment *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static int compare_mappings(const void *left, const void *right)
{
	const struct core_mapping *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* Sorts and drops what overlaps the one before. */
static void order_segments(struct core *core)
{
	size_t kept = 0;

	if (core->segments.count == 0)
		return;
	qsort(core->segments.items, core->segments.count, sizeof *core->segments.items, compare_segments);
	for (size_t i = 0; i < core->segments.count; i++)
		if (kept == 0 || core->segments.items[i].start >= core->segments.items[kept - 1].end)
			core->segments.items[kept++] = core->segments.items[i];
	core->segments.count = kept;
}

static void order_mappings(struct core *core)
{
	size_t kept = 0;

	if (core->mappings.count == 0)
		return;
	qsort(core->mappings.items, core->mappings.count, sizeof *core->mappings.items, compare_mappings);
	for (size_t i = 0; i < core->mappings.count; i++)
		if (kept == 0 || core->mappings.items[i].start >= core->mappings.items[kept - 1].end)
			core->mappings.items[kept++] = core->mappings.items[i];
	core->mappings.count = kept;
}

static struct error *take_segments(struct core *core, uint64_t file_size)
{
	for (size_t i = 0; i < elf_segment_count(core->elf); i++) {
		struct core_segment segment;
		struct elf_load load;
		uint64_t there;

		if (!elf_load(core->elf, i, &load) || load.memory_size == 0 ||
		    load.memory_size > UINT64_MAX - load.start)
			continue;
		there = load.offset < file_size ? file_size - load.offset : 0;
		segment = (struct core_segment){.start = load.start, .end = load.start + load.memory_size,
						.offset = load.offset, .readable = load.readable,
						.writable = load.writable, .executable = load.executable};
		segment.held = load.file_size < load.memory_size ? load.file_size : load.memory_size;
		if (segment.held > there) {
			segment.lost = segment.held - there;
			segment.held = there;
		}
		core->lost = saturating_add(core->lost, segment.lost);
		TRY(vector_push(&core->segments, segment));
	}
	return NULL;
}

/* A core that a service compressed: libarchive could open it, but not at random places. */
static struct error *refuse_compressed(int fd, const char *path)
{
	static const struct {
		const char *magic, *kind, *command;
		size_t size;
	} kinds[] = {
		{"\x28\xb5\x2f\xfd", "zstd", "zstd -d", 4},
		{"\x04\x22\x4d\x18", "lz4", "lz4 -d", 4},
		{"\x1f\x8b", "gzip", "gzip -d", 2},
		{"\xfd" "7zXZ", "xz", "xz -d", 5},
	};
	char head[8] = {0};

	if (pread(fd, head, sizeof head, 0) < 0)
		return error_create_errno(ERROR_IO, errno, "can't read %s", path);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (memcmp(head, kinds[i].magic, kinds[i].size) == 0)
			return error_create(ERROR_INPUT, "%s is compressed by %s: decompress it first (%s)", path, kinds[i].kind,
					    kinds[i].command);
	return NULL;
}

static struct error *open_elf(struct core *core, const char *path, uint64_t *size)
{
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat found;
	int taken;

	if (fd < 0)
		return error_create_errno(ERROR_IO, errno, "can't open %s", path);
	if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
		return error_create(ERROR_INPUT, "%s is not a regular file", path);
	*size = (uint64_t)found.st_size;
	TRY(refuse_compressed(fd, path));
	taken = fd;
	fd = -1;
	return elf_open_core(taken, path, &core->elf);
}

struct error *core_open(const char *path, struct core **result)
{
	AUTO(core) struct core *core = calloc(1, sizeof *core);
	uint64_t size = 0;

	if (core == NULL)
		return error_memory();
	arena_init(&core->arena);
	core->uid = UINT64_MAX;
	TRY(open_elf(core, path, &size));
	TRY(elf_notes(core->elf, take_note, core));
	TRY(take_segments(core, size));
	order_segments(core);
	order_mappings(core);
	if (core->segments.count == 0)
		return error_create(ERROR_INPUT, "%s holds no memory: it was cut before its first segment, or filtered away", path);
	*result = steal(&core);
	return NULL;
}

void core_destroy(struct core *core)
{
	if (core == NULL)
		return;
	vector_deinit(&core->segments);
	vector_deinit(&core->mappings);
	elf_destroy(core->elf);
	arena_deinit(&core->arena);
	free(core);
}

const struct core_mapping *core_mapping_at(const struct core *core, uint64_t address)
{
	size_t low = 0, high = core->mappings.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (core->mappings.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < core->mappings.items[low - 1].end ? &core->mappings.items[low - 1] : NULL;
}

const struct core_segment *core_segment_at(const struct core *core, uint64_t address)
{
	size_t low = 0, high = core->segments.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (core->segments.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < core->segments.items[low - 1].end ? &core->segments.items[low - 1] : NULL;
}
