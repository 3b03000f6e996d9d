/* A snapshot from text: the lines are parsed into records, objects are sorted by address, everything is handed to the
 * writer. Memory and time are those of a test: look-ups are linear or binary. */
#include "tests/format/help_graph.h"

#include "base/text.h"
#include "base/vector.h"
#include "format/relation.h"
#include "format/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

struct node {
	uint64_t address;
	struct object_record record;
	char *value; /* preview; NULL: none */
};

struct link {
	uint64_t from, to; /* addresses */
	struct edge_record record;
	size_t order;
};

struct root_line {
	struct root_record record;
	size_t first, count; /* in root_links */
};

struct row_line {
	enum relation relation;
	void *row;
	VECTOR(uint64_t) nodes; /* addresses of objects, in the order of the columns that name some; 0: none */
};

struct named_type {
	char *name;
	struct type_record record;
	uint64_t node; /* address; 0: none */
	char *base;    /* NULL: none */
	bool written;
	type_id id;
};

struct graph_text {
	struct writer *writer;
	bool values; /* some object has a preview */
	VECTOR(struct node) nodes;
	VECTOR(struct link) links, root_links;
	VECTOR(struct root_line) roots;
	VECTOR(struct named_type) types;
	VECTOR(struct row_line) rows;
	struct snapshot_meta meta;
	char *words[WORDS_MAX];
	size_t word_count;
};

static void graph_text_deinit(struct graph_text *graph)
{
	writer_destroy(graph->writer);
	for (size_t i = 0; i < graph->types.count; i++) {
		free(graph->types.items[i].name);
		free(graph->types.items[i].base);
	}
	for (size_t i = 0; i < graph->nodes.count; i++)
		free(graph->nodes.items[i].value);
	vector_deinit(&graph->nodes);
	vector_deinit(&graph->links);
	vector_deinit(&graph->root_links);
	vector_deinit(&graph->roots);
	vector_deinit(&graph->types);
	for (size_t i = 0; i < graph->rows.count; i++) {
		free(graph->rows.items[i].row);
		vector_deinit(&graph->rows.items[i].nodes);
	}
	vector_deinit(&graph->rows);
#define META_U64(name, unit, description)
#define META_TEXT(name, description) free(graph->meta.name);
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
}
DEFINE_AUTO_VALUE(graph_text, struct graph_text, graph_text_deinit);

/* --- words --------------------------------------------------------------------------------------------------------- */

static struct error *wrong(const char *what, const char *word)
{
	return error_create(ERROR_USAGE, "%s: '%s'", what, word);
}

/* Splits a line in place. */
static void split(struct graph_text *graph, char *line)
{
	graph->word_count = 0;
	while (graph->word_count < WORDS_MAX) {
		line += strspn(line, " \t");
		if (*line == '\0' || *line == '#')
			return;
		graph->words[graph->word_count++] = line;
		char *to = line;
		bool quoted = false;
		for (; *line != '\0' && (quoted || (*line != ' ' && *line != '\t')); line++) {
			if (*line == '"')
				quoted = !quoted;
			else
				*to++ = *line;
		}
		if (*line != '\0')
			line++;
		*to = '\0';
	}
}

static struct error *number(const char *word, uint64_t *result)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 0);
	if (end == word || *end != '\0' || errno != 0 || *word == '-')
		return wrong("no number", word);
	*result = value;
	return NULL;
}

/* The value of `key=value` among the words from `from` on, NULL where there is none. */
static const char *option(const struct graph_text *graph, size_t from, const char *key)
{
	size_t length = strlen(key);
	for (size_t i = from; i < graph->word_count; i++)
		if (strncmp(graph->words[i], key, length) == 0 && graph->words[i][length] == '=')
			return graph->words[i] + length + 1;
	return NULL;
}

static struct error *number_option(const struct graph_text *graph, size_t from, const char *key, uint64_t *result)
{
	const char *value = option(graph, from, key);
	return value != NULL ? number(value, result) : NULL;
}

static struct error *string_option(const struct graph_text *graph, size_t from, const char *key, string_id *result)
{
	const char *value = option(graph, from, key);
	*result = NO_ID;
	return value != NULL ? writer_string(graph->writer, value, strlen(value), result) : NULL;
}

static struct error *choice(const char *word, const char *const *names, size_t count, unsigned *result)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, names[i]) == 0) {
			*result = (unsigned)i;
			return NULL;
		}
	}
	return wrong("unknown word", word);
}

