/* Core source: where is each byte of a dead process? In the core file, else in the file that was mapped there.
 *
 * The kernel leaves out pages of a file that were never written to, and gcore whole mappings. Those are read from the
 * file on disk, but only what can't have changed in memory (relocated and other data may have, and a filter may have
 * dropped it), and only when the build-ids agree: the mapped file's id is in its first page, which cores hold unless they
 * are told not to. Files without an id must agree in that page, whole. A file is opened and checked once, at the first read of it. Finding a byte is two binary searches.
 */
#include "dumper/source_core.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_SIZE 65536u /* bytes of a mapping's start that are searched for its build-id */
#define PAGE UINT64_C(4096)
#define FILES_MAX 10000u /* files that are opened */
#define LISTED_MAX 8u    /* ranges and files that a message names */

enum file_state {
	FILE_UNTRIED,
	FILE_USABLE,
	FILE_OTHER,   /* another build-id than the mapped file's */
	FILE_UNKNOWN, /* nothing to compare: the core does not hold its first page */
	FILE_MISSING, /* can't be opened */
	FILE_DATA     /* no ELF file: it may have changed in any way */
};

struct mapped_file {
	const char *path; /* as the core names it */
	size_t head;      /* index of the mapping of its first page; SIZE_MAX: none */
	struct elf *elf;  /* NULL unless usable */
	uint64_t bias;    /* from its addresses to those in memory */
	enum file_state state;
	bool wanted; /* bytes were asked for in vain */
	char *why;   /* it is not usable; NULL */
};

struct source_core {
	struct source source; /* first */
	const struct core *core;
	struct source_core_options options;
	VECTOR(struct source_range) ranges;
	VECTOR(struct mapped_file) files;
	size_t *file_of; /* of each mapping: index in `files` */
	bool *asked;     /* of each segment: bytes were asked for in vain */
	size_t opened;
};

static struct error *core_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source_core *self = (struct source_core *)source;

	*ranges = self->ranges.items;
	*count = self->ranges.count;
	return NULL;
}

/* The file as this machine has it: --exe for the main executable, the system root before everything else. */
static struct error *file_name(const struct source_core *self, const char *path, struct text *name)
{
	const struct core_mapping *program = core_mapping_at(self->core, self->core->program_headers);

	if (self->options.executable != NULL && program != NULL && strcmp(program->path, path) == 0) {
		text_add(name, self->options.executable);
	} else {
		text_add(name, self->options.sysroot != NULL ? self->options.sysroot : "");
		text_add(name, path);
	}
	return text_error(name);
}

/* Looks before it opens: a core may name a device, and opening some does something. */
static struct error *open_named(const struct source_core *self, const char *path, int *result)
{
	AUTO(text) struct text name;
	AUTO(close) int fd = -1;
	struct stat found;

	text_init(&name);
	TRY(file_name(self, path, &name));
	if (path[0] == '/' && stat(text_string(&name), &found) == 0 && !S_ISREG(found.st_mode))
		return error_create(ERROR_INPUT, "%s is no regular file", text_string(&name));
	errno = ENOENT;
	if (path[0] == '/')
		fd = open(text_string(&name), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_create_errno(ERROR_IO, errno,
					  "can't open %s, which the core has mapped (--sysroot DIR says where the "
					  "files of its machine are, --exe FILE where the executable is)",
					  text_string(&name));
	if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
		return error_create(ERROR_INPUT, "%s is no regular file", text_string(&name));
	*result = fd;
	fd = -1;
	return NULL;
}

/* The first bytes of a mapped file, as the core has them; *size 0 where it has none. */
static struct error *mapped_head(const struct source_core *self, const struct mapped_file *file,
				 uint8_t head[HEAD_SIZE], size_t *size)
{
	const struct core_mapping *mapping = file->head != SIZE_MAX ? &self->core->mappings.items[file->head] : NULL;
	size_t length;

	*size = 0;
	if (mapping == NULL)
		return NULL;
	length = mapping->end - mapping->start < HEAD_SIZE ? (size_t)(mapping->end - mapping->start) : HEAD_SIZE;
	return core_read(self->core, mapping->start, head, length, size);
}

/* The build-id in them; size 0: none. */
static struct elf_build_id head_build_id(const struct mapped_file *file, const uint8_t *head, size_t size)
{
	AUTO(elf) struct elf *elf = NULL;
	AUTO(error) struct error *bad = elf_open_bytes(head, size, file->path, &elf);

