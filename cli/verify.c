/* heapdiff verify: is this snapshot whole, and does it agree with itself? */
#include "cli/command.h"

#include "analyzer/load.h"
#include "analyzer/verify.h"

static struct error *run(struct command_call *call)
{
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(call->options->files[0], &reader));
	TRY(reader_verify(reader));
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(reader, VERIFY_COLUMNS, call->progress, &graph));
	return verify_report(call->report, graph);
}

const struct command command_verify = {
	.name = "verify",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "check that a snapshot is whole and agrees with itself",
	.help = "Reads all of the snapshot A and checks it: every member against its checksum, every reference against the "
		"objects that are there, every sum anew. Exits with 3 and says where, if something is wrong.\v"
		"Examples:\n"
		"  heapdiff verify a.snap\n"
		"  heapdiff verify a.snap > /dev/null && echo whole\n",
	.run = run,
};
