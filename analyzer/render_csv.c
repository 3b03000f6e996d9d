/* How does a report go into a spreadsheet or a script: RFC 4180, plain numbers, formulas disarmed?
 *
 * A report with a table called rows is that table. Any other is a list of section,row,field,value, so that all of it is
 * there and every line has the same columns.
 */
#include "analyzer/render.h"

#include "analyzer/row_tree.h"

#include <string.h>

static void add_field(struct text *out, const char *string)
{
	text_add_csv(out, string, strlen(string));
}

static void add_cell(struct text *out, enum value_kind kind, const struct cell *cell)
{
	if ((kind == VALUE_TEXT || kind == VALUE_COMMAND) && cell->present) {
		/* Numbers are ours and may begin with a minus; text is foreign and may not, nor act on a terminal. */
		AUTO(text) struct text safe = {0};
		text_init(&safe);
		text_add_escaped(&safe, cell->text, cell->length);
		text_add_csv(out, text_string(&safe), safe.length);
		out->failed = out->failed || safe.failed;
		return;
	}
	value_print_plain(out, kind, cell);
}

static struct error *add_table(struct text *out, const struct section *section)
{
	AUTO(row_tree) struct row_tree tree = {0};
	if (section->tree)
		TRY(row_tree_create(section, &tree));
	for (size_t f = 0; f < section->fields.count; f++) {
		if (value_is_for_people(section->fields.items[f].kind))
			continue;
		text_add(out, f > 0 ? "," : "");
		add_field(out, section->fields.items[f].name);
	}
	text_add(out, section->tree ? ",depth\r\n" : "\r\n");
	for (size_t r = 0; r < section->rows.count; r++) {
		for (size_t f = 0; f < section->fields.count; f++) {
			if (value_is_for_people(section->fields.items[f].kind))
				continue;
			text_add(out, f > 0 ? "," : "");
			add_cell(out, section->fields.items[f].kind, &section->rows.items[r].cells[f]);
		}
		if (section->tree)
			text_printf(out, ",%zu", tree.depth[r]);
		text_add(out, "\r\n");
	}
	return text_error(out);
}

static void add_line(struct text *out, const struct section *section, const struct cell *row, const char *field,
		     enum value_kind kind, const struct cell *value)
{
	if (!value->present || value_is_for_people(kind))
		return;
	add_field(out, section->name);
	text_add_char(out, ',');
	if (row != NULL)
		add_cell(out, section->fields.items[0].kind, row);
	text_add_char(out, ',');
	add_field(out, field);
	text_add_char(out, ',');
	add_cell(out, kind, value);
	text_add(out, "\r\n");
}

static void add_list(struct text *out, const struct section *section)
{
	for (size_t i = 0; i < section->facts.count; i++) {
		const struct fact *fact = &section->facts.items[i];
		add_line(out, section, NULL, fact->name, fact->kind, &fact->value);
	}
	for (size_t r = 0; r < section->rows.count; r++)
		for (size_t f = 1; f < section->fields.count; f++)
			add_line(out, section, &section->rows.items[r].cells[0], section->fields.items[f].name,
				 section->fields.items[f].kind, &section->rows.items[r].cells[f]);
}

struct error *render_csv(const struct report *report, struct text *out)
{
	const struct section *main_table = report_find(report, "rows");
	if (main_table != NULL)
		return add_table(out, main_table);
	text_add(out, "section,row,field,value\r\n");
	for (size_t i = 0; i < report->sections.count; i++)
		if (!report->sections.items[i]->for_people)
			add_list(out, report->sections.items[i]);
	return text_error(out);
}
