/* What does a numpy array refer to, and how large is its data?
 *
 * numpy's own headers show the structs, as they are part of its binary interface: PyArrayObject_fields has stood still
 * since 1.7 and only grew at its end; PyArray_Descr comes in two forms, of numpy 1 and 2, told apart by the size of
 * numpy.dtype. An array that owns its data owns the references in it too, and the collector sees none of them. Where
 * in an element they lie says the dtype: its fields and subarrays are opened one by one, up to a bound. Cost: one look
 * at each reference; data without references is measured and never looked at.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"
#include "base/vector.h"
#include "dumper/keys.h"

#include <stdlib.h>

/* PyArrayObject_fields */
#define ARRAY_DATA 16
#define ARRAY_DIMENSION_COUNT 24 /* int */
#define ARRAY_DIMENSIONS 32
#define ARRAY_BASE 48
#define ARRAY_DTYPE 56
#define ARRAY_FLAGS 64 /* int */
#define ARRAY_HANDLER 88
#define ARRAY_SIZE_WITH_HANDLER 96 /* bytes of such a struct (1.22) */
#define ARRAY_OWNS_DATA 4u         /* of the flags */
#define DIMENSIONS_MAX 64u
#define DATA_LARGEST ((uint64_t)1 << 46)

/* PyArray_Descr */
#define DTYPE_NUMBER 28 /* int */
#define DTYPE_REFERS 1u /* of the flags: elements hold references */
#define NUMBER_OBJECT 17u
#define NUMBER_VOID 20u
#define BASES_MAX 64       /* steps from a dtype's class to numpy.dtype */
#define DTYPES_MAX 16384u  /* dtypes and fields looked at for one array */
#define ELEMENT_LARGEST ((uint64_t)1 << 32)

struct form { /* of PyArray_Descr */
	int64_t basicsize;
	uint16_t flags, element_size, subarray, fields; /* offsets */
	bool narrow;                                    /* the element's size is an int */
};

static const struct form forms[] = {{96, 27, 32, 40, 48, true}, {88, 32, 40, 88, 96, false}};

struct part { /* of an element: a dtype, and where it begins */
	uint64_t dtype, offset;
};

struct element {
	struct decode_call *call;
	const struct form *form;
	uint64_t size; /* bytes */
	VECTOR(struct part) parts;
	VECTOR(uint64_t) offsets; /* of the references */
	uint32_t looked_at;
};

static void element_deinit(struct element *element)
{
	vector_deinit(&element->parts);
	vector_deinit(&element->offsets);
}
DEFINE_AUTO_VALUE(element, struct element, element_deinit);

/* --- dtypes --- */

/* NULL where numpy.dtype is none that is known here. */
static struct error *find_form(struct decode_call *call, uint64_t dtype, const struct form **form)
{
	struct type_table *types = call->decoder->types;
	uint64_t address = mirror_u64(call->decoder->mirror, dtype + (uint64_t)call->decoder->layout->object_type);
	uint32_t index = UINT32_MAX;

	*form = NULL;
	if (address != 0)
		TRY(type_table_get(types, address, &index));
	for (int step = 0; step < BASES_MAX && index != UINT32_MAX; step++) {
		const struct type *type = type_table_at(types, index);

		for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
			if (strcmp(type->name, "numpy.dtype") == 0 && type->basicsize == forms[i].basicsize)
				*form = &forms[i];
		index = type->base;
	}
	return NULL;
}

static uint64_t element_size(struct mirror *mirror, const struct form *form, uint64_t dtype)
{
	uint64_t at = dtype + form->element_size;

	return form->narrow ? mirror_u32(mirror, at) : mirror_u64(mirror, at);
}

/* An int of two digits at most; false where it is none or has more. */
static bool read_int(struct decode_call *call, uint64_t address, uint64_t *value)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t digits = layout->long_tag >= 0 ? mirror_u64(mirror, address + (uint64_t)layout->long_tag) >> 3
						: mirror_u64(mirror, address + (uint64_t)layout->var_size);
	uint64_t at = address + (uint64_t)layout->long_digits;

	if (address == 0 || digits > 2)
		return false;
	*value = digits > 0 ? mirror_u32(mirror, at) : 0;
	if (digits > 1)
		*value |= (uint64_t)mirror_u32(mirror, at + 4) << 30;
	return true;
}

