/* Are our dominators those of the book, and how much sooner do we have them?
 *
 *     dominators A.snap [RUNS]        one line of JSON
 *
 * Loads the snapshot as `heapdiff top` does, then finds dominators by analyzer/dominators.c and by
 * tests/tools/dominators/textbook.c on the same graph from the same entries, compares them node by node and retained sizes with
 * those that the book's tree gives. Times are seconds of the processor, best of RUNS (1). Exit code 1: they differ.
 */
#include "analyzer/components.h"
#include "analyzer/load.h"
#include "analyzer/retention.h"
#include "tests/tools/dominators/textbook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct figures { /* seconds */
	double load, reach, dominators, retention, components, textbook;
};

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* *best: the lesser of it, if there was one, and the time since *since, which becomes now. */
static void note(double *best, double *since)
{
	double seconds = now() - *since;
	*best = *best == 0 || seconds < *best ? seconds : *best;
	*since = now();
}

/* Dominators alone, without the retained sizes: what the book's are to be measured against. */
static struct error *time_dominators(const struct graph *graph, struct figures *figures)
{
	AUTO(reach) struct reach reach = {0};
	AUTO(domination) struct domination tree = {0};
	double since = now();
	TRY(reach_create(graph, false, &reach));
	note(&figures->reach, &since);
	TRY(dominators_create(&reach.search, dominators_steps(&reach.search), &tree));
	note(&figures->dominators, &since);
	return NULL;
}

static uint64_t compare_trees(const struct retention *retention, const uint32_t *textbook)
{
	uint64_t different = 0;
	for (uint32_t v = 0; v < retention->graph->places; v++)
		different += domination_of(&retention->tree, v) != textbook[v];
	return different;
}

#define DONE UINT32_MAX /* instead of a number of children */

/* Adds sizes up along the book's tree: whoever's children have all been added is next. */
static struct error *compare_sizes(const struct retention *retention, const uint32_t *textbook, uint64_t *different)
{
	const struct graph *graph = retention->graph;
	AUTO(free) void *sums = calloc((size_t)graph->places + 1, sizeof(uint64_t));
	AUTO(free) void *waits = calloc((size_t)graph->places + 1, sizeof(uint32_t));
	uint64_t *retained = sums;
	uint32_t *children = waits;
	if (retained == NULL || children == NULL)
		return error_memory();
	for (uint32_t v = 0; v < graph->places; v++) {
		retained[v] = v < graph->nodes ? graph_size(graph, v) : 0;
		if (textbook[v] < graph->places)
			children[textbook[v]]++;
	}
	for (uint32_t v = 0; v < graph->places; v++) {
		for (uint32_t done = v; done < graph->places && children[done] == 0;) {
			uint32_t above = textbook[done];
			children[done] = DONE;
			*different += retained[done] != retention_size(retention, done);
			if (above < graph->places) {
				retained[above] += retained[done];
				children[above]--;
			}
			done = above;
		}
	}
	for (uint32_t v = 0; v < graph->places; v++)
		*different += children[v] != DONE; /* the book's is no tree */
	return NULL;
}

static struct error *time_all(struct reader *reader, struct figures *figures, uint64_t different[2])
{
	AUTO(graph) struct graph *graph = NULL;
	AUTO(retention) struct retention retention = {0};
	AUTO(components) struct components components = {0};
	double since = now();
	TRY(load_graph(reader, RETENTION_COLUMNS, NULL, &graph));
	note(&figures->load, &since);
	TRY(time_dominators(graph, figures));
	since = now();
	TRY(retention_create(graph, false, NULL, &retention));
	note(&figures->retention, &since);
	struct flow flow = {.count = graph->places, .offsets = graph->offsets, .targets = graph->targets};
	TRY(components_create(&flow, &components));
	note(&figures->components, &since);
	components_deinit(&components);
	AUTO(free) void *memory = malloc(((size_t)graph->places + 1) * sizeof(uint32_t));
	uint32_t *textbook = memory;
	if (textbook == NULL)
		return error_memory();
	since = now();
	TRY(textbook_dominators(&flow, retention.entries, retention.entry_count, textbook));
	note(&figures->textbook, &since);
	different[0] += compare_trees(&retention, textbook);
	return compare_sizes(&retention, textbook, &different[1]);
}

static struct error *run(const char *path, unsigned long runs, uint64_t different[2])
{
	AUTO(reader) struct reader *reader = NULL;
	struct figures figures = {0};
	TRY(reader_open(path, &reader));
	for (unsigned long i = 0; i < runs; i++)
		TRY(time_all(reader, &figures, different));
	struct snapshot_counts counts = reader_counts(reader);
	printf("{\"objects\": %" PRIu64 ", \"edges\": %" PRIu64 ", \"load\": %.4f, \"reach\": %.4f, \"dominators\": %.4f, "
	       "\"retention\": %.4f, \"components\": %.4f, \"textbook\": %.4f, \"different_dominators\": %" PRIu64
	       ", \"different_sizes\": %" PRIu64 "}\n",
	       counts.nodes, counts.edges, figures.load, figures.reach, figures.dominators, figures.retention,
	       figures.components, figures.textbook, different[0], different[1]);
	return NULL;
}

int main(int count, char **arguments)
{
	unsigned long runs = count > 2 ? strtoul(arguments[2], NULL, 10) : 1;
	if (count < 2 || count > 3 || runs == 0) {
		fprintf(stderr, "usage: dominators A.snap [RUNS]\n");
		return 2;
	}
	uint64_t different[2] = {0, 0};
	struct error *error = run(arguments[1], runs, different);
	if (error != NULL)
		fprintf(stderr, "dominators: %s\n", error->message);
	int exit_code = error != NULL || different[0] + different[1] > 0;
	error_destroy(error);
	return exit_code;
}
