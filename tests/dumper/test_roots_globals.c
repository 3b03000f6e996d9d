/* Roots in the variables of fake libraries, and the static types and interned strings that only they lead to. */
#include "tests/test.h"

#include "tests/dumper/help_roots.h"

#include <elf.h>
#include <stdlib.h>

#define LIBRARY UINT64_C(0x40000000)
#define LIBRARY_DATA (LIBRARY + 0x2000)
#define PATH "/usr/lib/libspam.so.1"

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
	setting_collect_globals(&setting, inside_one, &within);
	root = setting_root(&setting, ROOT_C_GLOBALS, "libspam.so.1");
	cr_assert(root != NULL && root->edge_count == 2 && strcmp(root->file, PATH) == 0);
	cr_assert_eq(setting_edge(&setting, root, objects[1])->payload, 0x200);
	cr_assert_eq(setting_edge(&setting, root, objects[3])->payload, 0x2100);
	cr_assert_eq(setting_edge(&setting, root, objects[3])->class, EDGE_GUESS);
	cr_assert_eq(setting_edge(&setting, root, objects[3])->name, NAME_OFFSET);
}

HEAP_TEST(globals, are_not_in_mapped_data)
{
	AUTO(setting) struct setting setting;

	setting_init(&setting, *layout_all());
	image_map(setting.world->image, LIBRARY, 0x2000, "rw-", "/var/cache/table.db");
	image_u64(setting.world->image, LIBRARY + 0x200, world_list(setting.world, 0));
	setting_collect_globals(&setting, NULL, NULL);
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
		setting_collect_globals(&setting, NULL, NULL);
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
		setting_collect_globals(&setting, NULL, NULL);
		edge = setting_edge(&setting, setting_root(&setting, ROOT_STATIC_TYPES, "other static types"), type);
		cr_assert(edge != NULL && edge->class == EDGE_OWNED, "the reference it was made with");
		cr_assert_str_eq(setting_literal(edge), "spam.Egg");
		cr_assert_null(
			setting_edge(&setting, setting_root(&setting, ROOT_STATIC_TYPES, "other static types"), class));
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
		setting_collect(&setting);
		cr_assert(setting_interned(&setting, interned) && !setting_interned(&setting, decoy), "%s",
			  layout->name);
		setting_expect(&setting, ROOT_INTERPRETER, "interned strings", interned, EDGE_OWNED, false);
		setting_collect_globals(&setting, NULL, NULL);
		cr_assert_null(setting_edge(&setting, setting_root(&setting, ROOT_C_GLOBALS, "libspam.so.1"), interned),
			       "it is counted once");
		cr_assert_not_null(
			setting_edge(&setting, setting_root(&setting, ROOT_C_GLOBALS, "libspam.so.1"), decoy));
	}
}
