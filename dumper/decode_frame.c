/* Frames: what does a running, suspended or finished call refer to, and where in its source is it?
 *
 * Since 3.11 a call lives in a plain struct on its thread's stack, inside a generator, or inside the frame object that
 * outlived it; before, it is a frame object. The first slots are locals, cells and free variables, named by the code
 * object; the evaluation stack follows. While a frame runs C code its stack's top is only in a register: the collector
 * then visits none of its slots, though all are counted, and what lies on the stack can only be guessed. Cost: one look
 * at each slot.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"

#define SLOTS_MAX (1 << 20) /* of one frame */
#define TAGS 3u             /* of a slot, from 3.14 on: */
#define TAG_BORROWED 1u
#define TAG_NO_OBJECT 2u
#define LINES_PAIRS 1 /* layout.code_lines of 3.10 */

struct slots { /* of one frame */
	uint64_t address;
	uint64_t named; /* locals, cells and free variables */
	uint64_t live;  /* those, and what is known to be on the evaluation stack */
	uint64_t room;  /* allocated */
	bool running;   /* the top of the stack is not known: slots from `live` on may hold anything */
};

/* --- code objects --- */

static bool is_code(struct decoder *decoder, uint64_t address, struct error **error)
{
	uint64_t type_address;
	uint32_t index = UINT32_MAX;

	if (address == 0 || (address & 7) != 0)
		return false;
	type_address = mirror_u64(decoder->mirror, address + (uint64_t)decoder->layout->object_type);
	if (type_address == 0)
		return false;
	*error = type_table_get(decoder->types, type_address, &index);
	return *error == NULL && index != UINT32_MAX && type_table_at(decoder->types, index)->decoder == DECODE_CODE;
}

/* A count that a code object keeps as an int; 0 where it makes no sense. */
static uint64_t code_count(struct decoder *decoder, uint64_t code, int32_t offset)
{
	int32_t count = offset < 0 ? 0 : (int32_t)mirror_u32(decoder->mirror, code + (uint64_t)offset);

	return count > 0 && count <= SLOTS_MAX ? (uint64_t)count : 0;
}

static uint64_t tuple_item(struct decoder *decoder, uint64_t tuple, uint64_t index)
{
	const struct layout *layout = decoder->layout;

	if (tuple == 0 || index >= mirror_u64(decoder->mirror, tuple + (uint64_t)layout->var_size))
		return 0;
	return mirror_u64(decoder->mirror, tuple + (uint64_t)layout->tuple_items + 8 * index);
}

static uint64_t tuple_length(struct decoder *decoder, uint64_t tuple)
{
	uint64_t length = tuple == 0 ? 0 : mirror_u64(decoder->mirror, tuple + (uint64_t)decoder->layout->var_size);

	return length <= SLOTS_MAX ? length : 0;
}

/* The str that names slot `index`; 0 where there is none. */
static uint64_t slot_name(struct decoder *decoder, uint64_t code, uint64_t index)
{
	const struct layout *layout = decoder->layout;
	const int32_t tuples[] = {layout->code_varnames, layout->code_cellvars, layout->code_freevars};

	if (layout->code_localsplusnames >= 0)
		return tuple_item(decoder, mirror_u64(decoder->mirror, code + (uint64_t)layout->code_localsplusnames),
				  index);
	for (size_t i = 0; i < 3; i++) {
		uint64_t tuple = mirror_u64(decoder->mirror, code + (uint64_t)tuples[i]);
		uint64_t length = tuple_length(decoder, tuple);

		if (index < length)
			return tuple_item(decoder, tuple, index);
		index -= length;
	}
	return 0;
}

/* --- slots --- */

/* Takes the tag off a slot that may be tagged: a borrowed reference is weak, a tagged integer and a tagged pointer to
 * no object are none at all. An immortal object is tagged as if borrowed, though nobody else need hold it. */
