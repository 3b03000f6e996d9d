#include "tests/analyzer/help_report.h"

#include <string.h>

struct section *help_table(struct report *report, const char *const *names, size_t count)
{
	static const struct field fields[] = {
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		{"size_delta", "growth", VALUE_SIZE_DELTA, RANK_OFTEN, true},
		{"share", "of all", VALUE_SHARE, RANK_SELDOM, true},
		{"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
	};
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	for (size_t i = 0; i < count; i++) {
		struct cell *row = section_row(report, table);
		row_set(row, 0, report_text(report, names[i], strlen(names[i])));
		row_set(row, 1, cell_number(i + 1));
		row_set(row, 2, cell_delta(i % 2 == 0 ? (int64_t)i + 1 : -(int64_t)i - 1));
		row_set(row, 3, cell_share(0.125));
	}
	return table;
}
