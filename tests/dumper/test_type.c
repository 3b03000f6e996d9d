/* Types: what is believed, what it is called, how its instances are decoded. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

#include <stdio.h>

static const struct type *get(struct world *world, uint64_t address)
{
	uint32_t index = UINT32_MAX;

	world_open(world);
	assert_ok(type_table_get(world->decoder.types, address, &index));
	return index == UINT32_MAX ? NULL : type_table_at(world->decoder.types, index);
}

static void expect_names(struct world *world, uint64_t address, const char *module, const char *qualname)
{
	const struct type *type = get(world, address);

	cr_assert_not_null(type, "%s: %s is no type", world->layout->name, qualname);
	cr_assert_str_eq(type->qualname, qualname);
	if (module == NULL)
		cr_assert_null(type->module);
	else
		cr_assert_str_eq(type->module, module, "%s: %s is in %s", world->layout->name, qualname, type->module);
}

HEAP_TEST(type, names_come_from_the_class_or_from_c)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t inner = world_class(world, "service.store", "Session.Inner", world->object, WORLD_GC, 32);
		uint64_t nameless = world_class(world, NULL, "Bare", world->object, 0, 32);
		uint64_t dotted = world_type(world, "xml.etree.Element", world->object, 0, 32, 0);
		uint64_t odd = world_type(world, "trailing.", world->object, 0, 32, 0);

		expect_names(world, inner, "service.store", "Session.Inner");
		expect_names(world, nameless, NULL, "Bare");
		expect_names(world, dotted, "xml.etree", "Element");
		expect_names(world, odd, "builtins", "trailing.");
		expect_names(world, world->list, "builtins", "list");
		expect_names(world, world->type, "builtins", "type");
		cr_assert(get(world, inner)->heap);
		cr_assert_not(get(world, dotted)->heap);
	}
}

HEAP_TEST(type, a_module_name_that_is_no_str_is_no_name)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, NULL, "Proxy", world->object, WORLD_GC, 32);

		world_word(world, class, layout->type_dict,
			   world_dict(world,
				      world_keys(world, 0, 3, 1, 2, world_int(world, 7), world->none,
						 world_str(world, "__module__"), world_int(world, 8)),
				      0, 2));
		expect_names(world, class, NULL, "Proxy");
	}
}

HEAP_TEST(type, the_namespace_is_searched_whole_and_in_both_forms)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, NULL, "Late", world->object, WORLD_GC, 32);

		world_word(world, class, layout->type_dict,
			   world_dict(world,
				      world_keys(world, 0, 4, 1, 4, world_int(world, 7), world->none, (uint64_t)0,
						 (uint64_t)0, world_str(world, "__modulo__"), world->none,
						 world_str(world, "__module__"), world_str(world, "late")),
				      0, 3));
		expect_names(world, class, "late", "Late");
	}
}

HEAP_TEST(type, decoders_follow_flags_names_and_bases)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t float_type = world_type(world, "float", world->object, 0, 24, 0);
		uint64_t set = world_type(world, "set", world->object, WORLD_GC, layout->set_size, 0);
		uint64_t deque = world_type(world, "collections.deque", world->object, WORLD_GC, 216, 0);
		uint64_t error = world_type(world, "BaseException", world->object, (uint64_t)1 << 30 | WORLD_GC,
					    layout->exception_size, 0);
		const struct {
			uint64_t type;
			enum type_decoder decoder;
		} cases[] = {
			{world->object, DECODE_ATOM},
			{world->type, DECODE_TYPE},
			{world->list, DECODE_LIST},
			{world->tuple, DECODE_TUPLE},
			{world->dict, DECODE_DICT},
			{world->str, DECODE_STR},
			{world->bytes, DECODE_BYTES},
			{world->integer, DECODE_INT},
			{float_type, DECODE_ATOM},
			{set, DECODE_SET},
			{deque, DECODE_DEQUE},
			{error, DECODE_EXCEPTION},
			{world_class(world, "m", "Set", set, WORLD_GC, layout->set_size + 16), DECODE_SET},
			{world_class(world, "m", "Float", float_type, 0, 32), DECODE_ATOM},
			{world_class(world, "m", "List", world->list, WORLD_GC, 56), DECODE_LIST},
			{world_class(world, "m", "Plain", world->object, WORLD_GC, 32), DECODE_PLAIN},
			/* a class may be called anything: only the C name of a builtin counts */
			{world_class(world, "m", "set", world->object, WORLD_GC, 400), DECODE_PLAIN},
			{world_class(world, "m", "float", world->object, WORLD_GC, 400), DECODE_PLAIN},
			/* a struct too small for its name is not that type */
			{world_type(world, "function", world->object, WORLD_GC, 24, 0), DECODE_PLAIN},
		};

		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			const struct type *type = get(world, cases[i].type);

			cr_assert_not_null(type, "%s: case %zu", layout->name, i);
			cr_assert_eq(type->decoder, cases[i].decoder, "%s: case %zu (%s) has decoder %d", layout->name,
				     i, type->name, (int)type->decoder);
		}
	}
}

