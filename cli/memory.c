/* heapdiff memory: where does the memory of the process go, and why doesn't it come back? */
#include "cli/command.h"

#include "analyzer/identity.h"
#include "analyzer/load.h"
#include "analyzer/tenancy_report.h"
#include "analyzer/usage.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

#define KEEPERS_DEFAULT 10u

/* A bit for each object that has a block in a sparse arena. */
static struct error *mark_tenants(const struct occupancy *occupancy, node_id nodes, uint64_t **result)
{
	uint64_t *asked = calloc((size_t)nodes / 64 + 1, sizeof *asked);
	if (asked == NULL)
		return error_memory();
	for (size_t i = 0; i < occupancy->tenants.count; i++)
		asked[occupancy->tenants.items[i].node / 64] |= UINT64_C(1) << occupancy->tenants.items[i].node % 64;
	*result = asked;
	return NULL;
}

/* By the places that hold their objects, for which all references are read; or by type alone. */
static struct error *report_keepers(const struct command_call *call, const struct usage *usage,
				    const struct type_names *names)
{
	const struct options *options = call->options;
	AUTO(graph) struct graph *graph = NULL;
	unsigned columns = options->quick ? GRAPH_TYPE : GRAPH_TYPE | GRAPH_FLAGS | GRAPH_HOLDING;
	TRY(load_graph(usage->reader, columns, call->progress, &graph));
	struct tenancy_request request = {.names = names,
					  .types = graph->type,
					  .rows = options->top == TOP_UNSET ? KEEPERS_DEFAULT : options->top};
	if (options->quick)
		return tenancy_report(call->report, &usage->occupancy, &request);
	AUTO(free) void *asked = NULL;
	AUTO(ways) struct ways ways = {0};
	AUTO(holders) struct holders holders = {0};
	AUTO(object_lookup) struct object_lookup objects = {0};
	AUTO(edge_names) struct edge_names edges = {0};
	uint64_t *bits = NULL;
	TRY(mark_tenants(&usage->occupancy, graph->nodes, &bits));
	asked = bits;
	progress_tell(call->progress, "following references", 0, 1);
	TRY(ways_find(graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true}, &ways));
	TRY(holders_create(&ways, &names->facts[0], bits, &holders));
	TRY(object_lookup_init(&objects, usage->reader, names));
	edge_names_init(&edges, usage->reader);
	const struct path_printing printing = {.names = &edges, .objects = &objects};
	request.holders = &holders;
	request.ways = &ways;
	request.printing = &printing;
	return tenancy_report(call->report, &usage->occupancy, &request);
}

static struct error *report_one(const struct command_call *call, struct reader *reader, const struct usage *before)
{
	AUTO(usage) struct usage usage = {0};
	AUTO(type_names) struct type_names names = {0};
	const struct reader *readers[1] = {reader};
	TRY(usage_create(reader, call->progress, &usage));
	TRY(usage_report(call->report, before, &usage));
	bool sparse = false;
	for (size_t a = 0; a < usage.allocator.arenas.count; a++)
		sparse = sparse || arena_is_sparse(&usage.allocator.arenas.items[a]);
	TRY(type_names_init(&names, readers, 1));
	if (sparse)
		TRY(report_keepers(call, &usage, &names));
	return usage_report_details(call->report, before, &usage);
}

static void remark_two(struct report *report, const struct reader *before, const struct reader *after, bool swapped)
{
	AUTO(text) struct text earlier = {0};
	text_init(&earlier);
	text_add_escaped(&earlier, reader_path(before), strlen(reader_path(before)));
	if (swapped)
		report_remark(report, REMARK_WARNING,
			      "the order was turned round: %s was captured first, so it is the one before",
			      text_string(&earlier));
	enum identity identity = identity_of(reader_meta(before), reader_meta(after));
	if (identity != IDENTITY_SAME)
		report_remark(report, REMARK_WARNING, "%s",
			      identity == IDENTITY_OTHER ? "these are of different processes"
							 : "the snapshots don't say whether they are of one process");
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	bool two = options->file_count == 2;
	AUTO(reader) struct reader *first = NULL;
	AUTO(reader) struct reader *second = NULL;
	if (two && strcmp(options->files[0], "-") == 0 && strcmp(options->files[1], "-") == 0)
		return error_create(ERROR_USAGE, "only one of the two can come from standard input");
	TRY(reader_open(options->files[0], &first));
	if (!two)
		return report_one(call, first, NULL);
	TRY(reader_open(options->files[1], &second));
	bool swapped = identity_swapped(reader_meta(first), reader_meta(second));
	struct reader *before = swapped ? second : first, *after = swapped ? first : second;
	AUTO(usage) struct usage earlier = {0};
	TRY(usage_create(before, call->progress, &earlier));
	TRY(report_one(call, after, &earlier));
	remark_two(call->report, before, after, swapped);
	return NULL;
}

const struct command command_memory = {
	.name = "memory",
	.files = "A [B]",
	.files_least = 1,
	.files_most = 2,
	.summary = "where the process's memory goes, and what keeps it",
	.help = "Takes the memory of the process apart, from its resident set down to the blocks that its objects have: which kinds "
		"of memory there are, what is free within the allocator's arenas, and which few objects keep arenas that are mostly "
		"free. Also the state of the collector. Of two snapshots each figure before, after and its change.\v"
		"Examples:\n"
		"  heapdiff memory a.snap\n"
		"  heapdiff memory a.snap b.snap        what changed\n"
		"  heapdiff memory --quick a.snap       by type, without paths\n"
		"  heapdiff memory --top all a.snap     everything that keeps arenas\n"
		"  heapdiff memory --json a.snap | jq .size_classes\n"
		"\n"
		"Columns: title, name, parent, resident, size, share, count, description. With --json also size_classes, "
		"arena_fill, keepers, kept_together, collector and collections.\n",
	.details =
		"Two measures are told: resident, pages that are in memory, and addresses, address space. In either "
		"the lines below a line add up to it, to the byte; what is not known is called unexplained.\n"
		"\n"
		"An arena is returned to the system when its last block is free. Of those that are less than half used "
		"the groups of objects that have blocks in them are told, with what would be returned if a group went "
		"and nothing else did (returned if gone), and what several groups keep together.\n",
	.options = OPTIONS_ROWS | OPTIONS_QUICK,
	.run = run,
};
