/* What is where, by name?
 *
 * One search for the shortest ways gives each object its key (analyzer/path_key.h), and one pass adds up by these. Names
 * are read from the file only of the paths that are asked for. O(nodes + edges).
 */
#include "analyzer/path_sums.h"

#include "analyzer/path_key.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

void path_sums_deinit(struct path_sums *sums)
{
	map_deinit(&sums->by_key);
	vector_deinit(&sums->sums);
	*sums = (struct path_sums){0};
}

static struct error *add_up(struct path_sums *sums, const struct graph *graph, const uint64_t *keys)
{
	for (node_id i = 0; i < graph->nodes; i++) {
		uint64_t key = keys[i] >> 1; /* never MAP_NO_KEY */
		uint32_t index, next = (uint32_t)sums->sums.count;
		if (!map_find(&sums->by_key, key, &index)) {
			TRY(map_put(&sums->by_key, key, next));
			TRY(vector_push(&sums->sums, (struct path_sum){.key = key, .first = i}));
			index = next;
		}
		struct type_total *total = &sums->sums.items[index].total;
		total->count++;
		total->size = saturating_add(total->size, graph_size(graph, i));
	}
	return NULL;
}

struct error *path_sums_find(const struct graph *graph, const struct type_names *names, struct match *mask,
			     struct path_sums *result)
{
	AUTO(path_sums) struct path_sums sums = {0};
	AUTO(ways) struct ways ways = {0};
	uint64_t *keys = NULL;
	map_init(&sums.by_key);
	TRY(ways_find(graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true}, &ways));
	TRY(path_keys_of_ways(&ways, names, mask, &keys));
	AUTO(free) void *kept = keys;
	TRY(add_up(&sums, graph, keys));
	*result = sums;
	sums = (struct path_sums){0};
	return NULL;
}

/* What a path without a root begins at is called by its first object, which has another number in each snapshot: ` #17` goes. */
static void drop_number(const struct text *path, struct text *plain)
{
	const char *at = strstr(text_string(path), " #");
	size_t digits = at != NULL ? strspn(at + 2, "0123456789") : 0;
	if (digits == 0) {
		text_add_bytes(plain, text_string(path), path->length);
		return;
	}
	text_add_bytes(plain, text_string(path), (size_t)(at - text_string(path)));
	text_add(plain, at + 2 + digits);
}

/* A way that begins at no root, or none at all. */
static bool begins_at_object(const struct ways *ways, node_id node)
{
	uint32_t parent = ways->parent[node];
	while (!way_begins(parent))
		parent = ways->parent[parent];
	return parent >= WAY_IMMORTAL;
}

struct error *path_sums_name(struct place_names *names, const struct path_sum *sum, struct text *path,
			     struct text *type)
{
	struct label label;
	AUTO(text) struct text whole = {0}, masked = {0};
	text_init(&whole);
	text_init(&masked);
	TRY(place_name_print(names, sum->first, &whole));
	place_name_mask(&whole, &masked);
	if (begins_at_object(&names->ways, sum->first))
		drop_number(&masked, path);
	else
		text_add_bytes(path, text_string(&masked), masked.length);
	TRY(text_error(&masked));
	TRY(object_lookup_type(&names->objects, sum->first, &label));
	text_add_escaped(type, label.name, label.length);
	TRY(text_error(path));
	return text_error(type);
}
