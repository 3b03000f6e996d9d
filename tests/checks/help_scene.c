#include "tests/checks/help_scene.h"

#include "analyzer/load.h"
#include "tests/test.h"

#include <stdlib.h>

static void stage_one(struct staged *staged)
{
	assert_ok(load_graph(staged->a.reader, DIFF_COLUMNS, NULL, &staged->graph));
	assert_ok(retention_create(staged->graph, false, NULL, &staged->held));
	assert_ok(fates_settle(staged->graph, staged->held.fate));
	staged->scene = (struct scene){.names = &staged->a.names,
				       .facts = &staged->a.names.facts[0],
				       .graph = staged->graph,
				       .held = &staged->held,
				       .after = "a.snap"};
}

static void stage_two(struct staged *staged, enum diff_match match)
{
	struct diff_request request = {.match = match,
				       .same_process = match == DIFF_BY_ADDRESS,
				       .least = 1,
				       .places = DIFF_PLACES};
	assert_ok(diff_create(staged->a.reader, staged->b.reader, &request, NULL, &staged->diff));
	staged->scene = (struct scene){.diff = &staged->diff,
				       .names = &staged->diff.names,
				       .facts = &staged->diff.names.facts[1],
				       .graph = staged->diff.after,
				       .held = &staged->diff.held[1],
				       .before = "a.snap",
				       .after = "b.snap"};
}

void help_stage(struct staged *staged, const char *before, const char *after, enum diff_match match)
{
	*staged = (struct staged){.graph = NULL};
	help_load(&staged->a, before);
	if (after != NULL)
		help_load(&staged->b, after);
	if (after != NULL)
		stage_two(staged, match);
	else
		stage_one(staged);
	struct ways_request request = {.blocked = NO_ID, .unnamed = true};
	assert_ok(ways_find(staged->scene.graph, &request, &staged->ways));
	const struct scene *scene = &staged->scene;
	assert_ok(arrivals_find(scene->diff, scene->names, scene->facts, scene->graph, &staged->arrivals));
	assert_ok(scratch_init(&staged->scratch, scene->graph->nodes, scene->held->tree.numbers));
	staged->scene.ways = &staged->ways;
	staged->scene.arrivals = &staged->arrivals;
	staged->scene.scratch = &staged->scratch;
}

void help_staged_deinit(struct staged *staged)
{
	free(staged->member);
	free(staged->retained);
	arrivals_deinit(&staged->arrivals);
	scratch_deinit(&staged->scratch);
	ways_deinit(&staged->ways);
	retention_deinit(&staged->held);
	graph_destroy(staged->graph);
	diff_deinit(&staged->diff);
	if (staged->b.reader != NULL)
		help_loaded_deinit(&staged->b);
	help_loaded_deinit(&staged->a);
}

/* What no entry leads to without a member, by marking until nothing changes. */
static void find_retained(struct staged *staged)
{
	const struct graph *graph = staged->scene.graph;
	uint8_t *met = calloc(graph->places + 1, 1);
	staged->retained = calloc(graph->nodes + 1, sizeof *staged->retained);
	cr_assert(met != NULL && staged->retained != NULL);
	for (size_t i = 0; i < staged->scene.held->entry_count; i++)
		met[staged->scene.held->entries[i]] = 1;
	for (bool more = true; more;) {
		more = false;
		for (uint32_t from = 0; from < graph->places; from++) {
			if (!met[from] || (from < graph->nodes && staged->member[from]))
				continue;
			for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
				more = more || !met[graph->targets[e]];
				met[graph->targets[e]] = 1;
			}
		}
	}
	for (node_id i = 0; i < graph->nodes; i++)
		staged->retained[i] = staged->member[i] || !met[i];
	free(met);
}

static void clear(struct staged *staged)
{
	free(staged->member);
	free(steal(&staged->retained));
	staged->member = calloc(staged->scene.graph->nodes + 1, sizeof *staged->member);
	cr_assert_not_null(staged->member);
}

void help_stage_type(struct staged *staged, const char *type)
{
	const struct graph *graph = staged->scene.graph;
	label_id label = help_label(staged->scene.names, type);
	clear(staged);
	for (node_id i = 0; i < graph->nodes; i++)
		staged->member[i] = staged->scene.facts->label[graph->type[i]] == label;
	find_retained(staged);
}

void help_stage_address(struct staged *staged, uint64_t address)
{
	clear(staged);
	staged->member[help_node(staged->scene.diff != NULL ? &staged->b : &staged->a, address)] = 1;
	find_retained(staged);
}

struct explained help_explained(const struct staged *staged)
{
	return (struct explained){.member = {staged->member, 0}, .retained = {staged->retained, 0}};
}
