/* Which objects does a path mean?
 *
 * Names may hold any characters, a module's dots too, so a path is not taken apart: it is written anew, over all edges at once,
 * and what doesn't begin as the path does is dropped. A state is an object that some beginning of the path leads to, and how the
 * next step would be written there. States are kept by beginnings, those of several paths in a trie; each is done
 * when all shorter ones are, its objects in ascending order, as they lie in the file. A step over `__dict__` writes nothing, so its
 * states join those of the same beginning.
 * Keys of a dict are read from their own objects, anywhere in the file: those of all states of a beginning together, again in
 * ascending order.
 *
 * Cost: the edges of each object met, once for each beginning at which it is: O(edges on the way), and their chunks of the file.
 */
#include "analyzer/path_lookup.h"

#include "analyzer/path.h"
#include "analyzer/path_syntax.h"

#include <stdlib.h>
#include <string.h>

/* node << 3, and how the next step is written: spelling.begun and spelling.program. */
#define STATE_LAST 4u /* there is none */
#define STATE_BEGUN 2u
#define STATE_PROGRAM 1u
#define STATE_BITS 3u
#define STATE_MASK 7u

struct path_states {
	VECTOR(uint64_t) items;
	bool reached; /* there are or were some */
};

void path_nodes_deinit(struct path_nodes *nodes)
{
	vector_deinit(&nodes->items);
	vector_deinit(&nodes->folded);
	nodes->known = 0;
}

struct error *path_lookup_init(struct path_lookup *lookup, const struct graph *graph)
{
	*lookup = (struct path_lookup){.graph = graph, .reader = graph->reader, .next_of = PATH_TRIE_NONE};
	edge_names_init(&lookup->edges, graph->reader);
	text_init(&lookup->spelled);
	lookup->seen = calloc((size_t)graph->nodes + 1, 1);
	return lookup->seen == NULL ? error_memory() : NULL;
}

static void free_states(struct path_lookup *lookup)
{
	for (size_t i = 0; lookup->states != NULL && i < lookup->trie.nodes.count; i++)
		vector_deinit(&lookup->states[i].items);
	free(steal(&lookup->states));
	path_trie_deinit(&lookup->trie);
	lookup->next_of = PATH_TRIE_NONE;
	vector_deinit(&lookup->values);
}

void path_lookup_deinit(struct path_lookup *lookup)
{
	free_states(lookup);
	object_lookup_deinit(&lookup->objects);
	type_names_deinit(&lookup->types);
	edge_names_deinit(&lookup->edges);
	text_deinit(&lookup->spelled);
	free(lookup->seen);
	*lookup = (struct path_lookup){0};
}

/* --- one step ------------------------------------------------------------------------------------------------------- */

/* Nothing happens where no path begins so. */
static struct error *add_state(struct path_lookup *lookup, uint32_t at, node_id node, unsigned written)
{
	if (at == PATH_TRIE_NONE)
		return NULL;
	uint64_t state = (uint64_t)node << STATE_BITS | written;
	struct path_states *states = &lookup->states[at];
	if (states->items.count > 0 && states->items.items[states->items.count - 1] == state)
		return NULL;
	states->reached = true;
	return vector_push(&states->items, state);
}

/* The beginning that goes on from `at` as it was spelled, or with a word. */
static uint32_t go_on(const struct path_lookup *lookup, uint32_t at)
{
	return path_trie_find(&lookup->trie, at, text_string(&lookup->spelled), lookup->spelled.length);
}

static uint32_t go_on_with(const struct path_lookup *lookup, uint32_t at, const char *word)
{
	return path_trie_find(&lookup->trie, at, word, strlen(word));
}

static bool may_go_on_with(struct path_lookup *lookup, uint32_t at, char byte)
{
	const struct path_trie_node *nodes = lookup->trie.nodes.items;
	if (lookup->next_of != at) {
		memset(lookup->next, 0, sizeof lookup->next);
		for (uint32_t i = nodes[at].child; i != PATH_TRIE_NONE; i = nodes[i].sibling)
			lookup->next[(unsigned char)nodes[i].byte] = true;
		lookup->next_of = at;
	}
	return lookup->next[(unsigned char)byte];
}

