/* How does a person read a report: on a terminal with colour and fitted to its width, in a pipe the same in full?
 *
 * Tables are libsmartcols', which aligns; here is decided what a narrow terminal leaves out: whole columns by their rank,
 * then the middle of long names. Sentences, in cells too, are broken at blanks instead. The order is what makes the
 * verdict doubtful, the verdict, its details, the sections, notes, warnings last, where they are still on the screen.
 */
#include "analyzer/render.h"

#include "analyzer/row_tree.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS_MIN 24u   /* a name is not cut shorter than this as long as other columns can go */
#define FIRST_COLUMNS_FAIR 40u /* nor one that says what a row is of, as long as columns that say little can go */
#define TREE_COLUMNS_MIN 40u   /* nor a tree with its lines */
#define NAME_COLUMNS_TREE 8u   /* nor one deep in a tree than this, ever */
#define COLUMN_GAP 2u

#define STYLE_BOLD "\033[1m"
#define STYLE_DIM "\033[2m"
#define STYLE_WARNING "\033[33m"
#define STYLE_GROWTH "\033[31m"
#define STYLE_SHRINK "\033[32m"
#define STYLE_END "\033[0m"

struct table_drawing {
	const struct section *section;
	const struct render_options *options;
	bool *shown;          /* for each field */
	unsigned *widths;     /* for each field, columns on the screen, cells and heading */
	unsigned name_width;  /* limit for text cells; 0: none */
	unsigned first_width; /* for those of the first column, which says what a row is of */
	struct row_tree tree; /* empty where the table is none */
};

static void table_drawing_deinit(struct table_drawing *drawing)
{
	row_tree_deinit(&drawing->tree);
}
DEFINE_AUTO_VALUE(table_drawing, struct table_drawing, table_drawing_deinit);

static void auto_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

/* Columns that UTF-8 text takes, one for each character: names are nearly always of narrow ones, and a wide one only
 * makes the table a little wider than asked. */
static unsigned columns_of(const char *string)
{
	unsigned columns = 0;
	for (; *string != '\0'; string++)
		columns += ((unsigned char)*string & 0xc0) != 0x80;
	return columns;
}

static struct error *print_cell(struct text *text, const struct table_drawing *drawing, size_t field,
				const struct cell *cells, bool label)
{
	text_deinit(text);
	text_init(text);
	const struct field *column = &drawing->section->fields.items[field];
	/* The label of a folded or last line is text whatever the column holds. */
	value_print(text, label && field == 0 ? VALUE_TEXT : column->kind, &cells[field], drawing->options->unit);
	return text_error(text);
}

/* `indent`: columns before the first cell's text. */
static struct error *widen(const struct table_drawing *drawing, const struct cell *cells, bool label, unsigned indent)
{
	AUTO(text) struct text text = {0};
	for (size_t f = 0; cells != NULL && f < drawing->section->fields.count; f++) {
		TRY(print_cell(&text, drawing, f, cells, label));
		unsigned columns = columns_of(text_string(&text)) + (f == 0 ? indent : 0);
		if (columns > drawing->widths[f])
			drawing->widths[f] = columns;
	}
	return NULL;
}

/* A column in which nothing is known tells nothing, unless it was asked for; but a table without rows keeps its headings. */
static bool is_known(const struct section *section, size_t field)
{
	bool known = section->rows.count == 0 || section->asked;
	for (size_t r = 0; r < section->rows.count && !known; r++)
		known = section->rows.items[r].cells[field].present;
	return known;
}

static struct error *measure(const struct table_drawing *drawing)
{
	const struct section *section = drawing->section;
	for (size_t f = 0; f < section->fields.count; f++) {
		drawing->widths[f] = columns_of(section->fields.items[f].title);
		drawing->shown[f] = section->fields.items[f].rank != RANK_MACHINE && is_known(section, f);
	}
	for (size_t r = 0; r < section->rows.count; r++)
		TRY(widen(drawing, section->rows.items[r].cells, false,
			  section->tree ? row_tree_indent(&drawing->tree, r) : 0));
	TRY(widen(drawing, section->left_out, true, 0));
	return widen(drawing, section->total, true, 0);
}

