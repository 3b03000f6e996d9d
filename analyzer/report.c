/* What did a command find, in a form that any renderer can print without knowing the heap? */
#include "analyzer/report.h"

#include "analyzer/row_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Builders hand no errors on: the first one is remembered. */
static void note(struct report *report, struct error *error)
{
	if (error != NULL) {
		report->failed = true;
		error_destroy(error);
	}
}

void report_init(struct report *report, const char *command, enum size_unit unit)
{
	*report = (struct report){.command = command, .unit = unit};
	arena_init(&report->arena);
}

static void section_deinit(struct section *section)
{
	vector_deinit(&section->facts);
	vector_deinit(&section->fields);
	vector_deinit(&section->rows);
}

void report_clear(struct report *report)
{
	for (size_t i = 0; i < report->sections.count; i++)
		section_deinit(report->sections.items[i]);
	for (size_t i = 0; i < report->parts.count; i++)
		section_deinit(report->parts.items[i]);
	vector_deinit(&report->sections);
	vector_deinit(&report->parts);
}

void report_deinit(struct report *report)
{
	report_clear(report);
	vector_deinit(&report->remarks);
	arena_deinit(&report->arena);
}

struct error *report_error(const struct report *report)
{
	return report->failed ? error_memory() : NULL;
}

static struct section *new_section(struct report *report, const char *name, const char *title)
{
	struct section *section = arena_alloc(&report->arena, sizeof *section);
	if (section == NULL) {
		report->failed = true;
		return NULL;
	}
	section->name = name;
	section->title = title;
	return section;
}

struct section *report_section(struct report *report, const char *name, const char *title)
{
	struct section *section = new_section(report, name, title);
	if (section == NULL)
		return NULL;
	struct error *error = vector_push(&report->sections, section);
	note(report, error);
	return error == NULL ? section : NULL;
}

struct section *section_part(struct report *report, struct section *section, const char *name)
{
	if (section == NULL || section->rows.count == 0)
		return NULL;
	struct section *part = new_section(report, name, NULL);
	struct error *error = part == NULL ? NULL : vector_push(&report->parts, part);
	note(report, error);
	if (part == NULL || error != NULL)
		return NULL;
	struct row *row = &section->rows.items[section->rows.count - 1];
	for (size_t i = 0; i < ROW_PARTS; i++)
		if (row->parts[i] == NULL) {
			row->parts[i] = part;
			break;
		}
	return part;
}

struct section *report_find(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->sections.count; i++)
		if (strcmp(report->sections.items[i]->name, name) == 0)
			return report->sections.items[i];
	return NULL;
}

void report_set_verdict(struct report *report, const struct text *text)
{
	report->verdict = text->failed ? NULL : arena_copy(&report->arena, text_string(text), text->length);
	if (report->verdict == NULL)
		report->failed = true;
}

static void add_remark(struct report *report, enum remark_kind kind, const char *begin, const char *format,
		       va_list arguments) PRINTF(4, 0);

static void add_remark(struct report *report, enum remark_kind kind, const char *begin, const char *format,
		       va_list arguments)
{
	AUTO(string) char *message = NULL;
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (vasprintf(&message, format, arguments) < 0) {
		message = NULL;
		report->failed = true;
		return;
	}
	text_add(&text, begin);
	text_add(&text, message);
	const char *copy = arena_copy(&report->arena, text_string(&text), text.length);
	if (copy == NULL || text.failed)
		report->failed = true;
	else
		note(report, vector_push(&report->remarks, (struct remark){.kind = kind, .text = copy}));
}

void report_remark(struct report *report, enum remark_kind kind, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_remark(report, kind, "", format, arguments);
	va_end(arguments);
}

void report_remark_count(struct report *report, enum remark_kind kind, uint64_t count, const char *format, ...)
{
	AUTO(text) struct text begin = {0};
	text_init(&begin);
	text_add_count(&begin, count);
	text_add_char(&begin, ' ');
	va_list arguments;
	va_start(arguments, format);
	add_remark(report, kind, text_string(&begin), format, arguments);
	va_end(arguments);
}

struct cell report_text(struct report *report, const char *bytes, size_t length)
{
	const char *copy = arena_copy(&report->arena, bytes, length);
	if (copy == NULL) {
		report->failed = true;
		return (struct cell){.present = false};
	}
	return (struct cell){.present = true, .text = copy, .length = length};
}

struct cell report_string(struct report *report, const char *string)
{
	if (string == NULL)
		return (struct cell){.present = false};
	return report_text(report, string, strlen(string));
}

void section_fact(struct report *report, struct section *section, const char *name, const char *label,
		  enum value_kind kind, struct cell value)
{
	if (section != NULL)
		note(report, vector_push(&section->facts,
					 (struct fact){.name = name, .label = label, .kind = kind, .value = value}));
}

void section_field(struct report *report, struct section *section, const struct field *field)
{
	if (section != NULL)
		note(report, vector_push(&section->fields, *field));
}

static struct cell *new_cells(struct report *report, const struct section *section)
{
	struct cell *cells = arena_alloc(&report->arena, (section->fields.count + 1) * sizeof *cells);
	if (cells == NULL)
		report->failed = true;
	return cells;
}

static struct cell *add_row(struct report *report, struct section *section, size_t parent)
{
	if (section == NULL)
		return NULL;
	struct cell *cells = new_cells(report, section);
	if (cells != NULL)
		note(report, vector_push(&section->rows, (struct row){.cells = cells, .parent = parent}));
	return cells;
}

struct cell *section_row(struct report *report, struct section *section)
{
	return add_row(report, section, ROW_NONE);
}

