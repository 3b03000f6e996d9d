/* Is this tree the dominator tree?
 *
 * L. Georgiadis and R. E. Tarjan, "Dominator tree certification and divergent spanning trees", 2015: a tree is the dominator
 * tree if and only if it has the parent property (for each edge v -> w, the parent of w is an ancestor of v, or v) and the sibling
 * property (of two children of one parent, none dominates the other). The first is looked at for every edge: it says that all
 * dominators in the tree are dominators. The second says that none is missing; then an object would retain more than its
 * subtree. So for a sample of objects, each taken for a group of its own, what it retains is found anew by data flow
 * (analyzer/sets.h), and compared.
 */
#include "analyzer/certificate.h"

#include "analyzer/memory.h"
#include "analyzer/sets.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct ranges { /* by number: itself and all below it have positions first .. first + size - 1 */
	uint32_t *first, *size;
};

static void ranges_deinit(struct ranges *ranges)
{
	free(ranges->first);
	free(ranges->size);
}
DEFINE_AUTO_VALUE(ranges, struct ranges, ranges_deinit);

static void refute(struct certificate *certificate, const char *format, ...) PRINTF(2, 3);

static void refute(struct certificate *certificate, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (certificate->holds)
		vsnprintf(certificate->fault, sizeof certificate->fault, format, arguments);
	va_end(arguments);
	certificate->holds = false;
}

/* A dominator has the lesser number, so that one sweep up and one down suffice. */
static struct error *find_ranges(const struct domination *tree, struct ranges *ranges, struct certificate *certificate)
{
	uint32_t count = tree->numbers;
	ranges->first = memory_large(count, sizeof *ranges->first);
	ranges->size = memory_large(count, sizeof *ranges->size);
	AUTO(free) void *memory = memory_large(count, sizeof(uint32_t));
	uint32_t *next = memory;
	if (ranges->first == NULL || ranges->size == NULL || next == NULL)
		return error_memory();
	for (uint32_t i = 0; i < count; i++)
		ranges->size[i] = 1;
	for (uint32_t i = count - 1; i > 0; i--) {
		if (tree->idom[i] >= i) {
			refute(certificate, "the dominator of object %" PRIu32 " comes after it", tree->node[i]);
			return NULL;
		}
		ranges->size[tree->idom[i]] += ranges->size[i];
	}
	ranges->first[0] = 0;
	next[0] = 1;
	for (uint32_t i = 1; i < count; i++) {
		uint32_t above = tree->idom[i];
		ranges->first[i] = next[above];
		next[above] += ranges->size[i];
		next[i] = ranges->first[i] + 1;
	}
	return NULL;
}

static uint32_t dominator_of(const struct domination *tree, uint32_t place)
{
	uint32_t state = tree->state[place];
	return state & FLOW_LEAF ? state & ~FLOW_LEAF : tree->idom[state];
}

static void check_edges_of(const struct retention *retention, const struct ranges *ranges, uint32_t number,
			   struct certificate *certificate)
{
	const struct graph *graph = retention->graph;
	const struct domination *tree = &retention->tree;
	uint32_t place = tree->node[number], position = ranges->first[number];
	for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++, certificate->edges++) {
		uint32_t target = graph->targets[e];
		if (domination_of(tree, target) == DOMINATOR_NONE) {
			refute(certificate, "object %" PRIu32 " is not in the tree", target);
			continue;
		}
		uint32_t above = dominator_of(tree, target);
		bool around = tree->state[target] == number; /* a loop */
		if (!around && position - ranges->first[above] >= ranges->size[above])
			refute(certificate,
			       "a reference from place %" PRIu32 " to object %" PRIu32 " passes its dominator by",
			       place, target);
	}
}

static void check_entries(const struct retention *retention, struct certificate *certificate)
{
	for (size_t i = 0; i < retention->entry_count; i++, certificate->edges++)
		if (domination_of(&retention->tree, retention->entries[i]) != DOMINATOR_ROOT)
			refute(certificate, "place %" PRIu32 " is entered from outside and has a dominator",
			       retention->entries[i]);
}

