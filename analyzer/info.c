/* What is this file: a heap of which process, taken when and how, and can it be trusted to be whole?
 *
 * Meta, roots and losses are as the reader has them; totals by kind and by generation are one pass over four columns.
 */
#include "analyzer/info.h"

#include "analyzer/collector.h"
#include "analyzer/roster.h"
#include "analyzer/types.h"

#include <inttypes.h>
#include <string.h>

#define RANGES_SHOWN 8u /* of those that a core lacks */

/* --- facts ---------------------------------------------------------------------------------------------------------- */

static void fact_text(struct report *report, struct section *section, const char *name, const char *label,
		      const char *value)
{
	section_fact(report, section, name, label, VALUE_TEXT, report_string(report, value));
}

static void fact_number(struct report *report, struct section *section, const char *name, const char *label,
			enum value_kind kind, uint64_t value)
{
	section_fact(report, section, name, label, kind, cell_known(value));
}

static void add_process(struct report *report, const struct snapshot_meta *meta)
{
	struct section *section = report_section(report, "process", "process");
	fact_number(report, section, "pid", "pid", VALUE_NUMBER, meta->pid);
	if (meta->namespace_pid != meta->pid)
		fact_number(report, section, "namespace_pid", "pid in its namespace", VALUE_NUMBER,
			    meta->namespace_pid);
	fact_text(report, section, "command", "command", meta->command);
	fact_text(report, section, "executable", "executable", meta->executable);
	fact_text(report, section, "hostname", "host", meta->hostname);
	fact_number(report, section, "start_time_ns", "started", VALUE_TIME, meta->start_time_ns);
	fact_number(report, section, "start_ticks", NULL, VALUE_NUMBER, meta->start_ticks);
	fact_text(report, section, "boot_id", NULL, meta->boot_id);
	fact_text(report, section, "process_hash", NULL, meta->process_hash);
	fact_text(report, section, "hash_key", NULL, meta->hash_key);
	fact_text(report, section, "hash_key_id", NULL, meta->hash_key_id);
	fact_number(report, section, "threads", "threads", VALUE_COUNT, meta->threads);
	fact_number(report, section, "rss", "RSS", VALUE_SIZE, meta->rss);
	fact_number(report, section, "peak_rss", "peak RSS", VALUE_SIZE, meta->peak_rss);
}

static struct section *add_interpreter(struct report *report, const struct snapshot_meta *meta)
{
	struct section *section = report_section(report, "interpreter", "interpreter");
	fact_text(report, section, "implementation", "implementation", meta->implementation);
	fact_text(report, section, "version", "version", meta->version);
	fact_number(report, section, "version_hex", NULL, VALUE_NUMBER, meta->version_hex);
	fact_text(report, section, "build", "build", meta->build);
	fact_text(report, section, "runtime_path", "runtime", meta->runtime_path);
	fact_text(report, section, "layout", "layout", meta->layout);
	fact_number(report, section, "interpreters", "interpreters", VALUE_COUNT, meta->interpreters);
	fact_text(report, section, "allocator", "allocator", meta->allocator);
	fact_text(report, section, "malloc", "malloc", meta->malloc);
	fact_number(report, section, "malloc_arenas", NULL, VALUE_COUNT, meta->malloc_arenas);
	fact_number(report, section, "malloc_broken", NULL, VALUE_COUNT, meta->malloc_broken);
	return section;
}

static void add_traces(struct report *report, const struct snapshot_meta *meta)
{
	struct section *section = report_section(report, "tracemalloc", "tracemalloc");
	fact_number(report, section, "traced_blocks", "blocks traced", VALUE_COUNT, meta->traced_blocks);
	fact_number(report, section, "traced_bytes", "bytes traced", VALUE_SIZE, meta->traced_bytes);
	fact_number(report, section, "traceback_limit", "frames kept", VALUE_COUNT, meta->traceback_limit);
}

