/* Core: what does a core file hold? Reads the notes and program headers of an ELF core once and puts them in order.
 *
 * NT_PRPSINFO names the process, NT_PRSTATUS each of its threads, NT_AUXV has AT_RANDOM, NT_FILE the mapped files. The
 * offsets in the notes are those of x86-64 Linux. A file cut short shows as segments that end beyond it. What no kernel
 * writes is made harmless: segments shrink to whole pages, those that overlap one before are left out, and all together
 * hold no more bytes than the file has, so that a small file can't stand for much memory. O(segments log segments).
 */
#include "dumper/core.h"

#include "base/bytes.h"
#include "dumper/core_stacks.h"
#include "dumper/core_unpack.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_PRPSINFO_UID 16 /* offsets in struct elf_prpsinfo, bytes */
#define NOTE_PRPSINFO_PID 24
#define NOTE_PRPSINFO_COMMAND 40
#define COMMAND_SIZE 16u
#define NOTE_PRSTATUS_STACK 264        /* in struct elf_prstatus: the stack pointer, rsp */
#define NOTE_PRSTATUS_THREAD 280       /* and fs_base */
#define PAGE_LIMIT (UINT64_C(1) << 30) /* an NT_FILE page size above this is nonsense */
#define PAGE UINT64_C(4096)
#define USER_END (UINT64_C(1) << 47) /* above are the kernel's pages, even if a core has one of them (vsyscall) */
#define DELETED " (deleted)"

