/* What became of the whole: of the resident memory, kind by kind where the snapshots tell, of the objects, of those
 * that nothing named holds, and how often did the collector run? What is resident and of no kind is said to be
 * unexplained. */
#include "analyzer/totals_report.h"

#include "analyzer/info.h"
#include "analyzer/lacking.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

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

/* A line of bytes, of what is part of the row `whole`, or of none (ROW_NONE). */
static struct cell *add_sizes(struct report *report, struct section *table, size_t whole, const char *what,
			      const char *name, uint64_t before, uint64_t after)
{
	struct cell *row = section_child(report, table, whole);
	row_set(row, WHAT, report_string(report, what));
	row_set(row, NAME, report_string(report, name));
	row_set(row, SIZE_BEFORE, cell_number(before));
	row_set(row, SIZE_AFTER, cell_number(after));
	row_set(row, SIZE_DELTA, cell_difference(before, after));
	return row;
}

static void add_objects(struct report *report, struct section *table, size_t whole, const char *what, const char *name,
			const struct fate_total *before, const struct fate_total *after)
{
	struct cell *row = add_sizes(report, table, whole, what, name, before->size, after->size);
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

/* --- what is resident
 * ----------------------------------------------------------------------------------------------- */

struct kind_change {      /* of one kind of memory, resident bytes */
	const char *name; /* borrowed from a reader */
	uint64_t sizes[2];
};

struct residence {
	uint64_t rss[2], rest[2]; /* bytes; of these what no kind explains */
	bool known[2];            /* the snapshot tells the kinds */
	VECTOR(struct kind_change) kinds;
};

static void residence_deinit(struct residence *residence)
{
	vector_deinit(&residence->kinds);
}
DEFINE_AUTO_VALUE(residence, struct residence, residence_deinit);

/* Memory of which the snapshot says no more than that it is there. */
static bool is_unexplained(const char *name)
{
	return strcmp(name, "anonymous") == 0 || strcmp(name, "undivided") == 0;
}

static struct error *find_kind(struct residence *residence, const char *name, struct kind_change **kind)
{
	for (size_t i = 0; i < residence->kinds.count; i++)
		if (strcmp(residence->kinds.items[i].name, name) == 0) {
			*kind = &residence->kinds.items[i];
			return NULL;
		}
	TRY(vector_push(&residence->kinds, (struct kind_change){.name = name}));
	*kind = &residence->kinds.items[residence->kinds.count - 1];
	return NULL;
}

#define KINDS_MAX 64u /* rows that are looked at: a forged file may have many */

static struct error *read_kinds(struct residence *residence, struct reader *reader, int side)
{
	const struct memory_kind_row *rows;
	size_t count;
	TRY(reader_memory_kinds(reader, &rows, &count));
	residence->rss[side] = residence->rest[side] = reader_meta(reader)->rss;
	residence->known[side] = count > 0;
	for (size_t i = 0; i < count && i < KINDS_MAX; i++) {
		const char *name = reader_string(reader, rows[i].name, NULL);
		struct kind_change *kind;
		if (is_unexplained(name))
			continue;
		TRY(find_kind(residence, name, &kind));
		kind->sizes[side] = saturating_add(kind->sizes[side], rows[i].resident);
		residence->rest[side] -=
			rows[i].resident < residence->rest[side] ? rows[i].resident : residence->rest[side];
	}
	return NULL;
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind_change *x = a, *y = b;
	uint64_t left = x->sizes[1] > x->sizes[0] ? x->sizes[1] - x->sizes[0] : x->sizes[0] - x->sizes[1];
	uint64_t right = y->sizes[1] > y->sizes[0] ? y->sizes[1] - y->sizes[0] : y->sizes[0] - y->sizes[1];
	return left != right ? left < right ? 1 : -1 : strcmp(x->name, y->name);
}

/* `malloc free` for malloc_free. */
static struct cell spell_kind(struct report *report, const char *name)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (const char *at = name; *at != '\0'; at++)
		text_add_char(&text, *at == '_' ? ' ' : *at);
	return report_text(report, text_string(&text), text.length);
}

static struct error *add_residence(struct report *report, struct section *table, const struct diff *diff)
{
	AUTO(residence) struct residence residence = {0};
	TRY(read_kinds(&residence, diff->before->reader, 0));
	TRY(read_kinds(&residence, diff->after->reader, 1));
	if (residence.rss[0] == META_ABSENT || residence.rss[1] == META_ABSENT)
		return NULL;
	size_t rss = 0; /* its row */
	add_sizes(report, table, ROW_NONE, "RSS", "rss", residence.rss[0], residence.rss[1]);
	bool known = residence.known[0] && residence.known[1];
	if (known && residence.kinds.count > 1)
		qsort(residence.kinds.items, residence.kinds.count, sizeof *residence.kinds.items, compare_kinds);
	for (size_t i = 0; known && i < residence.kinds.count; i++) {
		const struct kind_change *kind = &residence.kinds.items[i];
		if (kind->sizes[0] == kind->sizes[1])
			continue;
		struct cell *row = add_sizes(report, table, rss, "", kind->name, kind->sizes[0], kind->sizes[1]);
		row_set(row, WHAT, spell_kind(report, kind->name));
	}
	for (int side = 0; side < 2 && !known; side++) {
		uint64_t size = side ? diff->all.after.size : diff->all.before.size;
		residence.rest[side] = residence.rss[side] > size ? residence.rss[side] - size : 0;
	}
	if (!known || residence.rest[0] != residence.rest[1])
		add_sizes(report, table, rss, known ? "unexplained" : "not objects", "unexplained", residence.rest[0],
			  residence.rest[1]);
	return NULL;
}

