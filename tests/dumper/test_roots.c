/* Roots: tables, caches, static types, threads and frames of a fake interpreter under every layout, and the variables
 * of fake libraries; then lists that loop and states that are rubbish.
 */
#include "tests/test.h"

#include "dumper/roots.h"
#include "tests/dumper/help_frame.h"

#include <elf.h>
#include <stdlib.h>

#define LIBRARY UINT64_C(0x40000000)
#define LIBRARY_DATA (LIBRARY + 0x2000)
#define PATH "/usr/lib/libspam.so.1"

struct setting {
	struct world *world;
	struct frame_kit kit;
	uint64_t runtime, interpreter, collector;
	struct roots roots;
};

static void setting_deinit(struct setting *setting)
{
	roots_deinit(&setting->roots);
	world_destroy(setting->world);
}
DEFINE_AUTO_VALUE(setting, struct setting, setting_deinit);

static uint64_t make_interpreter(struct setting *setting, uint64_t number, uint64_t next)
{
	const struct layout *layout = setting->world->layout;
	uint64_t address = world_bytes(setting->world, (uint64_t)layout->interpreter_size);

	world_word(setting->world, address, layout->interpreter_next, next);
	world_word(setting->world, address, layout->interpreter_id, number);
	return address;
}

static void setting_init(struct setting *setting, const struct layout *layout)
{
	*setting = (struct setting){.world = world_create(layout)};
	roots_init(&setting->roots);
	frame_kit_init(&setting->kit, setting->world);
	setting->runtime = world_bytes(setting->world, (uint64_t)layout->runtime_size);
	setting->interpreter = make_interpreter(setting, 0, 0);
	world_word(setting->world, setting->runtime, layout->runtime_interpreters, setting->interpreter);
	setting->collector = layout->interpreter_gc >= 0 ? setting->interpreter + (uint64_t)layout->interpreter_gc
							 : setting->runtime + (uint64_t)layout->runtime_gc;
}

static void collect(struct setting *setting)
{
	world_open(setting->world);
	assert_ok(roots_collect(&setting->world->decoder, setting->runtime, &setting->roots));
}

static void collect_globals(struct setting *setting, bool (*inside)(void *context, uint64_t address), void *context)
{
	world_open(setting->world);
	assert_ok(roots_collect_globals(&setting->world->decoder, inside, context, &setting->roots));
}

static uint64_t losses(const struct setting *setting, enum loss loss)
{
	return setting->world->decoder.losses[loss];
}

static bool is_interned(const struct setting *setting, uint64_t dict)
{
	uint32_t unused;

	return map_find(&setting->world->decoder.interned, dict, &unused);
}

/* The root of that kind and name; NULL where there is none. */
static const struct found_root *find_root(const struct setting *setting, enum root_kind kind, const char *name)
{
	for (size_t i = 0; i < setting->roots.roots.count; i++) {
		const struct found_root *root = &setting->roots.roots.items[i];

		if (root->kind == kind && strcmp(root->name, name) == 0)
			return root;
	}
	return NULL;
}

/* The root's edge to `target`; NULL where there is none. */
static const struct found_edge *find_edge(const struct setting *setting, const struct found_root *root, uint64_t target)
{
	for (size_t i = 0; root != NULL && i < root->edge_count; i++)
		if (setting->roots.edges.items[root->first_edge + i].target == target)
			return &setting->roots.edges.items[root->first_edge + i];
	return NULL;
}

static void expect(const struct setting *setting, enum root_kind kind, const char *name, uint64_t target,
		   enum edge_class class, bool namespace)
{
	const struct found_edge *edge = find_edge(setting, find_root(setting, kind, name), target);

	cr_assert_not_null(edge, "%s: no root %s, or no edge from it", setting->world->layout->name, name);
	cr_assert(edge->class == class && edge->namespace == namespace, "%s: root %s", setting->world->layout->name,
		  name);
}