/* Columns that the table takes when names are cut to `limit`, those of the first column to `first`. */
static unsigned width_with(const struct table_drawing *drawing, unsigned first, unsigned limit)
{
	unsigned total = 0;
	for (size_t f = 0; f < drawing->section->fields.count; f++) {
		unsigned width = drawing->widths[f], most = f == 0 ? first : limit;
		if (!drawing->shown[f])
			continue;
		if (drawing->section->fields.items[f].kind == VALUE_TEXT && width > most)
			width = most;
		total += width + COLUMN_GAP;
	}
	return total > 0 ? total - COLUMN_GAP : 0; /* the last column needs none */
}

/* The greatest limit with which the table fits: of the first column's names, or of the others'. */
static unsigned widest(const struct table_drawing *drawing, bool first)
{
	unsigned width = drawing->options->width, limit = width;
	while (limit > NAME_COLUMNS_MIN &&
	       width_with(drawing, first ? limit : drawing->first_width, first ? NAME_COLUMNS_MIN : limit) > width)
		limit--;
	return limit > NAME_COLUMNS_MIN ? limit : NAME_COLUMNS_MIN;
}

/* Leaves out columns by their rank until names of a fair length fit, then makes names as long as they can be: first that
 * of the row, which is cut, then the others, of which sentences only take more lines. */
static void fit(struct table_drawing *drawing)
{
	unsigned width = drawing->options->width;
	unsigned fair = drawing->section->tree ? TREE_COLUMNS_MIN : NAME_COLUMNS_MIN;
	for (int rank = RANK_RARELY; rank > RANK_ALWAYS; rank--) {
		/* a column that says little goes before much of a name does */
		unsigned first = rank > RANK_OFTEN ? FIRST_COLUMNS_FAIR : fair;
		if (width_with(drawing, first, fair) <= width)
			break;
		for (size_t f = 0; f < drawing->section->fields.count; f++)
			if ((int)drawing->section->fields.items[f].rank == rank)
				drawing->shown[f] = false;
	}
	drawing->first_width = widest(drawing, true);
	drawing->name_width = widest(drawing, false);
}

/* Cuts the middle out of a name: both its module and its class stay known. */
static void cut_middle(struct text *text, unsigned width)
{
	unsigned columns = columns_of(text_string(text));
	if (columns <= width || width < 5)
		return;
	unsigned head = (width - 1) / 3, tail = width - 1 - head;
	const char *from = text_string(text), *end = from, *rest = from;
	for (unsigned i = 0; i < head || ((unsigned char)*end & 0xc0) == 0x80; end++)
		i += ((unsigned char)end[0] & 0xc0) != 0x80;
	for (unsigned i = 0; i < columns - tail || ((unsigned char)*rest & 0xc0) == 0x80; rest++)
		i += ((unsigned char)rest[0] & 0xc0) != 0x80;
	AUTO(text) struct text cut = {0};
	text_init(&cut);
	text_add_bytes(&cut, from, (size_t)(end - from));
	text_add(&cut, "…");
	text_add(&cut, rest);
	struct text swap = *text;
	*text = cut;
	cut = swap;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `+800 app.Session`: the text up to this blank ends with a number that has a sign. */
static bool is_behind_change(const char *string, size_t blank)
{
	while (blank > 0 && (is_digit(string[blank - 1]) || string[blank - 1] == ',' || string[blank - 1] == '.'))
		blank--;
	return blank > 0 && (string[blank - 1] == '+' || string[blank - 1] == '-');
}

/* The blank belongs to what reads as one number: `1.5 MiB`, `5,000 of 7,500`, `+800 app.Session`. */
static bool is_inside_number(const char *string, size_t blank)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "kB", "MB", "GB", "TB"};
	const char *next = string + blank + 1;
	size_t length = strcspn(next, " ,;:)");
	if (blank >= 4 && strncmp(string + blank - 3, " of", 3) == 0)
		return is_digit(string[blank - 4]) && is_digit(next[0]);
	if (blank == 0 || !is_digit(string[blank - 1]))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i]) == length && strncmp(units[i], next, length) == 0)
			return true;
	if (is_behind_change(string, blank))
		return true;
	return strncmp(next, "of ", 3) == 0 && is_digit(next[3]);
}

