/* By which name would a programmer know this place? One search gives the ways to all; names are read for those
 * printed. */
#include "analyzer/place_name.h"

#include "analyzer/dominators.h"

struct error *place_names_init(struct place_names *names, const struct graph *graph)
{
	const struct reader *readers[1] = {graph->reader};
	struct ways_request request = {.blocked = NO_ID, .unnamed = true};
	AUTO(place_names) struct place_names made = {.graph = graph};
	edge_names_init(&made.edges, graph->reader);
	TRY(type_names_init(&made.names, readers, 1));
	TRY(ways_find(graph, &request, &made.ways));
	*names = made;
	made = (struct place_names){0};
	/* Last, as it keeps the address of the names. */
	return object_lookup_init(&names->objects, graph->reader, &names->names);
}

void place_names_deinit(struct place_names *names)
{
	ways_deinit(&names->ways);
	object_lookup_deinit(&names->objects);
	type_names_deinit(&names->names);
	edge_names_deinit(&names->edges);
	*names = (struct place_names){0};
}

static struct error *spell_object(const struct ways *ways, const struct path_printing *printing, node_id node,
				  struct text *text)
{
	AUTO(path) struct path path = {0};
	TRY(path_trace(ways, node, NO_ID, &path));
	if (path.count > 0)
		return path_spell(printing, &path, text);
	text_add(text, "what nothing leads to: ");
	return object_lookup_print(printing->objects, node, text);
}

struct error *place_name_spell(const struct ways *ways, const struct path_printing *printing, uint32_t place,
			       struct text *text)
{
	if (place < ways->graph->nodes)
		return spell_object(ways, printing, place, text);
	if (place == DOMINATOR_ROOT)
		text_add(text, "several places at once");
	else
		path_print_root(ways->graph, place - ways->graph->nodes, text);
	return text_error(text);
}

struct error *place_name_print(struct place_names *names, uint32_t place, struct text *text)
{
	struct path_printing printing = {.names = &names->edges, .objects = &names->objects};
	return place_name_spell(&names->ways, &printing, place, text);
}

void place_name_mask(const struct text *path, struct text *masked)
{
	size_t depth = 0;
	for (size_t i = 0; i < path->length; i++) {
		char c = text_string(path)[i];
		if (c == '[' && depth++ == 0)
			text_add(masked, "[*]");
		else if (c == ']' && depth > 0)
			depth--;
		else if (depth == 0)
			text_add_char(masked, c);
	}
}
