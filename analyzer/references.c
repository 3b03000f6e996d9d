/* Who refers to this object?
 *
 * Edges are stored with their owners, so all targets are looked at, 4 bytes each, some 15 ms for ten million objects; then
 * the names and classes of the few that match, from the file.
 */
#include "analyzer/references.h"

#include <stdlib.h>

static struct error *add_roots(const struct graph *graph, node_id node, struct references *references)
{
	const struct edge_record *edges = reader_root_edges(graph->reader);
	const uint64_t *offsets = reader_root_offsets(graph->reader);
	uint64_t count = reader_counts(graph->reader).roots;
	for (uint64_t r = 0; r < count; r++)
		for (uint64_t e = offsets[r]; e < offsets[r + 1]; e++)
			if (edges[e].target == node)
				TRY(vector_push(&references->items,
						(struct reference){.from = graph->nodes + (uint32_t)r,
								   .edge = {.record = edges[e], .key = NO_ID}}));
	return NULL;
}

static struct error *add_owner(struct edge_lookup *lookup, node_id owner, node_id node, struct references *references)
{
	struct edge_walk walk;
	struct known_edge edge;
	TRY(edge_lookup_walk(lookup, owner, &walk));
	for (bool found = true; found;) {
		TRY(edge_lookup_next(lookup, &walk, &edge, &found));
		if (found && edge.record.target == node)
			TRY(vector_push(&references->items, (struct reference){.from = owner, .edge = edge}));
	}
	return NULL;
}

static struct error *add_objects(const struct graph *graph, struct edge_lookup *lookup, node_id node,
				 struct references *references)
{
	node_id owner = 0;
	for (uint32_t e = 0; e < graph->edges; e++) {
		if (graph->targets[e] != node)
			continue;
		/* Owners ascend: gallop to the one that has this edge. */
		uint32_t step = 1;
		while (graph->nodes - owner > step && graph->offsets[owner + step] <= e) {
			owner += step;
			step *= 2;
		}
		while (graph->offsets[owner + 1] <= e)
			owner++;
		TRY(add_owner(lookup, owner, node, references));
		e = graph->offsets[owner + 1] - 1;
	}
	return NULL;
}

static void explain(const struct object_record *record, node_id nodes, struct references *references)
{
	bool immortal = (record->flags & OBJECT_IMMORTAL) != 0;
	uint64_t left = record->refcount, over = 0;
	for (int guesses = 0; guesses < 2; guesses++)
		for (size_t i = 0; i < references->items.count; i++) {
			struct reference *reference = &references->items.items[i];
			enum edge_class class = reference->edge.record.class;
			bool root = reference->from >= nodes;
			if ((class == EDGE_GUESS) != (guesses == 1))
				continue;
			references->weak += class == EDGE_WEAK && !root;
			reference->counted = !immortal && class != EDGE_WEAK && (class != EDGE_GUESS || left > 0);
			reference->holds = reference->counted || (root && class == EDGE_WEAK) ||
					   (immortal && class != EDGE_WEAK && class != EDGE_GUESS);
			if (!reference->counted)
				continue;
			over += left == 0;
			left -= left > 0;
			references->guesses += class == EDGE_GUESS;
			*(root ? &references->roots : &references->objects) += 1;
		}
	references->residue = immortal ? 0 : over > 0 ? -(int64_t)over : left < INT64_MAX ? (int64_t)left : INT64_MAX;
}

struct error *references_find(const struct graph *graph, struct edge_lookup *lookup, node_id node,
			      const struct object_record *record, struct references *result)
{
	AUTO(references) struct references references = {0};
	TRY(add_roots(graph, node, &references));
	TRY(add_objects(graph, lookup, node, &references));
	explain(record, graph->nodes, &references);
	*result = references;
	references = (struct references){0};
	return NULL;
}

void references_deinit(struct references *references)
{
	vector_deinit(&references->items);
}
