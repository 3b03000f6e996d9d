/* heapdiff info: what is this snapshot? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "cli/opened.h"

static struct error *run(struct command_call *call)
{
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, call->options));
	AUTO(graph) struct graph *graph = NULL;
	unsigned columns = GRAPH_TYPE | GRAPH_SIZE | GRAPH_GENERATION | GRAPH_FLAGS;
	TRY(load_graph(opened.reader, columns, call->progress, &graph));
	return info_report(call->report, graph, &opened.names, call->options->modules);
}

const struct command command_info = {
	.name = "info",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "which process, when, how complete, what lies in it",
	.help = "Says what the snapshot A is: of which process it was taken, when and how, whether it is complete and what is "
		"missing if not, and what lies in it by kind of object and by the collector's generation; which threads were where, "
		"and with --modules what the program had imported.\v"
		"Examples:\n"
		"  heapdiff info a.snap                  the whole page\n"
		"  heapdiff info --modules a.snap        and what was imported\n"
		"  heapdiff info --json a.snap | jq .totals.objects\n",
	.options = OPTIONS_MODULES,
	.run = run,
};
