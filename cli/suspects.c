/* heapdiff suspects: where has the memory gathered? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/suspects.h"
#include "cli/opened.h"

#define SHARE_LEAST 0.05
#define SUSPECTS_DEFAULT 8u
#define SUSPECTS_MOST 200u

static struct error *search(struct command_call *call, struct reader *reader, const struct type_names *names,
			    const struct retention *retention)
{
	uint64_t top = call->options->top;
	AUTO(children) struct children children = {0};
	AUTO(object_lookup) struct object_lookup lookup = {0};
	AUTO(edge_names) struct edge_names edges = {0};
	TRY(children_create(retention, &children));
	TRY(object_lookup_init(&lookup, reader, names));
	edge_names_init(&edges, reader);
	struct suspects_request request = {.share = SHARE_LEAST, .most = SUSPECTS_DEFAULT};
	if (top != TOP_UNSET)
		request.most = top < SUSPECTS_MOST ? (uint32_t)top : SUSPECTS_MOST;
	return suspects_report(call->report, &children, &lookup, &edges, &request);
}

static struct error *run(struct command_call *call)
{
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, call->options));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(opened.reader, SUSPECTS_COLUMNS, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(search(call, opened.reader, &opened.names, &retention));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_suspects = {
	.name = "suspects",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "the few places that most of the memory hangs from",
	.help = "Finds where the memory of the snapshot A has gathered: objects each of which keeps 5% of the heap or more alive, and "
		"where one owner turns into many alike. Each gets a sentence that can be pasted as it is.\v"
		"Examples:\n"
		"  heapdiff suspects a.snap\n"
		"  heapdiff suspects --top 3 a.snap     the first three\n"
		"  heapdiff suspects --json a.snap      for a program\n"
		"\n"
		"Columns: path, retained, share, count, type, in_count, in_type, object, thread; with --json id and sentence too; site, the "
		"line that allocated the object, where tracemalloc ran.\n",
	.details = "A place is one of two things: where one owner turns into many alike, 16 objects or more of one "
		   "type directly below one object in the dominator tree, which retain that much together; or an "
		   "object that retains that much with nothing below it that does. What is found at one place is no "
		   "part of another. Many alike that no single object dominates, as two containers have them, have "
		   "to be a hundred. The classes, functions and namespaces of the program's modules are never taken "
		   "for many alike.\n",
	.options = OPTIONS_ROWS,
	.rows = NULL,
	.run = run,
};