static struct error *add_memory(struct report *report, const struct diff *diff)
{
	struct reader *readers[2] = {diff->before->reader, diff->after->reader};
	struct section *table = add_fields(report);
	struct fate_total all[2];
	uint64_t unused[2];
	bool pools = true;
	for (int side = 0; side < 2; side++) {
		const struct type_total *total = side ? &diff->all.after : &diff->all.before;
		all[side] = (struct fate_total){total->count, total->size};
		TRY(free_blocks(readers[side], &unused[side], &pools));
	}
	TRY(add_residence(report, table, diff));
	size_t objects = table == NULL ? ROW_NONE : table->rows.count;
	add_objects(report, table, ROW_NONE, "objects", "objects", &all[0], &all[1]);
	static const char *const held[FATE_COUNT] = {NULL, "only C code holds", "garbage", "stuck"};
	bool told = lacking_of_both(readers[0], readers[1]) == LACKING_NOTHING;
	for (int fate = FATE_HELD; told && fate < FATE_COUNT; fate++)
		if (diff->fates[0][fate].count > 0 || diff->fates[1][fate].count > 0)
			add_objects(report, table, objects, held[fate], fate_name((enum fate)fate),
				    &diff->fates[0][fate], &diff->fates[1][fate]);
	if (pools)
		add_sizes(report, table, ROW_NONE, "free blocks", "free_blocks", unused[0], unused[1]);
	return NULL;
}

/* --- what stays on
 * ---------------------------------------------------------------------------------------------------- */

static void add_calls(struct report *report, struct section *table, const char *what, const char *name,
		      const size_t counts[2])
{
	if (counts[0] == counts[1])
		return;
	struct cell *row = section_row(report, table);
	row_set(row, 0, report_string(report, what));
	row_set(row, 1, report_string(report, name));
	row_set(row, 2, cell_difference(counts[0], counts[1]));
	row_set(row, 3, cell_number(counts[0]));
	row_set(row, 4, cell_number(counts[1]));
}

/* Threads, tasks and calls that stopped on their way, where there are more or fewer. */
static struct error *add_running(struct report *report, const struct diff *diff)
{
	static const struct field fields[] = {
		{"what", "stays on", VALUE_TEXT, RANK_ALWAYS, false},
		{"name", "name", VALUE_TEXT, RANK_MACHINE, false},
		{"count_delta", "change", VALUE_COUNT_DELTA, RANK_ALWAYS, false},
		{"count_before", "before", VALUE_COUNT, RANK_ALWAYS, false},
		{"count_after", "after", VALUE_COUNT, RANK_ALWAYS, false},
	};
	size_t threads[2], tasks[2], calls[2];
	for (int side = 0; side < 2; side++) {
		struct reader *reader = side ? diff->after->reader : diff->before->reader;
		const struct thread_row *thread_rows;
		const struct task_row *task_rows;
		const struct suspension_row *call_rows;
		TRY(reader_threads(reader, &thread_rows, &threads[side]));
		TRY(reader_tasks(reader, &task_rows, &tasks[side]));
		TRY(reader_suspensions(reader, &call_rows, &calls[side]));
	}
	struct section *table = report_section(report, "running", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	if (threads[0] > 0 && threads[1] > 0) /* else the snapshot doesn't tell */
		add_calls(report, table, "threads", "threads", threads);
	add_calls(report, table, "asyncio tasks", "tasks", tasks);
	add_calls(report, table, "suspended generators and coroutines", "suspensions", calls);
	return NULL;
}

/* --- the collector
 * -------------------------------------------------------------------------------------------------- */

/* How much more there is; absent where it isn't known, or was counted anew. */
static struct cell more(uint64_t before, uint64_t after)
{
	bool known = before != META_ABSENT && after != META_ABSENT && after >= before;
	return known ? cell_number(after - before) : (struct cell){.present = false};
}

static void add_collections(struct report *report, const struct snapshot_meta *a, const struct snapshot_meta *b)
{
	static const char *const names[3] = {"generation_0", "generation_1", "generation_2"};
	struct cell runs[3] = {more(a->gc_collections0, b->gc_collections0),
			       more(a->gc_collections1, b->gc_collections1),
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
	TRY(add_running(report, diff));
	if (diff->same_process)
		add_collections(report, reader_meta(diff->before->reader), reader_meta(diff->after->reader));
	return NULL;
}
