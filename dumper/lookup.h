/* Lookup: an object's attributes, items and small contents by name, as a program would ask for them.
 *
 * What the decoders report is searched, so that instances, modules, dicts and C structs with named fields are all
 * asked the same way. What is no readable object has nothing. Losses are not counted again: discovery has met them.
 */
#ifndef DUMPER_LOOKUP_H
#define DUMPER_LOOKUP_H

#include "base/vector.h"
#include "dumper/decode.h"

/* Decodes the object at `address` into `sink`. `namespace`: it is a dict whose keys are names. */
struct error *lookup_walk(struct decoder *decoder, uint64_t address, bool namespace, struct edge_sink *sink,
			  struct decoded *decoded) CHECKED;
/* The target of an object's edge `name`, in its __dict__ if not in itself; 0 where there is none. */
struct error *lookup_child(struct decoder *decoder, uint64_t address, bool namespace, const char *name,
			   uint64_t *result) CHECKED;
/* The target of an object's own edge `name`, never of its __dict__. */
struct error *lookup_own(struct decoder *decoder, uint64_t address, bool namespace, const char *name, uint64_t *result)
	CHECKED;

struct lookup_item {
	uint64_t key;   /* address of a dict's key, of a str that is an attribute's name; 0: none */
	uint64_t value; /* address */
};
struct lookup_items {
	struct edge_sink sink; /* first */
	uint64_t key;          /* of the edge at hand */
	VECTOR(struct lookup_item) list;
};
/* Adds the items of a dict. */
struct error *lookup_items(struct decoder *decoder, uint64_t dict, bool namespace, struct lookup_items *items) CHECKED;
void lookup_items_deinit(struct lookup_items *items);
DEFINE_AUTO_VALUE(lookup_items, struct lookup_items, lookup_items_deinit);

/* The type of the object at `address`; NULL where there is no object that can be read. */
struct error *lookup_type(struct decoder *decoder, uint64_t address, const struct type **type) CHECKED;
/* The value of an int (or bool) of at most 60 bits that is not negative; false where it is none. */
struct error *lookup_number(struct decoder *decoder, uint64_t address, uint64_t *value, bool *found) CHECKED;

#endif
