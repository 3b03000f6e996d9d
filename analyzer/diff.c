/* What changed between two snapshots, and which types own the change?
 *
 * Counts and sizes by type are one pass over each side. A join, by address in one process and by path between two,
 * tells new from gone, and the credit of each set says who owns it. Growth adds up to the byte, which the total line
 * shows.
 */
#include "analyzer/diff.h"

#include "analyzer/library.h"
#include "analyzer/load.h"
#include "analyzer/memory.h"
#include "analyzer/path_key.h"
#include "analyzer/sets.h"
#include "analyzer/successors.h"
#include "base/bytes.h"

#include <stdlib.h>

static struct error *count_side(const struct graph *graph, const struct type_facts *facts, struct diff *diff,
				bool after)
{
	AUTO(free) void *memory = calloc((size_t)diff->names.count + 1, sizeof(struct type_total));
	struct type_total *totals = memory;
	if (totals == NULL)
		return error_memory();
	types_count(graph, facts, diff->names.count, totals);
	struct type_total *all = after ? &diff->all.after : &diff->all.before;
	for (label_id l = 0; l < diff->names.count; l++) {
		*(after ? &diff->totals[l].after : &diff->totals[l].before) = totals[l];
		all->count += totals[l].count;
		if (__builtin_add_overflow(all->size, totals[l].size, &all->size))
			all->size = UINT64_MAX;
	}
	return NULL;
}

/* Adds to, or takes from, the growth of each type what it owns of a set. */
static struct error *credit_side(struct diff *diff, const struct credit *credit, const struct graph *graph,
				 const struct type_facts *facts, bool gained)
{
	AUTO(free) void *memory = calloc((size_t)diff->names.count + 1, sizeof(uint64_t));
	uint64_t *held = memory;
	if (held == NULL)
		return error_memory();
	TRY(credit_sizes(credit, graph, facts, held));
	for (label_id l = 0; l < diff->names.count; l++) {
		uint64_t growth = (uint64_t)diff->totals[l].growth;
		diff->totals[l].growth = (int64_t)(gained ? growth + held[l] : growth - held[l]);
	}
	return NULL;
}

/* How many bytes a type's change amounts to in the direction of the whole's: the leader has most. */
static void choose_leader(struct diff *diff)
{
	diff->leader = NO_ID;
	int64_t whole = 0, best = 0;
	for (label_id l = 0; l < diff->names.count; l++) {
		diff->all.growth = (int64_t)((uint64_t)diff->all.growth + (uint64_t)diff->totals[l].growth);
		whole = diff->all.growth;
	}
	for (label_id l = 0; l < diff->names.count; l++) {
		int64_t growth = diff->totals[l].growth;
		if (whole >= 0 ? growth > best : growth < best) {
			best = growth;
			diff->leader = l;
		}
	}
}

static struct error *credit_gone(struct diff *diff)
{
	const struct type_facts *facts = &diff->names.facts[0];
	AUTO(credit) struct credit credit = {0};
	TRY(credit_create(diff->before, facts, diff->join.gone, &credit));
	return credit_side(diff, &credit, diff->before, facts, false);
}

static struct error *credit_joined(struct diff *diff)
{
	const struct type_facts *facts = &diff->names.facts[1];
	for (label_id l = 0; l < diff->names.count; l++)
		diff->totals[l].growth = diff->join.totals[l].resized;
	TRY(credit_gone(diff));
	AUTO(credit) struct credit credit = {0};
	TRY(credit_create(diff->after, facts, diff->join.new, &credit));
	TRY(credit_side(diff, &credit, diff->after, facts, true));
	choose_leader(diff);
	if (diff->leader == NO_ID || diff->join.totals[diff->leader].new == 0)
		return NULL;
	return credit_holder(&credit, diff->after, facts, diff->leader, &diff->holder);
}

static void leave_retained_out(struct diff *diff)
{
	free(steal(&diff->retained[0]));
	free(steal(&diff->retained[1]));
	diff->retained_left_out = true;
}

#define RETAINED_BYTES 20u /* a place takes at most, groups and sets */

/* What the types of a side retain, of the search that its dominators need too. */
static struct error *retain_types(const struct reach *reach, enum diff_retained wanted, const struct progress *progress,
				  struct diff *diff, bool later)
{
	const struct graph *graph = reach->graph;
	const struct type_facts *facts = &diff->names.facts[later];
	uint64_t needed = saturating_multiply(graph->places, RETAINED_BYTES);
	if (wanted == RETAINED_NOT || diff->retained_left_out)
		return NULL;
	if (wanted == RETAINED_WHATEVER)
		TRY(memory_check(reader_path(graph->reader), needed));
	else if (memory_available() < needed) {
		leave_retained_out(diff);
		return NULL;
	}
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, sizeof(uint32_t));
	uint32_t *group = memory;
	uint64_t *retained = diff->retained[later] = calloc((size_t)diff->names.count + 1, sizeof *retained);
	if (group == NULL || retained == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		group[i] = facts->label[graph->type[i]];
	struct grouping grouping = {.count = diff->names.count, .group = group};
	if (wanted == RETAINED_WHATEVER)
		return sets_retained(reach, &grouping, sets_room(graph), progress, retained);
	bool done;
	TRY(sets_retained_soon(reach, &grouping, sets_room(graph), sets_most(graph), retained, &done));
	if (!done)
		leave_retained_out(diff);
	return NULL;
}

