/* heapdiff diff, or heapdiff A B: what changed? */
#include "cli/pair.h"
#include "cli/series.h"

#include "analyzer/diff_groups.h"
#include "analyzer/diff_report.h"
#include "queries/typeset.h"

#include <string.h>

#define PATHS_DEFAULT 25u

static bool is_grouped(const struct options *options)
{
	return options->by_path || options->by != GROUPS_BY_TYPE;
}

/* What the types retain is part of the answer where it doesn't take long, or is asked for. */
static struct error *choose_retained(const struct options *options, enum diff_retained *wanted)
{
	bool sorted = options->sort != NULL && strstr(options->sort, "retained") != NULL;
	if (options->retained && is_grouped(options))
		return error_create(ERROR_USAGE, "--retained is for types, not together with --by");
	*wanted = RETAINED_IF_SOON;
	if (options->no_retained || is_grouped(options))
		*wanted = RETAINED_NOT;
	else if (options->retained || sorted)
		*wanted = RETAINED_WHATEVER;
	return NULL;
}

static struct error *report_by(struct command_call *call, const struct diff *diff, struct diff_selection *selection)
{
	const struct options *options = call->options;
	selection->no_rows = is_grouped(options);
	TRY(diff_report(call->report, diff, selection));
	if (!selection->no_rows)
		return NULL;
	call->rows = options->by_path ? "path" : groups_by_name(options->by);
	if (options->by_path)
		return diff_paths_report(call->report, diff, selection,
					 options->top != TOP_UNSET ? options->top : PATHS_DEFAULT);
	return diff_groups_report(call->report, diff, options->by, selection, call->progress);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (options->file_count > 2)
		return series_run(call);
	AUTO(pair) struct pair pair = {0};
	AUTO(diff) struct diff diff = {0};
	TRY(pair_open(call, &pair));
	TRY(choose_retained(options, &pair.request.retained));
	TRY(diff_create(pair.before, pair.after, &pair.request, call->progress, &diff));
	AUTO(typeset) struct typeset typeset = {0};
	if (options->type != NULL)
		TRY(typeset_init(&typeset, &diff.names, options->type));
	if (options->exit_code && diff_differs(&diff, typeset.selected))
		call->exit_code = EXIT_DIFFERENT;
	struct diff_selection selection = {.types = typeset.selected,
					   .least = options->min_delta,
					   .only_growth = options->only_growth,
					   .uneven = options->format == FORMAT_TEXT && options->type == NULL &&
						     options->sort == NULL};
	return report_by(call, &diff, &selection);
}

const struct command command_diff = {
	.name = "diff",
	.files = "A B [C ...]",
	.files_least = 2,
	.files_most = FILES_MAX,
	.summary = "what changed; 'heapdiff A B' is short for it",
	.help = "Says what changed from the snapshot A to the snapshot B: in a sentence, then where it grew, the few places "
		"that explain most of that, what came that is suspect by itself, then type by type, those that explain the "
		"change first.\v"
		"Growth is what a type's new objects own, with the dicts, strings and other builtins that only they hold, less "
		"what went with those that are gone: so a leak shows as the class that leaks. It adds up to the growth of "
		"the whole. New, gone and survived are told by address, type and what else speaks for it in one process, "
		"by path in two.\n"
		"\n"
		"Examples:\n"
		"  heapdiff before.snap after.snap\n"
		"  heapdiff --type '^app\\.' before.snap after.snap\n"
		"  heapdiff --sort objects --top 10 before.snap after.snap\n"
		"  heapdiff diff --json before.snap after.snap | jq '.rows[0]'\n"
		"  heapdiff --by owner --only-growth before.snap after.snap\n"
		"  heapdiff monday.snap tuesday.snap wednesday.snap\n"
		"  heapdiff --exit-code before.snap after.snap > /dev/null || echo changed\n"
		"\n"
		"Columns: type, count_delta, growth, size_delta, retained_after, retained_before, count_before, count_after, "
		"size_before, size_after, new, gone, survived; with --by the name of that instead of type, no growth and nothing "
		"retained. --no-retained leaves out what is retained, which is faster.\n",
	.details =
		"Growth credits every new object to one type: an object of a class that Python code defines to that class, any "
		"other to the class of the nearest such new object without which nothing old would lead to it, or to its own "
		"type where there is none. What is gone is credited likewise and taken off; what survivors grew by counts to "
		"their own type. A session that owns a dict of 232 bytes and is itself 48 bytes long is 280 bytes of growth of "
		"its class, and none of dict.\n"
		"\n"
		"Time stamps decide which of the two snapshots is the earlier. One of them may be standard input.\n"
		"\n"
		"Of more than two, types and paths are listed by how steadily they grew, with their slope in bytes a minute. Only "
		"one snapshot is in memory at a time.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_EXIT_CODE | OPTIONS_MATCH | OPTIONS_DIFF,
	.rows = "type",
	.run = run,
};
