/* Roots of threads: what does a thread hold, and where is it?
 *
 * The thread's dict and its context are read where the layout says, the rest of its state is scanned. Each call on its stack is a root
 * of its own, with function, file and line. A call whose frame lives inside a generator is the generator's: its root
 * says where the thread is, and its one edge leads to that generator, borrowed. A frame object of before 3.11 is held
 * by the C code that runs it: one counted edge leads to it. Frames of the C stack between Python calls give no root.
 */
#include "dumper/roots_parts.h"

#include "base/bytes.h"
#include "dumper/chain.h"
#include "dumper/threads.h"

#include <inttypes.h>
#include <stdio.h>

struct root_sink {
	struct edge_sink sink; /* first: the sink's address is this struct's */
	struct roots *roots;
};

static struct error *root_sink_add(struct edge_sink *sink, const struct found_edge *edge)
{
	return roots_add(((struct root_sink *)sink)->roots, edge);
}

/* The words of the state that are not scanned: what is read by name, and the frames. */
struct known_words {
	uint64_t words[3];
};

static bool is_known(void *context, uint64_t address)
{
	const struct known_words *known = context;

	return address == known->words[0] || address == known->words[1] || address == known->words[2];
}

static struct error *collect_state(struct decoder *decoder, uint64_t thread, const struct found_root *where,
				   struct roots *roots)
{
	const struct layout *layout = decoder->layout;
	const struct root_window window = {.start = thread,
					   .end = thread + (uint64_t)layout->thread_size,
					   .origin = thread};
	struct known_words known = {{thread + (uint64_t)layout->thread_dict, thread, thread}};
	struct found_root root = *where;
	struct found_edge dict = {.target = mirror_u64(decoder->mirror, thread + (uint64_t)layout->thread_dict),
				  .name = NAME_FIELD,
				  .class = EDGE_OWNED,
				  .source = PAYLOAD_LITERAL,
				  .payload = (uintptr_t) "dict"};
	struct found_edge context = {.name = NAME_FIELD,
				     .class = EDGE_OWNED,
				     .source = PAYLOAD_LITERAL,
				     .payload = (uintptr_t) "context"};
	char name[64];

	if (layout->thread_cframe < 0)
		known.words[1] = thread + (uint64_t)layout->thread_frame;
	TRY(thread_context(decoder, thread, &context.target));
	if (context.target != 0)
		known.words[2] = thread + (uint64_t)layout->thread_context;
	snprintf(name, sizeof name, "thread %" PRIu64, where->thread);
	root.kind = ROOT_THREAD;
	root.name = name;
	TRY(roots_begin(roots, &root));
	TRY(roots_add(roots, &dict));
	TRY(roots_add(roots, &context));
	return roots_scan(decoder, roots, &window, is_known, &known);
}

static struct error *collect_references(struct decoder *decoder, uint64_t frame, const struct frame_facts *facts,
					struct roots *roots)
{
	const struct layout *layout = decoder->layout;
	struct root_sink sink = {.sink.add = root_sink_add, .roots = roots};
	struct found_edge edge = {.name = NAME_FIELD, .source = PAYLOAD_LITERAL};

	if (layout->frame_size < 0) {
		edge.target = frame;
		edge.class = EDGE_OWNED;
		edge.payload = (uintptr_t) "frame";
		return roots_add(roots, &edge);
	}
	if (facts->owner == layout->frame_owner_generator) {
		edge.target = frame - (uint64_t)layout->generator_frame;
		edge.class = EDGE_WEAK;
		edge.payload = (uintptr_t) "generator";
		return roots_add(roots, &edge);
	}
	return facts->owner == layout->frame_owner_thread ? decode_frame(decoder, frame, &sink.sink) : NULL;
}

static struct error *collect_frame(struct decoder *decoder, uint64_t frame, const struct frame_facts *facts,
				   const struct found_root *where, struct roots *roots)
{
	struct found_root root = *where;
	char name[sizeof facts->function + 16];

	snprintf(name, sizeof name, "frame %s", facts->function[0] != '\0' ? facts->function : "?");
	root.kind = ROOT_FRAME;
	root.name = name;
	root.function = facts->function;
	root.file = facts->file;
	root.line = facts->line;
	TRY(roots_begin(roots, &root));
	return collect_references(decoder, frame, facts, roots);
}

static uint64_t innermost_frame(struct decoder *decoder, uint64_t thread)
{
	const struct layout *layout = decoder->layout;
	uint64_t cframe;
	const uint8_t *word;

	if (layout->thread_cframe < 0)
		return mirror_u64(decoder->mirror, thread + (uint64_t)layout->thread_frame);
	cframe = mirror_u64(decoder->mirror, thread + (uint64_t)layout->thread_cframe);
	if (cframe == 0)
		return 0;
	word = mirror_at(decoder->mirror, cframe + (uint64_t)layout->cframe_current_frame, 8);
	if (word == NULL)
		decoder->losses[LOSS_frame_broken]++; /* it lies on the C stack, which a core may lack */
	return word != NULL ? load_u64(word) : 0;
}

static struct error *collect_frames(struct decoder *decoder, uint64_t thread, struct found_root *where,
				    struct roots *roots)
{
	struct chain chain = chain_from(innermost_frame(decoder, thread));
	struct frame_facts facts;

	while (chain.at != 0) {
		if (!decode_frame_facts(decoder, chain.at, &facts)) {
			decoder->losses[LOSS_frame_broken]++;
			return NULL;
		}
		if (facts.code != 0) {
			TRY(collect_frame(decoder, chain.at, &facts, where, roots));
			where->depth++;
		}
		chain_step(&chain, facts.previous);
	}
	if (chain.looped)
		decoder->losses[LOSS_frame_broken]++;
	return NULL;
}

struct error *roots_thread(struct decoder *decoder, uint64_t thread, uint64_t interpreter, struct roots *roots)
{
	struct found_root where = {.thread = thread_native_id(decoder, thread), .interpreter = interpreter};

	TRY(collect_state(decoder, thread, &where, roots));
	return collect_frames(decoder, thread, &where, roots);
}
