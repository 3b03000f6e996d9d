/* What became of the whole: of the resident memory, of the objects in it, of those that nothing named holds, and how often the
 * collector ran? What the snapshots can't tell is left to the line `unexplained`. */
#include "analyzer/totals_report.h"

#include "analyzer/info.h"
#include "base/bytes.h"

enum {
	WHAT,
	NAME,
	SIZE_DELTA,
	SIZE_BEFORE,
	SIZE_AFTER,
	COUNT_DELTA,
	COUNT_BEFORE,
	COUNT_AFTER
};

static struct section *add_fields(struct report *report)
{
	static const struct field fields[] = {
		[WHAT] = {"what", "memory", VALUE_TEXT, RANK_ALWAYS, false},
		[NAME] = {"name", "name", VALUE_TEXT, RANK_MACHINE, false},
		[SIZE_DELTA] = {"size_delta", "change", VALUE_SIZE_DELTA, RANK_ALWAYS, false},
		[SIZE_BEFORE] = {"size_before", "before", VALUE_SIZE, RANK_ALWAYS, false},
		[SIZE_AFTER] = {"size_after", "after", VALUE_SIZE, RANK_ALWAYS, false},
		[COUNT_DELTA] = {"count_delta", "objects", VALUE_COUNT_DELTA, RANK_OFTEN, false},
		[COUNT_BEFORE] = {"count_before", "objects before", VALUE_COUNT, RANK_SELDOM, false},
		[COUNT_AFTER] = {"count_after", "objects after", VALUE_COUNT, RANK_SELDOM, false},
	};
	struct section *table = report_section(report, "memory", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

/* A line of bytes; the text begins with spaces for what is part of the line above. */
static struct cell *add_sizes(struct report *report, struct section *table, const char *what, const char *name,
			      uint64_t before, uint64_t after)
{
	struct cell *row = section_row(report, table);
	row_set(row, WHAT, report_string(report, what));
	row_set(row, NAME, report_string(report, name));
	row_set(row, SIZE_BEFORE, cell_number(before));
	row_set(row, SIZE_AFTER, cell_number(after));
	row_set(row, SIZE_DELTA, cell_difference(before, after));
	return row;
}

static void add_objects(struct report *report, struct section *table, const char *what, const char *name,
			const struct fate_total *before, const struct fate_total *after)
{
	struct cell *row = add_sizes(report, table, what, name, before->size, after->size);
	row_set(row, COUNT_BEFORE, cell_number(before->count));
	row_set(row, COUNT_AFTER, cell_number(after->count));
	row_set(row, COUNT_DELTA, cell_difference(before->count, after->count));
}

/* Blocks of the allocator's pools that are not given out; false where the snapshot doesn't tell. */
static struct error *free_blocks(struct reader *reader, uint64_t *bytes, bool *known)
{
	const struct pool_row *rows;
	size_t count;
	TRY(reader_pools(reader, &rows, &count));
	*known = *known && count > 0;
	*bytes = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t unused = rows[i].capacity > rows[i].used ? rows[i].capacity - rows[i].used : 0;
		*bytes = saturating_add(*bytes, saturating_multiply(unused, rows[i].block_size));
	}
	return NULL;
}

static void add_unexplained(struct report *report, struct section *table, const uint64_t rss[2], const uint64_t told[2])
{
	/* More may be told than is resident: pages are swapped out, or were never touched. */
	int64_t rest[2];
	for (int side = 0; side < 2; side++)
		rest[side] = cell_difference(told[side], rss[side]).delta;
	struct cell *row = section_row(report, table);
	row_set(row, WHAT, report_string(report, "unexplained"));
	row_set(row, NAME, report_string(report, "unexplained"));
	row_set(row, SIZE_DELTA, cell_delta((int64_t)((uint64_t)rest[1] - (uint64_t)rest[0])));
	if (rest[0] < 0 || rest[1] < 0)
		return;
	row_set(row, SIZE_BEFORE, cell_number((uint64_t)rest[0]));
	row_set(row, SIZE_AFTER, cell_number((uint64_t)rest[1]));
}

static struct error *add_memory(struct report *report, const struct diff *diff)
{
	struct reader *readers[2] = {diff->before->reader, diff->after->reader};
	struct section *table = add_fields(report);
	struct fate_total all[2];
	uint64_t rss[2], told[2], unused[2];
	bool resident = true, pools = true;
	for (int side = 0; side < 2; side++) {
		const struct type_total *total = side ? &diff->all.after : &diff->all.before;
		all[side] = (struct fate_total){total->count, total->size};
		rss[side] = reader_meta(readers[side])->rss;
		resident = resident && rss[side] != META_ABSENT;
		TRY(free_blocks(readers[side], &unused[side], &pools));
	}
	if (resident)
		add_sizes(report, table, "RSS", "rss", rss[0], rss[1]);
	add_objects(report, table, "objects", "objects", &all[0], &all[1]);
	static const char *const held[FATE_COUNT] = {NULL, "  only C code holds", "  garbage", "  stuck"};
	for (int fate = FATE_HELD; fate < FATE_COUNT; fate++)
		if (diff->fates[0][fate].count > 0 || diff->fates[1][fate].count > 0)
			add_objects(report, table, held[fate], fate_name((enum fate)fate), &diff->fates[0][fate],
				    &diff->fates[1][fate]);
	if (pools)
		add_sizes(report, table, "free blocks", "free_blocks", unused[0], unused[1]);
	for (int side = 0; side < 2; side++)
		told[side] = saturating_add(all[side].size, pools ? unused[side] : 0);
	if (resident)
		add_unexplained(report, table, rss, told);
	return NULL;
}

/* How much more there is; absent where it isn't known, or was counted anew. */
static struct cell more(uint64_t before, uint64_t after)
{
	bool known = before != META_ABSENT && after != META_ABSENT && after >= before;
	return known ? cell_number(after - before) : (struct cell){.present = false};
}

static void add_collections(struct report *report, const struct snapshot_meta *a, const struct snapshot_meta *b)
{
	static const char *const names[3] = {"generation_0", "generation_1", "generation_2"};
	struct cell runs[3] = {more(a->gc_collections0, b->gc_collections0), more(a->gc_collections1, b->gc_collections1),
			       more(a->gc_collections2, b->gc_collections2)};
	struct cell stuck[3] = {more(a->gc_uncollectable0, b->gc_uncollectable0),
				more(a->gc_uncollectable1, b->gc_uncollectable1),
				more(a->gc_uncollectable2, b->gc_uncollectable2)};
	uint64_t uncollectable = 0;
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (int g = 0; g < 3; g++) {
		if (!runs[g].present)
			return;
		text_add_count(&text, runs[g].number);
		text_printf(&text, g < 2 ? " of generation %d, " : " of generation %d", g);
		uncollectable += stuck[g].present ? stuck[g].number : 0;
	}
	if (uncollectable > 0) {
		text_add(&text, "; uncollectable objects found: ");
		text_add_count(&text, uncollectable);
	}
	if (b->gc_enabled == 0)
		text_add(&text, "; the collector is off");
	struct section *facts = report_section(report, "collections", NULL);
	for (int g = 0; g < 3; g++)
		section_fact(report, facts, names[g], NULL, VALUE_COUNT, runs[g]);
	section_fact(report, facts, "uncollectable", NULL, VALUE_COUNT, cell_number(uncollectable));
	section_fact(report, facts, "summary", "collections", VALUE_TEXT,
		     report_text(report, text_string(&text), text.length));
}

struct error *totals_report_add(struct report *report, const struct diff *diff)
{
	TRY(add_memory(report, diff));
	if (diff->same_process)
		add_collections(report, reader_meta(diff->before->reader), reader_meta(diff->after->reader));
	return NULL;
}
