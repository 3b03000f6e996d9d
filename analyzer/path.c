/* By which names would a programmer reach this object?
 *
 * Breadth-first search from the roots, a kind of root at a time, with a parent for each node; then the names of the few
 * edges on the way, read from their chunks of the file, so that no name is in memory for the millions off the way.
 * Where several edges lead from one object to the next, the name that says most is taken.
 */
#include "analyzer/path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_SHOWN 12u /* of a long path, at either end */

#define PARENT_NONE UINT32_MAX
#define PARENT_ROOT 0x80000000u /* set in a parent: the other bits are a root's id; node ids stay below it */

struct search {
	const struct graph *graph;
	uint32_t *parent;
	node_id *queue;
	size_t head, tail;
};

static void search_deinit(struct search *search)
{
	free(search->parent);
	free(search->queue);
}
DEFINE_AUTO_VALUE(search, struct search, search_deinit);

static void reach(struct search *search, node_id node, uint32_t parent)
{
	if (search->parent[node] != PARENT_NONE)
		return;
	search->parent[node] = parent;
	search->queue[search->tail++] = node;
}

static void reach_roots(struct search *search, enum root_kind kind)
{
	struct reader *reader = search->graph->reader;
	const struct root_record *roots = reader_roots(reader);
	const struct edge_record *edges = reader_root_edges(reader);
	const uint64_t *offsets = reader_root_offsets(reader);
	uint64_t count = reader_counts(reader).roots;
	for (uint64_t r = 0; r < count && r < PARENT_ROOT - 1; r++)
		for (uint64_t e = offsets[r]; roots[r].kind == kind && e < offsets[r + 1]; e++)
			reach(search, edges[e].target, (uint32_t)r | PARENT_ROOT);
}

static void spread(struct search *search, node_id target)
{
	const struct graph *graph = search->graph;
	while (search->head < search->tail && search->parent[target] == PARENT_NONE) {
		node_id from = search->queue[search->head++];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (edge_kind_holds(graph->edge_kinds[e]))
				reach(search, graph->targets[e], from);
	}
}

static struct error *trace(const struct search *search, node_id target, struct path *result)
{
	if (search->parent[target] == PARENT_NONE) {
		*result = (struct path){.count = 0};
		return NULL;
	}
	struct path path = {.count = 1};
	for (uint32_t at = target; (search->parent[at] & PARENT_ROOT) == 0; at = search->parent[at])
		path.count++;
	path.nodes = malloc(path.count * sizeof *path.nodes);
	if (path.nodes == NULL)
		return error_memory();
	uint32_t at = target;
	for (uint32_t i = path.count; i-- > 0; at = search->parent[at]) {
		path.nodes[i] = at;
		path.root = search->parent[at] & ~PARENT_ROOT;
	}
	*result = path;
	return NULL;
}

struct error *path_find(const struct graph *graph, node_id target, struct path *result)
{
	static const enum root_kind order[] = {ROOT_MODULES,     ROOT_BUILTINS,     ROOT_FRAME,    ROOT_THREAD,
					       ROOT_INTERPRETER, ROOT_STATIC_TYPES, ROOT_C_GLOBALS};
	AUTO(search) struct search search = {.graph = graph};
	size_t room = (size_t)graph->nodes + 1;
	search.parent = malloc(room * sizeof *search.parent);
	search.queue = malloc(room * sizeof *search.queue);
	if (search.parent == NULL || search.queue == NULL)
		return error_memory();
	memset(search.parent, 0xff, room * sizeof *search.parent);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		reach_roots(&search, order[i]);
		spread(&search, target);
	}
	return trace(&search, target, result);
}

void path_deinit(struct path *path)
{
	free(path->nodes);
	*path = (struct path){0};
}

/* --- names ---------------------------------------------------------------------------------------------------------- */

struct naming {
	const struct graph *graph;
	struct text *text;
	uint32_t *degrees;           /* as the reader wants them to decode edges */
	struct edge_columns columns; /* one chunk */
	uint32_t chunk, count;       /* which chunk is in them, and its edges */
	uint64_t first;
	bool names; /* the next key is a name of the program: the step before was `__dict__` or sys.modules */
	bool start; /* nothing printed yet */
};

static void naming_deinit(struct naming *naming)
{
	free(naming->degrees);
	free(naming->columns.target);
	free(naming->columns.name);
	free(naming->columns.class);
	free(naming->columns.payload);
}
DEFINE_AUTO_VALUE(naming, struct naming, naming_deinit);