	return bad == NULL ? elf_build_id(elf) : (struct elf_build_id){.size = 0};
}

/* Whether a file begins with these bytes: its headers, which tell the sizes of all its parts, and much of its symbols. */
static struct error *file_begins(struct elf *elf, const uint8_t *head, size_t size, bool *same)
{
	AUTO(free) void *bytes = malloc(HEAD_SIZE);

	*same = false;
	if (bytes == NULL)
		return error_memory();
	if (size == 0 || size > elf_size(elf))
		return NULL;
	TRY(elf_read(elf, 0, bytes, size));
	*same = memcmp(bytes, head, size) == 0;
	return NULL;
}

static void add_id(struct text *text, const struct elf_build_id *id)
{
	for (size_t i = 0; i < id->size; i++)
		text_printf(text, "%02x", id->bytes[i]);
	if (id->size == 0)
		text_add(text, "none");
}

/* Says why a file is not used. */
static struct error *describe_file(const struct source_core *self, struct mapped_file *file,
				   const struct elf_build_id *mapped, const struct elf_build_id *found)
{
	AUTO(text) struct text why;

	text_init(&why);
	TRY(file_name(self, file->path, &why));
	if (file->state == FILE_UNKNOWN) {
		text_add(&why, " can't be checked against the file that was mapped: the core has no build-id of it "
			       "(/proc/PID/coredump_filter left out the first pages of files, which its bit 4, 0x10, keeps)");
	} else {
		text_add(&why, " is another file than the one that was mapped: its build-id is ");
		add_id(&why, found);
		text_add(&why, ", the core's ");
		add_id(&why, mapped);
		text_add(&why, "; --sysroot DIR says where the files of the core's machine are, --exe FILE where the "
			       "executable is");
	}
	TRY(text_error(&why));
	file->why = text_steal(&why);
	return NULL;
}

/* Whether the file on disk is the one that was mapped: by the build-ids; where both have none, by their first pages. */
static struct error *judge_file(const struct source_core *self, struct mapped_file *file, struct elf *elf)
{
	AUTO(free) void *head = malloc(HEAD_SIZE);
	struct elf_build_id mapped, found = elf_build_id(elf);
	size_t size;
	bool same = false;

	if (head == NULL)
		return error_memory();
	TRY(mapped_head(self, file, head, &size));
	mapped = head_build_id(file, head, size);
	if (mapped.size == 0 && found.size == 0)
		TRY(file_begins(elf, head, size, &same));
	else
		same = found.size == mapped.size && memcmp(found.bytes, mapped.bytes, found.size) == 0;
	file->state = same ? FILE_USABLE : size == 0 ? FILE_UNKNOWN : FILE_OTHER;
	return same ? NULL : describe_file(self, file, &mapped, &found);
}

/* Takes over `elf` where the file may be used. */
static struct error *compare_file(struct source_core *self, struct mapped_file *file, struct elf **elf)
{
	TRY(judge_file(self, file, *elf));
	if (file->state != FILE_USABLE)
		return NULL;
	if (elf_bias(*elf, 0, self->core->mappings.items[file->head].start, &file->bias))
		file->elf = steal(elf);
	else
		file->state = FILE_DATA;
	return NULL;
}

/* Opens and checks a file at its first use. Only what has to do with this machine's memory is an error. */
static struct error *try_file(struct source_core *self, struct mapped_file *file)
{
	AUTO(elf) struct elf *elf = NULL;
	int fd;

