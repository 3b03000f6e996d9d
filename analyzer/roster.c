/* Who was in the process: which threads, where in the program, by which names; which interpreters; which modules?
 *
 * Where a thread is the roots say, in every snapshot: each call of its stack is one. What it is called stands in a
 * relation, which older snapshots lack.
 */
#include "analyzer/roster.h"

#include <inttypes.h>

static struct section *add_table(struct report *report, const char *name, const char *title, const struct field *fields,
				 size_t count)
{
	struct section *section = report_section(report, name, title);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}
#define TABLE(report, name, title, fields) add_table(report, name, title, fields, sizeof(fields) / sizeof *(fields))

static struct cell string_cell(struct report *report, const struct reader *reader, string_id id)
{
	size_t length;
	const char *bytes = reader_string(reader, id, &length);
	return length == 0 ? (struct cell){.present = false} : report_text(report, bytes, length);
}

/* --- threads ----------------------------------------------------------------------------------------------------- */

enum {
	THREAD_ID,
	THREAD_NAME,
	THREAD_DEPTH,
	THREAD_FUNCTION,
	THREAD_PLACE,
	THREAD_FRAMES,
	THREAD_COMMAND,
	THREAD_DAEMON,
	THREAD_MAIN,
	THREAD_INTERPRETER
};

static struct section *thread_table(struct report *report)
{
	static const struct field fields[] = {
		[THREAD_ID] = {"thread", "thread", VALUE_NUMBER, RANK_ALWAYS, false},
		[THREAD_NAME] = {"name", "name", VALUE_TEXT, RANK_ALWAYS, false},
		[THREAD_DEPTH] = {"depth", "depth", VALUE_NUMBER, RANK_MACHINE, false},
		[THREAD_FUNCTION] = {"function", "runs", VALUE_TEXT, RANK_ALWAYS, false},
		[THREAD_PLACE] = {"place", "at", VALUE_TEXT, RANK_ALWAYS, false},
		[THREAD_FRAMES] = {"frames", "frames", VALUE_COUNT, RANK_SELDOM, false},
		[THREAD_COMMAND] = {"command", "to the kernel", VALUE_TEXT, RANK_MACHINE, false},
		[THREAD_DAEMON] = {"daemon", "daemon", VALUE_BOOL, RANK_SELDOM, false},
		[THREAD_MAIN] = {"main", "main", VALUE_BOOL, RANK_MACHINE, false},
		[THREAD_INTERPRETER] = {"interpreter", "interpreter", VALUE_NUMBER, RANK_MACHINE, false},
	};
	return TABLE(report, "threads", "threads, each with its innermost frame", fields);
}

static struct cell place_of(struct report *report, const struct reader *reader, const struct root_record *frame)
{
	size_t length;
	const char *file = reader_string(reader, frame->file, &length);
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_bytes(&text, file, length);
	if (length > 0 && frame->line > 0)
		text_printf(&text, ":%" PRIu64, frame->line);
	return length == 0 ? (struct cell){.present = false} : report_text(report, text_string(&text), text.length);
}

static void set_frames(struct report *report, const struct reader *reader, uint64_t root, struct cell *row)
{
	const struct root_record *roots = reader_roots(reader);
	uint64_t end = root + 1;
	/* A thread's frames follow one another. */
	while (end < reader_counts(reader).roots && roots[end].kind == ROOT_FRAME && roots[end].depth > 0 &&
	       roots[end].thread == roots[root].thread)
		end++;
	row_set(row, THREAD_DEPTH, cell_number(roots[root].depth));
	row_set(row, THREAD_FUNCTION, string_cell(report, reader, roots[root].function));
	row_set(row, THREAD_PLACE, place_of(report, reader, &roots[root]));
	row_set(row, THREAD_FRAMES, cell_number(end - root));
}

static void set_names(struct report *report, const struct reader *reader, const struct thread_row *thread,
		      struct cell *row)
{
	row_set(row, THREAD_NAME, string_cell(report, reader, thread->name));
	row_set(row, THREAD_COMMAND, string_cell(report, reader, thread->command));
	row_set(row, THREAD_DAEMON, cell_number(thread->daemon != 0));
	row_set(row, THREAD_MAIN, cell_number(thread->main != 0));
	row_set(row, THREAD_INTERPRETER, cell_number(thread->interpreter));
}

/* The thread that a frame is of, by its number; `taken`: those that have a row already. */
static const struct thread_row *find_thread(const struct thread_row *threads, size_t count,
					    const struct root_record *frame, bool *taken)
{
	for (size_t i = 0; i < count; i++) {
		if (taken[i] || threads[i].native_id != frame->thread || threads[i].interpreter != frame->interpreter)
			continue;
		taken[i] = true;
		return &threads[i];
	}
	return NULL;
}