static const char *literal(const struct found_edge *edge)
{
	cr_assert_eq(edge->source, PAYLOAD_LITERAL);
	return (const char *)(uintptr_t)edge->payload;
}

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
		collect(&setting);
		expect(&setting, ROOT_MODULES, "sys.modules", dicts[0], EDGE_OWNED, true);
		expect(&setting, ROOT_BUILTINS, "builtins", dicts[1], EDGE_OWNED, true);
		expect(&setting, ROOT_BUILTINS, "sys", dicts[2], EDGE_OWNED, true);
		expect(&setting, ROOT_INTERPRETER, "gc.garbage", lists[0], EDGE_OWNED, false);
		expect(&setting, ROOT_INTERPRETER, "gc.callbacks", lists[1], EDGE_OWNED, false);
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
		second = make_interpreter(&setting, 3, setting.interpreter);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		dict = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
		world_word(setting.world, second, layout->interpreter_modules, dict);
		collect(&setting);
		root = find_root(&setting, ROOT_MODULES, "sys.modules");
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
		second = make_interpreter(&setting, 1, setting.interpreter);
		list = world_list(setting.world, 0);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		world_word(setting.world, setting.collector, layout->gc_garbage, list);
		collect(&setting);
		for (size_t i = 0; i < setting.roots.roots.count; i++)
			lists += strcmp(setting.roots.roots.items[i].name, "gc.garbage") == 0;
		cr_assert_eq(lists, 1);
		expect(&setting, ROOT_INTERPRETER, "gc.garbage", list, EDGE_OWNED, false);
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
		collect(&setting);
		expect(&setting, ROOT_INTERPRETER, "interned strings", dict, EDGE_OWNED, false);
		cr_assert(is_interned(&setting, dict));
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
		second = make_interpreter(&setting, 1, setting.interpreter);
		world_word(setting.world, setting.runtime, layout->runtime_interpreters, second);
		for (int i = 0; i < 2; i++) {
			dicts[i] = world_dict(setting.world, world_keys(setting.world, 1, 3, 1, 0), 0, 0);
			world_word(setting.world, i == 0 ? setting.interpreter : second, layout->interpreter_interned,
				   dicts[i]);
		}
		collect(&setting);
		cr_assert(is_interned(&setting, dicts[0]) && is_interned(&setting, dicts[1]));
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
		collect(&setting);
		root = find_root(&setting, ROOT_STATIC_TYPES, "static types");
		expect(&setting, ROOT_STATIC_TYPES, "static types", type, EDGE_WEAK, false);
		expect(&setting, ROOT_STATIC_TYPES, "static types", dict, EDGE_OWNED, true);
		expect(&setting, ROOT_STATIC_TYPES, "static types", subclasses, EDGE_OWNED, false);
		cr_assert_str_eq(literal(find_edge(&setting, root, type)), "spam.Egg");
		cr_assert_str_eq(literal(find_edge(&setting, root, dict)), "spam.Egg.__dict__");
		cr_assert_eq(setting.roots.roots.count, 1);
		world_decode(setting.world, instance, false);
		collect_globals(&setting, NULL, NULL);
		cr_assert_null(find_edge(&setting, find_root(&setting, ROOT_STATIC_TYPES, "other static types"), type));
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
		collect(&setting);
		if (layout->interpreter_type_cache >= 0) {
			expect(&setting, ROOT_INTERPRETER, "method cache", name, EDGE_OWNED, false);
			cr_assert_eq(find_root(&setting, ROOT_INTERPRETER, "method cache")->edge_count, 1);
		}
		expect(&setting, ROOT_INTERPRETER, "interpreter state", other, EDGE_GUESS, false);
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
		collect(&setting);
		cr_assert_not_null(find_root(&setting, ROOT_THREAD, "thread 0"));
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
		collect(&setting);
		cr_assert_not_null(find_root(&setting, ROOT_THREAD, "thread 4711"));
		expect(&setting, ROOT_THREAD, "thread 4712", dict, EDGE_OWNED, false);
		root = find_root(&setting, ROOT_FRAME,
				 layout->code_qualname >= 0 ? "frame Service.leak" : "frame leak");
		cr_assert_not_null(root);
		cr_assert(root[0].depth == 0 && root[1].depth == 1 && root[1].kind == ROOT_FRAME);
		cr_assert(root[1].thread == 4711 && root[1].line == FRAME_LINE &&
			  strcmp(root[1].file, "/srv/app.py") == 0);
		cr_assert_str_eq(root[1].function, layout->code_qualname >= 0 ? "Service.leak" : "leak");
		if (setting.kit.plain)
			cr_assert_not_null(find_edge(&setting, &root[1], local));
		else
			cr_assert_eq(find_edge(&setting, &root[1], outer)->class, EDGE_OWNED);
		cr_assert_eq(losses(&setting, LOSS_thread_broken) + losses(&setting, LOSS_frame_broken), 0);
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
		collect(&setting);
		expect(&setting, ROOT_THREAD, "thread 0", held, EDGE_GUESS, false);
		cr_assert_null(find_root(&setting, ROOT_INTERPRETER, "interpreter state"), "%s", layout->name);
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
		collect(&setting);
		root = find_root(&setting, ROOT_FRAME, "frame Service.leak");
		cr_assert(root != NULL && root->depth == 0 && root->line == FRAME_LINE && root->edge_count == 1);
		cr_assert_eq(find_edge(&setting, root, generator)->class, EDGE_WEAK);
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
			collect(&setting);
			cr_assert_eq(losses(&setting, LOSS_frame_broken), fault != 2 && fault != 3, "%s, fault %d",
				     layout->name, fault);
			cr_assert_eq(losses(&setting, LOSS_thread_broken), fault == 2 || fault == 3, "%s, fault %d",
				     layout->name, fault);
			cr_assert_not_null(find_root(&setting, ROOT_THREAD, "thread 4711"));
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
		collect(&setting);
		cr_assert_eq(losses(&setting, LOSS_frame_broken), 1, "%s", layout->name);
		cr_assert_not_null(find_root(&setting, ROOT_THREAD, "thread 4711"));
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
			collect(&setting);
			collect_globals(&setting, NULL, NULL);
			cr_assert_leq(setting.roots.edges.count, 20000);
		}
	}
}

