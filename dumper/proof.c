/* Answers: is what the table says true of this target?
 *
 * Method. From _PyRuntime to the first interpreter, from there to sys.modules, whose type is dict, whose type is type,
 * which is its own type: a wrong offset on this way ends in something else. Types then say their names and their sizes,
 * which the table has too. Fields late in the interpreter's state move when a micro version adds one before them: where
 * the table's place doesn't hold what it must, the places around it are tried. Cost: a few reads for each proof;
 * O(SHIFT_LARGEST / 8) of them where something has moved.
 */
#include "dumper/proof.h"

#include "dumper/keys.h"

#define LINK_FLAGS ((uint64_t)3)
#define GENERATIONS 3
#define SHIFT_LARGEST 512 /* bytes that a field is looked for to either side */
#define HEADS_FROM 8      /* bytes in the collector's state between which its generations may begin */
#define HEADS_TO 64
#define STATICS_LEAST 20    /* static types that any interpreter has */
#define INTERNED_LEAST 100u /* interned strings that any interpreter has */
#define INTERNED_LOOKED_AT 16u
#define THREAD_ID_LARGEST ((uint64_t)1 << 22) /* PID_MAX_LIMIT */
#define TYPE_NAME_MAX 64
#define INTERPRETERS_MAX 1000

static uint64_t word(const struct proof *proof, uint64_t address, int32_t offset)
{
	return mirror_u64(proof->mirror, address + (uint64_t)(int64_t)offset);
}

static uint64_t type_of(const struct proof *proof, uint64_t object)
{
	return object != 0 && object % 8 == 0 ? word(proof, object, proof->layout->object_type) : 0;
}

static bool is_dict(const struct proof *proof, uint64_t address)
{
	return type_of(proof, address) == proof->dict_type;
}

/* --- the way from the runtime --- */

static bool is_named(const struct proof *proof, uint64_t type, const char *expected)
{
	char name[TYPE_NAME_MAX];

	return mirror_string(proof->mirror, word(proof, type, proof->layout->type_name), name, sizeof name) &&
	       strcmp(name, expected) == 0;
}

/* The one with id 0, which was there first; the newest one where that isn't among the newest INTERPRETERS_MAX. */
static uint64_t main_interpreter(const struct proof *proof)
{
	uint64_t first = word(proof, proof->runtime, proof->layout->runtime_interpreters), at = first;

	for (int i = 0; i < INTERPRETERS_MAX && at != 0; i++) {
		if (word(proof, at, proof->layout->interpreter_id) == 0)
			return at;
		at = word(proof, at, proof->layout->interpreter_next);
	}
	return first;
}

struct error *proof_begin(struct proof *proof, struct mirror *mirror, const struct layout *layout, uint64_t runtime)
{
	*proof = (struct proof){.mirror = mirror, .layout = layout, .runtime = runtime};
	if (mirror_at(mirror, runtime, (uint64_t)layout->runtime_initialized + 4) == NULL)
		return error_create_at(ERROR_REFUSED, runtime, "_PyRuntime can't be read at 0x%llx",
				       (unsigned long long)runtime);
	proof->interpreter = main_interpreter(proof);
	if (proof->interpreter == 0 || mirror_u32(mirror, runtime + (uint64_t)layout->runtime_initialized) == 0)
		return error_create_at(ERROR_REFUSED, runtime,
				       "the interpreter is not yet initialised, or is finalised");
	if (proof->interpreter % 8 != 0 ||
	    mirror_at(mirror, proof->interpreter, (uint64_t)layout->interpreter_size) == NULL)
		return error_create_at(ERROR_REFUSED, proof->interpreter, "no interpreter state can be read at 0x%llx",
				       (unsigned long long)proof->interpreter);
	proof->collector = layout->interpreter_gc >= 0 ? proof->interpreter + (uint64_t)layout->interpreter_gc
						       : runtime + (uint64_t)layout->runtime_gc;
	return NULL;
}

/* --- types --- */

static struct error *prove_size(const struct proof *proof, uint64_t type, const char *name, int32_t basicsize,
				int32_t itemsize)
{
	int64_t found = (int64_t)word(proof, type, proof->layout->type_basicsize);
	int64_t items = (int64_t)word(proof, type, proof->layout->type_itemsize);

	if (!is_named(proof, type, name))
		return error_create_at(ERROR_REFUSED, type, "no type %s at 0x%llx", name, (unsigned long long)type);
	if (type_of(proof, type) != proof->type_type)
		return error_create_at(ERROR_REFUSED, type, "the type of %s is not type", name);
	if (found != basicsize || items != itemsize)
		return error_create_at(
			ERROR_REFUSED, type,
			"%s has %lld bytes and %lld an item, and not %d and %d: a debug build, or one of its own kind",
			name, (long long)found, (long long)items, basicsize, itemsize);
	return NULL;
}

