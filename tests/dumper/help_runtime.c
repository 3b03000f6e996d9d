/* How does a test get a whole interpreter of any version? By writing what the proofs look at, field by field. */
#include "tests/dumper/help_runtime.h"

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#define RUNTIME_ROOM UINT64_C(0x100000)
#define INTERNED 120 /* strings */

void fake_word(struct fake *fake, int32_t offset, uint64_t value)
{
	image_u64(fake->world->image, FAKE_INTERPRETER + (uint64_t)offset, value);
}

void fake_ring(struct fake *fake, uint64_t head, bool empty)
{
	uint64_t one = empty ? head : world_bytes(fake->world, 32);

	image_u64(fake->world->image, head, one);
	image_u64(fake->world->image, head + 8, one);
	image_u64(fake->world->image, one, head);
	image_u64(fake->world->image, one + 8, head);
}

/* A dict of strings that map to themselves, as world_keys can't make one of this size. */
static uint64_t write_interned(struct fake *fake)
{
	struct world *world = fake->world;
	const struct layout *layout = fake->table;
	uint64_t keys = world_bytes(world, 8192), entry = keys + (uint64_t)layout->keys_indices + 256;
	uint64_t width = layout->keys_kind < 0 ? 24 : 16;

	if (layout->keys_kind >= 0) {
		image_u8(world->image, keys + (uint64_t)layout->keys_log2_size, 8);
		image_u8(world->image, keys + (uint64_t)layout->keys_log2_index_bytes, 8);
		image_u8(world->image, keys + (uint64_t)layout->keys_kind, 1);
	} else {
		world_word(world, keys, layout->keys_size, 256);
	}
	world_word(world, keys, layout->keys_refcount, 1);
	world_word(world, keys, layout->keys_nentries, INTERNED);
	world_word(world, keys, layout->keys_usable, 170 - INTERNED);
	for (int i = 0; i < INTERNED; i++, entry += width) {
		char name[16];

		snprintf(name, sizeof name, "name%d", i);
		uint64_t text = world_str(world, name);
		world_word(world, entry, (int64_t)width - 16, text);
		world_word(world, entry, (int64_t)width - 8, text);
	}
	return world_dict(world, keys, 0, INTERNED);
}

static void write_statics(struct fake *fake)
{
	struct world *world = fake->world;
	const struct layout *layout = fake->table;
	const uint64_t types[] = {world->object, world->type, world->str, world->list, world->dict, world->tuple};

	for (int i = 0; i < FAKE_STATICS && layout->interpreter_statics >= 0; i++) {
		uint64_t state =
			FAKE_INTERPRETER + (uint64_t)(layout->interpreter_statics + i * layout->static_state_size);

		world_word(world, state, layout->static_state_type, types[i % 6]);
		world_word(world, state, layout->static_state_dict, world_dict(world, 0, 0, 0));
	}
}

static void write_collector(struct fake *fake)
{
	const struct layout *layout = fake->table;

	fake->collector = layout->interpreter_gc >= 0 ? FAKE_INTERPRETER + (uint64_t)layout->interpreter_gc
						      : FAKE_RUNTIME + (uint64_t)layout->runtime_gc;
	for (int i = 0; i < 3; i++)
		fake_ring(fake, fake->collector + (uint64_t)(layout->gc_generations + i * layout->gc_generation_size),
			  i == 1);
	fake_ring(fake, fake->collector + (uint64_t)layout->gc_permanent, true);
	world_word(fake->world, fake->collector, layout->gc_garbage, world_list(fake->world, 0));
}

static void write_debug_offsets(struct fake *fake)
{
	const struct layout *layout = fake->table;
	struct image *image = fake->world->image;

	if (layout->debug_runtime_size < 0)
		return;
	image_poke(image, FAKE_RUNTIME, "xdebugpy", 8);
	image_u64(image, FAKE_RUNTIME + 8, (uint64_t)layout->version_first << 8 | 0xf0);
#define DEBUG_MOVES(name, path) image_u64(image, FAKE_RUNTIME + (uint64_t)layout->debug_##name, (uint64_t)layout->name);
#define DEBUG_STAYS(name, path) DEBUG_MOVES(name, path)
#include "dumper/layout_debug.def"
#undef DEBUG_MOVES
#undef DEBUG_STAYS
}

static void write_runtime(struct fake *fake)
{
	const struct layout *layout = fake->table;
	struct world *world = fake->world;

	world_word(world, FAKE_RUNTIME, layout->runtime_interpreters, FAKE_INTERPRETER);
	image_u32(world->image, FAKE_RUNTIME + (uint64_t)layout->runtime_initialized, 1);
	fake_word(fake, layout->interpreter_modules, fake->modules);
	fake_word(fake, layout->interpreter_sysdict, world_dict(world, 0, 0, 0));
	fake_word(fake, layout->interpreter_builtins, world_dict(world, 0, 0, 0));
	fake_word(fake, layout->interpreter_threads, FAKE_THREAD);
	if (layout->interpreter_interned >= 0)
		fake_word(fake, layout->interpreter_interned, fake->interned);
	world_word(world, FAKE_THREAD, layout->thread_dict, world_dict(world, 0, 0, 0));
	if (layout->thread_native_id >= 0)
		world_word(world, FAKE_THREAD, layout->thread_native_id, 4711);
}

struct fake *fake_create(const struct layout *table)
{
	struct fake *fake = calloc(1, sizeof *fake);

	cr_assert_not_null(fake);
	fake->table = table;
	fake->world = world_create(table);
	image_map(fake->world->image, FAKE_RUNTIME, RUNTIME_ROOM, "rw-", NULL);
	image_map(fake->world->image, FAKE_INTERPRETER, RUNTIME_ROOM, "rw-", NULL);
	image_map(fake->world->image, FAKE_THREAD, 0x1000, "rw-", NULL);
	fake->modules =
		world_dict(fake->world,
			   world_keys(fake->world, 1, 3, 1, 1, world_str(fake->world, "sys"), fake->world->none), 0, 1);
	fake->interned = write_interned(fake);
	world_word(fake->world, fake->world->type, table->type_mro,
		   world_tuple(fake->world, 2, fake->world->type, fake->world->object));
	write_debug_offsets(fake);
	write_collector(fake);
	write_statics(fake);
	write_runtime(fake);
	return fake;
}

void fake_destroy(struct fake *fake)
{
	if (fake == NULL)
		return;
	mirror_destroy(fake->mirror);
	world_destroy(fake->world);
	free(fake);
}

struct error *fake_adapt(struct fake *fake, const struct layout *table)
{
	mirror_destroy(fake->mirror);
	fake->mirror = NULL;
	TRY(mirror_create(image_source(fake->world->image), &fake->mirror));
	return layout_adapt(table, fake->mirror, FAKE_RUNTIME, &fake->layout);
}
