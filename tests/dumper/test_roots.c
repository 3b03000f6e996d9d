/* Roots: tables, caches, static types, threads and frames of a fake interpreter under every layout; then lists that loop
 * and states that are rubbish.
 */
#include "tests/test.h"

#include "tests/dumper/help_roots.h"

#include <stdlib.h>

/* --- interpreters --- */

HEAP_TEST(roots, read_the_tables)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t dicts[3], lists[2];

		setting_init(&setting, layout);
		for (int i = 0; i < 3; i++)
			dicts[i] = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		for (int i = 0; i < 2; i++)
			lists[i] = world_list(setting.world, 0);
		world_word(setting.world, setting.interpreter, layout->interpreter_modules, dicts[0]);
		world_word(setting.world, setting.interpreter, layout->interpreter_builtins, dicts[1]);
		world_word(setting.world, setting.interpreter, layout->interpreter_sysdict, dicts[2]);
		world_word(setting.world, setting.collector, layout->gc_garbage, lists[0]);
		world_word(setting.world, setting.collector, layout->gc_callbacks, lists[1]);
		setting_collect(&setting);
		setting_expect(&setting, ROOT_MODULES, "sys.modules", dicts[0], EDGE_OWNED, true);
		setting_expect(&setting, ROOT_BUILTINS, "builtins", dicts[1], EDGE_OWNED, true);
		setting_expect(&setting, ROOT_BUILTINS, "sys", dicts[2], EDGE_OWNED, true);
		setting_expect(&setting, ROOT_INTERPRETER, "gc.garbage", lists[0], EDGE_OWNED, false);
		setting_expect(&setting, ROOT_INTERPRETER, "gc.callbacks", lists[1], EDGE_OWNED, false);
		cr_assert_eq(setting.roots.roots.count, 5, "the scan finds none of them a second time");
		cr_assert_eq(setting.roots.interpreters, 1);
	}
}

HEAP_TEST(roots, tell_interpreters_apart)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		const struct found_root *root;
		uint64_t second, dict;

		setting_init(&setting, layout);
		second = setting_interpreter(&setting, 3, setting.interpreter);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		dict = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		world_word(setting.world, second, layout->interpreter_modules, dict);
		setting_collect(&setting);
		root = setting_root(&setting, ROOT_MODULES, "sys.modules");
		cr_assert(root != NULL && root->interpreter == 3 && setting.roots.interpreters == 2);
	}
}

HEAP_TEST(roots, count_the_lists_of_a_shared_collector_once)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t list, second;
		size_t lists = 0;

		setting_init(&setting, layout);
		if (layout->interpreter_gc >= 0)
			continue;
		second = setting_interpreter(&setting, 1, setting.interpreter);
		list = world_list(setting.world, 0);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		world_word(setting.world, setting.collector, layout->gc_garbage, list);
		setting_collect(&setting);
		for (size_t i = 0; i < setting.roots.roots.count; i++)
			lists += strcmp(setting.roots.roots.items[i].name, "gc.garbage") == 0;
		cr_assert_eq(lists, 1);
		setting_expect(&setting, ROOT_INTERPRETER, "gc.garbage", list, EDGE_OWNED, false);
	}
}

HEAP_TEST(roots, know_the_interned_strings)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t dict;

		setting_init(&setting, layout);
		if (layout->interpreter_interned < 0)
			continue;
		dict = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		world_word(setting.world, setting.interpreter, layout->interpreter_interned, dict);
		setting_collect(&setting);
		setting_expect(&setting, ROOT_INTERPRETER, "interned strings", dict, EDGE_OWNED, false);
		cr_assert(setting_interned(&setting, dict));
	}
}

/* Interpreters with a GIL of their own have one each. */
HEAP_TEST(roots, know_the_interned_strings_of_each_interpreter)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t second, dicts[2];

		setting_init(&setting, layout);
		if (layout->interpreter_interned < 0)
			continue;
		second = setting_interpreter(&setting, 1, setting.interpreter);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		for (int i = 0; i < 2; i++) {
			dicts[i] = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
			world_word(setting.world, i == 0 ? setting.interpreter : second, layout->interpreter_interned,
				   dicts[i]);
		}
		setting_collect(&setting);
		cr_assert(setting_interned(&setting, dicts[0]) && setting_interned(&setting, dicts[1]));
	}
}