/* The keys of sys.modules are str; a subclass of it may be among them. */
static struct error *prove_keys(const struct proof *proof, uint64_t modules)
{
	struct keys keys;
	uint64_t type = 0;

	if (!keys_load(proof->mirror, proof->layout, word(proof, modules, proof->layout->dict_keys), &keys))
		return error_create_at(ERROR_REFUSED, modules, "the keys of sys.modules at 0x%llx make no sense",
				       (unsigned long long)modules);
	for (uint64_t i = 0; i < keys.count && !is_named(proof, type, "str"); i++)
		type = type_of(proof, keys_key(&keys, i));
	return prove_size(proof, type, "str", proof->layout->unicode_size, 0);
}

struct error *proof_types(struct proof *proof)
{
	const struct layout *layout = proof->layout;
	uint64_t modules = word(proof, proof->interpreter, layout->interpreter_modules);
	uint64_t sysdict = word(proof, proof->interpreter, layout->interpreter_sysdict);
	uint64_t builtins = word(proof, proof->interpreter, layout->interpreter_builtins);

	if (modules == 0 || sysdict == 0 || builtins == 0)
		return error_create_at(ERROR_REFUSED, proof->interpreter,
				       "the interpreter is not yet initialised, or is finalised");
	proof->dict_type = type_of(proof, modules);
	proof->type_type = type_of(proof, proof->dict_type);
	if (proof->type_type == 0 || type_of(proof, proof->type_type) != proof->type_type)
		return error_create_at(ERROR_REFUSED, modules,
				       "sys.modules at 0x%llx is no object whose type's type is type",
				       (unsigned long long)modules);
	TRY(prove_size(proof, proof->type_type, "type", layout->heaptype_size, layout->member_size));
	TRY(prove_size(proof, proof->dict_type, "dict", layout->dict_size, 0));
	if (!is_dict(proof, sysdict) || !is_dict(proof, builtins))
		return error_create_at(ERROR_REFUSED, proof->interpreter,
				       "the namespaces of sys and builtins are no dicts");
	TRY(prove_size(proof, type_of(proof, word(proof, proof->type_type, layout->type_mro)), "tuple",
		       layout->tuple_items, 8));
	return prove_keys(proof, modules);
}

/* --- the collector --- */

struct ends {                       /* of a list, seen from its head */
	bool readable, first, last; /* the first object links back, the last one forward */
};

static struct ends ends_of(const struct proof *proof, uint64_t head)
{
	uint64_t next = word(proof, head, 0) & ~LINK_FLAGS, previous = word(proof, head, 8) & ~LINK_FLAGS;
	const uint64_t size = (uint64_t)proof->layout->gc_head_size;
	struct ends ends = {.readable = mirror_at(proof->mirror, next, size) != NULL &&
					mirror_at(proof->mirror, previous, size) != NULL};

	ends.first = ends.readable && (word(proof, next, 8) & ~LINK_FLAGS) == head;
	ends.last = ends.readable && (word(proof, previous, 0) & ~LINK_FLAGS) == head;
	return ends;
}

/* The target may have stopped in the middle of linking one object: one end of one list may lag. */
static bool heads_at(const struct proof *proof, int32_t generations, bool collecting)
{
	const struct layout *layout = proof->layout;
	unsigned lagging = 0;

	for (int i = 0; i <= GENERATIONS; i++) {
		int32_t offset = i < GENERATIONS ? generations + i * layout->gc_generation_size : layout->gc_permanent;
		struct ends ends = ends_of(proof, proof->collector + (uint64_t)offset);

		if (!ends.readable || (!collecting && !ends.first && !ends.last))
			return false;
		lagging += !ends.first || !ends.last;
	}
	return collecting || lagging <= 1;
}

static struct error *prove_garbage(const struct proof *proof)
{
	uint64_t garbage = word(proof, proof->collector, proof->layout->gc_garbage);

	if (garbage == 0)
		return NULL;
	return prove_size(proof, type_of(proof, garbage), "list", proof->layout->list_allocated + 8, 0);
}

struct error *proof_collector(struct proof *proof, struct layout *layout)
{
	bool collecting = mirror_u32(proof->mirror, proof->collector + (uint64_t)layout->gc_collecting) != 0;
	int32_t found = LAYOUT_ABSENT, last;

