/* heapdiff why: what holds those that are new? */
#include "cli/pair.h"

#include "analyzer/identity.h"
#include "analyzer/info.h"
#include "analyzer/why.h"
#include "queries/typeset.h"

#define ROWS_DEFAULT 25u

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (options->type == NULL)
		return error_create(ERROR_USAGE,
				    "of which objects? heapdiff why A B --type PATTERN; heapdiff A B lists the types "
				    "that grew");
	AUTO(pair) struct pair pair = {0};
	AUTO(diff) struct diff diff = {0};
	TRY(pair_open(call, &pair));
	TRY(diff_create(pair.before, pair.after, &pair.request, call->progress, &diff));
	AUTO(typeset) struct typeset typeset = {0};
	TRY(typeset_init(&typeset, &diff.names, options->type));
	struct why_request request = {.selected = typeset.selected,
				      .rows = options->top != TOP_UNSET ? options->top : ROWS_DEFAULT};
	TRY(why_report(call->report, &diff, &request));
	info_remark_torn(call->report, diff.before->reader);
	info_remark_torn(call->report, diff.after->reader);
	identity_remark(call->report, reader_meta(pair.before), reader_meta(pair.after));
	return NULL;
}

const struct command command_why = {
	.name = "why",
	.files = "A B",
	.files_least = 2,
	.files_most = 2,
	.summary = "what holds the objects of a type that are new",
	.help = "Of the objects of some types that are in the snapshot B and not yet in A: where they gather, which is the nearest "
		"object that alone keeps each alive and was there in A already; and by which paths they are reached, as one tree.\v"
		"In the tree each row says whether what is there was there in A: so it reads from the oldest owner to the newest.\n"
		"\n"
		"Examples:\n"
		"  heapdiff why before.snap after.snap --type Session\n"
		"  heapdiff why before.snap after.snap --type '^dict$' --top 50\n"
		"\n"
		"Columns: path, count, share, size, type, there_before; with --json here and depth, too, and the table places.\n",
	.details =
		"Objects are matched as in 'heapdiff diff'. --top N is the number of rows of the tree (default: 25).\n",
	.options = OPTIONS_ROWS | OPTIONS_TYPE | OPTIONS_MATCH,
	.rows = NULL,
	.run = run,
};
