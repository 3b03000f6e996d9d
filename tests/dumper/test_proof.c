/* Proofs: what has moved is found, what doesn't fit is refused, on the fake runtime of every table.
 */
#include "tests/test.h"

#include "tests/dumper/help_runtime.h"

#include <stdio.h>

#define EACH_TABLE(table) (const struct layout *const *table = layout_all(); *table != NULL; table++)

HEAP_TEST(proof, not_yet_initialised)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		image_u32(fake->world->image, FAKE_RUNTIME + (uint64_t)(*table)->runtime_initialized, 0);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "not yet initialised");
		image_u32(fake->world->image, FAKE_RUNTIME + (uint64_t)(*table)->runtime_initialized, 1);
		fake_word(fake, (*table)->interpreter_builtins, 0);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "not yet initialised");
		world_word(fake->world, FAKE_RUNTIME, (*table)->runtime_interpreters, 0);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "not yet initialised");
		world_word(fake->world, FAKE_RUNTIME, (*table)->runtime_interpreters, WORLD_UNMAPPED);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no interpreter state");
	}
}

HEAP_TEST(proof, runtime_that_is_nowhere)
{
	AUTO(fake) struct fake *fake = fake_create(layout_find(0x030b00f0));
	struct layout layout;

	assert_ok(mirror_create(image_source(fake->world->image), &fake->mirror));
	assert_error_says(layout_adapt(fake->table, fake->mirror, WORLD_UNMAPPED, &layout), ERROR_REFUSED, "can't be read");
	assert_error(layout_adapt(fake->table, fake->mirror, UINT64_MAX - 7, &layout), ERROR_REFUSED);
}

HEAP_TEST(proof, the_main_interpreter_is_taken)
{
	const uint64_t second = FAKE_INTERPRETER + 0x80000;

	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		world_word(fake->world, second, (*table)->interpreter_id, 1);
		world_word(fake->world, second, (*table)->interpreter_next, FAKE_INTERPRETER);
		world_word(fake->world, FAKE_RUNTIME, (*table)->runtime_interpreters, second);
		assert_ok(fake_adapt(fake, *table));
	}
}

HEAP_TEST(proof, types_of_other_sizes)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		const struct world *world = fake->world;
		const struct {
			uint64_t type;
			const char *name;
		} types[] = {{world->type, "type"}, {world->dict, "dict"}, {world->tuple, "tuple"}, {world->str, "str"},
			     {world->list, "list"}};

		for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
			uint64_t size = 0, at = types[i].type + (uint64_t)(*table)->type_basicsize;
			char expected[64];

			assert_ok(fake_adapt(fake, *table));
			size = mirror_u64(fake->mirror, at);
			image_u64(world->image, at, size + 8);
			snprintf(expected, sizeof expected, "%s has %lu bytes", types[i].name, size + 8);
			assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, expected);
			image_u64(world->image, at, size);
		}
	}
}

HEAP_TEST(proof, objects_of_other_types)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		struct world *world = fake->world;
		uint64_t head = (uint64_t)(*table)->object_type;

		image_u64(world->image, fake->modules + head, world->list);
		assert_error(fake_adapt(fake, *table), ERROR_REFUSED);
		image_u64(world->image, fake->modules + head, fake->modules); /* its type is itself */
		assert_error(fake_adapt(fake, *table), ERROR_REFUSED);
		image_u64(world->image, fake->modules + head, WORLD_UNMAPPED);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "sys.modules");
		image_u64(world->image, fake->modules + head, world->dict);
		fake_word(fake, (*table)->interpreter_sysdict, world_list(world, 0));
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no dicts");
	}
}

HEAP_TEST(proof, torn_keys)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		world_word(fake->world, fake->modules, (*table)->dict_keys, WORLD_UNMAPPED);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "keys of sys.modules");
	}
}

/* A subclass of str as the first key of sys.modules. */
HEAP_TEST(proof, keys_of_a_subclass)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		struct world *world = fake->world;
		uint64_t name = world_class(world, NULL, "Name", world->str, 0, (*table)->unicode_size + 8);
		uint64_t keys = world_keys(world, 1, 3, 1, 2, world_object(world, name, 128), world->none,
					   world_str(world, "sys"), world->none);

		world_word(world, fake->modules, (*table)->dict_keys, keys);
		assert_ok(fake_adapt(fake, *table));
	}
}

static uint64_t generation_at(const struct fake *fake, int32_t generations, int index)
{
	return fake->collector + (uint64_t)(generations + index * fake->table->gc_generation_size);
}

