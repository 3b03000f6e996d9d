/* Modules: entries of sys.modules under every layout; what is taken for a version, and what stands there instead of
 * modules. */
#include "tests/test.h"

#include "base/arena.h"
#include "dumper/modules.h"
#include "tests/dumper/help_roots.h"

static uint64_t make_module(struct world *world, uint64_t type, const char *version, const char *file)
{
	const struct layout *layout = world->layout;
	uint64_t module = world_object(world, type, 64);
	uint64_t dict =
		world_dict(world,
			   world_keys(world, 1, 3, 1, 2, world_str(world, "__version__"), world_str(world, version),
				      world_str(world, "__file__"), world_str(world, file)),
			   0, 2);

	world_word(world, module, layout->module_dict, dict);
	return module;
}

static void collect(struct setting *setting, struct arena *arena, struct modules *modules, uint64_t table)
{
	world_word(setting->world, setting->interpreter, setting->world->layout->interpreter_modules, table);
	world_open(setting->world);
	assert_ok(modules_collect(&setting->world->decoder, setting->interpreter, arena, modules));
}

HEAP_TEST(modules, have_versions_that_look_like_one)
{
	static const struct {
		const char *version;
		bool is;
	} versions[] = {{"1.26.4", true},
			{"2024a", true},
			{"1!3.0.post1+local", true},
			{"", false},
			{"secret", false},
			{"1.0 (build 7)", false},
			{"pass/w0rd", false},
			{"1.000000000000000000000000000000000000000000000000000000000000000", false}};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
			AUTO(setting) struct setting setting;
			AUTO(arena) struct arena arena;
			struct modules modules = {0};
			uint64_t type, module;

			arena_init(&arena);
			setting_init(&setting, layout);
			type = world_type(setting.world, "module", setting.world->object, WORLD_GC, 64, 0);
			module = make_module(setting.world, type, versions[i].version, "/srv/app.py");
			collect(&setting, &arena, &modules,
				world_dict(setting.world,
					   world_keys(setting.world, 1, 3, 1, 1, world_str(setting.world, "app"),
						      module),
					   0, 1));
			cr_assert_eq(modules.list.count, 1, "%s", layout->name);
			cr_assert_str_eq(modules.list.items[0].name, "app");
			cr_assert_str_eq(modules.list.items[0].file, "/srv/app.py");
			cr_assert_eq(modules.list.items[0].address, module);
			if (versions[i].is)
				cr_assert_str_eq(modules.list.items[0].version, versions[i].version);
			else
				cr_assert_null(modules.list.items[0].version, "%s", versions[i].version);
			modules_deinit(&modules);
		}
	}
}

HEAP_TEST(modules, ask_nothing_of_what_is_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		AUTO(arena) struct arena arena;
		struct modules modules = {0};
		uint64_t text;

		arena_init(&arena);
		setting_init(&setting, layout);
		text = world_str(setting.world, "a str that stands for a module");
		collect(&setting, &arena, &modules,
			world_dict(setting.world,
				   world_keys(setting.world, 1, 3, 1, 2, world_str(setting.world, "odd"), text,
					      world_str(setting.world, "gone"), WORLD_UNMAPPED),
				   0, 2));
		cr_assert_eq(modules.list.count, 2, "%s", layout->name);
		cr_assert(modules.list.items[0].version == NULL && modules.list.items[0].file == NULL);
		cr_assert(modules.list.items[1].version == NULL && modules.list.items[1].file == NULL);
		modules_deinit(&modules);
		setting.world->decoder.losses[LOSS_table_torn] = 0;
	}
}

HEAP_TEST(modules, survive_a_table_that_is_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		AUTO(arena) struct arena arena;
		struct modules modules = {0};

		arena_init(&arena);
		setting_init(&setting, layout);
		collect(&setting, &arena, &modules, WORLD_UNMAPPED);
		cr_assert_eq(modules.list.count, 0);
	}
}
