/* Which object of another process is this one?
 *
 * One pass over the file's edges with their names keeps, of those that lead from an object's dominator directly to
 * it, the best name as a hash. Then, down the tree, each key is made of the dominator's and this. Strings are hashed
 * once each; a name that holds an address is masked there.
 */
#include "analyzer/path_key.h"

#include "analyzer/edge_name.h"
#include "analyzer/memory.h"
#include "format/checksum.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONE 1u   /* a step without a name */
#define HASH_FOLDED 2u /* `__dict__` */
#define HASH_MASKED 3u
#define HASH_ROOT UINT64_C(0x9e3779b97f4a7c15)

struct keying {
	const struct graph *graph;
	const struct domination *tree; /* NULL: down the ways instead */
	const struct ways *ways;
	struct reader *reader;
	struct match *mask;
	uint64_t *strings; /* hash by string id; 0: not yet */
	uint64_t *steps;   /* by node: the name of the step to it; later its key */
	uint8_t *orders;   /* by node: edge_name_order of that */
	uint32_t *degrees;
	uint64_t *types; /* by type id: what stands for it in a key */
};

static void keying_deinit(struct keying *keying)
{
	free(keying->strings);
	free(keying->steps);
	free(keying->orders);
	free(keying->degrees);
	free(keying->types);
}
DEFINE_AUTO_VALUE(keying, struct keying, keying_deinit);

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t pair[2] = {a, b};
	return checksum_hash(pair, sizeof pair);
}

/* --- names
 * ---------------------------------------------------------------------------------------------------------- */

static bool holds_address(const char *name)
{
	const char *at = strstr(name, "0x");
	return at != NULL && strspn(at + 2, "0123456789abcdefABCDEF") >= 6;
}

static struct error *hash_string(struct keying *keying, string_id id, uint64_t *hash)
{
	uint64_t *known = &keying->strings[id];
	size_t length;
	const char *name = reader_string(keying->reader, id, &length);
	bool masked = holds_address(name);
	if (*known == 0 && !masked && keying->mask != NULL)
		TRY(match_run(keying->mask, name, length, &masked));
	if (*known == 0)
		*known = masked                          ? HASH_MASKED
			 : strcmp(name, "__dict__") == 0 ? HASH_FOLDED
							 : checksum_hash(name, length);
	*hash = *known;
	return NULL;
}

static bool has_string(enum edge_name name)
{
	return name == NAME_ATTRIBUTE || name == NAME_NAMED_KEY || name == NAME_LOCAL || name == NAME_CLOSURE ||
	       name == NAME_FIELD;
}

/* An attribute is one, whether its value lies in the object or in its dict. */
static struct error *hash_step(struct keying *keying, enum edge_name name, uint64_t payload, uint64_t *hash)
{
	if (name == NAME_NONE) {
		*hash = HASH_NONE;
		return NULL;
	}
	if (!has_string(name)) {
		*hash = mix(name == NAME_NEXT_INDEX ? NAME_INDEX : name, HASH_MASKED);
		return NULL;
	}
	TRY(hash_string(keying, (string_id)payload, hash));
	if (*hash != HASH_FOLDED)
		*hash = mix(name == NAME_NAMED_KEY ? NAME_ATTRIBUTE : name, *hash);
	return NULL;
}

/* Whether the edge leads from the place above an object directly to it. */
static bool is_above(const struct keying *keying, uint32_t owner, node_id target)
{
	if (keying->tree != NULL)
		return domination_of(keying->tree, target) == owner;
	uint32_t parent = keying->ways->parent[target], nodes = keying->graph->nodes;
	return parent == (owner < nodes ? owner : WAY_ROOT | (owner - nodes));
}

static struct error *take_edge(struct keying *keying, uint32_t owner, node_id target, enum edge_name name,
			       uint64_t payload)
{
	unsigned order = edge_name_order(name);
	if (order > keying->orders[target] || !is_above(keying, owner, target))
		return NULL;
	uint64_t hash;
	TRY(hash_step(keying, name, payload, &hash));
	if (order == keying->orders[target] && hash >= keying->steps[target])
		return NULL;
	keying->orders[target] = (uint8_t)order;
	keying->steps[target] = hash;
	return NULL;
}