static uint64_t untag(struct decoder *decoder, uint64_t word, enum edge_class *class)
{
	uint64_t target = word & ~(uint64_t)TAGS;

	if (!decoder->layout->frame_stackrefs)
		return word;
	if ((word & TAG_NO_OBJECT) != 0)
		return 0;
	if ((word & TAG_BORROWED) != 0 && target != 0 && !object_immortal(decoder->mirror, decoder->layout, target))
		*class = EDGE_WEAK;
	return target;
}

static struct error *emit_slot(struct decode_call *call, const struct slots *slots, uint64_t code, uint64_t index,
			       uint64_t word)
{
	enum edge_class class = slots->running && call->decoder->layout->frame_size >= 0 ? EDGE_UNVISITED : EDGE_OWNED;
	uint64_t target = untag(call->decoder, word, &class);

	if (target == 0)
		return NULL;
	if (index >= slots->named)
		return emit_number(call, target, NAME_STACK, class, index - slots->named);
	return emit_named(call, target, NAME_LOCAL, class, slot_name(call->decoder, code, index));
}

static struct error *guess_slot(struct decode_call *call, const struct slots *slots, uint64_t index, uint64_t word)
{
	struct decoder *decoder = call->decoder;
	enum edge_class class = EDGE_GUESS;
	uint64_t target = untag(decoder, word, &class);
	struct object object;
	bool plausible = false;

	if (target == 0)
		return NULL;
	TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, target, &object, &plausible));
	return plausible ? emit_number(call, target, NAME_STACK, EDGE_GUESS, index - slots->named) : NULL;
}

static struct error *decode_slots(struct decode_call *call, const struct slots *slots, uint64_t code)
{
	uint64_t count = slots->running ? slots->room : slots->live;
	const uint8_t *words = mirror_at(call->decoder->mirror, slots->address, 8 * count);

	if (count == 0)
		return NULL;
	if (words == NULL) {
		decode_lose(call, LOSS_frame_broken);
		return NULL;
	}
	for (uint64_t i = 0; i < slots->live; i++)
		TRY(emit_slot(call, slots, code, i, load_u64(words + 8 * i)));
	for (uint64_t i = slots->live; i < count; i++)
		TRY(guess_slot(call, slots, i, load_u64(words + 8 * i)));
	return NULL;
}

/* --- the struct of 3.11 and later --- */

static uint64_t frame_word(struct decoder *decoder, uint64_t frame, int32_t offset)
{
	return mirror_u64(decoder->mirror, frame + (uint64_t)offset);
}

static uint64_t struct_code(struct decoder *decoder, uint64_t frame, enum edge_class *class)
{
	return untag(decoder, frame_word(decoder, frame, decoder->layout->frame_code), class);
}

/* How many slots hold something; false where the frame says nonsense. */
static bool struct_slots(struct decoder *decoder, uint64_t frame, uint64_t code, struct slots *slots)
{
	const struct layout *layout = decoder->layout;
	uint64_t pointer;
	int64_t live;

	slots->address = frame + (uint64_t)layout->frame_localsplus;
	slots->named = code_count(decoder, code, layout->code_nlocalsplus);
	slots->room = slots->named + code_count(decoder, code, layout->code_stacksize);
	if (layout->frame_stacktop >= 0) {
		live = (int32_t)mirror_u32(decoder->mirror, frame + (uint64_t)layout->frame_stacktop);
	} else {
		pointer = frame_word(decoder, frame, layout->frame_stackpointer);
		live = pointer == 0 ? -1 : (int64_t)(pointer - slots->address) / 8;
	}
	slots->running = live < 0;
	slots->live = live < 0 ? slots->named : (uint64_t)live;
	return slots->live <= slots->room;
}

static bool on_c_stack(const struct layout *layout, unsigned owner)
{
	return layout->frame_owner_cstack >= 0 && owner >= (unsigned)layout->frame_owner_cstack;
}

