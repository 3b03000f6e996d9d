/* What would a collection free now, and what does none?
 *
 * The simulation of analyzer/fates.h, once for each generation that may be collected, on the objects that nothing
 * reaches. Where some of them refer to others by guesses, whether their types visit these is not known: the full
 * collection is simulated both ways, and the truth lies between.
 */
#include "analyzer/garbage.h"

#include "analyzer/finalizers.h"
#include "analyzer/memory.h"
#include "analyzer/stuck.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct amount {
	uint64_t count, size; /* objects, bytes */
};

static void amount_add(struct amount *amount, uint64_t size)
{
	amount->count++;
	amount->size = saturating_add(amount->size, size);
}

/* What a collection frees; `fate` is scratch. */
static struct error *collect(const struct retention *retention, const struct collection *collection, uint8_t *fate,
			     struct amount *freed)
{
	const struct graph *graph = retention->graph;
	*freed = (struct amount){0};
	memcpy(fate, retention->fate, graph->nodes);
	TRY(fates_collect(graph, collection, fate));
	for (node_id i = 0; i < graph->nodes; i++)
		if (fate[i] == FATE_GARBAGE)
			amount_add(freed, graph_size(graph, i));
	return NULL;
}

static void count_tracked(const struct graph *graph, uint64_t tracked[GENERATION_COUNT])
{
	memset(tracked, 0, GENERATION_COUNT * sizeof *tracked);
	for (node_id i = 0; i < graph->nodes; i++)
		tracked[graph->generation[i]]++;
}

/* --- collections ---------------------------------------------------------------------------------------------------- */

enum {
	COLLECTION_GENERATION,
	COLLECTION_LOOKED,
	COLLECTION_COUNT,
	COLLECTION_SIZE,
	COLLECTION_COUNT_MOST,
	COLLECTION_SIZE_MOST,
	COLLECTION_DUE,
	COLLECTION_THRESHOLD
};

static struct section *collections_section(struct report *report)
{
	static const struct field fields[] = {
		[COLLECTION_GENERATION] = {"generation", "collection of", VALUE_TEXT, RANK_ALWAYS, false},
		[COLLECTION_LOOKED] = {"tracked", "looks at", VALUE_COUNT, RANK_OFTEN, false},
		[COLLECTION_COUNT] = {"count", "frees", VALUE_COUNT, RANK_ALWAYS, false},
		[COLLECTION_SIZE] = {"size", "bytes", VALUE_SIZE, RANK_ALWAYS, false},
		[COLLECTION_COUNT_MOST] = {"count_most", "at most", VALUE_COUNT, RANK_OFTEN, false},
		[COLLECTION_SIZE_MOST] = {"size_most", "bytes at most", VALUE_SIZE, RANK_OFTEN, false},
		[COLLECTION_DUE] = {"gc_count", "counter", VALUE_COUNT, RANK_SELDOM, false},
		[COLLECTION_THRESHOLD] = {"threshold", "threshold", VALUE_COUNT, RANK_SELDOM, false},
	};
	struct section *section = report_section(report, "collections", "A collection now");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, section, &fields[i]);
	return section;
}

static void set_counters(struct cell *row, const struct snapshot_meta *meta, unsigned generation)
{
	const uint64_t counts[] = {meta->gc_count0, meta->gc_count1, meta->gc_count2};
	const uint64_t thresholds[] = {meta->gc_threshold0, meta->gc_threshold1, meta->gc_threshold2};
	if (counts[generation] != META_ABSENT)
		row_set(row, COLLECTION_DUE, cell_number(counts[generation]));
	if (thresholds[generation] != META_ABSENT)
		row_set(row, COLLECTION_THRESHOLD, cell_number(thresholds[generation]));
}

/* *most: what a full collection may free if all guesses are visited. */
static struct error *report_collections(struct report *report, const struct retention *retention, struct amount *full,
					struct amount *most)
{
	static const char *const names[] = {"generation 0", "generations 0 and 1", "all generations"};
	const struct graph *graph = retention->graph;
	AUTO(free) void *fate = memory_large((size_t)graph->nodes + 1, 1);
	if (fate == NULL)
		return error_memory();
	uint64_t tracked[GENERATION_COUNT], looked = 0;
	count_tracked(graph, tracked);
	struct section *section = collections_section(report);
	for (unsigned oldest = GENERATION_0; oldest <= GENERATION_2; oldest++) {
		struct collection least = {.oldest = oldest}, greatest = {.oldest = oldest, .guesses_visited = true};
		TRY(collect(retention, &least, fate, full));
		TRY(collect(retention, &greatest, fate, most));
		looked += tracked[oldest];
		struct cell *row = section_row(report, section);
		row_set(row, COLLECTION_GENERATION, report_string(report, names[oldest]));
		row_set(row, COLLECTION_LOOKED, cell_number(looked));
		row_set(row, COLLECTION_COUNT, cell_number(full->count));
		row_set(row, COLLECTION_SIZE, cell_number(full->size));
		if (most->count != full->count) {
			row_set(row, COLLECTION_COUNT_MOST, cell_number(most->count));
			row_set(row, COLLECTION_SIZE_MOST, cell_number(most->size));
		}
		set_counters(row, reader_meta(graph->reader), oldest);
	}
	return NULL;
}

