/* Frames: what suspended, running, finished and outliving calls refer to, under every layout, and what becomes of
 * frames that contradict themselves.
 */
#include "tests/test.h"

#include "dumper/decode_parts.h"
#include "tests/dumper/help_frame.h"

#include <stdlib.h>

/* The name of edge `index`, where it is a str of the target or a text of ours. */
static const char *edge_text(struct world *world, size_t index, char buffer[64])
{
	const struct found_edge *edge = &world->edges.items[index];
	size_t length;

	if (edge->source == PAYLOAD_LITERAL)
		return (const char *)(uintptr_t)edge->payload;
	cr_assert_eq(edge->source, PAYLOAD_OBJECT);
	cr_assert(decode_text(&world->decoder, edge->payload, buffer, 64, &length));
	return buffer;
}

static void decode_at(struct world *world, uint64_t frame)
{
	world_open(world);
	world->edges.count = 0;
	assert_ok(decode_frame(&world->decoder, frame, &world->sink));
}

/* The edge to `target` is of this class and name kind, and there is only one. */
static size_t expect_one(struct world *world, uint64_t target, enum edge_name name, enum edge_class class)
{
	size_t found = world_find(world, target);

	cr_assert_neq(found, SIZE_MAX, "%s: nothing leads to 0x%lx", world->layout->name, (unsigned long)target);
	world_expect(world, found, target, name, class);
	for (size_t i = found + 1; i < world->edges.count; i++)
		cr_assert_neq(world->edges.items[i].target, target, "%s: two edges to one object", world->layout->name);
	return found;
}

static unsigned count_class(const struct world *world, enum edge_class class)
{
	unsigned count = 0;

	for (size_t i = 0; i < world->edges.count; i++)
		count += world->edges.items[i].class == class;
	return count;
}

HEAP_TEST(decode_frame, names_locals_and_numbers_the_stack)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		enum edge_class borrowed = layout->frame_builtins_counted ? EDGE_OWNED : EDGE_WEAK;
		uint64_t values[4], frame, locals;
		struct frame_kit kit;
		char buffer[64];

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS + 2, 0);
		for (unsigned i = 0; i < 4; i++)
			frame_slot(&kit, frame, i, values[i] = world_list(world, 0));
		frame_slot(&kit, frame, 4, world_list(world, 0)); /* above the top: stale */
		locals = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
		world_word(world, frame, kit.plain ? layout->frame_locals : layout->frameobject_locals, locals);
		decode_at(world, frame);
		expect_one(world, kit.code, NAME_ATTRIBUTE, EDGE_OWNED);
		cr_assert(world->edges.items[expect_one(world, kit.globals, NAME_ATTRIBUTE, borrowed)].namespace);
		cr_assert(world->edges.items[expect_one(world, kit.builtins, NAME_ATTRIBUTE, borrowed)].namespace);
		cr_assert(world->edges.items[expect_one(world, locals, NAME_ATTRIBUTE, EDGE_OWNED)].namespace);
		cr_assert_str_eq(edge_text(world, expect_one(world, values[0], NAME_LOCAL, EDGE_OWNED), buffer), "v0");
		cr_assert_str_eq(edge_text(world, expect_one(world, values[1], NAME_LOCAL, EDGE_OWNED), buffer), "v1");
		cr_assert_eq(world->edges.items[expect_one(world, values[2], NAME_STACK, EDGE_OWNED)].payload, 0);
		cr_assert_eq(world->edges.items[expect_one(world, values[3], NAME_STACK, EDGE_OWNED)].payload, 1);
		cr_assert_eq(world->edges.count, kit.plain ? 9 : 8, "%s: %zu edges", layout->name, world->edges.count);
		cr_assert_eq(world_losses(world), 0);
	}
}