static struct error *decode_struct(struct decode_call *call, uint64_t frame)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	enum edge_class class = EDGE_OWNED, borrowed = layout->frame_builtins_counted ? EDGE_OWNED : EDGE_WEAK;
	struct error *error = NULL;
	struct slots slots = {0};
	uint64_t code, function;

	if (mirror_at(decoder->mirror, frame, (uint64_t)layout->frame_localsplus) == NULL) {
		decode_lose(call, LOSS_frame_broken);
		return NULL;
	}
	if (on_c_stack(layout, mirror_u8(decoder->mirror, frame + (uint64_t)layout->frame_owner)))
		return NULL;
	code = struct_code(decoder, frame, &class);
	TRY(emit_literal(call, code, NAME_ATTRIBUTE, class, "f_code"));
	class = EDGE_OWNED;
	function = untag(decoder, frame_word(decoder, frame, layout->frame_function), &class);
	TRY(emit_literal(call, function, NAME_FIELD, class, "f_func"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frame_globals), borrowed, "f_globals"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frame_builtins), borrowed, "f_builtins"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frame_locals), EDGE_OWNED, "f_locals"));
	TRY(emit_literal(call, frame_word(decoder, frame, layout->frame_object), NAME_FIELD, EDGE_OWNED, "frame_obj"));
	if (!is_code(decoder, code, &error) || !struct_slots(decoder, frame, code, &slots)) {
		TRY(error);
		decode_lose(call, LOSS_frame_broken);
		return NULL;
	}
	return decode_slots(call, &slots, code);
}

/* --- frame objects before 3.11 --- */

static bool object_slots(struct decoder *decoder, uint64_t frame, uint64_t code, struct slots *slots)
{
	const struct layout *layout = decoder->layout;
	uint64_t stack = frame_word(decoder, frame, layout->frameobject_valuestack), top;
	int64_t depth;

	slots->address = frame + (uint64_t)layout->frameobject_localsplus;
	if (stack < slots->address || (stack - slots->address) % 8 != 0 || (stack - slots->address) / 8 > SLOTS_MAX)
		return false;
	slots->named = (stack - slots->address) / 8;
	slots->room = slots->named + code_count(decoder, code, layout->code_stacksize);
	if (layout->frameobject_stackdepth >= 0) {
		depth = (int32_t)mirror_u32(decoder->mirror, frame + (uint64_t)layout->frameobject_stackdepth);
	} else {
		top = frame_word(decoder, frame, layout->frameobject_stacktop);
		depth = top < stack ? -1 : (int64_t)(top - stack) / 8;
		if (depth < 0 && mirror_u8(decoder->mirror, frame + (uint64_t)layout->frameobject_executing) == 0)
			depth = 0; /* it ended */
	}
	slots->running = depth < 0;
	slots->live = slots->named + (depth < 0 ? 0 : (uint64_t)depth);
	return slots->live <= slots->room;
}

static struct error *decode_old_object(struct decode_call *call, uint64_t frame)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	uint64_t code = frame_word(decoder, frame, layout->frameobject_code);
	struct error *error = NULL;
	struct slots slots = {0};

	TRY(emit_literal(call, frame_word(decoder, frame, layout->frameobject_back), NAME_ATTRIBUTE, EDGE_OWNED,
			 "f_back"));
	TRY(emit_literal(call, code, NAME_ATTRIBUTE, EDGE_OWNED, "f_code"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frameobject_builtins), EDGE_OWNED, "f_builtins"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frameobject_globals), EDGE_OWNED, "f_globals"));
	TRY(emit_namespace(call, frame_word(decoder, frame, layout->frameobject_locals), EDGE_OWNED, "f_locals"));
	TRY(emit_literal(call, frame_word(decoder, frame, layout->frameobject_trace), NAME_ATTRIBUTE, EDGE_OWNED,
			 "f_trace"));
	if (!is_code(decoder, code, &error) || !object_slots(decoder, frame, code, &slots)) {
		TRY(error);
		decode_lose(call, LOSS_frame_broken);
		return NULL;
	}
	return decode_slots(call, &slots, code);
}

static void size_old_object(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t address = call->object->address;
	struct slots slots = {0};

	call->decoded->size = call->type->preheader + (uint64_t)layout->frameobject_localsplus;
	if (object_slots(call->decoder, address, frame_word(call->decoder, address, layout->frameobject_code), &slots))
		call->decoded->size += 8 * slots.room;
	call->decoded->getsizeof = call->decoded->size;
}