	if (heads_at(proof, layout->gc_generations, collecting))
		found = layout->gc_generations;
	/* they don't reach into the permanent one, which is a list like them */
	last = layout->gc_permanent - GENERATIONS * layout->gc_generation_size;
	for (int32_t at = HEADS_FROM; found < 0 && at <= HEADS_TO && at <= last; at += 4) {
		if (heads_at(proof, at, collecting))
			found = at;
	}
	if (found < 0)
		return error_create_at(ERROR_REFUSED, proof->collector,
				       "the collector's state at 0x%llx has no lists of generations",
				       (unsigned long long)proof->collector);
	layout->gc_generations = found;
	return prove_garbage(proof);
}

/* --- late in the interpreter's state --- */

/* The state of a static type: the type and its dict. */
static bool static_at(const struct proof *proof, int32_t offset)
{
	uint64_t state = proof->interpreter + (uint64_t)offset;

	return type_of(proof, word(proof, state, proof->layout->static_state_type)) == proof->type_type &&
	       is_dict(proof, word(proof, state, proof->layout->static_state_dict));
}

/* Whether the states of at least STATICS_LEAST static types begin at `offset`, and none stands before it. */
static bool statics_at(const struct proof *proof, int32_t offset)
{
	const int32_t size = proof->layout->static_state_size;

	if (offset < size || static_at(proof, offset - size))
		return false;
	for (int32_t i = 0; i < STATICS_LEAST; i++) {
		if (!static_at(proof, offset + i * size))
			return false;
	}
	return true;
}

static void shift(int32_t *offset, int32_t by)
{
	if (*offset >= 0)
		*offset += by;
}

/* Nearest first: 0, 8, -8, 16, -16 ... */
static bool find_shift(const struct proof *proof, int32_t from, bool (*fits)(const struct proof *, int32_t),
		       int32_t *by)
{
	for (int32_t distance = 0; distance <= SHIFT_LARGEST; distance += 8) {
		for (int sign = 1; sign >= -1; sign -= 2) {
			if (from + sign * distance > 0 && fits(proof, from + sign * distance)) {
				*by = sign * distance;
				return true;
			}
		}
	}
	return false;
}

struct error *proof_statics(struct proof *proof, struct layout *layout)
{
	int32_t by = 0;

	if (layout->interpreter_statics < 0)
		return NULL;
	if (!find_shift(proof, layout->interpreter_statics, statics_at, &by))
		return error_create_at(ERROR_REFUSED, proof->interpreter + (uint64_t)layout->interpreter_statics,
				       "the interpreter's state has no static types where its version keeps them");
	shift(&layout->interpreter_statics, by);
	shift(&layout->interpreter_extension_statics, by);
	shift(&layout->interpreter_type_cache, by);
	shift(&layout->interpreter_type_version_cache, by);
	/* it stands a little before them; what moved them has most likely moved it */
	shift(&layout->interpreter_func_cache, by);
	shift(&layout->interpreter_interned, by);
	return NULL;
}

static bool interned_at(const struct proof *proof, int32_t offset)
{
	uint64_t dict = word(proof, proof->interpreter, offset);
	struct keys keys;
	uint64_t seen = 0;

	if (!is_dict(proof, dict) ||
	    !keys_load(proof->mirror, proof->layout, word(proof, dict, proof->layout->dict_keys), &keys) ||
	    keys.split || keys.count < INTERNED_LEAST)
		return false;
	for (uint64_t i = 0; i < keys.count && seen < INTERNED_LOOKED_AT; i++) {
		uint64_t key = keys_key(&keys, i), value = keys_value(&keys, i);

		if (key != value && value != 0)
			return false;
		seen += value != 0;
	}
	return seen > 0;
}

void proof_interned(struct proof *proof, struct layout *layout)
{
	int32_t by = 0;

	if (layout->interpreter_interned < 0)
		return;
	if (find_shift(proof, layout->interpreter_interned, interned_at, &by))
		layout->interpreter_interned += by;
	else
		layout->interpreter_interned = LAYOUT_ABSENT;
}

/* --- threads --- */

struct error *proof_threads(struct proof *proof)
{
	const struct layout *layout = proof->layout;
	uint64_t thread = word(proof, proof->interpreter, layout->interpreter_threads);
	uint64_t dict = word(proof, thread, layout->thread_dict);
	uint64_t id = layout->thread_native_id >= 0 ? word(proof, thread, layout->thread_native_id) : 0;

	if (thread == 0)
		return NULL;
	if (thread % 8 != 0 || mirror_at(proof->mirror, thread, (uint64_t)layout->thread_size) == NULL)
		return error_create_at(ERROR_REFUSED, thread, "no thread state can be read at 0x%llx",
				       (unsigned long long)thread);
	if ((dict != 0 && !is_dict(proof, dict)) || id > THREAD_ID_LARGEST)
		return error_create_at(ERROR_REFUSED, thread, "what is at 0x%llx is no thread state",
				       (unsigned long long)thread);
	return NULL;
}
