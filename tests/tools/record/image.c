/* Heap images: what must a core hold for heapdump to find in it exactly what it found in the living process?
 *
 * Every readable range becomes segments: pages with a touched byte are held, with 0 for all other bytes of them, the others
 * are left out, as coredump_filter leaves some out. Notes say what the decoders ask the kernel for, and nothing else: no
 * registers, no arguments, no environment; pid and user are made up, the key of AT_RANDOM is a constant, mapped files lie in
 * IMAGE_FOLDER, hidden texts become rows of x. Cost: one read of the target for each touched span.
 */
#include "tests/tools/record/image.h"

#include "base/text.h"
#include "base/vector.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define USER_END (UINT64_C(1) << 47)
#define MADE_UP 1000u /* pid and uid */
#define STATUS_SIZE 336u
#define INFO_SIZE 136u
#define INFO_UID 16u /* offsets in struct elf_prpsinfo, bytes */
#define INFO_PID 24u
#define INFO_COMMAND 40u
#define COMMAND "python"
#define RANDOM_CONSTANT "a heap image 1.0" /* 16 bytes */

struct segment {
	uint64_t start, end;
	uint32_t flags;
	bool held;
};

struct image {
	const struct image_input *input;
	const struct source_range *ranges;
	size_t range_count;
	VECTOR(struct segment) segments;
	struct text notes;
	FILE *file;
};

static void image_deinit(struct image *image)
{
	vector_deinit(&image->segments);
	text_deinit(&image->notes);
	if (image->file != NULL)
		fclose(image->file);
}
DEFINE_AUTO_VALUE(image, struct image, image_deinit);

char *image_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = NULL;

	return asprintf(&name, IMAGE_FOLDER "%s", slash != NULL ? slash + 1 : path) < 0 ? NULL : name;
}

/* --- segments --- */

static struct error *add_segment(struct image *image, const struct source_range *range, uint64_t start, uint64_t end,
				 bool held)
{
	uint32_t flags = (range->readable ? PF_R : 0u) | (range->writable ? PF_W : 0u) |
			 (range->executable ? PF_X : 0u);

	if (start >= end)
		return NULL;
	return vector_push(&image->segments, (struct segment){start, end, flags, held});
}

