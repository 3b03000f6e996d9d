/* Roots: what do the interpreters themselves hold?
 *
 * The tables that every program has (sys.modules, the builtins, the static types' namespaces, the collector's lists)
 * are read where the layout says. The rest of an interpreter's state is scanned word by word, as its fields are many
 * and change with every version; the caches of borrowed references are left out. Cost: one look at each word of the
 * states, a check of each word that could be an address.
 */
#include "dumper/roots_parts.h"

#include "base/bytes.h"
#include "dumper/interpreters.h"

#include <stdio.h>

#define SCAN_STEP 65536u    /* bytes looked at in one piece */
#define TYPE_NAME_BYTES 256 /* longer names are cut off the edge's name */
#define IDENTIFIERS_MAX 65536u
#define GAPS_MAX 16 /* parts of an interpreter's state that are not scanned, without the threads' */

/* --- the list of roots --- */

void roots_init(struct roots *roots)
{
	*roots = (struct roots){0};
	arena_init(&roots->arena);
}

void roots_deinit(struct roots *roots)
{
	vector_deinit(&roots->edges);
	vector_deinit(&roots->roots);
	arena_deinit(&roots->arena);
}

struct error *roots_text(struct roots *roots, const char *text, const char **copy)
{
	*copy = NULL;
	if (text == NULL)
		return NULL;
	*copy = arena_copy(&roots->arena, text, strlen(text));
	return *copy == NULL ? error_memory() : NULL;
}

struct error *roots_begin(struct roots *roots, const struct found_root *root)
{
	struct found_root copy = *root;

	TRY(roots_text(roots, root->name, &copy.name));
	TRY(roots_text(roots, root->function, &copy.function));
	TRY(roots_text(roots, root->file, &copy.file));
	copy.first_edge = roots->edges.count;
	copy.edge_count = 0;
	return vector_push(&roots->roots, copy);
}

struct error *roots_add(struct roots *roots, const struct found_edge *edge)
{
	if (edge->target == 0)
		return NULL;
	TRY(vector_push(&roots->edges, *edge));
	roots->roots.items[roots->roots.count - 1].edge_count++;
	return NULL;
}

void roots_drop_empty(struct roots *roots)
{
	if (roots->roots.items[roots->roots.count - 1].edge_count == 0)
		roots->roots.count--;
}

/* --- scanning --- */

struct error *roots_scan(struct decoder *decoder, struct roots *roots, const struct root_window *window,
			 bool (*skip)(void *context, uint64_t address), void *context)
{
	uint64_t start = (window->start + 7) & ~(uint64_t)7;

	while (start + 8 <= window->end) {
		uint64_t size = window->end - start < SCAN_STEP ? window->end - start : SCAN_STEP;
		const uint8_t *bytes = mirror_at(decoder->mirror, start, size);

		for (uint64_t at = 0; bytes != NULL && at + 8 <= size; at += 8) {
			struct found_edge edge = {.target = load_u64(bytes + at),
						  .payload = start + at - window->origin,
						  .name = NAME_OFFSET,
						  .class = EDGE_GUESS,
						  .source = PAYLOAD_NUMBER};
			struct object object;
			bool plausible = false;

			if (edge.target == 0 || (edge.target & 7) != 0 || !mirror_mapped(decoder->mirror, edge.target))
				continue;
			TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, edge.target, &object,
					 &plausible));
			if (plausible && (skip == NULL || !skip(context, start + at)))
				TRY(roots_add(roots, &edge));
		}
		start += SCAN_STEP;
	}
	return NULL;
}

/* --- one interpreter --- */

struct state { /* of the interpreter at hand */
	struct decoder *decoder;
	struct roots *roots;
	uint64_t address, number, collector;
	struct gap {
		uint64_t start, end; /* addresses of what the scan leaves out */
	} gaps[GAPS_MAX];
	size_t gap_count;
	VECTOR(uint64_t) threads; /* addresses of the thread states */
};

