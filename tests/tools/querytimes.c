/* How long does a query take, once the heap has loaded what it needs? tests/bench runs it.
 *
 *     querytimes A.snap QUERY ...     one line of JSON a query: seconds of processor time of the first run, with what it loads,
 *                                     and of the best of three more; how many rows, and the last one as text
 */
#include "queries/print.h"
#include "queries/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define RUNS 4

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct error *run_once(struct query_heaps *heaps, const char *text, uint64_t *rows, struct text *last)
{
	const struct datum_map none = {0};
	struct limits limits = {.memory = LIMITS_MEMORY, .steps = UINT64_MAX / 2};
	AUTO(query) struct query query = {0};
	const struct datum *values;
	bool found = true;
	TRY(query_init(&query, text, heaps, &none, &limits));
	for (*rows = 0;; ++*rows) {
		TRY(plan_next(query.plan, &values, &found));
		if (!found)
			return NULL;
		text_deinit(last);
		text_init(last);
		for (uint32_t i = 0; i < query.resolution.column_count; i++) {
			text_add(last, i > 0 ? " " : "");
			TRY(print_datum(plan_heap(query.plan), values[i], last));
		}
	}
}

static struct error *time_query(struct query_heaps *heaps, const char *text)
{
	AUTO(text) struct text last;
	uint64_t rows = 0;
	double first = 0, best = 0;
	text_init(&last);
	for (int i = 0; i < RUNS; i++) {
		double start = now();
		TRY(run_once(heaps, text, &rows, &last));
		double seconds = now() - start;
		if (i == 0)
			first = seconds;
		else if (i == 1 || seconds < best)
			best = seconds;
	}
	printf("{\"first\": %.6f, \"best\": %.6f, \"rows\": %" PRIu64 ", \"query\": \"%s\", \"last\": \"%s\"}\n", first, best,
	       rows, text, text_string(&last));
	return text_error(&last);
}

static struct error *run(int argc, char **argv)
{
	AUTO(reader) struct reader *reader = NULL;
	AUTO(type_names) struct type_names names = {0};
	AUTO(heap) struct heap *heap = NULL;
	TRY(reader_open(argv[1], &reader));
	const struct reader *readers[1] = {reader};
	TRY(type_names_init(&names, readers, 1));
	TRY(heap_create(reader, &names, 0, NULL, NULL, &heap));
	struct query_heaps heaps = {.after = heap};
	for (int i = 2; i < argc; i++)
		TRY(time_query(&heaps, argv[i]));
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: querytimes A.snap QUERY ...\n");
		return 2;
	}
	AUTO(error) struct error *error = run(argc, argv);
	if (error != NULL)
		fprintf(stderr, "querytimes: %s\n", error->message);
	return error != NULL;
}
