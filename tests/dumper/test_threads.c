/* Threads: names from the dict of the module threading, under every layout; lists that loop and dicts of rubbish. */
#include "tests/test.h"

#include "base/arena.h"
#include "dumper/threads.h"
#include "tests/dumper/help_roots.h"

static uint64_t make_thread(struct setting *setting, uint64_t ident, uint64_t next)
{
	const struct layout *layout = setting->world->layout;
	uint64_t thread = world_bytes(setting->world, (uint64_t)layout->thread_size);

	world_word(setting->world, thread, layout->thread_id, ident);
	world_word(setting->world, thread, layout->thread_next, next);
	if (layout->thread_native_id >= 0)
		world_word(setting->world, thread, layout->thread_native_id, 4000 + ident);
	return thread;
}

/* sys.modules of an interpreter, with a module whose namespace is this one's `active` and main thread; dicts stand
 * for module and Thread objects, which have attributes all the same. */
static void import_threading(struct setting *setting, uint64_t active, uint64_t main)
{
	struct world *world = setting->world;
	uint64_t module = world_dict(world,
				     world_keys(world, 1, 3, 1, 2, world_str(world, "_active"), active,
						world_str(world, "_main_thread"), main),
				     0, 2);
	uint64_t modules =
		world_dict(world, world_keys(world, 1, 3, 1, 1, world_str(world, "threading"), module), 0, 1);

	world_word(world, setting->interpreter, world->layout->interpreter_modules, modules);
}

static uint64_t make_object(struct world *world, const char *name, int daemon)
{
	return world_dict(world,
			  world_keys(world, 1, 3, 1, 2, world_str(world, "_name"), world_str(world, name),
				     world_str(world, "_daemonic"), world_int(world, daemon)),
			  0, 2);
}

static void collect(struct setting *setting, struct arena *arena, struct threads *threads)
{
	world_open(setting->world);
	assert_ok(threads_collect(&setting->world->decoder, setting->interpreter, arena, threads));
}

HEAP_TEST(threads, have_the_names_that_threading_gives)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		AUTO(arena) struct arena arena;
		struct threads threads = {0};
		uint64_t main, worker, active;

		arena_init(&arena);
		setting_init(&setting, layout);
		main = make_object(setting.world, "MainThread", 0);
		worker = make_object(setting.world, "worker-1", 1);
		active = world_dict(setting.world,
				    world_keys(setting.world, 0, 3, 1, 2, world_int(setting.world, 11), main,
					       world_int(setting.world, 12), worker),
				    0, 2);
		import_threading(&setting, active, main);
		world_word(setting.world, setting.interpreter, layout->interpreter_threads,
			   make_thread(&setting, 12, make_thread(&setting, 11, make_thread(&setting, 13, 0))));
		collect(&setting, &arena, &threads);
		cr_assert_eq(threads.list.count, 3, "%s", layout->name);
		cr_assert_str_eq(threads.list.items[0].name, "worker-1");
		cr_assert(threads.list.items[0].daemon && !threads.list.items[0].main);
		cr_assert(threads.list.items[0].object == worker && threads.list.items[0].ident == 12);
		cr_assert_str_eq(threads.list.items[1].name, "MainThread");
		cr_assert(!threads.list.items[1].daemon && threads.list.items[1].main);
		cr_assert(threads.list.items[2].name == NULL && threads.list.items[2].object == 0,
			  "threading has none");
		if (layout->thread_native_id >= 0)
			cr_assert_eq(threads.list.items[2].native_id, 4013);
		threads_deinit(&threads);
	}
}

HEAP_TEST(threads, end_where_their_list_loops_or_breaks)
{
	EACH_LAYOUT(layout)
	{
		for (int broken = 0; broken < 2; broken++) {
			AUTO(setting) struct setting setting;
			AUTO(arena) struct arena arena;
			struct threads threads = {0};
			uint64_t first, second;

			arena_init(&arena);
			setting_init(&setting, layout);
			second = make_thread(&setting, 2, 0);
			first = make_thread(&setting, 1, second);
			world_word(setting.world, second, layout->thread_next, broken ? WORLD_UNMAPPED + 8 : first);
			world_word(setting.world, setting.interpreter, layout->interpreter_threads, first);
			collect(&setting, &arena, &threads);
			cr_assert(threads.list.count >= 2 && threads.list.count <= 6, "%s: %zu", layout->name,
				  threads.list.count);
			threads_deinit(&threads);
		}
	}
}

HEAP_TEST(threads, survive_a_registry_of_rubbish)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		AUTO(arena) struct arena arena;
		struct threads threads = {0};
		uint64_t active, number;

		arena_init(&arena);
		setting_init(&setting, layout);
		number = world_int(setting.world, 12);
		active = world_dict(setting.world,
				    world_keys(setting.world, 0, 3, 1, 3, world_str(setting.world, "12"), number,
					       number, WORLD_UNMAPPED, world_int(setting.world, 13), number),
				    0, 3);
		import_threading(&setting, active, WORLD_UNMAPPED);
		world_word(setting.world, setting.interpreter, layout->interpreter_threads,
			   make_thread(&setting, 12, make_thread(&setting, 13, 0)));
		collect(&setting, &arena, &threads);
		cr_assert_eq(threads.list.count, 2);
		cr_assert(threads.list.items[0].name == NULL && threads.list.items[1].name == NULL, "%s", layout->name);
		threads_deinit(&threads);
	}
}
