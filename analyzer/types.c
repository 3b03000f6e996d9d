/* What is the memory made of, by type?
 *
 * One pass over two columns; the sums, one for each of some thousands of names, stay in cache.
 */
#include "analyzer/types.h"

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

enum {
	FIELD_TYPE,
	FIELD_COUNT,
	FIELD_SIZE,
	FIELD_SHARE,
	FIELD_AVERAGE
};

static void add_fields(struct report *report, struct section *table)
{
	static const struct field fields[] = {
		[FIELD_TYPE] = {"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_COUNT] = {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		[FIELD_SIZE] = {"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_OFTEN, true},
		[FIELD_AVERAGE] = {"average", "average", VALUE_SIZE, RANK_SELDOM, false},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
}

static void fill(struct cell *row, const struct type_total *total, uint64_t all)
{
	row_set(row, FIELD_COUNT, cell_number(total->count));
	row_set(row, FIELD_SIZE, cell_number(total->size));
	row_set(row, FIELD_SHARE, cell_share_of(total->size, all));
	if (total->count > 0)
		row_set(row, FIELD_AVERAGE, cell_number(total->size / total->count));
}

void types_report(struct report *report, const struct type_names *names, const struct type_total *totals,
		  const bool *selected)
{
	struct section *table = report_section(report, "rows", NULL);
	add_fields(report, table);
	struct type_total sum = {0};
	uint64_t all = 0, shown = 0;
	for (label_id l = 0; l < names->count; l++)
		all = saturating_add(all, totals[l].size);
	for (label_id l = 0; l < names->count; l++) {
		if (totals[l].count == 0 || (selected != NULL && !selected[l]))
			continue;
		struct cell *row = section_row(report, table);
		row_set(row, FIELD_TYPE, report_text(report, names->labels[l].name, names->labels[l].length));
		fill(row, &totals[l], all);
		sum.count += totals[l].count;
		sum.size = saturating_add(sum.size, totals[l].size);
		shown++;
	}
	AUTO(text) struct text label = {0};
	text_init(&label);
	text_add_count(&label, shown);
	text_add(&label, shown == 1 ? " type" : " types");
	struct cell *total = section_total(report, table);
	row_set(total, FIELD_TYPE, report_text(report, text_string(&label), label.length));
	fill(total, &sum, all);
}
