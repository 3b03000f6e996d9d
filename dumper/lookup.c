/* What does an object have under a name?
 *
 * A sink compares the names of the edges that the decoders report. Cost: one decoding of the object, and of its
 * __dict__.
 */
#include "dumper/lookup.h"

#include "dumper/marks.h"

#define NAME_BYTES 64 /* no name that is looked for is longer */
#define DIGIT_BITS 30
#define DIGITS_MAX 2u /* of a number */

struct finder {
	struct edge_sink sink; /* first */
	struct decoder *decoder;
	const char *wanted;
	uint64_t key;   /* target of the edge before, where it was a key's */
	uint64_t found; /* 0: not yet */
};

static bool text_is(struct decoder *decoder, uint64_t address, const char *wanted)
{
	char text[NAME_BYTES];
	size_t length;

	return decode_text(decoder, address, text, sizeof text, &length) && strcmp(text, wanted) == 0;
}

static bool name_is(struct decoder *decoder, const struct found_edge *edge, const char *wanted)
{
	if (edge->name != NAME_ATTRIBUTE && edge->name != NAME_NAMED_KEY && edge->name != NAME_FIELD)
		return false;
	if (edge->source == PAYLOAD_LITERAL)
		return strcmp((const char *)(uintptr_t)edge->payload, wanted) == 0;
	return edge->source == PAYLOAD_OBJECT && text_is(decoder, edge->payload, wanted);
}

static struct error *finder_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct finder *finder = (struct finder *)sink;

	if (name_is(finder->decoder, edge, finder->wanted) ||
	    (edge->name == NAME_VALUE && finder->key != 0 && text_is(finder->decoder, finder->key, finder->wanted)))
		finder->found = edge->target;
	finder->key = edge->name == NAME_KEY ? edge->target : 0;
	return NULL;
}

/* *good: an object is there. */
static struct error *load(struct decoder *decoder, uint64_t address, struct object *object, bool *good)
{
	enum object_verdict verdict = OBJECT_GOOD;

	*good = false;
	if (address == 0 || (address & 7) != 0 || address >> ADDRESS_BITS != 0)
		return NULL;
	TRY(object_load(decoder->types, decoder->mirror, decoder->layout, address, object, &verdict));
	*good = verdict == OBJECT_GOOD;
	return NULL;
}

struct error *lookup_walk(struct decoder *decoder, uint64_t address, bool namespace, struct edge_sink *sink,
			  struct decoded *decoded)
{
	struct object object;
	uint64_t losses[LOSS_COUNT];
	struct error *error;
	bool good;

	*decoded = (struct decoded){0};
	TRY(load(decoder, address, &object, &good));
	if (!good)
		return NULL;
	memcpy(losses, decoder->losses, sizeof losses);
	error = decode_object(decoder, &object, namespace, sink, decoded);
	memcpy(decoder->losses, losses, sizeof losses);
	return error;
}

struct error *lookup_own(struct decoder *decoder, uint64_t address, bool namespace, const char *name, uint64_t *result)
{
	struct finder finder = {.sink.add = finder_add, .decoder = decoder, .wanted = name};
	struct decoded decoded;

	TRY(lookup_walk(decoder, address, namespace, &finder.sink, &decoded));
	*result = finder.found;
	return NULL;
}

struct error *lookup_child(struct decoder *decoder, uint64_t address, bool namespace, const char *name,
			   uint64_t *result)
{
	uint64_t dict;

	TRY(lookup_own(decoder, address, namespace, name, result));
	if (*result != 0)
		return NULL;
	TRY(lookup_own(decoder, address, namespace, "__dict__", &dict));
	return lookup_own(decoder, dict, true, name, result);
}

static struct error *items_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct lookup_items *items = (struct lookup_items *)sink;
	uint64_t key = items->key;

	items->key = edge->name == NAME_KEY ? edge->target : 0;
	if (edge->name == NAME_VALUE)
		return vector_push(&items->list, ((struct lookup_item){key, edge->target}));
	if ((edge->name == NAME_ATTRIBUTE || edge->name == NAME_NAMED_KEY) && edge->source == PAYLOAD_OBJECT)
		return vector_push(&items->list, ((struct lookup_item){edge->payload, edge->target}));
	return NULL;
}

struct error *lookup_items(struct decoder *decoder, uint64_t dict, bool namespace, struct lookup_items *items)
{
	struct decoded decoded;

	items->sink.add = items_add;
	items->key = 0;
	return lookup_walk(decoder, dict, namespace, &items->sink, &decoded);
}

void lookup_items_deinit(struct lookup_items *items)
{
	vector_deinit(&items->list);
}

struct error *lookup_type(struct decoder *decoder, uint64_t address, const struct type **type)
{
	struct object object;
	bool good;

	*type = NULL;
	TRY(load(decoder, address, &object, &good));
	if (good)
		*type = type_table_at(decoder->types, object.type);
	return NULL;
}

struct error *lookup_number(struct decoder *decoder, uint64_t address, uint64_t *value, bool *found)
{
	const struct layout *layout = decoder->layout;
	const struct type *type;
	uint64_t digits;

	*found = false;
	TRY(lookup_type(decoder, address, &type));
	if (type == NULL || type->decoder != DECODE_INT)
		return NULL;
	if (layout->long_tag >= 0) {
		uint64_t tag = mirror_u64(decoder->mirror, address + (uint64_t)layout->long_tag);

		digits = (tag & 3) == 2 ? DIGITS_MAX + 1 : tag >> 3; /* 2: negative, 1: zero */
		digits = (tag & 3) == 1 ? 0 : digits;
	} else {
		digits = mirror_u64(decoder->mirror, address + (uint64_t)layout->var_size);
	}
	if (digits > DIGITS_MAX)
		return NULL;
	*value = 0;
	for (uint64_t i = digits; i-- > 0;)
		*value = *value << DIGIT_BITS |
			 mirror_u32(decoder->mirror, address + (uint64_t)layout->long_digits + 4 * i);
	*found = true;
	return NULL;
}
