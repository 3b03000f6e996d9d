/* How busy is the cyclic collector, and does anything escape it? Its own counters, as the interpreter keeps them. */
#include "analyzer/collector.h"


#define GENERATIONS 3u

enum counter {
	COUNTER_THRESHOLD,
	COUNTER_COUNT,
	COUNTER_COLLECTIONS,
	COUNTER_COLLECTED,
	COUNTER_UNCOLLECTABLE,
	COUNTER_COUNT_OF
};

static uint64_t counter_of(const struct snapshot_meta *meta, unsigned generation, enum counter counter)
{
	const uint64_t values[GENERATIONS][COUNTER_COUNT_OF] = {
		{meta->gc_threshold0, meta->gc_count0, meta->gc_collections0, meta->gc_collected0,
		 meta->gc_uncollectable0},
		{meta->gc_threshold1, meta->gc_count1, meta->gc_collections1, meta->gc_collected1,
		 meta->gc_uncollectable1},
		{meta->gc_threshold2, meta->gc_count2, meta->gc_collections2, meta->gc_collected2,
		 meta->gc_uncollectable2},
	};
	return values[generation][counter];
}

static bool is_known(const struct snapshot_meta *meta, unsigned generation)
{
	bool known = false;
	for (enum counter c = 0; c < COUNTER_COUNT_OF; c++)
		known = known || counter_of(meta, generation, c) != META_ABSENT;
	return known;
}

static struct section *add_facts(struct report *report, const struct snapshot_meta *meta)
{
	struct section *facts = report_section(report, "collector", "collector");
	section_fact(report, facts, "enabled", "enabled", VALUE_BOOL, cell_known(meta->gc_enabled));
	section_fact(report, facts, "collecting", "running at the capture", VALUE_BOOL,
		     cell_known(meta->gc_collecting));
	return facts;
}

static struct section *add_table(struct report *report, const struct field *fields, size_t count)
{
	struct section *section = report_section(report, "collections", NULL);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}

struct section *collector_report(struct report *report, const struct snapshot_meta *meta)
{
	static const struct field fields[] = {
		{"generation", "generation", VALUE_NUMBER, RANK_ALWAYS, false},
		{"threshold", "threshold", VALUE_COUNT, RANK_ALWAYS, false},
		{"count", "count", VALUE_COUNT, RANK_ALWAYS, false},
		{"collections", "collections", VALUE_COUNT, RANK_ALWAYS, false},
		{"collected", "collected", VALUE_COUNT, RANK_ALWAYS, false},
		{"uncollectable", "uncollectable", VALUE_COUNT, RANK_OFTEN, false},
	};
	struct section *facts = add_facts(report, meta);
	struct section *section = add_table(report, fields, sizeof fields / sizeof *fields);
	for (unsigned generation = 0; generation < GENERATIONS; generation++) {
		if (!is_known(meta, generation))
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, cell_number(generation));
		for (enum counter c = 0; c < COUNTER_COUNT_OF; c++)
			row_set(row, c + 1, cell_known(counter_of(meta, generation, c)));
	}
	return facts;
}

static struct cell change(uint64_t before, uint64_t after)
{
	bool known = before != META_ABSENT && after != META_ABSENT;
	return known ? cell_difference(before, after) : (struct cell){.present = false};
}

struct section *collector_compare(struct report *report, const struct snapshot_meta *before,
				  const struct snapshot_meta *after)
{
	static const struct field fields[] = {
		{"generation", "generation", VALUE_NUMBER, RANK_ALWAYS, false},
		{"threshold_before", "threshold before", VALUE_COUNT, RANK_SELDOM, false},
		{"threshold_after", "threshold", VALUE_COUNT, RANK_OFTEN, false},
		{"count_before", "count before", VALUE_COUNT, RANK_SELDOM, false},
		{"count_after", "count", VALUE_COUNT, RANK_OFTEN, false},
		{"collections_before", "collections before", VALUE_COUNT, RANK_SELDOM, false},
		{"collections_after", "collections", VALUE_COUNT, RANK_OFTEN, false},
		{"collections_delta", "run between", VALUE_COUNT_DELTA, RANK_ALWAYS, false},
		{"collected_delta", "collected", VALUE_COUNT_DELTA, RANK_ALWAYS, false},
		{"uncollectable_delta", "uncollectable", VALUE_COUNT_DELTA, RANK_OFTEN, false},
	};
	struct section *facts = add_facts(report, after);
	struct section *section = add_table(report, fields, sizeof fields / sizeof *fields);
	for (unsigned generation = 0; generation < GENERATIONS; generation++) {
		if (!is_known(before, generation) && !is_known(after, generation))
			continue;
		struct cell *row = section_row(report, section);
		size_t field = 0;
		row_set(row, field++, cell_number(generation));
		for (enum counter c = 0; c <= COUNTER_COLLECTIONS; c++) {
			row_set(row, field++, cell_known(counter_of(before, generation, c)));
			row_set(row, field++, cell_known(counter_of(after, generation, c)));
		}
		for (enum counter c = COUNTER_COLLECTIONS; c < COUNTER_COUNT_OF; c++)
			row_set(row, field++,
				change(counter_of(before, generation, c), counter_of(after, generation, c)));
	}
	return facts;
}
