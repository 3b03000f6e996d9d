/* How does a test get a call in progress? By writing what each layout says a frame consists of. */
#include "tests/dumper/help_frame.h"

#include "tests/test.h"

#include <stdio.h>

/* Instructions: one on the first line, the others two lines below, in each form of a line table. */
static uint64_t line_table(struct world *world)
{
	static const uint8_t lnotab[] = {2, 2}, pairs[] = {2, 0, 40, 2}, locations[] = {0xe8, 0x00, 0xef, 0x04};

	if (world->layout->code_lines == 0)
		return world_bytes_object(world, lnotab, sizeof lnotab);
	return world->layout->code_lines == 1 ? world_bytes_object(world, pairs, sizeof pairs)
					      : world_bytes_object(world, locations, sizeof locations);
}

static void write_names(struct frame_kit *kit, uint64_t code)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;

	for (unsigned i = 0; i < FRAME_LOCALS; i++) {
		char name[8];

		snprintf(name, sizeof name, "v%u", i);
		kit->names[i] = world_str(world, name);
	}
	if (layout->code_localsplusnames >= 0) {
		world_word(world, code, layout->code_localsplusnames,
			   world_tuple(world, 2, kit->names[0], kit->names[1]));
		image_u32(world->image, code + (uint64_t)layout->code_nlocalsplus, FRAME_LOCALS);
		return;
	}
	/* before 3.11: locals, cells and free variables each have a tuple */
	world_word(world, code, layout->code_varnames, world_tuple(world, 1, kit->names[0]));
	world_word(world, code, layout->code_cellvars, world_tuple(world, 0));
	world_word(world, code, layout->code_freevars, world_tuple(world, 1, kit->names[1]));
	image_u32(world->image, code + (uint64_t)layout->code_nlocals, 1);
}

static void make_code(struct frame_kit *kit)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	int64_t basicsize = layout->code_adaptive >= 0 ? layout->code_adaptive : layout->code_extra + 32;

	kit->code_type = world_type(world, "code", world->object, 0, basicsize, layout->code_adaptive >= 0 ? 2 : 0);
	kit->code = world_object(world, kit->code_type, (uint64_t)basicsize + 64);
	if (layout->code_adaptive >= 0)
		world_word(world, kit->code, layout->var_size, 21);
	write_names(kit, kit->code);
	image_u32(world->image, kit->code + (uint64_t)layout->code_stacksize, FRAME_STACK);
	image_u32(world->image, kit->code + (uint64_t)layout->code_firstlineno, FRAME_FIRST_LINE);
	world_word(world, kit->code, layout->code_linetable, line_table(world));
	world_word(world, kit->code, layout->code_name, world_str(world, "leak"));
	if (layout->code_qualname >= 0)
		world_word(world, kit->code, layout->code_qualname, world_str(world, "Service.leak"));
	world_word(world, kit->code, layout->code_filename, world_str(world, "/srv/app.py"));
}

void frame_kit_init(struct frame_kit *kit, struct world *world)
{
	const struct layout *layout = world->layout;
	int64_t frame_size;

	*kit = (struct frame_kit){.world = world, .plain = layout->frame_size >= 0};
	make_code(kit);
	kit->function_type = world_type(world, "function", world->object, WORLD_GC, 160, 0);
	frame_size = kit->plain ? layout->frameobject_own_frame + layout->frame_localsplus
				: layout->frameobject_localsplus + 8;
	kit->frame_type = world_type(world, "frame", world->object, WORLD_GC, frame_size, 8);
	kit->generator_type =
		world_type(world, "generator", world->object, WORLD_GC,
			   layout->generator_frame >= 0 ? layout->generator_frame + layout->frame_localsplus
							: layout->generator_size,
			   layout->generator_frame >= 0 ? 8 : 0);
	kit->function = world_object(world, kit->function_type, 160);
	kit->globals = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
	kit->builtins = world_dict(world, world_keys(world, 1, 3, 1, 0), 0, 0);
}

uint64_t frame_room(struct frame_kit *kit)
{
	uint64_t slots = 8 * (FRAME_LOCALS + FRAME_STACK);

	if (kit->plain)
		return world_bytes(kit->world, (uint64_t)kit->world->layout->frame_localsplus + slots);
	return world_object(kit->world, kit->frame_type, (uint64_t)kit->world->layout->frameobject_localsplus + slots);
}

