/* heapdiff verify: is this snapshot whole, and does it agree with itself? */
#include "cli/command.h"

#include "analyzer/load.h"
#include "analyzer/verify.h"
#include "analyzer/verify_deep.h"

static struct error *run(struct command_call *call)
{
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(call->options->files[0], &reader));
	TRY(reader_verify(reader));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(reader, VERIFY_COLUMNS, call->progress, &graph));
	TRY(verify_report(call->report, graph));
	if (!call->options->deep)
		return NULL;
	graph_destroy(steal(&graph));
	TRY(load_graph(reader, VERIFY_DEEP_COLUMNS, call->progress, &graph));
	return verify_deep_report(call->report, graph, call->progress);
}

const struct command command_verify = {
	.name = "verify",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "check that a snapshot is whole and agrees with itself",
	.help = "Reads all of the snapshot A and checks it: every member against its checksum, every reference against the "
		"objects that are there, every sum anew. With --deep what the analyses find too: fates, reference counts, dominators. "
		"Exits with 3 and says where, if something is wrong.\v"
		"Examples:\n"
		"  heapdiff verify a.snap\n"
		"  heapdiff verify --deep a.snap\n"
		"  heapdiff verify a.snap > /dev/null && echo whole\n",
	.options = OPTIONS_DEEP,
	.run = run,
};
