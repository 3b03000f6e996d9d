/* Which words of an instance are references, which are known to be none, and which does nothing explain?
 *
 * The decoder comes from the subclass bits of tp_flags, else from the C name of a builtin type, else from the base.
 * Where it is named by the type itself, or the layout has fields for it, the type's whole struct is known. Then, on
 * top of what the base has: the members that tp_members declares (slots of classes, members of C types), __dict__ and
 * the list of weak references at their offsets. A word below tp_basicsize that is none of these is scanned
 * conservatively in each instance. Cost: once for each type, linear in its size and its members.
 */
#include "dumper/type_shape.h"

#include "base/bytes.h"
#include "base/vector.h"

#define WORDS_MAX 8192u   /* of an instance that are accounted for; what lies behind is not scanned */
#define MEMBERS_MAX 4096u /* declared by one type */
#define ITEMS_MAX 1024u   /* of a struct sequence */
#define NAME_MAX_BYTES 256

enum member_type { /* of PyMemberDef: the ones that hold a reference; the same numbers in every version */
	MEMBER_OBJECT = 6,
	MEMBER_OBJECT_EX = 16
};

struct shape {
	struct type *type;
	const struct type *base;
	struct mirror *mirror;
	const struct layout *layout;
	struct arena *arena;
	size_t words;       /* of an instance, at most WORDS_MAX */
	bool whole;         /* the whole struct is known: members are not looked at */
	uint8_t *explained; /* one for each word */
	VECTOR(struct type_member) members;
};

/* --- which decoder --- */

static enum type_decoder decoder_by_flags(uint64_t flags)
{
	static const enum type_decoder decoders[] = {DECODE_INT, DECODE_LIST, DECODE_TUPLE,     DECODE_BYTES,
						     DECODE_STR, DECODE_DICT, DECODE_EXCEPTION, DECODE_TYPE};

	for (int bit = FLAG_INT_SUBCLASS; bit <= FLAG_TYPE_SUBCLASS; bit++)
		if (type_flag(flags, bit))
			return decoders[bit - FLAG_INT_SUBCLASS];
	return DECODE_PLAIN;
}

/* Types of C modules are heap types in later versions: a dot in the C name is what a class statement never gives, and
 * the struct that the decoder reads must fit. */
static enum type_decoder decoder_by_name(const struct type *type)
{
	static const struct {
		const char *name;
		enum type_decoder decoder;
		int64_t basicsize; /* bytes: at least; exactly for what decode_library.c and decode_numpy.c read */
	} decoders[] = {
		{"object", DECODE_ATOM, 16},
		{"NoneType", DECODE_ATOM, 16},
		{"NotImplementedType", DECODE_ATOM, 16},
		{"ellipsis", DECODE_ATOM, 16},
		{"float", DECODE_ATOM, 24},
		{"complex", DECODE_ATOM, 32},
		{"set", DECODE_SET, 200},
		{"frozenset", DECODE_SET, 200},
		{"frozendict", DECODE_DICT, 56}, /* a dict and its hash; in none of tp_flags' bits */
		{"bytearray", DECODE_BYTEARRAY, 40},
		{"function", DECODE_FUNCTION, 80},
		{"code", DECODE_CODE, 80},
		{"frame", DECODE_FRAME, 48},
		{"generator", DECODE_GENERATOR, 48},
		{"coroutine", DECODE_GENERATOR, 48},
		{"async_generator", DECODE_GENERATOR, 48},
		{"module", DECODE_MODULE, 48},
		{"cell", DECODE_CELL, 24},
		{"weakref", DECODE_WEAKREF, 56},
		{"weakproxy", DECODE_WEAKREF, 56},
		{"weakcallableproxy", DECODE_WEAKREF, 56},
		{"weakref.ReferenceType", DECODE_WEAKREF, 56},
		{"weakref.ProxyType", DECODE_WEAKREF, 56},
		{"weakref.CallableProxyType", DECODE_WEAKREF, 56},
		{"collections.deque", DECODE_DEQUE, 80},
		{"functools._lru_cache_wrapper", DECODE_CACHE, 120},
		{"functools._lru_list_elem", DECODE_CACHE_LINK, 56},
		{"itertools._tee_dataobject", DECODE_TEE, 496},
		{"array.array", DECODE_ARRAY, 48},
		{"datetime.date", DECODE_ATOM, 32},
		{"datetime.timedelta", DECODE_ATOM, 40},
		{"datetime.time", DECODE_MOMENT, 40},
		{"datetime.datetime", DECODE_MOMENT, 48},
		{"xml.etree.ElementTree.Element", DECODE_ELEMENT, 56},
		{"hamt_bitmap_node", DECODE_NODE, 32},
		{"hamt_collision_node", DECODE_NODE, 32},
		{"hamt_array_node", DECODE_NODE, 280},
		{"_queue.SimpleQueue", DECODE_RING, 72},
		{"decimal.Decimal", DECODE_DECIMAL, 104},
		{"numpy.ndarray", DECODE_NDARRAY, 80},
		{"numpy.ndarray", DECODE_NDARRAY, 88},
		{"numpy.ndarray", DECODE_NDARRAY, 96},
		{"Struct", DECODE_STRUCT, 56},
		{"_struct.Struct", DECODE_STRUCT, 56},
		{"_struct.Struct", DECODE_STRUCT, 64},
		{"_io.BytesIO", DECODE_BYTESIO, 64},
		{"memoryview", DECODE_VIEW, 144},
		{"mmap.mmap", DECODE_MAPPING, 72},
		{"mmap.mmap", DECODE_MAPPING, 80},
		{"mmap.mmap", DECODE_MAPPING, 88},
		{"_io.BufferedReader", DECODE_BUFFERED, 152},
		{"_io.BufferedWriter", DECODE_BUFFERED, 152},
		{"_io.BufferedRandom", DECODE_BUFFERED, 152},
		{"itertools.product", DECODE_PRODUCT, 48},
		{"itertools.combinations", DECODE_COMBINATIONS, 56},
		{"itertools.combinations_with_replacement", DECODE_COMBINATIONS, 56},
		{"itertools.permutations", DECODE_PERMUTATIONS, 64},
	};

