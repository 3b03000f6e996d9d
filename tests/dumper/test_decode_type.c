/* Types and modules: their references and classes, and their sizes, under every layout.
 */
#include "tests/test.h"

#include "dumper/decode_parts.h"
#include "tests/dumper/help_world.h"

#include <stdlib.h>

static void expect(struct world *world, uint64_t target, enum edge_name name, enum edge_class class, const char *text)
{
	size_t found = world_find(world, target);

	cr_assert_neq(found, SIZE_MAX, "%s: nothing leads to %s", world->layout->name, text);
	world_expect(world, found, target, name, class);
	cr_assert_eq(world->edges.items[found].source, PAYLOAD_LITERAL);
	cr_assert_str_eq((const char *)(uintptr_t)world->edges.items[found].payload, text);
}

struct parts { /* what a type refers to */
	uint64_t dict, bases, mro, subclasses, slots, name, qualname, module, keys[2];
};

static void write_parts(struct world *world, uint64_t type, struct parts *parts, bool heap)
{
	const struct layout *layout = world->layout;

	parts->dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
	parts->bases = world_tuple(world, 1, world->object);
	parts->mro = world_tuple(world, 2, type, world->object);
	parts->subclasses = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
	world_word(world, type, layout->type_dict, parts->dict);
	world_word(world, type, layout->type_bases, parts->bases);
	world_word(world, type, layout->type_mro, parts->mro);
	world_word(world, type, layout->type_subclasses, parts->subclasses);
	if (!heap)
		return;
	for (int i = 0; i < 2; i++)
		parts->keys[i] = world_str(world, i == 0 ? "user" : "token");
	parts->slots = world_tuple(world, 0);
	parts->name = world_str(world, "Session");
	parts->qualname = world_str(world, "Outer.Session");
	parts->module = world_list(world, 0);
	world_word(world, type, layout->heaptype_slots, parts->slots);
	world_word(world, type, layout->heaptype_name, parts->name);
	world_word(world, type, layout->heaptype_qualname, parts->qualname);
	if (layout->heaptype_module >= 0)
		world_word(world, type, layout->heaptype_module, parts->module);
	world_word(world, type, layout->heaptype_cached_keys,
		   world_keys(world, 2, 3, 1, 2, parts->keys[0], (uint64_t)0, parts->keys[1], (uint64_t)0));
}

HEAP_TEST(decode_type, shows_what_a_class_holds)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_class(world, NULL, "Session", world->object, WORLD_GC, 64);
		struct parts parts;

		write_parts(world, type, &parts, true);
		world_decode(world, type, false);
		expect(world, world->object, NAME_ATTRIBUTE, EDGE_OWNED, "__base__");
		expect(world, parts.dict, NAME_ATTRIBUTE, EDGE_OWNED, "__dict__");
		cr_assert(world->edges.items[world_find(world, parts.dict)].namespace);
		expect(world, parts.bases, NAME_ATTRIBUTE, EDGE_OWNED, "__bases__");
		expect(world, parts.mro, NAME_ATTRIBUTE, EDGE_OWNED, "__mro__");
		expect(world, parts.subclasses, NAME_FIELD, EDGE_UNVISITED, "tp_subclasses");
		expect(world, parts.slots, NAME_FIELD, EDGE_UNVISITED, "ht_slots");
		expect(world, parts.name, NAME_FIELD, EDGE_UNVISITED, "ht_name");
		expect(world, parts.qualname, NAME_FIELD, EDGE_UNVISITED, "ht_qualname");
		expect(world, parts.keys[0], NAME_FIELD, EDGE_UNVISITED, "shared key");
		expect(world, parts.keys[1], NAME_FIELD, EDGE_UNVISITED, "shared key");
		if (layout->heaptype_module >= 0)
			expect(world, parts.module, NAME_FIELD, EDGE_OWNED, "ht_module");
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_type, shows_what_a_static_type_holds)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "ndarray", world->object, 0, 64, 0);
		struct parts parts;

		write_parts(world, type, &parts, false);
		world_decode(world, type, false);
		expect(world, world->object, NAME_ATTRIBUTE, EDGE_WEAK, "__base__");
		expect(world, parts.dict, NAME_ATTRIBUTE, EDGE_UNVISITED, "__dict__");
		expect(world, parts.bases, NAME_ATTRIBUTE, EDGE_UNVISITED, "__bases__");
		expect(world, parts.mro, NAME_ATTRIBUTE, EDGE_UNVISITED, "__mro__");
		expect(world, parts.subclasses, NAME_FIELD, EDGE_UNVISITED, "tp_subclasses");
	}
}

