/* What is each rule's metric in one snapshot?
 *
 * What sets retain is found for 64 rules at once, and all sums over objects in one pass over them. Rules of the process read what
 * the capture noted of it.
 */
#include "checks/measurements.h"

#include "analyzer/mask_sets.h"
#include "analyzer/memory.h"
#include "analyzer/usage.h"
#include "checks/cycle_counts.h"

#include <stdlib.h>

_Static_assert(SUBJECT_BITS == MASK_SETS, "a word of rules is a pass");

void measurements_init(struct measurements *measurements, const struct rules *rules)
{
	*measurements = (struct measurements){.rules = rules};
}

void measurements_deinit(struct measurements *measurements)
{
	answers_deinit(&measurements->answers);
	subject_sets_deinit(&measurements->sets);
	free(measurements->gone);
	free(measurements->items);
	*measurements = (struct measurements){0};
}

static const struct rule *rule_at(const struct measurements *measurements, size_t r)
{
	return &measurements->rules->items.items[r];
}

static int64_t clamp(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static void set(struct measurements *measurements, size_t r, uint64_t value)
{
	measurements->items[r].known = true;
	measurements->items[r].value = clamp(value);
}

/* --- what sets retain ----------------------------------------------------------------------------------------------------- */

/* How many rules of word w there are up to the last one of METRIC_RETAINED; 0: none is. */
static unsigned retaining(const struct measurements *measurements, size_t w)
{
	unsigned sets = 0;
	for (size_t r = w * SUBJECT_BITS; r < measurements->sets.rules && r < (w + 1) * SUBJECT_BITS; r++)
		if (rule_at(measurements, r)->metric == METRIC_RETAINED)
			sets = (unsigned)(r % SUBJECT_BITS) + 1;
	return sets;
}

static struct error *retain(struct measurements *measurements, const struct reach *reach, const struct progress *progress)
{
	const struct subject_sets *sets = &measurements->sets;
	for (size_t w = 0; w < sets->words; w++) {
		uint64_t retained[SUBJECT_BITS] = {0};
		unsigned count = retaining(measurements, w);
		if (count == 0)
			continue;
		TRY(mask_sets_retained(reach, sets->member + w * sets->nodes, count, progress, retained,
				       measurements->gone != NULL ? measurements->gone + w * sets->nodes : NULL));
		for (unsigned i = 0; i < count; i++)
			if (rule_at(measurements, w * SUBJECT_BITS + i)->metric == METRIC_RETAINED)
				set(measurements, w * SUBJECT_BITS + i, retained[i]);
	}
	return NULL;
}

struct error *measurements_visit(struct measurements *measurements, const struct reach *reach, const struct type_names *names,
			     const struct type_facts *facts, bool keep_gone, const struct progress *progress)
{
	size_t count = measurements->rules->items.count;
	measurements->items = calloc(count + 1, sizeof *measurements->items);
	if (measurements->items == NULL)
		return error_memory();
	TRY(subject_sets_find(measurements->rules, &measurements->answers, reach->graph, names, facts, &measurements->sets));
	if (keep_gone) {
		measurements->gone = memory_large(measurements->sets.words * reach->graph->nodes + 1, sizeof *measurements->gone);
		if (measurements->gone == NULL)
			return error_memory();
	}
	return retain(measurements, reach, progress);
}

/* --- sums over objects ------------------------------------------------------------------------------------------------------ */

struct summing {
	const struct measurements *measurements;
	const struct graph *graph;
	const uint8_t *fate;
	uint64_t masks[METRIC_NUMBER]; /* rules of a word, by metric */
	uint64_t *sums;                /* by rule */
};

static void add(uint64_t *sums, uint64_t bits, uint64_t amount)
{
	for (; bits != 0; bits &= bits - 1) {
		uint64_t *sum = &sums[__builtin_ctzll(bits)];
		if (__builtin_add_overflow(*sum, amount, sum))
			*sum = UINT64_MAX;
	}
}

static void add_object(struct summing *summing, uint64_t *sums, uint64_t member, node_id node)
{
	const uint64_t *masks = summing->masks;
	const struct graph *graph = summing->graph;
	uint64_t sized = masks[METRIC_SIZE];
	if (summing->fate[node] == FATE_GARBAGE)
		sized |= masks[METRIC_GARBAGE];
	if (summing->fate[node] == FATE_HELD)
		sized |= masks[METRIC_EXTERNAL];
	add(sums, member & masks[METRIC_COUNT], 1);
	if (member & sized)
		add(sums, member & sized, graph_size(graph, node));
	if (member & masks[METRIC_RESIDUE] && graph->residue[node] > 0)
		add(sums, member & masks[METRIC_RESIDUE], (uint64_t)graph->residue[node]);
}

static void choose_rules(struct summing *summing, size_t w)
{
	const struct measurements *measurements = summing->measurements;
	for (unsigned m = 0; m < METRIC_NUMBER; m++)
		summing->masks[m] = 0;
	for (size_t r = w * SUBJECT_BITS; r < measurements->sets.rules && r < (w + 1) * SUBJECT_BITS; r++)
		summing->masks[rule_at(measurements, r)->metric] |= UINT64_C(1) << r % SUBJECT_BITS;
}

static void sum_up(struct summing *summing)
{
	const struct subject_sets *sets = &summing->measurements->sets;
	for (size_t w = 0; w < sets->words; w++) {
		choose_rules(summing, w);
		uint64_t *sums = summing->sums + w * SUBJECT_BITS;
		const uint64_t *member = sets->member + w * sets->nodes, *masks = summing->masks;
		uint64_t summed = masks[METRIC_COUNT] | masks[METRIC_SIZE] | masks[METRIC_GARBAGE] | masks[METRIC_EXTERNAL] |
				  masks[METRIC_RESIDUE];
		for (node_id i = 0; i < sets->nodes; i++)
			if (member[i] & summed)
				add_object(summing, sums, member[i], i);
	}
}

static bool is_summed(enum metric metric)
{
	return metric == METRIC_COUNT || metric == METRIC_SIZE || metric == METRIC_GARBAGE || metric == METRIC_EXTERNAL ||
	       metric == METRIC_RESIDUE;
}

static struct error *sum_objects(struct measurements *measurements, const struct graph *graph, const uint8_t *fate)
{
	AUTO(free) void *memory = calloc(measurements->sets.words * SUBJECT_BITS + 1, sizeof(uint64_t));
	struct summing summing = {.measurements = measurements, .graph = graph, .fate = fate, .sums = memory};
	if (memory == NULL)
		return error_memory();
	sum_up(&summing);
	for (size_t r = 0; r < measurements->sets.rules; r++)
		if (is_summed(rule_at(measurements, r)->metric))
			set(measurements, r, summing.sums[r]);
	return NULL;
}

/* --- the process -------------------------------------------------------------------------------------------------------------- */

static bool any_of(const struct measurements *measurements, enum metric metric)
{
	for (size_t r = 0; r < measurements->rules->items.count; r++)
		if (rule_at(measurements, r)->metric == metric)
			return true;
	return false;
}

struct pools {
	uint64_t nobodys, size; /* bytes; size 0: no pools are known */
};

static struct error *weigh_pools(struct reader *reader, const struct progress *progress, struct pools *pools)
{
	struct usage usage = {0};
	struct error *error = usage_create(reader, progress, &usage);
	if (error == NULL) {
		pools->nobodys = usage.fragmentation.free + usage.fragmentation.rounding;
		for (size_t p = 0; p < usage.allocator.pools.count; p++)
			pools->size += (uint64_t)usage.allocator.pools.items[p].capacity * usage.allocator.pools.items[p].block_size;
	}
	usage_deinit(&usage);
	return error;
}

static struct error *measure_process(struct measurements *measurements, struct reader *reader, const struct progress *progress)
{
	uint64_t rss = reader_meta(reader)->rss;
	struct pools pools = {0};
	if (any_of(measurements, METRIC_FRAGMENTATION))
		TRY(weigh_pools(reader, progress, &pools));
	for (size_t r = 0; r < measurements->rules->items.count; r++) {
		struct measurement *measure = &measurements->items[r];
		enum metric metric = rule_at(measurements, r)->metric;
		if (metric == METRIC_RSS && rss != META_ABSENT)
			set(measurements, r, rss);
		else if (metric == METRIC_RSS)
			measure->note = "the snapshot does not say how much of the process was resident";
		if (metric == METRIC_FRAGMENTATION && pools.size > 0)
			set(measurements, r, pools.nobodys);
		else if (metric == METRIC_FRAGMENTATION)
			measure->note = "the snapshot has no pools of Python's allocator";
		if (metric == METRIC_FRAGMENTATION)
			measure->whole = pools.size;
	}
	return NULL;
}

/* --- all ------------------------------------------------------------------------------------------------------------------------ */

static struct error *count_cycles(struct measurements *measurements, const struct graph *graph, const struct type_facts *facts)
{
	AUTO(free) void *memory = calloc(measurements->rules->items.count + 1, sizeof(int64_t));
	int64_t *counts = memory;
	if (counts == NULL)
		return error_memory();
	TRY(cycle_counts_find(graph, facts, measurements->rules, &measurements->sets, counts));
	for (size_t r = 0; r < measurements->rules->items.count; r++)
		if (rule_at(measurements, r)->metric == METRIC_CYCLES)
			set(measurements, r, (uint64_t)counts[r]);
	return NULL;
}

struct error *measurements_finish(struct measurements *measurements, const struct graph *graph, const struct type_facts *facts,
			      const uint8_t *fate, bool cycles, const struct progress *progress)
{
	struct snapshot_counts counts = reader_counts(graph->reader);
	TRY(sum_objects(measurements, graph, fate));
	TRY(measure_process(measurements, graph->reader, progress));
	if (cycles && any_of(measurements, METRIC_CYCLES))
		TRY(count_cycles(measurements, graph, facts));
	for (size_t r = 0; r < measurements->rules->items.count; r++) {
		enum metric metric = rule_at(measurements, r)->metric;
		if (metric == METRIC_QUERY) {
			measurements->items[r].known = true;
			measurements->items[r].value = measurements->answers.items[r].number;
		} else if (metric == METRIC_COUNT)
			measurements->items[r].whole = counts.nodes;
		else if (metric != METRIC_FRAGMENTATION)
			measurements->items[r].whole = counts.size;
	}
	return NULL;
}