static void take_process(struct core *core, const struct elf_note *note)
{
	if (note->size < NOTE_PRPSINFO_COMMAND + COMMAND_SIZE)
		return;
	core->uid = load_u32(note->content + NOTE_PRPSINFO_UID);
	core->pid = load_u32(note->content + NOTE_PRPSINFO_PID);
	if (core->pid > INT32_MAX)
		core->pid = 0;
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

static struct error *take_thread(struct core *core, const struct elf_note *note)
{
	core->threads++;
	if (note->size < NOTE_PRSTATUS_STACK + 8)
		return NULL;
	TRY(vector_push(&core->thread_pointers, note->size >= NOTE_PRSTATUS_THREAD + 8
							? load_u64(note->content + NOTE_PRSTATUS_THREAD)
							: 0));
	return vector_push(&core->stack_pointers, load_u64(note->content + NOTE_PRSTATUS_STACK));
}

/* The pages that lie wholly in [start, end); false where there are none. */
static bool page_range(uint64_t *start, uint64_t *end)
{
	if (*start > UINT64_MAX - (PAGE - 1))
		return false;
	*start = (*start + PAGE - 1) & ~(PAGE - 1);
	*end &= ~(PAGE - 1);
	return *start < *end;
}

struct error *core_add_mapping(struct core *core, const struct core_mapping *mapping)
{
	struct core_mapping copy = *mapping;
	size_t length = strlen(mapping->path), mark = sizeof DELETED - 1;

	if (!page_range(&copy.start, &copy.end))
		return NULL;
	copy.offset = saturating_add(copy.offset, copy.start - mapping->start);
	copy.deleted = length > mark && strcmp(mapping->path + length - mark, DELETED) == 0;
	copy.path = arena_copy(&core->arena, mapping->path, copy.deleted ? length - mark : length);
	return copy.path != NULL ? vector_push(&core->mappings, copy) : error_memory();
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
		struct core_mapping mapping = {.start = bytes_u64(&bytes), .end = bytes_u64(&bytes), .path = name};

		mapping.offset = saturating_multiply(bytes_u64(&bytes), page);
		if (length == bytes_left(&names))
			return NULL; /* no NUL: the rest has no names */
		bytes_take(&names, length + 1);
		TRY(core_add_mapping(core, &mapping));
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
		return take_thread(core, note);
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

void core_order(struct core *core)
{
	order_segments(core);
	order_mappings(core);
}

/* A segment as its header says, but whole pages of it, and with no more bytes than there are: *budget. */
static bool segment_take(const struct elf_load *load, uint64_t file_size, uint64_t *budget,
			 struct core_segment *segment)
{
	uint64_t there = load->offset < file_size ? file_size - load->offset : 0, cut;

	if (load->memory_size == 0 || load->memory_size > UINT64_MAX - load->start)
		return false;
	*segment = (struct core_segment){.start = load->start,
					 .end = load->start + load->memory_size,
					 .offset = load->offset,
					 .readable = load->readable,
					 .writable = load->writable,
					 .executable = load->executable};
	if (!page_range(&segment->start, &segment->end) || segment->start >= USER_END)
		return false;
	cut = segment->start - load->start;
	segment->held = load->file_size < load->memory_size ? load->file_size : load->memory_size;
	segment->held = segment->held > cut ? segment->held - cut : 0;
	if (segment->held > segment->end - segment->start)
		segment->held = segment->end - segment->start;
	there = there > cut ? there - cut : 0;
	segment->offset = saturating_add(segment->offset, cut);
	if (there > *budget)
		there = *budget;
	if (segment->held > there) {
		segment->lost = segment->held - there;
		segment->held = there;
	}
	*budget -= segment->held;
	return true;
}

static struct error *take_segments(struct core *core, uint64_t file_size)
{
	uint64_t budget = file_size;

	for (size_t i = 0; i < elf_segment_count(core->elf); i++) {
		struct core_segment segment;
		struct elf_load load;

		if (!elf_load(core->elf, i, &load) || !segment_take(&load, file_size, &budget, &segment))
			continue;
		TRY(vector_push(&core->segments, segment));
	}
	core->uncounted = elf_is_cut(core->elf);
	return NULL;
}

static void count_bytes(struct core *core)
{
	for (size_t i = 0; i < core->segments.count; i++) {
		core->held += core->segments.items[i].held;
		core->lost = saturating_add(core->lost, core->segments.items[i].lost);
		core->blank += core->segments.items[i].blank; /* the file has as many bytes */
	}
}

struct error *core_open_plain(int fd, const char *path, struct core **result)
{
	AUTO(core) struct core *core = calloc(1, sizeof *core);

	if (core == NULL) {
		guard_close(fd);
		return error_memory();
	}
	arena_init(&core->arena);
	core->uid = UINT64_MAX;
	TRY(elf_open_core(fd, path, &core->elf));
	TRY(elf_notes(core->elf, take_note, core));
	TRY(take_segments(core, elf_size(core->elf)));
	core_order(core);
	TRY(core_stacks_check(core));
	count_bytes(core);
	if (core->held == 0)
		return error_create(ERROR_INPUT,
				    "%s holds no memory: it was cut off, or all of it was left out (coredump_filter)",
				    path);
	*result = steal(&core);
	return NULL;
}

struct error *core_open(const char *path, struct core **result)
{
	int fd;

	TRY(core_unpack_open(path, NULL, &fd));
	return core_open_plain(fd, path, result);
}

void core_destroy(struct core *core)
{
	if (core == NULL)
		return;
	vector_deinit(&core->segments);
	vector_deinit(&core->mappings);
	vector_deinit(&core->stack_pointers);
	vector_deinit(&core->thread_pointers);
	elf_destroy(core->elf);
	arena_deinit(&core->arena);
	free(core);
}

struct error *core_read(const struct core *core, uint64_t address, void *buffer, size_t size, size_t *got)
{
	const struct core_segment *segment = core_segment_at(core, address);
	uint64_t at;

	*got = 0;
	if (segment == NULL || address - segment->start >= segment->held)
		return NULL;
	at = address - segment->start;
	if (size > segment->held - at)
		size = segment->held - at;
	TRY(elf_read(core->elf, segment->offset + at, buffer, size));
	*got = size;
	return NULL;
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
