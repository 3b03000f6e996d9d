/* The parts of the decoders, shared among decode_*.c only: what each gets, how it reports an edge, and who covers what.
 */
#ifndef DUMPER_DECODE_PARTS_H
#define DUMPER_DECODE_PARTS_H

#include "dumper/decode.h"

/* One call of decode_object. decode.c has filled `decoded` with what tp_basicsize, ob_size * tp_itemsize, the collector
 * head and the preheader give; a part adds the buffers that the object owns, or replaces the size where the type's own
 * layout says otherwise. */
struct decode_call {
	struct decoder *decoder;
	const struct object *object;
	const struct type *type;
	bool namespace;
	struct edge_sink *sink;
	struct decoded *decoded;
};

/* Edges; a target of 0 is no edge and no error. */
struct error *emit_edge(struct decode_call *call, const struct found_edge *edge) CHECKED;
struct error *emit_literal(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			   const char *literal) CHECKED;
struct error *emit_named(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			 uint64_t name_object) CHECKED; /* NAME_NONE where name_object is 0 */
struct error *emit_number(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			  uint64_t number) CHECKED;
struct error *emit_namespace(struct decode_call *call, uint64_t target, enum edge_class class, const char *literal)
	CHECKED; /* a dict whose keys are names: .__dict__ */

/* Reports a block that the object owns, whose bytes the caller adds to its size. Nothing where the address is 0. */
struct error *report_buffer(struct decode_call *call, uint64_t address, uint64_t bytes, const char *kind) CHECKED;

/* What parts call: without anybody who wants to know, it costs a look. */
static inline struct error *emit_buffer(struct decode_call *call, uint64_t address, uint64_t bytes, const char *kind)
{
	return call->decoder->buffers == NULL ? NULL : report_buffer(call, address, bytes, kind);
}

static inline bool wants_native(const struct decode_call *call)
{
	return call->decoder->buffers != NULL && call->decoder->buffers->native != NULL;
}

/* Reports memory that the object owns and its users look into. */
struct error *emit_native(struct decode_call *call, const char *kind, uint64_t address, uint64_t bytes) CHECKED;
/* The same of memory that is another's. */
struct error *emit_view(struct decode_call *call, const char *kind, uint64_t address, uint64_t bytes, uint64_t base) CHECKED;

static inline void decode_lose(struct decode_call *call, enum loss loss)
{
	call->decoder->losses[loss]++;
}

/* A buffer that the object owns and that sys.getsizeof knows of. */
static inline void decode_grow(struct decode_call *call, uint64_t bytes)
{
	call->decoded->size += bytes;
	call->decoded->getsizeof += bytes;
}

/* decode_sequence.c */
struct error *decode_list(struct decode_call *call) CHECKED;
struct error *decode_tuple(struct decode_call *call) CHECKED;
/* decode_dict.c */
struct error *decode_dict(struct decode_call *call) CHECKED;
struct error *decode_set(struct decode_call *call) CHECKED;
/* Values of an instance that lie outside a dict, beside the shared keys of its type: .x for each. */
struct error *decode_values(struct decode_call *call, uint64_t keys, uint64_t values, enum edge_class class) CHECKED;
/* decode_text.c */
struct error *decode_str(struct decode_call *call) CHECKED;
struct error *decode_bytes(struct decode_call *call) CHECKED;
struct error *decode_bytearray(struct decode_call *call) CHECKED;
struct error *decode_int(struct decode_call *call) CHECKED;
/* decode_instance.c. decode.c runs, for every object: decode_instance (type, managed __dict__ and inline values),
 * decode_fields (type.members: layout fields, slots, object members, a __dict__ at a positive offset), the part above
 * or below that type.decoder names, decode_scan. A part calls none of the three, and emits nothing that layout->fields
 * has. */
struct error *decode_instance(struct decode_call *call) CHECKED;
struct error *decode_fields(struct decode_call *call) CHECKED;
struct error *decode_scan(struct decode_call *call) CHECKED;
struct error *decode_weakref(struct decode_call *call) CHECKED;
/* decode_extension.c: types of C modules whose struct no header shows. */
struct error *decode_deque(struct decode_call *call) CHECKED;
struct error *decode_ordered(struct decode_call *call) CHECKED; /* what an OrderedDict has beside the dict */
struct error *decode_cache(struct decode_call *call) CHECKED;
struct error *decode_tee(struct decode_call *call) CHECKED;
struct error *decode_array(struct decode_call *call) CHECKED;
/* decode_library.c: references and buffers outside the struct, of types of the standard library. */
struct error *decode_element(struct decode_call *call) CHECKED;
struct error *decode_moment(struct decode_call *call) CHECKED;
struct error *decode_node(struct decode_call *call) CHECKED;
struct error *decode_ring(struct decode_call *call) CHECKED;
/* What ctypes keeps of a class, where type.storage says; `dict`: in the class's __dict__, else in the class. */
struct error *decode_storage(struct decode_call *call, bool dict) CHECKED;
struct error *decode_decimal(struct decode_call *call) CHECKED;
struct error *decode_codes(struct decode_call *call) CHECKED;
struct error *decode_bytesio(struct decode_call *call) CHECKED;
struct error *decode_view(struct decode_call *call) CHECKED;
struct error *decode_mapping(struct decode_call *call) CHECKED;
struct error *decode_buffered(struct decode_call *call) CHECKED;
struct error *decode_product(struct decode_call *call) CHECKED;
struct error *decode_combinations(struct decode_call *call) CHECKED;
struct error *decode_permutations(struct decode_call *call) CHECKED;
/* decode_numpy.c */
struct error *decode_ndarray(struct decode_call *call) CHECKED;
/* decode_traverse.c: `decode`, with what tp_traverse visits, where that is known. */
struct error *decode_visited(struct decode_call *call, struct error *(*decode)(struct decode_call *call)) CHECKED;
/* decode_type.c */
struct error *decode_type(struct decode_call *call) CHECKED;
struct error *decode_module(struct decode_call *call) CHECKED;
/* decode_code.c */
/* Line of the instruction at byte offset `instruction` of the code object at `code`; the first line where it is
 * negative; 0 where the code has none there, or is unreadable. */
uint64_t code_line(struct decoder *decoder, uint64_t code, int64_t instruction);
struct error *decode_code(struct decode_call *call) CHECKED;
/* decode_frame.c */
struct error *decode_frame_object(struct decode_call *call) CHECKED;
struct error *decode_generator(struct decode_call *call) CHECKED;

#endif