static void fill_struct(struct frame_kit *kit, uint64_t frame, int owner, int live, uint64_t previous)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;

	world_word(world, frame, layout->frame_code, kit->code);
	world_word(world, frame, layout->frame_function, kit->function);
	world_word(world, frame, layout->frame_globals, kit->globals);
	world_word(world, frame, layout->frame_builtins, kit->builtins);
	world_word(world, frame, layout->frame_previous, previous);
	world_word(world, frame, layout->frame_instruction, kit->code + (uint64_t)layout->code_adaptive + 2);
	image_u8(world->image, frame + (uint64_t)layout->frame_owner, (uint8_t)owner);
	if (layout->frame_stacktop >= 0)
		image_u32(world->image, frame + (uint64_t)layout->frame_stacktop, (uint32_t)live);
	else
		world_word(world, frame, layout->frame_stackpointer,
			   live < 0 ? 0 : frame + (uint64_t)(layout->frame_localsplus + 8 * live));
}

static void fill_object(struct frame_kit *kit, uint64_t frame, int live, uint64_t previous)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	uint64_t stack = frame + (uint64_t)layout->frameobject_localsplus + 8 * FRAME_LOCALS;
	int depth = live < 0 ? -1 : live - FRAME_LOCALS;

	world_word(world, frame, layout->frameobject_code, kit->code);
	world_word(world, frame, layout->frameobject_globals, kit->globals);
	world_word(world, frame, layout->frameobject_builtins, kit->builtins);
	world_word(world, frame, layout->frameobject_back, previous);
	world_word(world, frame, layout->frameobject_valuestack, stack);
	if (layout->frameobject_stackdepth >= 0)
		image_u32(world->image, frame + (uint64_t)layout->frameobject_stackdepth, (uint32_t)depth);
	else
		world_word(world, frame, layout->frameobject_stacktop, depth < 0 ? 0 : stack + 8 * (uint64_t)depth);
	if (layout->frameobject_executing >= 0)
		image_u8(world->image, frame + (uint64_t)layout->frameobject_executing, depth < 0);
	image_u32(world->image, frame + (uint64_t)layout->frameobject_lasti, layout->code_lines == 1 ? 1 : 2);
}

void frame_fill(struct frame_kit *kit, uint64_t frame, int owner, int live, uint64_t previous)
{
	if (kit->plain)
		fill_struct(kit, frame, owner, live, previous);
	else
		fill_object(kit, frame, live, previous);
}

void frame_slot(struct frame_kit *kit, uint64_t frame, unsigned index, uint64_t value)
{
	const struct layout *layout = kit->world->layout;

	world_word(kit->world, frame,
		   (kit->plain ? layout->frame_localsplus : layout->frameobject_localsplus) + 8 * (int64_t)index,
		   value);
}

uint64_t frame_generator(struct frame_kit *kit, int state, int live, uint64_t *frame)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	uint64_t generator;

	cr_assert(kit->plain);
	generator = world_object(world, kit->generator_type,
				 (uint64_t)(layout->generator_frame + layout->frame_localsplus) + 64);
	*frame = generator + (uint64_t)layout->generator_frame;
	frame_fill(kit, *frame, layout->frame_owner_generator, live, 0);
	image_u8(world->image, generator + (uint64_t)layout->generator_state, (uint8_t)state);
	return generator;
}

uint64_t frame_object(struct frame_kit *kit, uint64_t frame, int live, uint64_t *own)
{
	struct world *world = kit->world;
	const struct layout *layout = world->layout;
	uint64_t object;

	cr_assert(kit->plain);
	object = world_object(world, kit->frame_type,
			      (uint64_t)(layout->frameobject_own_frame + layout->frame_localsplus) + 64);
	if (frame == 0) {
		*own = object + (uint64_t)layout->frameobject_own_frame;
		frame_fill(kit, *own, layout->frame_owner_object, live, 0);
		frame = *own;
	}
	world_word(world, object, layout->frameobject_frame, frame);
	return object;
}
