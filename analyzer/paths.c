/* Which are the shortest ways to an object, or to many?
 *
 * One search for all. It lists objects in the order in which they are reached, so the nearest of any set are found by going
 * through that list. For one object the search doesn't enter it: each that refers to it and was reached is the end of
 * another way.
 */
#include "analyzer/paths.h"

#include "analyzer/memory.h"
#include "analyzer/merged.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIELD_OBJECT,
	FIELD_PATH,
	FIELD_STEPS,
	FIELD_THROUGH,
	FIELD_ID
};

static struct section *add_fields(struct report *report)
{
	static const struct field fields[] = {
		[FIELD_OBJECT] = {"object", "object", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_PATH] = {"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_STEPS] = {"steps", "steps", VALUE_COUNT, RANK_SELDOM, false},
		[FIELD_THROUGH] = {"through", "through", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
	};
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

/* `object`: named in the field; for a path of which only the end is new, what it comes through. */
static struct error *add_path(struct report *report, struct section *table, const struct paths *paths,
			      const struct path *path, size_t field, node_id object)
{
	AUTO(text) struct text text = {0}, name = {0};
	text_init(&text);
	text_init(&name);
	struct cell *row = section_row(report, table);
	TRY(path_spell(&paths->printing, path, &text));
	row_set(row, FIELD_PATH, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_STEPS, cell_number(path->count));
	row_set(row, FIELD_ID, cell_number(path->nodes[path->count - 1]));
	if (object == NO_ID)
		return text_error(&text);
	TRY(object_lookup_print(paths->printing.objects, object, &name));
	row_set(row, field, report_text(report, text_string(&name), name.length));
	return text_error(&text);
}

/* --- one object ----------------------------------------------------------------------------------------------------- */

struct referring {
	const struct paths *paths;
	node_id node;
	uint8_t *places; /* by place, not 0: refers to the node */
	struct ways ways;
};

static void referring_deinit(struct referring *referring)
{
	free(referring->places);
	ways_deinit(&referring->ways);
}
DEFINE_AUTO_VALUE(referring, struct referring, referring_deinit);

static bool leads(const struct referring *referring, uint32_t edge)
{
	const struct graph *graph = referring->paths->graph;
	const uint8_t *left_out = referring->paths->ways.left_out;
	if (graph->targets[edge] != referring->node || (left_out != NULL && (left_out[edge / 8] >> edge % 8 & 1)))
		return false;
	if (graph->columns & GRAPH_HOLDING)
		return true;
	/* Where weak ways are asked for, none of others is there. */
	return edge_kind_class(graph->edge_kinds[edge]) != EDGE_GUESS;
}

static void mark_places(struct referring *referring)
{
	const struct graph *graph = referring->paths->graph;
	const bool *closed = referring->paths->ways.closed_roots;
	uint32_t place = 0;
	for (uint32_t e = 0; e < graph->edges; e++) {
		if (!leads(referring, e))
			continue;
		uint32_t step = 1;
		while (graph->places - place > step && graph->offsets[place + step] <= e) {
			place += step;
			step *= 2;
		}
		while (graph->offsets[place + 1] <= e)
			place++;
		referring->places[place] = place < graph->nodes || closed == NULL || !closed[place - graph->nodes];
	}
	referring->places[referring->node] = 0;
}

static struct error *add_single(struct report *report, struct section *table, const struct referring *referring,
				uint32_t from)
{
	node_id node = referring->node;
	struct path path = {.from = from, .nodes = &node, .count = 1};
	return add_path(report, table, referring->paths, &path, FIELD_THROUGH, NO_ID);
}

/* Roots of a sort that refer to it themselves. */
static struct error *add_roots(struct report *report, struct section *table, const struct referring *referring,
			       enum root_kind kind, uint64_t *count)
{
	const struct graph *graph = referring->paths->graph;
	const struct root_record *roots = reader_roots(graph->reader);
	for (uint32_t place = graph->nodes; place < graph->places; place++) {
		if (!referring->places[place] || roots[place - graph->nodes].kind != kind)
			continue;
		if ((*count)++ < referring->paths->rows)
			TRY(add_single(report, table, referring, (place - graph->nodes) | WAY_ROOT));
	}
	return NULL;
}

/* It is one of those at which ways may begin that no name leads to. */
static bool begins(const struct referring *referring, enum way_sort sort)
{
	const struct graph *graph = referring->paths->graph;
	if (!referring->paths->ways.unnamed)
		return false;
	bool immortal = (graph->flags[referring->node] & OBJECT_IMMORTAL) != 0;
	return sort == WAY_SORT_IMMORTAL ? immortal : !immortal && graph->residue[referring->node] > 0;
}

static struct error *add_unnamed(struct report *report, struct section *table, const struct referring *referring,
				 enum way_sort sort, uint64_t *count)
{
	if (!begins(referring, sort) || (*count)++ >= referring->paths->rows)
		return NULL;
	return add_single(report, table, referring, sort == WAY_SORT_IMMORTAL ? WAY_IMMORTAL : WAY_HELD);
}

static struct error *add_sort(struct report *report, struct section *table, const struct referring *referring,
			      enum way_sort sort, uint64_t *count)
{
	static const enum root_kind kinds[] = {[WAY_SORT_MODULES] = ROOT_MODULES,
					       [WAY_SORT_BUILTINS] = ROOT_BUILTINS,
					       [WAY_SORT_FRAME] = ROOT_FRAME,
					       [WAY_SORT_THREAD] = ROOT_THREAD,
					       [WAY_SORT_INTERPRETER] = ROOT_INTERPRETER,
					       [WAY_SORT_STATIC_TYPES] = ROOT_STATIC_TYPES,
					       [WAY_SORT_C_GLOBALS] = ROOT_C_GLOBALS};
	const struct ways *ways = &referring->ways;
	if (sort < WAY_SORT_IMMORTAL)
		TRY(add_roots(report, table, referring, kinds[sort], count));
	else if (sort < WAY_SORT_WEAK)
		TRY(add_unnamed(report, table, referring, sort, count));
	for (uint32_t i = sort == 0 ? 0 : ways->ends[sort - 1]; i < ways->ends[sort]; i++) {
		node_id owner = ways->order[i];
		if (!referring->places[owner] || (*count)++ >= referring->paths->rows)
			continue;
		AUTO(path) struct path path = {0};
		TRY(path_trace(ways, owner, referring->node, &path));
		TRY(add_path(report, table, referring->paths, &path, FIELD_THROUGH, owner));
	}
	return NULL;
}

static struct error *find_referring(struct referring *referring, const struct paths *paths, node_id node)
{
	*referring = (struct referring){.paths = paths, .node = node};
	referring->places = memory_large((size_t)paths->graph->places + 1, 1);
	if (referring->places == NULL)
		return error_memory();
	memset(referring->places, 0, (size_t)paths->graph->places + 1);
	mark_places(referring);
	struct ways_request request = paths->ways;
	request.blocked = node;
	return ways_find(paths->graph, &request, &referring->ways);
}

/* A tree of the objects that refer to it; what else it hangs from has no steps to merge. */
static struct error *merge_referring(struct report *report, const struct referring *referring, struct paths_found *found)
{
	const struct paths *paths = referring->paths;
	const struct graph *graph = paths->graph;
	struct merged_request request = {.targets = referring->places,
					 .printing = &paths->printing,
					 .rows = paths->rows};
	uint64_t direct = 0;
	TRY(merged_report(report, &referring->ways, &request, &found->reached));
	for (uint32_t place = graph->nodes; place < graph->places; place++)
		direct += referring->places[place] != 0;
	direct += begins(referring, WAY_SORT_IMMORTAL) || begins(referring, WAY_SORT_HELD);
	found->reached += direct;
	AUTO(text) struct text count = {0};
	text_init(&count);
	text_add_count(&count, direct);
	if (direct > 0)
		report_remark(report, REMARK_NOTE, "%s of the paths %s one step long and not in the tree: without --merged they "
						   "are listed", text_string(&count), direct == 1 ? "is" : "are");
	return text_error(&count);
}

struct error *paths_of_object(struct report *report, const struct paths *paths, node_id node, struct paths_found *found)
{
	AUTO(referring) struct referring referring;
	*found = (struct paths_found){.meant = 1};
	struct error *error = find_referring(&referring, paths, node);
	if (error != NULL)
		return error;
	if (paths->merged)
		return merge_referring(report, &referring, found);
	struct section *table = add_fields(report);
	for (enum way_sort sort = 0; sort < WAY_SORT_COUNT; sort++)
		TRY(add_sort(report, table, &referring, sort, &found->reached));
	return NULL;
}

/* --- many objects --------------------------------------------------------------------------------------------------- */

struct error *paths_of_types(struct report *report, const struct paths *paths, const bool *selected,
			     struct paths_found *found)
{
	const struct graph *graph = paths->graph;
	const label_id *labels = paths->printing.objects->names->facts[0].label;
	AUTO(ways) struct ways ways = {0};
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, 1);
	uint8_t *targets = memory;
	*found = (struct paths_found){0};
	if (targets == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		found->meant += targets[i] = selected[labels[graph->type[i]]];
	struct ways_request request = paths->ways;
	request.blocked = NO_ID;
	TRY(ways_find(graph, &request, &ways));
	if (paths->merged)
		return merged_report(report, &ways,
				     &(struct merged_request){.targets = targets,
							      .printing = &paths->printing,
							      .rows = paths->rows},
				     &found->reached);
	struct section *table = add_fields(report);
	for (uint32_t i = 0; i < ways.reached; i++) {
		node_id node = ways.order[i];
		if (!targets[node] || found->reached++ >= paths->rows)
			continue;
		AUTO(path) struct path path = {0};
		TRY(path_trace(&ways, node, NO_ID, &path));
		TRY(add_path(report, table, paths, &path, FIELD_OBJECT, node));
	}
	return NULL;
}
