/* heapdiff cycles: which objects hold each other? */
#include "cli/command.h"

#include "analyzer/cycles.h"
#include "analyzer/info.h"
#include "analyzer/load.h"
#include "cli/opened.h"
#include "cli/output.h"

static struct error *report_cycles(struct command_call *call, struct reader *reader, const struct type_names *names,
				   const struct graph *graph, const bool *selected)
{
	const struct options *options = call->options;
	AUTO(object_lookup) struct object_lookup lookup = {0};
	AUTO(edge_names) struct edge_names edges = {0};
	TRY(object_lookup_init(&lookup, reader, names));
	edge_names_init(&edges, reader);
	struct cycles_request request = {.all_edges = options->all_edges,
					 .garbage_only = options->garbage,
					 .selected = selected,
					 .rows = options->top == TOP_UNSET ? TOP_DEFAULT : options->top};
	return cycles_report(call->report, graph, &lookup, &edges, &request, call->progress);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(opened.reader, CYCLES_COLUMNS, call->progress, &graph));
	TRY(report_cycles(call, opened.reader, &opened.names, graph, opened.typeset.selected));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_cycles = {
	.name = "cycles",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "objects that hold each other",
	.help = "Lists groups of objects of the snapshot A that hold each other, so that none is freed before a collection frees all: "
		"those that retain most first, each with its shortest cycle.\v"
		"Examples:\n"
		"  heapdiff cycles a.snap               the 25 that retain most\n"
		"  heapdiff cycles --garbage a.snap     what the next collection frees\n"
		"  heapdiff cycles --type ^app a.snap   those with an object of such a type\n"
		"\n"
		"A reference to an object's own type is left out, unless --all-edges is given: over types, most of a program is one "
		"cycle. So are classes that form a cycle with nothing but their own parts, as each does.\n"
		"\n"
		"Columns: cycle, retained, count, size, types, generation, fate, finalizer; with --json and --csv length and id "
		"too.\n",
	.details = "A group is a component: the largest set of objects of which each leads to each other one. "
		   "Example: an order refers to its customer, the customer to a list, the list to the order: these "
		   "three are one group. The customer's name is not in it, as it leads nowhere, but it goes with "
		   "the group, so it is in what the group retains. All objects of a group share their fate: "
		   "reachable, held by C code, garbage, or stuck. Reachable cycles are no leak.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_CYCLES,
	.rows = "group",
	.run = run,
};
