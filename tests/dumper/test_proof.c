/* Proofs: what has moved is found, what doesn't fit is refused, on the fake runtime of every table.
 */
#include "tests/test.h"

#include "tests/dumper/help_runtime.h"

#include <stdio.h>

/* A test that runs once for each table, with a fake made by it. */
#define PROOF_TEST(name)                                                                                               \
	static void name(struct fake *fake, const struct layout *table);                                               \
	HEAP_TEST(proof, name)                                                                                         \
	{                                                                                                              \
		for (const struct layout *const *each = layout_all(); *each != NULL; each++) {                         \
			AUTO(fake) struct fake *fake = fake_create(*each);                                             \
			name(fake, *each);                                                                             \
		}                                                                                                      \
	}                                                                                                              \
	static void name(struct fake *fake, const struct layout *table)

PROOF_TEST(not_yet_initialised)
{
	image_u32(fake->world->image, FAKE_RUNTIME + (uint64_t)table->runtime_initialized, 0);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "not yet initialised");
	image_u32(fake->world->image, FAKE_RUNTIME + (uint64_t)table->runtime_initialized, 1);
	fake_word(fake, table->interpreter_builtins, 0);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "not yet initialised");
	world_word(fake->world, FAKE_RUNTIME, table->runtime_interpreters, 0);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "not yet initialised");
	world_word(fake->world, FAKE_RUNTIME, table->runtime_interpreters, WORLD_UNMAPPED);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no interpreter state");
}

HEAP_TEST(proof, runtime_that_is_nowhere)
{
	AUTO(fake) struct fake *fake = fake_create(layout_find(0x030b00f0));
	struct layout layout;

	assert_ok(mirror_create(image_source(fake->world->image), &fake->mirror));
	assert_error_says(layout_adapt(fake->table, fake->mirror, WORLD_UNMAPPED, &layout), ERROR_REFUSED,
			  "can't be read");
	assert_error(layout_adapt(fake->table, fake->mirror, UINT64_MAX - 7, &layout), ERROR_REFUSED);
}

PROOF_TEST(the_main_interpreter_is_taken)
{
	const uint64_t second = FAKE_INTERPRETER + 0x80000;

	world_word(fake->world, second, table->interpreter_id, 1);
	world_word(fake->world, second, table->interpreter_next, FAKE_INTERPRETER);
	world_word(fake->world, FAKE_RUNTIME, table->runtime_interpreters, second);
	assert_ok(fake_adapt(fake, table));
}

PROOF_TEST(types_of_other_sizes)
{
	const struct world *world = fake->world;
	const struct {
		uint64_t type;
		const char *name;
	} types[] = {{world->type, "type"},
		     {world->dict, "dict"},
		     {world->tuple, "tuple"},
		     {world->str, "str"},
		     {world->list, "list"}};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		uint64_t size = 0, at = types[i].type + (uint64_t)table->type_basicsize;
		char expected[64];

		assert_ok(fake_adapt(fake, table));
		size = mirror_u64(fake->mirror, at);
		image_u64(world->image, at, size + 8);
		snprintf(expected, sizeof expected, "%s has %lu bytes", types[i].name, size + 8);
		assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, expected);
		image_u64(world->image, at, size);
	}
}

PROOF_TEST(objects_of_other_types)
{
	struct world *world = fake->world;
	uint64_t head = (uint64_t)table->object_type;

	image_u64(world->image, fake->modules + head, world->list);
	assert_error(fake_adapt(fake, table), ERROR_REFUSED);
	image_u64(world->image, fake->modules + head, fake->modules); /* its type is itself */
	assert_error(fake_adapt(fake, table), ERROR_REFUSED);
	image_u64(world->image, fake->modules + head, WORLD_UNMAPPED);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "sys.modules");
	image_u64(world->image, fake->modules + head, world->dict);
	fake_word(fake, table->interpreter_sysdict, world_list(world, 0));
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no dicts");
}

PROOF_TEST(torn_keys)
{
	world_word(fake->world, fake->modules, table->dict_keys, WORLD_UNMAPPED);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "keys of sys.modules");
}

/* A subclass of str as the first key of sys.modules. */
PROOF_TEST(keys_of_a_subclass)
{
	struct world *world = fake->world;
	uint64_t name = world_class(world, NULL, "Name", world->str, 0, table->unicode_size + 8);
	uint64_t keys = world_keys(world, 1, 3, 1, 2, world_object(world, name, 128), world->none,
				   world_str(world, "sys"), world->none);

	world_word(world, fake->modules, table->dict_keys, keys);
	assert_ok(fake_adapt(fake, table));
}

