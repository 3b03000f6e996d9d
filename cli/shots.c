/* In which order were these snapshots captured?
 *
 * Between two copies of one snapshot nothing can have grown, and no step is to seem one at which nothing did: one of them is left
 * out. */
#include "cli/shots.h"

#include "analyzer/identity.h"

#include <stdlib.h>
#include <string.h>

static int compare_shots(const void *a, const void *b)
{
	const struct shot *x = a, *y = b;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->given < y->given ? -1 : x->given > y->given;
}

static struct error *read_times(const struct options *options, struct shots *shots)
{
	shots->count = options->file_count;
	for (unsigned i = 0; i < options->file_count; i++) {
		if (strcmp(options->files[i], "-") == 0)
			return error_create(ERROR_USAGE, "of more than two none can come from standard input");
		AUTO(reader) struct reader *reader = NULL;
		TRY(reader_open(options->files[i], &reader));
		shots->items[i] = (struct shot){options->files[i], reader_meta(reader)->capture_time_ns, i};
	}
	return NULL;
}

/* One whose time is not known could be anywhere among the others: then the user's order is all there is. */
static void put_in_order(struct report *report, struct shots *shots)
{
	unsigned unknown = 0, moved = 0;
	for (unsigned i = 0; i < shots->count; i++)
		unknown += shots->items[i].time == META_ABSENT;
	if (unknown > 0) {
		report_remark_count(report, REMARK_WARNING, unknown,
				    unknown == 1
					    ? "of these doesn't say when it was captured: all are in the order given"
					    : "of these don't say when they were captured: all are in the order given");
		return;
	}
	qsort(shots->items, shots->count, sizeof *shots->items, compare_shots);
	for (unsigned i = 0; i < shots->count; i++)
		moved += shots->items[i].given != i;
	if (moved > 0)
		report_remark(report, REMARK_WARNING,
			      "the order was changed: these are in the order in which they were captured");
}

static struct error *is_copy(const struct shot *one, const struct shot *other, bool *copy)
{
	*copy = false;
	if (one->time == META_ABSENT || one->time != other->time)
		return NULL;
	AUTO(reader) struct reader *a = NULL;
	AUTO(reader) struct reader *b = NULL;
	TRY(reader_open(one->path, &a));
	TRY(reader_open(other->path, &b));
	*copy = identity_of(reader_meta(a), reader_meta(b)) == IDENTITY_SAME;
	return NULL;
}

/* Of copies the first given stays; there is always one that does. */
static struct error *drop_copies(struct report *report, struct shots *shots)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < shots->count; i++) {
		bool copy = false;
		for (unsigned k = kept; !copy && k > 0 && shots->items[k - 1].time == shots->items[i].time; k--)
			TRY(is_copy(&shots->items[k - 1], &shots->items[i], &copy));
		if (!copy)
			shots->items[kept++] = shots->items[i];
	}
	if (kept < shots->count)
		report_remark_count(report, REMARK_WARNING, shots->count - kept,
				    shots->count - kept == 1 ? "of these is a copy of another one, and left out"
							     : "of these are copies of others, and left out");
	shots->count = kept;
	return NULL;
}

struct error *shots_read(const struct options *options, struct report *report, struct shots *shots)
{
	TRY(read_times(options, shots));
	put_in_order(report, shots);
	return drop_copies(report, shots);
}
