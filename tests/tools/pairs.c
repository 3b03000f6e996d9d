/* How soon are the objects of two snapshots told to be the same, new or gone?
 *
 *     pairs A.snap B.snap [RUNS]        one line of JSON
 *
 * The join by address and type alone (analyzer/join.c), in one process, between graphs that are loaded. Times are seconds of the
 * processor, best of RUNS (1).
 */
#include "analyzer/join.h"
#include "analyzer/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COLUMNS (GRAPH_TYPE | GRAPH_SIZE | GRAPH_ADDRESS)

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct error *run(const char *const paths[2], unsigned long runs)
{
	AUTO(reader) struct reader *a = NULL;
	AUTO(reader) struct reader *b = NULL;
	AUTO(graph) struct graph *before = NULL;
	AUTO(graph) struct graph *after = NULL;
	AUTO(type_names) struct type_names names = {0};
	TRY(reader_open(paths[0], &a));
	TRY(reader_open(paths[1], &b));
	const struct reader *readers[2] = {a, b};
	TRY(type_names_init(&names, readers, 2));
	TRY(load_graph(a, COLUMNS, NULL, &before));
	TRY(load_graph(b, COLUMNS, NULL, &after));
	double best = 0;
	uint64_t new = 0, gone = 0;
	for (unsigned long i = 0; i < runs; i++) {
		AUTO(join) struct join join = {0};
		double since = now();
		TRY(join_create(before, after, &names, &names.facts[0], &names.facts[1], &join));
		double seconds = now() - since;
		best = i == 0 || seconds < best ? seconds : best;
		new = join.new_count;
		gone = join.gone_count;
	}
	printf("{\"before\": %" PRIu32 ", \"after\": %" PRIu32 ", \"new\": %" PRIu64 ", \"gone\": %" PRIu64
	       ", \"join\": %.4f}\n",
	       before->nodes, after->nodes, new, gone, best);
	return NULL;
}

int main(int count, char **arguments)
{
	unsigned long runs = count > 3 ? strtoul(arguments[3], NULL, 10) : 1;
	if (count < 3 || count > 4 || runs == 0) {
		fprintf(stderr, "usage: pairs A.snap B.snap [RUNS]\n");
		return 2;
	}
	struct error *error = run((const char *const[2]){arguments[1], arguments[2]}, runs);
	if (error != NULL)
		fprintf(stderr, "pairs: %s\n", error->message);
	int exit_code = error != NULL;
	error_destroy(error);
	return exit_code;
}
