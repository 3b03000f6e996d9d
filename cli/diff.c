/* heapdiff diff, or heapdiff A B: what changed? */
#include "cli/command.h"

#include "analyzer/diff_report.h"
#include "analyzer/identity.h"
#include "queries/typeset.h"

#include <string.h>

/* Time stamps decide which one is the earlier: a shrinking that was none must not be believed. */
static void put_in_order(struct command_call *call, struct reader **before, struct reader **after)
{
	if (!identity_swapped(reader_meta(*before), reader_meta(*after)))
		return;
	struct reader *swap = *before;
	*before = *after;
	*after = swap;
	const char *path = reader_path(*before);
	AUTO(text) struct text earlier = {0};
	text_init(&earlier);
	text_add_escaped(&earlier, path, strlen(path));
	report_remark(call->report, REMARK_WARNING,
		      "the order was turned round: %s was captured first, so it is the one before",
		      text_string(&earlier));
}

/* By address where both are of one process, unless asked for the other. */
static struct error *choose_match(struct command_call *call, struct diff_request *request, struct match **mask)
{
	const struct options *options = call->options;
	bool path = options->match != NULL ? strcmp(options->match, "path") == 0 : !request->same_process;
	request->match = path ? DIFF_BY_PATH : DIFF_BY_ADDRESS;
	if (!path && !request->same_process)
		report_remark(call->report, REMARK_WARNING, "these are matched by address, as asked, though these are not known to be of "
							     "one process: what is at the same address may be anything");
	if (options->mask == NULL)
		return NULL;
	if (!path)
		return error_create(ERROR_USAGE, "--mask is for matching by path: --match=path");
	TRY(match_create(options->mask, MATCH_SEARCH, mask));
	request->mask = *mask;
	return NULL;
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (strcmp(options->files[0], "-") == 0 && strcmp(options->files[1], "-") == 0)
		return error_create(ERROR_USAGE, "only one of the two can come from standard input");
	AUTO(reader) struct reader *first = NULL;
	AUTO(reader) struct reader *second = NULL;
	TRY(reader_open(options->files[0], &first));
	TRY(reader_open(options->files[1], &second));
	struct reader *before = first, *after = second;
	put_in_order(call, &before, &after);
	bool same = identity_of(reader_meta(before), reader_meta(after)) == IDENTITY_SAME;
	AUTO(diff) struct diff diff = {0};
	AUTO(match) struct match *mask = NULL;
	struct diff_request request = {.same_process = same, .least = DIFF_LEAST, .places = DIFF_PLACES};
	TRY(choose_match(call, &request, &mask));
	if (options->min_delta > 0)
		request.least = options->min_delta;
	TRY(diff_create(before, after, &request, call->progress, &diff));
	AUTO(typeset) struct typeset typeset = {0};
	if (options->type != NULL)
		TRY(typeset_init(&typeset, &diff.names, options->type));
	if (options->exit_code && diff_differs(&diff, typeset.selected))
		call->exit_code = EXIT_DIFFERENT;
	struct diff_selection selection = {
		.types = typeset.selected, .least = options->min_delta, .only_growth = options->only_growth};
	return diff_report(call->report, &diff, &selection);
}

const struct command command_diff = {
	.name = "diff",
	.files = "A B",
	.files_least = 2,
	.files_most = 2,
	.summary = "what changed; 'heapdiff A B' is short for it",
	.help = "Says what changed from the snapshot A to the snapshot B: in a sentence, then type by type, those that explain "
		"the change first.\v"
		"Growth is what a type's new objects own, with the dicts, strings and other builtins that only they hold, less "
		"what went with those that are gone: so a leak shows as the class that leaks. It adds up to the growth of "
		"the whole. New, gone and survived are told by address and type, in snapshots of one process.\n"
		"\n"
		"Examples:\n"
		"  heapdiff before.snap after.snap\n"
		"  heapdiff --type '^app\\.' before.snap after.snap\n"
		"  heapdiff --sort objects --top 10 before.snap after.snap\n"
		"  heapdiff diff --json before.snap after.snap | jq '.rows[0]'\n"
		"  heapdiff --exit-code before.snap after.snap > /dev/null || echo changed\n"
		"\n"
		"Columns: type, count_delta, growth, size_delta, count_before, count_after, size_before, size_after, new, gone, "
		"survived.\n",
	.details = "Growth credits every new object to one type: an object of a class that Python code defines to that class, any "
		   "other to the class of the nearest such new object without which nothing old would lead to it, or to its own "
		   "type where there is none. What is gone is credited likewise and taken off; what survivors grew by counts to "
		   "their own type. A session that owns a dict of 232 bytes and is itself 48 bytes long is 280 bytes of growth of "
		   "its class, and none of dict.\n"
		   "\n"
		   "Time stamps decide which of the two snapshots is the earlier. One of them may be standard input.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_EXIT_CODE | OPTIONS_MATCH | OPTIONS_DIFF,
	.rows = "type",
	.run = run,
};
