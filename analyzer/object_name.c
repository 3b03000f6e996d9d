/* Which object does the user mean, and what did they mean where there is none?
 *
 * Addresses ascend through the file, so a chunk's first one tells whether to look before it: a binary search over chunks,
 * then one within a chunk. Cost: a chunk, about a millisecond, for each halving.
 */
#include "analyzer/object_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The whole word is a number: digits of `base` after what was taken off it. */
static bool parse(const char *digits, int base, uint64_t *number)
{
	char *end;
	errno = 0;
	bool first = base == 16 ? strspn(digits, "0123456789abcdefABCDEF") > 0 : digits[0] >= '0' && digits[0] <= '9';
	unsigned long long value = strtoull(digits, &end, base);
	if (!first || *end != '\0' || (base == 16 && digits[1] == 'x'))
		return false;
	*number = errno == ERANGE ? UINT64_MAX : value;
	return true;
}

static struct error *find_id(struct object_lookup *lookup, uint64_t id, node_id *node)
{
	uint64_t nodes = reader_counts(lookup->reader).nodes;
	if (id < nodes) {
		*node = (node_id)id;
		return NULL;
	}
	if (nodes == 0)
		return error_create(ERROR_USAGE, "%s has no objects", reader_path(lookup->reader));
	AUTO(text) struct text count = {0};
	text_init(&count);
	text_add_count(&count, nodes);
	return error_create(ERROR_USAGE, "there is no object #%" PRIu64 ": %s has %s, #0 to #%" PRIu64, id,
			    reader_path(lookup->reader), text_string(&count), nodes - 1);
}

static struct error *address_of(struct object_lookup *lookup, node_id node, uint64_t *address)
{
	struct object_record record;
	TRY(object_lookup_get(lookup, node, &record));
	*address = record.address;
	return NULL;
}

/* The first object of [low, high) at `address` or after it, `high` if there is none; steps of `step` objects. */
static struct error *search(struct object_lookup *lookup, uint64_t address, uint64_t step, uint64_t *low, uint64_t high)
{
	while (*low < high) {
		uint64_t middle = *low + (high - *low) / 2, at;
		TRY(address_of(lookup, (node_id)(middle * step), &at));
		if (at < address)
			*low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct error *not_there(struct object_lookup *lookup, uint64_t address, uint64_t after)
{
	struct object_record record;
	AUTO(text) struct text near = {0};
	text_init(&near);
	if (reader_counts(lookup->reader).nodes == 0)
		return find_id(lookup, 0, NULL);
	bool before = after == 0;
	node_id node = (node_id)(before ? 0 : after - 1);
	TRY(object_lookup_get(lookup, node, &record));
	TRY(object_lookup_print(lookup, node, &near));
	TRY(text_error(&near));
	if (before)
		return error_create(ERROR_USAGE, "there is no object at 0x%" PRIx64 ": the first is %s at 0x%" PRIx64, address,
				    text_string(&near), record.address);
	/* Own bytes come first, buffers lie elsewhere: within the size is likely within the object. */
	uint64_t distance = address - record.address;
	return error_create(ERROR_USAGE,
			    "no object begins at 0x%" PRIx64 ": %s %s, %" PRIu64 " bytes before; did you mean #%" PRIu32 "?",
			    address, distance < record.size ? "it is probably within" : "the nearest is", text_string(&near),
			    distance, node);
}

static struct error *find_address(struct object_lookup *lookup, uint64_t address, node_id *node)
{
	uint64_t nodes = reader_counts(lookup->reader).nodes, chunk = 0, found = 0;
	TRY(search(lookup, address, CHUNK_OBJECTS, &chunk, reader_object_chunks(lookup->reader)));
	/* In the chunk before the first that begins at the address or after it. */
	if (chunk > 0)
		found = (chunk - 1) * CHUNK_OBJECTS;
	uint64_t end = chunk * CHUNK_OBJECTS < nodes ? chunk * CHUNK_OBJECTS : nodes, at = 0;
	TRY(search(lookup, address, 1, &found, end));
	if (found < nodes)
		TRY(address_of(lookup, (node_id)found, &at));
	if (found == nodes || at != address)
		return not_there(lookup, address, found);
	*node = (node_id)found;
	return NULL;
}

static struct error *no_object(const struct type_names *names, const char *word)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, word, strlen(word));
	for (label_id l = 0; l < names->count; l++)
		if (strcmp(names->labels[l].name, word) == 0)
			return error_create(ERROR_USAGE,
					    "'%s' is a type, not an object: heapdiff top --type '^%s$' lists its objects by "
					    "number, and paths takes --type too",
					    text_string(&safe), text_string(&safe));
	return error_create(ERROR_USAGE, "'%s' is no object: write its number, 1234 or '#1234', or its address, 0x7f0012345678",
			    text_string(&safe));
}

struct error *object_name_find(struct object_lookup *lookup, const char *word, node_id *node)
{
	uint64_t number;
	if (strncmp(word, "0x", 2) == 0 && parse(word + 2, 16, &number))
		return find_address(lookup, number, node);
	if (parse(word[0] == '#' ? word + 1 : word, 10, &number))
		return find_id(lookup, number, node);
	return no_object(lookup->names, word);
}