/* --- by type -------------------------------------------------------------------------------------------------------- */

enum {
	TYPE_NAME,
	TYPE_COUNT_FREED,
	TYPE_SIZE_FREED,
	TYPE_COUNT_STUCK,
	TYPE_SIZE_STUCK,
	TYPE_FINALIZED,
	TYPE_WATCHED
};

static struct section *types_section(struct report *report)
{
	static const struct field fields[] = {
		[TYPE_NAME] = {"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		[TYPE_COUNT_FREED] = {"count", "garbage", VALUE_COUNT, RANK_ALWAYS, true},
		[TYPE_SIZE_FREED] = {"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		[TYPE_COUNT_STUCK] = {"stuck_count", "stuck", VALUE_COUNT, RANK_OFTEN, true},
		[TYPE_SIZE_STUCK] = {"stuck_size", "size stuck", VALUE_SIZE, RANK_OFTEN, true},
		[TYPE_FINALIZED] = {"finalized", "run __del__", VALUE_COUNT, RANK_OFTEN, true},
		[TYPE_WATCHED] = {"watched", "weakref callbacks", VALUE_COUNT, RANK_SELDOM, true},
	};
	struct section *section = report_section(report, "rows", "By type");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, section, &fields[i]);
	return section;
}

struct type_amounts {
	struct amount garbage, stuck;
	uint64_t finalized, watched; /* of the garbage: with a __del__; with a weak reference that calls back */
};

static void set_amounts(struct cell *row, const struct type_amounts *amounts)
{
	row_set(row, TYPE_COUNT_FREED, cell_number(amounts->garbage.count));
	row_set(row, TYPE_SIZE_FREED, cell_number(amounts->garbage.size));
	row_set(row, TYPE_COUNT_STUCK, cell_number(amounts->stuck.count));
	row_set(row, TYPE_SIZE_STUCK, cell_number(amounts->stuck.size));
	if (amounts->finalized > 0)
		row_set(row, TYPE_FINALIZED, cell_number(amounts->finalized));
	if (amounts->watched > 0)
		row_set(row, TYPE_WATCHED, cell_number(amounts->watched));
}

/* Counts by label what is garbage and what is stuck; *finalized: how many run code of their own first. */
static struct error *count_types(const struct retention *retention, const struct type_names *names,
				 struct type_amounts *amounts, uint64_t *finalized)
{
	const struct graph *graph = retention->graph;
	AUTO(finalizers) struct finalizers finalizers = {0};
	TRY(finalizers_init(&finalizers, graph->reader, &names->facts[0]));
	*finalized = 0;
	for (node_id i = 0; i < graph->nodes; i++) {
		struct type_amounts *of = &amounts[names->facts[0].label[graph->type[i]]];
		if (retention->fate[i] == FATE_STUCK)
			amount_add(&of->stuck, graph_size(graph, i));
		if (retention->fate[i] != FATE_GARBAGE)
			continue;
		bool del, watched;
		amount_add(&of->garbage, graph_size(graph, i));
		TRY(finalizers_of_type(&finalizers, graph->type[i], &del));
		TRY(finalizers_watched(&finalizers, graph, i, &watched));
		of->finalized += del;
		of->watched += watched;
		*finalized += del;
	}
	return NULL;
}

static struct error *report_types(struct report *report, const struct retention *retention,
				  const struct type_names *names, const bool *selected)
{
	AUTO(free) void *memory = calloc((size_t)names->count + 1, sizeof(struct type_amounts));
	struct type_amounts *amounts = memory;
	if (amounts == NULL)
		return error_memory();
	uint64_t finalized;
	TRY(count_types(retention, names, amounts, &finalized));
	if (finalized > 0)
		report_remark_count(report, REMARK_DETAIL, finalized,
				    "of them %s __del__ first, which sees all of the garbage still whole and may bring "
				    "it back",
				    finalized == 1 ? "runs" : "run");
	struct section *section = types_section(report);
	for (label_id l = 0; l < names->count; l++) {
		if (amounts[l].garbage.count + amounts[l].stuck.count == 0 || (selected != NULL && !selected[l]))
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, TYPE_NAME, report_text(report, names->labels[l].name, names->labels[l].length));
		set_amounts(row, &amounts[l]);
	}
	TRY(section_sort(report, section, "size stuck"));
	return section_sort(report, section, "size");
}