/* How a step by such a name begins; '\0': as it likes. */
static char first_of(enum edge_name name, bool begun, bool program)
{
	switch (name) {
	case NAME_INDEX:
	case NAME_NEXT_INDEX:
	case NAME_VALUE:
		return '[';
	case NAME_NAMED_KEY:
		return !program ? '[' : begun ? '.' : '\0';
	case NAME_ATTRIBUTE:
	case NAME_LOCAL:
		return begun ? '.' : '\0';
	default:
		return '<';
	}
}

/* The beginning in which any step by such a name stands there; PATH_TRIE_NONE: none does. */
static uint32_t wildcard_at(const struct path_lookup *lookup, uint32_t at, const struct edge_record *edge,
			    unsigned written)
{
	bool begun = (written & STATE_BEGUN) != 0, program = (written & STATE_PROGRAM) != 0;
	bool named = edge->name == NAME_ATTRIBUTE || edge->name == NAME_LOCAL;
	if (named || (edge->name == NAME_NAMED_KEY && program))
		at = go_on_with(lookup, at, begun ? ".*" : "*");
	else if (edge->name == NAME_MEMBER || first_of(edge->name, begun, program) == '[')
		at = go_on_with(lookup, at, "[*]");
	else
		return PATH_TRIE_NONE;
	return edge->class == EDGE_WEAK ? go_on_with(lookup, at, "<weak>") : at;
}

/* Writes the step, and takes it where a path goes on like that. */
static struct error *spell(struct path_lookup *lookup, uint32_t at, const struct known_edge *edge, unsigned written)
{
	struct spelling spelling = {.text = &lookup->spelled,
				    .begun = (written & STATE_BEGUN) != 0,
				    .program = (written & STATE_PROGRAM) != 0};
	lookup->spelled.length = 0;
	TRY(edge_names_spell(&lookup->edges, edge, &spelling));
	TRY(text_error(&lookup->spelled));
	unsigned next = (spelling.begun ? STATE_BEGUN : 0) | (spelling.program ? STATE_PROGRAM : 0);
	return add_state(lookup, go_on(lookup, at), edge->record.target, next);
}

static bool is_dict(const struct path_lookup *lookup, const struct edge_record *edge)
{
	return (edge->name == NAME_ATTRIBUTE || edge->name == NAME_FIELD) &&
	       strcmp(reader_string(lookup->reader, (string_id)edge->payload, NULL), "__dict__") == 0;
}

/* Of the guesses, those that were accepted. */
static bool is_there(const struct path_lookup *lookup, uint32_t place, const struct edge_record *edge)
{
	const struct graph *graph = lookup->graph;
	if (edge->class != EDGE_GUESS || (graph->columns & GRAPH_HOLDING) == 0)
		return true;
	for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++)
		if (graph->targets[e] == edge->target)
			return true;
	return false;
}

/* Takes an edge of a place where a path can go on from `at` over it. */
static struct error *take_edge(struct path_lookup *lookup, uint32_t place, uint32_t at, const struct known_edge *edge,
			       unsigned written)
{
	const struct edge_record *record = &edge->record;
	if (!is_there(lookup, place, record))
		return NULL;
	if (is_dict(lookup, record))
		return spell(lookup, at, edge, written);
	char first = first_of(record->name, (written & STATE_BEGUN) != 0, (written & STATE_PROGRAM) != 0);
	if (record->name != NAME_MEMBER && first != '\0' && !may_go_on_with(lookup, at, first))
		return NULL;
	TRY(add_state(lookup, wildcard_at(lookup, at, record, written), record->target, STATE_BEGUN));
	if (record->name != NAME_VALUE || place >= lookup->graph->nodes)
		return spell(lookup, at, edge, written);
	struct path_value value = {.key = edge->key, .target = record->target, .class = record->class};
	return vector_push(&lookup->values, value);
}

/* --- all steps ------------------------------------------------------------------------------------------------------ */