/* A heap with its dominators and fates. */
static struct error *load_side(struct reader *reader, const struct diff_request *request,
			       const struct progress *progress, struct diff *diff, bool later)
{
	struct graph **graph = later ? &diff->after : &diff->before;
	struct retention *retention = &diff->held[later];
	TRY(load_graph(reader, DIFF_COLUMNS, progress, graph));
	AUTO(reach) struct reach reach = {0};
	progress_tell(progress, "following references", 0, 3);
	TRY(reach_create(*graph, false, &reach));
	TRY(retain_types(&reach, request->retained, progress, diff, later));
	if (request->visitor != NULL)
		TRY(request->visitor->visit(request->visitor->context, &reach, &diff->names, later));
	TRY(retention_create_from(&reach, progress, retention));
	TRY(fates_settle(*graph, retention->fate));
	retention_totals(retention, diff->fates[later]);
	return NULL;
}

/* The addresses are there for the merge alone: 16 B that no other step has to have room for. */
static struct error *join_by_address(struct diff *diff)
{
	const struct type_facts *facts = diff->names.facts;
	TRY(load_addresses(diff->before));
	TRY(load_addresses(diff->after));
	TRY(join_create(diff->before, diff->after, &diff->names, &facts[0], &facts[1], &diff->join));
	graph_forget_addresses(diff->before);
	graph_forget_addresses(diff->after);
	TRY(evidence_weigh(diff->before, diff->after, &diff->names, &diff->held[1], &diff->join, &diff->evidence));
	return NULL;
}

static struct error *join_by_path(struct diff *diff, struct match *mask)
{
	const struct type_facts *facts = diff->names.facts;
	uint64_t *keys[2] = {NULL, NULL};
	struct error *error = path_keys_find(&diff->held[0], &facts[0], mask, &keys[0]);
	if (error == NULL)
		error = path_keys_find(&diff->held[1], &facts[1], mask, &keys[1]);
	if (error == NULL)
		error = join_create_by_key(diff->before, diff->after, &diff->names, &facts[0], &facts[1], keys[0],
					   keys[1], &diff->join);
	free(keys[0]);
	free(keys[1]);
	return error;
}

static struct error *join_sides(struct diff *diff, const struct diff_request *request)
{
	TRY(request->match == DIFF_BY_ADDRESS ? join_by_address(diff) : join_by_path(diff, request->mask));
	struct growth_request growth = {.least = request->least,
					.most = request->places,
					.few = GROWTH_FEW,
					.same_process = request->same_process};
	const struct trace_row *traces;
	size_t trace_count;
	TRY(reader_traces(diff->after->reader, &traces, &trace_count));
	growth.keep_nodes = trace_count > 0;
	AUTO(join) struct join succeeded = {0};
	TRY(successors_join(diff->before, diff->after, &diff->names, &diff->join, &succeeded));
	TRY(growth_find(&diff->held[0], &diff->held[1], &succeeded, &diff->names, &growth, &diff->growth));
	return credit_joined(diff);
}

struct error *diff_create(struct reader *before, struct reader *after, const struct diff_request *request,
			  const struct progress *progress, struct diff *result)
{
	AUTO(diff) struct diff diff = {.match = request->match, .same_process = request->same_process, .leader = NO_ID};
	const struct reader *readers[2] = {before, after};
	TRY(type_names_init(&diff.names, readers, 2));
	diff.totals = calloc((size_t)diff.names.count + 1, sizeof *diff.totals);
	diff.library = calloc((size_t)diff.names.count + 1, sizeof *diff.library);
	if (diff.totals == NULL || diff.library == NULL)
		return error_memory();
	TRY(library_mark(before, &diff.names.facts[0], diff.library));
	TRY(library_mark(after, &diff.names.facts[1], diff.library));
	TRY(load_side(before, request, progress, &diff, false));
	TRY(load_side(after, request, progress, &diff, true));
	TRY(count_side(diff.before, &diff.names.facts[0], &diff, false));
	TRY(count_side(diff.after, &diff.names.facts[1], &diff, true));
	TRY(join_sides(&diff, request));
	*result = diff;
	diff = (struct diff){0};
	return NULL;
}

void diff_deinit(struct diff *diff)
{
	for (int side = 0; side < 2; side++) {
		retention_deinit(&diff->held[side]);
		free(diff->retained[side]);
	}
	graph_destroy(diff->before);
	graph_destroy(diff->after);
	join_deinit(&diff->join);
	growth_deinit(&diff->growth);
	free(diff->totals);
	free(diff->library);
	type_names_deinit(&diff->names);
}
