/* Where was each block of memory allocated?
 *
 * tracemalloc keeps a table from the address of each block that it traces to its size and its traceback; tracebacks
 * are shared. The table is one word of _PyRuntime (3.12), else a variable (traces_find.c). A block that is an
 * object's begins where its allocation did, in front of the head; a buffer's where the object says. So the blocks are
 * kept by address, and found when the objects are written; those that nobody asked for are added up for each
 * traceback. Nothing in the tables is trusted: a trace whose traceback makes no sense is left out and counted. Cost:
 * a few reads for each block, 24 to 40 bytes of memory.
 */
#include "dumper/traces.h"

#include "base/bytes.h"
#include "dumper/emit.h"
#include "dumper/hashtable.h"
#include "dumper/lookup.h"
#include "dumper/traces_parts.h"

#define TRACES_MAX (UINT32_C(1) << 30)
#define FILE_BYTES 4096
#define FRAMES_MAX 65535u /* as many as it can be asked to keep */
#define FRAME_SIZE 12u    /* packed: a pointer and a line */
#define TRACEBACK_FRAMES 12
#define TRACEBACK_COUNT 8
#define SIZE_LARGEST (UINT64_C(1) << ADDRESS_BITS)

void traces_init(struct traces *traces)
{
	*traces = (struct traces){.limit = META_ABSENT};
	map_init(&traces->blocks);
	map_init(&traces->tracebacks_by_address);
	map_init(&traces->files_by_address);
}

void traces_deinit(struct traces *traces)
{
	map_deinit(&traces->blocks);
	map_deinit(&traces->tracebacks_by_address);
	map_deinit(&traces->files_by_address);
	vector_deinit(&traces->list);
	vector_deinit(&traces->tracebacks);
	vector_deinit(&traces->frames);
	vector_deinit(&traces->files);
}

/* --- one trace --- */

static struct error *read_file(struct decoder *decoder, uint64_t address, char text[FILE_BYTES], bool *sound)
{
	const struct type *type;
	size_t length;

	*sound = false;
	if (decoder->layout->tracemalloc_texts) {
		*sound = mirror_string(decoder->mirror, address, text, FILE_BYTES);
		return NULL;
	}
	TRY(lookup_type(decoder, address, &type));
	if (type != NULL && type->decoder == DECODE_STR)
		*sound = decode_text(decoder, address, text, FILE_BYTES, &length);
	return NULL;
}

/* *index is UINT32_MAX where no text is there. */
static struct error *find_file(struct decoder *decoder, uint64_t address, struct arena *arena, struct traces *traces,
			       uint32_t *index)
{
	char text[FILE_BYTES];
	const char *copy;
	bool sound;

	*index = UINT32_MAX;
	if (address == MAP_NO_KEY || map_find(&traces->files_by_address, address, index))
		return NULL;
	TRY(read_file(decoder, address, text, &sound));
	if (sound) {
		copy = arena_copy(arena, text, strlen(text));
		if (copy == NULL)
			return error_memory();
		*index = (uint32_t)traces->files.count;
		TRY(vector_push(&traces->files, copy));
	}
	return map_put(&traces->files_by_address, address, *index);
}

/* The frames of a traceback at the end of the list; *sound is false where one of them makes no sense. */
static struct error *read_frames(struct decoder *decoder, const uint8_t *bytes, uint32_t count, struct arena *arena,
				 struct traces *traces, bool *sound)
{
	for (uint32_t i = 0; i < count && *sound; i++) {
		struct found_traceframe frame = {.line = load_u32(bytes + FRAME_SIZE * i + 8)};

		TRY(find_file(decoder, load_u64(bytes + FRAME_SIZE * i), arena, traces, &frame.file));
		*sound = frame.file != UINT32_MAX && frame.line <= INT32_MAX;
		TRY(vector_push(&traces->frames, frame));
	}
	return NULL;
}

static struct error *read_traceback(struct decoder *decoder, uint64_t address, struct arena *arena,
				    struct traces *traces, uint32_t *index)
{
	struct found_traceback traceback = {.first = traces->frames.count};
	const uint8_t *head = (address & 3) == 0 ? mirror_at(decoder->mirror, address, TRACEBACK_FRAMES) : NULL,
		      *frames;
	bool sound = head != NULL;

	*index = UINT32_MAX;
	if (!sound)
		return NULL;
	traceback.count = load_u32(head + TRACEBACK_COUNT);
	if (decoder->layout->tracemalloc_counts) {
		traceback.total = traceback.count >> 16;
		traceback.count &= 0xffff;
	}
	if (traceback.count == 0 || traceback.count > FRAMES_MAX)
		return NULL;
	frames = mirror_at(decoder->mirror, address + TRACEBACK_FRAMES, FRAME_SIZE * traceback.count);
	sound = frames != NULL;
	if (sound)
		TRY(read_frames(decoder, frames, traceback.count, arena, traces, &sound));
	if (!sound) {
		traces->frames.count = traceback.first;
		return NULL;
	}
	*index = (uint32_t)traces->tracebacks.count;
	return vector_push(&traces->tracebacks, traceback);
}

/* Read once; what is none is remembered as such. */
static struct error *find_traceback(struct decoder *decoder, uint64_t address, struct arena *arena,
				    struct traces *traces, uint32_t *index)
{
	*index = UINT32_MAX;
	if (address == MAP_NO_KEY || map_find(&traces->tracebacks_by_address, address, index))
		return NULL;
	TRY(read_traceback(decoder, address, arena, traces, index));
	return map_put(&traces->tracebacks_by_address, address, *index);
}

