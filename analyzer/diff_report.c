/* How does one say what changed: first in a sentence, then who holds it, then type by type? */
#include "analyzer/diff_report.h"

#include "analyzer/growth_report.h"
#include "analyzer/identity.h"
#include "analyzer/info.h"
#include "analyzer/lacking.h"
#include "analyzer/new_suspects.h"
#include "analyzer/path.h"
#include "analyzer/totals_report.h"

#include <inttypes.h>
#include <math.h>

static bool total_differs(const struct diff *diff, label_id label)
{
	const struct diff_total *total = &diff->totals[label];
	if (diff->join.totals[label].new > 0 || diff->join.totals[label].gone > 0)
		return true;
	return total->before.count != total->after.count || total->before.size != total->after.size ||
	       total->growth != 0;
}

bool diff_differs(const struct diff *diff, const bool *selected)
{
	for (label_id l = 0; l < diff->names.count; l++)
		if ((selected == NULL || selected[l]) && total_differs(diff, l))
			return true;
	return false;
}

static int64_t delta_of(uint64_t before, uint64_t after)
{
	return cell_difference(before, after).delta;
}

static bool lacks_parts(const struct diff *diff)
{
	return lacking_of_both(diff->before->reader, diff->after->reader) == LACKING_PARTS;
}

/* --- the sentences
 * -------------------------------------------------------------------------------------------------- */

static void say_size(struct text *text, const struct diff *diff, enum size_unit unit)
{
	int64_t growth = delta_of(diff->all.before.size, diff->all.after.size);
	if (growth == 0) {
		text_add(text, "same size");
		return;
	}
	text_add_size_delta(text, growth, unit);
	if (diff->all.before.size == 0)
		return;
	double percent = 100.0 * (double)growth / (double)diff->all.before.size;
	if (fabs(percent) >= 0.05)
		text_printf(text, fabs(percent) < 9.95 ? " (%+.1f%%)" : " (%+.0f%%)", percent);
}

static void say_interval(struct text *text, const struct diff *diff)
{
	uint64_t interval = identity_interval(reader_meta(diff->before->reader), reader_meta(diff->after->reader));
	if (interval == META_ABSENT)
		return;
	text_add(text, " in ");
	text_add_duration(text, (double)interval / 1e9);
}

static void say_label(struct text *text, const struct diff *diff, label_id label)
{
	text_add_escaped(text, diff->names.labels[label].name, diff->names.labels[label].length);
}

static void say_leader(struct text *text, const struct diff *diff, enum size_unit unit)
{
	const struct diff_total *total = &diff->totals[diff->leader];
	int64_t count = delta_of(total->before.count, total->after.count);
	if (count == 0) {
		text_add(text, "as many ");
	} else if ((count > 0) == (total->growth > 0)) { /* else the number would read as what it is not */
		text_add_count_delta(text, count);
		text_add_char(text, ' ');
	}
	say_label(text, diff, diff->leader);
	text_add(text, " (");
	text_add_size_delta(text, total->growth, unit);
	text_add(text, ")");
}

/* One capture compared with itself, by a mistake in the names most often. */
static bool is_same_capture(const struct diff *diff)
{
	return diff->match == DIFF_BY_ADDRESS &&
	       identity_interval(reader_meta(diff->before->reader), reader_meta(diff->after->reader)) == 0;
}

/* The place first that explains most of it; where none does, or it shrank, the type. */
static void say_reason(struct text *text, const struct diff *diff, const struct growth_report *places,
		       enum size_unit unit)
{
	growth_report_reason(places, text);
	if (growth_report_explains(places) || diff->leader == NO_ID)
		return;
	text_add(text, ": ");
	say_leader(text, diff, unit);
}

/* What two files hold is told, but not taken for what happened between them. */
static void say_doubt(struct text *text, const struct diff *diff, enum size_unit unit)
{
	text_add(text, "what changed can't be told, as ");
	lacking_print_parts(diff->before->reader, diff->after->reader, text);
	text_add(text, ": what is in the files differs by ");
	say_size(text, diff, unit);
	say_interval(text, diff);
}