static struct error *need(const struct graph_text *graph, size_t words)
{
	return graph->word_count < words ? error_create(ERROR_USAGE, "%zu words, not %zu", graph->word_count, words)
					 : NULL;
}

/* --- types --------------------------------------------------------------------------------------------------------- */

static struct error *type_find(struct graph_text *graph, const char *name, size_t *index)
{
	for (*index = 0; *index < graph->types.count; ++*index)
		if (strcmp(graph->types.items[*index].name, name) == 0)
			return NULL;
	const char *colon = strchr(name, ':');
	const char *dot = colon != NULL ? colon : strchr(name, '.'), *plain = dot != NULL ? dot + 1 : name;
	struct named_type type = {.record = {.base = NO_ID, .node = NO_ID, .basicsize = 16}};
	TRY(writer_string(graph->writer, plain, strlen(plain), &type.record.name));
	TRY(dot != NULL ? writer_string(graph->writer, name, (size_t)(dot - name), &type.record.module)
			: writer_string(graph->writer, "builtins", 8, &type.record.module));
	type.name = strdup(name);
	return type.name != NULL ? vector_push(&graph->types, type) : error_memory();
}

static struct error *line_type(struct graph_text *graph)
{
	size_t index;
	TRY(need(graph, 2));
	TRY(type_find(graph, graph->words[1], &index));
	struct named_type *type = &graph->types.items[index];
	const char *base = option(graph, 2, "base");
	TRY(number_option(graph, 2, "address", &type->record.address));
	TRY(number_option(graph, 2, "node", &type->node));
	TRY(number_option(graph, 2, "flags", &type->record.flags));
	TRY(number_option(graph, 2, "basicsize", &type->record.basicsize));
	TRY(number_option(graph, 2, "itemsize", &type->record.itemsize));
	if (base == NULL)
		return NULL;
	free(type->base);
	type->base = strdup(base);
	TRY(type->base != NULL ? NULL : error_memory());
	return type_find(graph, base, &index);
}

/* --- objects, edges, roots ----------------------------------------------------------------------------------------- */

static struct error *flags_option(const struct graph_text *graph, unsigned *flags)
{
	static const char *const names[] = {"immortal", "static", "namespace", "gc"};
	const char *value = option(graph, 3, "flags");
	*flags = 0;
	while (value != NULL && *value != '\0') {
		size_t length = strcspn(value, ",");
		AUTO(string) char *word = strndup(value, length);
		unsigned bit = 0;
		if (word == NULL)
			return error_memory();
		TRY(choice(word, names, 4, &bit));
		*flags |= 1u << bit;
		value += length + (value[length] == ',');
	}
	return NULL;
}

static struct error *line_object(struct graph_text *graph)
{
	static const char *const generations[] = {"0", "1", "2", "permanent", "untracked"};
	size_t type;
	unsigned generation = GENERATION_UNTRACKED;
	struct object_record object = {.size = 48, .refcount = 1};
	TRY(need(graph, 3));
	TRY(number(graph->words[1], &object.address));
	TRY(type_find(graph, graph->words[2], &type));
	TRY(number_option(graph, 3, "size", &object.size));
	object.getsizeof = object.size;
	TRY(number_option(graph, 3, "getsizeof", &object.getsizeof));
	TRY(number_option(graph, 3, "ref", &object.refcount));
	TRY(number_option(graph, 3, "hash", &object.content_hash));
	TRY(number_option(graph, 3, "length", &object.length));
	TRY(flags_option(graph, &object.flags));
	if (option(graph, 3, "gen") != NULL)
		TRY(choice(option(graph, 3, "gen"), generations, GENERATION_COUNT, &generation));
	object.generation = generation;
	object.type = (type_id)type;
	const char *value = option(graph, 3, "value");
	char *copy = value != NULL ? strdup(value) : NULL;
	graph->values |= copy != NULL;
	return vector_push(&graph->nodes, (struct node){object.address, object, copy});
}

static struct error *named(struct graph_text *graph, struct edge_record *edge, enum edge_name name, const char *text,
			   size_t length)
{
	string_id id;
	TRY(writer_string(graph->writer, text, length, &id));
	edge->name = name;
	edge->payload = id;
	return NULL;
}

static struct error *counted(struct edge_record *edge, enum edge_name name, const char *word)
{
	edge->name = name;
	return number(word, &edge->payload);
}

