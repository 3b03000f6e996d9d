/* numpy arrays: data that is owned or not, references wherever a dtype says, shapes and dtypes that can't be. */
#include "tests/test.h"

#include "tests/dumper/help_world.h"

#define OWNS 4u
#define REFERS 1u
#define OBJECT 17u
#define VOID 20u

/* PyArray_Descr of numpy 1 and of numpy 2. */
static const struct form {
	int64_t basicsize, flags, size, subarray, fields;
	bool narrow;
} forms[] = {{96, 27, 32, 40, 48, true}, {88, 32, 40, 88, 96, false}};

struct numpy {
	struct world *world;
	const struct form *form;
	uint64_t array, dtype, dtype_child; /* types */
};

static struct numpy numpy_with(struct world *world, const struct form *form)
{
	uint64_t dtype = world_type(world, "numpy.dtype", world->object, 0, form->basicsize, 0);

	return (struct numpy){world, form, world_type(world, "numpy.ndarray", world->object, 0, 96, 0), dtype,
			      world_type(world, "numpy.dtypes.VoidDType", dtype, 0, 120, 0)};
}

static uint64_t make_dtype(const struct numpy *numpy, uint32_t number, uint64_t size, bool refers)
{
	uint64_t dtype = world_object(numpy->world, numpy->dtype_child, 160);

	world_word(numpy->world, dtype, 24, (uint64_t)number << 32);
	if (numpy->form->narrow)
		world_word(numpy->world, dtype, 24, (uint64_t)number << 32 | (refers ? (uint64_t)REFERS << 24 : 0));
	else
		world_word(numpy->world, dtype, 32, refers ? REFERS : 0);
	world_word(numpy->world, dtype, numpy->form->size, size);
	return dtype;
}

/* A field: its tuple. */
static uint64_t field(const struct numpy *numpy, uint64_t dtype, int64_t offset)
{
	return world_tuple(numpy->world, 2, dtype, world_int(numpy->world, offset));
}

static uint64_t make_array(const struct numpy *numpy, uint64_t dtype, uint64_t data, uint32_t flags, uint64_t rows,
			   uint64_t columns)
{
	struct world *world = numpy->world;
	uint64_t array = world_object(world, numpy->array, 96), shape = world_bytes(world, 32);

	world_word(world, shape, 0, rows);
	world_word(world, shape, 8, columns);
	world_word(world, array, 16, data);
	world_word(world, array, 24, 2);
	world_word(world, array, 32, shape);
	world_word(world, array, 56, dtype);
	world_word(world, array, 64, flags);
	return array;
}

#define EACH_NUMPY(numpy, world)                                                                                       \
	EACH_LAYOUT(layout)                                                                                            \
	for (size_t form_ = 0; form_ < 2; form_++)                                                                     \
		for (AUTO(world) struct world *world = world_create(layout), *once_ = world; once_ != NULL; once_ = NULL) \
			for (struct numpy numpy = numpy_with(world, &forms[form_]); numpy.form != NULL; numpy.form = NULL)