/* From 3.14 on: bit 0 for a reference that isn't counted, as one to an immortal object never is; 3 for an integer. */
HEAP_TEST(decode_frame, reads_the_tags_of_slots)
{
	EACH_LAYOUT(layout)
	{
		if (!layout->frame_stackrefs)
			continue;
		AUTO(world) struct world *world = world_create(layout);
		uint64_t counted = world_list(world, 0), borrowed = world_list(world, 0);
		uint64_t immortal = world_list(world, 0), never = world_list(world, 0), frame;
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS + FRAME_STACK, 0);
		image_u32(world->image, immortal, 0xc0000000);
		frame_slot(&kit, frame, 0, counted);
		frame_slot(&kit, frame, 1, 1); /* empty */
		frame_slot(&kit, frame, 2, borrowed | 1);
		frame_slot(&kit, frame, 3, immortal | 1);
		frame_slot(&kit, frame, 4, never | 3);
		decode_at(world, frame);
		expect_one(world, counted, NAME_LOCAL, EDGE_OWNED);
		expect_one(world, borrowed, NAME_STACK, EDGE_WEAK);
		expect_one(world, immortal, NAME_STACK, EDGE_OWNED);
		cr_assert_eq(world_find(world, never), SIZE_MAX);
		cr_assert_eq(world_find(world, 0), SIZE_MAX);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_frame, leaves_out_empty_slots)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct frame_kit kit;
		uint64_t frame;

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS + FRAME_STACK, 0);
		decode_at(world, frame);
		for (size_t i = 0; i < world->edges.count; i++)
			cr_assert(world->edges.items[i].name != NAME_LOCAL && world->edges.items[i].name != NAME_STACK);
	}
}

HEAP_TEST(decode_frame, guesses_the_stack_of_a_running_frame)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t local, pushed, frame;
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_RUNNING, 0);
		frame_slot(&kit, frame, 1, local = world_str(world, "x"));
		frame_slot(&kit, frame, 2, pushed = world_str(world, "y"));
		frame_slot(&kit, frame, 3, 0x1234567);
		frame_slot(&kit, frame, 4, WORLD_UNMAPPED);
		decode_at(world, frame);
		/* frame objects of old show their locals to the collector even then */
		expect_one(world, local, NAME_LOCAL, kit.plain ? EDGE_UNVISITED : EDGE_OWNED);
		expect_one(world, pushed, NAME_STACK, EDGE_GUESS);
		cr_assert_eq(count_class(world, EDGE_GUESS), 1);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_frame, a_frame_that_ended_has_no_stack)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct frame_kit kit;
		uint64_t frame;

		if (layout->frameobject_executing < 0)
			continue;
		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_RUNNING, 0);
		image_u8(world->image, frame + (uint64_t)layout->frameobject_executing, 0);
		frame_slot(&kit, frame, 2, world_str(world, "left behind"));
		decode_at(world, frame);
		cr_assert_eq(count_class(world, EDGE_GUESS), 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_frame, sees_nothing_on_the_c_stack)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct frame_facts facts;
		struct frame_kit kit;
		uint64_t frame;

		if (layout->frame_owner_cstack < 0)
			continue;
		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, layout->frame_owner_cstack, 0, 0x4000);
		decode_at(world, frame);
		cr_assert_eq(world->edges.count, 0);
		cr_assert(decode_frame_facts(&world->decoder, frame, &facts));
		cr_assert(facts.code == 0 && facts.previous == 0x4000 && facts.line == 0);
	}
}

HEAP_TEST(decode_frame, tells_function_file_and_line)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct frame_facts facts;
		struct frame_kit kit;
		uint64_t frame;

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS, 0x4000);
		world_open(world);
		cr_assert(decode_frame_facts(&world->decoder, frame, &facts));
		cr_assert_eq(facts.code, kit.code);
		cr_assert_eq(facts.previous, 0x4000);
		cr_assert_eq(facts.line, FRAME_LINE, "%s: line %lu", layout->name, (unsigned long)facts.line);
		cr_assert_str_eq(facts.function, layout->code_qualname >= 0 ? "Service.leak" : "leak");
		cr_assert_str_eq(facts.file, "/srv/app.py");
		cr_assert_not(decode_frame_facts(&world->decoder, WORLD_UNMAPPED, &facts));
		cr_assert_not(decode_frame_facts(&world->decoder, frame + 3, &facts));
	}
}