/* --- the edges of the file
 * ------------------------------------------------------------------------------------------ */

static struct error *read_degrees(struct keying *keying)
{
	for (uint32_t chunk = 0; chunk < reader_object_chunks(keying->reader); chunk++) {
		node_id first;
		uint32_t count;
		struct object_columns columns = {.degree = keying->degrees + (size_t)chunk * CHUNK_OBJECTS};
		TRY(reader_objects(keying->reader, chunk, &columns, &first, &count));
	}
	return NULL;
}

struct edge_room {
	node_id *target;
	uint8_t *name, *class;
	uint64_t *payload;
};

static void edge_room_deinit(struct edge_room *room)
{
	free(room->target);
	free(room->name);
	free(room->class);
	free(room->payload);
}
DEFINE_AUTO_VALUE(edge_room, struct edge_room, edge_room_deinit);

static struct error *read_edges(struct keying *keying)
{
	AUTO(edge_room)
	struct edge_room room = {.target = malloc(CHUNK_EDGES * sizeof(node_id)),
				 .name = malloc(CHUNK_EDGES),
				 .class = malloc(CHUNK_EDGES),
				 .payload = malloc(CHUNK_EDGES * sizeof(uint64_t))};
	if (!room.target || !room.name || !room.class || !room.payload)
		return error_memory();
	struct edge_columns columns = {.target = room.target,
				       .name = room.name,
				       .class = room.class,
				       .payload = room.payload};
	node_id owner = 0;
	uint32_t left = keying->graph->nodes > 0 ? keying->degrees[0] : 0;
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(keying->reader); chunk++) {
		uint64_t first;
		uint32_t count;
		TRY(reader_edges(keying->reader, chunk, keying->degrees, &columns, &first, &count));
		for (uint32_t e = 0; e < count; e++) {
			while (left == 0)
				left = keying->degrees[++owner];
			left--;
			if (room.class[e] != EDGE_WEAK)
				TRY(take_edge(keying, owner, room.target[e], room.name[e], room.payload[e]));
		}
	}
	return NULL;
}

static struct error *read_roots(struct keying *keying)
{
	node_id nodes = keying->graph->nodes;
	const struct edge_record *edges = reader_root_edges(keying->reader);
	const uint64_t *offsets = reader_root_offsets(keying->reader);
	for (root_id r = 0; r < reader_counts(keying->reader).roots; r++)
		for (uint64_t e = offsets[r]; e < offsets[r + 1]; e++)
			TRY(take_edge(keying, nodes + r, edges[e].target, edges[e].name, edges[e].payload));
	return NULL;
}

/* --- keys
 * ----------------------------------------------------------------------------------------------------------- */

static uint64_t key_of_root(struct keying *keying, root_id root)
{
	const struct root_record *record = &reader_roots(keying->reader)[root];
	size_t length;
	const char *name = reader_string(keying->reader, record->function, &length);
	/* The name of a thread or frame has the id of the thread, which is another process's own. */
	if (record->kind != ROOT_FRAME && record->kind != ROOT_THREAD)
		name = reader_string(keying->reader, record->name, &length);
	return mix(mix(HASH_ROOT, record->kind), checksum_hash(name, length));
}

static uint64_t key_below(const struct keying *keying, uint64_t above, node_id node)
{
	return mix(mix(above, keying->steps[node]), keying->types[keying->graph->type[node]]);
}

/* Down the tree, so that the key of a dominator, which takes the room of its step, is there. */
static struct error *make_keys(struct keying *keying)
{
	const struct domination *tree = keying->tree;
	node_id nodes = keying->graph->nodes;
	AUTO(free) void *memory = memory_large(tree->numbers, sizeof(uint64_t));
	uint64_t *by_number = memory;
	if (by_number == NULL)
		return error_memory();
	by_number[0] = HASH_ROOT;
	for (uint32_t i = 1; i < tree->numbers; i++) {
		uint32_t place = tree->node[i];
		uint64_t above = by_number[tree->idom[i]];
		if (place >= nodes)
			by_number[i] = key_of_root(keying, place - nodes);
		else /* what a `__dict__` holds is its owner's */
			by_number[i] = keying->steps[place] == HASH_FOLDED ? above : key_below(keying, above, place);
	}
	for (node_id v = 0; v < nodes; v++) {
		uint32_t state = tree->state[v];
		uint64_t above = by_number[state & ~FLOW_LEAF];
		if (keying->steps[v] == HASH_FOLDED)
			keying->steps[v] = mix(above, HASH_FOLDED);
		else
			keying->steps[v] = state & FLOW_LEAF ? key_below(keying, above, v) : above;
	}
	return NULL;
}

