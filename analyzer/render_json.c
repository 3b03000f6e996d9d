/* How does a report go to another program: one JSON document with plain names and integers?
 *
 * Field names are ours; texts are foreign and go through text_add_escaped first, as JSON must be valid UTF-8 and
 * what looks like a terminal escape is none in a log either. Integers above 2^63 saturate, as JSON readers have no more.
 * Cost: one tree of the whole document, some 100 bytes a cell.
 */
#include "analyzer/render.h"

#include "analyzer/row_tree.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REAL_DIGITS 15  /* significant ones: what a double holds of a decimal number; bytes are exact */
#define SHARE_DIGITS 6 /* of shares: a millionth is more than anyone reads */

static void auto_json(json_t **json)
{
	json_decref(*json);
}

static json_t *text_json(const char *bytes, size_t length)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, bytes, length);
	return safe.failed ? NULL : json_stringn(text_string(&safe), safe.length);
}

/* The nearest one that REAL_DIGITS print with SHARE_DIGITS. */
static json_t *share_json(double share)
{
	char digits[40];
	snprintf(digits, sizeof digits, "%.*g", SHARE_DIGITS, share);
	return json_real(strtod(digits, NULL));
}

static json_t *cell_json(enum value_kind kind, const struct cell *cell)
{
	switch (kind) {
	case VALUE_TEXT:
	case VALUE_COMMAND:
	case VALUE_AMOUNT:
		return text_json(cell->text, cell->length);
	case VALUE_INTEGER:
	case VALUE_COUNT_DELTA:
	case VALUE_SIZE_DELTA:
		return json_integer(cell->delta);
	case VALUE_REAL:
		return json_real(cell->share);
	case VALUE_SHARE:
		return share_json(cell->share);
	case VALUE_BAR:
		return json_real(cell->part);
	case VALUE_BOOL:
		return json_boolean(cell->number != 0);
	case VALUE_NUMBER:
	case VALUE_OBJECT:
	case VALUE_COUNT:
	case VALUE_SIZE:
	case VALUE_DURATION:
	case VALUE_TIME:
		break;
	}
	return json_integer(cell->number > INT64_MAX ? INT64_MAX : (json_int_t)cell->number);
}

/* jansson's setters take a NULL value as a failure, and say so by -1. */
static int set_cell(json_t *object, const char *name, enum value_kind kind, const struct cell *cell)
{
	bool wanted = cell->present && !value_is_for_people(kind);
	return wanted ? json_object_set_new(object, name, cell_json(kind, cell)) : 0;
}

/* `from`: the first field; lines that add up have a label for people in field 0. */
static json_t *row_json(const struct section *section, const struct cell *cells, size_t from)
{
	AUTO(json) json_t *object = json_object();
	int bad = 0;
	for (size_t f = from; f < section->fields.count; f++)
		bad |= set_cell(object, section->fields.items[f].name, section->fields.items[f].kind, &cells[f]);
	return bad != 0 ? NULL : steal(&object);
}

static int set_facts(json_t *object, const struct section *section)
{
	int bad = 0;
	for (size_t i = 0; i < section->facts.count; i++) {
		const struct fact *fact = &section->facts.items[i];
		bad |= set_cell(object, fact->name, fact->kind, &fact->value);
	}
	return bad;
}

static json_t *facts_json(const struct section *section)
{
	AUTO(json) json_t *object = json_object();
	return set_facts(object, section) != 0 ? NULL : steal(&object);
}

static json_t *rows_json(const struct section *section);

static int set_parts(json_t *object, const struct row *row)
{
	int bad = 0;
	for (size_t i = 0; i < ROW_PARTS; i++)
		if (row->parts[i] != NULL)
			bad |= json_object_set_new(object, row->parts[i]->name, rows_json(row->parts[i]));
	return bad;
}

static json_t *rows_json(const struct section *section)
{
	AUTO(json) json_t *array = json_array();
	AUTO(row_tree) struct row_tree tree = {0};
	AUTO(error) struct error *error = section->tree ? row_tree_create(section, &tree) : NULL;
	int bad = error != NULL;
	for (size_t r = 0; bad == 0 && r < section->rows.count; r++) {
		json_t *row = row_json(section, section->rows.items[r].cells, 0);
		if (section->tree)
			bad |= json_object_set_new(row, "depth", json_integer((json_int_t)tree.depth[r]));
		bad |= set_parts(row, &section->rows.items[r]);
		bad |= json_array_append_new(array, row);
	}
	return bad != 0 ? NULL : steal(&array);
}

static int add_section(json_t *document, const struct section *section)
{
	if (section->for_people)
		return 0;
	if (section->plain)
		return set_facts(document, section);
	if (section->wrapped) {
		json_t *object = facts_json(section);
		int bad = json_object_set_new(object, "rows", rows_json(section));
		return bad | json_object_set_new(document, section->name, object);
	}
	if (section->fields.count == 0)
		return json_object_set_new(document, section->name, facts_json(section));
	int bad = json_object_set_new(document, section->name, rows_json(section));
	if (strcmp(section->name, "rows") != 0)
		return bad; /* only the main table has lines below it that add up */
	if (section->left_out != NULL) {
		bad |= json_object_set_new(document, "rows_left_out",
					   json_integer((json_int_t)section->left_out_count));
		bad |= json_object_set_new(document, "left_out", row_json(section, section->left_out, 1));
	}
	if (section->total != NULL)
		bad |= json_object_set_new(document, "total", row_json(section, section->total, 1));
	return bad;
}

static int add_remarks(json_t *document, const struct report *report)
{
	/* machines read the whole: to them a caution is a warning, the first */
	static const struct {
		enum remark_kind kind;
		const char *name;
	} arrays[REMARK_KIND_COUNT] = {{REMARK_DETAIL, "details"},
				       {REMARK_NOTE, "notes"},
				       {REMARK_CAUTION, "warnings"},
				       {REMARK_WARNING, "warnings"}};
	int bad = 0;
	for (int a = 0; a < REMARK_KIND_COUNT; a++) {
		json_t *array = json_object_get(document, arrays[a].name);
		if (array == NULL) {
			array = json_array();
			bad |= json_object_set_new(document, arrays[a].name, array);
		}
		for (size_t i = 0; i < report->remarks.count; i++)
			if (report->remarks.items[i].kind == arrays[a].kind)
				bad |= json_array_append_new(array, json_string(report->remarks.items[i].text));
	}
	return bad;
}

static int dump_into(const char *buffer, size_t size, void *out)
{
	text_add_bytes(out, buffer, size);
	return 0;
}

struct error *render_json(const struct report *report, struct text *out)
{
	AUTO(json) json_t *document = json_object();
	int bad = json_object_set_new(document, "schema", json_sprintf("heapdiff.%s/1", report->command));
	if (report->verdict != NULL)
		bad |= json_object_set_new(document, "verdict", json_string(report->verdict));
	bad |= add_remarks(document, report);
	for (size_t i = 0; i < report->sections.count; i++)
		bad |= add_section(document, report->sections.items[i]);
	if (bad != 0 ||
	    json_dump_callback(document, dump_into, out, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS)) != 0)
		return error_memory();
	text_add_char(out, '\n');
	return text_error(out);
}
