/* What grows from snapshot to snapshot? They are opened one after the other, twice: for their times, and to be
 * added up. */
#include "cli/series.h"

#include "analyzer/identity.h"
#include "analyzer/info.h"
#include "analyzer/series_report.h"
#include "cli/shots.h"
#include "queries/typeset.h"

#include <stdlib.h>
#include <string.h>

#define PATHS_DEFAULT 10u

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

static struct error *add_all(struct command_call *call, const struct shots *shots, struct series *series)
{
	struct section *table = add_fields(call->report);
	unsigned others = 0, said = 0, partial = 0;
	for (unsigned i = 0; i < shots->count; i++) {
		AUTO(reader) struct reader *first = NULL;
		AUTO(reader) struct reader *reader = NULL;
		TRY(reader_open(shots->items[0].path, &first));
		TRY(reader_open(shots->items[i].path, &reader));
		others += identity_of(reader_meta(first), reader_meta(reader)) != IDENTITY_SAME;
		said = identity_remark_programs(call->report, reader_meta(first), reader_meta(reader), said);
		partial += !reader_complete(reader);
		add_snapshot(call->report, table, reader);
		TRY(series_add(series, reader, call->progress));
	}
	if (others > 0)
		report_remark_count(call->report, REMARK_WARNING, others,
				    "of these are not known to be of the first one's process");
	if (partial > 0)
		report_remark(call->report, REMARK_WARNING,
			      "what a partial snapshot lacks seems to have gone by then, and to have come after it");
	return NULL;
}

/* One that no type's name matches, of any of the snapshots, is a mistake. */
static struct error *check_pattern(const struct series *series, const char *pattern)
{
	const size_t count = series->types.rows.count;
	AUTO(free) void *memory = calloc(count + 1, sizeof(struct label));
	struct label *labels = memory;
	if (labels == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		labels[i] = series->types.rows.items[i].name;
	AUTO(typeset) struct typeset typeset = {0};
	return typeset_init(&typeset, &(struct type_names){.labels = labels, .count = (label_id)count}, pattern);
}

struct error *series_run(struct command_call *call)
{
	const struct options *options = call->options;
	struct shots shots;
	AUTO(match) struct match *mask = NULL;
	AUTO(match) struct match *types = NULL;
	if (options->match != NULL || options->by_path || options->by != GROUPS_BY_TYPE || options->exit_code)
		return error_create(ERROR_USAGE, "--match, --by and --exit-code are for two snapshots");
	if (options->mask != NULL)
		TRY(match_create(options->mask, MATCH_SEARCH, &mask));
	if (options->type != NULL)
		TRY(match_create(options->type, MATCH_SEARCH, &types));
	TRY(shots_read(options, call->report, &shots));
	struct series_selection selection = {.mask = mask,
					     .types = types,
					     .least = options->min_delta,
					     .only_growth = options->only_growth,
					     .paths = options->top != TOP_UNSET ? options->top : PATHS_DEFAULT};
	AUTO(series) struct series series = {0};
	TRY(series_init(&series, shots.count, &selection));
	TRY(add_all(call, &shots, &series));
	if (options->type != NULL)
		TRY(check_pattern(&series, options->type));
	return series_report(call->report, &series);
}
