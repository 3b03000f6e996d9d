/* Suspensions: states of generators under every layout, what they wait for, and wrappers that lead in a circle. */
#include "tests/test.h"

#include "dumper/suspensions.h"
#include "tests/dumper/help_frame.h"

/* A generator whose frame has `live` slots in use; `state`: as the layout's own. */
static uint64_t make(struct frame_kit *kit, int state, int live, uint64_t *frame)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	uint64_t generator;

	if (kit->plain) {
		generator = frame_generator(kit, state, live, frame);
	} else {
		generator = world_object(world, kit->generator_type, (uint64_t)layout->generator_size);
		*frame = frame_room(kit);
		frame_fill(kit, *frame, 0, live, 0);
		world_word(world, generator, layout->generator_frame_object, *frame);
		if (layout->frameobject_state >= 0)
			image_u8(world->image, *frame + (uint64_t)layout->frameobject_state, (uint8_t)state);
		else
			image_u8(world->image, generator + (uint64_t)layout->generator_running,
				 state == layout->generator_executing && state != LAYOUT_ABSENT);
	}
	world_word(world, generator, layout->generator_qualname, world_str(world, "Shop.visit"));
	return generator;
}

/* The next instruction of every frame delegates, where that is what tells. */
static void delegate(struct frame_kit *kit, bool argument)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	uint8_t code[8] = {0};
	uint64_t bytes;

	if (layout->generator_opcode == 0)
		return;
	code[4] = (uint8_t)layout->generator_opcode;
	code[5] = argument ? 2 : 1;
	if (layout->code_bytes >= 0) {
		bytes = world_bytes_object(world, code, sizeof code);
		world_word(world, kit->code, layout->code_bytes, bytes);
	} else {
		image_poke(world->image, kit->code + (uint64_t)layout->code_adaptive, code, sizeof code);
	}
}

static int suspended_state(const struct layout *layout)
{
	return layout->generator_opcode == 0 ? layout->generator_delegating : layout->generator_executing - 1;
}

static const struct found_suspension *collect(struct frame_kit *kit, uint64_t address, struct suspensions *suspensions)
{
	world_open(kit->world);
	assert_ok(suspensions_collect(&kit->world->decoder, address, suspensions));
	return suspensions->list.count > 0 ? &suspensions->list.items[suspensions->list.count - 1] : NULL;
}

HEAP_TEST(suspensions, tell_what_they_wait_for)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct suspensions suspensions = {0};
		const struct found_suspension *found;
		struct frame_kit kit;
		uint64_t outer, inner, frame, inner_frame;

		frame_kit_init(&kit, world);
		delegate(&kit, true);
		inner = make(&kit, suspended_state(layout), FRAME_LOCALS, &inner_frame);
		outer = make(&kit, suspended_state(layout), FRAME_LOCALS + layout->generator_awaits, &frame);
		frame_slot(&kit, frame, FRAME_LOCALS, inner);
		found = collect(&kit, outer, &suspensions);
		cr_assert(found != NULL && found->state == SUSPENSION_SUSPENDED, "%s", layout->name);
		cr_assert_eq(found->awaits, inner, "%s: 0x%lx", layout->name, (unsigned long)found->awaits);
		cr_assert_eq(found->call, inner);
		cr_assert_eq(found->line, FRAME_LINE);
		cr_assert_str_eq(found->kind, "generator");
		found = collect(&kit, inner, &suspensions);
		cr_assert(found->awaits == 0 && found->call == 0, "%s: its stack is empty", layout->name);
		vector_deinit(&suspensions.list);
	}
}

/* What a loop or an expression left on the stack is not waited for. */
HEAP_TEST(suspensions, do_not_wait_for_what_lies_on_the_stack)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct suspensions suspensions = {0};
		struct frame_kit kit;
		uint64_t generator, frame;
		int state = layout->generator_opcode == 0 ? layout->generator_delegating - 1 : suspended_state(layout);

		frame_kit_init(&kit, world);
		if (layout->code_bytes < 0)
			delegate(&kit, false); /* RESUME after a plain yield */
		generator = make(&kit, state, FRAME_LOCALS + 2, &frame);
		frame_slot(&kit, frame, FRAME_LOCALS, generator);
		frame_slot(&kit, frame, FRAME_LOCALS + 1, generator);
		cr_assert_eq(collect(&kit, generator, &suspensions)->awaits, 0, "%s", layout->name);
		vector_deinit(&suspensions.list);
	}
}

HEAP_TEST(suspensions, have_states)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct suspensions suspensions = {0};
		struct frame_kit kit;
		uint64_t created, closed, running, frame;

		frame_kit_init(&kit, world);
		created = make(&kit, layout->generator_created, FRAME_LOCALS, &frame);
		if (!kit.plain)
			image_u32(world->image, frame + (uint64_t)layout->frameobject_lasti, UINT32_MAX);
		closed = make(&kit, layout->generator_cleared, FRAME_LOCALS, &frame);
		if (!kit.plain)
			world_word(world, closed, layout->generator_frame_object, 0);
		running = make(&kit, layout->generator_executing, FRAME_RUNNING, &frame);
		if (layout->generator_running >= 0)
			image_u8(world->image, running + (uint64_t)layout->generator_running, 1);
		cr_assert_eq(collect(&kit, created, &suspensions)->state, SUSPENSION_CREATED, "%s", layout->name);
		cr_assert_eq(collect(&kit, closed, &suspensions)->state, SUSPENSION_CLOSED, "%s", layout->name);
		cr_assert_eq(suspensions.list.items[1].line, 0);
		cr_assert_eq(collect(&kit, running, &suspensions)->state, SUSPENSION_RUNNING, "%s", layout->name);
		cr_assert_eq(suspensions.list.items[2].awaits, 0);
		vector_deinit(&suspensions.list);
	}
}

HEAP_TEST(suspensions, end_at_wrappers_that_wrap_themselves)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct suspensions suspensions = {0};
		const struct found_suspension *found;
		struct frame_kit kit;
		uint64_t generator, frame, type, wrapper;

		frame_kit_init(&kit, world);
		delegate(&kit, true);
		type = world_type(world, "coroutine_wrapper", world->object, WORLD_GC, 24, 0);
		wrapper = world_object(world, type, 24);
		world_word(world, wrapper, 16, wrapper);
		generator = make(&kit, suspended_state(layout), FRAME_LOCALS + layout->generator_awaits, &frame);
		frame_slot(&kit, frame, FRAME_LOCALS, wrapper);
		found = collect(&kit, generator, &suspensions);
		cr_assert(found->awaits == wrapper && found->call == 0, "%s", layout->name);
		vector_deinit(&suspensions.list);
	}
}

HEAP_TEST(suspensions, leave_out_what_is_none)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		struct suspensions suspensions = {0};
		struct frame_kit kit;

		frame_kit_init(&kit, world);
		cr_assert_null(collect(&kit, kit.globals, &suspensions));
		cr_assert_null(collect(&kit, WORLD_UNMAPPED, &suspensions));
	}
}