static int compare_states(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* What lies in one container is often in order. */
static void sort_states(uint64_t *states, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (states[i] < states[i - 1]) {
			qsort(states, count, sizeof *states, compare_states);
			return;
		}
}

static int compare_values(const void *a, const void *b)
{
	const struct path_value *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key;
}

static struct error *take_edges(struct path_lookup *lookup, uint32_t at, uint64_t state)
{
	node_id node = (node_id)(state >> STATE_BITS);
	struct edge_walk walk;
	struct known_edge edge;
	bool more;
	TRY(edge_lookup_walk(&lookup->edges.lookup, node, &walk));
	TRY(edge_lookup_next(&lookup->edges.lookup, &walk, &edge, &more));
	while (more) {
		TRY(take_edge(lookup, node, at, &edge, state & STATE_MASK));
		TRY(edge_lookup_next(&lookup->edges.lookup, &walk, &edge, &more));
	}
	return NULL;
}

static struct error *take_values(struct path_lookup *lookup, uint32_t at)
{
	if (lookup->values.count > 0)
		qsort(lookup->values.items, lookup->values.count, sizeof *lookup->values.items, compare_values);
	for (size_t i = 0; i < lookup->values.count; i++) {
		const struct path_value *value = &lookup->values.items[i];
		struct known_edge edge = {.record = {.target = value->target,
						     .name = NAME_VALUE,
						     .class = value->class},
					  .key = value->key};
		TRY(spell(lookup, at, &edge, STATE_BEGUN));
	}
	lookup->values.count = 0;
	return NULL;
}

/* All states of a beginning: in turns, as steps over a `__dict__` add to them. */
static struct error *walk_beginning(struct path_lookup *lookup, uint32_t at)
{
	struct path_states *states = &lookup->states[at];
	for (size_t begin = 0, end; begin < states->items.count; begin = end) {
		end = states->items.count;
		sort_states(states->items.items + begin, end - begin);
		for (size_t i = begin; i < end; i++) {
			uint64_t state = states->items.items[i];
			uint8_t *seen = &lookup->seen[state >> STATE_BITS], bit = (uint8_t)(1u << (state & STATE_MASK));
			bool is_new = (*seen & bit) == 0;
			*seen |= bit;
			if (is_new && (state & STATE_LAST) == 0)
				TRY(take_edges(lookup, at, state));
		}
	}
	return take_values(lookup, at);
}

/* --- beginnings ----------------------------------------------------------------------------------------------------- */

/* Edges that the root's name stands for: all from it that have no name of their own there. */
static bool is_nameless(const struct root_record *root, const struct edge_record *edge)
{
	return root->kind == ROOT_MODULES ? edge->name != NAME_NAMED_KEY : edge->name == NAME_NONE;
}

static bool has_nameless(const struct path_lookup *lookup, root_id root)
{
	const struct edge_record *edges = reader_root_edges(lookup->reader);
	const uint64_t *offsets = reader_root_offsets(lookup->reader);
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++)
		if (is_nameless(&reader_roots(lookup->reader)[root], &edges[e]))
			return true;
	return false;
}

/* The edges of a root whose name is the beginning `at`. Names follow it after a colon, but those of modules. */
static struct error *leave_root(struct path_lookup *lookup, root_id root, uint32_t at)
{
	if (at == PATH_TRIE_NONE)
		return NULL;
	const struct root_record *record = &reader_roots(lookup->reader)[root];
	const struct edge_record *edges = reader_root_edges(lookup->reader);
	const uint64_t *offsets = reader_root_offsets(lookup->reader);
	bool all = lookup->trie.nodes.items[at].ends && !has_nameless(lookup, root);
	uint32_t named = record->kind != ROOT_MODULES ? go_on_with(lookup, at, ": ") : PATH_TRIE_NONE;
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++) {
		struct known_edge edge = {.record = edges[e], .key = NO_ID};
		bool nameless = is_nameless(record, &edges[e]);
		/* Borrowed by a root is held. */
		edge.record.class = edge.record.class == EDGE_WEAK ? EDGE_OWNED : edge.record.class;
		if (all || nameless)
			TRY(add_state(lookup, at, edges[e].target, nameless ? STATE_BEGUN : STATE_LAST));
		if (!nameless && named != PATH_TRIE_NONE)
			TRY(take_edge(lookup, lookup->graph->nodes + root, named, &edge, 0));
	}
	return NULL;
}

