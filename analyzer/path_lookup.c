/* Which objects does a path mean?
 *
 * Names may hold any characters, a module's dots too, so a path is not taken apart: it is written anew, over all edges at once,
 * and what doesn't begin as the path does is dropped. A state is an object that some part of the path, from its beginning on,
 * leads to, and how the next step would be written there. States are kept by the length of that part; each length is done
 * when all shorter ones are, its objects in ascending order, as they lie in the file. A step over `__dict__` writes nothing, so its
 * states join those of the same length.
 * Keys of a dict are read from their own objects, anywhere in the file: those of all states of a length together, again in
 * ascending order.
 *
 * Cost: the edges of each object met, once for each length at which it is: O(edges on the way), and their chunks of the file.
 */
#include "analyzer/path_lookup.h"

#include "analyzer/path.h"
#include "analyzer/path_syntax.h"

#include <stdlib.h>
#include <string.h>

/* node << 2, and how the next step is written: spelling.begun and spelling.program. */
#define STATE_BEGUN 2u
#define STATE_PROGRAM 1u

struct path_states {
	VECTOR(uint64_t) items;
};

void path_nodes_deinit(struct path_nodes *nodes)
{
	vector_deinit(&nodes->items);
	vector_deinit(&nodes->folded);
	nodes->known = 0;
}

struct error *path_lookup_init(struct path_lookup *lookup, const struct graph *graph)
{
	*lookup = (struct path_lookup){.graph = graph, .reader = graph->reader};
	edge_names_init(&lookup->edges, graph->reader);
	text_init(&lookup->spelled);
	lookup->seen = calloc((size_t)graph->nodes + 1, 1);
	return lookup->seen == NULL ? error_memory() : NULL;
}

static void free_states(struct path_lookup *lookup)
{
	for (size_t i = 0; lookup->states != NULL && i <= lookup->length; i++)
		vector_deinit(&lookup->states[i].items);
	free(steal(&lookup->states));
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

static struct error *add_state(struct path_lookup *lookup, size_t length, node_id node, unsigned written)
{
	uint64_t state = (uint64_t)node << 2 | written;
	struct path_states *states = &lookup->states[length];
	if (states->items.count > 0 && states->items.items[states->items.count - 1] == state)
		return NULL;
	lookup->known = length > lookup->known ? length : lookup->known;
	return vector_push(&states->items, state);
}

/* A quote around a key may be a double one. */
static bool is_same(const char *text, const char *spelled, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool may_differ = spelled[0] == '[' && (i <= 2 || i + 2 == length) && spelled[i] == '\'';
		if (text[i] != spelled[i] && !(may_differ && text[i] == '"'))
			return false;
	}
	return true;
}

/* The path goes on from `at` as it was spelled. */
static bool goes_on(const struct path_lookup *lookup, size_t at)
{
	size_t length = lookup->spelled.length;
	return length <= lookup->length - at && is_same(lookup->text + at, text_string(&lookup->spelled), length);
}

