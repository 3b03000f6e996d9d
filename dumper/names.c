/* Names: interns by address first, so that a name's text is decoded once however many edges bear it.
 *
 * The str objects that name attributes are few and shared (they are interned in the target too); two objects with equal
 * text meet in the writer's own table. Cost: one map look-up an edge.
 */
#include "dumper/names.h"

#define NAME_BYTES 1024 /* longer names are cut */

void names_init(struct names *names)
{
	map_init(&names->objects);
	map_init(&names->literals);
}

void names_deinit(struct names *names)
{
	map_deinit(&names->objects);
	map_deinit(&names->literals);
}

static struct error *object_name(struct names *names, struct decoder *decoder, struct writer *writer, uint64_t address,
				 string_id *id)
{
	char text[NAME_BYTES];
	size_t length = 0;

	if (!decode_text(decoder, address, text, sizeof text, &length)) {
		decoder->losses[LOSS_name_unreadable]++;
		*id = NO_ID;
	} else {
		TRY(writer_string(writer, text, length, id));
	}
	return map_put(&names->objects, address, *id);
}

struct error *names_find(struct names *names, struct decoder *decoder, struct writer *writer, const struct found_edge *edge,
			 string_id *id)
{
	const char *literal;

	if (edge->source == PAYLOAD_OBJECT) {
		if (map_find(&names->objects, edge->payload, id))
			return NULL;
		return object_name(names, decoder, writer, edge->payload, id);
	}
	if (map_find(&names->literals, edge->payload, id))
		return NULL;
	literal = (const char *)(uintptr_t)edge->payload;
	TRY(writer_string(writer, literal, strlen(literal), id));
	return map_put(&names->literals, edge->payload, *id);
}
