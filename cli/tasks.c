/* heapdiff tasks: what does asyncio have in hand? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/tasks.h"
#include "cli/opened.h"

static struct error *report_with_sizes(struct command_call *call, struct object_lookup *lookup)
{
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(lookup->reader, RETENTION_COLUMNS, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(tasks_report(call->report, lookup, &retention));
	return section_sort(call->report, report_find(call->report, "rows"), "retained");
}

static struct error *run(struct command_call *call)
{
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, call->options));
	AUTO(object_lookup) struct object_lookup lookup = {0};
	TRY(object_lookup_init(&lookup, opened.reader, &opened.names));
	TRY(call->options->quick ? tasks_report(call->report, &lookup, NULL) : report_with_sizes(call, &lookup));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_tasks = {
	.name = "tasks",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "asyncio's tasks, where they stand, what they retain",
	.help = "Lists the asyncio tasks of the snapshot A: their names and states, the coroutines that each runs, from its own to the "
		"innermost that it waits for, the line where that one stands, the future or task that it waits for, and what it "
		"retains; greatest first.\v"
		"Examples:\n"
		"  heapdiff tasks a.snap                  the 25 that retain most\n"
		"  heapdiff tasks --sort place a.snap     by the line at which they stand\n"
		"  heapdiff tasks --quick --top all a.snap\n"
		"  heapdiff tasks --json a.snap           for a program\n"
		"\n"
		"Columns: task, state, waits_for, stack, place, retained, object, thread; with --json and --csv ids too. --quick leaves out "
		"what they retain, which takes all of the snapshot.\n",
	.details = "Tasks that the program named from data have no name in the snapshot, unless heapdump was asked for "
		   "values: names are kept where asyncio gave them (Task-7), or where they stand in the program's source. A task that is done or "
		   "cancelled runs nothing any more; something still refers to it.\n",
	.options = OPTIONS_TABLE | OPTIONS_QUICK,
	.rows = "task",
	.run = run,
};