static void say_verdict(struct report *report, const struct diff *diff, const struct growth_report *places,
			bool filtered)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, filtered ? "the whole: " : "");
	if (diff_differs(diff, NULL) && lacks_parts(diff)) {
		say_doubt(&text, diff, report->unit);
	} else if (!diff_differs(diff, NULL) && is_same_capture(diff)) {
		text_add(&text, "no difference: the same snapshot twice");
	} else if (!diff_differs(diff, NULL)) {
		text_add(&text, "no difference");
		say_interval(&text, diff);
	} else {
		say_size(&text, diff, report->unit);
		say_interval(&text, diff);
		say_reason(&text, diff, places, report->unit);
	}
	report_set_verdict(report, &text);
}

static struct error *name_holder(const struct diff *diff, struct text *name)
{
	const struct credit_holder *holder = &diff->holder;
	if (holder->is_root) {
		path_print_root(diff->after, holder->id, name);
		return NULL;
	}
	AUTO(path) struct path path = {0};
	TRY(path_find(diff->after, holder->id, &path));
	return path_print(diff->after, &path, name);
}

/* "the new one", "all 5 new ones", "3 of 5 new ones". */
static void say_held(struct text *text, uint64_t count, uint64_t new)
{
	if (new == 1) {
		text_add(text, "the new one");
		return;
	}
	text_add(text, count == new ? "all " : "");
	text_add_count(text, count);
	if (count < new) {
		text_add(text, " of ");
		text_add_count(text, new);
	}
	text_add(text, " new ones");
}

static void add_holder(struct report *report, const struct credit_holder *holder, const struct text *name)
{
	struct section *facts = report_section(report, "holder", NULL);
	if (name->length > 0)
		section_fact(report, facts, "path", NULL, VALUE_TEXT,
			     report_text(report, text_string(name), name->length));
	if (!holder->is_root)
		section_fact(report, facts, "id", NULL, VALUE_NUMBER, cell_number(holder->id));
	section_fact(report, facts, "count", NULL, VALUE_COUNT, cell_number(holder->count));
}

/* The object is called by its path, its type and its id in the later snapshot; a root by its name. */
static struct error *say_holder(struct report *report, const struct diff *diff, const struct growth_report *places)
{
	const struct credit_holder *holder = &diff->holder;
	/* of a type that shrank, what holds the few new ones would read as what holds the others */
	if (!holder->found || diff->totals[diff->leader].growth <= 0 || lacks_parts(diff))
		return NULL;
	AUTO(text) struct text name = {0}, line = {0};
	text_init(&name);
	text_init(&line);
	TRY(name_holder(diff, &name));
	add_holder(report, holder, &name);
	if (growth_report_tells(places, holder, diff->leader))
		return NULL;
	if (growth_report_explains(places)) { /* else the verdict says the type */
		say_leader(&line, diff, report->unit);
		text_add(&line, ", ");
	}
	text_add(&line, "held by ");
	text_add(&line, text_string(&name));
	if (!holder->is_root) {
		text_add(&line, name.length > 0 ? " (" : "");
		say_label(&line, diff, diff->names.facts[1].label[diff->after->type[holder->id]]);
		text_printf(&line, " #%" PRIu32 "%s", holder->id, name.length > 0 ? ")" : "");
	}
	text_add(&line, ": ");
	say_held(&line, holder->count, diff->join.totals[diff->leader].new);
	TRY(text_error(&line));
	report_remark(report, REMARK_DETAIL, "%s", text_string(&line));
	return NULL;
}

/* --- the tables
 * ----------------------------------------------------------------------------------------------------- */

static void add_snapshot(struct report *report, struct section *table, const char *role, const struct graph *graph,
			 const struct type_total *total)
{
	const struct snapshot_meta *meta = reader_meta(graph->reader);
	struct cell *row = section_row(report, table);
	size_t field = 0;
	row_set(row, field++, report_string(report, role));
	row_set(row, field++, report_string(report, reader_path(graph->reader)));
	row_set(row, field++, cell_known(meta->capture_time_ns));
	row_set(row, field++, cell_known(meta->pid));
	row_set(row, field++, report_string(report, meta->command));
	row_set(row, field++, cell_number(total->count));
	row_set(row, field++, cell_number(total->size));
	row_set(row, field++, cell_known(meta->rss));
	row_set(row, field++, cell_number(reader_complete(graph->reader)));
}

