/* Which objects do these paths mean? tests/live asks it.
 *
 *     pathnodes A.snap < PATHS       one line of JSON for each line: {"items": [ID, ...], "folded": [ID, ...], "known": BYTES},
 *                                    or {"error": true} for what is no path
 */
#include "analyzer/load.h"
#include "analyzer/path_lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_nodes(const char *name, const node_id *items, size_t count)
{
	printf("\"%s\": [", name);
	for (size_t i = 0; i < count; i++)
		printf("%s%" PRIu32, i > 0 ? ", " : "", items[i]);
	printf("], ");
}

static struct error *look_up(struct path_lookup *lookup, const char *path)
{
	AUTO(path_nodes) struct path_nodes nodes = {0};
	AUTO(error) struct error *error = path_lookup_find(lookup, path, &nodes);
	if (error != NULL && error->code != ERROR_USAGE)
		return steal(&error);
	if (error != NULL) {
		printf("{\"error\": true}\n");
		return NULL;
	}
	printf("{");
	print_nodes("items", nodes.items.items, nodes.items.count);
	print_nodes("folded", nodes.folded.items, nodes.folded.count);
	printf("\"known\": %zu}\n", nodes.known);
	return NULL;
}

static struct error *run(const char *file)
{
	AUTO(reader) struct reader *reader = NULL;
	AUTO(graph) struct graph *graph = NULL;
	AUTO(path_lookup) struct path_lookup lookup = {0};
	TRY(reader_open(file, &reader));
	TRY(load_graph(reader, GRAPH_HOLDING | GRAPH_MORTAL, NULL, &graph));
	TRY(path_lookup_init(&lookup, graph));
	AUTO(string) char *line = NULL;
	size_t size = 0;
	for (ssize_t length; (length = getline(&line, &size, stdin)) > 0;) {
		line[length - 1] = line[length - 1] == '\n' ? '\0' : line[length - 1];
		TRY(look_up(&lookup, line));
	}
	return NULL;
}

int main(int count, char **arguments)
{
	if (count != 2) {
		fprintf(stderr, "usage: pathnodes A.snap < PATHS\n");
		return 2;
	}
	struct error *error = run(arguments[1]);
	if (error != NULL)
		fprintf(stderr, "pathnodes: %s\n", error->message);
	int exit_code = error != NULL;
	error_destroy(error);
	return exit_code;
}
