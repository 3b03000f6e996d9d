/* What does every instance refer to, whatever its kind: its type, its attributes, what lies at fixed places of its
 * struct?
 *
 * Attributes are in a dict at an offset of the struct, in a dict behind a variable-sized object, or in front of the
 * collector's head (3.11): there either as a dict or as bare values beside the keys that the type keeps for all
 * instances. From 3.13 on the values follow the struct and stay there as long as they are marked valid; tp_traverse
 * then visits them through the instance, and leaves out a dict made over them; a little later it visits them through
 * that dict. What nothing explains is scanned: a word counts when an object is plausible there. Cost: one read of the
 * struct, one of the values, a few look-ups for each scanned word.
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"
#include "dumper/type_shape.h"

#define ADDRESS_BITS 47
#define ADDRESS_LEAST 4096
#define LENGTH_LARGEST ((int64_t)1 << 40) /* items, of at most 2^16 bytes */
#define MANAGED_POINTERS 1                /* layout.managed: a word for values, a word for the dict */
#define MANAGED_TAGGED 2                  /* one word: the dict, or values with bit 0 set */
#define MANAGED_INLINE 3                  /* one word for the dict; values behind the struct */

static uint64_t word_at(struct decode_call *call, int64_t offset)
{
	return mirror_u64(call->decoder->mirror, call->object->address + (uint64_t)offset);
}

/* Whether the dict that stands over the instance has taken charge of its embedded values. */
static bool dict_visits(struct decode_call *call, uint64_t dict, uint64_t values)
{
	const struct layout *layout = call->decoder->layout;

	return layout->values_through_dict && dict != 0 &&
	       mirror_u64(call->decoder->mirror, dict + (uint64_t)layout->dict_values) == values;
}

static struct error *decode_inline_values(struct decode_call *call, uint64_t *dict, enum edge_class *dict_class)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t values = call->object->address + (uint64_t)call->type->basicsize;
	uint64_t capacity = mirror_u8(mirror, values + (uint64_t)layout->values_capacity);
	bool valid = mirror_u8(mirror, values + (uint64_t)layout->values_valid) != 0;

	*dict = word_at(call, layout->managed_dict);
	if (!call->type->inline_values || call->type->cached_keys == 0)
		return NULL;
	if (valid && !dict_visits(call, *dict, values)) {
		if (!layout->values_through_dict)
			*dict_class = EDGE_UNVISITED;
		return decode_values(call, call->type->cached_keys, values,
				     *dict != 0 && layout->values_through_dict ? EDGE_UNVISITED : EDGE_OWNED);
	}
	/* emptied, or the dict's to visit, but still part of the instance */
	call->decoded->size += ((capacity + 7) & ~(uint64_t)7) + (capacity + 1) * 8;
	return NULL;
}

static struct error *decode_managed(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t dict = 0, values = 0;
	enum edge_class class = EDGE_OWNED;

	switch (layout->managed) {
	case MANAGED_POINTERS:
		values = word_at(call, layout->managed_values);
		dict = word_at(call, layout->managed_dict);
		break;
	case MANAGED_TAGGED:
		dict = word_at(call, layout->managed_dict);
		if ((dict & 1) != 0) {
			values = dict + 1;
			dict = 0;
		}
		break;
	default:
		TRY(decode_inline_values(call, &dict, &class));
	}
	if (values != 0 && call->type->cached_keys != 0)
		TRY(decode_values(call, call->type->cached_keys, values, EDGE_OWNED));
	return emit_namespace(call, dict, class, "__dict__");
}

/* A dict behind the items: the offset counts from the object's end, rounded up to a word. */
static struct error *decode_dict_at_end(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	int64_t count = (int64_t)word_at(call, layout->var_size);
	uint64_t end;

	if (call->type->decoder == DECODE_INT && layout->long_tag >= 0)
		count = (int64_t)((uint64_t)word_at(call, layout->long_tag) >> 3);
	if (count < 0)
		count = count == INT64_MIN ? INT64_MAX : -count;
	if (count > LENGTH_LARGEST)
		return NULL;
	end = ((uint64_t)call->type->basicsize + (uint64_t)count * (uint64_t)call->type->itemsize + 7) & ~(uint64_t)7;
	if (end < (uint64_t)-call->type->dictoffset)
		return NULL;
	return emit_namespace(call, word_at(call, (int64_t)end + call->type->dictoffset),
			      call->type->gc ? EDGE_OWNED : EDGE_UNVISITED, "__dict__");
}

