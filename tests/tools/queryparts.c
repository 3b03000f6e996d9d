/* How long does each part of a heap take to load, and a filter over its columns? tests/bench runs it.
 *
 *     queryparts A.snap        one line of JSON: seconds by part, of a scan of three columns, and of a set
 */
#include "queries/heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BLOCK 4096u

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static struct error *time_parts(struct heap *heap)
{
	static const struct {
		const char *name;
		unsigned part;
	} parts[] = {{"type", HEAP_TYPE},         {"size", HEAP_SIZE},         {"generation", HEAP_GENERATION},
		     {"refcount", HEAP_REFCOUNT}, {"length", HEAP_LENGTH},     {"names", HEAP_NAMES},
		     {"in", HEAP_IN},             {"retained", HEAP_RETAINED}, {"depth", HEAP_DEPTH},
		     {"cycles", HEAP_CYCLES},     {"threads", HEAP_THREADS}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		double start = now();
		TRY(heap_need(heap, parts[i].part));
		printf("\"%s\": %.4f, ", parts[i].name, now() - start);
	}
	return NULL;
}

static void narrow(const struct heap *heap, const char *name, int64_t least, uint32_t first, uint32_t count,
		   uint8_t *selected)
{
	heap_filter(heap, property_find(false, name, strlen(name)), first, count, least, INT64_MAX, selected);
}

/* Larger than a size, with more than one reference, in an older generation; block by block. */
static uint64_t scan(const struct heap *heap)
{
	static uint8_t selected[BLOCK];
	uint64_t found = 0;
	for (uint32_t first = 0; first < heap->nodes; first += BLOCK) {
		uint32_t count = heap->nodes - first < BLOCK ? heap->nodes - first : BLOCK;
		memset(selected, 0, sizeof selected);
		memset(selected, 1, count);
		narrow(heap, "size", 48, first, count, selected);
		narrow(heap, "refcount", 2, first, count, selected);
		narrow(heap, "generation", 2, first, count, selected);
		uint16_t some = 0;
		for (uint32_t i = 0; i < BLOCK; i++)
			some = (uint16_t)(some + selected[i]);
		found += some;
	}
	return found;
}

/* What twenty pairs of neighbours retain together. */
static struct error *time_sets(struct heap *heap)
{
	double start = now(), first = 0;
	uint32_t sets = 0, step = heap->nodes / 20 + 1;
	uint64_t all = 0;
	for (uint32_t i = 0; i + 1 < heap->nodes; i += step, sets++) {
		uint64_t bytes;
		TRY(heap_retained_set(heap, (const uint32_t[]){i, i + 1}, 2, &bytes));
		all += bytes;
		if (sets == 0)
			first = now() - start;
	}
	printf("\"first_set\": %.4f, \"sets\": %" PRIu32 ", \"set_seconds\": %.4f, \"set_bytes\": %" PRIu64 ", ", first, sets,
	       now() - start - first, all);
	return NULL;
}

static struct error *run(const char *path)
{
	AUTO(reader) struct reader *reader = NULL;
	AUTO(type_names) struct type_names names = {0};
	AUTO(heap) struct heap *heap = NULL;
	TRY(reader_open(path, &reader));
	const struct reader *readers[1] = {reader};
	TRY(type_names_init(&names, readers, 1));
	TRY(heap_create(reader, &names, 0, NULL, NULL, &heap));
	printf("{");
	TRY(time_parts(heap));
	scan(heap);
	double start = now();
	uint64_t found = scan(heap);
	printf("\"scan\": %.4f, \"found\": %" PRIu64 ", ", now() - start, found);
	TRY(time_sets(heap));
	printf("\"objects\": %" PRIu32 ", \"edges\": %" PRIu32 "}\n", heap->nodes, heap->edges);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: queryparts A.snap\n");
		return 2;
	}
	AUTO(error) struct error *error = run(argv[1]);
	if (error != NULL)
		fprintf(stderr, "queryparts: %s\n", error->message);
	return error != NULL;
}