HEAP_TEST(decode_frame, a_frame_before_its_first_instruction_is_on_the_first_line)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct frame_facts facts;
		struct frame_kit kit;
		uint64_t frame;

		frame_kit_init(&kit, world);
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS, 0);
		if (kit.plain)
			world_word(world, frame, layout->frame_instruction,
				   kit.code + (uint64_t)layout->code_adaptive - 2);
		else
			image_u32(world->image, frame + (uint64_t)layout->frameobject_lasti, (uint32_t)-1);
		world_open(world);
		cr_assert(decode_frame_facts(&world->decoder, frame, &facts));
		cr_assert_eq(facts.line, FRAME_FIRST_LINE);
	}
}

HEAP_TEST(generator, owns_its_frame_until_it_is_cleared)
{
	EACH_LAYOUT(layout)
	{
		for (int cleared = 0; cleared < 2; cleared++) {
			AUTO(world) struct world *world = world_create(layout);
			int state = cleared ? layout->generator_cleared : layout->generator_cleared - 5;
			uint64_t generator, frame, local, expected;
			struct frame_kit kit;

			if (layout->generator_frame < 0)
				continue;
			frame_kit_init(&kit, world);
			generator = frame_generator(&kit, state, FRAME_LOCALS, &frame);
			frame_slot(&kit, frame, 0, local = world_list(world, 0));
			world_decode(world, generator, false);
			expected = 16 + (uint64_t)(layout->generator_frame + layout->frame_localsplus) +
				   8 * (FRAME_LOCALS + FRAME_STACK);
			cr_assert_eq(world->decoded.size, expected);
			cr_assert_eq(world->decoded.getsizeof, expected);
			cr_assert_eq(world_losses(world), 0);
			if (!cleared) {
				expect_one(world, local, NAME_LOCAL, EDGE_OWNED);
				expect_one(world, kit.code, NAME_ATTRIBUTE, EDGE_OWNED);
				continue;
			}
			cr_assert_eq(world_find(world, local), SIZE_MAX);
			cr_assert_eq(world->edges.count, layout->generator_code_kept != 0);
			if (layout->generator_code_kept != 0)
				expect_one(world, kit.code, NAME_ATTRIBUTE,
					   layout->generator_code_kept == 1 ? EDGE_UNVISITED : EDGE_OWNED);
		}
	}
}

HEAP_TEST(frame_object, owns_a_frame_that_it_outlives)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t object, frame, local, back;
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		if (!kit.plain)
			continue;
		object = frame_object(&kit, 0, FRAME_LOCALS, &frame);
		back = frame_object(&kit, frame_room(&kit), 0, NULL);
		world_word(world, object, layout->frameobject_back, back);
		frame_slot(&kit, frame, 1, local = world_list(world, 0));
		world_decode(world, object, false);
		expect_one(world, back, NAME_ATTRIBUTE, EDGE_OWNED);
		expect_one(world, local, NAME_LOCAL, EDGE_OWNED);
		expect_one(world, kit.function, NAME_FIELD, EDGE_OWNED);
		cr_assert_eq(world->decoded.getsizeof,
			     16 + (uint64_t)(layout->frameobject_own_frame + layout->frame_localsplus) +
				     8 * (FRAME_LOCALS + FRAME_STACK));
	}
}

