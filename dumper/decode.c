/* What is one object made of? Its size from its type, then, in this order: what every instance has (its type, its
 * attributes), what lies at fixed places, what its kind of object has (items, tables, text), and last the words that
 * nothing explains. Each part reports edges and corrects the size. Cost: a handful of reads of the mirror, and one for
 * each buffer that the object owns; nothing is allocated.
 */
#include "dumper/decode_parts.h"

#include "dumper/type_shape.h"

#define LENGTH_LARGEST ((int64_t)1 << 40) /* items: more than any machine holds */
#define IMMORTAL_FROZEN 1                 /* layout.refcount_immortal: objects frozen into the program's file */

void decoder_deinit(struct decoder *decoder)
{
	map_deinit(&decoder->interned);
}

struct error *emit_edge(struct decode_call *call, const struct found_edge *edge)
{
	return edge->target == 0 ? NULL : call->sink->add(call->sink, edge);
}

struct error *emit_literal(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			   const char *literal)
{
	struct found_edge edge = {.target = target,
				  .payload = (uintptr_t)literal,
				  .name = name,
				  .class = class,
				  .source = PAYLOAD_LITERAL};

	return emit_edge(call, &edge);
}

struct error *emit_named(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			 uint64_t name_object)
{
	struct found_edge edge = {.target = target,
				  .payload = name_object,
				  .name = name_object != 0 ? name : NAME_NONE,
				  .class = class,
				  .source = name_object != 0 ? PAYLOAD_OBJECT : PAYLOAD_NUMBER};

	return emit_edge(call, &edge);
}

struct error *emit_number(struct decode_call *call, uint64_t target, enum edge_name name, enum edge_class class,
			  uint64_t number)
{
	struct found_edge edge = {.target = target,
				  .payload = number,
				  .name = name,
				  .class = class,
				  .source = PAYLOAD_NUMBER};

	return emit_edge(call, &edge);
}

struct error *emit_namespace(struct decode_call *call, uint64_t target, enum edge_class class, const char *literal)
{
	struct found_edge edge = {.target = target,
				  .payload = (uintptr_t)literal,
				  .name = NAME_ATTRIBUTE,
				  .class = class,
				  .source = PAYLOAD_LITERAL,
				  .namespace = true};

	return emit_edge(call, &edge);
}

struct error *report_buffer(struct decode_call *call, uint64_t address, uint64_t bytes, const char *kind)
{
	struct buffer_sink *sink = call->decoder->buffers;
	const struct found_buffer buffer = {.address = address, .size = bytes, .kind = kind};

	return address == 0 || bytes == 0 ? NULL : sink->add(sink, &buffer);
}

static struct error *report_native(struct decode_call *call, const struct found_native *native)
{
	struct buffer_sink *sink = call->decoder->buffers;

	return !wants_native(call) || native->address == 0 || native->size == 0 ? NULL : sink->native(sink, native);
}

struct error *emit_native(struct decode_call *call, const char *kind, uint64_t address, uint64_t bytes)
{
	return report_native(call, &(struct found_native){address, bytes, 0, kind, true});
}

struct error *emit_view(struct decode_call *call, const char *kind, uint64_t address, uint64_t bytes, uint64_t base)
{
	return report_native(call, &(struct found_native){address, bytes, base, kind, false});
}

/* Types whose ob_size is no count of items of tp_itemsize, or that have none; their parts say the size. */
static bool sized_by_part(enum type_decoder decoder)
{
	return decoder == DECODE_INT || decoder == DECODE_TYPE || decoder == DECODE_FRAME ||
	       decoder == DECODE_GENERATOR;
}

/* Bytes of the items that follow the struct, by ob_size; sets the length. */
static uint64_t items_size(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	int64_t count;

	if (call->type->itemsize == 0 || sized_by_part(call->type->decoder))
		return 0;
	count = (int64_t)mirror_u64(call->decoder->mirror, call->object->address + (uint64_t)layout->var_size);
	if (count < 0 || count > LENGTH_LARGEST) {
		decode_lose(call, LOSS_size_absurd);
		return 0;
	}
	call->decoded->length = (uint64_t)count;
	return (uint64_t)count * (uint64_t)call->type->itemsize;
}

/* What the type alone says. */
static void measure(struct decode_call *call)
{
	struct decoded *decoded = call->decoded;
	uint64_t items;

	decoded->length = 0;
	decoded->content_hash = 0;
	decoded->content = CONTENT_NONE;
	decoded->content_length = 0;
	items = items_size(call);
	decoded->getsizeof = call->type->preheader + (uint64_t)call->type->basicsize + items;
	decoded->size = decoded->getsizeof;
	/* a __dict__ behind the items stands at the next word */
	if (call->type->dictoffset < 0 && !call->type->managed_dict)
		decoded->size = (decoded->size + 7) & ~(uint64_t)7;
}