/* Objects and roots of the sample, each once. */
struct sample {
	VECTOR(uint32_t) places;
	uint32_t *group; /* by place */
};

static void sample_deinit(struct sample *sample)
{
	vector_deinit(&sample->places);
	free(sample->group);
}
DEFINE_AUTO_VALUE(sample, struct sample, sample_deinit);

static struct error *take(struct sample *sample, const struct retention *retention, uint32_t number)
{
	uint32_t place = retention->tree.node[number];
	if (sample->group[place] != GROUP_NONE)
		return NULL;
	sample->group[place] = (uint32_t)sample->places.count;
	return vector_push(&sample->places, place);
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left < right) - (left > right);
}

/* The least retained size of the `count` greatest. */
static struct error *find_threshold(const struct retention *retention, uint32_t count, uint64_t *least)
{
	uint32_t numbers = retention->tree.numbers;
	AUTO(free) void *memory = memory_large(numbers, sizeof(uint64_t));
	uint64_t *sizes = memory;
	if (sizes == NULL)
		return error_memory();
	for (uint32_t i = 1; i < numbers; i++)
		sizes[i - 1] = retention->retained[i];
	qsort(sizes, numbers - 1, sizeof *sizes, compare);
	*least = numbers - 1 > count ? sizes[count] : 0;
	return NULL;
}

static struct error *choose(struct sample *sample, const struct retention *retention, uint32_t count)
{
	uint32_t numbers = retention->tree.numbers, step = numbers / (count / 2 + 1) + 1;
	sample->group = memory_large((size_t)retention->graph->places + 1, sizeof *sample->group);
	if (sample->group == NULL)
		return error_memory();
	for (uint32_t i = 0; i < retention->graph->places; i++)
		sample->group[i] = GROUP_NONE;
	uint64_t least = 0;
	TRY(find_threshold(retention, count / 2, &least));
	for (uint32_t i = 1; i < numbers && sample->places.count < count / 2; i++)
		if (retention->retained[i] >= least)
			TRY(take(sample, retention, i));
	for (uint32_t i = 1; i < numbers && sample->places.count<count; i += i + step> i ? step : numbers)
		TRY(take(sample, retention, i));
	return NULL;
}

static struct error *check_sizes(const struct retention *retention, const struct reach *reach, uint32_t count,
				 const struct progress *progress, struct certificate *certificate)
{
	AUTO(sample) struct sample sample = {0};
	TRY(choose(&sample, retention, count));
	struct grouping grouping = {(uint32_t)sample.places.count, sample.group,
				    sample.group + retention->graph->nodes};
	AUTO(free) void *memory = calloc(sample.places.count + 1, sizeof(uint64_t));
	uint64_t *retained = memory;
	if (retained == NULL)
		return error_memory();
	TRY(sets_retained(reach, &grouping, sets_room(retention->graph), progress, retained));
	for (size_t i = 0; i < sample.places.count; i++, certificate->sizes++)
		if (retained[i] != retention_size(retention, sample.places.items[i]))
			refute(certificate, "place %" PRIu32 " retains %" PRIu64 " bytes, not %" PRIu64,
			       sample.places.items[i], retained[i], retention_size(retention, sample.places.items[i]));
	return NULL;
}

struct error *certificate_make(const struct retention *retention, const struct reach *reach, uint32_t sample,
			       const struct progress *progress, struct certificate *result)
{
	AUTO(ranges) struct ranges ranges = {0};
	*result = (struct certificate){.holds = true};
	TRY(find_ranges(&retention->tree, &ranges, result));
	for (uint32_t i = 1; result->holds && i < retention->tree.numbers; i++)
		check_edges_of(retention, &ranges, i, result);
	check_entries(retention, result);
	if (!result->holds)
		return NULL;
	return check_sizes(retention, reach, sample, progress, result);
}
