/* Touched bytes, by interposition: the linker sends the calls of mirror_at, mirror_peek, mirror_string and elf_symbols
 * here first (-Wl,--wrap), and here they are noted and handed on. A mirror fetches 64 KiB at a time, so its source could not
 * tell what was really looked at. Such calls bring no context along, hence the one static list. Cost: 16 bytes a call.
 *
 * What the decoders of texts read of a longer content serves its hash alone, which under the made-up key of an image says
 * nothing: it is not noted, which keeps nearly all docstrings and bytecode out of an image. What is read as a name is noted. Of
 * data that is searched for references, words of eight letters are left out: no address looks like that.
 */
#include "tests/tools/record/touched.h"

#include "base/vector.h"
#include "dumper/decode_parts.h"
#include "dumper/elf.h"
#include "dumper/mirror.h"
#include "dumper/roots_parts.h"

#include <stdlib.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define HEAD_SIZE 4096u /* reads of a file's beginning longer than this are searches for a build-id */
#define TEXT_HEAD 72u   /* of a str, bytes and bytearray: their structs, and contents so short that they lie within */

static struct {
	VECTOR(struct touched_span) spans;
	uint64_t text; /* the str, bytes or bytearray that is being decoded; 0: none */
	struct touched_span scanned; /* where words are searched for references; empty: nowhere */
	bool searching;              /* for a dict among single words */
	const char *const *symbols;
	size_t symbol_count;
	bool lost;
} touched;

const void *__real_mirror_at(struct mirror *mirror, uint64_t address, uint64_t size);
const void *__wrap_mirror_at(struct mirror *mirror, uint64_t address, uint64_t size);
const void *__real_mirror_peek(const struct mirror *mirror, uint64_t address, uint64_t size);
const void *__wrap_mirror_peek(const struct mirror *mirror, uint64_t address, uint64_t size);
bool __real_mirror_string(struct mirror *mirror, uint64_t address, char *buffer, size_t size);
bool __wrap_mirror_string(struct mirror *mirror, uint64_t address, char *buffer, size_t size);
void __real_elf_symbols(struct elf *elf, const char *const *names, size_t count, struct elf_symbol *symbols);
void __wrap_elf_symbols(struct elf *elf, const char *const *names, size_t count, struct elf_symbol *symbols);
struct error *__real_roots_scan(struct decoder *decoder, struct roots *roots, const struct root_window *window,
				bool (*skip)(void *context, uint64_t address), void *context);
struct error *__wrap_roots_scan(struct decoder *decoder, struct roots *roots, const struct root_window *window,
				bool (*skip)(void *context, uint64_t address), void *context);
struct error *__real_roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned);
struct error *__wrap_roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned);
struct error *__real_decode_str(struct decode_call *call);
struct error *__wrap_decode_str(struct decode_call *call);
struct error *__real_decode_bytes(struct decode_call *call);
struct error *__wrap_decode_bytes(struct decode_call *call);
struct error *__real_decode_bytearray(struct decode_call *call);
struct error *__wrap_decode_bytearray(struct decode_call *call);

static void push(uint64_t start, uint64_t end)
{
	struct error *error = vector_push(&touched.spans, (struct touched_span){start, end});

	touched.lost = touched.lost || error != NULL;
	error_destroy(error);
}

/* The pages must be there, their bytes not. */
static void note_blank(uint64_t address, uint64_t size)
{
	for (uint64_t page = address & ~(PAGE - 1); page < address + size; page += PAGE)
		push(page + 1, page + 1);
}

void touched_note(uint64_t address, uint64_t size)
{
	struct touched_span *last = touched.spans.count > 0 ? &touched.spans.items[touched.spans.count - 1] : NULL;

	if (size == 0 || address > UINT64_MAX - size)
		return;
	if (touched.text != 0 && (address < touched.text || address + size > touched.text + TEXT_HEAD)) {
		note_blank(address, size);
		return;
	}
	if (last != NULL && address >= last->start && address <= last->end) {
		if (address + size > last->end)
			last->end = address + size;
		return;
	}
	push(address, address + size);
}

static bool is_text(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] < '\t' || bytes[i] > '~')
			return false;
	return true;
}

static void note_words(uint64_t address, const uint8_t *data, uint64_t size)
{
	note_blank(address, size);
	for (uint64_t at = 0, step; at < size; at += step) {
		step = 8 - (address + at) % 8;
		if (step > size - at)
			step = size - at;
		if (step < 8 || !is_text(data + at, 8))
			touched_note(address + at, step);
	}
}

