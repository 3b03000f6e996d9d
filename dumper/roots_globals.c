/* Roots of C code: which words in the data of the mapped programs and libraries hold objects?
 *
 * A mapped ELF file says in its own headers, which are mapped too, where its writable segments lie, .bss included.
 * Every word there that looks like a reference is one, as a guess. Other mapped files are data, not variables. Static
 * types that no interpreter lists are named here too. The dict of interned strings, where it is a variable, is known by
 * its content: every value is its own key. Cost: one look at each word.
 */
#include "dumper/roots_parts.h"

#include "base/map.h"
#include "dumper/keys.h"

#include <elf.h>

#define PAGE 4096u
#define SEGMENTS_MAX 8                /* writable ones of one file */
#define MAPPED_HEADERS_MAX (1u << 20) /* program headers begin before this offset */
#define DATA_MAX ((uint64_t)64 << 20) /* bytes of one range that are scanned */
#define INTERNED_MIN 64               /* entries: every interpreter interns more before it runs anything */
#define INTERNED_SAMPLE 256           /* entries looked at */

/* --- where variables lie --- */

/* A mapped file's ranges follow each other; one mapped twice gives two runs. */
struct run {
	size_t first, end; /* of the ranges */
};

static bool is_file(const struct source_range *range)
{
	return range->path != NULL && range->path[0] == '/';
}

/* The run that begins at the first file's range from `first` on; false where there is none. */
static bool run_find(const struct source_range *ranges, size_t count, size_t first, struct run *run)
{
	while (first < count && !is_file(&ranges[first]))
		first++;
	run->first = run->end = first;
	while (run->end < count && is_file(&ranges[run->end]) && strcmp(ranges[run->end].path, ranges[first].path) == 0)
		run->end++;
	return first < count;
}

struct segments { /* writable ones of a mapped ELF file */
	struct segment {
		uint64_t start, end; /* addresses */
	} items[SEGMENTS_MAX];
	size_t count;
};

/* Reads the program headers of the file mapped at `start`; false where it is no ELF file, or they can't be read. */
static bool segments_read(struct decoder *decoder, uint64_t start, struct segments *segments)
{
	const uint8_t *head = mirror_at(decoder->mirror, start, sizeof(Elf64_Ehdr)), *table;
	bool based = false;
	uint64_t bias = 0;
	Elf64_Ehdr elf;

	segments->count = 0;
	if (head == NULL || memcmp(head, ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS64)
		return false;
	memcpy(&elf, head, sizeof elf);
	if (elf.e_phentsize != sizeof(Elf64_Phdr) || elf.e_phoff > MAPPED_HEADERS_MAX)
		return false;
	table = mirror_at(decoder->mirror, start + elf.e_phoff, elf.e_phnum * sizeof(Elf64_Phdr));
	for (unsigned i = 0; table != NULL && i < elf.e_phnum && segments->count < SEGMENTS_MAX; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, table + i * sizeof segment, sizeof segment);
		if (segment.p_type != PT_LOAD)
			continue;
		if (!based)
			bias = start - (segment.p_vaddr & ~(uint64_t)(PAGE - 1));
		based = true;
		if ((segment.p_flags & PF_W) != 0 && segment.p_memsz <= INT64_MAX)
			segments->items[segments->count++] =
				(struct segment){bias + segment.p_vaddr, bias + segment.p_vaddr + segment.p_memsz};
	}
	return table != NULL;
}

/* The words of ranges[i] that belong to a writable segment; an empty window where there are none. */
static struct root_window segments_window(const struct segments *segments, const struct source_range *range)
{
	struct root_window window = {range->start, range->start, range->start};

	for (size_t i = 0; i < segments->count && range->readable && range->writable; i++) {
		uint64_t start = segments->items[i].start, end = segments->items[i].end;

		if (start >= range->end || end <= range->start)
			continue;
		window.start = start > range->start ? start : range->start;
		window.end = end < range->end ? end : range->end;
		break;
	}
	if (window.end - window.start > DATA_MAX)
		window.end = window.start + DATA_MAX;
	return window;
}

/* One more than the last range that a file's segments may reach: its own, and the .bss right after them. */
static size_t run_reach(const struct source_range *ranges, size_t count, const struct run *run)
{
	size_t end = run->end;

	while (end < count && ranges[end].path == NULL && ranges[end].start == ranges[end - 1].end)
		end++;
	return end;
}

/* --- the words --- */

