/* What is where, by name?
 *
 * One search for the shortest ways gives each object its key (analyzer/path_key.h), and one pass adds up by these. Names
 * are read from the file only of the paths that are asked for. O(nodes + edges).
 */
#include "analyzer/path_sums.h"

#include "analyzer/path_key.h"
#include "base/bytes.h"

#include <stdlib.h>

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

struct error *path_sums_name(struct place_names *names, const struct path_sum *sum, struct text *path,
			     struct text *type)
{
	struct label label;
	AUTO(text) struct text whole = {0};
	text_init(&whole);
	TRY(place_name_print(names, sum->first, &whole));
	place_name_mask(&whole, path);
	TRY(object_lookup_type(&names->objects, sum->first, &label));
	text_add_escaped(type, label.name, label.length);
	TRY(text_error(path));
	return text_error(type);
}