/* Bytes of `from` that fit into `width` columns, up to a blank if there is one, outside of a number where possible. */
static size_t fitting(const char *from, unsigned width)
{
	size_t end = 0, blank = 0, any = 0;
	for (unsigned columns = 0; from[end] != '\0'; end++) {
		if (from[end] == ' ') {
			any = end;
			blank = is_inside_number(from, end) ? blank : end;
		}
		columns += ((unsigned char)from[end] & 0xc0) != 0x80;
		if (columns > width)
			return blank > 0 ? blank : any > 0 ? any : end;
	}
	return end;
}

/* The first line has `used` columns less; lines are broken at blanks, or where there is none for a whole line anywhere. */
static void add_wrapped(struct text *out, const char *string, unsigned width, unsigned used)
{
	size_t length = width > used ? fitting(string, width - used) : strlen(string);
	text_add_bytes(out, string, length);
	while (length > 0 && string[length] != '\0') {
		string += length + (string[length] == ' ');
		text_add_char(out, '\n');
		length = fitting(string, width);
		text_add_bytes(out, string, length);
	}
}

/* `app.Session`, `app.Session #7`; and what has a word that is too long for a line, which can't be broken at blanks. */
static bool is_name(const char *string, unsigned width)
{
	const char *blank = strchr(string, ' ');
	if (blank == NULL || (blank[1] == '#' && strchr(blank + 1, ' ') == NULL))
		return true;
	unsigned word = 0;
	for (; *string != '\0' && word <= width; string++)
		word = *string == ' ' ? 0 : word + (((unsigned char)*string & 0xc0) != 0x80);
	return word > width;
}

/* A sentence is broken into lines, a name loses its middle. */
static void shorten(struct text *text, unsigned width)
{
	if (is_name(text_string(text), width)) {
		cut_middle(text, width);
		return;
	}
	AUTO(text) struct text lines = {0};
	text_init(&lines);
	add_wrapped(&lines, text_string(text), width, 0);
	struct text swap = *text;
	*text = lines;
	lines = swap;
}

/* The name of a tree's row stays on one line, as the lines beside it go on. */
static void draw_tree(const struct table_drawing *drawing, size_t row, struct text *text)
{
	unsigned indent = row_tree_indent(&drawing->tree, row), width = drawing->first_width;
	if (width > 0)
		cut_middle(text, width > indent + NAME_COLUMNS_TREE ? width - indent : NAME_COLUMNS_TREE);
	AUTO(text) struct text drawn = {0};
	text_init(&drawn);
	row_tree_draw(&drawing->tree, drawing->section, row, &drawn);
	text_add(&drawn, text_string(text));
	struct text swap = *text;
	*text = drawn;
	drawn = swap;
}

static const char *delta_style(const struct table_drawing *drawing, size_t field, const struct cell *cell)
{
	enum value_kind kind = drawing->section->fields.items[field].kind;
	if (!drawing->options->colour || !cell->present || (kind != VALUE_COUNT_DELTA && kind != VALUE_SIZE_DELTA))
		return NULL;
	return cell->delta > 0 ? STYLE_GROWTH : cell->delta < 0 ? STYLE_SHRINK : NULL;
}

/* `row`: which it is of the section's rows, ROW_NONE for a line that adds up. */
static struct error *add_line(struct libscols_table *table, const struct table_drawing *drawing,
			      const struct cell *cells, const char *style, size_t row)
{
	if (cells == NULL)
		return NULL;
	struct libscols_line *line = scols_table_new_line(table, NULL);
	if (line == NULL || (style != NULL && drawing->options->colour && scols_line_set_color(line, style) != 0))
		return error_memory();
	AUTO(text) struct text text = {0};
	size_t column = 0;
	for (size_t f = 0; f < drawing->section->fields.count; f++) {
		if (!drawing->shown[f])
			continue;
		TRY(print_cell(&text, drawing, f, cells, style != NULL));
		if (f == 0 && row != ROW_NONE && drawing->section->tree)
			draw_tree(drawing, row, &text);
		else if (drawing->name_width > 0 && (f == 0 || drawing->section->fields.items[f].kind == VALUE_TEXT))
			shorten(&text, f == 0 ? drawing->first_width : drawing->name_width);
		const char *tint = delta_style(drawing, f, &cells[f]);
		struct libscols_cell *cell = scols_line_get_cell(line, column);
		if (scols_line_set_data(line, column, text_string(&text)) != 0 ||
		    (tint != NULL && scols_cell_set_color(cell, tint) != 0))
			return error_memory();
		column++;
	}
	return NULL;
}