/* --- stuck, and gc.garbage ------------------------------------------------------------------------------------------ */

static struct error *report_stuck(struct report *report, const struct retention *retention)
{
	static const struct field fields[] = {
		{"reason", "stuck because", VALUE_TEXT, RANK_MACHINE, false},
		{"description", "stuck because", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
	};
	const struct graph *graph = retention->graph;
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, 1);
	uint8_t *reasons = memory;
	struct amount amounts[STUCK_REASON_COUNT] = {0};
	if (reasons == NULL)
		return error_memory();
	TRY(stuck_explain(graph, retention->fate, reasons));
	for (node_id i = 0; i < graph->nodes; i++)
		amount_add(&amounts[reasons[i]], graph_size(graph, i));
	struct section *section = report_section(report, "stuck", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, section, &fields[i]);
	for (enum stuck_reason reason = STUCK_FROZEN; reason < STUCK_REASON_COUNT; reason++) {
		if (amounts[reason].count == 0)
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, report_string(report, stuck_reason_name(reason)));
		row_set(row, 1, report_string(report, stuck_reason_description(reason)));
		row_set(row, 2, cell_number(amounts[reason].count));
		row_set(row, 3, cell_number(amounts[reason].size));
	}
	return NULL;
}

/* Items of the lists that gc.garbage is, in all interpreters. */
static uint64_t count_uncollectable(const struct graph *graph)
{
	struct reader *reader = graph->reader;
	const struct root_record *roots = reader_roots(reader);
	const struct edge_record *edges = reader_root_edges(reader);
	const uint64_t *offsets = reader_root_offsets(reader);
	uint64_t count = 0;
	for (uint32_t r = 0; r < graph->places - graph->nodes; r++) {
		if (strcmp(reader_string(reader, roots[r].name, NULL), "gc.garbage") != 0)
			continue;
		for (uint64_t e = offsets[r]; e < offsets[r + 1]; e++) {
			node_id list = edges[e].target;
			for (uint32_t i = graph->offsets[list]; i < graph->offsets[list + 1]; i++) {
				enum edge_name name = edge_kind_name(graph->edge_kinds[i]);
				count += name == NAME_NEXT_INDEX || name == NAME_INDEX;
			}
		}
	}
	return count;
}

static void set_verdict(struct report *report, const struct amount *full, const struct amount *most)
{
	AUTO(text) struct text verdict = {0};
	text_init(&verdict);
	if (full->count == 0) {
		text_add(&verdict, "a full collection now would free nothing");
	} else {
		text_add(&verdict, "a full collection now would free ");
		text_add_count(&verdict, full->count);
		text_add(&verdict, full->count == 1 ? " object, " : " objects, ");
		text_add_size(&verdict, full->size, report->unit);
	}
	if (most->count > full->count) {
		text_add(&verdict, ", at most ");
		text_add_count(&verdict, most->count);
		text_add(&verdict, " objects, ");
		text_add_size(&verdict, most->size, report->unit);
	}
	report_set_verdict(report, &verdict);
}

struct error *garbage_report(struct report *report, struct retention *retention, const struct type_names *names,
			     const bool *selected)
{
	const struct graph *graph = retention->graph;
	const struct snapshot_meta *meta = reader_meta(graph->reader);
	struct amount full, most;
	TRY(report_collections(report, retention, &full, &most));
	set_verdict(report, &full, &most);
	TRY(fates_settle(graph, retention->fate));
	TRY(report_types(report, retention, names, selected));
	TRY(report_stuck(report, retention));
	uint64_t uncollectable = count_uncollectable(graph);
	if (uncollectable > 0)
		report_remark_count(report, REMARK_DETAIL, uncollectable,
				    "%s in gc.garbage, kept there as uncollectable or by gc.set_debug(); %s reachable",
				    uncollectable == 1 ? "object is" : "objects are",
				    uncollectable == 1 ? "it is" : "they are");
	if (meta->gc_enabled == 0)
		report_remark(report, REMARK_NOTE, "automatic collection is off in this process: garbage stays until "
						   "gc.collect() is called");
	if (most.count > full.count)
		report_remark(report, REMARK_NOTE, "objects of types whose layout is not known take part: the lower figure is "
						   "what is freed in any case, \"at most\" if their types visit all they "
						   "seem to refer to");
	return report_error(report);
}