static struct error *naming_init(struct naming *naming)
{
	const struct graph *graph = naming->graph;
	naming->chunk = NO_ID;
	naming->degrees = malloc(((size_t)graph->nodes + 1) * sizeof *naming->degrees);
	naming->columns.target = malloc(CHUNK_EDGES * sizeof *naming->columns.target);
	naming->columns.name = malloc(CHUNK_EDGES);
	naming->columns.class = malloc(CHUNK_EDGES);
	naming->columns.payload = malloc(CHUNK_EDGES * sizeof *naming->columns.payload);
	if (!naming->degrees || !naming->columns.target || !naming->columns.name || !naming->columns.class ||
	    !naming->columns.payload)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		naming->degrees[i] = graph->offsets[i + 1] - graph->offsets[i];
	return NULL;
}

static struct error *read_edge(struct naming *naming, uint32_t edge, struct edge_record *record)
{
	uint32_t chunk = edge / CHUNK_EDGES;
	if (chunk != naming->chunk) {
		TRY(reader_edges(naming->graph->reader, chunk, naming->degrees, &naming->columns, &naming->first,
				 &naming->count));
		naming->chunk = chunk;
	}
	uint32_t at = edge % CHUNK_EDGES;
	*record = (struct edge_record){.target = naming->columns.target[at],
				       .name = naming->columns.name[at],
				       .class = naming->columns.class[at],
				       .payload = naming->columns.payload[at]};
	return NULL;
}

/* How much a name says: the less, the better. */
static unsigned name_order(enum edge_name name)
{
	static const uint8_t order[NAME_COUNT] =
		{[NAME_ATTRIBUTE] = 0,  [NAME_NAMED_KEY] = 1, [NAME_LOCAL] = 2,   [NAME_CLOSURE] = 3, [NAME_INDEX] = 4,
		 [NAME_NEXT_INDEX] = 4, [NAME_VALUE] = 5,     [NAME_MEMBER] = 6,  [NAME_KEY] = 7,     [NAME_FIELD] = 8,
		 [NAME_STACK] = 9,      [NAME_TYPE] = 10,     [NAME_OFFSET] = 11, [NAME_NONE] = 12};
	return order[name];
}

/* The best edge from one object to another; *key is the dict key that goes with a value, or NO_ID. */
static struct error *find_edge(struct naming *naming, node_id from, node_id to, struct edge_record *best, node_id *key)
{
	const struct graph *graph = naming->graph;
	uint64_t index = 0;
	node_id previous = NO_ID;
	bool found = false;
	for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
		struct edge_record record;
		TRY(read_edge(naming, e, &record));
		if (record.name == NAME_INDEX)
			index = record.payload + 1;
		else if (record.name == NAME_NEXT_INDEX)
			record.payload = index++;
		if (record.target == to && record.class != EDGE_WEAK &&
		    (!found || name_order(record.name) < name_order(best->name))) {
			*best = record;
			*key = record.name == NAME_VALUE ? previous : NO_ID;
			found = true;
		}
		previous = record.target;
	}
	if (!found) /* can't be: the search came this way */
		*best = (struct edge_record){.target = to, .name = NAME_NONE};
	return NULL;
}

static struct error *print_key(struct naming *naming, node_id key)
{
	uint64_t hash = 0;
	if (key != NO_ID) {
		AUTO(free) void *hashes = malloc(CHUNK_OBJECTS * sizeof(uint64_t));
		if (hashes == NULL)
			return error_memory();
		struct object_columns columns = {.content_hash = hashes};
		node_id first;
		uint32_t count;
		TRY(reader_objects(naming->graph->reader, key / CHUNK_OBJECTS, &columns, &first, &count));
		hash = ((uint64_t *)hashes)[key - first];
	}
	if (hash != 0)
		text_printf(naming->text, "[#%08" PRIx32 "]", (uint32_t)(hash >> 32));
	else
		text_add(naming->text, "[...]");
	return NULL;
}

static void print_string(struct naming *naming, const char *before, uint64_t string, const char *after)
{
	size_t length;
	const char *bytes = reader_string(naming->graph->reader, (string_id)string, &length);
	text_add(naming->text, before);
	text_add_escaped(naming->text, bytes, length);
	text_add(naming->text, after);
}

static bool is_dict_attribute(const struct naming *naming, const struct edge_record *edge)
{
	return (edge->name == NAME_ATTRIBUTE || edge->name == NAME_FIELD) &&
	       strcmp(reader_string(naming->graph->reader, (string_id)edge->payload, NULL), "__dict__") == 0;
}