static struct error *decode_any(struct decode_call *call, uint64_t frame)
{
	return call->decoder->layout->frame_size >= 0 ? decode_struct(call, frame) : decode_old_object(call, frame);
}

struct error *decode_frame(struct decoder *decoder, uint64_t frame, struct edge_sink *sink)
{
	struct decode_call call = {.decoder = decoder, .sink = sink};

	return decode_any(&call, frame);
}

/* --- the objects that frames live in --- */

/* Bytes of an object that ends with a frame: `fixed` bytes, then the slots its code asks for. */
static struct error *size_with_frame(struct decode_call *call, uint64_t code, uint64_t fixed)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	struct error *error = NULL;
	uint64_t size = call->type->preheader + fixed;

	if (is_code(decoder, code, &error))
		size += 8 * (code_count(decoder, code, layout->code_nlocalsplus) +
			     code_count(decoder, code, layout->code_stacksize));
	else if (error == NULL)
		decode_lose(call, LOSS_frame_broken);
	call->decoded->size = call->decoded->getsizeof = size;
	return error;
}

struct error *decode_frame_object(struct decode_call *call)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	uint64_t address = call->object->address, frame;
	enum edge_class class = EDGE_OWNED;

	if (layout->frame_size < 0) {
		size_old_object(call);
		return decode_old_object(call, address);
	}
	TRY(emit_literal(call, frame_word(decoder, address, layout->frameobject_back), NAME_ATTRIBUTE, EDGE_OWNED,
			 "f_back"));
	TRY(emit_literal(call, frame_word(decoder, address, layout->frameobject_trace), NAME_ATTRIBUTE, EDGE_OWNED,
			 "f_trace"));
	if (layout->frameobject_extra_locals >= 0)
		TRY(emit_namespace(call, frame_word(decoder, address, layout->frameobject_extra_locals), EDGE_OWNED,
				   "f_extra_locals"));
	if (layout->frameobject_locals_cache >= 0)
		TRY(emit_namespace(call, frame_word(decoder, address, layout->frameobject_locals_cache), EDGE_OWNED,
				   "f_locals_cache"));
	frame = frame_word(decoder, address, layout->frameobject_frame);
	TRY(size_with_frame(call, struct_code(decoder, frame, &class),
			    (uint64_t)(layout->frameobject_own_frame + layout->frame_localsplus)));
	/* A frame that still runs, or that a generator keeps, is its thread's or the generator's to visit. */
	if (mirror_u8(decoder->mirror, frame + (uint64_t)layout->frame_owner) != layout->frame_owner_object)
		return NULL;
	return decode_struct(call, frame);
}

struct error *decode_generator(struct decode_call *call)
{
	struct decoder *decoder = call->decoder;
	const struct layout *layout = decoder->layout;
	uint64_t address = call->object->address, frame, code;
	enum edge_class class = EDGE_OWNED;
	int8_t state;

	if (layout->generator_frame < 0)
		return NULL; /* its frame is an object, and a layout field leads to it */
	frame = address + (uint64_t)layout->generator_frame;
	code = struct_code(decoder, frame, &class);
	TRY(size_with_frame(call, code, (uint64_t)(layout->generator_frame + layout->frame_localsplus)));
	state = (int8_t)mirror_u8(decoder->mirror, address + (uint64_t)layout->generator_state);
	if (state < layout->generator_cleared)
		return decode_struct(call, frame);
	if (layout->generator_code_kept == 0)
		return NULL;
	if (layout->generator_code_kept == 1)
		class = EDGE_UNVISITED;
	return emit_literal(call, code, NAME_ATTRIBUTE, class, "gi_code");
}

/* --- what a frame says of itself --- */

static void frame_text(struct decoder *decoder, uint64_t code, int32_t offset, char *buffer, size_t size)
{
	size_t length;

	if (offset < 0 || !decode_text(decoder, frame_word(decoder, code, offset), buffer, size, &length))
		buffer[0] = '\0';
}