HEAP_TEST(decode_type, takes_an_index_of_a_static_type_for_no_reference)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "int", world->object, 0, 32, 0);

		if (layout->interpreter_statics < 0)
			continue;
		world_word(world, type, layout->type_subclasses, 40);
		world_decode(world, type, false);
		cr_assert_eq(world_find(world, 40), SIZE_MAX);
	}
}

HEAP_TEST(decode_type, says_how_large_it_is)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_class(world, NULL, "Session", world->object, WORLD_GC, 64), keys_size;
		uint64_t static_type = world_type(world, "int", world->object, 0, 32, 0);
		struct parts parts;

		write_parts(world, type, &parts, true);
		world_word(world, type, layout->var_size, 3); /* three slots */
		world_decode(world, type, false);
		/* a table of 8 slots, one byte each, with room for 5 entries */
		keys_size = (uint64_t)layout->keys_indices + 8 + 5 * (layout->keys_kind >= 0 ? 16 : 24);
		cr_assert_eq(world->decoded.getsizeof, 16 + (uint64_t)layout->heaptype_size + keys_size);
		cr_assert_eq(world->decoded.size, world->decoded.getsizeof + 4 * (uint64_t)layout->member_size);
		cr_assert_eq(world->buffers.count, 1);
		world_expect_buffer(world, 0,
				    mirror_u64(world->mirror, type + (uint64_t)layout->heaptype_cached_keys), keys_size,
				    "keys");
		world_decode(world, static_type, false);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->type_size);
		cr_assert_eq(world->decoded.getsizeof,
			     (uint64_t)layout->type_size + (layout->static_type_head_counted ? 16 : 0));
	}
}

HEAP_TEST(decode_type, counts_what_makes_no_sense)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_class(world, NULL, "Session", world->object, WORLD_GC, 64);
		struct parts parts;

		write_parts(world, type, &parts, true);
		world_word(world, type, layout->var_size, UINT64_MAX);
		world_word(world, type, layout->heaptype_cached_keys, WORLD_UNMAPPED);
		world_decode(world, type, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		cr_assert_eq(world->decoder.losses[LOSS_table_torn], 1);
		expect(world, parts.dict, NAME_ATTRIBUTE, EDGE_OWNED, "__dict__");
		cr_assert_leq(world->decoded.size, 4096);
	}
}

static uint64_t make_module(struct world *world, uint64_t *name, uint64_t *dict)
{
	const struct layout *layout = world->layout;
	uint64_t type = world_type(world, "module", world->object, WORLD_GC, 56, 0);
	uint64_t module = world_object(world, type, 64);

	world_word(world, type, layout->type_dictoffset, (uint64_t)layout->module_dict);
	*name = world_str(world, "spam");
	*dict = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
	world_word(world, module, layout->module_name, *name);
	world_word(world, module, layout->module_dict, *dict);
	return module;
}

static void give_state(struct world *world, uint64_t module, uint64_t state, uint64_t size)
{
	const struct layout *layout = world->layout;
	uint64_t definition = world_bytes(world, 128);

	world_word(world, module, layout->module_state, state);
	if (layout->module_state_size >= 0) {
		world_word(world, module, layout->module_state_size, size);
		return;
	}
	world_word(world, module, layout->module_definition, definition);
	world_word(world, definition, layout->module_definition_size, size);
}