static void state_deinit(struct state *state)
{
	vector_deinit(&state->threads);
}
DEFINE_AUTO_VALUE(state, struct state, state_deinit);

static void leave_out(struct state *state, uint64_t start, uint64_t size)
{
	state->gaps[state->gap_count++] = (struct gap){start, start + size};
}

/* Offset `offset` of the state holds a cache or table of `size` bytes that the scan must not look at. */
static void leave_out_field(struct state *state, int32_t offset, int64_t size)
{
	if (offset >= 0 && size > 0)
		leave_out(state, state->address + (uint64_t)offset, (uint64_t)size);
}

/* A root of one counted reference, kept in the word at `address`. */
static struct error *collect_word(struct state *state, enum root_kind kind, const char *name, uint64_t address,
				  bool namespace)
{
	const struct found_root root = {.kind = kind, .name = name, .interpreter = state->number};
	const struct found_edge edge = {.target = mirror_u64(state->decoder->mirror, address),
					.name = NAME_NONE,
					.class = EDGE_OWNED,
					.namespace = namespace};

	leave_out(state, address, 8);
	TRY(roots_begin(state->roots, &root));
	TRY(roots_add(state->roots, &edge));
	roots_drop_empty(state->roots);
	return NULL;
}

static struct error *note_interned(struct decoder *decoder, uint64_t dict)
{
	return dict == 0 ? NULL : map_put(&decoder->interned, dict, 0);
}

/* Where all interpreters share a collector (3.8), the main one has its lists. */
static struct error *collect_collector(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	uint64_t at = state->collector;

	TRY(collect_word(state, ROOT_INTERPRETER, "gc.garbage", at + (uint64_t)layout->gc_garbage, false));
	return collect_word(state, ROOT_INTERPRETER, "gc.callbacks", at + (uint64_t)layout->gc_callbacks, false);
}

static struct error *collect_tables(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	uint64_t at = state->address;

	TRY(collect_word(state, ROOT_MODULES, "sys.modules", at + (uint64_t)layout->interpreter_modules, true));
	TRY(collect_word(state, ROOT_BUILTINS, "builtins", at + (uint64_t)layout->interpreter_builtins, true));
	TRY(collect_word(state, ROOT_BUILTINS, "sys", at + (uint64_t)layout->interpreter_sysdict, true));
	if (layout->interpreter_gc >= 0 || state->number == 0)
		TRY(collect_collector(state));
	if (layout->interpreter_interned < 0)
		return NULL;
	TRY(note_interned(state->decoder,
			  mirror_u64(state->decoder->mirror, at + (uint64_t)layout->interpreter_interned)));
	return collect_word(state, ROOT_INTERPRETER, "interned strings", at + (uint64_t)layout->interpreter_interned,
			    false);
}

/* `edge` is named by the type's name and `suffix`. */
static struct error *add_static(struct state *state, const char *type, const char *suffix, struct found_edge edge)
{
	char name[TYPE_NAME_BYTES + 32];
	const char *copy;

	if (edge.target == 0)
		return NULL;
	snprintf(name, sizeof name, "%s%s", type, suffix);
	TRY(roots_text(state->roots, name, &copy));
	edge.name = NAME_FIELD;
	edge.source = PAYLOAD_LITERAL;
	edge.payload = (uintptr_t)copy;
	return roots_add(state->roots, &edge);
}

/* The states of static types: each names its type and owns the dicts that a heap type has in itself. */
static struct error *collect_static_states(struct state *state, int32_t offset, int32_t count)
{
	const struct layout *layout = state->decoder->layout;
	struct mirror *mirror = state->decoder->mirror;

