/* Which snapshot is the earlier one, and how are their objects matched? */
#include "cli/pair.h"

#include "analyzer/identity.h"

#include <string.h>

/* Time stamps decide which one is the earlier: a shrinking that was none must not be believed. */
static void put_in_order(struct report *report, struct reader **before, struct reader **after)
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
	report_remark(report, REMARK_WARNING,
		      "the order was turned round: %s was captured first, so it is the one before",
		      text_string(&earlier));
}

/* By address where both are of one process, unless asked for the other. */
static struct error *choose_match(struct report *report, const char *match, const char *mask, struct pair *pair)
{
	struct diff_request *request = &pair->request;
	bool path = match != NULL ? strcmp(match, "path") == 0 : !request->same_process;
	request->match = path ? DIFF_BY_PATH : DIFF_BY_ADDRESS;
	if (!path && !request->same_process)
		report_remark(report, REMARK_WARNING,
			      "these are matched by address, as asked, though these are not known to be of "
			      "one process: what is at the same address may be anything");
	if (mask == NULL)
		return NULL;
	if (!path)
		return error_create(ERROR_USAGE, "--mask is for matching by path: --match=path");
	TRY(match_create(mask, MATCH_SEARCH, &pair->mask));
	request->mask = pair->mask;
	return NULL;
}

struct error *pair_open_files(struct report *report, const char *const files[2], const char *match, const char *mask,
			      struct pair *pair)
{
	if (strcmp(files[0], "-") == 0 && strcmp(files[1], "-") == 0)
		return error_create(ERROR_USAGE, "only one of the two can come from standard input");
	TRY(reader_open(files[0], &pair->before));
	TRY(reader_open(files[1], &pair->after));
	put_in_order(report, &pair->before, &pair->after);
	bool same = identity_of(reader_meta(pair->before), reader_meta(pair->after)) == IDENTITY_SAME;
	pair->request = (struct diff_request){.same_process = same, .least = DIFF_LEAST, .places = DIFF_PLACES};
	return choose_match(report, match, mask, pair);
}

struct error *pair_open(struct command_call *call, struct pair *pair)
{
	const struct options *options = call->options;
	return pair_open_files(call->report, options->files, options->match, options->mask, pair);
}

void pair_deinit(struct pair *pair)
{
	reader_close(pair->before);
	reader_close(pair->after);
	match_destroy(pair->mask);
	*pair = (struct pair){0};
}