HEAP_TEST(decode_module, shows_namespace_name_and_state)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t name, dict, module = make_module(world, &name, &dict), state = world_bytes(world, 32);
		uint64_t held = world_list(world, 0);

		world_word(world, state, 0, 42);
		world_word(world, state, 8, held);
		world_word(world, state, 16, WORLD_UNMAPPED);
		world_word(world, state, 24, world_list(world, 0)); /* behind the state */
		give_state(world, module, state, 24);
		world_decode(world, module, false);
		expect(world, dict, NAME_ATTRIBUTE, EDGE_OWNED, "__dict__");
		cr_assert(world->edges.items[world_find(world, dict)].namespace);
		expect(world, name, NAME_FIELD, EDGE_UNVISITED, "md_name");
		expect(world, held, NAME_FIELD, EDGE_GUESS, "md_state");
		cr_assert_eq(world->edges.count, 3, "%s: %zu edges", layout->name, world->edges.count);
		cr_assert_eq(world->decoded.getsizeof, 16 + 56);
		cr_assert_eq(world->decoded.size, 16 + 56 + 24);
		world_expect_buffer(world, 0, state, 24, "state");
	}
}

HEAP_TEST(decode_module, has_no_state_of_a_negative_size)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t name, dict, module = make_module(world, &name, &dict);

		give_state(world, module, world_bytes(world, 32), UINT64_MAX);
		world_decode(world, module, false);
		cr_assert_eq(world->edges.count, 2);
		cr_assert_eq(world->decoded.size, 16 + 56);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_module, counts_a_state_that_can_not_be_read)
{
	EACH_LAYOUT(layout)
	{
		const uint64_t sizes[] = {24, (uint64_t)1 << 60};

		for (int i = 0; i < 2; i++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t name, dict, module = make_module(world, &name, &dict);

			give_state(world, module, WORLD_UNMAPPED, sizes[i]);
			world_decode(world, module, false);
			cr_assert_eq(world->decoder.losses[LOSS_buffer_unreadable], 1);
			cr_assert_eq(world->edges.count, 2);
			cr_assert_eq(world->decoded.size, 16 + 56, "what can't be there is not counted");
		}
	}
}

HEAP_TEST(decode_code, shows_what_is_kept_and_attached)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type, code, cached, extra, held, attached;

		if (layout->code_adaptive < 0)
			continue;
		type = world_type(world, "code", world->object, 0, layout->code_adaptive, 2);
		code = world_object(world, type, (uint64_t)layout->code_adaptive + 64);
		world_word(world, code, layout->var_size, 9);
		extra = world_bytes(world, 32);
		attached = world_list(world, 0);
		held = world_str(world, "kept");
		world_word(world, extra, 0, 2);
		world_word(world, extra, 8, 0x123);
		world_word(world, extra, 16, attached);
		world_word(world, code, layout->code_extra, extra);
		if (layout->code_cached >= 0) {
			cached = world_bytes(world, 32);
			world_word(world, cached, 8, held);
			world_word(world, code, layout->code_cached, cached);
		}
		world_decode(world, code, false);
		expect(world, attached, NAME_FIELD, EDGE_GUESS, "co_extra");
		if (layout->code_cached >= 0)
			expect(world, held, NAME_ATTRIBUTE, EDGE_UNVISITED, "co_varnames");
		cr_assert_eq(world->decoded.getsizeof, ((uint64_t)layout->code_adaptive + 18 + 7) / 8 * 8 + 24);
		cr_assert_eq(world->decoded.size, world->decoded.getsizeof + (layout->code_cached >= 0 ? 32 : 0));
		cr_assert_eq(world->buffers.count, layout->code_cached >= 0 ? 2 : 1);
		cr_assert_eq(world_own_size(world), ((uint64_t)layout->code_adaptive + 18 + 7) / 8 * 8);
	}
}

HEAP_TEST(decode_code, counts_an_absurd_size)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type, code;

		if (layout->code_adaptive < 0)
			continue;
		type = world_type(world, "code", world->object, 0, layout->code_adaptive, 2);
		code = world_object(world, type, (uint64_t)layout->code_adaptive);
		world_word(world, code, layout->var_size, (uint64_t)1 << 62);
		world_word(world, code, layout->code_extra, WORLD_UNMAPPED);
		world_decode(world, code, false);
		cr_assert_gt(world->decoder.losses[LOSS_size_absurd], 0);
		cr_assert_leq(world->decoded.size, 4096);
	}
}