	if (type->heap && strchr(type->name, '.') == NULL)
		return DECODE_PLAIN;
	for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
		if (strcmp(decoders[i].name, type->name) == 0 && type->basicsize >= decoders[i].basicsize &&
		    (decoders[i].decoder < DECODE_ELEMENT || type->basicsize == decoders[i].basicsize))
			return decoders[i].decoder;
	return DECODE_PLAIN;
}

/* Sets the decoder; true where the type itself is the one whose struct the decoder knows. */
static bool choose_decoder(struct type *type, const struct type *base)
{
	enum type_decoder inherited = base != NULL && base->base != UINT32_MAX ? base->decoder : DECODE_PLAIN;

	type->decoder = decoder_by_flags(type->flags);
	/* a date has no references, but a datetime, which is one, may have */
	if (type->decoder == DECODE_PLAIN && (inherited == DECODE_PLAIN || inherited == DECODE_ATOM))
		type->decoder = decoder_by_name(type);
	if (type->decoder == DECODE_PLAIN)
		type->decoder = inherited;
	return type->decoder < DECODE_BUFFERS && type->decoder != DECODE_PLAIN && type->decoder != inherited &&
	       type->decoder != DECODE_EXCEPTION;
}

/* --- which words --- */

static void explain(struct shape *shape, int64_t offset)
{
	if (offset >= 0 && (uint64_t)offset / 8 < shape->words)
		shape->explained[offset / 8] = 1;
}

/* Keeps the list in order of offset; what was there first stays. */
static struct error *add_member(struct shape *shape, const struct type_member *member)
{
	size_t at = shape->members.count;

	while (at > 0 && shape->members.items[at - 1].offset > member->offset)
		at--;
	if (at > 0 && shape->members.items[at - 1].offset == member->offset)
		return NULL;
	TRY(vector_push(&shape->members, *member));
	memmove(shape->members.items + at + 1, shape->members.items + at,
		(shape->members.count - 1 - at) * sizeof *shape->members.items);
	shape->members.items[at] = *member;
	return NULL;
}

/* A C type may have a struct of its own that only overlaps its base's, as the types of _io have: then __dict__ or the
 * list of weak references lie elsewhere than the base keeps them. */
static bool extends_base(const struct shape *shape)
{
	const struct type *type = shape->type, *base = shape->base;

	if (base->dictoffset > 0 && type->dictoffset != base->dictoffset)
		return false;
	return base->weaklistoffset <= 0 || type->weaklistoffset == base->weaklistoffset;
}

static struct error *take_over_base(struct shape *shape)
{
	const struct type *base = shape->base;

