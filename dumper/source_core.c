/* Core source: where is each byte of a dead process? In the core file, else in the file that was mapped there.
 *
 * The kernel leaves out pages of a file that were never written to, and gcore whole mappings. Those are read from the
 * file on disk, but only where the mapping was read-only (a writable one may have changed, and a filter may have dropped
 * the changes), and only when the build-ids agree: the mapped file's id is in its first page, which cores hold. A file
 * is opened and checked once, at the first read of it.
 */
#include "dumper/source_core.h"

#include "base/bytes.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_SIZE 65536u /* bytes of a mapping's start that are searched for its build-id */

enum file_state { FILE_UNTRIED, FILE_USABLE, FILE_UNUSABLE };

struct mapped_file {
	const char *path; /* as the core names it */
	int fd;           /* -1 unless usable */
	enum file_state state;
};

struct source_core {
	struct source source; /* first */
	const struct core *core;
	struct source_core_options options;
	VECTOR(struct source_range) ranges;
	VECTOR(struct mapped_file) files;
	struct source_core_losses losses;
	struct text mismatch;
};

static struct error *core_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source_core *self = (struct source_core *)source;

	*ranges = self->ranges.items;
	*count = self->ranges.count;
	return NULL;
}

/* The file as this machine has it: --exe for the main executable, the system root before everything else. */
static struct error *open_named(struct source_core *self, const char *path, int *fd)
{
	const struct core_mapping *main_program = core_mapping_at(self->core, self->core->program_headers);
	AUTO(text) struct text name;
	struct stat found;

	text_init(&name);
	if (self->options.executable != NULL && main_program != NULL && strcmp(main_program->path, path) == 0) {
		text_add(&name, self->options.executable);
	} else {
		text_add(&name, self->options.sysroot != NULL ? self->options.sysroot : "");
		text_add(&name, path);
	}
	TRY(text_error(&name));
	*fd = open(text_string(&name), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return error_create_errno(ERROR_IO, errno, "can't open %s, which the core has mapped (--sysroot DIR says where the "
							   "files of its machine are)",
					  text_string(&name));
	if (fstat(*fd, &found) == 0 && S_ISREG(found.st_mode))
		return NULL;
	guard_close(*fd);
	*fd = -1;
	return error_create(ERROR_INPUT, "%s is no regular file", text_string(&name));
}

/* Bytes that the core file itself holds. */
static struct error *read_held(const struct source_core *self, uint64_t address, void *buffer, size_t size, size_t *got)
{
	const struct core_segment *segment = core_segment_at(self->core, address);
	uint64_t at;

	*got = 0;
	if (segment == NULL || address - segment->start >= segment->held)
		return NULL;
	at = address - segment->start;
	if (size > segment->held - at)
		size = segment->held - at;
	TRY(elf_read(self->core->elf, segment->offset + at, buffer, size));
	*got = size;
	return NULL;
}

/* The build-id in the first page of a mapped file, as the core has it; size 0: unknown. */
static struct error *mapped_build_id(const struct source_core *self, const char *path, struct elf_build_id *id)
{
	for (size_t i = 0; i < self->core->mappings.count; i++) {
		const struct core_mapping *mapping = &self->core->mappings.items[i];
		AUTO(elf) struct elf *elf = NULL;
		AUTO(free) void *head = NULL;
		size_t size = mapping->end - mapping->start < HEAD_SIZE ? mapping->end - mapping->start : HEAD_SIZE;

		if (mapping->offset != 0 || strcmp(mapping->path, path) != 0)
			continue;
		head = malloc(size);
		if (head == NULL)
			return error_memory();
		TRY(read_held(self, mapping->start, head, size, &size));
		AUTO(error) struct error *bad = elf_open_bytes(head, size, path, &elf);
		if (bad == NULL)
			*id = elf_build_id(elf);
		return NULL;
	}
	return NULL;
}

static void add_id(struct text *text, const struct elf_build_id *id)
{
	for (size_t i = 0; i < id->size; i++)
		text_printf(text, "%02x", id->bytes[i]);
}

/* Whether the file on disk is the one that was mapped. Takes over `fd` and gives it back in *file. */
static struct error *compare_file(struct source_core *self, struct mapped_file *file, int fd)
{
	struct elf_build_id mapped = {.size = 0}, found;
	AUTO(elf) struct elf *elf = NULL;
	AUTO(close) int copy = dup(fd);
	int taken = copy;

	file->fd = fd;
	TRY(mapped_build_id(self, file->path, &mapped));
	if (mapped.size == 0 || taken < 0)
		return NULL; /* no id to compare: a data file, or a core without the first page */
	copy = -1;
	AUTO(error) struct error *bad = elf_open(taken, file->path, &elf);
	if (bad != NULL)
		return NULL;
	found = elf_build_id(elf);
	if (found.size == mapped.size && memcmp(found.bytes, mapped.bytes, found.size) == 0)
		file->state = FILE_USABLE;
	if (file->state == FILE_USABLE || self->mismatch.length > 0)
		return NULL;
	text_printf(&self->mismatch, "%s has build-id ", file->path);
	add_id(&self->mismatch, &found);
	text_add(&self->mismatch, ", the core's has ");
	add_id(&self->mismatch, &mapped);
	return text_error(&self->mismatch);
}

static struct error *find_file(struct source_core *self, const char *path, struct mapped_file **result)
{
	struct mapped_file *file;
	int fd;

