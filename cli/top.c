/* heapdiff top: which objects keep most alive? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/top.h"
#include "cli/opened.h"
#include "cli/output.h"

#include <string.h>

/* What is garbage and what is stuck: columns that only this needs, and only where something is unreachable. */
static struct error *settle(const struct command_call *call, struct reader *reader, const struct retention *retention)
{
	if (memchr(retention->fate, FATE_GARBAGE, retention->graph->nodes) == NULL)
		return NULL;
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(reader, REACH_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION, call->progress, &graph));
	return fates_settle(graph, retention->fate);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(graph) struct graph *graph = NULL;
	unsigned columns = RETENTION_COLUMNS | (options->type != NULL ? GRAPH_TYPE : 0);
	TRY(load_graph(opened.reader, columns, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(settle(call, opened.reader, &retention));
	AUTO(edge_names) struct edge_names edges = {0};
	edge_names_init(&edges, opened.reader);
	AUTO(object_lookup) struct object_lookup lookup = {0};
	TRY(object_lookup_init(&lookup, opened.reader, &opened.names));
	AUTO(sites) struct sites sites = {0};
	TRY(sites_init(&sites, opened.reader));
	struct top_request request = {.selected = opened.typeset.selected,
				      .least = options->min,
				      .names = &edges,
				      .sites = &sites,
				      .rows = options->top == TOP_UNSET ? TOP_DEFAULT : options->top};
	TRY(top_report(call->report, &retention, &lookup, &request));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_top = {
	.name = "top",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "the objects that keep most alive",
	.help = "Lists the objects of the snapshot A that retain most: the bytes that would be freed if the object were, its own and those "
		"of all that is reached through it alone. What dominates an object retains it in turn.\v"
		"Examples:\n"
		"  heapdiff top a.snap                    the greatest 25\n"
		"  heapdiff top --type ^app a.snap        whose type's name begins with app\n"
		"  heapdiff top --min 1MiB --top all a.snap\n"
		"  heapdiff top --json --top 100 a.snap   for a program\n"
		"\n"
		"Columns: object, retained, share, size, path, dominator, fate; with --json and --csv type, id and address too; site, "
		"the line that allocated it, where tracemalloc ran.\n",
	.details = "An object A dominates B when every way from the roots to B leads through A. What A retains is "
		   "what would go if A went: its own bytes and those of all that it dominates. So each row's bytes "
		   "are in those of the row that dominates it, and rows don't add up. Example: a session of 176 "
		   "bytes with a list of 88 that only it refers to retains 264; a string that the cache has as a "
		   "key as well is not in it.\n"
		   "\n"
		   "Fates: reachable, a root leads to it; held, only C code keeps it; garbage, the next full "
		   "collection frees it; stuck, nothing leads to it and no collection frees it.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_MIN,
	.rows = "object",
	.run = run,
};