	if (!extends_base(shape))
		return NULL;
	for (uint32_t i = 0; i < base->member_count; i++)
		TRY(add_member(shape, &base->members[i]));
	for (int64_t offset = 0; offset + 8 <= base->basicsize && (uint64_t)offset / 8 < shape->words; offset += 8)
		explain(shape, offset);
	for (uint64_t i = 0; i < base->scan_count; i++)
		if (base->scan[i] < shape->words)
			shape->explained[base->scan[i]] = 0;
	return NULL;
}

/* The layout's fields for the type by that name. Coroutines and asynchronous generators begin as generators do. */
static const struct layout_field *find_fields(const struct layout *layout, const struct type *type)
{
	const char *name = type->name;

	if (layout->fields == NULL || (type->heap && strchr(name, '.') == NULL) || type->decoder == DECODE_WEAKREF)
		return NULL;
	for (int attempt = 0; attempt < 2; attempt++) {
		for (const struct layout_field *field = layout->fields; field->type != NULL; field++)
			if (strcmp(field->type, name) == 0)
				return field;
		if (type->decoder != DECODE_GENERATOR)
			break;
		name = "generator";
	}
	return NULL;
}

static struct error *add_fields(struct shape *shape)
{
	const struct layout_field *first = find_fields(shape->layout, shape->type);

	if (first == NULL)
		return NULL;
	shape->whole = true;
	shape->members.count = 0;
	for (const struct layout_field *field = first; field->type != NULL && strcmp(field->type, first->type) == 0;
	     field++) {
		struct type_member member = {.offset = field->offset,
					     .attribute = field->attribute,
					     .names = field->names,
					     .class = field->class,
					     .name = field->name};

		if (field->offset >= shape->layout->object_head && field->offset + 8 <= shape->type->basicsize)
			TRY(add_member(shape, &member));
	}
	return NULL;
}

/* Where tp_members may point: into the struct that the base doesn't explain already; the items of a struct sequence lie
 * behind it. */
static bool member_fits(const struct shape *shape, int64_t offset)
{
	const struct type *type = shape->type;
	int64_t end = type->basicsize;

	if (type->decoder == DECODE_TUPLE)
		end = shape->layout->tuple_items + 8 * (int64_t)ITEMS_MAX;
	return offset >= shape->layout->object_head && (offset & 7) == 0 && offset + 8 <= end &&
	       (type->decoder == DECODE_TUPLE || offset >= type->root_size);
}

static struct error *add_declared(struct shape *shape, const uint8_t *definition, bool *last)
{
	const struct layout *layout = shape->layout;
	uint64_t name = load_u64(definition + layout->member_name);
	uint32_t kind = load_u32(definition + layout->member_type);
	int64_t offset = (int64_t)load_u64(definition + layout->member_offset);
	struct type_member member = {.attribute = true, .class = shape->type->gc ? EDGE_OWNED : EDGE_UNVISITED};
	char text[NAME_MAX_BYTES];

	*last = name == 0;
	if (*last)
		return NULL;
	if ((kind == MEMBER_OBJECT || kind == MEMBER_OBJECT_EX) && !shape->whole && member_fits(shape, offset)) {
		if (!mirror_string(shape->mirror, name, text, sizeof text))
			return NULL;
		member.offset = (int32_t)offset;
		member.name = arena_copy(shape->arena, text, strlen(text));
		if (member.name == NULL)
			return error_memory();
		TRY(add_member(shape, &member));
	}
	explain(shape, offset);
	return NULL;
}

static struct error *add_members(struct shape *shape)
{
	const struct layout *layout = shape->layout;
	uint64_t at = mirror_u64(shape->mirror, shape->type->address + (uint64_t)layout->type_members);
	bool last = at == 0;

	for (uint32_t i = 0; i < MEMBERS_MAX && !last; i++) {
		const uint8_t *definition = mirror_at(shape->mirror, at, (uint64_t)layout->member_size);

		if (definition == NULL)
			break;
		TRY(add_declared(shape, definition, &last));
		at += (uint64_t)layout->member_size;
	}
	return NULL;
}

static struct error *add_dict(struct shape *shape)
{
	const struct type *type = shape->type;
	struct type_member member = {.offset = (int32_t)type->dictoffset,
				     .attribute = true,
				     .names = true,
				     .class = type->gc ? EDGE_OWNED : EDGE_UNVISITED,
				     .name = "__dict__"};

	/* the __dict__ of a class lies in the struct that its own decoder reads */
	if (type->dictoffset < shape->layout->object_head || (type->dictoffset & 7) != 0 || type->managed_dict ||
	    type->decoder == DECODE_TYPE)
		return NULL;
	explain(shape, type->dictoffset);
	return add_member(shape, &member);
}

