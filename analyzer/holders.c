/* By which place of the program is each of some objects held?
 *
 * Ways were found breadth first, so an object comes after the one before it on its way: one pass in that order hands each
 * object its place, one pass back adds up how many of those asked for are below each object on the ways, and a last one finds the
 * deepest below which all of a place's are.
 */
#include "analyzer/holders.h"

#include "analyzer/memory.h"

#include <stdlib.h>

struct placing {
	const struct ways *ways;
	const struct type_facts *facts;
	const uint64_t *asked;
	struct holders *holders;
	uint32_t *place; /* by node: the object at the place */
	uint32_t *below; /* by node: of those asked for and of its place, how many have a way through it */
};

static bool is_asked(const struct placing *placing, node_id node)
{
	return placing->asked[node / 64] >> node % 64 & 1;
}

bool holder_passes(const struct ways *ways, const struct type_facts *facts, node_id node)
{
	const struct graph *graph = ways->graph;
	uint32_t parent = ways->parent[node];
	if (facts->kind[graph->type[node]] == KIND_module)
		return true;
	bool is_root = parent >= WAY_ROOT && parent < WAY_IMMORTAL;
	if (is_root && reader_roots(graph->reader)[parent & ~WAY_ROOT].kind == ROOT_MODULES)
		return true;
	return graph->flags[node] & OBJECT_NAMESPACE && parent < WAY_ROOT &&
	       facts->kind[graph->type[parent]] == KIND_module;
}

static bool is_passed(const struct placing *placing, node_id node)
{
	return holder_passes(placing->ways, placing->facts, node);
}

/* The table of modules itself, whose keys, and what else than modules it has, are its own. */
static bool is_table(const struct placing *placing, node_id node)
{
	return placing->facts->kind[placing->ways->graph->type[node]] != KIND_module &&
	       placing->ways->parent[node] >= WAY_ROOT;
}

/* An object that is passed by stands for itself until something is behind it. */
static void hand_down(struct placing *placing)
{
	const struct ways *ways = placing->ways;
	for (uint32_t i = 0; i < ways->reached; i++) {
		node_id node = ways->order[i];
		uint32_t parent = ways->parent[node];
		bool begins = parent >= WAY_ROOT;
		bool goes_on = !begins && (placing->place[parent] != parent || !is_passed(placing, parent) ||
					   (is_table(placing, parent) && !is_passed(placing, node)));
		placing->place[node] = goes_on ? placing->place[parent] : node;
		placing->below[node] = is_asked(placing, node);
	}
	for (uint32_t i = ways->reached; i-- > 0;) {
		node_id node = ways->order[i];
		uint32_t parent = ways->parent[node];
		if (parent < WAY_ROOT && placing->place[parent] == placing->place[node])
			placing->below[parent] += placing->below[node];
	}
}

/* What begins at a place: a holder of its own, unless no name leads there. */
static struct error *holder_at(struct placing *placing, node_id place, uint32_t *number)
{
	uint32_t from = place;
	while (from < WAY_ROOT)
		from = placing->ways->parent[from];
	*number = from == WAY_IMMORTAL ? HOLDER_IMMORTAL : HOLDER_C_CODE;
	if (from >= WAY_IMMORTAL)
		return NULL;
	*number = (uint32_t)placing->holders->items.count;
	return vector_push(&placing->holders->items, (struct holder){HOLDER_PLACE, place});
}

static struct error *number_places(struct placing *placing)
{
	const struct ways *ways = placing->ways;
	struct holders *holders = placing->holders;
	for (node_id node = 0; node < ways->graph->nodes; node++)
		holders->of[node] = HOLDER_NOTHING;
	for (uint32_t i = 0; i < ways->reached; i++) {
		node_id node = ways->order[i], place = placing->place[node];
		if (place != node)
			holders->of[node] = holders->of[place];
		else if (placing->below[node] > 0)
			TRY(holder_at(placing, node, &holders->of[node]));
	}
	return NULL;
}

/* Those that have all of their place's below them are a chain, which is met from its beginning on. */
static void descend(struct placing *placing)
{
	const struct ways *ways = placing->ways;
	struct holder *holders = placing->holders->items.items;
	for (uint32_t i = 0; i < ways->reached; i++) {
		node_id node = ways->order[i], place = placing->place[node];
		uint32_t number = placing->holders->of[node];
		bool is_common =
			place != node && placing->below[node] > 0 && placing->below[node] == placing->below[place];
		if (is_common && holders[number].kind == HOLDER_PLACE)
			holders[number].node = node;
	}
}

static void placing_deinit(struct placing *placing)
{
	free(placing->place);
	free(placing->below);
}
DEFINE_AUTO_VALUE(placing, struct placing, placing_deinit);

struct error *holders_create(const struct ways *ways, const struct type_facts *facts, const uint64_t *asked,
			     struct holders *result)
{
	size_t nodes = ways->graph->nodes;
	AUTO(holders) struct holders holders = {.of = memory_large(nodes + 1, sizeof *holders.of)};
	AUTO(placing) struct placing placing = {.ways = ways, .facts = facts, .asked = asked, .holders = &holders};
	placing.place = memory_large(nodes + 1, sizeof *placing.place);
	placing.below = memory_large(nodes + 1, sizeof *placing.below);
	if (holders.of == NULL || placing.place == NULL || placing.below == NULL)
		return error_memory();
	for (enum holder_kind kind = 0; kind < HOLDER_PLACE; kind++)
		TRY(vector_push(&holders.items, (struct holder){kind, NO_ID}));
	hand_down(&placing);
	TRY(number_places(&placing));
	descend(&placing);
	*result = holders;
	holders = (struct holders){0};
	return NULL;
}

void holders_deinit(struct holders *holders)
{
	vector_deinit(&holders->items);
	free(holders->of);
	*holders = (struct holders){0};
}

struct error *holder_print(const struct holder *holder, const struct ways *ways, const struct path_printing *printing,
			   struct text *text)
{
	static const char *const names[] =
		{[HOLDER_IMMORTAL] = "immortal objects", [HOLDER_C_CODE] = "C code", [HOLDER_NOTHING] = "nothing"};
	if (holder->kind != HOLDER_PLACE) {
		text_add(text, names[holder->kind]);
		return NULL;
	}
	AUTO(path) struct path path = {0};
	TRY(path_trace(ways, holder->node, NO_ID, &path));
	return path_spell(printing, &path, text);
}
