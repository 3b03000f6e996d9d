/* How does one say where the memory of a process goes: the greatest parts in a sentence, all of them in a tree with bars? */
#include "analyzer/waterfall_report.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_SAID 3u

/* What a line has in the measure in which it is told: resident where that is known. */
static uint64_t bytes_of(const struct waterfall_line *line)
{
	uint64_t bytes = line->resident != META_ABSENT ? line->resident : line->size;
	return bytes == META_ABSENT ? 0 : bytes;
}

static struct cell bytes_cell(uint64_t bytes)
{
	return bytes == META_ABSENT ? (struct cell){.present = false} : cell_number(bytes);
}

/* --- sentences -------------------------------------------------------------------------------------------------------- */

struct part {
	const char *title;
	uint64_t bytes; /* or how much it changed */
	bool less;
};

static int by_bytes(const void *a, const void *b)
{
	const struct part *left = a, *right = b;
	return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

static void say_part(struct text *text, const struct part *part, bool change, enum size_unit unit)
{
	text_add(text, part->title);
	text_add_char(text, ' ');
	if (!change)
		text_add_size(text, part->bytes, unit);
	else
		text_add_size_delta(text, part->less ? -(int64_t)part->bytes : (int64_t)part->bytes, unit);
}

/* The greatest parts of the process, and what is unexplained in any case. */
static void say_parts(struct text *text, struct part *parts, size_t count, bool change, enum size_unit unit)
{
	size_t said = 0;
	qsort(parts, count, sizeof *parts, by_bytes);
	for (size_t i = 0; i < count; i++) {
		bool wanted = said < PARTS_SAID || strcmp(parts[i].title, "unexplained") == 0;
		if (!wanted || parts[i].bytes == 0)
			continue;
		text_add(text, said++ == 0 ? ": " : ", ");
		say_part(text, &parts[i], change, unit);
	}
}

static struct error *say_verdict(struct report *report, const struct waterfall *waterfall,
				 const struct snapshot_meta *meta)
{
	const struct waterfall_line *lines = waterfall->lines.items;
	bool from_core = meta->source != NULL && strcmp(meta->source, "core") == 0;
	AUTO(free) void *memory = calloc(waterfall->lines.count + 1, sizeof(struct part));
	AUTO(text) struct text text = {0};
	struct part *parts = memory;
	size_t count = 0;
	if (parts == NULL)
		return error_memory();
	text_init(&text);
	if (bytes_of(&lines[0]) > 0) {
		text_add_size(&text, bytes_of(&lines[0]), report->unit);
		text_add(&text, lines[0].resident == META_ABSENT ? " of address space"
				: from_core                      ? " in the core"
								 : " resident");
	} else {
		text_add(&text, "how much memory the process has isn't known");
	}
	for (size_t i = 1; i < waterfall->lines.count; i++)
		if (lines[i].parent == 0)
			parts[count++] = (struct part){lines[i].title, bytes_of(&lines[i]), false};
	say_parts(&text, parts, count, false, report->unit);
	report_set_verdict(report, &text);
	return text_error(&text);
}

/* --- one snapshot ----------------------------------------------------------------------------------------------------- */

enum {
	FIELD_TITLE,
	FIELD_NAME,
	FIELD_PARENT,
	FIELD_RESIDENT,
	FIELD_SIZE,
	FIELD_SHARE,
	FIELD_COUNT,
	FIELD_BAR,
	FIELD_DESCRIPTION
};

/* A bar begins where that of the line before it, below the same line, ends. */
static void add_bar(struct cell *row, const struct waterfall *waterfall, uint64_t *begins, size_t number)
{
	const struct waterfall_line *line = &waterfall->lines.items[number];
	uint64_t bytes = bytes_of(line), from = line->parent == WATERFALL_TOP ? 0 : begins[line->parent];
	begins[number] = from;
	if (line->parent != WATERFALL_TOP)
		begins[line->parent] += bytes;
	if (line->resident == META_ABSENT && line->size == META_ABSENT)
		return;
	row_set(row, FIELD_SHARE, cell_share_of(bytes, waterfall->whole));
	row_set(row, FIELD_BAR, cell_bar(from, bytes, waterfall->whole));
}

static struct error *add_rows(struct report *report, const struct waterfall *waterfall)
{
	static const struct field fields[] = {
		[FIELD_TITLE] = {"title", "", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_NAME] = {"name", "name", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_PARENT] = {"parent", "parent", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_RESIDENT] = {"resident", "resident", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_SIZE] = {"size", "addresses", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_SELDOM, false},
		[FIELD_COUNT] = {"count", "count", VALUE_COUNT, RANK_SELDOM, false},
		[FIELD_BAR] = {"bar", "", VALUE_BAR, RANK_OFTEN, false},
		[FIELD_DESCRIPTION] = {"description", "", VALUE_TEXT, RANK_SELDOM, false},
	};
	AUTO(free) void *memory = calloc(waterfall->lines.count + 1, sizeof(uint64_t));
	struct section *section = report_section(report, "rows", NULL);
	if (memory == NULL)
		return error_memory();
	for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
		section_field(report, section, &fields[f]);
	for (size_t i = 0; i < waterfall->lines.count; i++) {
		const struct waterfall_line *line = &waterfall->lines.items[i];
		bool top = line->parent == WATERFALL_TOP;
		struct cell *row = section_child(report, section, top ? ROW_NONE : line->parent);
		row_set(row, FIELD_TITLE, report_string(report, line->title));
		row_set(row, FIELD_NAME, report_string(report, line->name));
		row_set(row, FIELD_PARENT,
			report_string(report, top ? NULL : waterfall->lines.items[line->parent].name));
		row_set(row, FIELD_RESIDENT, bytes_cell(line->resident));
		row_set(row, FIELD_SIZE, bytes_cell(line->size));
		row_set(row, FIELD_COUNT, bytes_cell(line->count));
		row_set(row, FIELD_DESCRIPTION, report_string(report, line->description));
		add_bar(row, waterfall, memory, i);
	}
	return report_error(report);
}

struct error *waterfall_report(struct report *report, const struct waterfall *waterfall,
			       const struct snapshot_meta *meta)
{
	TRY(say_verdict(report, waterfall, meta));
	return add_rows(report, waterfall);
}

/* --- two snapshots ---------------------------------------------------------------------------------------------------- */

struct pair { /* a line of either, or of both */
	const struct waterfall_line *before, *after;
};

struct pairing {
	const struct waterfall *before, *after;
	VECTOR(struct pair) pairs; /* each followed by those below it */
};

static void pairing_deinit(struct pairing *pairing)
{
	vector_deinit(&pairing->pairs);
}
DEFINE_AUTO_VALUE(pairing, struct pairing, pairing_deinit);

static const struct waterfall_line *line_at(const struct waterfall *waterfall, uint32_t number)
{
	return number < waterfall->lines.count ? &waterfall->lines.items[number] : NULL;
}

static unsigned depth_of(const struct waterfall *waterfall, const struct waterfall_line *line)
{
	unsigned depth = 0;
	for (uint32_t at = line->parent; at != WATERFALL_TOP; at = waterfall->lines.items[at].parent)
		depth++;
	return depth;
}

/* Both are in one order, so that what only one has falls into its place: behind what the other has below the line before. */
static struct error *pair_lines(struct pairing *pairing)
{
	uint32_t b = 0, a = 0;
	while (b < pairing->before->lines.count || a < pairing->after->lines.count) {
		const struct waterfall_line *before = line_at(pairing->before, b), *after = line_at(pairing->after, a);
		uint32_t like = before == NULL ? WATERFALL_TOP : waterfall_find(pairing->after, before->name);
		if (before != NULL && like < a) {
			b++; /* it was a line of both, and out of order */
		} else if (before != NULL && like == WATERFALL_TOP &&
			   (after == NULL || depth_of(pairing->before, before) >= depth_of(pairing->after, after))) {
			TRY(vector_push(&pairing->pairs, (struct pair){before, NULL}));
			b++;
		} else {
			like = waterfall_find(pairing->before, after->name);
			TRY(vector_push(&pairing->pairs, (struct pair){line_at(pairing->before, like), after}));
			b += like == b;
			a++;
		}
	}
	return NULL;
}

/* The row of the line above; ROW_NONE: there is none. */
static size_t row_above(const struct pairing *pairing, size_t number)
{
	const struct pair *pair = &pairing->pairs.items[number];
	const struct waterfall *of = pair->after != NULL ? pairing->after : pairing->before;
	const struct waterfall_line *line = pair->after != NULL ? pair->after : pair->before;
	for (size_t i = 0; line->parent != WATERFALL_TOP && i < number; i++) {
		const struct waterfall_line *other =
			pair->after != NULL ? pairing->pairs.items[i].after : pairing->pairs.items[i].before;
		if (other == &of->lines.items[line->parent])
			return i;
	}
	return ROW_NONE;
}

static uint64_t bytes_of_either(const struct waterfall_line *line)
{
	return line == NULL ? 0 : bytes_of(line);
}

static struct error *say_change(struct report *report, const struct pairing *pairing)
{
	AUTO(free) void *memory = calloc(pairing->pairs.count + 1, sizeof(struct part));
	AUTO(text) struct text text = {0};
	struct part *parts = memory;
	size_t count = 0;
	if (parts == NULL)
		return error_memory();
	text_init(&text);
	for (size_t i = 0; i < pairing->pairs.count; i++) {
		const struct pair *pair = &pairing->pairs.items[i];
		uint64_t before = bytes_of_either(pair->before), after = bytes_of_either(pair->after);
		const struct waterfall_line *line = pair->after != NULL ? pair->after : pair->before;
		if (i == 0) {
			text_add_size_delta(&text, cell_difference(before, after).delta, report->unit);
			text_add(&text, line->resident == META_ABSENT ? " of address space (" : " resident (");
			text_add_size(&text, before, report->unit);
			text_add(&text, " before, ");
			text_add_size(&text, after, report->unit);
			text_add(&text, " after)");
		} else if (line->parent == 0) {
			parts[count++] = (struct part){line->title, before < after ? after - before : before - after,
						       after < before};
		}
	}
	say_parts(&text, parts, count, true, report->unit);
	report_set_verdict(report, &text);
	return text_error(&text);
}

/* A line that one side has not has nothing there. */
static void add_measure(struct cell *row, size_t *field, const struct pair *pair, size_t offset)
{
	uint64_t values[2];
	const struct waterfall_line *sides[2] = {pair->before, pair->after};
	for (int side = 0; side < 2; side++) {
		values[side] = sides[side] == NULL ? 0 : *(const uint64_t *)((const char *)sides[side] + offset);
		if (sides[side] == NULL && *(const uint64_t *)((const char *)sides[1 - side] + offset) == META_ABSENT)
			values[side] = META_ABSENT;
		row_set(row, (*field)++, bytes_cell(values[side]));
	}
	bool known = values[0] != META_ABSENT && values[1] != META_ABSENT;
	row_set(row, (*field)++, known ? cell_difference(values[0], values[1]) : (struct cell){.present = false});
}

struct error *waterfall_compare(struct report *report, const struct waterfall *before, const struct waterfall *after)
{
	static const struct field fields[] = {
		{"title", "", VALUE_TEXT, RANK_ALWAYS, false},
		{"name", "name", VALUE_TEXT, RANK_MACHINE, false},
		{"resident_before", "resident before", VALUE_SIZE, RANK_OFTEN, false},
		{"resident_after", "after", VALUE_SIZE, RANK_OFTEN, false},
		{"resident_delta", "change", VALUE_SIZE_DELTA, RANK_ALWAYS, false},
		{"size_before", "addresses before", VALUE_SIZE, RANK_SELDOM, false},
		{"size_after", "after", VALUE_SIZE, RANK_SELDOM, false},
		{"size_delta", "addresses", VALUE_SIZE_DELTA, RANK_ALWAYS, false},
		{"count_before", "count before", VALUE_COUNT, RANK_SELDOM, false},
		{"count_after", "after", VALUE_COUNT, RANK_SELDOM, false},
		{"count_delta", "count", VALUE_COUNT_DELTA, RANK_SELDOM, false},
	};
	AUTO(pairing) struct pairing pairing = {.before = before, .after = after};
	struct section *section = report_section(report, "rows", NULL);
	for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
		section_field(report, section, &fields[f]);
	TRY(pair_lines(&pairing));
	TRY(say_change(report, &pairing));
	for (size_t i = 0; i < pairing.pairs.count; i++) {
		const struct pair *pair = &pairing.pairs.items[i];
		const struct waterfall_line *line = pair->after != NULL ? pair->after : pair->before;
		struct cell *row = section_child(report, section, row_above(&pairing, i));
		size_t field = 0;
		row_set(row, field++, report_string(report, line->title));
		row_set(row, field++, report_string(report, line->name));
		add_measure(row, &field, pair, offsetof(struct waterfall_line, resident));
		add_measure(row, &field, pair, offsetof(struct waterfall_line, size));
		add_measure(row, &field, pair, offsetof(struct waterfall_line, count));
	}
	return report_error(report);
}