/* --- variables --- */

/* A library with one writable segment: `file` bytes of .data from LIBRARY_DATA + 0x100, and .bss up to `memory`. */
static void make_library(struct world *world, const char *path, uint64_t file, uint64_t memory)
{
	Elf64_Ehdr head = {.e_type = ET_DYN, .e_phoff = 64, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2};
	Elf64_Phdr segments[2] =
		{{.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x1000, .p_memsz = 0x1000},
		 {.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x2100, .p_filesz = file, .p_memsz = memory}};

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	image_map(world->image, LIBRARY, 0x1000, "r-x", path);
	image_map(world->image, LIBRARY_DATA, 0x2000, "rw-", path);
	image_map(world->image, LIBRARY_DATA + 0x2000, 0x80000, "rw-",
		  NULL); /* .bss, and then an arena right after it */
	image_poke(world->image, LIBRARY, &head, sizeof head);
	image_poke(world->image, LIBRARY + 64, segments, sizeof segments);
}

static bool inside_one(void *context, uint64_t address)
{
	return address == *(uint64_t *)context;
}

HEAP_TEST(globals, are_the_words_of_writable_segments)
{
	AUTO(setting) struct setting setting;
	uint64_t objects[6], within = LIBRARY_DATA + 0x208;
	const struct found_root *root;

	setting_init(&setting, *layout_all());
	make_library(setting.world, PATH, 0x1f00, 0x2800);
	for (int i = 0; i < 6; i++)
		objects[i] = world_list(setting.world, 0);
	image_u64(setting.world->image, LIBRARY_DATA + 0x80, objects[0]);   /* before the segment */
	image_u64(setting.world->image, LIBRARY_DATA + 0x200, objects[1]);  /* .data */
	image_u64(setting.world->image, within, objects[2]);                /* in a static object */
	image_u64(setting.world->image, LIBRARY_DATA + 0x2100, objects[3]); /* .bss */
	image_u64(setting.world->image, LIBRARY_DATA + 0x2a00, objects[4]); /* behind it, in the arena */
	collect_globals(&setting, inside_one, &within);
	root = find_root(&setting, ROOT_C_GLOBALS, "libspam.so.1");
	cr_assert(root != NULL && root->edge_count == 2 && strcmp(root->file, PATH) == 0);
	cr_assert_eq(find_edge(&setting, root, objects[1])->payload, 0x200);
	cr_assert_eq(find_edge(&setting, root, objects[3])->payload, 0x2100);
	cr_assert_eq(find_edge(&setting, root, objects[3])->class, EDGE_GUESS);
	cr_assert_eq(find_edge(&setting, root, objects[3])->name, NAME_OFFSET);
}