	for (int32_t i = 0; offset >= 0 && i < count; i++) {
		uint64_t at = state->address + (uint64_t)(offset + i * layout->static_state_size);
		uint64_t type = mirror_u64(mirror, at + (uint64_t)layout->static_state_type);
		char name[TYPE_NAME_BYTES];

		if (type == 0)
			continue;
		if (!mirror_string(mirror, mirror_u64(mirror, type + (uint64_t)layout->type_name), name, sizeof name))
			snprintf(name, sizeof name, "static type");
		TRY(add_static(state, name, "", (struct found_edge){.target = type, .class = EDGE_WEAK}));
		TRY(add_static(state, name, ".__dict__",
			       (struct found_edge){.target =
							   mirror_u64(mirror, at + (uint64_t)layout->static_state_dict),
						   .class = EDGE_OWNED,
						   .namespace = true}));
		TRY(add_static(state, name, ".tp_subclasses",
			       (struct found_edge){.target = mirror_u64(mirror,
									at + (uint64_t)layout->static_state_subclasses),
						   .class = EDGE_OWNED}));
	}
	leave_out_field(state, offset, (int64_t)count * layout->static_state_size);
	return NULL;
}

static struct error *collect_static_types(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	const struct found_root root = {.kind = ROOT_STATIC_TYPES,
					.name = "static types",
					.interpreter = state->number};

	TRY(roots_begin(state->roots, &root));
	TRY(collect_static_states(state, layout->interpreter_statics, layout->interpreter_statics_max));
	TRY(collect_static_states(state, layout->interpreter_extension_statics,
				  layout->interpreter_extension_statics_max));
	roots_drop_empty(state->roots);
	return NULL;
}

/* The method cache borrows the methods, but its references to their names are counted. */
static struct error *collect_method_cache(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	const struct found_root root = {.kind = ROOT_INTERPRETER, .name = "method cache", .interpreter = state->number};
	uint64_t size = (uint64_t)layout->interpreter_type_cache_size;
	uint64_t entry = (uint64_t)layout->type_cache_entry_size;
	const uint8_t *cache;

	leave_out_field(state, layout->interpreter_type_cache, layout->interpreter_type_cache_size);
	if (layout->interpreter_type_cache < 0 || layout->type_cache_entry_name < 0 ||
	    layout->type_cache_entry_size < 8)
		return NULL;
	cache = mirror_at(state->decoder->mirror, state->address + (uint64_t)layout->interpreter_type_cache, size);
	TRY(roots_begin(state->roots, &root));
	for (uint64_t at = 0; cache != NULL && at + entry <= size; at += entry) {
		const struct found_edge edge = {.target = load_u64(cache + at + layout->type_cache_entry_name),
						.name = NAME_INDEX,
						.payload = at / entry,
						.class = EDGE_OWNED};

		TRY(roots_add(state->roots, &edge));
	}
	roots_drop_empty(state->roots);
	return NULL;
}

/* Names that C code of the interpreter and of its modules made once and keeps, in an array of their own. */
static struct error *collect_identifiers(struct state *state)
{
	const struct found_root root = {.kind = ROOT_INTERPRETER, .name = "identifiers", .interpreter = state->number};
	const struct layout *layout = state->decoder->layout;
	struct mirror *mirror = state->decoder->mirror;
	uint64_t at = state->address + (uint64_t)layout->interpreter_identifiers, count;
	const uint8_t *names;

	if (layout->interpreter_identifiers < 0)
		return NULL;
	count = mirror_u64(mirror, at);
	if (count == 0 || count > IDENTIFIERS_MAX)
		return NULL;
	names = mirror_at(mirror, mirror_u64(mirror, at + 8), 8 * count);
	TRY(roots_begin(state->roots, &root));
	for (uint64_t i = 0; names != NULL && i < count; i++) {
		const struct found_edge edge = {.target = load_u64(names + 8 * i),
						.name = NAME_INDEX,
						.payload = i,
						.class = EDGE_OWNED};

		TRY(roots_add(state->roots, &edge));
	}
	roots_drop_empty(state->roots);
	return NULL;
}