/* The first span that ends behind `address`. */
static size_t span_search(const struct image_input *input, uint64_t address)
{
	size_t low = 0, high = input->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (input->spans[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct error *divide_range(struct image *image, const struct source_range *range)
{
	const struct image_input *input = image->input;
	uint64_t at = range->start;

	for (size_t i = span_search(input, at); at < range->end; i = span_search(input, at)) {
		bool none = i == input->span_count || input->spans[i].start >= range->end;
		uint64_t start = none ? range->end : input->spans[i].start & ~(PAGE - 1), end;

		if (start > at)
			TRY(add_segment(image, range, at, start, false));
		if (none)
			return NULL;
		start = start > at ? start : at;
		for (end = start; i < input->span_count && (input->spans[i].start & ~(PAGE - 1)) <= end; i++)
			end = (input->spans[i].end + PAGE - 1) & ~(PAGE - 1);
		end = end < range->end ? end : range->end;
		TRY(add_segment(image, range, start, end, true));
		at = end;
	}
	return NULL;
}

/* --- notes --- */

static void add_padded(struct text *notes, const void *bytes, size_t size)
{
	text_add_bytes(notes, (const char *)bytes, size);
	while (notes->length % 4 != 0)
		text_add_char(notes, '\0');
}

static void add_note(struct text *notes, uint32_t type, const void *content, size_t size)
{
	Elf64_Nhdr head = {.n_namesz = 5, .n_descsz = (uint32_t)size, .n_type = type};

	text_add_bytes(notes, (const char *)&head, sizeof head);
	add_padded(notes, "CORE", 5);
	add_padded(notes, content, size);
}

static struct error *add_files(struct image *image)
{
	AUTO(text) struct text note, names;
	uint64_t words[2] = {0, PAGE};

	text_init(&note);
	text_init(&names);
	text_add_bytes(&note, (const char *)words, sizeof words);
	for (size_t i = 0; i < image->range_count; i++) {
		const struct source_range *range = &image->ranges[i];
		uint64_t row[3] = {range->start, range->end, range->file_offset / PAGE};

		if (range->path == NULL || range->path[0] != '/')
			continue;
		AUTO(string) char *name = image_name(range->path);
		if (name == NULL)
			return error_memory();
		text_add_bytes(&note, (const char *)row, sizeof row);
		text_add_bytes(&names, name, strlen(name) + 1);
		words[0]++;
	}
	text_add_bytes(&note, names.data, names.length);
	TRY(text_error(&names));
	TRY(text_error(&note));
	memcpy(note.data, words, sizeof words);
	add_note(&image->notes, NT_FILE, note.data, note.length);
	return text_error(&image->notes);
}

static struct error *add_notes(struct image *image)
{
	const struct process *process = image->input->process;
	const uint64_t vector[] = {AT_PHDR, image->input->program_headers, AT_RANDOM, process->random_address,
				   AT_NULL, 0};
	uint8_t status[STATUS_SIZE] = {0}, info[INFO_SIZE] = {0};
	uint32_t made_up = MADE_UP;

	memcpy(info + INFO_UID, &made_up, sizeof made_up);
	memcpy(info + INFO_PID, &made_up, sizeof made_up);
	memcpy(info + INFO_COMMAND, COMMAND, sizeof COMMAND);
	for (uint64_t i = 0; i < process->threads; i++)
		add_note(&image->notes, NT_PRSTATUS, status, sizeof status);
	add_note(&image->notes, NT_PRPSINFO, info, sizeof info);
	add_note(&image->notes, NT_AUXV, vector, sizeof vector);
	return add_files(image);
}

/* --- contents --- */

/* Slashes stay, so that a path stays one. */
static void hide(const struct image_input *input, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < input->hidden_count; i++) {
		size_t length = strlen(input->hidden[i]);
		uint8_t *at = bytes, *found;

		while (length > 0 &&
		       (found = memmem(at, size - (size_t)(at - bytes), input->hidden[i], length)) != NULL) {
			for (size_t k = 0; k < length; k++)
				if (found[k] != '/')
					found[k] = 'x';
			at = found + length;
		}
	}
}

static struct error *fill(const struct image_input *input, const struct segment *segment, uint8_t *bytes)
{
	uint64_t random = input->process->random_address;
	size_t got;

	for (size_t i = span_search(input, segment->start);
	     i < input->span_count && input->spans[i].start < segment->end; i++) {
		const struct touched_span *span = &input->spans[i];
		uint64_t start = span->start > segment->start ? span->start : segment->start;
		uint64_t end = span->end < segment->end ? span->end : segment->end;

		if (start == end)
			continue;
		TRY(input->source->operations->read(input->source, start, bytes + (start - segment->start),
						    (size_t)(end - start), &got));
		if (got < end - start)
			return error_create_at(ERROR_FAULT, start + got, "a byte that was read is not there any more");
	}
	if (random >= segment->start && random + 16 <= segment->end)
		memcpy(bytes + (random - segment->start), RANDOM_CONSTANT, 16);
	hide(input, bytes, (size_t)(segment->end - segment->start));
	return NULL;
}

static struct error *put(struct image *image, const void *bytes, size_t size)
{
	if (size > 0 && fwrite(bytes, size, 1, image->file) != 1)
		return error_create_errno(ERROR_IO, errno, "can't write the image");
	return NULL;
}

static struct error *put_padding(struct image *image)
{
	static const uint8_t zeros[PAGE];
	long at = ftell(image->file);

	return put(image, zeros, (size_t)(PAGE - (uint64_t)at % PAGE) % PAGE);
}

static struct error *put_headers(struct image *image)
{
	size_t count = image->segments.count + 1;
	uint64_t offset = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
	const Elf64_Ehdr head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
				 .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
				 .e_phoff = sizeof head, .e_ehsize = sizeof head, .e_phentsize = sizeof(Elf64_Phdr),
				 .e_phnum = (uint16_t)count};
	const Elf64_Phdr notes = {.p_type = PT_NOTE, .p_offset = offset, .p_filesz = image->notes.length,
				  .p_align = 4};

	if (count >= PN_XNUM)
		return error_create(ERROR_REFUSED, "%zu segments are more than an image has", count);
	TRY(put(image, &head, sizeof head));
	TRY(put(image, &notes, sizeof notes));
	offset = (offset + image->notes.length + PAGE - 1) & ~(PAGE - 1);
	for (size_t i = 0; i < image->segments.count; i++) {
		const struct segment *segment = &image->segments.items[i];
		uint64_t size = segment->end - segment->start, held = segment->held ? size : 0;
		const Elf64_Phdr load = {.p_type = PT_LOAD, .p_flags = segment->flags, .p_offset = offset,
					 .p_vaddr = segment->start, .p_memsz = size, .p_filesz = held, .p_align = PAGE};

		TRY(put(image, &load, sizeof load));
		offset += held;
	}
	return NULL;
}

static struct error *put_segment(struct image *image, const struct segment *segment)
{
	size_t size = (size_t)(segment->end - segment->start);
	AUTO(free) void *bytes = segment->held ? calloc(size, 1) : NULL;

	if (!segment->held)
		return NULL;
	if (bytes == NULL)
		return error_memory();
	TRY(fill(image->input, segment, bytes));
	return put(image, bytes, size);
}

struct error *image_write(const struct image_input *input, const char *path)
{
	AUTO(image) struct image image = {.input = input};

	text_init(&image.notes);
	TRY(input->source->operations->ranges(input->source, &image.ranges, &image.range_count));
	for (size_t i = 0; i < image.range_count; i++)
		if (image.ranges[i].readable && image.ranges[i].start < USER_END)
			TRY(divide_range(&image, &image.ranges[i]));
	TRY(add_notes(&image));
	image.file = fopen(path, "wbe");
	if (image.file == NULL)
		return error_create_errno(ERROR_IO, errno, "can't make %s", path);
	TRY(put_headers(&image));
	TRY(put(&image, image.notes.data, image.notes.length));
	TRY(put_padding(&image));
	for (size_t i = 0; i < image.segments.count; i++)
		TRY(put_segment(&image, &image.segments.items[i]));
	return fflush(image.file) == 0 ? NULL : error_create_errno(ERROR_IO, errno, "can't write %s", path);
}