HEAP_TEST(roots, read_the_states_of_static_types)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t state, dict, subclasses, type, instance;
		const struct found_root *root;

		setting_init(&setting, layout);
		if (layout->interpreter_statics < 0)
			continue;
		type = world_type(setting.world, "spam.Egg", setting.world->object, 0, 32, 0);
		instance = world_object(setting.world, type, 32);
		dict = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		subclasses = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		/* the last entry: the whole array is looked at */
		state = setting.interpreter +
			(uint64_t)(layout->interpreter_statics +
				   (layout->interpreter_statics_max - 1) * layout->static_state_size);
		world_word(setting.world, state, layout->static_state_type, type);
		world_word(setting.world, state, layout->static_state_dict, dict);
		world_word(setting.world, state, layout->static_state_subclasses, subclasses);
		setting_collect(&setting);
		root = setting_root(&setting, ROOT_STATIC_TYPES, "static types");
		setting_expect(&setting, ROOT_STATIC_TYPES, "static types", type, EDGE_WEAK, false);
		setting_expect(&setting, ROOT_STATIC_TYPES, "static types", dict, EDGE_OWNED, true);
		setting_expect(&setting, ROOT_STATIC_TYPES, "static types", subclasses, EDGE_OWNED, false);
		cr_assert_str_eq(setting_literal(setting_edge(&setting, root, type)), "spam.Egg");
		cr_assert_str_eq(setting_literal(setting_edge(&setting, root, dict)), "spam.Egg.__dict__");
		cr_assert_eq(setting.roots.roots.count, 1);
		world_decode(setting.world, instance, false);
		setting_collect_globals(&setting, NULL, NULL);
		cr_assert_null(
			setting_edge(&setting, setting_root(&setting, ROOT_STATIC_TYPES, "other static types"), type));
	}
}

HEAP_TEST(roots, leave_borrowed_caches_out)
{
	EACH_LAYOUT(layout)
	{
		const int32_t caches[] = {layout->interpreter_func_cache, layout->interpreter_type_version_cache};
		AUTO(setting) struct setting setting;
		uint64_t name, method, other;

		setting_init(&setting, layout);
		name = world_str(setting.world, "append");
		method = world_list(setting.world, 0);
		other = world_list(setting.world, 0);
		for (int i = 0; i < 2; i++)
			if (caches[i] >= 0)
				world_word(setting.world, setting.interpreter, caches[i] + 8, method);
		if (layout->interpreter_type_cache >= 0) {
			uint64_t entry = setting.interpreter + (uint64_t)layout->interpreter_type_cache +
					 7 * (uint64_t)layout->type_cache_entry_size;

			world_word(setting.world, entry, layout->type_cache_entry_name, name);
			world_word(setting.world, entry, layout->type_cache_entry_name + 8, method);
		}
		/* what no field explains is a guess, with its place */
		world_word(setting.world, setting.interpreter, layout->interpreter_size - 8, other);
		setting_collect(&setting);
		if (layout->interpreter_type_cache >= 0) {
			setting_expect(&setting, ROOT_INTERPRETER, "method cache", name, EDGE_OWNED, false);
			cr_assert_eq(setting_root(&setting, ROOT_INTERPRETER, "method cache")->edge_count, 1);
		}
		setting_expect(&setting, ROOT_INTERPRETER, "interpreter state", other, EDGE_GUESS, false);
		cr_assert_eq(setting.roots.edges.items[setting.roots.edges.count - 1].payload,
			     (uint64_t)layout->interpreter_size - 8);
		for (size_t i = 0; i < setting.roots.edges.count; i++)
			cr_assert_neq(setting.roots.edges.items[i].target, method, "%s: a cache counts", layout->name);
	}
}

/* --- threads --- */

static uint64_t make_thread(struct setting *setting, uint64_t number, uint64_t next, uint64_t frame)
{
	const struct layout *layout = setting->world->layout;
	uint64_t thread = world_bytes(setting->world, (uint64_t)layout->thread_size), cframe, self;

	world_word(setting->world, thread, layout->thread_next, next);
	if (layout->thread_native_id >= 0) {
		world_word(setting->world, thread, layout->thread_native_id, number);
	} else {
		self = world_bytes(setting->world, 1024);
		world_word(setting->world, thread, layout->thread_id, self);
		world_word(setting->world, self, 0, self);
		world_word(setting->world, self, 16, self);
		world_word(setting->world, self, 720, number);
	}
	if (layout->thread_cframe >= 0) {
		cframe = world_bytes(setting->world, 64);
		world_word(setting->world, thread, layout->thread_cframe, cframe);
		world_word(setting->world, cframe, layout->cframe_current_frame, frame);
	} else {
		world_word(setting->world, thread, layout->thread_frame, frame);
	}
	return thread;
}