static bool left_out(void *context, uint64_t address)
{
	const struct state *state = context;
	uint64_t thread_size = (uint64_t)state->decoder->layout->thread_size;

	for (size_t i = 0; i < state->gap_count; i++)
		if (address >= state->gaps[i].start && address < state->gaps[i].end)
			return true;
	for (size_t i = 0; i < state->threads.count; i++)
		if (address - state->threads.items[i] < thread_size)
			return true;
	return false;
}

static struct error *collect_rest(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	const struct found_root root = {.kind = ROOT_INTERPRETER,
					.name = "interpreter state",
					.interpreter = state->number};
	const struct root_window window = {.start = state->address,
					   .origin = state->address,
					   .end = state->address + (uint64_t)layout->interpreter_size};

	leave_out_field(state, layout->interpreter_func_cache, layout->interpreter_func_cache_size);
	leave_out_field(state, layout->interpreter_type_version_cache, layout->interpreter_type_version_cache_size);
	TRY(roots_begin(state->roots, &root));
	TRY(roots_scan(state->decoder, state->roots, &window, left_out, state));
	roots_drop_empty(state->roots);
	return NULL;
}

static struct error *collect_threads(struct state *state)
{
	const struct layout *layout = state->decoder->layout;
	struct mirror *mirror = state->decoder->mirror;
	struct chain chain = chain_from(mirror_u64(mirror, state->address + (uint64_t)layout->interpreter_threads));

	while (chain.at != 0) {
		if ((chain.at & 7) != 0 || mirror_at(mirror, chain.at, (uint64_t)layout->thread_size) == NULL) {
			state->decoder->losses[LOSS_thread_broken]++;
			return NULL;
		}
		TRY(vector_push(&state->threads, chain.at));
		TRY(roots_thread(state->decoder, chain.at, state->number, state->roots));
		chain_step(&chain, mirror_u64(mirror, chain.at + (uint64_t)layout->thread_next));
	}
	if (chain.looped)
		state->decoder->losses[LOSS_thread_broken]++;
	return NULL;
}

static struct error *collect_interpreter(struct decoder *decoder, uint64_t runtime, uint64_t address,
					 struct roots *roots)
{
	const struct layout *layout = decoder->layout;
	AUTO(state) struct state state = {.decoder = decoder, .roots = roots, .address = address};

	state.number = interpreter_number(decoder, address);
	state.collector = layout->interpreter_gc >= 0 ? address + (uint64_t)layout->interpreter_gc
						      : runtime + (uint64_t)layout->runtime_gc;
	TRY(collect_tables(&state));
	TRY(collect_static_types(&state));
	TRY(collect_method_cache(&state));
	TRY(collect_identifiers(&state));
	TRY(collect_threads(&state));
	return collect_rest(&state);
}

/* Where no interpreter has the dict of interned strings, a variable of the runtime's file does. */
static struct error *collect_interned(struct decoder *decoder, uint64_t runtime, struct roots *roots)
{
	const struct found_root root = {.kind = ROOT_INTERPRETER, .name = "interned strings"};
	struct found_edge edge = {.name = NAME_NONE, .class = EDGE_OWNED};

	if (decoder->layout->interpreter_interned >= 0)
		return NULL;
	TRY(roots_find_interned(decoder, runtime, &edge.target));
	TRY(note_interned(decoder, edge.target));
	TRY(roots_begin(roots, &root));
	TRY(roots_add(roots, &edge));
	roots_drop_empty(roots);
	return NULL;
}

struct error *roots_collect(struct decoder *decoder, uint64_t runtime, struct roots *roots)
{
	struct chain interpreters = interpreters_first(decoder, runtime);

	TRY(collect_interned(decoder, runtime, roots));
	while (interpreters.at != 0) {
		TRY(collect_interpreter(decoder, runtime, interpreters.at, roots));
		roots->interpreters++;
		interpreters_next(decoder, &interpreters);
	}
	return NULL;
}
