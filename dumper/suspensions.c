/* Where does each suspended call stand, and what does it wait for?
 *
 * Its state is a byte of its own, or of its frame (3.10), or follows from whether the frame is there, has begun and
 * runs. What it awaits or yields from lies on top of its evaluation stack, if its state or its next instruction says
 * so: else that place holds whatever an expression or a loop left there. Names are read twice, here so that their
 * bytes are in the mirror, and when they are written. Cost: a few reads for each, a walk of its line table.
 */
#include "dumper/suspensions.h"

#include "dumper/emit.h"
#include "dumper/lookup.h"
#include "dumper/names.h"

#define WRAPPERS_MAX 8 /* one around another */
#define TEXT_BYTES 1024

void suspensions_deinit(struct suspensions *suspensions)
{
	vector_deinit(&suspensions->list);
}

static uint64_t frame_of(struct decoder *decoder, uint64_t address)
{
	const struct layout *layout = decoder->layout;

	if (layout->generator_frame >= 0)
		return address + (uint64_t)layout->generator_frame;
	return mirror_u64(decoder->mirror, address + (uint64_t)layout->generator_frame_object);
}

static enum suspension_state state_of_byte(const struct layout *layout, int8_t state)
{
	if (state == layout->generator_created)
		return SUSPENSION_CREATED;
	if (state == layout->generator_executing)
		return SUSPENSION_RUNNING;
	return state > layout->generator_executing ? SUSPENSION_CLOSED : SUSPENSION_SUSPENDED;
}

/* *told: it says itself that it waits for another. */
static enum suspension_state read_state(struct decoder *decoder, uint64_t address, uint64_t frame, bool *told)
{
	const struct layout *layout = decoder->layout;
	struct mirror *mirror = decoder->mirror;
	int8_t state;

	*told = false;
	if (layout->generator_state >= 0) {
		state = (int8_t)mirror_u8(mirror, address + (uint64_t)layout->generator_state);
		*told = layout->generator_opcode == 0 && state >= layout->generator_delegating &&
			state < layout->generator_executing;
		return state_of_byte(layout, state);
	}
	if (frame == 0)
		return SUSPENSION_CLOSED;
	if (layout->frameobject_state >= 0)
		return state_of_byte(layout, (int8_t)mirror_u8(mirror, frame + (uint64_t)layout->frameobject_state));
	if (mirror_u8(mirror, address + (uint64_t)layout->generator_running) != 0)
		return SUSPENSION_RUNNING;
	return (int32_t)mirror_u32(mirror, frame + (uint64_t)layout->frameobject_lasti) < 0 ? SUSPENSION_CREATED
											    : SUSPENSION_SUSPENDED;
}

/* What stands between an await and the call that it waits for. */
static const char *wrapped_field(const struct type *type)
{
	static const struct {
		const char *type, *field;
	} wrappers[] = {{"coroutine_wrapper", "cw_coroutine"},
			{"async_generator_asend", "ags_gen"},
			{"async_generator_athrow", "agt_gen"},
			{"anext_awaitable", "wrapped"}};

	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (!type->heap && strcmp(type->name, wrappers[i].type) == 0)
			return wrappers[i].field;
	return NULL;
}

static struct error *find_call(struct decoder *decoder, uint64_t awaits, uint64_t *call)
{
	uint64_t address = awaits;

	*call = 0;
	for (int step = 0; step < WRAPPERS_MAX; step++) {
		const struct type *type;
		const char *field;

		TRY(lookup_type(decoder, address, &type));
		if (type == NULL)
			return NULL;
		if (type->decoder == DECODE_GENERATOR) {
			*call = address;
			return NULL;
		}
		field = wrapped_field(type);
		if (field == NULL)
			return NULL;
		TRY(lookup_own(decoder, address, false, field, &address));
	}
	return NULL;
}

/* The texts' bytes come into the mirror, as nothing is read from the target later. */
static void touch(struct decoder *decoder, uint64_t address)
{
	char text[TEXT_BYTES];
	size_t length;

	(void)decode_text(decoder, address, text, sizeof text, &length);
}

static const char *kind_of(const struct type *type)
{
	return strcmp(type->qualname, "coroutine") == 0         ? "coroutine"
	       : strcmp(type->qualname, "async_generator") == 0 ? "async_generator"
								: "generator";
}

struct error *suspensions_collect(struct decoder *decoder, uint64_t address, struct suspensions *suspensions)
{
	const struct layout *layout = decoder->layout;
	struct found_suspension found = {.address = address};
	struct frame_facts facts;
	const struct type *type;
	uint64_t frame = frame_of(decoder, address);
	bool told;

	TRY(lookup_type(decoder, address, &type));
	if (type == NULL || type->decoder != DECODE_GENERATOR)
		return NULL;
	found.kind = kind_of(type);
	found.qualname = mirror_u64(decoder->mirror, address + (uint64_t)layout->generator_qualname);
	touch(decoder, found.qualname);
	found.state = read_state(decoder, address, frame, &told);
	if (found.state != SUSPENSION_CLOSED && decode_frame_facts(decoder, frame, &facts)) {
		found.line = facts.line;
		found.file = mirror_u64(decoder->mirror, facts.code + (uint64_t)layout->code_filename);
	}
	if (found.state == SUSPENSION_SUSPENDED) {
		TRY(decode_frame_awaits(decoder, frame, told, &found.awaits));
		TRY(find_call(decoder, found.awaits, &found.call));
	}
	return vector_push(&suspensions->list, found);
}

static struct error *emit_name(struct names *names, struct decoder *decoder, struct writer *writer, uint64_t address,
			       string_id *id)
{
	const struct found_edge edge = {.payload = address, .source = PAYLOAD_OBJECT};

	*id = NO_ID;
	return address == 0 ? NULL : names_find(names, decoder, writer, &edge, id);
}

struct error *suspensions_emit(const struct suspensions *suspensions, struct decoder *decoder,
			       const struct marks *marks, struct writer *writer)
{
	static const char *const states[] = {"created", "suspended", "running", "closed"};
	AUTO(names) struct names names;

	names_init(&names);
	for (size_t i = 0; i < suspensions->list.count; i++) {
		const struct found_suspension *found = &suspensions->list.items[i];
		struct suspension_row row = {.node = emit_node(marks, found->address),
					     .line = found->line,
					     .awaits = emit_node(marks, found->awaits),
					     .call = emit_node(marks, found->call)};

		TRY(emit_text(writer, found->kind, &row.kind));
		TRY(emit_text(writer, states[found->state], &row.state));
		TRY(emit_name(&names, decoder, writer, found->qualname, &row.function));
		TRY(emit_name(&names, decoder, writer, found->file, &row.file));
		TRY(writer_suspensions(writer, &row));
	}
	return NULL;
}