static bool goes_on_with(const struct path_lookup *lookup, size_t at, const char *word)
{
	return strncmp(lookup->text + at, word, strlen(word)) == 0;
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

/* The length of what stands there for any step by such a name, 0 where nothing does. */
static size_t wildcard_at(const struct path_lookup *lookup, size_t at, const struct edge_record *edge, unsigned written)
{
	bool begun = (written & STATE_BEGUN) != 0, program = (written & STATE_PROGRAM) != 0;
	bool named = edge->name == NAME_ATTRIBUTE || edge->name == NAME_LOCAL;
	const char *word = NULL;
	if (named || (edge->name == NAME_NAMED_KEY && program))
		word = begun ? ".*" : "*";
	else if (edge->name == NAME_MEMBER || first_of(edge->name, begun, program) == '[')
		word = "[*]";
	if (word == NULL || !goes_on_with(lookup, at, word))
		return 0;
	at += strlen(word);
	if (edge->class != EDGE_WEAK)
		return strlen(word);
	return goes_on_with(lookup, at, "<weak>") ? strlen(word) + strlen("<weak>") : 0;
}

/* Writes the step, and takes it where the path goes on like that. */
static struct error *spell(struct path_lookup *lookup, size_t at, const struct known_edge *edge, unsigned written)
{
	struct spelling spelling = {.text = &lookup->spelled,
				    .begun = (written & STATE_BEGUN) != 0,
				    .program = (written & STATE_PROGRAM) != 0};
	lookup->spelled.length = 0;
	TRY(edge_names_spell(&lookup->edges, edge, &spelling));
	TRY(text_error(&lookup->spelled));
	if (!goes_on(lookup, at))
		return NULL;
	unsigned next = (spelling.begun ? STATE_BEGUN : 0) | (spelling.program ? STATE_PROGRAM : 0);
	return add_state(lookup, at + lookup->spelled.length, edge->record.target, next);
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

/* Takes an edge of a place where the path can go on from `at` over it. */
static struct error *take_edge(struct path_lookup *lookup, uint32_t place, size_t at, const struct known_edge *edge,
			       unsigned written)
{
	const struct edge_record *record = &edge->record;
	if (!is_there(lookup, place, record))
		return NULL;
	if (is_dict(lookup, record))
		return spell(lookup, at, edge, written);
	char first = first_of(record->name, (written & STATE_BEGUN) != 0, (written & STATE_PROGRAM) != 0);
	size_t any = wildcard_at(lookup, at, record, written);
	if (any > 0)
		return add_state(lookup, at + any, record->target, STATE_BEGUN);
	if (first != '\0' && lookup->text[at] != first)
		return NULL;
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

static struct error *take_edges(struct path_lookup *lookup, size_t at, uint64_t state)
{
	node_id node = (node_id)(state >> 2);
	struct edge_walk walk;
	struct known_edge edge;
	bool more;
	TRY(edge_lookup_walk(&lookup->edges.lookup, node, &walk));
	TRY(edge_lookup_next(&lookup->edges.lookup, &walk, &edge, &more));
	while (more) {
		TRY(take_edge(lookup, node, at, &edge, state & 3));
		TRY(edge_lookup_next(&lookup->edges.lookup, &walk, &edge, &more));
	}
	return NULL;
}

static struct error *take_values(struct path_lookup *lookup, size_t at)
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

/* All states of a length: in turns, as steps over a `__dict__` add to them. */
static struct error *walk_length(struct path_lookup *lookup, size_t at)
{
	struct path_states *states = &lookup->states[at];
	for (size_t begin = 0, end; begin < states->items.count; begin = end) {
		end = states->items.count;
		sort_states(states->items.items + begin, end - begin);
		for (size_t i = begin; i < end; i++) {
			uint64_t state = states->items.items[i];
			uint8_t *seen = &lookup->seen[state >> 2], bit = (uint8_t)(1u << (state & 3));
			if ((*seen & bit) == 0) {
				*seen |= bit;
				TRY(take_edges(lookup, at, state));
			}
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

/* The edges of a root whose name is the first `at` bytes. Names follow it after a colon, but those of modules. */
static struct error *leave_root(struct path_lookup *lookup, root_id root, size_t at)
{
	const struct root_record *record = &reader_roots(lookup->reader)[root];
	const struct edge_record *edges = reader_root_edges(lookup->reader);
	const uint64_t *offsets = reader_root_offsets(lookup->reader);
	bool all = at == lookup->length && !has_nameless(lookup, root), named = goes_on_with(lookup, at, ": ");
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++) {
		struct known_edge edge = {.record = edges[e], .key = NO_ID};
		/* Borrowed by a root is held. */
		edge.record.class = edge.record.class == EDGE_WEAK ? EDGE_OWNED : edge.record.class;
		if (all || is_nameless(record, &edges[e]))
			TRY(add_state(lookup, at, edges[e].target, STATE_BEGUN));
		else if (named && record->kind != ROOT_MODULES)
			TRY(take_edge(lookup, lookup->graph->nodes + root, at + 2, &edge, 0));
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
	lookup->spelled.length = 0;
	path_print_root_of(lookup->reader, root, &lookup->spelled);
	TRY(text_error(&lookup->spelled));
	if (lookup->spelled.length > 0 && goes_on(lookup, 0))
		TRY(leave_root(lookup, root, lookup->spelled.length));
	if (record->kind != ROOT_FRAME)
		return NULL;
	size_t length;
	const char *name = reader_string(lookup->reader, record->function, &length);
	size_t whole = lookup->spelled.length;
	lookup->spelled.length = 0;
	text_add_escaped(&lookup->spelled, name, length);
	text_add(&lookup->spelled, "()");
	TRY(text_error(&lookup->spelled));
	if (length == 0 || lookup->spelled.length >= whole || !goes_on(lookup, 0))
		return NULL;
	TRY(leave_root(lookup, root, lookup->spelled.length));
	name = reader_string(lookup->reader, record->file, &length);
	text_add(&lookup->spelled, " in ");
	text_add_escaped(&lookup->spelled, name, length);
	TRY(text_error(&lookup->spelled));
	return lookup->spelled.length < whole && goes_on(lookup, 0) ? leave_root(lookup, root, lookup->spelled.length)
								    : NULL;
}

/* Whether the object is called by what stands between `at` and `end`, as far as more is said than its number. */
static struct error *is_called(struct path_lookup *lookup, node_id node, size_t at, size_t end, bool *called)
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
	*called = lookup->text[at] == '#' || (lookup->spelled.length == end - at && goes_on(lookup, at));
	return NULL;
}

/* Behind the words that say why a path begins at an object. */
static size_t skip_reason(const struct path_lookup *lookup)
{
	static const char *const reasons[] = {"immortal ", "held by C code: ", "what nothing leads to: "};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (goes_on_with(lookup, 0, reasons[i]))
			return strlen(reasons[i]);
	return 0;
}

/* `app.Session #12`, with the words before it. Names of types may hold a number sign too. */
static struct error *begin_at_object(struct path_lookup *lookup)
{
	size_t begin = skip_reason(lookup);
	for (size_t at = begin; at < lookup->length; at++) {
		if (lookup->text[at] != '#' || (at > begin && lookup->text[at - 1] != ' '))
			continue;
		uint64_t id = 0;
		size_t end = at + 1;
		for (; lookup->text[end] >= '0' && lookup->text[end] <= '9' && id < lookup->graph->nodes; end++)
			id = id * 10 + (uint64_t)(lookup->text[end] - '0');
		bool called = false;
		if (end > at + 1 && id < lookup->graph->nodes)
			TRY(is_called(lookup, (node_id)id, begin, end, &called));
		if (called)
			return add_state(lookup, end, (node_id)id, STATE_BEGUN);
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
	return begin_at_object(lookup);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

/* What the whole path leads to; that which is only the `__dict__` of an object apart. */
static struct error *collect(struct path_lookup *lookup, struct path_nodes *result)
{
	struct path_states *states = &lookup->states[lookup->length];
	size_t count = states->items.count;
	sort_states(states->items.items, count);
	for (size_t i = 0, end; i < count; i = end) {
		node_id node = (node_id)(states->items.items[i] >> 2);
		bool named = false;
		for (end = i; end < count && states->items.items[end] >> 2 == node; end++)
			named |= (states->items.items[end] & STATE_PROGRAM) == 0;
		if (named)
			TRY(vector_push(&result->items, node));
		else
			TRY(vector_push(&result->folded, node));
	}
	result->known = lookup->known;
	return NULL;
}

static struct error *find(struct path_lookup *lookup, struct path_nodes *result)
{
	lookup->states = calloc(lookup->length + 1, sizeof *lookup->states);
	if (lookup->states == NULL)
		return error_memory();
	TRY(begin(lookup));
	for (size_t at = 0; at <= lookup->length; at++) {
		struct error *error = walk_length(lookup, at);
		for (size_t i = 0; i < lookup->states[at].items.count; i++)
			lookup->seen[lookup->states[at].items.items[i] >> 2] = 0;
		if (error != NULL)
			return error;
		if (at < lookup->length)
			vector_deinit(&lookup->states[at].items);
	}
	return collect(lookup, result);
}

struct error *path_lookup_find(struct path_lookup *lookup, const char *text, struct path_nodes *result)
{
	AUTO(path_nodes) struct path_nodes found = {0};
	lookup->text = text;
	lookup->length = strlen(text);
	lookup->known = 0;
	if (lookup->length > PATH_LONGEST)
		return error_create(ERROR_USAGE, "a path of %zu bytes; %u are the most that one may have",
				    lookup->length, PATH_LONGEST);
	if (lookup->length == 0) /* what the table of modules begins with */
		return path_syntax_check(text);
	struct error *error = find(lookup, &found);
	free_states(lookup);
	TRY(error);
	if (found.items.count + found.folded.count == 0)
		TRY(path_syntax_check(text));
	*result = found;
	found = (struct path_nodes){0};
	return NULL;
}
