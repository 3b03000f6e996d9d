/* What is the memory made of, by type?
 *
 * One pass over two columns; the sums, one for each of some thousands of names, stay in cache.
 */
#include "analyzer/types.h"

#include "analyzer/sets.h"
#include "base/bytes.h"

#include <string.h>

void types_count(const struct graph *graph, const struct type_facts *facts, uint32_t labels, struct type_total *totals)
{
	memset(totals, 0, labels * sizeof *totals);
	for (node_id i = 0; i < graph->nodes; i++) {
		struct type_total *total = &totals[facts->label[graph->type[i]]];
		total->count++;
		if (__builtin_add_overflow(total->size, graph_size(graph, i), &total->size))
			total->size = UINT64_MAX;
	}
}

void types_count_groups(const struct graph *graph, const struct groups *groups, struct type_total *totals)
{
	memset(totals, 0, groups->count * sizeof *totals);
	for (node_id i = 0; i < graph->nodes; i++) {
		if (groups->of[i] == GROUP_NONE)
			continue;
		struct type_total *total = &totals[groups->of[i]];
		total->count++;
		total->size = saturating_add(total->size, graph_size(graph, i));
	}
}

enum {
	FIELD_TYPE,
	FIELD_COUNT,
	FIELD_SIZE,
	FIELD_SHARE,
	FIELD_AVERAGE,
	FIELD_RETAINED,
	FIELD_RETAINED_SHARE
};

static void add_fields(struct report *report, struct section *section, const struct types_table *table)
{
	static const struct field fields[] = {
		[FIELD_TYPE] = {NULL, NULL, VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_COUNT] = {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		[FIELD_SIZE] = {"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_OFTEN, true},
		[FIELD_AVERAGE] = {"average", "average", VALUE_SIZE, RANK_SELDOM, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_RETAINED_SHARE] = {"retained_share", "retained of all", VALUE_SHARE, RANK_OFTEN, false},
	};
	struct field first = fields[FIELD_TYPE];
	first.name = first.title = groups_by_name(table->by);
	section_field(report, section, &first);
	for (size_t i = FIELD_COUNT; i <= (table->retained != NULL ? FIELD_RETAINED_SHARE : FIELD_AVERAGE); i++)
		section_field(report, section, &fields[i]);
}

static void fill(struct cell *row, const struct type_total *total, uint64_t all)
{
	row_set(row, FIELD_COUNT, cell_number(total->count));
	row_set(row, FIELD_SIZE, cell_number(total->size));
	row_set(row, FIELD_SHARE, cell_share_of(total->size, all));
	if (total->count > 0)
		row_set(row, FIELD_AVERAGE, cell_number(total->size / total->count));
}

static void fill_retained(struct cell *row, const struct types_table *table, uint64_t retained)
{
	if (table->retained == NULL || retained == TYPES_ABSENT)
		return;
	row_set(row, FIELD_RETAINED, cell_number(retained));
	row_set(row, FIELD_RETAINED_SHARE, cell_share_of(retained, table->all));
}

void types_report(struct report *report, const struct types_table *table)
{
	struct section *section = report_section(report, "rows", NULL);
	add_fields(report, section, table);
	struct type_total sum = {0};
	uint64_t shown = 0;
	for (uint32_t g = 0; g < table->count; g++) {
		const struct type_total *total = &table->totals[g];
		if (total->count == 0 || (table->selected != NULL && !table->selected[g]))
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, FIELD_TYPE, report_text(report, table->labels[g].name, table->labels[g].length));
		fill(row, total, table->all);
		fill_retained(row, table, table->retained != NULL ? table->retained[g] : TYPES_ABSENT);
		sum.count += total->count;
		sum.size = saturating_add(sum.size, total->size);
		shown++;
	}
	AUTO(text) struct text label = {0};
	text_init(&label);
	text_add_count(&label, shown);
	text_printf(&label, " %s%s", groups_by_name(table->by), shown == 1 ? "" : "s");
	struct cell *total = section_total(report, section);
	row_set(total, FIELD_TYPE, report_text(report, text_string(&label), label.length));
	fill(total, &sum, table->all);
	fill_retained(total, table, table->all_retained);
}