	if (file->state != FILE_UNTRIED)
		return NULL;
	file->state = FILE_MISSING;
	if (self->opened++ >= FILES_MAX)
		return NULL;
	AUTO(error) struct error *missing = open_named(self, file->path, &fd);
	if (missing != NULL) {
		file->why = strdup(missing->message);
		return file->why != NULL ? NULL : error_memory();
	}
	file->state = FILE_DATA;
	AUTO(error) struct error *foreign = elf_open(fd, file->path, &elf);
	if (foreign != NULL)
		return foreign->code == ERROR_MEMORY ? steal(&foreign) : NULL;
	return compare_file(self, file, &elf);
}

/* Bytes of a mapped file that the core leaves out. Behind a file's end the rest of its last page is 0. */
static struct error *read_file(struct source_core *self, uint64_t address, uint8_t *buffer, size_t size, size_t *got)
{
	const struct core_segment *segment = core_segment_at(self->core, address);
	const struct core_mapping *mapping = core_mapping_at(self->core, address);
	struct mapped_file *file;
	uint64_t offset, left, there;

	*got = 0;
	if (mapping == NULL || (segment != NULL && segment->writable))
		return NULL;
	file = &self->files.items[self->file_of[mapping - self->core->mappings.items]];
	TRY(try_file(self, file));
	if (file->state != FILE_USABLE) {
		file->wanted = true;
		return NULL;
	}
	left = PAGE - address % PAGE;
	if (!elf_constant(file->elf, address - file->bias, &offset) ||
	    offset != mapping->offset + (address - mapping->start) || offset >= elf_size(file->elf))
		return NULL;
	there = elf_size(file->elf) - offset;
	if (size > left)
		size = (size_t)left;
	if (there > size)
		there = size;
	TRY(elf_read(file->elf, offset, buffer, (size_t)there));
	memset(buffer + there, 0, size - there);
	*got = size;
	return NULL;
}

static struct error *core_source_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source_core *self = (struct source_core *)source;
	size_t done = 0;

	while (done < size && address <= UINT64_MAX - done) {
		uint8_t *to = (uint8_t *)buffer + done;
		size_t now = 0;

		TRY(core_read(self->core, address + done, to, size - done, &now));
		if (now == 0)
			TRY(read_file(self, address + done, to, size - done, &now));
		if (now == 0)
			break;
		done += now;
	}
	const struct core_segment *segment = done < size ? core_segment_at(self->core, address + done) : NULL;
	if (segment != NULL)
		self->asked[segment - self->core->segments.items] = true;
	*got = done;
	return NULL;
}

static struct error *core_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source_core *self = (struct source_core *)source;
	const struct core_mapping *mapping = core_mapping_at(self->core, range->start);

	if (mapping == NULL || range->path == NULL || range->path[0] != '/')
		return error_create_at(ERROR_INPUT, range->start, "no file is mapped at %#lx",
				       (unsigned long)range->start);
	struct mapped_file *file = &self->files.items[self->file_of[mapping - self->core->mappings.items]];
	TRY(try_file(self, file));
	if (file->state == FILE_OTHER)
		return error_create(ERROR_INPUT, "%s", file->why);
	return open_named(self, range->path, fd);
}

static void core_source_destroy(struct source *source)
{
	struct source_core *self = (struct source_core *)source;

	for (size_t i = 0; i < self->files.count; i++) {
		elf_destroy(self->files.items[i].elf);
		free(self->files.items[i].why);
	}
	vector_deinit(&self->files);
	vector_deinit(&self->ranges);
	free(self->file_of);
	free(self->asked);
	free(self);
}

static const struct source_operations core_operations = {
	.kind = "core",
	.ranges = core_ranges,
	.read = core_source_read,
	.open_file = core_open_file,
	.destroy = core_source_destroy,
};

static struct error *add_segments(struct source_core *self)
{
	for (size_t i = 0; i < self->core->segments.count; i++) {
		const struct core_segment *segment = &self->core->segments.items[i];
		const struct core_mapping *mapping = core_mapping_at(self->core, segment->start);
		struct source_range range = {.start = segment->start,
					     .end = segment->end,
					     .readable = segment->readable,
					     .writable = segment->writable,
					     .executable = segment->executable};

		if (mapping != NULL) {
			range.path = mapping->path;
			range.deleted = mapping->deleted;
			range.file_offset = mapping->offset + (segment->start - mapping->start);
		}
		TRY(vector_push(&self->ranges, range));
	}
	return NULL;
}