static uint64_t generation_at(const struct fake *fake, int32_t generations, int index)
{
	return fake->collector + (uint64_t)(generations + index * fake->table->gc_generation_size);
}

PROOF_TEST(generations_that_moved)
{
	struct layout wrong = *table;

	wrong.gc_generations = table->gc_generations >= 24 ? 20 : 24;
	assert_ok(fake_adapt(fake, &wrong));
	cr_assert_eq(fake->layout.gc_generations, table->gc_generations);
}

PROOF_TEST(generations_that_are_broken)
{
	image_u64(fake->world->image, generation_at(fake, table->gc_generations, 0), WORLD_UNMAPPED);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no lists of generations");
}

/* Stopped in the middle of linking an object: one end of one list lags. */
PROOF_TEST(one_end_may_lag)
{
	uint64_t youngest = generation_at(fake, table->gc_generations, 0);
	uint64_t oldest = generation_at(fake, table->gc_generations, 2);

	image_u64(fake->world->image, youngest + 8, world_bytes(fake->world, 16));
	assert_ok(fake_adapt(fake, table));
	image_u64(fake->world->image, oldest + 8, world_bytes(fake->world, 16));
	assert_error(fake_adapt(fake, table), ERROR_REFUSED);
}

/* While a collection runs, heads hang on lists of its own. */
PROOF_TEST(detached_heads_while_collecting)
{
	for (int i = 0; i < 3; i++) {
		uint64_t head = generation_at(fake, table->gc_generations, i);
		image_u64(fake->world->image, head, world_bytes(fake->world, 16));
		image_u64(fake->world->image, head + 8, world_bytes(fake->world, 16));
	}
	assert_error(fake_adapt(fake, table), ERROR_REFUSED);
	image_u32(fake->world->image, fake->collector + (uint64_t)table->gc_collecting, 1);
	assert_ok(fake_adapt(fake, table));
	image_u64(fake->world->image, generation_at(fake, table->gc_generations, 1), WORLD_UNMAPPED);
	assert_error(fake_adapt(fake, table), ERROR_REFUSED);
}

PROOF_TEST(static_types_that_moved)
{
	struct layout wrong = *table;

	if (wrong.interpreter_statics < 0)
		return;
	wrong.interpreter_statics += 24;
	wrong.interpreter_type_cache += 24;
	wrong.interpreter_interned += 24;
	if (wrong.interpreter_extension_statics >= 0)
		wrong.interpreter_extension_statics += 24;
	if (wrong.interpreter_func_cache >= 0)
		wrong.interpreter_func_cache += 24;
	if (wrong.interpreter_type_version_cache >= 0)
		wrong.interpreter_type_version_cache += 24;
	assert_ok(fake_adapt(fake, &wrong));
	cr_assert_arr_eq(&fake->layout, table, sizeof wrong, "%s", table->name);
	wrong.interpreter_statics += 4096;
	assert_error_says(fake_adapt(fake, &wrong), ERROR_REFUSED, "no static types");
}

PROOF_TEST(too_few_static_types)
{
	int32_t at = table->interpreter_statics + 10 * table->static_state_size + table->static_state_type;

	if (table->interpreter_statics < 0)
		return;
	fake_word(fake, at, 0);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no static types");
	fake_word(fake, at, fake->modules);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no static types");
}

PROOF_TEST(interned_strings_that_moved_or_are_lost)
{
	struct layout wrong = *table;

	if (wrong.interpreter_interned < 0)
		return;
	wrong.interpreter_interned -= 40;
	assert_ok(fake_adapt(fake, &wrong));
	cr_assert_eq(fake->layout.interpreter_interned, table->interpreter_interned);
	fake_word(fake, table->interpreter_interned, fake->modules); /* a dict, but of something else */
	assert_ok(fake_adapt(fake, table));
	cr_assert_eq(fake->layout.interpreter_interned, LAYOUT_ABSENT);
}

PROOF_TEST(threads_that_are_none)
{
	world_word(fake->world, FAKE_THREAD, table->thread_dict, 0);
	assert_ok(fake_adapt(fake, table));
	world_word(fake->world, FAKE_THREAD, table->thread_dict, world_list(fake->world, 0));
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no thread state");
	fake_word(fake, table->interpreter_threads, WORLD_UNMAPPED);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no thread state can be read");
	fake_word(fake, table->interpreter_threads, 0);
	assert_ok(fake_adapt(fake, table));
}