/* The key of what a way begins at. */
static uint64_t key_of_beginning(struct keying *keying, uint32_t from)
{
	return from < WAY_IMMORTAL ? key_of_root(keying, from & ~WAY_ROOT) : mix(HASH_ROOT, from);
}

/* Nearer ones come first, so that the key of the object before is there; of a `__dict__` that of its owner, until the
 * end. */
static void make_keys_of_ways(struct keying *keying)
{
	const struct ways *ways = keying->ways;
	for (node_id v = 0; v < keying->graph->nodes; v++)
		if (ways->parent[v] == WAY_NONE || ways->parent[v] == WAY_CLOSED)
			keying->steps[v] = mix(mix(HASH_ROOT, WAY_NONE), keying->types[keying->graph->type[v]]);
	for (uint32_t i = 0; i < ways->reached; i++) {
		node_id node = ways->order[i];
		uint32_t parent = ways->parent[node];
		uint64_t above = way_begins(parent) ? key_of_beginning(keying, parent) : keying->steps[parent];
		bool folded = keying->steps[node] == HASH_FOLDED;
		keying->orders[node] = folded;
		keying->steps[node] = folded ? above : key_below(keying, above, node);
	}
	for (uint32_t i = 0; i < ways->reached; i++)
		if (keying->orders[ways->order[i]] == 1)
			keying->steps[ways->order[i]] = mix(keying->steps[ways->order[i]], HASH_FOLDED);
}

/* All but the keys themselves. `names`: types go by these, NULL: by their labels. */
static struct error *prepare(struct keying *keying, const struct type_facts *facts, const struct type_names *names)
{
	struct reader *reader = keying->reader = keying->graph->reader;
	size_t nodes = keying->graph->nodes, rooms = ((size_t)reader_object_chunks(reader) + 1) * CHUNK_OBJECTS;
	keying->strings = calloc((size_t)reader_counts(reader).strings + 1, sizeof *keying->strings);
	keying->steps = memory_large(nodes + 1, sizeof *keying->steps);
	keying->orders = memory_large(nodes + 1, 1);
	keying->degrees = memory_large(rooms, sizeof *keying->degrees);
	keying->types = calloc((size_t)facts->count + 1, sizeof *keying->types);
	if (!keying->strings || !keying->steps || !keying->orders || !keying->degrees || !keying->types)
		return error_memory();
	for (type_id t = 0; t < facts->count; t++) {
		const struct label *label = names == NULL ? NULL : &names->labels[facts->label[t]];
		keying->types[t] = label == NULL ? facts->label[t] : checksum_hash(label->name, label->length);
	}
	for (size_t i = 0; i < nodes; i++)
		keying->steps[i] = HASH_NONE;
	memset(keying->orders, NAME_COUNT, nodes);
	TRY(read_degrees(keying));
	TRY(read_edges(keying));
	return read_roots(keying);
}

struct error *path_keys_find(const struct retention *retention, const struct type_facts *facts, struct match *mask,
			     uint64_t **keys)
{
	AUTO(keying) struct keying keying = {.graph = retention->graph, .tree = &retention->tree, .mask = mask};
	TRY(prepare(&keying, facts, NULL));
	TRY(make_keys(&keying));
	*keys = steal(&keying.steps);
	return NULL;
}

struct error *path_keys_of_ways(const struct ways *ways, const struct type_names *names, struct match *mask,
				uint64_t **keys)
{
	AUTO(keying) struct keying keying = {.graph = ways->graph, .ways = ways, .mask = mask};
	TRY(prepare(&keying, &names->facts[0], names));
	make_keys_of_ways(&keying);
	*keys = steal(&keying.steps);
	return NULL;
}