static void add_snapshots(struct report *report, const struct diff *diff)
{
	static const struct field fields[] = {
		{"role", "", VALUE_TEXT, RANK_ALWAYS, false},
		{"path", "snapshot", VALUE_TEXT, RANK_ALWAYS, false},
		{"capture_time_ns", "captured", VALUE_TIME, RANK_OFTEN, false},
		{"pid", "pid", VALUE_NUMBER, RANK_SELDOM, false},
		{"command", "command", VALUE_TEXT, RANK_SELDOM, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, false},
		{"rss", "RSS", VALUE_SIZE, RANK_OFTEN, false},
		{"complete", "complete", VALUE_BOOL, RANK_MACHINE, false},
	};
	struct section *table = report_section(report, "snapshots", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	add_snapshot(report, table, "before", diff->before, &diff->all.before);
	add_snapshot(report, table, "after", diff->after, &diff->all.after);
}

static void add_totals(struct report *report, const struct diff *diff)
{
	const struct snapshot_meta *before = reader_meta(diff->before->reader),
				   *after = reader_meta(diff->after->reader);
	struct section *facts = report_section(report, "totals", NULL);
	section_fact(report, facts, "same_process", NULL, VALUE_BOOL, cell_number(diff->same_process));
	section_fact(report, facts, "interval_ns", NULL, VALUE_DURATION, cell_known(identity_interval(before, after)));
	section_fact(report, facts, "count_delta", NULL, VALUE_COUNT_DELTA,
		     cell_difference(diff->all.before.count, diff->all.after.count));
	section_fact(report, facts, "size_delta", NULL, VALUE_SIZE_DELTA,
		     cell_difference(diff->all.before.size, diff->all.after.size));
	section_fact(report, facts, "new", NULL, VALUE_COUNT, cell_number(diff->join.new_count));
	section_fact(report, facts, "gone", NULL, VALUE_COUNT, cell_number(diff->join.gone_count));
	section_fact(report, facts, "survived", NULL, VALUE_COUNT,
		     cell_number(diff->all.after.count - diff->join.new_count));
}

/* How objects were matched, why, and how sure that is. */
static void add_matching(struct report *report, const struct diff *diff)
{
	const struct evidence *evidence = &diff->evidence;
	struct section *facts = report_section(report, "matching", NULL);
	AUTO(text) struct text text = {0};
	text_init(&text);
	section_fact(report, facts, "method", NULL, VALUE_TEXT,
		     report_string(report, diff->match == DIFF_BY_ADDRESS ? "address" : "path"));
	if (diff->match == DIFF_BY_ADDRESS) {
		text_add(&text, "by address and type, as ");
		text_add(&text, diff->same_process ? "both are of one process: " : "asked: ");
		text_add_count(&text, evidence->same);
		text_add(&text, " the same, ");
		text_add_count(&text, evidence->reused);
		text_add(&text, " others at a used address, ");
		text_add_count(&text, evidence->uncertain);
		text_add(&text, " uncertain");
		section_fact(report, facts, "same", NULL, VALUE_COUNT, cell_number(evidence->same));
		section_fact(report, facts, "reused", NULL, VALUE_COUNT, cell_number(evidence->reused));
		section_fact(report, facts, "uncertain", NULL, VALUE_COUNT, cell_number(evidence->uncertain));
	} else {
		text_add(&text, "by path and type, ");
		text_add(&text, diff->same_process ? "as asked: " : "as these are not known to be of one process: ");
		text_add_count(&text, diff->all.after.count - diff->join.new_count);
		text_add(&text, " found again");
		section_fact(report, facts, "same", NULL, VALUE_COUNT,
			     cell_number(diff->all.after.count - diff->join.new_count));
	}
	section_fact(report, facts, "summary", "matched", VALUE_TEXT,
		     report_text(report, text_string(&text), text.length));
}

enum {
	TYPE,
	COUNT_DELTA,
	GROWTH,
	SIZE_DELTA,
	RETAINED_AFTER,
	RETAINED_BEFORE,
	COUNT_BEFORE,
	COUNT_AFTER,
	SIZE_BEFORE,
	SIZE_AFTER,
	NEW,
	GONE,
	SURVIVED
};

/* A column of what is retained: the table has both, or neither. */
static bool is_retained(size_t field)
{
	return field == RETAINED_AFTER || field == RETAINED_BEFORE;
}

static void add_fields(struct report *report, struct section *table, bool retained)
{
	static const struct field fields[] = {
		[TYPE] = {"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		[COUNT_DELTA] = {"count_delta", "objects", VALUE_COUNT_DELTA, RANK_ALWAYS, true},
		[GROWTH] = {"growth", "growth", VALUE_SIZE_DELTA, RANK_ALWAYS, true},
		[SIZE_DELTA] = {"size_delta", "own size", VALUE_SIZE_DELTA, RANK_OFTEN, true},
		/* Sets overlap: what they retain does not add up. */
		[RETAINED_AFTER] = {"retained_after", "retained after", VALUE_SIZE, RANK_OFTEN, false},
		[RETAINED_BEFORE] = {"retained_before", "retained before", VALUE_SIZE, RANK_SELDOM, false},
		[COUNT_BEFORE] = {"count_before", "before", VALUE_COUNT, RANK_SELDOM, true},
		[COUNT_AFTER] = {"count_after", "after", VALUE_COUNT, RANK_SELDOM, true},
		[SIZE_BEFORE] = {"size_before", "size before", VALUE_SIZE, RANK_RARELY, true},
		[SIZE_AFTER] = {"size_after", "size after", VALUE_SIZE, RANK_RARELY, true},
		[NEW] = {"new", "new", VALUE_COUNT, RANK_RARELY, true},
		[GONE] = {"gone", "gone", VALUE_COUNT, RANK_RARELY, true},
		[SURVIVED] = {"survived", "survived", VALUE_COUNT, RANK_RARELY, true},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (retained || !is_retained(i))
			section_field(report, table, &fields[i]);
}

/* `retained`: of the type before and after; NULL: the table has no such columns, or they don't add up. */
static void fill(struct cell *row, const struct diff_total *total, const struct join_total *joined, bool columns,
		 const uint64_t *retained)
{
	const struct cell cells[] = {
		[COUNT_DELTA] = cell_difference(total->before.count, total->after.count),
		[GROWTH] = cell_delta(total->growth),
		[SIZE_DELTA] = cell_difference(total->before.size, total->after.size),
		[RETAINED_AFTER] = retained == NULL ? (struct cell){.present = false} : cell_number(retained[1]),
		[RETAINED_BEFORE] = retained == NULL ? (struct cell){.present = false} : cell_number(retained[0]),
		[COUNT_BEFORE] = cell_number(total->before.count),
		[COUNT_AFTER] = cell_number(total->after.count),
		[SIZE_BEFORE] = cell_number(total->before.size),
		[SIZE_AFTER] = cell_number(total->after.size),
		[NEW] = cell_number(joined->new),
		[GONE] = cell_number(joined->gone),
		[SURVIVED] = cell_number(joined->survived),
	};
	size_t field = COUNT_DELTA;
	for (size_t i = COUNT_DELTA; i < sizeof cells / sizeof *cells; i++)
		if (columns || !is_retained(i))
			row_set(row, field++, cells[i]);
}

static void add_up(struct diff_total *sum, struct join_total *joined, const struct diff *diff, label_id label)
{
	const struct diff_total *total = &diff->totals[label];
	sum->before.count += total->before.count;
	sum->before.size += total->before.size;
	sum->after.count += total->after.count;
	sum->after.size += total->after.size;
	sum->growth = (int64_t)((uint64_t)sum->growth + (uint64_t)total->growth);
	joined->new += diff->join.totals[label].new;
	joined->gone += diff->join.totals[label].gone;
	joined->survived += diff->join.totals[label].survived;
}

/* As many went as came, of the same size: nothing to tell in a list of what changed. */
static bool is_even(const struct diff *diff, label_id label)
{
	const struct diff_total *total = &diff->totals[label];
	return total->growth == 0 && total->before.count == total->after.count &&
	       total->before.size == total->after.size;
}

/* A type that changed, and by enough. */
static bool is_shown(const struct diff *diff, label_id label, const struct diff_selection *selection)
{
	const struct diff_total *total = &diff->totals[label];
	int64_t growth = total->growth, own = delta_of(total->before.size, total->after.size);
	uint64_t least = selection->least;
	bool enough = (growth < 0 ? 0 - (uint64_t)growth : (uint64_t)growth) >= least ||
		      (own < 0 ? 0 - (uint64_t)own : (uint64_t)own) >= least;
	return total_differs(diff, label) && enough && (!selection->only_growth || growth > 0);
}

void diff_report_even(struct report *report, uint64_t count, const char *noun)
{
	if (count > 0)
		report_remark_count(
			report, REMARK_NOTE, count,
			"%s%s with as many objects new as gone, of the same size, %s left out: --sort new shows %s",
			noun, count == 1 ? "" : "s", count == 1 ? "is" : "are", count == 1 ? "it" : "them");
}

static void add_type(struct report *report, struct section *table, const struct diff *diff, label_id label)
{
	bool columns = diff->retained[0] != NULL;
	uint64_t retained[2] = {columns ? diff->retained[0][label] : 0, columns ? diff->retained[1][label] : 0};
	struct cell *row = section_row(report, table);
	row_set(row, TYPE, report_text(report, diff->names.labels[label].name, diff->names.labels[label].length));
	fill(row, &diff->totals[label], &diff->join.totals[label], columns, retained);
}

static struct error *add_rows(struct report *report, const struct diff *diff, const struct diff_selection *selection)
{
	const bool *selected = selection->types;
	uint64_t not_shown = 0, even = 0, unchanged = 0;
	struct section *table = report_section(report, "rows", NULL);
	add_fields(report, table, diff->retained[0] != NULL);
	struct diff_total sum = {0};
	struct join_total joined = {0};
	for (label_id l = 0; l < diff->names.count; l++) {
		if (selected != NULL && !selected[l])
			continue;
		add_up(&sum, &joined, diff, l);
		if (!total_differs(diff, l))
			unchanged += diff->totals[l].after.count > 0;
		else if (!is_shown(diff, l, selection))
			not_shown++;
		else if (selection->uneven && is_even(diff, l))
			even++;
		else
			add_type(report, table, diff, l);
	}
	struct cell *total = section_total(report, table);
	row_set(total, TYPE, report_string(report, selected == NULL ? "all types" : "types that match"));
	fill(total, &sum, &joined, diff->retained[0] != NULL, NULL);
	section_fact(report, report_find(report, "totals"), "types_unchanged", NULL, VALUE_COUNT,
		     cell_number(unchanged));
	if (not_shown > 0)
		report_remark_count(report, REMARK_NOTE, not_shown, "more types changed, but not as asked for");
	diff_report_even(report, even, "type");
	return section_sort(report, table, diff->all.growth < 0 ? "-growth" : "growth");
}

/* Before the verdict: what is missing, and what is not told for that. */
static void say_lacking(struct report *report, const struct diff *diff)
{
	const struct reader *before = diff->before->reader, *after = diff->after->reader;
	enum lacking lacking = lacking_of_both(before, after);
	lacking_remark(report, before, after);
	if (lacking == LACKING_NOTHING)
		return;
	report_remark(report, REMARK_CAUTION, "left out, as these can't be told: %s%s",
		      lacking == LACKING_PARTS ? "where it grew, " : "",
		      lacking_of(before) == LACKING_PARTS ? "new suspects, what C code holds and what is garbage"
							  : "what C code holds and what is garbage");
}

struct error *diff_report(struct report *report, const struct diff *diff, const struct diff_selection *selection)
{
	AUTO(place_names) struct place_names names = {0};
	AUTO(growth_report) struct growth_report places = {0};
	say_lacking(report, diff);
	TRY(growth_report_init(&places, report, diff, &names));
	say_verdict(report, diff, &places, selection->types != NULL);
	TRY(say_holder(report, diff, &places));
	add_snapshots(report, diff);
	add_totals(report, diff);
	TRY(totals_report_add(report, diff));
	add_matching(report, diff);
	if (!lacks_parts(diff))
		TRY(growth_report_add(&places, selection->least));
	TRY(new_suspects_add(report, diff, &names));
	if (!selection->no_rows)
		TRY(add_rows(report, diff, selection));
	if (!selection->no_rows && diff_differs(diff, NULL))
		report_remark(report, REMARK_NOTE,
			      "growth: bytes of new objects and builtins that only they hold, less those gone");
	if (!selection->no_rows && diff->retained_left_out)
		report_remark(report, REMARK_NOTE,
			      "what the types retain is left out, as it takes more than one pass or the memory that is "
			      "left: --retained finds it");
	info_remark_torn(report, diff->before->reader);
	info_remark_torn(report, diff->after->reader);
	identity_remark(report, reader_meta(diff->before->reader), reader_meta(diff->after->reader));
	TRY(identity_remark_script(report, diff->before->reader, diff->after->reader));
	return report_error(report);
}