static struct error *add_part(struct element *element, uint64_t dtype, uint64_t offset)
{
	return dtype == 0 ? NULL : vector_push(&element->parts, ((struct part){dtype, offset}));
}

/* `part` is made of equal ones, one after the other. */
static struct error *open_subarray(struct element *element, const struct part *part, uint64_t subarray)
{
	struct mirror *mirror = element->call->decoder->mirror;
	uint64_t base = mirror_u64(mirror, subarray), whole = element_size(mirror, element->form, part->dtype);
	uint64_t step = element_size(mirror, element->form, base);

	for (uint64_t at = 0; step >= 8 && at <= element->size - 8 && at + step <= whole; at += step) {
		if (++element->looked_at > DTYPES_MAX)
			break;
		TRY(add_part(element, base, part->offset + at));
	}
	return NULL;
}

/* Of each name, and of each title besides, there is a tuple: dtype, offset, and the title if there is one. */
static struct error *open_fields(struct element *element, const struct part *part, uint64_t fields)
{
	const struct layout *layout = element->call->decoder->layout;
	struct mirror *mirror = element->call->decoder->mirror;
	struct keys keys;

	if (!keys_load(mirror, layout, mirror_u64(mirror, fields + (uint64_t)layout->dict_keys), &keys) || keys.split) {
		decode_lose(element->call, LOSS_table_torn);
		return NULL;
	}
	for (uint64_t i = 0; i < keys.count && element->looked_at <= DTYPES_MAX; i++, element->looked_at++) {
		uint64_t tuple = keys_value(&keys, i), items = tuple + (uint64_t)layout->tuple_items, offset;

		if (tuple == 0 || mirror_u64(mirror, tuple + (uint64_t)layout->var_size) < 2 ||
		    !read_int(element->call, mirror_u64(mirror, items + 8), &offset))
			continue;
		TRY(add_part(element, mirror_u64(mirror, items), part->offset + offset));
	}
	return NULL;
}

static struct error *open_part(struct element *element, const struct part *part)
{
	const struct form *form = element->form;
	struct mirror *mirror = element->call->decoder->mirror;
	uint32_t number = mirror_u32(mirror, part->dtype + DTYPE_NUMBER);
	uint64_t subarray;

	if ((mirror_u8(mirror, part->dtype + form->flags) & DTYPE_REFERS) == 0)
		return NULL;
	if (number == NUMBER_OBJECT && part->offset <= element->size - 8)
		return vector_push(&element->offsets, part->offset);
	if (number != NUMBER_VOID)
		return NULL;
	subarray = mirror_u64(mirror, part->dtype + form->subarray);
	return subarray != 0 ? open_subarray(element, part, subarray)
			     : open_fields(element, part, mirror_u64(mirror, part->dtype + form->fields));
}

static int compare_offsets(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Where in an element of `dtype` references lie, ascending; a field with a title was met twice. */
static struct error *find_references(struct element *element, uint64_t dtype)
{
	size_t kept = 0;

	TRY(add_part(element, dtype, 0));
	while (element->parts.count > 0) {
		struct part part = element->parts.items[--element->parts.count];

		element->looked_at++;
		TRY(open_part(element, &part));
		if (element->looked_at > DTYPES_MAX) {
			decode_lose(element->call, LOSS_size_absurd);
			break;
		}
	}
	if (element->offsets.count > 1)
		qsort(element->offsets.items, element->offsets.count, sizeof(uint64_t), compare_offsets);
	for (size_t i = 0; i < element->offsets.count; i++)
		if (i == 0 || element->offsets.items[i] != element->offsets.items[i - 1])
			element->offsets.items[kept++] = element->offsets.items[i];
	element->offsets.count = kept;
	return NULL;
}

/* --- arrays --- */

/* Elements, by the shape; false where it can't be read or be one. */
static bool count_elements(struct decode_call *call, uint64_t *count)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t array = call->object->address;
	uint32_t dimensions = mirror_u32(mirror, array + ARRAY_DIMENSION_COUNT);
	const uint8_t *shape;

	*count = 1;
	if (dimensions == 0)
		return true;
	shape = dimensions > DIMENSIONS_MAX
			? NULL
			: mirror_at(mirror, mirror_u64(mirror, array + ARRAY_DIMENSIONS), 8 * (uint64_t)dimensions);
	for (uint32_t i = 0; shape != NULL && i < dimensions; i++)
		if (__builtin_mul_overflow(*count, load_u64(shape + 8 * (size_t)i), count))
			return false;
	return shape != NULL;
}