static struct error *print_edge(struct naming *naming, const struct edge_record *edge, node_id key)
{
	const char *dot = naming->start ? "" : ".";
	bool names = naming->names;
	naming->names = is_dict_attribute(naming, edge);
	if (naming->names)
		return NULL;
	switch (edge->name) {
	case NAME_ATTRIBUTE:
		print_string(naming, dot, edge->payload, "");
		break;
	case NAME_NAMED_KEY:
		if (names)
			print_string(naming, dot, edge->payload, "");
		else
			print_string(naming, "['", edge->payload, "']");
		break;
	case NAME_LOCAL:
		print_string(naming, dot, edge->payload, "");
		break;
	case NAME_CLOSURE:
		print_string(naming, "<closure ", edge->payload, ">");
		break;
	case NAME_FIELD:
		print_string(naming, "<", edge->payload, ">");
		break;
	case NAME_INDEX:
	case NAME_NEXT_INDEX:
		text_printf(naming->text, "[%" PRIu64 "]", edge->payload);
		break;
	case NAME_VALUE:
		TRY(print_key(naming, key));
		break;
	case NAME_KEY:
		text_add(naming->text, "<key>");
		break;
	case NAME_MEMBER:
		text_add(naming->text, "<member>");
		break;
	case NAME_TYPE:
		text_add(naming->text, "<type>");
		break;
	case NAME_OFFSET:
		text_printf(naming->text, "<+%" PRIu64 ">", edge->payload);
		break;
	case NAME_STACK:
		text_printf(naming->text, "<stack %" PRIu64 ">", edge->payload);
		break;
	case NAME_NONE:
	case NAME_COUNT:
		text_add(naming->text, "<...>");
		break;
	}
	naming->start = false;
	return NULL;
}

void path_print_root(const struct graph *graph, root_id root, struct text *text)
{
	const struct root_record *record = &reader_roots(graph->reader)[root];
	size_t length;
	const char *bytes = reader_string(graph->reader, record->function, &length);
	if (record->kind != ROOT_FRAME || length == 0) {
		bytes = reader_string(graph->reader, record->name, &length);
		text_add_escaped(text, bytes, length);
		return;
	}
	text_add_escaped(text, bytes, length);
	text_add(text, "()");
	bytes = reader_string(graph->reader, record->file, &length);
	if (length > 0) {
		text_add(text, " in ");
		text_add_escaped(text, bytes, length);
		if (record->line > 0)
			text_printf(text, ":%" PRIu64, record->line);
	}
}

/* The step from the root. Modules print without it, a frame as what it runs. */
static struct error *print_first(struct naming *naming, const struct path *path)
{
	struct reader *reader = naming->graph->reader;
	const struct edge_record *edges = reader_root_edges(reader), *best = NULL;
	const uint64_t *offsets = reader_root_offsets(reader);
	for (uint64_t e = offsets[path->root]; e < offsets[path->root + 1]; e++)
		if (edges[e].target == path->nodes[0] &&
		    (best == NULL || name_order(edges[e].name) < name_order(best->name)))
			best = &edges[e];
	naming->start = true;
	if (reader_roots(reader)[path->root].kind == ROOT_MODULES) {
		/* Either the edge names a module, or it leads to the table whose keys do. */
		naming->names = true;
		return best != NULL && best->name == NAME_NAMED_KEY ? print_edge(naming, best, NO_ID) : NULL;
	}
	path_print_root(naming->graph, path->root, naming->text);
	if (best == NULL || best->name == NAME_NONE) {
		naming->start = false;
		return NULL;
	}
	text_add(naming->text, ": ");
	return print_edge(naming, best, NO_ID);
}

struct error *path_print(const struct graph *graph, const struct path *path, struct text *text)
{
	if (path->count == 0)
		return NULL;
	AUTO(naming) struct naming naming = {.graph = graph, .text = text};
	TRY(naming_init(&naming));
	TRY(print_first(&naming, path));
	if (path->count == 1 && naming.start)
		path_print_root(graph, path->root, text);
	for (uint32_t i = 1; i < path->count; i++) {
		uint32_t left = path->count - i;
		if (i > STEPS_SHOWN && left > STEPS_SHOWN) {
			uint32_t skipped = left - STEPS_SHOWN;
			text_printf(text, " ... %" PRIu32 " more ... ", skipped);
			i += skipped;
			naming.names = false;
		}
		struct edge_record edge;
		node_id key = NO_ID;
		TRY(find_edge(&naming, path->nodes[i - 1], path->nodes[i], &edge, &key));
		TRY(print_edge(&naming, &edge, key));
	}
	return text_error(text);
}