HEAP_TEST(decode_numpy, data_without_references_is_measured)
{
	EACH_NUMPY(numpy, world)
	{
		uint64_t dtype = make_dtype(&numpy, 12, 8, false), view;
		uint64_t array = make_array(&numpy, dtype, WORLD_UNMAPPED, OWNS, 1000, 50);

		view = make_array(&numpy, dtype, WORLD_UNMAPPED, 0, 1000, 50);
		world_word(world, view, 48, array);
		world_decode(world, array, false);
		cr_assert_eq(world->decoded.getsizeof, 96 + 32 + 8 * 50000);
		cr_assert_eq(world->decoded.size, world->decoded.getsizeof);
		cr_assert_eq(world->buffers.count, 2);
		cr_assert_str_eq(world->buffers.items[0].kind, "shape");
		world_expect_buffer(world, 1, WORLD_UNMAPPED, 8 * 50000, "data");
		world_expect_native(world, WORLD_UNMAPPED, 8 * 50000, "ndarray", true, 0);
		cr_assert_eq(world->decoded.length, 50000);
		cr_assert_eq(world->edges.count, 1);
		world_expect(world, 0, dtype, NAME_ATTRIBUTE, EDGE_UNVISITED);
		world_decode(world, view, false);
		cr_assert_eq(world->decoded.getsizeof, 96 + 32);
		cr_assert_eq(world->buffers.count, 1, "the data is its base's");
		world_expect_native(world, WORLD_UNMAPPED, 8 * 50000, "ndarray", false, array);
		world_expect(world, 0, array, NAME_ATTRIBUTE, EDGE_UNVISITED);
		world_expect(world, 1, dtype, NAME_ATTRIBUTE, EDGE_UNVISITED);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_numpy, an_array_of_objects_holds_them_if_the_data_is_its_own)
{
	EACH_NUMPY(numpy, world)
	{
		uint64_t dtype = make_dtype(&numpy, OBJECT, 8, true), data = world_bytes(world, 32), view;
		uint64_t one = world_str(world, "one"), array = make_array(&numpy, dtype, data, OWNS, 2, 2);

		world_word(world, data, 0, one);
		world_word(world, data, 24, world->none);
		view = make_array(&numpy, dtype, data, 0, 2, 2);
		world_decode(world, array, false);
		cr_assert_eq(world->edges.count, 3);
		world_expect(world, 1, one, NAME_INDEX, EDGE_UNVISITED);
		world_expect(world, 2, world->none, NAME_INDEX, EDGE_UNVISITED);
		cr_assert_eq(world->edges.items[2].payload, 3);
		world_decode(world, view, false);
		cr_assert_eq(world->edges.count, 1);
	}
}

/* Rows of (int, object "a" with a title, (int, object)[2]): references at 8, 24 and 40 of 48 bytes. */
HEAP_TEST(decode_numpy, references_lie_where_fields_and_subarrays_say)
{
	EACH_NUMPY(numpy, world)
	{
		uint64_t object = make_dtype(&numpy, OBJECT, 8, true), integer = make_dtype(&numpy, 7, 8, false);
		uint64_t pair = make_dtype(&numpy, VOID, 16, true), twice = make_dtype(&numpy, VOID, 32, true);
		uint64_t row = make_dtype(&numpy, VOID, 48, true), subarray = world_bytes(world, 16), first;
		uint64_t data = world_bytes(world, 96), item = world_str(world, "item"), array;

		world_word(world, subarray, 0, pair);
		world_word(world, twice, numpy.form->subarray, subarray);
		world_word(world, pair, numpy.form->fields,
			   world_dict(world,
				      world_keys(world, 1, 3, 1, 2, world_str(world, "x"), field(&numpy, integer, 0),
						 world_str(world, "y"), field(&numpy, object, 8)),
				      0, 2));
		first = field(&numpy, object, 8);
		world_word(world, row, numpy.form->fields,
			   world_dict(world,
				      world_keys(world, 1, 3, 1, 3, world_str(world, "a"), first, world_str(world, "title"),
						 first, world_str(world, "b"), field(&numpy, twice, 16)),
				      0, 3));
		for (int64_t at = 0; at < 96; at += 8)
			world_word(world, data, at, item);
		array = make_array(&numpy, row, data, OWNS, 1, 2);
		world_decode(world, array, false);
		cr_assert_eq(world->edges.count, 1 + 6);
		cr_assert_eq(world->edges.items[3].payload, 0);
		cr_assert_eq(world->edges.items[4].payload, 1);
		cr_assert_eq(world->decoded.getsizeof, 96 + 32 + 96);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_numpy, what_can_not_be_is_a_loss_and_ends)
{
	EACH_NUMPY(numpy, world)
	{
		uint64_t object = make_dtype(&numpy, OBJECT, 8, true), circle = make_dtype(&numpy, VOID, 64, true);
		uint64_t lost = make_array(&numpy, object, WORLD_UNMAPPED, OWNS, 2, 2);
		uint64_t huge = make_array(&numpy, object, world_bytes(world, 64), OWNS, (uint64_t)1 << 40, (uint64_t)1 << 40);
		uint64_t self = make_array(&numpy, circle, world_bytes(world, 64), OWNS, 1, 1);
		uint64_t deep = make_array(&numpy, object, world_bytes(world, 64), OWNS, 1, 1), tuple;

		world_word(world, deep, 24, 65);
		tuple = field(&numpy, circle, 0);
		world_word(world, circle, numpy.form->fields,
			   world_dict(world,
				      world_keys(world, 1, 3, 1, 2, world_str(world, "x"), tuple, world_str(world, "y"), tuple),
				      0, 2));
		world_decode(world, lost, false);
		cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
		world_decode(world, huge, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		world_decode(world, deep, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 2);
		world_decode(world, self, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 3);
		cr_assert_eq(world->edges.count, 1);
	}
}
