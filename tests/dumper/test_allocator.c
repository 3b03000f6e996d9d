/* Allocator: told by what surrounds the objects, else by the runtime's table, else not at all. */
#include "tests/dumper/help_pools.h"
#include "tests/test.h"

#include "dumper/allocator.h"

#define OBJECTS 40u

struct scene {
	struct world *world;
	struct pymalloc pymalloc;
	struct marks *marks;
	uint64_t type, kept; /* a type of 32 bytes, and an instance that makes it known */
};

static void scene_init(struct scene *scene, struct world *world)
{
	*scene = (struct scene){.world = world};
	pymalloc_init(&scene->pymalloc, world);
	assert_ok(marks_create(&scene->marks));
	scene->type = world_type(world, "thing", world->object, 0, 32, 0);
	scene->kept = world_object(world, scene->type, 32);
}

static void scene_deinit(struct scene *scene)
{
	marks_destroy(scene->marks);
	pymalloc_deinit(&scene->pymalloc);
}
DEFINE_AUTO_VALUE(scene, struct scene, scene_deinit);

static void add(struct scene *scene, uint64_t address)
{
	const struct layout *layout = scene->world->layout;
	bool was;

	if (layout->refcount_32)
		image_u32(scene->world->image, address + (uint64_t)layout->object_refcount, 1);
	else
		world_word(scene->world, address, layout->object_refcount, 1);
	world_word(scene->world, address, layout->object_type, scene->type);
	assert_ok(marks_set(scene->marks, MARK_OBJECT, address, &was));
}

/* What Python's debug hooks put around memory. */
static void fence(struct scene *scene, uint64_t address, char letter)
{
	image_u8(scene->world->image, address - 8, (uint8_t)letter);
	for (uint64_t i = 1; i < 8; i++)
		image_u8(scene->world->image, address - 8 + i, 0xfd);
}

static struct allocator judge(struct scene *scene)
{
	struct world *world = scene->world;

	pymalloc_read(&scene->pymalloc);
	world_decode(world, scene->kept, false);
	assert_ok(marks_seal(scene->marks));
	for (uint64_t at = 0; marks_next(scene->marks, at, &at); at += 8) /* discovery has looked at them */
		cr_assert_not_null(mirror_at(world->mirror, at - 32, 64));
	cr_assert_not_null(mirror_at(world->mirror, scene->pymalloc.runtime.address, 4096));
	return allocator_judge(&world->decoder, &scene->pymalloc.runtime, scene->marks, &scene->pymalloc.pools);
}

static void expect(const struct layout *layout, struct allocator allocator, const char *name, bool debug)
{
	cr_assert_str_eq(allocator.name, name, "%s: %s, not %s", layout->name, allocator.name, name);
	cr_assert_eq(allocator.debug, debug);
}

HEAP_TEST(allocator, objects_in_arenas_are_pymallocs)
{
	EACH_LAYOUT(layout)
	{
		for (int debug = 0; debug < 2; debug++) {
			AUTO(world) struct world *world = world_create(layout);
			AUTO(scene) struct scene scene;
			uint32_t size = debug ? 64 : 32;

			scene_init(&scene, world);
			uint64_t pool = pymalloc_arena(&scene.pymalloc, 0, 1);
			pymalloc_pool(&scene.pymalloc, pool, 0, size, OBJECTS, NULL, 0);
			for (uint32_t i = 0; i < OBJECTS; i++) {
				uint64_t address = pymalloc_block(&scene.pymalloc, pool, size, i) + (debug ? 16 : 0);

				add(&scene, address);
				if (debug)
					fence(&scene, address, 'o');
			}
			expect(layout, judge(&scene), debug ? "pymalloc_debug" : "pymalloc", debug);
		}
	}
}

HEAP_TEST(allocator, sizes_in_front_of_objects_are_mallocs)
{
	EACH_LAYOUT(layout)
	{
		for (int debug = 0; debug < 2; debug++) {
			AUTO(world) struct world *world = world_create(layout);
			AUTO(scene) struct scene scene;
			uint64_t start = world_bytes(world, OBJECTS * 96);

			scene_init(&scene, world);
			for (uint64_t i = 0; i < OBJECTS; i++) {
				uint64_t block = start + 16 + i * (debug ? 64 : 48), address = block + (debug ? 16 : 0);

				world_word(world, block, -8, (debug ? 64 : 48) | 1);
				add(&scene, address);
				if (debug)
					fence(&scene, address, 'o');
			}
			expect(layout, judge(&scene), debug ? "malloc_debug" : "malloc", debug);
		}
	}
}

/* Neither in an arena, nor with a size in front. */
static void scatter(struct scene *scene)
{
	uint64_t start = world_bytes(scene->world, OBJECTS * 48);

	for (uint64_t i = 0; i < OBJECTS; i++)
		add(scene, start + 16 + i * 48);
}

static void table(struct scene *scene, unsigned domain, uint64_t context, uint64_t function)
{
	uint64_t at =
		scene->pymalloc.runtime.address + (uint64_t)scene->world->layout->runtime_allocators + domain * 40;

	world_word(scene->world, at, 0, context);
	world_word(scene->world, at, 8, function);
}

HEAP_TEST(allocator, the_table_decides_where_memory_shows_nothing)
{
	EACH_LAYOUT(layout)
	{
		if (layout->runtime_allocators < 0)
			continue;
		for (int same = 0; same < 2; same++) {
			AUTO(world) struct world *world = world_create(layout);
			AUTO(scene) struct scene scene;

			scene_init(&scene, world);
			scatter(&scene);
			table(&scene, 0, 0, scene.pymalloc.runtime.address + 0x100);
			table(&scene, 2, 0, scene.pymalloc.runtime.address + (same ? 0x100 : 0x200));
			expect(layout, judge(&scene),
			       same               ? "malloc"
			       : layout->mimalloc ? "mimalloc"
						  : "unknown",
			       false);
		}
	}
}

HEAP_TEST(allocator, what_nothing_tells_is_unknown)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(scene) struct scene scene;

		scene_init(&scene, world);
		scatter(&scene);
		if (layout->runtime_allocators >= 0) { /* hooks: a context, and functions of somebody else's */
			table(&scene, 0, 0, scene.pymalloc.runtime.address + 0x100);
			table(&scene, 2, WORLD_START, WORLD_START + 0x100);
		}
		expect(layout, judge(&scene), "unknown", false);
	}
}

HEAP_TEST(allocator, without_objects_it_is_unknown)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		AUTO(scene) struct scene scene;

		scene_init(&scene, world);
		expect(layout, judge(&scene), "unknown", false);
	}
}