	for (size_t i = 0; i < self->files.count; i++) {
		*result = &self->files.items[i];
		if (strcmp((*result)->path, path) == 0)
			return NULL;
	}
	TRY(vector_push(&self->files, ((struct mapped_file){.path = path, .fd = -1, .state = FILE_UNUSABLE})));
	*result = file = &self->files.items[self->files.count - 1];
	AUTO(error) struct error *missing = open_named(self, path, &fd);
	return missing != NULL ? NULL : compare_file(self, file, fd);
}

/* Bytes of a mapped file that the core leaves out. */
static struct error *read_file(struct source_core *self, uint64_t address, void *buffer, size_t size, size_t *got)
{
	const struct core_segment *segment = core_segment_at(self->core, address);
	const struct core_mapping *mapping = core_mapping_at(self->core, address);
	struct mapped_file *file;
	uint64_t left;
	ssize_t count;

	*got = 0;
	if (mapping == NULL || (segment != NULL && (segment->writable || segment->lost > 0)))
		return NULL;
	TRY(find_file(self, mapping->path, &file));
	if (file->state != FILE_USABLE)
		return NULL;
	left = (segment != NULL && segment->end < mapping->end ? segment->end : mapping->end) - address;
	count = pread(file->fd, buffer, size < left ? size : left, (off_t)(mapping->offset + (address - mapping->start)));
	*got = count > 0 ? (size_t)count : 0;
	return NULL;
}

static struct error *core_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source_core *self = (struct source_core *)source;
	size_t done = 0;

	while (done < size) {
		size_t now = 0;

		TRY(read_held(self, address + done, (char *)buffer + done, size - done, &now));
		if (now == 0)
			TRY(read_file(self, address + done, (char *)buffer + done, size - done, &now));
		if (now == 0)
			break;
		done += now;
	}
	*got = done;
	return NULL;
}

static struct error *core_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source_core *self = (struct source_core *)source;

	if (range->path == NULL || range->path[0] != '/')
		return error_create(ERROR_INPUT, "no file is mapped at %#lx", (unsigned long)range->start);
	return open_named(self, range->path, fd);
}

static void core_source_destroy(struct source *source)
{
	struct source_core *self = (struct source_core *)source;

	for (size_t i = 0; i < self->files.count; i++)
		guard_close(self->files.items[i].fd);
	vector_deinit(&self->files);
	vector_deinit(&self->ranges);
	text_deinit(&self->mismatch);
	free(self);
}

static const struct source_operations core_operations = {
	.kind = "core",
	.ranges = core_ranges,
	.read = core_read,
	.open_file = core_open_file,
	.destroy = core_source_destroy,
};

static struct error *add_segments(struct source_core *self)
{
	for (size_t i = 0; i < self->core->segments.count; i++) {
		const struct core_segment *segment = &self->core->segments.items[i];
		const struct core_mapping *mapping = core_mapping_at(self->core, segment->start);
		struct source_range range = {.start = segment->start, .end = segment->end, .readable = segment->readable,
					     .writable = segment->writable, .executable = segment->executable};

		if (mapping != NULL) {
			range.path = mapping->path;
			range.file_offset = mapping->offset + (segment->start - mapping->start);
		}
		TRY(vector_push(&self->ranges, range));
		if (segment->lost == 0 && (mapping != NULL || segment->held > 0 || !segment->writable || !segment->readable))
			continue;
		self->losses.ranges++;
		self->losses.bytes = saturating_add(self->losses.bytes, segment->end - segment->start - segment->held);
	}
	return NULL;
}

/* Mappings for which the core has no segment at all, as gcore writes it. Their protection is not told: they may be code. */
static struct error *add_mappings(struct source_core *self)
{
	for (size_t i = 0; i < self->core->mappings.count; i++) {
		const struct core_mapping *mapping = &self->core->mappings.items[i];

		if (core_segment_at(self->core, mapping->start) != NULL ||
		    core_segment_at(self->core, mapping->end - 1) != NULL)
			continue;
		TRY(vector_push(&self->ranges, ((struct source_range){.start = mapping->start, .end = mapping->end,
								       .file_offset = mapping->offset, .path = mapping->path,
								       .readable = true, .executable = true})));
	}
	return NULL;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct source_range *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static struct error *fill_ranges(struct source_core *self)
{
	size_t kept = 0;

	TRY(add_segments(self));
	TRY(add_mappings(self));
	qsort(self->ranges.items, self->ranges.count, sizeof *self->ranges.items, compare_ranges);
	for (size_t i = 0; i < self->ranges.count; i++)
		if (kept == 0 || self->ranges.items[i].start >= self->ranges.items[kept - 1].end)
			self->ranges.items[kept++] = self->ranges.items[i];
	self->ranges.count = kept;
	return NULL;
}

struct error *source_core_open(const struct core *core, const struct source_core_options *options, struct source **result)
{
	struct source_core *self = calloc(1, sizeof *self);

	if (self == NULL)
		return error_memory();
	AUTO(source) struct source *source = &self->source;
	source->operations = &core_operations;
	self->core = core;
	self->options = *options;
	text_init(&self->mismatch);
	TRY(fill_ranges(self));
	*result = steal(&source);
	return NULL;
}

struct source_core_losses source_core_losses(const struct source *source)
{
	const struct source_core *self = (const struct source_core *)source;
	struct source_core_losses losses = self->losses;

	losses.mismatch = self->mismatch.length > 0 ? text_string(&self->mismatch) : NULL;
	return losses;
}