struct globals_filter {
	bool (*inside)(void *context, uint64_t address);
	void *context;
	struct decoder *decoder;
};

/* A word of a static object is that object's; the dict of interned strings is a root by itself. */
static bool is_explained(void *context, uint64_t address)
{
	const struct globals_filter *filter = context;
	uint32_t unused;

	if (map_find(&filter->decoder->interned, mirror_u64(filter->decoder->mirror, address), &unused))
		return true;
	return filter->inside != NULL && filter->inside(filter->context, address);
}

static struct error *collect_run(struct decoder *decoder, const struct source_range *ranges, size_t count,
				 const struct run *run, struct globals_filter *filter, struct roots *roots)
{
	const char *path = ranges[run->first].path, *slash = strrchr(path, '/');
	const struct found_root root = {.kind = ROOT_C_GLOBALS,
					.name = slash[1] != '\0' ? slash + 1 : path,
					.file = path};
	struct segments segments;
	uint64_t origin = 0;

	if (ranges[run->first].file_offset != 0 || !segments_read(decoder, ranges[run->first].start, &segments))
		return NULL;
	TRY(roots_begin(roots, &root));
	for (size_t i = run->first; i < run_reach(ranges, count, run); i++) {
		struct root_window window = segments_window(&segments, &ranges[i]);

		if (window.start == window.end)
			continue;
		if (origin == 0)
			origin = ranges[i].start;
		window.origin = origin;
		TRY(roots_scan(decoder, roots, &window, is_explained, filter));
	}
	roots_drop_empty(roots);
	return NULL;
}

/* --- static types --- */

static struct error *known_types(const struct roots *roots, struct map *known)
{
	for (size_t i = 0; i < roots->roots.count; i++) {
		const struct found_root *root = &roots->roots.items[i];

		if (root->kind != ROOT_STATIC_TYPES)
			continue;
		for (size_t j = 0; j < root->edge_count; j++)
			TRY(map_put(known, roots->edges.items[root->first_edge + j].target, 1));
	}
	return NULL;
}

/* A static type lives as long as the program, whoever refers to it: the reference it is made with is nobody's. */
static struct error *collect_other_types(struct decoder *decoder, struct roots *roots)
{
	const struct found_root root = {.kind = ROOT_STATIC_TYPES, .name = "other static types"};
	AUTO(map) struct map known;
	uint32_t value;

	map_init(&known);
	TRY(known_types(roots, &known));
	TRY(roots_begin(roots, &root));
	for (uint32_t i = 0; i < type_table_count(decoder->types); i++) {
		const struct type *type = type_table_at(decoder->types, i);
		struct found_edge edge = {.name = NAME_FIELD, .class = EDGE_OWNED, .source = PAYLOAD_LITERAL};
		const char *name;

		if (!type->valid || type->heap || map_find(&known, type->address, &value))
			continue;
		edge.target = type->address;
		TRY(roots_text(roots, type->name, &name));
		edge.payload = (uintptr_t)name;
		TRY(roots_add(roots, &edge));
	}
	roots_drop_empty(roots);
	return NULL;
}

struct error *roots_collect_globals(struct decoder *decoder, bool (*inside)(void *context, uint64_t address),
				    void *context, struct roots *roots)
{
	struct globals_filter filter = {.inside = inside, .context = context, .decoder = decoder};
	struct run run = {0};
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	while (run_find(ranges, count, run.end, &run))
		TRY(collect_run(decoder, ranges, count, &run, &filter, roots));
	return collect_other_types(decoder, roots);
}

/* --- other static objects --- */

struct statics {
	struct decoder *decoder;
	const struct marks *marks;
	struct map types; /* addresses that roots of static types have */
	struct roots *roots;
};

static struct error *collect_static(struct statics *statics, uint64_t address)
{
	struct decoder *decoder = statics->decoder;
	struct found_edge edge = {.target = address,
				  .name = NAME_FIELD,
				  .class = EDGE_OWNED,
				  .source = PAYLOAD_LITERAL};
	enum object_verdict verdict = OBJECT_GOOD;
	struct object object;
	const char *name;
	uint32_t value;

	TRY(object_load(decoder->types, decoder->mirror, decoder->layout, address, &object, &verdict));
	if (verdict != OBJECT_GOOD || object.immortal || map_find(&statics->types, address, &value))
		return NULL;
	TRY(roots_text(statics->roots, type_table_at(decoder->types, object.type)->name, &name));
	edge.payload = (uintptr_t)name;
	return roots_add(statics->roots, &edge);
}