static struct error *add_columns(struct libscols_table *table, const struct table_drawing *drawing)
{
	for (size_t f = 0; f < drawing->section->fields.count; f++) {
		const struct field *field = &drawing->section->fields.items[f];
		if (!drawing->shown[f])
			continue;
		int flags = value_is_number(field->kind) ? SCOLS_FL_RIGHT : 0;
		struct libscols_column *column = scols_table_new_column(table, field->title, 0, flags);
		if (column == NULL)
			return error_memory();
		if (field->kind == VALUE_TEXT && drawing->name_width > 0 &&
		    (scols_column_set_flags(column, SCOLS_FL_WRAP) != 0 ||
		     scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL) != 0))
			return error_memory();
		struct libscols_cell *heading = scols_column_get_header(column);
		if (drawing->options->colour && scols_cell_set_color(heading, STYLE_BOLD) != 0)
			return error_memory();
	}
	return NULL;
}

/* Lines end without the blanks that padding leaves behind. */
static void add_trimmed(struct text *out, const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n"), kept = length;
		while (kept > 0 && lines[kept - 1] == ' ')
			kept--;
		text_add_bytes(out, lines, kept);
		text_add_char(out, '\n');
		lines += length + (lines[length] == '\n');
	}
}

static struct error *print_table(const struct table_drawing *drawing, struct text *out)
{
	AUTO(table) struct libscols_table *table = scols_new_table();
	if (table == NULL || scols_table_enable_noencoding(table, 1) != 0 ||
	    scols_table_set_column_separator(table, "  ") != 0 ||
	    scols_table_enable_colors(table, drawing->options->colour) != 0 ||
	    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER) != 0)
		return error_memory();
	TRY(add_columns(table, drawing));
	for (size_t r = 0; r < drawing->section->rows.count; r++)
		TRY(add_line(table, drawing, drawing->section->rows.items[r].cells, NULL, r));
	TRY(add_line(table, drawing, drawing->section->left_out, STYLE_DIM, ROW_NONE));
	TRY(add_line(table, drawing, drawing->section->total, STYLE_BOLD, ROW_NONE));
	AUTO(string) char *lines = NULL;
	if (scols_print_table_to_string(table, &lines) != 0)
		return error_memory();
	add_trimmed(out, lines);
	return NULL;
}

static struct error *add_table(const struct section *section, const struct render_options *options, struct text *out)
{
	size_t fields = section->fields.count;
	AUTO(free) void *shown = calloc(fields, sizeof(bool));
	AUTO(free) void *widths = calloc(fields, sizeof(unsigned));
	if (shown == NULL || widths == NULL)
		return error_memory();
	AUTO(table_drawing)
	struct table_drawing drawing = {.section = section, .options = options, .shown = shown, .widths = widths};
	if (section->tree)
		TRY(row_tree_create(section, &drawing.tree));
	TRY(measure(&drawing));
	if (options->width > 0)
		fit(&drawing);
	return print_table(&drawing, out);
}

/* What is longer than the line goes on below itself, but what is to be copied from there. */
static void add_value(const struct fact *fact, const struct render_options *options, unsigned indent, struct text *out)
{
	AUTO(text) struct text value = {0};
	text_init(&value);
	value_print(&value, fact->kind, &fact->value, options->unit);
	const char *rest = text_string(&value);
	bool broken = fact->kind != VALUE_COMMAND && options->width > indent + NAME_COLUMNS_MIN;
	unsigned width = broken ? options->width - indent : 0;
	for (size_t length; width > 0 && (length = fitting(rest, width)) > 0 && rest[length] != '\0';
	     rest += length + (rest[length] == ' ')) {
		text_add_bytes(out, rest, length);
		text_printf(out, "\n%*s", (int)indent, "");
	}
	text_add(out, rest);
	text_add_char(out, '\n');
	out->failed |= value.failed;
}

