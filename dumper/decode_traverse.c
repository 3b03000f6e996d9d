/* What does an object refer to whose struct only its own code knows, where that code can be asked?
 *
 * What the decoders find is compared with what tp_traverse visits: both name the references that a layout explains; a word
 * that looked like a reference and is visited is one, owned; what is visited and lies in no word of the object is behind a
 * pointer of its own, and comes last, without a name. The rest of the guesses stay what they are, as a type need not visit
 * all that it counts. Cost: a binary search for each edge.
 */
#include "dumper/decode_parts.h"
#include "dumper/traverse.h"

#include <stdlib.h>

/* Passes edges on, and takes the owned ones out of what is visited. */
struct visited_sink {
	struct edge_sink sink; /* first */
	struct edge_sink *inner;
	const uint64_t *referents;
	size_t count;
	uint8_t *taken; /* one for each */
};

/* Marks one occurrence that is not yet taken; false where there is none. */
static bool take(struct visited_sink *visited, uint64_t target)
{
	size_t low = 0, high = visited->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (visited->referents[middle] < target)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < visited->count && visited->referents[low] == target && visited->taken[low])
		low++;
	if (low == visited->count || visited->referents[low] != target)
		return false;
	visited->taken[low] = 1;
	return true;
}

static struct error *visited_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct visited_sink *visited = (struct visited_sink *)sink;
	struct found_edge found = *edge;

	if (edge->class == EDGE_OWNED)
		take(visited, edge->target);
	else if (edge->class == EDGE_GUESS && take(visited, edge->target))
		found.class = EDGE_OWNED;
	return visited->inner->add(visited->inner, &found);
}

static struct error *emit_rest(struct decode_call *call, const struct visited_sink *visited)
{
	for (size_t i = 0; i < visited->count; i++)
		if (!visited->taken[i])
			TRY(emit_number(call, visited->referents[i], NAME_NONE, EDGE_OWNED, 0));
	return NULL;
}

struct error *decode_visited(struct decode_call *call, struct error *(*decode)(struct decode_call *call))
{
	struct traverse *traverse = call->decoder->traverse;
	struct visited_sink visited = {.sink.add = visited_add, .inner = call->sink};
	bool known = false;

	TRY(traverse_referents(traverse, call->object->address, call->type->traverse, &visited.referents,
			       &visited.count, &known));
	if (!known)
		return decode(call);
	AUTO(free) void *taken = calloc(visited.count + 1, 1);
	if (taken == NULL)
		return error_memory();
	visited.taken = taken;
	struct decode_call listened = *call;
	listened.sink = &visited.sink;
	TRY(decode(&listened));
	return emit_rest(call, &visited);
}
