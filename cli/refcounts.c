/* heapdiff refcounts: which references does the snapshot not explain? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/refcounts.h"
#include "cli/opened.h"
#include "cli/output.h"

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(opened.reader, REFCOUNTS_COLUMNS, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	AUTO(object_lookup) struct object_lookup lookup = {0};
	TRY(object_lookup_init(&lookup, opened.reader, &opened.names));
	struct refcounts_request request = {.selected = opened.typeset.selected,
					    .suspects = options->top == TOP_UNSET ? TOP_DEFAULT : options->top};
	TRY(refcounts_report(call->report, &retention, &lookup, &request));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_refcounts = {
	.name = "refcounts",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "references that only C code can have",
	.help = "Compares what the objects of the snapshot A count with the references to them that were found. What is left is held by "
		"C code: by its own right, or because it forgot to let go. Objects that nothing else holds are listed, those that "
		"retain most first.\v"
		"Examples:\n"
		"  heapdiff refcounts a.snap               by type and extension module\n"
		"  heapdiff refcounts --type ^app a.snap   types beginning with app\n"
		"  heapdiff refcounts --json a.snap        for a program\n"
		"\n"
		"Columns: type (module), count, references, objects, explained, size, over. An object that is over-explained has more "
		"references in the snapshot than it counts: an error of the capture.\n",
	.details = "What an object counts, less the references to it that are in the snapshot, is its residue: the "
		   "references of something that no snapshot sees. Example: an image counts 2 and a module's "
		   "attribute refers to it; C code has the other one. If it counts 1 and nothing refers to it, its "
		   "fate is held: it stays until C code lets go.\n"
		   "\n"
		   "A guess is a word in the memory of a C object that looks like a reference. It is accepted while "
		   "its target has a residue left, which it explains, else dropped. Immortal objects don't count "
		   "references and have no residue.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE,
	.rows = "type",
	.run = run,
};