HEAP_TEST(globals, are_not_in_mapped_data)
{
	AUTO(setting) struct setting setting;

	setting_init(&setting, *layout_all());
	image_map(setting.world->image, LIBRARY, 0x2000, "rw-", "/var/cache/table.db");
	image_u64(setting.world->image, LIBRARY + 0x200, world_list(setting.world, 0));
	collect_globals(&setting, NULL, NULL);
	for (size_t i = 0; i < setting.roots.roots.count; i++)
		cr_assert_neq(setting.roots.roots.items[i].kind, ROOT_C_GLOBALS);
}

HEAP_TEST(globals, survive_forged_headers)
{
	srand(9);
	for (int round = 0; round < 100; round++) {
		AUTO(setting) struct setting setting;

		setting_init(&setting, *layout_all());
		make_library(setting.world, PATH, 0x1f00, 0x2800);
		for (int change = 0; change < 8; change++)
			image_u8(setting.world->image, LIBRARY + 6 + (uint64_t)(rand() % 170), (uint8_t)rand());
		collect_globals(&setting, NULL, NULL);
	}
}

HEAP_TEST(globals, name_static_types_that_no_interpreter_lists)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		const struct found_edge *edge;
		uint64_t type, instance, class;
		uint32_t index;

		setting_init(&setting, layout);
		type = world_type(setting.world, "spam.Egg", setting.world->object, 0, 32, 0);
		class = world_class(setting.world, NULL, "Session", setting.world->object, 0, 32);
		instance = world_object(setting.world, type, 32);
		world_decode(setting.world, instance, false);
		assert_ok(type_table_get(setting.world->decoder.types, class, &index));
		collect_globals(&setting, NULL, NULL);
		edge = find_edge(&setting, find_root(&setting, ROOT_STATIC_TYPES, "other static types"), type);
		cr_assert(edge != NULL && edge->class == EDGE_OWNED, "the reference it was made with");
		cr_assert_str_eq(literal(edge), "spam.Egg");
		cr_assert_null(
			find_edge(&setting, find_root(&setting, ROOT_STATIC_TYPES, "other static types"), class));
	}
}

/* A dict of `count` strs, each its own value but for the last `odd` ones. */
static uint64_t make_interned(struct world *world, int odd)
{
	uint64_t s[80];

	for (int i = 0; i < 80; i++)
		s[i] = world_str(world, "x");
	uint64_t keys = world_keys(world, 1, 7, 1, 0), entry, width = world->layout->keys_kind < 0 ? 24 : 16;

	world_word(world, keys, world->layout->keys_nentries, 80);
	world_word(world, keys, world->layout->keys_usable, 5);
	entry = keys + (uint64_t)world->layout->keys_indices + 128;
	for (int i = 0; i < 80; i++, entry += width) {
		world_word(world, entry, (int64_t)width - 16, s[i]);
		world_word(world, entry, (int64_t)width - 8, i >= 80 - odd ? world->none : s[i]);
	}
	return world_dict(world, keys, 0, 80);
}

HEAP_TEST(globals, hold_the_interned_strings_of_old)
{
	EACH_LAYOUT(layout)
	{
		AUTO(setting) struct setting setting;
		uint64_t interned, decoy;

		setting_init(&setting, layout);
		if (layout->interpreter_interned >= 0)
			continue;
		make_library(setting.world, PATH, 0x1f00, 0x70000);
		setting.runtime = LIBRARY_DATA + 0x4000; /* in the .bss */
		image_u64(setting.world->image, setting.runtime + (uint64_t)layout->runtime_interpreters,
			  setting.interpreter);
		decoy = make_interned(setting.world, 1);
		interned = make_interned(setting.world, 0);
		image_u64(setting.world->image, LIBRARY_DATA + 0x300, decoy);
		image_u64(setting.world->image, LIBRARY_DATA + 0x340, interned);
		collect(&setting);
		cr_assert(is_interned(&setting, interned) && !is_interned(&setting, decoy), "%s", layout->name);
		expect(&setting, ROOT_INTERPRETER, "interned strings", interned, EDGE_OWNED, false);
		collect_globals(&setting, NULL, NULL);
		cr_assert_null(find_edge(&setting, find_root(&setting, ROOT_C_GLOBALS, "libspam.so.1"), interned),
			       "it is counted once");
		cr_assert_not_null(find_edge(&setting, find_root(&setting, ROOT_C_GLOBALS, "libspam.so.1"), decoy));
	}
}