static struct error *parse_name(struct graph_text *graph, char *word, struct edge_record *edge)
{
	static const struct {
		const char *word;
		enum edge_name name;
	} plain[] = {{"-", NAME_NONE},    {"[i]", NAME_NEXT_INDEX},  {"<key>", NAME_KEY},
		     {"[k]", NAME_VALUE}, {"<member>", NAME_MEMBER}, {"<type>", NAME_TYPE}};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (strcmp(word, plain[i].word) == 0) {
			edge->name = plain[i].name;
			return NULL;
		}
	}
	size_t length = strlen(word);
	if (*word == '.')
		return named(graph, edge, NAME_ATTRIBUTE, word + 1, length - 1);
	if (strncmp(word, "local:", 6) == 0)
		return named(graph, edge, NAME_LOCAL, word + 6, length - 6);
	if (strncmp(word, "closure:", 8) == 0)
		return named(graph, edge, NAME_CLOSURE, word + 8, length - 8);
	if (strncmp(word, "field:", 6) == 0)
		return named(graph, edge, NAME_FIELD, word + 6, length - 6);
	if (length >= 4 && strncmp(word, "['", 2) == 0 && strcmp(word + length - 2, "']") == 0)
		return named(graph, edge, NAME_NAMED_KEY, word + 2, length - 4);
	if (strncmp(word, "stack:", 6) == 0)
		return counted(edge, NAME_STACK, word + 6);
	if (*word == '+')
		return counted(edge, NAME_OFFSET, word + 1);
	if (*word == '[' && length >= 3 && word[length - 1] == ']') {
		word[length - 1] = '\0';
		return counted(edge, NAME_INDEX, word + 1);
	}
	return wrong("no name of an edge", word);
}

/* NAME [CLASS] from word `from` on. */
static struct error *parse_edge(struct graph_text *graph, size_t from, struct edge_record *edge)
{
	static const char *const classes[] = {"owned", "unvisited", "weak", "guess"};
	unsigned class = EDGE_OWNED;
	TRY(parse_name(graph, graph->words[from], edge));
	if (graph->word_count > from + 1)
		TRY(choice(graph->words[from + 1], classes, 4, &class));
	edge->class = class;
	return NULL;
}

static struct error *line_edge(struct graph_text *graph)
{
	struct link link = {.order = graph->links.count};
	TRY(need(graph, 4));
	TRY(number(graph->words[1], &link.from));
	TRY(number(graph->words[2], &link.to));
	TRY(parse_edge(graph, 3, &link.record));
	return vector_push(&graph->links, link);
}

static struct error *line_root_edge(struct graph_text *graph)
{
	struct link link = {0};
	TRY(need(graph, 3));
	if (graph->roots.count == 0)
		return wrong("no root before", graph->words[0]);
	TRY(number(graph->words[1], &link.to));
	TRY(parse_edge(graph, 2, &link.record));
	graph->roots.items[graph->roots.count - 1].count++;
	return vector_push(&graph->root_links, link);
}

static struct error *line_root(struct graph_text *graph)
{
	static const char *const kinds[] = {"modules", "builtins",     "interpreter", "thread",
					    "frame",   "static_types", "c_globals"};
	unsigned kind = 0;
	struct root_line line = {.first = graph->root_links.count};
	TRY(need(graph, 3));
	TRY(choice(graph->words[1], kinds, ROOT_KIND_COUNT, &kind));
	line.record.kind = kind;
	TRY(writer_string(graph->writer, graph->words[2], strlen(graph->words[2]), &line.record.name));
	for (size_t i = 3; i < graph->word_count && strchr(graph->words[i], '=') == NULL; i++) {
		struct link link = {0};
		TRY(number(graph->words[i], &link.to));
		TRY(vector_push(&graph->root_links, link));
		line.count++;
	}
	TRY(number_option(graph, 3, "thread", &line.record.thread));
	TRY(number_option(graph, 3, "depth", &line.record.depth));
	TRY(number_option(graph, 3, "line", &line.record.line));
	TRY(number_option(graph, 3, "interpreter", &line.record.interpreter));
	TRY(string_option(graph, 3, "function", &line.record.function));
	TRY(string_option(graph, 3, "file", &line.record.file));
	return vector_push(&graph->roots, line);
}