static struct error *emit_elements(struct element *element, uint64_t data, uint64_t count)
{
	struct decode_call *call = element->call;
	const uint8_t *bytes;

	if (element->offsets.count == 0 || count == 0)
		return NULL;
	bytes = mirror_at(call->decoder->mirror, data, count * element->size);
	if (bytes == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint64_t i = 0; i < count; i++)
		for (size_t j = 0; j < element->offsets.count; j++)
			TRY(emit_number(call, load_u64(bytes + i * element->size + element->offsets.items[j]),
					NAME_INDEX, EDGE_UNVISITED, i));
	return NULL;
}

static struct error *decode_data(struct decode_call *call, uint64_t dtype, uint64_t count)
{
	AUTO(element) struct element element = {.call = call};
	struct mirror *mirror = call->decoder->mirror;
	uint64_t data = mirror_u64(mirror, call->object->address + ARRAY_DATA), bytes;
	bool owns = (mirror_u32(mirror, call->object->address + ARRAY_FLAGS) & ARRAY_OWNS_DATA) != 0;

	if (data == 0)
		return NULL;
	TRY(find_form(call, dtype, &element.form));
	if (element.form == NULL)
		return NULL;
	element.size = element_size(mirror, element.form, dtype);
	if (element.size > ELEMENT_LARGEST || __builtin_mul_overflow(element.size, count, &bytes) || bytes > DATA_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	if (!owns)
		return emit_view(call, "ndarray", data, bytes,
				 mirror_u64(mirror, call->object->address + ARRAY_BASE));
	decode_grow(call, bytes);
	TRY(emit_buffer(call, data, bytes, "data"));
	TRY(emit_native(call, "ndarray", data, bytes));
	if (element.size < 8)
		return NULL;
	TRY(find_references(&element, dtype));
	return emit_elements(&element, data, count);
}

struct error *decode_ndarray(struct decode_call *call)
{
	struct mirror *mirror = call->decoder->mirror;
	uint64_t array = call->object->address, dtype = mirror_u64(mirror, array + ARRAY_DTYPE), count;

	TRY(emit_literal(call, mirror_u64(mirror, array + ARRAY_BASE), NAME_ATTRIBUTE, EDGE_UNVISITED, "base"));
	TRY(emit_literal(call, dtype, NAME_ATTRIBUTE, EDGE_UNVISITED, "dtype"));
	if (call->type->root_size >= ARRAY_SIZE_WITH_HANDLER)
		TRY(emit_literal(call, mirror_u64(mirror, array + ARRAY_HANDLER), NAME_FIELD, EDGE_UNVISITED,
				 "mem_handler"));
	if (!count_elements(call, &count)) {
		decode_lose(call, LOSS_size_absurd);
		return NULL;
	}
	call->decoded->length = count;
	decode_grow(call, 16 * (uint64_t)mirror_u32(mirror, array + ARRAY_DIMENSION_COUNT));
	TRY(emit_buffer(call, mirror_u64(mirror, array + ARRAY_DIMENSIONS),
			16 * (uint64_t)mirror_u32(mirror, array + ARRAY_DIMENSION_COUNT), "shape"));
	return dtype != 0 ? decode_data(call, dtype, count) : NULL;
}