/* Modules are written without the root: their names are its edges', or keys of the table that it leads to. */
static struct error *begin_at_modules(struct path_lookup *lookup, root_id root)
{
	const struct edge_record *edges = reader_root_edges(lookup->reader);
	const uint64_t *offsets = reader_root_offsets(lookup->reader);
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++) {
		struct known_edge edge = {.record = edges[e], .key = NO_ID};
		edge.record.class = edge.record.class == EDGE_WEAK ? EDGE_OWNED : edge.record.class;
		if (edge.record.name == NAME_NAMED_KEY)
			TRY(take_edge(lookup, lookup->graph->nodes + root, 0, &edge, STATE_PROGRAM));
		else
			TRY(add_state(lookup, 0, edge.record.target, STATE_PROGRAM));
	}
	return NULL;
}

/* A frame's name may end with its function, or with the file: `main()`, `main() in app.py`. */
static struct error *begin_at_root(struct path_lookup *lookup, root_id root)
{
	const struct root_record *record = &reader_roots(lookup->reader)[root];
	struct text *name = &lookup->spelled;
	size_t length;
	name->length = 0;
	path_print_root_of(lookup->reader, root, name);
	TRY(text_error(name));
	size_t whole = name->length;
	if (whole > 0)
		TRY(leave_root(lookup, root, go_on(lookup, 0)));
	const char *part = reader_string(lookup->reader, record->function, &length);
	if (record->kind != ROOT_FRAME || length == 0)
		return NULL;
	name->length = 0;
	text_add_escaped(name, part, length);
	text_add(name, "()");
	TRY(text_error(name));
	if (name->length == whole)
		return NULL;
	uint32_t at = go_on(lookup, 0);
	name->length = 0;
	text_add(name, " in ");
	part = reader_string(lookup->reader, record->file, &length);
	text_add_escaped(name, part, length);
	TRY(text_error(name));
	uint32_t in_file = record->line > 0 ? go_on(lookup, at) : PATH_TRIE_NONE;
	TRY(leave_root(lookup, root, at));
	return leave_root(lookup, root, in_file);
}

/* Whether the object is called so, as far as more is said than its number. */
static struct error *is_called(struct path_lookup *lookup, node_id node, const char *name, size_t length, bool *called)
{
	if (!lookup->knows_objects) {
		const struct reader *readers[1] = {lookup->reader};
		TRY(type_names_init(&lookup->types, readers, 1));
		TRY(object_lookup_init(&lookup->objects, lookup->reader, &lookup->types));
		lookup->knows_objects = true;
	}
	lookup->spelled.length = 0;
	TRY(object_lookup_print(&lookup->objects, node, &lookup->spelled));
	TRY(text_error(&lookup->spelled));
	*called = *name == '#' ||
		  (lookup->spelled.length == length && memcmp(text_string(&lookup->spelled), name, length) == 0);
	return NULL;
}

/* Behind the words that say why a path begins at an object. */
static const char *skip_reason(const char *text)
{
	static const char *const reasons[] = {"immortal ", "held by C code: ", "what nothing leads to: "};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strncmp(text, reasons[i], strlen(reasons[i])) == 0)
			return text + strlen(reasons[i]);
	return text;
}

/* `app.Session #12`, with the words before it. Names of types may hold a number sign too. */
static struct error *begin_at_object(struct path_lookup *lookup, const char *text)
{
	const char *name = skip_reason(text);
	for (const char *at = name; (at = strchr(at, '#')) != NULL; at++) {
		if (at > name && at[-1] != ' ')
			continue;
		uint64_t id = 0;
		const char *end = at + 1;
		for (; *end >= '0' && *end <= '9' && id < lookup->graph->nodes; end++)
			id = id * 10 + (uint64_t)(*end - '0');
		bool called = false;
		if (end > at + 1 && id < lookup->graph->nodes)
			TRY(is_called(lookup, (node_id)id, name, (size_t)(end - name), &called));
		if (called)
			return add_state(lookup, path_trie_find(&lookup->trie, 0, text, (size_t)(end - text)),
					 (node_id)id, STATE_BEGUN);
	}
	return NULL;
}