static struct error *collect_static_run(struct statics *statics, const struct source_range *ranges, size_t count,
					const struct run *run)
{
	struct segments segments;

	if (ranges[run->first].file_offset != 0 ||
	    !segments_read(statics->decoder, ranges[run->first].start, &segments))
		return NULL;
	for (size_t i = run->first; i < run_reach(ranges, count, run); i++) {
		struct root_window window = segments_window(&segments, &ranges[i]);

		for (uint64_t at = window.start; marks_next(statics->marks, at, &at) && at < window.end; at += 8)
			TRY(collect_static(statics, at));
	}
	return NULL;
}

struct error *roots_collect_statics(struct decoder *decoder, const struct marks *marks, struct roots *roots)
{
	const struct found_root root = {.kind = ROOT_C_GLOBALS, .name = "static objects"};
	struct statics statics = {.decoder = decoder, .marks = marks, .roots = roots};
	struct error *error;
	struct run run = {0};
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	map_init(&statics.types);
	error = known_types(roots, &statics.types);
	if (error == NULL)
		error = roots_begin(roots, &root);
	while (error == NULL && run_find(ranges, count, run.end, &run))
		error = collect_static_run(&statics, ranges, count, &run);
	map_deinit(&statics.types);
	TRY(error);
	roots_drop_empty(roots);
	return NULL;
}

/* --- the dict of interned strings --- */

static struct error *is_decoded_as(struct decoder *decoder, uint64_t address, enum type_decoder wanted, bool *is)
{
	struct object object;
	bool plausible = false;

	*is = false;
	TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, address, &object, &plausible));
	if (plausible) {
		const struct type *type = type_table_at(decoder->types, object.type);

		*is = type->decoder == wanted && !type->heap;
	}
	return NULL;
}

/* Entries of the dict at `address`; 0 where it is none whose values are its str keys. */
static struct error *interned_entries(struct decoder *decoder, uint64_t address, uint64_t *entries)
{
	struct keys keys;
	bool is;

	*entries = 0;
	TRY(is_decoded_as(decoder, address, DECODE_DICT, &is));
	if (!is || !keys_load(decoder->mirror, decoder->layout,
			      mirror_u64(decoder->mirror, address + (uint64_t)decoder->layout->dict_keys), &keys))
		return NULL;
	if (keys.split || keys.count < INTERNED_MIN)
		return NULL;
	for (uint64_t i = 0, looked = 0; i < keys.count && looked < INTERNED_SAMPLE; i++) {
		if (keys_value(&keys, i) == 0)
			continue;
		looked++;
		if (keys_key(&keys, i) != keys_value(&keys, i))
			return NULL;
		TRY(is_decoded_as(decoder, keys_key(&keys, i), DECODE_STR, &is));
		if (!is)
			return NULL;
	}
	*entries = keys.count;
	return NULL;
}

static struct error *search_window(struct decoder *decoder, const struct root_window *window, uint64_t *best,
				   uint64_t *interned)
{
	for (uint64_t at = window->start; at + 8 <= window->end; at += 8) {
		uint64_t word = mirror_u64(decoder->mirror, at), entries;

		if (word == 0 || (word & 7) != 0 || !mirror_mapped(decoder->mirror, word))
			continue;
		TRY(interned_entries(decoder, word, &entries));
		if (entries > *best) {
			*best = entries;
			*interned = word;
		}
	}
	return NULL;
}

/* The file whose segments hold the runtime; false where none does. */
static bool find_home(struct decoder *decoder, uint64_t runtime, struct run *run, struct segments *segments)
{
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	*run = (struct run){0};
	while (run_find(ranges, count, run->end, run)) {
		if (ranges[run->first].file_offset != 0 || !segments_read(decoder, ranges[run->first].start, segments))
			continue;
		for (size_t i = 0; i < segments->count; i++)
			if (runtime >= segments->items[i].start && runtime < segments->items[i].end)
				return true;
	}
	return false;
}

struct error *roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned)
{
	struct segments segments;
	struct run run;
	uint64_t best = 0;
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	*interned = 0;
	if (!find_home(decoder, runtime, &run, &segments))
		return NULL;
	for (size_t i = run.first; i < run_reach(ranges, count, &run); i++) {
		const struct root_window window = segments_window(&segments, &ranges[i]);

		TRY(search_window(decoder, &window, &best, interned));
	}
	return NULL;
}
