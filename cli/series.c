/* What grows from snapshot to snapshot? They are opened one after the other, twice: for their times, and to be added
 * up. */
#include "cli/series.h"

#include "analyzer/identity.h"
#include "analyzer/info.h"
#include "analyzer/series_report.h"

#include <stdlib.h>
#include <string.h>

#define PATHS_DEFAULT 10u

struct shot {
	const char *path;
	uint64_t time;  /* META_ABSENT: not known */
	unsigned given; /* its place among the files */
};

static int compare_shots(const void *a, const void *b)
{
	const struct shot *x = a, *y = b;
	if (x->time != y->time && x->time != META_ABSENT && y->time != META_ABSENT)
		return x->time < y->time ? -1 : 1;
	return x->given < y->given ? -1 : x->given > y->given;
}

static struct error *read_times(const struct options *options, struct shot *shots)
{
	for (unsigned i = 0; i < options->file_count; i++) {
		if (strcmp(options->files[i], "-") == 0)
			return error_create(ERROR_USAGE, "of more than two none can come from standard input");
		AUTO(reader) struct reader *reader = NULL;
		TRY(reader_open(options->files[i], &reader));
		shots[i] = (struct shot){options->files[i], reader_meta(reader)->capture_time_ns, i};
	}
	return NULL;
}

static void put_in_order(struct command_call *call, struct shot *shots)
{
	unsigned count = call->options->file_count;
	qsort(shots, count, sizeof *shots, compare_shots);
	for (unsigned i = 0; i < count; i++)
		if (shots[i].given != i) {
			report_remark(call->report, REMARK_WARNING,
				      "the order was changed: these are in the order in which they were captured");
			return;
		}
}

static struct section *add_fields(struct report *report)
{
	static const struct field fields[] = {
		{"path", "snapshot", VALUE_TEXT, RANK_ALWAYS, false},
		{"capture_time_ns", "captured", VALUE_TIME, RANK_OFTEN, false},
		{"pid", "pid", VALUE_NUMBER, RANK_SELDOM, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, false},
		{"rss", "RSS", VALUE_SIZE, RANK_OFTEN, false},
	};
	struct section *table = report_section(report, "snapshots", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static void add_snapshot(struct report *report, struct section *table, struct reader *reader)
{
	const struct snapshot_meta *meta = reader_meta(reader);
	struct cell *row = section_row(report, table);
	row_set(row, 0, report_string(report, reader_path(reader)));
	row_set(row, 1, cell_known(meta->capture_time_ns));
	row_set(row, 2, cell_known(meta->pid));
	row_set(row, 3, cell_number(reader_counts(reader).nodes));
	row_set(row, 4, cell_number(reader_counts(reader).size));
	row_set(row, 5, cell_known(meta->rss));
	info_remark_losses(report, reader);
}

static struct error *add_all(struct command_call *call, const struct shot *shots, struct series *series)
{
	struct section *table = add_fields(call->report);
	unsigned others = 0;
	for (unsigned i = 0; i < call->options->file_count; i++) {
		AUTO(reader) struct reader *first = NULL;
		AUTO(reader) struct reader *reader = NULL;
		TRY(reader_open(shots[0].path, &first));
		TRY(reader_open(shots[i].path, &reader));
		others += identity_of(reader_meta(first), reader_meta(reader)) != IDENTITY_SAME;
		add_snapshot(call->report, table, reader);
		TRY(series_add(series, reader, call->progress));
	}
	if (others > 0)
		report_remark_count(call->report, REMARK_WARNING, others,
				    "of these are not known to be of the first one's process");
	return NULL;
}

struct error *series_run(struct command_call *call)
{
	const struct options *options = call->options;
	struct shot shots[FILES_MAX];
	AUTO(match) struct match *mask = NULL;
	AUTO(match) struct match *types = NULL;
	if (options->match != NULL || options->by_path || options->by != GROUPS_BY_TYPE || options->exit_code)
		return error_create(ERROR_USAGE, "--match, --by and --exit-code are for two snapshots");
	if (options->mask != NULL)
		TRY(match_create(options->mask, MATCH_SEARCH, &mask));
	if (options->type != NULL)
		TRY(match_create(options->type, MATCH_SEARCH, &types));
	TRY(read_times(options, shots));
	put_in_order(call, shots);
	struct series_selection selection = {.types = types,
					     .least = options->min_delta,
					     .only_growth = options->only_growth,
					     .paths = options->top != TOP_UNSET ? options->top : PATHS_DEFAULT};
	AUTO(series) struct series series = {0};
	TRY(series_init(&series, options->file_count, selection.paths < SIZE_MAX ? (size_t)selection.paths : SIZE_MAX,
			mask));
	TRY(add_all(call, shots, &series));
	return series_report(call->report, &series, &selection);
}