const void *__wrap_mirror_at(struct mirror *mirror, uint64_t address, uint64_t size)
{
	const void *data = __real_mirror_at(mirror, address, size);

	bool scanned = (address >= touched.scanned.start && address < touched.scanned.end) ||
		       (touched.searching && size == 8);

	if (data != NULL && scanned)
		note_words(address, data, size);
	else if (data != NULL)
		touched_note(address, size);
	return data;
}

const void *__wrap_mirror_peek(const struct mirror *mirror, uint64_t address, uint64_t size)
{
	const void *data = __real_mirror_peek(mirror, address, size);

	if (data != NULL)
		touched_note(address, size);
	return data;
}

bool __wrap_mirror_string(struct mirror *mirror, uint64_t address, char *buffer, size_t size)
{
	if (!__real_mirror_string(mirror, address, buffer, size))
		return false;
	touched_note(address, strlen(buffer) + 1);
	return true;
}

void __wrap_elf_symbols(struct elf *elf, const char *const *names, size_t count, struct elf_symbol *symbols)
{
	touched.symbols = names;
	touched.symbol_count = count;
	__real_elf_symbols(elf, names, count, symbols);
}

struct error *__wrap_roots_scan(struct decoder *decoder, struct roots *roots, const struct root_window *window,
				bool (*skip)(void *context, uint64_t address), void *context)
{
	touched.scanned = (struct touched_span){window->start, window->end};
	struct error *error = __real_roots_scan(decoder, roots, window, skip, context);

	touched.scanned = (struct touched_span){0, 0};
	return error;
}

struct error *__wrap_roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned)
{
	touched.searching = true;
	struct error *error = __real_roots_find_interned(decoder, runtime, interned);

	touched.searching = false;
	return error;
}

struct error *__wrap_decode_str(struct decode_call *call)
{
	touched.text = call->object->address;
	struct error *error = __real_decode_str(call);

	touched.text = 0;
	return error;
}

struct error *__wrap_decode_bytes(struct decode_call *call)
{
	touched.text = call->object->address;
	struct error *error = __real_decode_bytes(call);

	touched.text = 0;
	return error;
}

struct error *__wrap_decode_bytearray(struct decode_call *call)
{
	touched.text = call->object->address;
	struct error *error = __real_decode_bytearray(call);

	touched.text = 0;
	return error;
}

const char *const *touched_symbols(size_t *count)
{
	*count = touched.symbol_count;
	return touched.symbols;
}

static int compare_spans(const void *left, const void *right)
{
	const struct touched_span *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

struct error *touched_spans(const struct touched_span **spans, size_t *count)
{
	struct touched_span *items = touched.spans.items;
	size_t kept = 0;

	if (touched.lost)
		return error_memory();
	if (touched.spans.count > 0)
		qsort(items, touched.spans.count, sizeof *items, compare_spans);
	for (size_t i = 0; i < touched.spans.count; i++) {
		if (kept > 0 && items[i].start <= items[kept - 1].end) {
			if (items[i].end > items[kept - 1].end)
				items[kept - 1].end = items[i].end;
		} else {
			items[kept++] = items[i];
		}
	}
	touched.spans.count = kept;
	*spans = items;
	*count = kept;
	return NULL;
}

/* --- the source --- */

struct noting_source {
	struct source source; /* first */
	struct source *inner;
};

static struct error *noting_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source *inner = ((struct noting_source *)source)->inner;

	return inner->operations->ranges(inner, ranges, count);
}

static bool is_file_start(struct source *inner, uint64_t address)
{
	const struct source_range *ranges;
	size_t count;
	AUTO(error) struct error *error = inner->operations->ranges(inner, &ranges, &count);

	for (size_t i = 0; error == NULL && i < count; i++)
		if (ranges[i].start == address)
			return ranges[i].path != NULL && ranges[i].file_offset == 0;
	return false;
}

static struct error *noting_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source *inner = ((struct noting_source *)source)->inner;

	TRY(inner->operations->read(inner, address, buffer, size, got));
	if (size <= HEAD_SIZE || !is_file_start(inner, address))
		touched_note(address, *got);
	return NULL;
}

static struct error *noting_open_file(struct source *source, const struct source_range *range, int *fd)
{
	struct source *inner = ((struct noting_source *)source)->inner;

	return inner->operations->open_file(inner, range, fd);
}

static void noting_destroy(struct source *source)
{
	free(source);
}

struct error *touched_source_create(struct source *inner, struct source **result)
{
	static const struct source_operations operations = {.kind = "noting",
							    .ranges = noting_ranges,
							    .read = noting_read,
							    .open_file = noting_open_file,
							    .destroy = noting_destroy};
	struct noting_source *self = calloc(1, sizeof *self);

	if (self == NULL)
		return error_memory();
	self->source.operations = &operations;
	self->inner = inner;
	*result = &self->source;
	return NULL;
}