/* Byte offset of the instruction at hand in the code. */
static int64_t frame_instruction(struct decoder *decoder, uint64_t frame, uint64_t code)
{
	const struct layout *layout = decoder->layout;
	int64_t last;

	if (layout->frame_size >= 0)
		return (int64_t)(frame_word(decoder, frame, layout->frame_instruction) -
				 (code + (uint64_t)layout->code_adaptive));
	last = (int32_t)mirror_u32(decoder->mirror, frame + (uint64_t)layout->frameobject_lasti);
	return layout->code_lines == LINES_PAIRS ? 2 * last : last;
}

bool decode_frame_facts(struct decoder *decoder, uint64_t frame, struct frame_facts *facts)
{
	const struct layout *layout = decoder->layout;
	bool plain = layout->frame_size >= 0;
	enum edge_class class = EDGE_OWNED;
	uint64_t size = (uint64_t)(plain ? layout->frame_localsplus : layout->frameobject_localsplus);

	if ((frame & 7) != 0 || mirror_at(decoder->mirror, frame, size) == NULL)
		return false;
	*facts = (struct frame_facts){0};
	facts->owner = plain ? mirror_u8(decoder->mirror, frame + (uint64_t)layout->frame_owner) : 0;
	facts->previous = frame_word(decoder, frame, plain ? layout->frame_previous : layout->frameobject_back);
	if (plain && on_c_stack(layout, (unsigned)facts->owner))
		return true;
	facts->code =
		plain ? struct_code(decoder, frame, &class) : frame_word(decoder, frame, layout->frameobject_code);
	if (facts->code == 0)
		return false; /* no call is without code: this is no frame, whatever zeros may say */
	facts->line = code_line(decoder, facts->code, frame_instruction(decoder, frame, facts->code));
	frame_text(decoder, facts->code, layout->code_qualname >= 0 ? layout->code_qualname : layout->code_name,
		   facts->function, sizeof facts->function);
	frame_text(decoder, facts->code, layout->code_filename, facts->file, sizeof facts->file);
	return true;
}

/* --- what a suspended frame waits for --- */

/* Whether the instruction after the last one goes on with another call's answer. */
static bool delegates(struct decoder *decoder, uint64_t frame, uint64_t code)
{
	const struct layout *layout = decoder->layout;
	int64_t next = frame_instruction(decoder, frame, code) + 2;
	uint64_t bytes = layout->code_bytes < 0 ? code + (uint64_t)layout->code_adaptive
						: frame_word(decoder, code, layout->code_bytes) +
							  (uint64_t)layout->bytes_value;
	uint8_t opcode, argument;

	if (next < 2)
		return false;
	opcode = mirror_u8(decoder->mirror, bytes + (uint64_t)next);
	argument = mirror_u8(decoder->mirror, bytes + (uint64_t)next + 1);
	if (layout->code_bytes >= 0)
		return opcode == layout->generator_opcode;
	return argument >= 2 && (opcode == layout->generator_opcode || opcode == layout->generator_opcode_other);
}

struct error *decode_frame_awaits(struct decoder *decoder, uint64_t frame, bool told, uint64_t *target)
{
	const struct layout *layout = decoder->layout;
	bool plain = layout->frame_size >= 0, sound;
	enum edge_class class = EDGE_OWNED;
	struct error *error = NULL;
	struct slots slots = {0};
	uint64_t code, depth = (uint64_t)layout->generator_awaits;

	*target = 0;
	if ((frame & 7) != 0)
		return NULL;
	code = plain ? struct_code(decoder, frame, &class) : frame_word(decoder, frame, layout->frameobject_code);
	sound = is_code(decoder, code, &error) &&
		(plain ? struct_slots(decoder, frame, code, &slots) : object_slots(decoder, frame, code, &slots));
	TRY(error);
	if (!sound || slots.running || slots.live < slots.named + depth || (!told && !delegates(decoder, frame, code)))
		return NULL;
	*target = untag(decoder, mirror_u64(decoder->mirror, slots.address + 8 * (slots.live - depth)), &class);
	return NULL;
}