HEAP_TEST(frame_object, leaves_a_frame_to_its_thread)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t object, frame, trace, extra = 0;
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		if (!kit.plain)
			continue;
		frame = frame_room(&kit);
		frame_fill(&kit, frame, layout->frame_owner_thread, FRAME_LOCALS, 0);
		frame_slot(&kit, frame, 0, world_list(world, 0));
		object = frame_object(&kit, frame, 0, NULL);
		world_word(world, object, layout->frameobject_trace, trace = world_list(world, 0));
		if (layout->frameobject_extra_locals >= 0)
			world_word(world, object, layout->frameobject_extra_locals, extra = world_dict(world, 0, 0, 0));
		world_decode(world, object, false);
		expect_one(world, trace, NAME_ATTRIBUTE, EDGE_OWNED);
		if (extra != 0)
			cr_assert(world->edges.items[expect_one(world, extra, NAME_ATTRIBUTE, EDGE_OWNED)].namespace);
		cr_assert_eq(world->edges.count, extra != 0 ? 2 : 1);
	}
}

HEAP_TEST(frame_object, of_old_is_decoded_whole)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t frame, local;
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		if (kit.plain)
			continue;
		frame = frame_room(&kit);
		frame_fill(&kit, frame, 0, FRAME_LOCALS, 0);
		frame_slot(&kit, frame, 1, local = world_list(world, 0));
		world_decode(world, frame, false);
		expect_one(world, local, NAME_LOCAL, EDGE_OWNED);
		cr_assert_eq(world->decoded.getsizeof,
			     16 + (uint64_t)layout->frameobject_localsplus + 8 * (FRAME_LOCALS + FRAME_STACK));
	}
}

HEAP_TEST(decode_frame, counts_frames_that_make_no_sense)
{
	EACH_LAYOUT(layout)
	{
		for (int fault = 0; fault < 4; fault++) {
			AUTO(world) struct world *world = world_create(layout);
			struct frame_kit kit;
			uint64_t frame;

			frame_kit_init(&kit, world);
			frame = frame_room(&kit);
			frame_fill(&kit, frame, 0, FRAME_LOCALS, 0);
			frame_slot(&kit, frame, 0, world_list(world, 0));
			if (fault == 0) /* more live slots than the code has room for */
				frame_fill(&kit, frame, 0, 1000000, 0);
			else if (fault == 1) /* code that is none */
				world_word(world, frame, kit.plain ? layout->frame_code : layout->frameobject_code,
					   kit.globals);
			else if (fault == 2)
				world_word(world, frame, kit.plain ? layout->frame_code : layout->frameobject_code,
					   WORLD_UNMAPPED);
			else
				frame = WORLD_UNMAPPED;
			decode_at(world, frame);
			cr_assert_eq(world->decoder.losses[LOSS_frame_broken], 1, "%s, fault %d", layout->name, fault);
			for (size_t i = 0; i < world->edges.count; i++)
				cr_assert_neq(world->edges.items[i].name, NAME_LOCAL);
		}
	}
}

HEAP_TEST(decode_frame, survives_any_bytes)
{
	srand(3);
	EACH_LAYOUT(layout)
	{
		for (int round = 0; round < 60; round++) {
			AUTO(world) struct world *world = world_create(layout);
			struct frame_facts facts;
			struct frame_kit kit;
			uint64_t frame, size;

			frame_kit_init(&kit, world);
			frame = frame_room(&kit);
			frame_fill(&kit, frame, 0, FRAME_RUNNING, frame);
			size = (uint64_t)(kit.plain ? layout->frame_localsplus : layout->frameobject_localsplus) + 40;
			for (int change = 0; change < 6; change++) {
				uint64_t where = rand() % 2 == 0 ? frame + (uint64_t)rand() % size
								 : kit.code + (uint64_t)rand() % 160;

				image_u8(world->image, where, (uint8_t)rand());
				image_u64(world->image, frame + 8 * ((uint64_t)rand() % (size / 8)),
					  (uint64_t)rand() << (rand() % 33));
			}
			decode_at(world, frame);
			cr_assert_leq(world->edges.count, 64);
			if (decode_frame_facts(&world->decoder, frame, &facts))
				cr_assert(strlen(facts.function) < sizeof facts.function);
		}
	}
}