struct error *decode_instance(struct decode_call *call)
{
	const struct type *type = call->type;

	/* the cache visits the types of its links */
	if (type->heap && type->decoder != DECODE_CACHE_LINK) {
		struct found_edge edge = {.target = type->address,
					  .name = NAME_TYPE,
					  .class = type->visits_type ? EDGE_OWNED : EDGE_UNVISITED,
					  .source = PAYLOAD_NUMBER};

		TRY(call->sink->add(call->sink, &edge));
	}
	if (type->managed_dict)
		return decode_managed(call);
	return type->dictoffset < 0 ? decode_dict_at_end(call) : NULL;
}

/* Of a class, only one made at run time has the words that its metaclass adds. */
static bool is_static_type(struct decode_call *call)
{
	return call->type->decoder == DECODE_TYPE &&
	       !type_flag((uint64_t)word_at(call, call->decoder->layout->type_flags), FLAG_HEAP_TYPE);
}

struct error *decode_fields(struct decode_call *call)
{
	const struct type_member *members = call->type->members;
	uint32_t count = call->type->member_count;
	const uint8_t *bytes;

	/* the members of a struct sequence are its items */
	if (count == 0 || call->type->decoder == DECODE_TUPLE || is_static_type(call))
		return NULL;
	bytes = mirror_at(call->decoder->mirror, call->object->address, (uint64_t)members[count - 1].offset + 8);
	if (bytes == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct type_member *member = &members[i];
		struct found_edge edge = {.target = load_u64(bytes + member->offset),
					  .payload = (uintptr_t)member->name,
					  .name = member->attribute ? NAME_ATTRIBUTE : NAME_FIELD,
					  .class = member->class,
					  .source = PAYLOAD_LITERAL,
					  .namespace = member->names};

		if (edge.target != 0)
			TRY(call->sink->add(call->sink, &edge));
	}
	return NULL;
}

/* One word that may be anything. */
static struct error *scan_word(struct decode_call *call, uint64_t word, uint64_t offset)
{
	struct decoder *decoder = call->decoder;
	struct object object;
	bool plausible;

	if ((word & 7) != 0 || word < ADDRESS_LEAST || word >> ADDRESS_BITS != 0)
		return NULL;
	TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, word, &object, &plausible));
	return plausible ? emit_number(call, word, NAME_OFFSET, EDGE_GUESS, offset) : NULL;
}

static struct error *scan_items(struct decode_call *call)
{
	uint64_t first = ((uint64_t)call->type->basicsize + 7) & ~(uint64_t)7;
	uint64_t count = call->decoded->length * ((uint64_t)call->type->itemsize / 8);
	const uint8_t *bytes;

	if (count == 0)
		return NULL;
	bytes = mirror_at(call->decoder->mirror, call->object->address + first, count * 8);
	if (bytes == NULL) {
		decode_lose(call, LOSS_buffer_unreadable);
		return NULL;
	}
	for (uint64_t i = 0; i < count; i++)
		TRY(scan_word(call, load_u64(bytes + i * 8), first + i * 8));
	return NULL;
}

struct error *decode_scan(struct decode_call *call)
{
	const uint16_t *scan = call->type->scan;
	uint64_t count = call->type->scan_count;
	const uint8_t *bytes;

	if (is_static_type(call))
		return NULL;
	if (count > 0) {
		bytes = mirror_at(call->decoder->mirror, call->object->address, (uint64_t)scan[count - 1] * 8 + 8);
		if (bytes == NULL) {
			decode_lose(call, LOSS_buffer_unreadable);
			return NULL;
		}
		for (uint64_t i = 0; i < count; i++)
			TRY(scan_word(call, load_u64(bytes + (size_t)scan[i] * 8), (uint64_t)scan[i] * 8));
	}
	return call->type->scan_items ? scan_items(call) : NULL;
}

struct error *decode_weakref(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;

	TRY(emit_literal(call, word_at(call, layout->weakref_object), NAME_FIELD, EDGE_WEAK, "wr_object"));
	return emit_literal(call, word_at(call, layout->weakref_callback), NAME_ATTRIBUTE,
			    call->type->gc ? EDGE_OWNED : EDGE_UNVISITED, "__callback__");
}