HEAP_TEST(type, slots_are_inherited_in_order_and_leave_nothing_to_scan)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t base = world_class(world, "m", "Base", world->object, WORLD_GC, 40);
		uint64_t derived = world_class(world, "m", "Derived", base, WORLD_GC, 56);
		const struct type *type;

		world_members(world, base, (struct world_member[]){{"b", 16, 32}, {"a", 16, 16}, {NULL, 0, 0}});
		world_members(world, derived, (struct world_member[]){{"c", 16, 40}, {"count", 1, 52}, {NULL, 0, 0}});
		type = get(world, derived);
		cr_assert_eq(type->member_count, 3);
		cr_assert_str_eq(type->members[0].name, "a");
		cr_assert_str_eq(type->members[1].name, "b");
		cr_assert_eq(type->members[2].offset, 40);
		cr_assert_eq(type->members[2].class, EDGE_OWNED);
		/* of its own words only 24 is neither a slot nor an int */
		cr_assert_eq(type->scan_count, 1, "%s: %lu words to scan", layout->name,
			     (unsigned long)type->scan_count);
		cr_assert_eq(type->scan[0], 3);
		cr_assert_eq(type_table_at(world->decoder.types, type->base)->address, base);
	}
}

HEAP_TEST(type, members_outside_the_struct_or_into_its_head_are_left_out)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_type(world, "m.C", world->object, 0, 40, 0);
		const struct type *type;

		world_members(world, class,
			      (struct world_member[]){{"in", 6, 32},
						      {"head", 6, 8},
						      {"odd", 6, 20},
						      {"behind", 6, 40},
						      {"before", 16, -8},
						      {"far", 16, INT64_MAX},
						      {NULL, 0, 0}});
		type = get(world, class);
		cr_assert_eq(type->member_count, 1);
		cr_assert_str_eq(type->members[0].name, "in");
		cr_assert_eq(type->members[0].class, EDGE_UNVISITED);
	}
}

HEAP_TEST(type, dict_and_weak_list_are_explained)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_type(world, "m.C", world->object, WORLD_GC, 48, 0);
		const struct type *type;

		world_word(world, class, layout->type_dictoffset, 24);
		world_word(world, class, layout->type_weaklistoffset, 32);
		type = get(world, class);
		cr_assert_eq(type->member_count, 1);
		cr_assert_str_eq(type->members[0].name, "__dict__");
		cr_assert(type->members[0].names);
		cr_assert_eq(type->scan_count, 2);
		cr_assert_eq(type->scan[0], 2);
		cr_assert_eq(type->scan[1], 5);
	}
}