static struct error *begin(struct path_lookup *lookup)
{
	const struct root_record *roots = reader_roots(lookup->reader);
	for (root_id r = 0; r < reader_counts(lookup->reader).roots; r++) {
		if (roots[r].kind == ROOT_MODULES)
			TRY(begin_at_modules(lookup, r));
		TRY(begin_at_root(lookup, r));
	}
	return NULL;
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

/* What the whole path leads to; that which is only the `__dict__` of an object apart. */
static struct error *collect(const struct path_lookup *lookup, const char *text, struct path_nodes *result)
{
	size_t length = strlen(text);
	uint32_t end = path_trie_find(&lookup->trie, 0, text, length);
	for (uint32_t at = end; at != 0 && !lookup->states[at].reached; at = lookup->trie.nodes.items[at].parent)
		length--;
	result->known = length;
	const struct path_states *states = &lookup->states[end];
	size_t count = states->items.count;
	for (size_t i = 0, next; i < count; i = next) {
		node_id node = (node_id)(states->items.items[i] >> STATE_BITS);
		bool named = false;
		for (next = i; next < count && states->items.items[next] >> STATE_BITS == node; next++)
			named |= (states->items.items[next] & STATE_PROGRAM) == 0;
		if (named)
			TRY(vector_push(&result->items, node));
		else
			TRY(vector_push(&result->folded, node));
	}
	return NULL;
}

static struct error *walk(struct path_lookup *lookup)
{
	TRY(begin(lookup));
	for (uint32_t at = 0; at < lookup->trie.nodes.count; at++) {
		struct path_states *states = &lookup->states[at];
		struct error *error = walk_beginning(lookup, at);
		for (size_t i = 0; i < states->items.count; i++)
			lookup->seen[states->items.items[i] >> STATE_BITS] = 0;
		if (error != NULL)
			return error;
		if (lookup->trie.nodes.items[at].ends)
			sort_states(states->items.items, states->items.count);
		else
			vector_deinit(&states->items);
	}
	return NULL;
}

/* An empty one would mean what the table of modules begins with. */
static bool is_path(const char *text)
{
	size_t length = strlen(text);
	return length > 0 && length <= PATH_LONGEST;
}

static struct error *find(struct path_lookup *lookup, const char *const *texts, size_t count,
			  struct path_nodes *results)
{
	TRY(path_trie_init(&lookup->trie));
	for (size_t i = 0; i < count; i++)
		if (is_path(texts[i]))
			TRY(path_trie_add(&lookup->trie, texts[i]));
	lookup->states = calloc(lookup->trie.nodes.count, sizeof *lookup->states);
	if (lookup->states == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		if (is_path(texts[i]))
			TRY(begin_at_object(lookup, texts[i]));
	TRY(walk(lookup));
	for (size_t i = 0; i < count; i++)
		if (is_path(texts[i]))
			TRY(collect(lookup, texts[i], &results[i]));
	return NULL;
}

struct error *path_lookup_all(struct path_lookup *lookup, const char *const *texts, size_t count,
			      struct path_nodes *results)
{
	for (size_t i = 0; i < count; i++)
		results[i] = (struct path_nodes){0};
	struct error *error = find(lookup, texts, count, results);
	free_states(lookup);
	for (size_t i = 0; error != NULL && i < count; i++)
		path_nodes_deinit(&results[i]);
	return error;
}

struct error *path_lookup_find(struct path_lookup *lookup, const char *text, struct path_nodes *result)
{
	AUTO(path_nodes) struct path_nodes found = {0};
	TRY(path_lookup_all(lookup, &text, 1, &found));
	if (found.items.count + found.folded.count == 0)
		TRY(path_syntax_check(text));
	*result = found;
	found = (struct path_nodes){0};
	return NULL;
}