/* Another C library's struct for a thread has something else where glibc's has its own address and the id. */
HEAP_TEST(roots, make_up_no_thread_id)
{
	EACH_LAYOUT(layout)
	{
		if (layout->thread_native_id >= 0)
			continue;
		AUTO(setting) struct setting setting;
		uint64_t thread, self;

		setting_init(&setting, layout);
		thread = make_thread(&setting, 4711, 0, 0);
		self = world_bytes(setting.world, 1024);
		world_word(setting.world, self, 0, self);
		world_word(setting.world, self, 720, 4711);
		world_word(setting.world, thread, layout->thread_id, self);
		world_word(setting.world, thread, layout->thread_dict,
			   world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0));
		world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
		setting_collect(&setting);
		cr_assert_not_null(setting_root(&setting, ROOT_THREAD, "thread 0"));
	}
}

HEAP_TEST(roots, follow_threads_and_frames)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t inner, outer, local, first, second, dict;
		const struct found_root *root;

		setting_init(&setting, layout);
		outer = frame_room(&setting.kit);
		frame_fill(&setting.kit, outer, 0, FRAME_LOCALS, 0);
		inner = frame_room(&setting.kit);
		frame_fill(&setting.kit, inner, 0, FRAME_LOCALS, outer);
		frame_slot(&setting.kit, outer, 1, local = world_list(setting.world, 0));
		first = make_thread(&setting, 4711, 0, inner);
		second = make_thread(&setting, 4712, first, 0);
		dict = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		world_word(setting.world, second, layout->thread_dict, dict);
		world_word(setting.world, setting.interpreter, layout->interpreter_threads, second);
		setting_collect(&setting);
		cr_assert_not_null(setting_root(&setting, ROOT_THREAD, "thread 4711"));
		setting_expect(&setting, ROOT_THREAD, "thread 4712", dict, EDGE_OWNED, false);
		root = setting_root(&setting, ROOT_FRAME,
				    layout->code_qualname >= 0 ? "frame Service.leak" : "frame leak");
		cr_assert_not_null(root);
		cr_assert(root[0].depth == 0 && root[1].depth == 1 && root[1].kind == ROOT_FRAME);
		cr_assert(root[1].thread == 4711 && root[1].line == FRAME_LINE &&
			  strcmp(root[1].file, "/srv/app.py") == 0);
		cr_assert_str_eq(root[1].function, layout->code_qualname >= 0 ? "Service.leak" : "leak");
		if (setting.kit.plain)
			cr_assert_not_null(setting_edge(&setting, &root[1], local));
		else
			cr_assert_eq(setting_edge(&setting, &root[1], outer)->class, EDGE_OWNED);
		cr_assert_eq(setting_losses(&setting, LOSS_thread_broken) + setting_losses(&setting, LOSS_frame_broken),
			     0);
	}
}

HEAP_TEST(roots, count_a_thread_inside_its_interpreter_once)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		int32_t offset = layout->interpreter_size - layout->thread_size - 16;
		uint64_t thread, held;

		setting_init(&setting, layout);
		thread = setting.interpreter + (uint64_t)offset;
		world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
		world_word(setting.world, thread, layout->thread_size - 8, held = world_list(setting.world, 0));
		setting_collect(&setting);
		setting_expect(&setting, ROOT_THREAD, "thread 0", held, EDGE_GUESS, false);
		cr_assert_null(setting_root(&setting, ROOT_INTERPRETER, "interpreter state"), "%s", layout->name);
	}
}

