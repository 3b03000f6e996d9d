/* heapdiff types: what is the memory made of? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/types.h"
#include "queries/typeset.h"

#include <stdlib.h>

static struct error *run(struct command_call *call)
{
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(call->options->files[0], &reader));
	AUTO(type_names) struct type_names names = {0};
	const struct reader *readers[1] = {reader};
	TRY(type_names_init(&names, readers, 1));
	AUTO(typeset) struct typeset typeset = {0};
	if (call->options->type != NULL)
		TRY(typeset_init(&typeset, &names, call->options->type));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(reader, GRAPH_TYPE | GRAPH_SIZE, call->progress, &graph));
	AUTO(free) void *totals = calloc((size_t)names.count + 1, sizeof(struct type_total));
	if (totals == NULL)
		return error_memory();
	types_count(graph, &names.facts[0], names.count, totals);
	types_report(call->report, &names, totals, typeset.selected);
	info_remark_losses(call->report, reader);
	return section_sort(call->report, report_find(call->report, "rows"), "size");
}

const struct command command_types = {
	.name = "types",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "what the memory is made of, type by type",
	.help = "Lists the types of the snapshot A with the number of their objects, the bytes that these alone occupy, and their "
		"share of all; greatest first.\v"
		"Examples:\n"
		"  heapdiff types a.snap                 the greatest 25\n"
		"  heapdiff types --type ^app a.snap     those whose name begins with app\n"
		"  heapdiff types --sort objects a.snap  by number of objects\n"
		"  heapdiff types --top all a.snap       every type\n"
		"  heapdiff types --csv a.snap > a.csv   for a spreadsheet\n"
		"\n"
		"Columns: type, count, size, share, average.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE,
	.rows = "type",
	.run = run,
};