static struct error *keep_lists(struct shape *shape)
{
	struct type *type = shape->type;
	struct type_member *members = NULL;
	uint16_t *scan = NULL;
	size_t count = 0;

	for (size_t i = 0; i < shape->words; i++)
		count += !shape->explained[i];
	if (count > 0 && (scan = arena_alloc(shape->arena, count * sizeof *scan)) == NULL)
		return error_memory();
	type->scan = scan;
	type->scan_count = count;
	count = 0;
	for (size_t i = 0; i < shape->words; i++)
		if (!shape->explained[i])
			scan[count++] = (uint16_t)i;
	if (shape->members.count > 0) {
		members = arena_alloc(shape->arena, shape->members.count * sizeof *members);
		if (members == NULL)
			return error_memory();
		memcpy(members, shape->members.items, shape->members.count * sizeof *members);
	}
	type->members = members;
	type->member_count = (uint32_t)shape->members.count;
	return NULL;
}

/* Modules/_ctypes/ctypes.h: StgDictObject follows a dict; StgInfo (3.13), which begins with a mark, a class. */
static void find_storage(struct shape *shape)
{
	static const struct {
		const char *name;
		enum type_decoder decoder;
		uint16_t size, skip, end; /* bytes: of the struct, before the first field, from there to the format */
	} storages[] = {{"StgDict", DECODE_DICT, 144, 0, 120},
			{"_ctypes.CType_Type", DECODE_TYPE, 160, 8, 128},
			{"_ctypes.CType_Type", DECODE_TYPE, 176, 8, 136}};
	struct type *type = shape->type;

	if (shape->base != NULL) {
		type->storage = shape->base->storage;
		type->storage_end = shape->base->storage_end;
	}
	for (size_t i = 0; i < sizeof storages / sizeof storages[0]; i++) {
		int64_t start = storages[i].decoder == DECODE_DICT ? shape->layout->dict_size
								   : (shape->layout->heaptype_size + 15) & ~15;

		if (type->decoder != storages[i].decoder || strcmp(type->name, storages[i].name) != 0 ||
		    type->basicsize != start + storages[i].size)
			continue;
		type->storage = (uint16_t)(start + storages[i].skip);
		type->storage_end = storages[i].end;
	}
}

static struct error *fill(struct shape *shape)
{
	struct type *type = shape->type;
	bool root = choose_decoder(type, shape->base);

	type->ordered = type->decoder == DECODE_DICT && ((shape->base != NULL && shape->base->ordered) ||
							 (strcmp(type->name, "collections.OrderedDict") == 0 &&
							  type->basicsize >= shape->layout->dict_size + 64));
	find_storage(shape);
	type->root_size = root ? type->basicsize : shape->base != NULL ? shape->base->root_size : 0;
	if (shape->base != NULL && !root)
		TRY(take_over_base(shape));
	TRY(add_fields(shape));
	for (int64_t offset = 0; offset < shape->layout->object_head; offset += 8)
		explain(shape, offset);
	if (type->itemsize > 0)
		explain(shape, shape->layout->var_size);
	TRY(add_dict(shape));
	explain(shape, type->weaklistoffset);
	TRY(add_members(shape));
	/* digits and items go on where the base's struct ends; an OrderedDict, with what decode_ordered reads */
	if (root || shape->whole || type->decoder == DECODE_TUPLE || type->decoder == DECODE_INT ||
	    type->decoder == DECODE_BYTES || (type->ordered && shape->base != NULL && !shape->base->ordered))
		memset(shape->explained, 1, shape->words);
	type->scan_items = type->decoder == DECODE_PLAIN && type->itemsize > 0 && type->itemsize % 8 == 0 && !shape->whole &&
			   (shape->base == NULL || shape->base->itemsize == 0 || shape->base->scan_items);
	return keep_lists(shape);
}

struct error *type_shape(struct type *type, const struct type *base, struct mirror *mirror, const struct layout *layout,
			 struct arena *arena)
{
	uint8_t explained[WORDS_MAX];
	struct shape shape = {.type = type,
			      .base = base,
			      .mirror = mirror,
			      .layout = layout,
			      .arena = arena,
			      .explained = explained};
	struct error *error;

	shape.words = (size_t)type->basicsize / 8 < WORDS_MAX ? (size_t)type->basicsize / 8 : WORDS_MAX;
	memset(explained, 0, shape.words);
	error = fill(&shape);
	vector_deinit(&shape.members);
	return error;
}