HEAP_TEST(roots, lead_from_a_generators_frame_to_the_generator)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t generator, frame, local, entry, thread;
		const struct found_root *root;

		setting_init(&setting, layout);
		if (!setting.kit.plain)
			continue;
		generator = frame_generator(&setting.kit, 0, FRAME_RUNNING, &frame);
		frame_slot(&setting.kit, frame, 0, local = world_list(setting.world, 0));
		entry = frame_room(&setting.kit);
		frame_fill(&setting.kit, entry, layout->frame_owner_cstack, 0, frame);
		thread = make_thread(&setting, 4711, 0, layout->frame_owner_cstack >= 0 ? entry : frame);
		world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
		setting_collect(&setting);
		root = setting_root(&setting, ROOT_FRAME, "frame Service.leak");
		cr_assert(root != NULL && root->depth == 0 && root->line == FRAME_LINE && root->edge_count == 1);
		cr_assert_eq(setting_edge(&setting, root, generator)->class, EDGE_WEAK);
	}
}

HEAP_TEST(roots, end_at_lists_that_loop_or_break)
{
	EACH_LAYOUT(layout)
	{
		for (int fault = 0; fault < 5; fault++) {
			AUTO(setting) struct setting setting;
			uint64_t frame, thread;

			setting_init(&setting, layout);
			frame = frame_room(&setting.kit);
			frame_fill(&setting.kit, frame, 0, FRAME_LOCALS,
				   fault == 0   ? frame
				   : fault == 1 ? WORLD_UNMAPPED
				   : fault == 4 ? frame_room(&setting.kit) /* nothing but zeros */
						: 0);
			thread = make_thread(&setting, 4711, 0, frame);
			if (fault == 2 || fault == 3)
				world_word(setting.world, thread, layout->thread_next,
					   fault == 2 ? thread : WORLD_UNMAPPED);
			world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
			setting_collect(&setting);
			cr_assert_eq(setting_losses(&setting, LOSS_frame_broken), fault != 2 && fault != 3,
				     "%s, fault %d", layout->name, fault);
			cr_assert_eq(setting_losses(&setting, LOSS_thread_broken), fault == 2 || fault == 3,
				     "%s, fault %d", layout->name, fault);
			cr_assert_not_null(setting_root(&setting, ROOT_THREAD, "thread 4711"));
		}
	}
}

/* 3.11 and 3.12 reach a thread's frames by way of its C stack. */
HEAP_TEST(roots, count_a_c_stack_that_is_not_there)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t frame, thread;

		setting_init(&setting, layout);
		if (layout->thread_cframe < 0)
			continue;
		frame = frame_room(&setting.kit);
		frame_fill(&setting.kit, frame, 0, FRAME_LOCALS, 0);
		thread = make_thread(&setting, 4711, 0, frame);
		world_word(setting.world, thread, layout->thread_cframe, WORLD_UNMAPPED);
		world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
		setting_collect(&setting);
		cr_assert_eq(setting_losses(&setting, LOSS_frame_broken), 1, "%s", layout->name);
		cr_assert_not_null(setting_root(&setting, ROOT_THREAD, "thread 4711"));
	}
}

HEAP_TEST(roots, survive_any_bytes)
{
	srand(5);
	EACH_LAYOUT(layout)
	{
		for (int round = 0; round < 10; round++) {
			AUTO(setting) struct setting setting;
			uint64_t frame, thread;

			setting_init(&setting, layout);
			frame = frame_room(&setting.kit);
			frame_fill(&setting.kit, frame, 0, FRAME_RUNNING, 0);
			thread = make_thread(&setting, 4711, 0, frame);
			world_word(setting.world, setting.interpreter, layout->interpreter_threads, thread);
			for (int change = 0; change < 3000; change++) {
				uint64_t anything =
					rand() % 3 == 0 ? (uint64_t)rand() << (rand() % 33)
							: WORLD_START + ((uint64_t)rand() % WORLD_SIZE & ~(uint64_t)7);
				uint64_t at = (uint64_t)rand() % ((uint64_t)layout->interpreter_size / 8 - 1) * 8;

				if (at != (uint64_t)layout->interpreter_threads)
					world_word(setting.world, setting.interpreter, (int64_t)at, anything);
			}
			world_word(setting.world, thread, 8 * (rand() % (layout->thread_size / 8)),
				   setting.interpreter);
			world_word(setting.world, frame, 8 * (rand() % 8), thread);
			setting_collect(&setting);
			setting_collect_globals(&setting, NULL, NULL);
			cr_assert_leq(setting.roots.edges.count, 20000);
		}
	}
}