static void add_capture(struct report *report, const struct reader *reader)
{
	const struct snapshot_meta *meta = reader_meta(reader);
	struct section *section = report_section(report, "capture", "capture");
	section_fact(report, section, "complete", "complete", VALUE_BOOL, cell_number(reader_complete(reader)));
	fact_number(report, section, "capture_time_ns", "captured", VALUE_TIME, meta->capture_time_ns);
	fact_text(report, section, "source", "source", meta->source);
	fact_text(report, section, "pause_mode", "pause mode", meta->pause_mode);
	fact_number(report, section, "pause_ns", "pause", VALUE_DURATION, meta->pause_ns);
	fact_number(report, section, "duration_ns", "duration", VALUE_DURATION, meta->duration_ns);
	fact_number(report, section, "pause_total_ns", meta->attempts > 1 ? "all stops" : NULL, VALUE_DURATION,
		    meta->pause_total_ns);
	fact_number(report, section, "attempts", meta->attempts > 1 ? "stops made" : NULL, VALUE_COUNT, meta->attempts);
	fact_number(report, section, "reads_repeated", "readings repeated", VALUE_COUNT, meta->reads_repeated);
	fact_number(report, section, "chunks_changed", "chunks that changed meanwhile", VALUE_COUNT,
		    meta->chunks_changed);
	fact_text(report, section, "ranges_missing", NULL, meta->ranges_missing);
	fact_number(report, section, "series_number", "number in its series", VALUE_COUNT, meta->series_number);
	fact_text(report, section, "memory_source", NULL, meta->memory_source);
	fact_number(report, section, "bytes_read", "memory read", VALUE_SIZE, meta->bytes_read);
	fact_number(report, section, "values_limit", meta->values_limit > 0 ? "value previews" : NULL, VALUE_SIZE,
		    meta->values_limit);
	fact_text(report, section, "program", "captured by", meta->program);
	section_fact(report, section, "file_size", "file", VALUE_SIZE, cell_number(reader_file_size(reader)));
	section_fact(report, section, "format_minor", NULL, VALUE_NUMBER, cell_number(reader_minor(reader)));
}

static void add_totals(struct report *report, const struct reader *reader)
{
	struct snapshot_counts counts = reader_counts(reader);
	struct section *section = report_section(report, "totals", "heap");
	section_fact(report, section, "size", "size", VALUE_SIZE, cell_number(counts.size));
	section_fact(report, section, "objects", "objects", VALUE_COUNT, cell_number(counts.nodes));
	section_fact(report, section, "edges", "references", VALUE_COUNT, cell_number(counts.edges));
	section_fact(report, section, "types", "types", VALUE_COUNT, cell_number(counts.types));
	section_fact(report, section, "roots", "roots", VALUE_COUNT, cell_number(counts.roots));
	section_fact(report, section, "root_edges", NULL, VALUE_COUNT, cell_number(counts.root_edges));
	section_fact(report, section, "strings", NULL, VALUE_COUNT, cell_number(counts.strings));
}

/* --- tables --------------------------------------------------------------------------------------------------------- */

static struct section *add_table(struct report *report, const char *name, const char *title, const struct field *fields,
				 size_t count)
{
	struct section *section = report_section(report, name, title);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}
#define TABLE(report, name, title, fields) add_table(report, name, title, fields, sizeof(fields) / sizeof *(fields))

struct sums {
	struct type_total kinds[KIND_COUNT], generations[GENERATION_COUNT], immortal;
};

static void count_in(struct type_total *total, uint64_t size)
{
	total->count++;
	if (__builtin_add_overflow(total->size, size, &total->size))
		total->size = UINT64_MAX;
}

static void sum_up(const struct graph *graph, const struct type_facts *facts, struct sums *sums)
{
	*sums = (struct sums){0};
	for (node_id i = 0; i < graph->nodes; i++) {
		uint64_t size = graph_size(graph, i);
		count_in(&sums->kinds[facts->kind[graph->type[i]]], size);
		count_in(&sums->generations[graph->generation[i]], size);
		if (graph->flags[i] & OBJECT_IMMORTAL)
			count_in(&sums->immortal, size);
	}
}