static struct error *add_gap(struct source_core *self, const struct core_mapping *mapping, uint64_t start, uint64_t end)
{
	struct mapped_file *file = &self->files.items[self->file_of[mapping - self->core->mappings.items]];
	struct source_range range = {.start = start,
				     .end = end,
				     .file_offset = mapping->offset + (start - mapping->start),
				     .path = mapping->path,
				     .deleted = mapping->deleted,
				     .readable = true};

	if (start >= end)
		return NULL;
	TRY(try_file(self, file));
	range.executable = file->state != FILE_DATA;
	return vector_push(&self->ranges, range);
}

/* Parts of mappings for which the core has no segment at all, as gcore writes it. Their protection is not told: those of ELF
 * files may be code. */
static struct error *add_mappings(struct source_core *self)
{
	const struct core *core = self->core;
	size_t next = 0;

	for (size_t i = 0; i < core->mappings.count; i++) {
		const struct core_mapping *mapping = &core->mappings.items[i];
		uint64_t at = mapping->start;

		while (next < core->segments.count && core->segments.items[next].end <= at)
			next++;
		for (size_t k = next; k < core->segments.count && core->segments.items[k].start < mapping->end; k++) {
			TRY(add_gap(self, mapping, at, core->segments.items[k].start));
			at = core->segments.items[k].end;
		}
		TRY(add_gap(self, mapping, at, mapping->end));
	}
	return NULL;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct source_range *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static int compare_paths(const void *left, const void *right, void *context)
{
	const struct core_mapping *mappings = context, *a = &mappings[*(const size_t *)left],
				  *b = &mappings[*(const size_t *)right];
	int order = strcmp(a->path, b->path);

	return order != 0 ? order : (a > b) - (a < b);
}

/* One entry for each path, however often it is mapped. */
static struct error *list_files(struct source_core *self)
{
	const struct core *core = self->core;
	AUTO(free) void *memory = calloc(core->mappings.count + 1, sizeof(size_t));
	size_t *order = memory;

	self->file_of = calloc(core->mappings.count + 1, sizeof *self->file_of);
	self->asked = calloc(core->segments.count + 1, sizeof *self->asked);
	if (order == NULL || self->file_of == NULL || self->asked == NULL)
		return error_memory();
	for (size_t i = 0; i < core->mappings.count; i++)
		order[i] = i;
	if (core->mappings.count > 0)
		qsort_r(order, core->mappings.count, sizeof *order, compare_paths, core->mappings.items);
	for (size_t i = 0; i < core->mappings.count; i++) {
		const struct core_mapping *mapping = &core->mappings.items[order[i]];

		if (i == 0 || strcmp(core->mappings.items[order[i - 1]].path, mapping->path) != 0)
			TRY(vector_push(&self->files, ((struct mapped_file){.path = mapping->path, .head = SIZE_MAX})));
		struct mapped_file *file = &self->files.items[self->files.count - 1];
		if (file->head == SIZE_MAX && mapping->offset == 0)
			file->head = order[i];
		self->file_of[order[i]] = self->files.count - 1;
	}
	return NULL;
}

struct error *source_core_open(const struct core *core, const struct source_core_options *options,
			       struct source **result)
{
	struct source_core *self = calloc(1, sizeof *self);

	if (self == NULL)
		return error_memory();
	AUTO(source) struct source *source = &self->source;
	source->operations = &core_operations;
	self->core = core;
	self->options = *options;
	TRY(list_files(self));
	TRY(add_segments(self));
	TRY(add_mappings(self));
	if (self->ranges.count > 0)
		qsort(self->ranges.items, self->ranges.count, sizeof *self->ranges.items, compare_ranges);
	*result = steal(&source);
	return NULL;
}

struct error *source_core_need(struct source *source, uint64_t address)
{
	struct source_core *self = (struct source_core *)source;
	const struct core_mapping *mapping = core_mapping_at(self->core, address);
	struct mapped_file *file;

	if (mapping == NULL)
		return NULL;
	file = &self->files.items[self->file_of[mapping - self->core->mappings.items]];
	TRY(try_file(self, file));
	return file->why == NULL ? NULL : error_create_at(ERROR_REFUSED, address, "%s", file->why);
}

static bool is_lost(const struct core_segment *segment)
{
	return segment->lost > 0 || segment->blank > 0;
}

struct source_core_losses source_core_losses(const struct source *source)
{
	const struct core *core = ((const struct source_core *)source)->core;
	struct source_core_losses losses = {.ranges = core->uncounted,
					    .bytes = saturating_add(core->lost, core->blank)};