static void add_facts(const struct section *section, const struct render_options *options, struct text *out)
{
	unsigned widest = 0;
	for (size_t i = 0; i < section->facts.count; i++) {
		const struct fact *fact = &section->facts.items[i];
		unsigned columns = fact->label == NULL ? 0 : columns_of(fact->label);
		if (fact->value.present && columns > widest)
			widest = columns;
	}
	for (size_t i = 0; i < section->facts.count; i++) {
		const struct fact *fact = &section->facts.items[i];
		if (!fact->value.present || fact->label == NULL)
			continue;
		text_add(out, options->colour ? STYLE_DIM : "");
		text_add(out, fact->label);
		text_add(out, options->colour ? STYLE_END : "");
		for (unsigned pad = columns_of(fact->label); pad < widest + COLUMN_GAP; pad++)
			text_add_char(out, ' ');
		add_value(fact, options, widest + COLUMN_GAP, out);
	}
}

static void add_styled(struct text *out, const struct render_options *options, const char *style, const char *string)
{
	if (options->colour && style[0] != '\0')
		text_printf(out, "%s%s%s", style, string, STYLE_END);
	else
		text_add(out, string);
}

static void add_remarks(const struct report *report, enum remark_kind kind, const char *prefix, const char *style,
			const struct render_options *options, struct text *out)
{
	for (size_t i = 0; i < report->remarks.count; i++) {
		if (report->remarks.items[i].kind != kind)
			continue;
		add_styled(out, options, style, prefix);
		if (options->width > 0)
			add_wrapped(out, report->remarks.items[i].text, options->width, columns_of(prefix));
		else
			text_add(out, report->remarks.items[i].text);
		text_add_char(out, '\n');
	}
}

static bool has_remark(const struct report *report, enum remark_kind kind)
{
	for (size_t i = 0; i < report->remarks.count; i++)
		if (report->remarks.items[i].kind == kind)
			return true;
	return false;
}

static bool readable(const struct section *section)
{
	if (section->for_people && section->title != NULL)
		return true;
	bool aside = strcmp(section->name, "rows") != 0; /* than the main table, which is shown empty, too */
	if (section_empty(section) || (aside && section->fields.count > 0 && section->rows.count == 0))
		return false;
	if (section->fields.count > 0)
		return true;
	for (size_t i = 0; i < section->facts.count; i++)
		if (section->facts.items[i].label != NULL && section->facts.items[i].value.present)
			return true;
	return false;
}

/* The verdict, and what stands above a section. */
static struct error *add_headline(const char *line, const struct render_options *options, struct text *out)
{
	AUTO(text) struct text lines = {0};
	text_init(&lines);
	if (options->width > 0)
		add_wrapped(&lines, line, options->width, 0);
	else
		text_add(&lines, line);
	add_styled(out, options, STYLE_BOLD, text_string(&lines));
	text_add_char(out, '\n');
	return text_error(&lines);
}

struct error *render_text(const struct report *report, const struct render_options *options, struct text *out)
{
	add_remarks(report, REMARK_CAUTION, "warning: ", STYLE_WARNING, options, out);
	if (has_remark(report, REMARK_CAUTION))
		text_add_char(out, '\n');
	if (report->verdict != NULL)
		TRY(add_headline(report->verdict, options, out));
	add_remarks(report, REMARK_DETAIL, "", "", options, out);
	for (size_t i = 0; i < report->sections.count; i++) {
		const struct section *section = report->sections.items[i];
		if (!readable(section))
			continue;
		if (out->length > 0)
			text_add_char(out, '\n');
		if (section->title != NULL)
			TRY(add_headline(section->title, options, out));
		if (section->fields.count == 0)
			add_facts(section, options, out);
		else
			TRY(add_table(section, options, out));
	}
	if (has_remark(report, REMARK_NOTE))
		text_add_char(out, '\n');
	add_remarks(report, REMARK_NOTE, "", "", options, out);
	if (has_remark(report, REMARK_WARNING))
		text_add_char(out, '\n');
	add_remarks(report, REMARK_WARNING, "warning: ", STYLE_WARNING, options, out);
	return text_error(out);
}