static struct error *line_meta(struct graph_text *graph)
{
	TRY(need(graph, 3));
#define META_U64(name, unit, description)                                                                              \
	if (strcmp(graph->words[1], #name) == 0)                                                                       \
		return number(graph->words[2], &graph->meta.name);
#define META_TEXT(name, description)                                                                                   \
	if (strcmp(graph->words[1], #name) == 0) {                                                                     \
		free(graph->meta.name);                                                                                \
		graph->meta.name = strdup(graph->words[2]);                                                            \
		return graph->meta.name != NULL ? NULL : error_memory();                                               \
	}
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	return wrong("no field of meta", graph->words[1]);
}

static struct error *line_loss(struct graph_text *graph)
{
	uint64_t count;
	TRY(need(graph, 3));
	TRY(number(graph->words[2], &count));
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		if (strcmp(graph->words[1], loss_name(i)) == 0) {
			writer_loss(graph->writer, i, count);
			return NULL;
		}
	}
	return wrong("no reason of a loss", graph->words[1]);
}

static struct error *line_string(struct graph_text *graph)
{
	string_id id;
	TRY(need(graph, 2));
	return writer_string(graph->writer, graph->words[1], strlen(graph->words[1]), &id);
}

static struct error *row_id(struct graph_text *graph, const struct relation_column *column, const char *value,
			    uint32_t *id)
{
	uint64_t found;
	size_t type;
	if (column->refers == REFERS_STRING)
		return writer_string(graph->writer, value, strlen(value), id);
	if (column->refers == REFERS_TYPE) {
		TRY(type_find(graph, value, &type));
		*id = (uint32_t)type;
		return NULL;
	}
	TRY(number(value, &found));
	*id = (uint32_t)found;
	return NULL;
}

/* Objects have no ids yet: their addresses are kept aside. */
static struct error *parse_row(struct graph_text *graph, const struct relation_shape *shape, struct row_line *line)
{
	for (size_t c = 0; c < shape->column_count; c++) {
		const struct relation_column *column = &shape->columns[c];
		const char *value = option(graph, 2, column->field.name);
		char *to = (char *)line->row + column->field.offset;
		uint64_t wide = 0;
		uint32_t id = NO_ID;
		if (column->refers == REFERS_NODE) {
			TRY(number_option(graph, 2, column->field.name, &wide));
			TRY(vector_push(&line->nodes, wide));
		} else if (column->refers == REFERS_NOTHING) {
			TRY(number_option(graph, 2, column->field.name, &wide));
			memcpy(to, &wide, sizeof wide);
			continue;
		} else if (value != NULL) {
			TRY(row_id(graph, column, value, &id));
		}
		memcpy(to, &id, sizeof id);
	}
	return NULL;
}

static struct error *check_columns(const struct graph_text *graph, const struct relation_shape *shape)
{
	for (size_t w = 2; w < graph->word_count; w++) {
		size_t length = strcspn(graph->words[w], "="), c = 0;
		while (c < shape->column_count && (strlen(shape->columns[c].field.name) != length ||
						   strncmp(shape->columns[c].field.name, graph->words[w], length) != 0))
			c++;
		if (c == shape->column_count)
			return wrong("no column", graph->words[w]);
	}
	return NULL;
}

static struct error *line_row(struct graph_text *graph)
{
	TRY(need(graph, 2));
	enum relation relation = relation_find(graph->words[1]);
	if (relation == RELATION_COUNT)
		return wrong("no relation", graph->words[1]);
	const struct relation_shape *shape = relation_shape(relation);
	TRY(check_columns(graph, shape));
	struct row_line line = {.relation = relation, .row = calloc(1, shape->row_size)};
	struct error *error = line.row != NULL ? parse_row(graph, shape, &line) : error_memory();
	if (error == NULL)
		error = vector_push(&graph->rows, line);
	if (error != NULL) {
		free(line.row);
		vector_deinit(&line.nodes);
	}
	return error;
}

static struct error *parse_line(struct graph_text *graph, char *line)
{
	static const struct {
		const char *word;
		struct error *(*parse)(struct graph_text *graph);
	} kinds[] = {{"object", line_object},      {"edge", line_edge}, {"root", line_root},
		     {"rootedge", line_root_edge}, {"type", line_type}, {"meta", line_meta},
		     {"string", line_string},      {"loss", line_loss}, {"row", line_row}};
	split(graph, line);
	if (graph->word_count == 0)
		return NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(graph->words[0], kinds[i].word) == 0)
			return kinds[i].parse(graph);
	return wrong("unknown line", graph->words[0]);
}

static struct error *parse(struct graph_text *graph, const char *text)
{
	for (int number_of_line = 1; *text != '\0'; number_of_line++) {
		size_t length = strcspn(text, "\n");
		AUTO(string) char *line = strndup(text, length);
		if (line == NULL)
			return error_memory();
		struct error *error = parse_line(graph, line);
		if (error != NULL)
			return error_prefix(error, "line %d", number_of_line);
		text += length + (text[length] == '\n');
	}
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

static int node_compare(const void *left, const void *right)
{
	const struct node *a = left, *b = right;
	return (a->address > b->address) - (a->address < b->address);
}

static int link_compare(const void *left, const void *right)
{
	const struct link *a = left, *b = right;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static struct error *node_find(const struct graph_text *graph, uint64_t address, node_id *id)
{
	struct node key = {.address = address};
	const struct node *found = graph->nodes.count == 0 ? NULL
							   : bsearch(&key, graph->nodes.items, graph->nodes.count,
								     sizeof key, node_compare);
	if (found == NULL)
		return error_create(ERROR_USAGE, "no object at 0x%llx", (unsigned long long)address);
	*id = (node_id)(found - graph->nodes.items);
	return NULL;
}

static struct error *write_types(struct graph_text *graph)
{
	for (size_t i = 0; i < graph->types.count; i++) {
		struct named_type *type = &graph->types.items[i];
		if (type->node != 0)
			TRY(node_find(graph, type->node, &type->record.node));
		for (size_t j = 0; type->base != NULL && j < graph->types.count; j++)
			if (strcmp(type->base, graph->types.items[j].name) == 0)
				type->record.base = (type_id)j;
		TRY(writer_type(graph->writer, &type->record, &type->id));
	}
	return NULL;
}

static struct error *write_objects(struct graph_text *graph)
{
	size_t next = 0;
	if (graph->values)
		writer_keep_values(graph->writer);
	for (size_t i = 0; i < graph->nodes.count; i++) {
		const struct node *node = &graph->nodes.items[i];
		TRY(writer_object(graph->writer, &node->record));
		if (node->value != NULL)
			TRY(writer_value(graph->writer, node->value, strlen(node->value)));
		for (; next < graph->links.count && graph->links.items[next].from == node->address; next++) {
			struct link *link = &graph->links.items[next];
			TRY(node_find(graph, link->to, &link->record.target));
			TRY(writer_edge(graph->writer, &link->record));
		}
	}
	if (next < graph->links.count) {
		node_id id;
		return node_find(graph, graph->links.items[next].from, &id);
	}
	return NULL;
}

static struct error *write_roots(struct graph_text *graph)
{
	for (size_t i = 0; i < graph->roots.count; i++) {
		const struct root_line *root = &graph->roots.items[i];
		root_id id;
		TRY(writer_root(graph->writer, &root->record, &id));
		for (size_t j = root->first; j < root->first + root->count; j++) {
			struct link *link = &graph->root_links.items[j];
			TRY(node_find(graph, link->to, &link->record.target));
			TRY(writer_root_edge(graph->writer, &link->record));
		}
	}
	return NULL;
}

static struct error *write_rows(struct graph_text *graph)
{
	for (size_t i = 0; i < graph->rows.count; i++) {
		const struct row_line *line = &graph->rows.items[i];
		const struct relation_shape *shape = relation_shape(line->relation);
		size_t next = 0;
		for (size_t c = 0; c < shape->column_count; c++) {
			node_id id = NO_ID;
			if (shape->columns[c].refers != REFERS_NODE)
				continue;
			if (line->nodes.items[next] != 0)
				TRY(node_find(graph, line->nodes.items[next], &id));
			memcpy((char *)line->row + shape->columns[c].field.offset, &id, sizeof id);
			next++;
		}
		TRY(writer_row(graph->writer, line->relation, line->row));
	}
	return NULL;
}

struct error *help_snapshot_write(const char *path, const char *text)
{
	AUTO(graph_text) struct graph_text graph = {0};
	uint64_t bytes;
	snapshot_meta_init(&graph.meta);
	TRY(writer_create(path, true, &graph.writer));
	TRY(parse(&graph, text));
	if (graph.nodes.count > 0)
		qsort(graph.nodes.items, graph.nodes.count, sizeof *graph.nodes.items, node_compare);
	if (graph.links.count > 0)
		qsort(graph.links.items, graph.links.count, sizeof *graph.links.items, link_compare);
	TRY(write_types(&graph));
	TRY(write_objects(&graph));
	TRY(write_roots(&graph));
	TRY(write_rows(&graph));
	TRY(writer_meta(graph.writer, &graph.meta));
	return writer_commit(graph.writer, &bytes);
}
