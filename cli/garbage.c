/* heapdiff garbage: what would a collection free, and what does none? */
#include "cli/command.h"

#include "analyzer/garbage.h"
#include "analyzer/info.h"
#include "analyzer/load.h"
#include "cli/opened.h"

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(opened.reader, GARBAGE_COLUMNS, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(garbage_report(call->report, &retention, &opened.names, opened.typeset.selected));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_garbage = {
	.name = "garbage",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "what a collection would free, and what none does",
	.help = "Tells what a collection of each generation would have freed at the moment of the snapshot A: objects that nothing "
		"holds but each other, found as CPython finds them, before finalizers run. What nothing holds and no collection "
		"frees is stuck; the reasons are given.\v"
		"Examples:\n"
		"  heapdiff garbage a.snap                by generation and type\n"
		"  heapdiff garbage --type ^app a.snap    types whose name begins with app\n"
		"  heapdiff garbage --json a.snap         for a program\n"
		"\n"
		"Columns: type, count, size, stuck_count, stuck_size, finalized (those with __del__), watched (those that a weak "
		"reference with a callback refers to).\n",
	.details = "CPython's own algorithm is simulated for each generation: of the objects that it looks at, "
		   "those stay that something outside of these refers to, and what they lead to. The rest is "
		   "garbage, and so is what reference counting frees after it. Example: a parser and its handler "
		   "refer to each other and nothing else refers to either; both are garbage, with the text that "
		   "only the parser has.\n"
		   "\n"
		   "Stuck is what nothing leads to and no collection frees: frozen by gc.freeze(), or referred to "
		   "in a way that the collector can't see. Where objects take part whose references can't be known "
		   "for certain there are two numbers, what is garbage for sure and what could be.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE,
	.rows = "type",
	.run = run,
};