static struct error *decode_buffers(struct decode_call *call)
{
	switch (call->type->decoder) {
	case DECODE_STRUCT:
		return decode_codes(call);
	case DECODE_BYTESIO:
		return decode_bytesio(call);
	case DECODE_VIEW:
		return decode_view(call);
	case DECODE_MAPPING:
		return decode_mapping(call);
	case DECODE_BUFFERED:
		return decode_buffered(call);
	case DECODE_PRODUCT:
		return decode_product(call);
	case DECODE_COMBINATIONS:
		return decode_combinations(call);
	case DECODE_PERMUTATIONS:
		return decode_permutations(call);
	default:
		return decode_decimal(call);
	}
}

static struct error *decode_part(struct decode_call *call)
{
	switch (call->type->decoder) {
	case DECODE_LIST:
		return decode_list(call);
	case DECODE_TUPLE:
		return decode_tuple(call);
	case DECODE_DICT:
		return decode_dict(call);
	case DECODE_SET:
		return decode_set(call);
	case DECODE_STR:
		return decode_str(call);
	case DECODE_BYTES:
		return decode_bytes(call);
	case DECODE_BYTEARRAY:
		return decode_bytearray(call);
	case DECODE_INT:
		return decode_int(call);
	case DECODE_TYPE:
		return decode_type(call);
	case DECODE_CODE:
		return decode_code(call);
	case DECODE_FRAME:
		return decode_frame_object(call);
	case DECODE_GENERATOR:
		return decode_generator(call);
	case DECODE_MODULE:
		return decode_module(call);
	case DECODE_WEAKREF:
		return decode_weakref(call);
	case DECODE_DEQUE:
		return decode_deque(call);
	case DECODE_CACHE:
		return decode_cache(call);
	case DECODE_TEE:
		return decode_tee(call);
	case DECODE_ARRAY:
		return decode_array(call);
	case DECODE_ELEMENT:
		return decode_element(call);
	case DECODE_MOMENT:
		return decode_moment(call);
	case DECODE_NODE:
		return decode_node(call);
	case DECODE_RING:
		return decode_ring(call);
	case DECODE_NDARRAY:
		return decode_ndarray(call);
	case DECODE_DECIMAL:
	case DECODE_STRUCT:
	case DECODE_BYTESIO:
	case DECODE_VIEW:
	case DECODE_MAPPING:
	case DECODE_BUFFERED:
	case DECODE_PRODUCT:
	case DECODE_COMBINATIONS:
	case DECODE_PERMUTATIONS:
		return decode_buffers(call);
	case DECODE_PLAIN:
	case DECODE_ATOM:
	case DECODE_EXCEPTION:
	case DECODE_CELL:
	case DECODE_FUNCTION:
	case DECODE_CACHE_LINK:
	case DECODE_COUNT:
		break;
	}
	return NULL;
}

/* What the compiler of CPython laid out in a file's data as immortal (3.11) refers to other such objects and to None, True
 * and the like, which are mortal there, and nobody counted these references. What it was given since is counted. */
struct frozen_sink {
	struct edge_sink sink; /* first: the sink's address is this struct's */
	struct edge_sink *next;
	struct decoder *decoder;
};

static struct error *frozen_sink_add(struct edge_sink *sink, const struct found_edge *edge)
{
	const struct frozen_sink *frozen = (const struct frozen_sink *)sink;
	struct mirror *mirror = frozen->decoder->mirror;
	struct found_edge uncounted = *edge;

	if (edge->class != EDGE_GUESS && mirror_in_file(mirror, edge->target) &&
	    !object_immortal(mirror, frozen->decoder->layout, edge->target))
		uncounted.class = EDGE_WEAK;
	return frozen->next->add(frozen->next, &uncounted);
}

static bool is_frozen(const struct decoder *decoder, const struct object *object)
{
	return decoder->layout->refcount_immortal == IMMORTAL_FROZEN && object->immortal &&
	       mirror_in_file(decoder->mirror, object->address);
}

static struct error *decode_edges(struct decode_call *call)
{
	TRY(decode_instance(call));
	if (call->type->member_count > 0)
		TRY(decode_fields(call));
	TRY(decode_part(call));
	return call->type->scan_count > 0 || call->type->scan_items ? decode_scan(call) : NULL;
}

/* Its type has words that nothing explains, and code that may. */
static bool is_for_traverse(const struct decode_call *call)
{
	const struct type *type = call->type;

	return call->decoder->traverse != NULL && type->decoder == DECODE_PLAIN && type->gc && type->traverse != 0 &&
	       (type->scan_count > 0 || type->scan_items);
}

struct error *decode_object(struct decoder *decoder, const struct object *object, bool namespace,
			    struct edge_sink *sink, struct decoded *decoded)
{
	struct frozen_sink frozen = {{frozen_sink_add}, sink, decoder};
	struct decode_call call = {.decoder = decoder,
				   .object = object,
				   .namespace = namespace,
				   .sink = is_frozen(decoder, object) ? &frozen.sink : sink,
				   .decoded = decoded,
				   .type = type_table_at(decoder->types, object->type)};

	measure(&call);
	return is_for_traverse(&call) ? decode_visited(&call, decode_edges) : decode_edges(&call);
}