static const struct field sum_fields[] = {
	{"name", "", VALUE_TEXT, RANK_ALWAYS, false},        {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
	{"size", "size", VALUE_SIZE, RANK_ALWAYS, true},     {"share", "of all", VALUE_SHARE, RANK_OFTEN, true},
	{"description", "", VALUE_TEXT, RANK_SELDOM, false},
};

static void add_sum(struct report *report, struct section *section, const char *name, const char *description,
		    const struct type_total *total, uint64_t all)
{
	if (total->count == 0)
		return;
	struct cell *row = section_row(report, section);
	row_set(row, 0, report_string(report, name));
	row_set(row, 1, cell_number(total->count));
	row_set(row, 2, cell_number(total->size));
	row_set(row, 3, cell_share_of(total->size, all));
	row_set(row, 4, report_string(report, description));
}

static struct error *add_sums(struct report *report, const struct graph *graph, const struct type_names *names)
{
	static const struct {
		const char *name, *description;
	} generations[GENERATION_COUNT] = {
		[GENERATION_0] = {"0", "new: not yet survived a collection"},
		[GENERATION_1] = {"1", "survived one"},
		[GENERATION_2] = {"2", "survived more"},
		[GENERATION_PERMANENT] = {"permanent", "frozen by gc.freeze()"},
		[GENERATION_UNTRACKED] = {"untracked", "the collector doesn't look at them"},
	};
	uint64_t all = reader_counts(graph->reader).size;
	struct sums sums;
	sum_up(graph, &names->facts[0], &sums);
	struct section *kinds = TABLE(report, "kinds", "by kind", sum_fields);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		add_sum(report, kinds, kind_name((enum kind)kind), kind_description((enum kind)kind), &sums.kinds[kind],
			all);
	struct section *section = TABLE(report, "generations", "by the collector's generation", sum_fields);
	for (int i = 0; i < GENERATION_COUNT; i++)
		add_sum(report, section, generations[i].name, generations[i].description, &sums.generations[i], all);
	struct section *totals = report_find(report, "totals");
	section_fact(report, totals, "immortal", "immortal", VALUE_COUNT, cell_number(sums.immortal.count));
	section_fact(report, totals, "immortal_size", NULL, VALUE_SIZE, cell_number(sums.immortal.size));
	return section_sort(report, kinds, "size");
}

static void add_roots(struct report *report, const struct reader *reader)
{
	static const char *const names[ROOT_KIND_COUNT] =
		{[ROOT_MODULES] = "modules",    [ROOT_BUILTINS] = "builtins", [ROOT_INTERPRETER] = "interpreter",
		 [ROOT_THREAD] = "threads",     [ROOT_FRAME] = "frames",      [ROOT_STATIC_TYPES] = "static types",
		 [ROOT_C_GLOBALS] = "C globals"};
	static const struct field fields[] = {
		{"kind", "", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "roots", VALUE_COUNT, RANK_ALWAYS, true},
		{"references", "references", VALUE_COUNT, RANK_ALWAYS, true},
	};
	const struct root_record *roots = reader_roots(reader);
	const uint64_t *offsets = reader_root_offsets(reader);
	uint64_t count = reader_counts(reader).roots, counts[ROOT_KIND_COUNT] = {0}, edges[ROOT_KIND_COUNT] = {0};
	for (uint64_t r = 0; r < count; r++) {
		counts[roots[r].kind]++;
		edges[roots[r].kind] += offsets[r + 1] - offsets[r];
	}
	struct section *section = TABLE(report, "roots_by_kind", "roots", fields);
	for (int kind = 0; kind < ROOT_KIND_COUNT; kind++) {
		if (counts[kind] == 0)
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, report_string(report, names[kind]));
		row_set(row, 1, cell_number(counts[kind]));
		row_set(row, 2, cell_number(edges[kind]));
	}
}

static void add_losses(struct report *report, const struct reader *reader)
{
	static const struct field fields[] = {
		{"reason", "reason", VALUE_TEXT, RANK_MACHINE, false},
		{"count", "count", VALUE_COUNT, RANK_ALWAYS, true},
		{"partial", "makes it partial", VALUE_BOOL, RANK_OFTEN, false},
		{"description", "what is not in it", VALUE_TEXT, RANK_ALWAYS, false},
	};
	struct section *section = TABLE(report, "losses", "losses", fields);
	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		uint64_t count = reader_loss(reader, (enum loss)loss);
		if (count == 0)
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, report_string(report, loss_name((enum loss)loss)));
		row_set(row, 1, cell_number(count));
		row_set(row, 2, cell_number(loss_is_partial((enum loss)loss)));
		row_set(row, 3, report_string(report, loss_description((enum loss)loss)));
	}
}