struct error *trace_read(struct decoder *decoder, uint64_t address, struct arena *arena, struct traces *traces,
			 struct found_trace *trace, bool *sound)
{
	const uint8_t *bytes = mirror_at(decoder->mirror, address, 16);

	*sound = false;
	if (bytes == NULL)
		return NULL;
	*trace = (struct found_trace){.size = load_u64(bytes)};
	if (trace->size > SIZE_LARGEST)
		return NULL;
	TRY(find_traceback(decoder, load_u64(bytes + 8), arena, traces, &trace->traceback));
	*sound = trace->traceback != UINT32_MAX;
	return NULL;
}

/* --- the tables --- */

struct reading {
	struct hashtable_visitor visitor; /* first */
	struct decoder *decoder;
	struct arena *arena;
	struct traces *traces;
};

/* The first of several traces of one block is the default domain's. */
static struct error *add_trace(struct hashtable_visitor *visitor, const struct hashtable_entry *entry, bool *stop)
{
	struct reading *reading = (struct reading *)visitor;
	struct traces *traces = reading->traces;
	struct found_trace trace;
	uint32_t known;
	bool sound;

	TRY(trace_read(reading->decoder, entry->value, reading->arena, traces, &trace, &sound));
	if (!sound || entry->key == MAP_NO_KEY) {
		reading->decoder->losses[LOSS_trace_torn]++;
		return NULL;
	}
	*stop = traces->list.count == TRACES_MAX;
	if (*stop)
		return NULL;
	traces->bytes += trace.size;
	if (!map_find(&traces->blocks, entry->key, &known))
		TRY(map_put(&traces->blocks, entry->key, (uint32_t)traces->list.count));
	return vector_push(&traces->list, trace);
}

static struct error *read_table(struct reading *reading, uint64_t address)
{
	struct hashtable table;
	uint64_t missing;

	if (!hashtable_load(reading->decoder, address, &table))
		return NULL;
	reading->visitor.entry = add_trace;
	reading->traces->found = true;
	TRY(hashtable_walk(reading->decoder, &table, &reading->visitor, &missing));
	reading->decoder->losses[LOSS_trace_torn] += missing;
	return NULL;
}

struct domains {
	struct hashtable_visitor visitor; /* first */
	struct reading *reading;
};

static struct error *add_domain(struct hashtable_visitor *visitor, const struct hashtable_entry *entry, bool *stop)
{
	(void)stop;
	return read_table(((struct domains *)visitor)->reading, entry->value);
}

static struct error *read_domains(struct reading *reading, uint64_t address)
{
	struct domains domains = {.visitor.entry = add_domain, .reading = reading};
	struct hashtable table;
	uint64_t missing;

	if (!hashtable_load(reading->decoder, address, &table))
		return NULL;
	TRY(hashtable_walk(reading->decoder, &table, &domains.visitor, &missing));
	reading->decoder->losses[LOSS_trace_torn] += missing;
	return NULL;
}

struct error *traces_collect(struct decoder *decoder, const struct runtime *runtime, struct arena *arena,
			     struct traces *traces)
{
	struct reading reading = {.decoder = decoder, .arena = arena, .traces = traces};
	struct trace_places places;

	TRY(traces_find(decoder, runtime, &places));
	if (places.traces == 0)
		return NULL;
	TRY(read_table(&reading, mirror_u64(decoder->mirror, places.traces)));
	if (places.domains != 0)
		TRY(read_domains(&reading, mirror_u64(decoder->mirror, places.domains)));
	if (places.limit != 0)
		traces->limit = mirror_u32(decoder->mirror, places.limit);
	return NULL;
}

/* --- writing --- */

struct error *traces_emit(struct traces *traces, node_id node, uint64_t block, bool buffer, struct writer *writer)
{
	struct found_trace *trace;
	uint32_t index;

	if (block == MAP_NO_KEY || !map_find(&traces->blocks, block, &index))
		return NULL;
	trace = &traces->list.items[index];
	if (trace->owned)
		return NULL;
	trace->owned = true;
	const struct trace_row row = {.node = node,
				      .traceback = trace->traceback,
				      .size = trace->size,
				      .buffer = buffer};
	return writer_traces(writer, &row);
}

static void add_up_others(struct traces *traces)
{
	for (size_t i = 0; i < traces->list.count; i++) {
		const struct found_trace *trace = &traces->list.items[i];
		struct found_traceback *traceback = &traces->tracebacks.items[trace->traceback];

		if (trace->owned)
			continue;
		traceback->other_blocks++;
		traceback->other_bytes += trace->size;
	}
}

struct error *traces_emit_tracebacks(struct traces *traces, struct writer *writer)
{
	add_up_others(traces);
	for (size_t i = 0; i < traces->tracebacks.count; i++) {
		const struct found_traceback *traceback = &traces->tracebacks.items[i];
		const struct traceback_row row = {.total_frames = traceback->total,
						  .other_blocks = traceback->other_blocks,
						  .other_bytes = traceback->other_bytes};

		TRY(writer_tracebacks(writer, &row));
		for (uint32_t f = 0; f < traceback->count; f++) {
			const struct found_traceframe *frame = &traces->frames.items[traceback->first + f];
			struct traceback_frame_row line = {.traceback = (uint32_t)i, .line = frame->line};

			TRY(emit_text(writer, traces->files.items[frame->file], &line.file));
			TRY(writer_traceback_frames(writer, &line));
		}
	}
	return NULL;
}