struct error *roster_threads(struct report *report, struct reader *reader)
{
	const struct root_record *roots = reader_roots(reader);
	const struct thread_row *threads;
	size_t count;
	TRY(reader_threads(reader, &threads, &count));
	bool *taken = arena_alloc(&report->arena, count + 1);
	if (taken == NULL)
		return error_memory();
	struct section *section = thread_table(report);
	for (uint64_t r = 0; r < reader_counts(reader).roots; r++) {
		if (roots[r].kind != ROOT_FRAME || roots[r].depth != 0)
			continue;
		const struct thread_row *thread = find_thread(threads, count, &roots[r], taken);
		struct cell *row = section_row(report, section);
		row_set(row, THREAD_ID, cell_number(roots[r].thread));
		set_frames(report, reader, r, row);
		if (thread != NULL)
			set_names(report, reader, thread, row);
	}
	for (size_t i = 0; i < count; i++) { /* that run no Python call */
		if (taken[i])
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, THREAD_ID, cell_number(threads[i].native_id));
		set_names(report, reader, &threads[i], row);
	}
	return NULL;
}

/* --- interpreters and modules ------------------------------------------------------------------------------------ */

struct error *roster_interpreters(struct report *report, struct reader *reader)
{
	static const struct field fields[] = {
		{"interpreter", "interpreter", VALUE_NUMBER, RANK_ALWAYS, false},
		{"threads", "threads", VALUE_COUNT, RANK_ALWAYS, true},
		{"modules", "modules", VALUE_COUNT, RANK_ALWAYS, true},
		{"gc_enabled", "collects", VALUE_BOOL, RANK_OFTEN, false},
		{"generation0", "generation 0", VALUE_COUNT, RANK_OFTEN, true},
		{"generation1", "1", VALUE_COUNT, RANK_OFTEN, true},
		{"generation2", "2", VALUE_COUNT, RANK_ALWAYS, true},
		{"permanent", "permanent", VALUE_COUNT, RANK_SELDOM, true},
	};
	const struct interpreter_row *rows;
	size_t count;
	TRY(reader_interpreters(reader, &rows, &count));
	if (count < 2)
		return NULL;
	struct section *section =
		TABLE(report, "interpreters", "interpreters, with the objects on their collectors' lists", fields);
	for (size_t i = 0; i < count; i++) {
		const uint64_t values[] = {rows[i].id,          rows[i].threads,
					   rows[i].modules,     rows[i].gc_enabled != 0,
					   rows[i].generation0, rows[i].generation1,
					   rows[i].generation2, rows[i].permanent};
		struct cell *row = section_row(report, section);
		for (size_t f = 0; f < sizeof values / sizeof *values; f++)
			row_set(row, f, cell_number(values[f]));
	}
	return NULL;
}

static void add_modules(struct report *report, const struct reader *reader, const struct module_row *rows, size_t count)
{
	static const struct field fields[] = {
		{"module", "module", VALUE_TEXT, RANK_ALWAYS, false},
		{"version", "version", VALUE_TEXT, RANK_ALWAYS, false},
		{"file", "file", VALUE_TEXT, RANK_ALWAYS, false},
		{"build_id", "build-id", VALUE_TEXT, RANK_SELDOM, false},
		{"interpreter", "interpreter", VALUE_NUMBER, RANK_MACHINE, false},
		{"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
	};
	struct section *section = TABLE(report, "modules", "modules", fields);
	for (size_t i = 0; i < count; i++) {
		struct cell *row = section_row(report, section);
		row_set(row, 0, string_cell(report, reader, rows[i].name));
		row_set(row, 1, string_cell(report, reader, rows[i].version));
		row_set(row, 2, string_cell(report, reader, rows[i].file));
		row_set(row, 3, string_cell(report, reader, rows[i].build_id));
		row_set(row, 4, cell_number(rows[i].interpreter));
		if (rows[i].node != NO_ID)
			row_set(row, 5, cell_number(rows[i].node));
	}
}

struct error *roster_count_modules(struct report *report, struct section *facts, struct reader *reader)
{
	const struct module_row *rows;
	size_t count, extensions = 0;
	TRY(reader_modules(reader, &rows, &count));
	for (size_t i = 0; i < count; i++)
		extensions += rows[i].build_id != NO_ID;
	if (count == 0)
		return NULL;
	section_fact(report, facts, "modules", "modules", VALUE_COUNT, cell_number(count));
	section_fact(report, facts, "extensions", "C extensions", VALUE_COUNT, cell_number(extensions));
	return NULL;
}

struct error *roster_modules(struct report *report, struct reader *reader)
{
	const struct module_row *rows;
	size_t count;
	TRY(reader_modules(reader, &rows, &count));
	if (count == 0)
		report_remark(
			report, REMARK_NOTE,
			"the snapshot tells of no modules: an older heapdump wrote it, or they could not be read");
	add_modules(report, reader, rows, count);
	return section_sort(report, report_find(report, "modules"), "module");
}
