/* Roots of C code: which words in the data of the mapped programs and libraries hold objects?
 *
 * Writable ranges of a mapped ELF file are its .data; the anonymous range that follows at once is its .bss. Every word
 * there that looks like a reference is one, as a guess. Files that are no ELF files are data somebody mapped, not
 * variables. Static types that no interpreter lists are named here too, as what instances borrow. The dict of interned
 * strings, where it is a variable, is known by its content: every value is its own key. Cost: one look at each word.
 */
#include "dumper/roots_parts.h"

#include "base/map.h"
#include "dumper/keys.h"

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

static bool is_writable(const struct source_range *range)
{
	return range->readable && range->writable;
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

static bool run_is_program(struct decoder *decoder, const struct source_range *ranges, const struct run *run)
{
	const char *head;

	if (ranges[run->first].file_offset != 0)
		return false;
	head = mirror_at(decoder->mirror, ranges[run->first].start, 4);
	return head != NULL && memcmp(head, "\177ELF", 4) == 0;
}

/* The writable words of ranges[i], and of the .bss right after it; an empty window where there are none. */
static struct root_window run_window(const struct source_range *ranges, size_t count, size_t i)
{
	struct root_window window = {ranges[i].start, ranges[i].end, ranges[i].start};

	if (!is_writable(&ranges[i]))
		window.end = window.start;
	else if (i + 1 < count && is_writable(&ranges[i + 1]) && ranges[i + 1].path == NULL &&
		 ranges[i + 1].start == window.end)
		window.end = ranges[i + 1].end;
	if (window.end - window.start > DATA_MAX)
		window.end = window.start + DATA_MAX;
	return window;
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

	if (filter->decoder->interned != 0 &&
	    mirror_u64(filter->decoder->mirror, address) == filter->decoder->interned)
		return true;
	return filter->inside != NULL && filter->inside(filter->context, address);
}

static struct error *collect_run(struct decoder *decoder, const struct source_range *ranges, size_t count,
				 const struct run *run, struct globals_filter *filter, struct roots *roots)
{
	const char *path = ranges[run->first].path, *slash = strrchr(path, '/');
	const struct found_root root = {.kind = ROOT_C_GLOBALS, .name = slash[1] != '\0' ? slash + 1 : path, .file = path};
	uint64_t origin = 0;

	TRY(roots_begin(roots, &root));
	for (size_t i = run->first; i < run->end; i++) {
		struct root_window window = run_window(ranges, count, i);

		if (window.start == window.end)
			continue;
		if (origin == 0)
			origin = window.start;
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

/* A static type lives as long as the program, whoever refers to it. */
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
		struct found_edge edge = {.name = NAME_FIELD, .class = EDGE_WEAK, .source = PAYLOAD_LITERAL};
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

struct error *roots_collect_globals(struct decoder *decoder, bool (*inside)(void *context, uint64_t address), void *context,
				    struct roots *roots)
{
	struct globals_filter filter = {.inside = inside, .context = context, .decoder = decoder};
	struct run run = {0};
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	while (run_find(ranges, count, run.end, &run))
		if (run_is_program(decoder, ranges, &run))
			TRY(collect_run(decoder, ranges, count, &run, &filter, roots));
	return collect_other_types(decoder, roots);
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

/* Whether the runtime lies in this run or in the .bss after it. */
static bool run_holds(const struct source_range *ranges, size_t count, const struct run *run, uint64_t address)
{
	return address >= ranges[run->first].start && address < run_window(ranges, count, run->end - 1).end;
}

struct error *roots_find_interned(struct decoder *decoder, uint64_t runtime, uint64_t *interned)
{
	struct run run = {0};
	uint64_t best = 0;
	size_t count;
	const struct source_range *ranges = mirror_ranges(decoder->mirror, &count);

	*interned = 0;
	while (run_find(ranges, count, run.end, &run)) {
		if (!run_holds(ranges, count, &run, runtime))
			continue;
		for (size_t i = run.first; i < run.end; i++) {
			const struct root_window window = run_window(ranges, count, i);

			TRY(search_window(decoder, &window, &best, interned));
		}
	}
	return NULL;
}
