/* What do queries give on graphs in text? tests/queries/naive.py gives the same from the graph alone.
 *
 *     queryrows < commands
 *
 * Commands on standard input, and one line of JSON for each `query` on standard output:
 *
 *     graph                    a snapshot in the words of tests/format/help_graph.h, up to a line with a dot
 *     object 0x10 dict
 *     .
 *     query MATCH (n) RETURN n     {"columns": ["n"], "rows": [[{"node": 0}]]} or {"error": "...", "code": 1}
 *
 * Objects and roots are {"node": place}, edges {"edge": number, "source": place}, paths {"places": [...], "edges": []},
 * maps {"map": {...}}, floats that are no finite numbers {"float": "NaN"}.
 */
#include "queries/query.h"
#include "tests/format/help_graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct opened { /* a graph */
	char path[40];
	struct reader *reader;
	struct type_names names;
	struct heap *heap;
};

static void opened_deinit(struct opened *opened)
{
	heap_destroy(opened->heap);
	type_names_deinit(&opened->names);
	reader_close(opened->reader);
	opened->heap = NULL;
	opened->names = (struct type_names){0};
	opened->reader = NULL;
	unlink(opened->path);
}
DEFINE_AUTO_VALUE(opened, struct opened, opened_deinit);

static struct error *open_graph(struct opened *opened, const char *text)
{
	opened_deinit(opened);
	TRY(help_snapshot_write(opened->path, text));
	TRY(reader_open(opened->path, &opened->reader));
	const struct reader *readers[] = {opened->reader};
	TRY(type_names_init(&opened->names, readers, 1));
	return heap_create(opened->reader, &opened->names, 0, NULL, NULL, &opened->heap);
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static void print_string(const char *bytes, size_t length)
{
	putchar('"');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_numbers(const char *name, const uint32_t *numbers, size_t count)
{
	printf("\"%s\": [", name);
	for (size_t i = 0; i < count; i++)
		printf("%s%" PRIu32, i == 0 ? "" : ", ", numbers[i]);
	putchar(']');
}

static void print_float(double real)
{
	if (isnan(real))
		printf("{\"float\": \"NaN\"}");
	else if (isinf(real))
		printf("{\"float\": \"%sInfinity\"}", real < 0 ? "-" : "");
	else
		printf(real == rint(real) && fabs(real) < 1e15 ? "%.1f" : "%.17g", real);
}

static void print_value(struct datum value)
{
	switch ((enum datum_kind)value.kind) {
	case DATUM_BOOLEAN:
		printf(value.boolean ? "true" : "false");
		break;
	case DATUM_INTEGER:
		printf("%" PRId64, value.integer);
		break;
	case DATUM_FLOAT:
		print_float(value.real);
		break;
	case DATUM_STRING:
		print_string(value.text, value.length);
		break;
	case DATUM_LIST:
		putchar('[');
		for (uint32_t i = 0; i < value.list->count; i++) {
			printf(i == 0 ? "" : ", ");
			print_value(value.list->items[i]);
		}
		putchar(']');
		break;
	case DATUM_MAP:
		printf("{\"map\": {");
		for (uint32_t i = 0; i < value.map->count; i++) {
			printf(i == 0 ? "" : ", ");
			print_string(value.map->entries[i].key.text, value.map->entries[i].key.length);
			printf(": ");
			print_value(value.map->entries[i].value);
		}
		printf("}}");
		break;
	case DATUM_NODE:
		printf("{\"node\": %" PRIu32 "}", value.place);
		break;
	case DATUM_EDGE:
		printf("{\"edge\": %" PRIu32 ", \"source\": %" PRIu32 "}", value.edge, value.source);
		break;
	case DATUM_PATH:
		putchar('{');
		print_numbers("places", value.path->places, (size_t)value.path->length + 1);
		printf(", ");
		print_numbers("edges", value.path->edges, value.path->length);
		putchar('}');
		break;
	case DATUM_NULL:
	case DATUM_KIND_COUNT:
		printf("null");
		break;
	}
}

/* --- queries ------------------------------------------------------------------------------------------------------ */

static struct error *print_rows(struct query *query)
{
	const struct datum *values;
	bool found;
	uint32_t count = query->resolution.column_count;
	printf("{\"columns\": [");
	for (uint32_t i = 0; i < count; i++) {
		printf(i == 0 ? "" : ", ");
		print_string(query->resolution.columns[i].name, strlen(query->resolution.columns[i].name));
	}
	printf("], \"rows\": [");
	for (uint64_t row = 0;; row++) {
		TRY(plan_next(query->plan, &values, &found));
		if (!found)
			return NULL;
		printf(row == 0 ? "[" : ", [");
		for (uint32_t i = 0; i < count; i++) {
			printf(i == 0 ? "" : ", ");
			print_value(values[i]);
		}
		putchar(']');
	}
}

/* Where it fails among its rows, these are followed by the error. */
static void answer(struct opened *opened, const char *text)
{
	static const struct datum_map no_parameters = {0};
	AUTO(query) struct query query = {0};
	struct limits limits = {.memory = LIMITS_MEMORY, .steps = LIMITS_STEPS};
	const struct query_heaps heaps = {.after = opened->heap};
	AUTO(error) struct error *error = query_init(&query, text, &heaps, &no_parameters, &limits);
	bool begun = error == NULL;
	if (begun)
		error = query_place_error(print_rows(&query), text);
	printf(begun ? "]" : "{");
	if (error != NULL) {
		printf("%s\"error\": ", begun ? ", " : "");
		print_string(error->message, strlen(error->message));
		printf(", \"code\": %d", (int)error->code);
	}
	puts("}");
	fflush(stdout);
}

static struct error *take_graph(struct opened *opened)
{
	AUTO(free) void *memory = NULL;
	AUTO(text) struct text graph = {0};
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) >= 0 && strcmp(line, ".\n") != 0)
		text_add(&graph, line);
	memory = line;
	TRY(text_error(&graph));
	return open_graph(opened, text_string(&graph));
}

static struct error *take_commands(struct opened *opened)
{
	AUTO(free) void *memory = NULL;
	char *line = NULL;
	size_t size = 0;
	struct error *error = NULL;
	while (error == NULL && getline(&line, &size, stdin) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "graph") == 0)
			error = take_graph(opened);
		else if (strncmp(line, "query ", 6) == 0 && opened->heap != NULL)
			answer(opened, line + 6);
		else
			error = error_create(ERROR_USAGE, "no command, or no graph yet: %s", line);
	}
	memory = line;
	return error;
}

int main(void)
{
	AUTO(opened) struct opened opened = {.path = "/tmp/queryrows-XXXXXX"};
	int file = mkstemp(opened.path);
	if (file < 0)
		return 1;
	close(file);
	AUTO(error) struct error *error = take_commands(&opened);
	if (error != NULL)
		fprintf(stderr, "queryrows: %s\n", error->message);
	return error == NULL ? 0 : 2;
}