HEAP_TEST(proof, generations_that_moved)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		struct layout wrong = **table;

		wrong.gc_generations = (*table)->gc_generations == 24 ? 20 : 24;
		assert_ok(fake_adapt(fake, &wrong));
		cr_assert_eq(fake->layout.gc_generations, (*table)->gc_generations);
	}
}

HEAP_TEST(proof, generations_that_are_broken)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		image_u64(fake->world->image, generation_at(fake, (*table)->gc_generations, 0), WORLD_UNMAPPED);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no lists of generations");
	}
}

/* Stopped in the middle of linking an object: one end of one list lags. */
HEAP_TEST(proof, one_end_may_lag)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		uint64_t youngest = generation_at(fake, (*table)->gc_generations, 0);
		uint64_t oldest = generation_at(fake, (*table)->gc_generations, 2);

		image_u64(fake->world->image, youngest + 8, world_bytes(fake->world, 16));
		assert_ok(fake_adapt(fake, *table));
		image_u64(fake->world->image, oldest + 8, world_bytes(fake->world, 16));
		assert_error(fake_adapt(fake, *table), ERROR_REFUSED);
	}
}

/* While a collection runs, heads hang on lists of its own. */
HEAP_TEST(proof, detached_heads_while_collecting)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		for (int i = 0; i < 3; i++) {
			uint64_t head = generation_at(fake, (*table)->gc_generations, i);
			image_u64(fake->world->image, head, world_bytes(fake->world, 16));
			image_u64(fake->world->image, head + 8, world_bytes(fake->world, 16));
		}
		assert_error(fake_adapt(fake, *table), ERROR_REFUSED);
		image_u32(fake->world->image, fake->collector + (uint64_t)(*table)->gc_collecting, 1);
		assert_ok(fake_adapt(fake, *table));
		image_u64(fake->world->image, generation_at(fake, (*table)->gc_generations, 1), WORLD_UNMAPPED);
		assert_error(fake_adapt(fake, *table), ERROR_REFUSED);
	}
}

HEAP_TEST(proof, static_types_that_moved)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		struct layout wrong = **table;

		if (wrong.interpreter_statics < 0)
			continue;
		wrong.interpreter_statics += 24;
		wrong.interpreter_type_cache += 24;
		wrong.interpreter_interned += 24;
		if (wrong.interpreter_extension_statics >= 0)
			wrong.interpreter_extension_statics += 24;
		if (wrong.interpreter_func_cache >= 0)
			wrong.interpreter_func_cache += 24;
		assert_ok(fake_adapt(fake, &wrong));
		cr_assert_arr_eq(&fake->layout, *table, sizeof wrong, "%s", (*table)->name);
		wrong.interpreter_statics += 4096;
		assert_error_says(fake_adapt(fake, &wrong), ERROR_REFUSED, "no static types");
	}
}

HEAP_TEST(proof, too_few_static_types)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		int32_t at = (*table)->interpreter_statics + 10 * (*table)->static_state_size + (*table)->static_state_type;

		if ((*table)->interpreter_statics < 0)
			continue;
		fake_word(fake, at, 0);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no static types");
		fake_word(fake, at, fake->modules);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no static types");
	}
}

HEAP_TEST(proof, interned_strings_that_moved_or_are_lost)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);
		struct layout wrong = **table;

		if (wrong.interpreter_interned < 0)
			continue;
		wrong.interpreter_interned -= 40;
		assert_ok(fake_adapt(fake, &wrong));
		cr_assert_eq(fake->layout.interpreter_interned, (*table)->interpreter_interned);
		fake_word(fake, (*table)->interpreter_interned, fake->modules); /* a dict, but of something else */
		assert_ok(fake_adapt(fake, *table));
		cr_assert_eq(fake->layout.interpreter_interned, LAYOUT_ABSENT);
	}
}

HEAP_TEST(proof, threads_that_are_none)
{
	for EACH_TABLE (table) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		world_word(fake->world, FAKE_THREAD, (*table)->thread_dict, 0);
		assert_ok(fake_adapt(fake, *table));
		world_word(fake->world, FAKE_THREAD, (*table)->thread_dict, world_list(fake->world, 0));
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no thread state");
		fake_word(fake, (*table)->interpreter_threads, WORLD_UNMAPPED);
		assert_error_says(fake_adapt(fake, *table), ERROR_REFUSED, "no thread state can be read");
		fake_word(fake, (*table)->interpreter_threads, 0);
		assert_ok(fake_adapt(fake, *table));
	}
}