HEAP_TEST(type, layout_fields_explain_the_whole_struct)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t method = world_type(world, "method", world->object, WORLD_GC, 48, 0);
		uint64_t sub = world_class(world, "m", "Method", method, WORLD_GC, 56);
		const struct type *type;
		uint32_t fields = 0;

		for (const struct layout_field *field = layout->fields; field->type != NULL; field++)
			fields += strcmp(field->type, "method") == 0;
		cr_assert_gt(fields, 0);
		type = get(world, method);
		cr_assert_eq(type->member_count, fields);
		cr_assert_eq(type->scan_count, 0);
		type = get(world, sub);
		cr_assert_eq(type->member_count, fields);
		cr_assert_eq(type->scan_count, 1);
	}
}

HEAP_TEST(type, the_preheader_is_what_the_flags_say)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t managed = layout->flag_managed_dict < 0 ? 0 : (uint64_t)1 << layout->flag_managed_dict;
		uint64_t plain = world_class(world, "m", "Plain", world->object, 0, 16);
		uint64_t gc = world_class(world, "m", "Gc", world->object, WORLD_GC, 16);
		uint64_t both = world_class(world, "m", "Both", world->object, WORLD_GC | managed, 16);

		uint32_t head = (uint32_t)layout->gc_head_size,
			 more = managed != 0 ? (uint32_t)layout->preheader_size : 0;

		cr_assert_eq(get(world, plain)->preheader, 0);
		cr_assert_eq(get(world, gc)->preheader, head);
		cr_assert_eq(get(world, both)->preheader, head + more);
	}
}

HEAP_TEST(type, what_is_no_type_is_refused)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t self = world_type(world, "tip", world->object, (uint64_t)1 << 31, 400, 0);
		uint64_t ring = world_type(world, "ring", world->object, (uint64_t)1 << 31, 400, 0);
		uint64_t other = world_type(world, "other", world->object, (uint64_t)1 << 31, 400, 0);
		uint64_t bad[] = {
			0,
			world->type + 4,
			WORLD_UNMAPPED,
			UINT64_MAX,
			UINT64_MAX - 7,
			world->none,
			self,
			ring,
			world_type(world, "", world->object, 0, 16, 0),
			world_type(world, "esc\033[31m", world->object, 0, 16, 0),
			world_type(world, "small", world->object, 0, 8, 0),
			world_type(world, "large", world->object, 0, (int64_t)1 << 40, 0),
			world_type(world, "negative", world->object, 0, -16, 0),
			world_type(world, "items", world->object, 0, 16, (int64_t)1 << 40),
		};
		uint64_t baseless = world_type(world, "baseless", WORLD_UNMAPPED, 0, 16, 0);

		world_word(world, self, layout->object_type, self);
		world_word(world, ring, layout->object_type, other);
		world_word(world, other, layout->object_type, ring);
		cr_assert_not_null(get(world, world->type));
		for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
			cr_assert_not(type_table_plausible(world->decoder.types, bad[i]), "%s: case %zu", layout->name,
				      i);
			cr_assert_null(get(world, bad[i]), "%s: case %zu", layout->name, i);
			cr_assert_eq(type_table_peek(world->decoder.types, bad[i]), UINT32_MAX);
		}
		cr_assert_null(get(world, baseless));
		cr_assert_eq(type_table_count(world->decoder.types), 2, "what is no type leaves an entry");
	}
}

HEAP_TEST(type, bases_that_loop_or_never_end_are_no_bases)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t a = world_type(world, "a", 0, 0, 16, 0), b = world_type(world, "b", a, 0, 16, 0);
		uint64_t below = world->object, deep = 0;

		world_word(world, a, layout->type_base, b);
		for (int i = 0; i < 300; i++)
			deep = below = world_type(world, "link", below, 0, 16, 0);
		cr_assert_null(get(world, a));
		cr_assert_null(get(world, b));
		cr_assert_not_null(get(world, deep));
		cr_assert_eq(type_table_count(world->decoder.types), 301);
	}
}

HEAP_TEST(type, plausible_leaves_no_trace)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);

		world_open(world);
		cr_assert(type_table_plausible(world->decoder.types, world->list));
		cr_assert_eq(type_table_count(world->decoder.types), 0);
		cr_assert_eq(type_table_peek(world->decoder.types, world->list), UINT32_MAX);
	}
}
