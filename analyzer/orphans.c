/* What did C code leak that no graph shows? The rows of a relation, by type and one by one. */
#include "analyzer/orphans.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>

struct listing {
	struct report *report;
	const struct type_names *names;
	const bool *selected;
	const struct orphan_row *rows;
	size_t count;
};

static const struct label unknown_type = {"(unknown type)", sizeof "(unknown type)" - 1};

/* The number of its type's label; that of labels where none is known. */
static label_id label_of(const struct listing *listing, const struct orphan_row *row)
{
	return row->type == NO_ID ? listing->names->count : listing->names->facts[0].label[row->type];
}

static struct cell label_cell(const struct listing *listing, label_id label)
{
	const struct label *of = label < listing->names->count ? &listing->names->labels[label] : &unknown_type;
	return report_text(listing->report, of->name, of->length);
}

static bool is_wanted(const struct listing *listing, const struct orphan_row *row)
{
	label_id label = label_of(listing, row);
	return listing->selected == NULL || (label < listing->names->count && listing->selected[label]);
}

static struct section *add_table(struct report *report, const char *name, const char *title, const struct field *fields,
				 size_t count)
{
	struct section *section = report_section(report, name, title);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}
#define TABLE(report, name, title, fields) add_table(report, name, title, fields, sizeof(fields) / sizeof *(fields))

struct sum {
	uint64_t count, size;
};

/* *all: of those that are wanted. */
static struct error *add_types(const struct listing *listing, struct sum *all)
{
	static const struct field fields[] = {
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "orphans", VALUE_COUNT, RANK_ALWAYS, true},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		{"share", "of all", VALUE_SHARE, RANK_OFTEN, true},
		{"average", "average", VALUE_SIZE, RANK_SELDOM, false},
	};
	AUTO(free) void *memory = calloc((size_t)listing->names->count + 1, sizeof(struct sum));
	struct sum *sums = memory;
	if (sums == NULL)
		return error_memory();
	for (size_t i = 0; i < listing->count; i++) {
		struct sum *sum = &sums[label_of(listing, &listing->rows[i])];
		if (!is_wanted(listing, &listing->rows[i]))
			continue;
		sum->count++;
		sum->size = saturating_add(sum->size, listing->rows[i].size);
		all->count++;
		all->size = saturating_add(all->size, listing->rows[i].size);
	}
	struct section *section = TABLE(listing->report, "rows", "by type", fields);
	for (label_id l = 0; l <= listing->names->count; l++) {
		if (sums[l].count == 0)
			continue;
		struct cell *row = section_row(listing->report, section);
		row_set(row, 0, label_cell(listing, l));
		row_set(row, 1, cell_number(sums[l].count));
		row_set(row, 2, cell_number(sums[l].size));
		row_set(row, 3, cell_share_of(sums[l].size, all->size));
		row_set(row, 4, cell_number(sums[l].size / sums[l].count));
	}
	return section_sort(listing->report, section, "size");
}

/* `digits`: at least. */
static struct cell hex_cell(struct report *report, const char *prefix, int digits, uint64_t value)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_printf(&text, "%s%0*" PRIx64, prefix, digits, value);
	return report_text(report, text_string(&text), text.length);
}

static int by_size(const void *a, const void *b, void *context)
{
	const struct orphan_row *rows = context;
	const struct orphan_row *left = &rows[*(const uint32_t *)a], *right = &rows[*(const uint32_t *)b];
	if (left->size != right->size)
		return left->size < right->size ? 1 : -1;
	return (left->address > right->address) - (left->address < right->address);
}

static void add_orphan(const struct listing *listing, struct section *section, const struct orphan_row *orphan)
{
	struct report *report = listing->report;
	struct cell *row = section_row(report, section);
	row_set(row, 0, hex_cell(report, "0x", 1, orphan->address));
	row_set(row, 1, label_cell(listing, label_of(listing, orphan)));
	row_set(row, 2, cell_number(orphan->size));
	row_set(row, 3, cell_number(orphan->refcount));
	if (orphan->length > 0)
		row_set(row, 4, cell_number(orphan->length));
	if (orphan->content_hash != 0)
		row_set(row, 5, hex_cell(report, "", 16, orphan->content_hash));
	if (orphan->holder != NO_ID)
		row_set(row, 6, hex_cell(report, "0x", 1, listing->rows[orphan->holder].address));
}

static struct error *add_list(const struct listing *listing, uint64_t most)
{
	static const struct field fields[] = {
		{"address", "address", VALUE_TEXT, RANK_ALWAYS, false},
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		{"refcount", "references counted", VALUE_COUNT, RANK_OFTEN, false},
		{"length", "length", VALUE_COUNT, RANK_SELDOM, false},
		{"content_hash", "hash of its content", VALUE_TEXT, RANK_SELDOM, false},
		{"holder", "an orphan that refers to it", VALUE_TEXT, RANK_SELDOM, false},
	};
	AUTO(free) void *memory = calloc(listing->count + 1, sizeof(uint32_t));
	uint32_t *order = memory;
	size_t wanted = 0;
	if (order == NULL)
		return error_memory();
	for (size_t i = 0; i < listing->count; i++)
		if (is_wanted(listing, &listing->rows[i]))
			order[wanted++] = (uint32_t)i;
	qsort_r(order, wanted, sizeof *order, by_size, (void *)listing->rows);
	struct section *section = TABLE(listing->report, "orphans", "the largest", fields);
	for (size_t i = 0; i < wanted && i < most; i++)
		add_orphan(listing, section, &listing->rows[order[i]]);
	if (wanted > most)
		report_remark_count(listing->report, REMARK_NOTE, wanted - most,
				    "more %s not listed; --top all lists them", wanted - most == 1 ? "is" : "are");
	return NULL;
}

static void say_verdict(const struct listing *listing, const struct sum *all)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (all->count == 0) {
		text_add(&text, "no orphans");
	} else {
		text_add_count(&text, all->count);
		text_add(&text, all->count == 1 ? " orphan, " : " orphans, ");
		text_add_size(&text, all->size, listing->report->unit);
		text_add(&text, all->count == 1 ? ": a used block that looks like an object, which nothing refers to"
						: ": used blocks that look like objects, which nothing refers to");
	}
	report_set_verdict(listing->report, &text);
}

struct error *orphans_report(struct report *report, struct reader *reader, const struct type_names *names,
			     const bool *selected, uint64_t rows)
{
	struct listing listing = {.report = report, .names = names, .selected = selected};
	const struct arena_row *arenas;
	size_t arena_count;
	struct sum all = {0};
	TRY(reader_orphans(reader, &listing.rows, &listing.count));
	TRY(reader_arenas(reader, &arenas, &arena_count));
	TRY(add_types(&listing, &all));
	say_verdict(&listing, &all);
	TRY(add_list(&listing, rows));
	if (arena_count == 0)
		report_remark(
			report, REMARK_NOTE,
			"the snapshot has no arenas of pymalloc, so that no block could be looked at: it was taken "
			"by an older heapdump, or the process had another allocator (PYTHONMALLOC)");
	return report_error(report);
}
