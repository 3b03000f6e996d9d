/* heapdiff tree: what does the heap look like from above? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/object_name.h"
#include "analyzer/tree.h"
#include "cli/opened.h"

#define DEPTH_DEFAULT 6u
#define BREADTH_DEFAULT 8u
#define LEAST_SHARE 100u /* what retains less than this part of the top row has no row, unless --min says otherwise */

static struct error *draw(struct command_call *call, struct reader *reader, const struct type_names *names,
			  const struct retention *retention)
{
	const struct options *options = call->options;
	AUTO(children) struct children children = {0};
	TRY(children_create(retention, &children));
	AUTO(object_lookup) struct object_lookup lookup = {0};
	TRY(object_lookup_init(&lookup, reader, names));
	AUTO(edge_names) struct edge_names edges = {0};
	edge_names_init(&edges, reader);
	struct tree_request request = {.start = DOMINATOR_ROOT, .by_type = options->by_type};
	uint64_t all = retention->retained[0];
	if (options->object != NULL) {
		TRY(object_name_find(&lookup, options->object, &request.start));
		all = retention_size(retention, request.start);
	}
	request.depth = options->depth > 0 ? options->depth : DEPTH_DEFAULT;
	request.breadth = options->top == TOP_UNSET   ? BREADTH_DEFAULT
			  : options->top > UINT32_MAX ? UINT32_MAX
						      : (uint32_t)options->top;
	request.least = options->min > 0 ? options->min : all / LEAST_SHARE;
	return tree_report(call->report, &children, &lookup, &edges, &request);
}

static struct error *run(struct command_call *call)
{
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, call->options));
	AUTO(graph) struct graph *graph = NULL;
	unsigned columns = RETENTION_COLUMNS | (call->options->by_type ? GRAPH_TYPE : 0);
	TRY(load_graph(opened.reader, columns, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(draw(call, opened.reader, &opened.names, &retention));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_tree = {
	.name = "tree",
	.files = "A [OBJECT]",
	.files_least = 1,
	.files_most = 1,
	.object = OBJECT_OPTIONAL,
	.summary = "what retains what, from the roots or from OBJECT down",
	.help = "Draws the dominator tree of the snapshot A: below each object those that would be freed with it, the greatest "
		"first, with what they retain. Small ones share a row.\v"
		"Examples:\n"
		"  heapdiff tree a.snap                      from the roots down\n"
		"  heapdiff tree a.snap '#1234'              from object 1234 down\n"
		"  heapdiff tree --by-type a.snap            objects of one type in one row\n"
		"  heapdiff tree --depth 3 --min 1MiB a.snap\n"
		"\n"
		"--top N is the number of rows below one. Columns: object, retained, share, objects, size, fate; with --json and "
		"--csv count, type, id and depth too.\n",
	.details = "An object A dominates B when every way from the roots to B leads through A, so that B goes when "
		   "A goes; the nearest such A is above B in the tree. What A retains is itself with all that is "
		   "below it. Example: a cache leads to a session, and that to its basket. The cache dominates "
		   "both. If a frame refers to the session too, the cache dominates neither any more: the session "
		   "stands as far up as the ways meet, with the path of one of them.\n"
		   "\n"
		   "What retains less than 1% of the top row, or is beyond the eighth below one row, shares a row "
		   "with its like, (12 smaller), whose numbers are sums. An object that no named root leads to is "
		   "below the root of all, and its fate is held, garbage or stuck.\n",
	.options = OPTIONS_TABLE | OPTIONS_MIN | OPTIONS_TREE,
	.rows = NULL,
	.run = run,
};
