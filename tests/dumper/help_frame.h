/* Frames for a fake heap: code objects, functions, and frames in whichever form the layout has them. */
#ifndef TESTS_DUMPER_HELP_FRAME_H
#define TESTS_DUMPER_HELP_FRAME_H

#include "tests/dumper/help_world.h"

#define FRAME_LOCALS 2      /* named slots of every frame made here: v0 and v1 */
#define FRAME_STACK 3       /* slots of its evaluation stack */
#define FRAME_FIRST_LINE 70 /* of its code */
#define FRAME_LINE 72       /* of its second instruction, where every frame stands */
#define FRAME_RUNNING (-1)  /* as a number of live slots: the stack's top is in a register */

struct frame_kit {
	struct world *world;
	bool plain; /* frames are structs, not objects */
	uint64_t code_type, function_type, frame_type, generator_type;
	uint64_t code, function, globals, builtins; /* what frames refer to */
	uint64_t names[FRAME_LOCALS];
};

void frame_kit_init(struct frame_kit *kit, struct world *world);
/* Room for a frame of its own: a struct, or a frame object. */
uint64_t frame_room(struct frame_kit *kit);
/* Fills the frame at `frame` but for its slots; `live` of them count (FRAME_RUNNING for a running frame). */
void frame_fill(struct frame_kit *kit, uint64_t frame, int owner, int live, uint64_t previous);
void frame_slot(struct frame_kit *kit, uint64_t frame, unsigned index, uint64_t value);
/* A generator with a filled frame; the frame's address where it lies inside. */
uint64_t frame_generator(struct frame_kit *kit, int state, int live, uint64_t *frame);
/* A frame object around the struct at `frame`, 0: around one of its own, whose address goes to *own. */
uint64_t frame_object(struct frame_kit *kit, uint64_t frame, int live, uint64_t *own);

#endif