	for (size_t i = 0; i < core->segments.count; i++)
		losses.ranges += is_lost(&core->segments.items[i]);
	return losses;
}

enum missing {
	MISSING_CUT,
	MISSING_BLANK,
	MISSING_ASKED
};

/* Bytes behind those that a segment holds which are missing in this way. */
static uint64_t count_missing(const struct source_core *self, size_t index, enum missing kind)
{
	const struct core_segment *segment = &self->core->segments.items[index];

	if (kind == MISSING_CUT)
		return segment->lost;
	if (kind == MISSING_BLANK)
		return segment->blank;
	if (is_lost(segment) || !self->asked[index] || !segment->readable ||
	    core_mapping_at(self->core, segment->start) != NULL)
		return 0; /* mapped files are told by their names */
	return segment->end - segment->start - segment->held;
}

struct error *source_core_list(const struct source *source, bool asked, size_t most, struct text *text)
{
	const struct source_core *self = (const struct source_core *)source;
	size_t count = 0;

	for (size_t i = 0; i < self->core->segments.count && count <= most; i++) {
		const struct core_segment *segment = &self->core->segments.items[i];
		uint64_t start = segment->start + segment->held;
		uint64_t missing = count_missing(self, i, MISSING_CUT);

		if (missing == 0)
			missing = count_missing(self, i, MISSING_BLANK);
		if (missing == 0 && asked)
			missing = count_missing(self, i, MISSING_ASKED);
		if (missing == 0)
			continue;
		if (count++ > 0)
			text_add_char(text, ' ');
		if (count > most)
			text_add(text, "...");
		else
			text_printf(text, "%#lx-%#lx", (unsigned long)start, (unsigned long)(start + missing));
	}
	return text_error(text);
}

/* The first few ranges, how large they are, and how many more there are. */
static void list_ranges(const struct source_core *self, enum missing kind, const char *before, struct text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < self->core->segments.count; i++) {
		const struct core_segment *segment = &self->core->segments.items[i];
		uint64_t missing = count_missing(self, i, kind);

		if (missing == 0 || count++ >= LISTED_MAX)
			continue;
		text_printf(text, "%s%#lx-%#lx (", count == 1 ? before : ", ",
			    (unsigned long)(segment->start + segment->held),
			    (unsigned long)(segment->start + segment->held + missing));
		text_add_size(text, missing, SIZE_BINARY);
		text_add_char(text, ')');
	}
	if (count > LISTED_MAX)
		text_printf(text, " and %zu more", count - LISTED_MAX);
	if (count > 0)
		text_add_char(text, '\n');
}

struct error *source_core_describe(const struct source *source, bool asked, struct text *text)
{
	const struct source_core *self = (const struct source_core *)source;
	size_t count = 0;

	if (self->core->uncounted)
		text_add(text, "the core is cut: not even a list of all its memory is there\n");
	list_ranges(self, MISSING_CUT, "the core is cut; of what it should hold this is missing: ", text);
	list_ranges(self, MISSING_BLANK,
		    "the core has zeros where stacks of threads were, as gcore writes it where gdb can't read past a "
		    "guard page (the kernel's cores and captures of the process itself have them): ",
		    text);
	if (asked)
		list_ranges(self, MISSING_ASKED, "left out of the core, and asked for: ", text);
	for (size_t i = 0; i < self->files.count; i++) {
		const struct mapped_file *file = &self->files.items[i];

		if (file->why == NULL || !(file->state == FILE_OTHER || (asked && file->wanted)) ||
		    count++ >= LISTED_MAX)
			continue;
		text_add(text, "not used: ");
		text_add_escaped(text, file->why, strlen(file->why)); /* paths are the core's own words */
		text_add_char(text, '\n');
	}
	if (count > LISTED_MAX)
		text_printf(text, "and %zu files more are not used\n", count - LISTED_MAX);
	return text_error(text);
}