struct cell *section_child(struct report *report, struct section *section, size_t parent)
{
	if (section != NULL)
		section->tree = true;
	/* Where memory ran out, the row that it should be below may be missing: report_error says it. */
	bool there = section != NULL && (parent == ROW_NONE || parent < section->rows.count);
	return there ? add_row(report, section, parent) : NULL;
}

struct cell *section_total(struct report *report, struct section *section)
{
	if (section != NULL)
		section->total = new_cells(report, section);
	return section == NULL ? NULL : section->total;
}

void row_set(struct cell *row, size_t field, struct cell value)
{
	if (row != NULL)
		row[field] = value;
}

struct sorting {
	size_t field;
	enum value_kind kind;
	bool ascending;
};

/* qsort is not stable: the place breaks ties. */
struct placed_row {
	struct row row;
	size_t place;
};

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct placed_row *left = a, *right = b;
	const struct sorting *sorting = context;
	int order = value_compare(sorting->kind, &left->row.cells[sorting->field], &right->row.cells[sorting->field]);
	if (order != 0)
		return sorting->ascending ? order : -order;
	return left->place < right->place ? -1 : left->place > right->place;
}

static struct error *unknown_field(const struct section *section, const char *name)
{
	AUTO(text) struct text known = {0};
	text_init(&known);
	size_t count = section->fields.count;
	const char **names = calloc(2 * count + 1, sizeof *names);
	if (names == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++) {
		names[i] = section->fields.items[i].name;
		names[count + i] = section->fields.items[i].title;
		text_printf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	const char *nearest = text_nearest(name, names, 2 * count);
	free(names);
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, name, strlen(name));
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "no column '%s' to sort by: did you mean '%s'? (there are %s)",
				    text_string(&safe), nearest, text_string(&known));
	return error_create(ERROR_USAGE, "no column '%s' to sort by: there are %s", text_string(&safe),
			    text_string(&known));
}

/* By its name, else by the heading that a person sees; the number of fields where there is none. */
static size_t find_field(const struct section *section, const char *name)
{
	size_t count = section->fields.count;
	for (size_t f = 0; f < count; f++)
		if (strcmp(section->fields.items[f].name, name) == 0)
			return f;
	for (size_t f = 0; f < count; f++)
		if (name[0] != '\0' && strcmp(section->fields.items[f].title, name) == 0)
			return f;
	return count;
}

static struct error *order_tree(struct section *section, const struct placed_row *placed)
{
	size_t *rank = calloc(section->rows.count + 1, sizeof *rank);
	if (rank == NULL)
		return error_memory();
	for (size_t i = 0; i < section->rows.count; i++)
		rank[placed[i].place] = i;
	struct error *error = row_tree_order(section, rank);
	free(rank);
	return error;
}

struct error *section_sort(struct report *report, struct section *section, const char *by)
{
	if (section == NULL || report->failed)
		return NULL; /* report_error says it */
	bool reversed = by[0] == '-';
	const char *name = by + reversed;
	size_t field = find_field(section, name);
	if (field == section->fields.count)
		return unknown_field(section, name);
	enum value_kind kind = section->fields.items[field].kind;
	struct sorting sorting = {.field = field, .kind = kind, .ascending = (kind == VALUE_TEXT) != reversed};
	size_t count = section->rows.count;
	struct placed_row *placed = calloc(count + 1, sizeof *placed);
	if (placed == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		placed[i] = (struct placed_row){.row = section->rows.items[i], .place = i};
	qsort_r(placed, count, sizeof *placed, compare_rows, &sorting);
	struct error *error = NULL;
	if (section->tree)
		error = order_tree(section, placed);
	for (size_t i = 0; !section->tree && i < count; i++)
		section->rows.items[i] = placed[i].row;
	free(placed);
	return error;
}

static void add_up(struct cell *sum, enum value_kind kind, const struct cell *cell)
{
	if (!cell->present)
		return;
	if (!sum->present) {
		*sum = *cell;
	} else if (kind == VALUE_COUNT_DELTA || kind == VALUE_SIZE_DELTA || kind == VALUE_INTEGER) {
		if (__builtin_add_overflow(sum->delta, cell->delta, &sum->delta))
			sum->delta = cell->delta < 0 ? INT64_MIN : INT64_MAX;
	} else if (kind == VALUE_SHARE || kind == VALUE_REAL) {
		sum->share += cell->share;
	} else if (__builtin_add_overflow(sum->number, cell->number, &sum->number)) {
		sum->number = UINT64_MAX;
	}
}

void section_fold(struct report *report, struct section *section, uint64_t top, const char *noun)
{
	if (section == NULL || section->rows.count <= top || section->fields.count == 0)
		return;
	struct cell *sums = new_cells(report, section);
	if (sums == NULL)
		return;
	size_t kept = (size_t)top;
	for (size_t r = kept; !section->tree && r < section->rows.count; r++)
		for (size_t f = 0; f < section->fields.count; f++)
			if (section->fields.items[f].adds)
				add_up(&sums[f], section->fields.items[f].kind, &section->rows.items[r].cells[f]);
	section->left_out_count = section->rows.count - kept;
	section->rows.count = kept;
	AUTO(text) struct text label = {0};
	text_init(&label);
	text_add(&label, "(");
	text_add_count(&label, section->left_out_count);
	text_printf(&label, " more %s%s)", noun, section->left_out_count == 1 ? "" : "s");
	sums[0] = report_text(report, text_string(&label), label.length);
	section->left_out = sums;
}

bool section_empty(const struct section *section)
{
	return section == NULL || (section->facts.count == 0 && section->rows.count == 0 && section->total == NULL);
}