/* Of a process that was not stopped, what changed while it was read may contradict itself, unnoticed. */
void info_remark_torn(struct report *report, const struct reader *reader)
{
	uint64_t changed = reader_meta(reader)->chunks_changed;
	AUTO(text) struct text path = {0};
	text_init(&path);
	if (changed == META_ABSENT || changed == 0)
		return;
	text_add_escaped(&path, reader_path(reader), strlen(reader_path(reader)));
	report_remark(report, REMARK_WARNING,
		      "%s was taken without a pause and may be torn: %" PRIu64
		      " chunk%s of 64 KiB changed while the memory was read, so objects and references there may be of "
		      "different moments",
		      text_string(&path), changed, changed == 1 ? "" : "s");
}

void info_print_losses(const struct reader *reader, struct text *text)
{
	const char *before = ": ";
	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		uint64_t count = reader_loss(reader, (enum loss)loss);
		if (count == 0 || !loss_is_partial((enum loss)loss))
			continue;
		text_printf(text, "%s%s (", before, loss_description((enum loss)loss));
		text_add_count(text, count);
		text_add(text, ")");
		before = ", ";
	}
}

void info_remark_losses(struct report *report, const struct reader *reader)
{
	AUTO(text) struct text path = {0}, losses = {0};
	text_init(&path);
	text_init(&losses);
	info_remark_torn(report, reader);
	if (reader_complete(reader))
		return;
	text_add_escaped(&path, reader_path(reader), strlen(reader_path(reader)));
	info_print_losses(reader, &losses);
	report_remark(report, REMARK_WARNING, "%s is partial%s", text_string(&path), text_string(&losses));
}

/* The first of the addresses that the core lacks. */
static void remark_ranges(struct report *report, const struct reader *reader)
{
	const char *ranges = reader_meta(reader)->ranges_missing, *end = ranges;
	if (ranges == NULL || *ranges == '\0')
		return;
	for (size_t i = 0; i < RANGES_SHOWN && *end != '\0'; i++)
		end += strcspn(end + 1, " ") + 1;
	AUTO(text) struct text shown;
	text_init(&shown);
	text_add_escaped(&shown, ranges, (size_t)(end - ranges));
	report_remark(report, REMARK_NOTE, "the core lacks these addresses: %s%s", text_string(&shown),
		      *end != '\0' ? " and more; --json lists them" : "");
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static void say_verdict(struct report *report, const struct reader *reader)
{
	const struct snapshot_meta *meta = reader_meta(reader);
	struct snapshot_counts counts = reader_counts(reader);
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, counts.nodes);
	text_add(&text, counts.nodes == 1 ? " object, " : " objects, ");
	text_add_size(&text, counts.size, report->unit);
	if (meta->command != NULL) {
		text_add(&text, ", of ");
		text_add_escaped(&text, meta->command, strlen(meta->command));
	}
	if (meta->pid != META_ABSENT)
		text_printf(&text, " (pid %" PRIu64 ")", meta->pid);
	report_set_verdict(report, &text);
}

struct error *info_report(struct report *report, const struct graph *graph, const struct type_names *names,
			  bool modules)
{
	struct reader *reader = graph->reader;
	const struct snapshot_meta *meta = reader_meta(reader);
	say_verdict(report, reader);
	add_capture(report, reader);
	add_losses(report, reader);
	add_process(report, meta);
	struct section *interpreter = add_interpreter(report, meta);
	TRY(roster_count_modules(report, interpreter, reader));
	TRY(roster_interpreters(report, reader));
	add_traces(report, meta);
	add_totals(report, reader);
	TRY(add_sums(report, graph, names));
	collector_report(report, meta);
	add_roots(report, reader);
	TRY(roster_threads(report, reader));
	if (modules)
		TRY(roster_modules(report, reader));
	info_remark_losses(report, reader);
	remark_ranges(report, reader);
	if (meta->values_limit != META_ABSENT && meta->values_limit > 0)
		report_remark(report, REMARK_WARNING,
			      "it holds values of the program's data, up to %" PRIu64
			      " bytes of each; heapdiff redact takes them out",
			      meta->values_limit);
	return report_error(report);
}
