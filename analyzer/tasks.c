/* What does each task run, where does it stand, and for what does it wait?
 *
 * A task's coroutine is a suspended call; the calls that it waits for, one after the other, are its stack. Cost: a
 * few look-ups for each task and each call of its stack.
 */
#include "analyzer/tasks.h"

#include "analyzer/suspended.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIELD_TASK,
	FIELD_STATE,
	FIELD_WAITS_FOR,
	FIELD_STACK,
	FIELD_PLACE,
	FIELD_RETAINED,
	FIELD_OBJECT,
	FIELD_THREAD,
	FIELD_ID,
	FIELD_WAITS_FOR_ID,
	FIELD_COROUTINE_ID,
	FIELD_DEPTH
};

struct listing {
	struct report *report;
	struct reader *reader;
	struct section *table;
	struct object_lookup *lookup;
	const struct retention *retention;
	struct suspended calls;
	const struct task_row *tasks;
	const struct thread_row *threads;
	size_t count, thread_count;
	struct map by_node; /* of a task: its row */
	struct value_rows values;
	uint32_t values_chunk; /* NO_ID: none yet */
};

static void listing_deinit(struct listing *listing)
{
	suspended_deinit(&listing->calls);
	map_deinit(&listing->by_node);
	value_rows_deinit(&listing->values);
}
DEFINE_AUTO_VALUE(listing, struct listing, listing_deinit);

static void add_fields(struct listing *listing)
{
	static const struct field fields[] = {
		[FIELD_TASK] = {"task", "task", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_STATE] = {"state", "state", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_WAITS_FOR] = {"waits_for", "waits for", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_STACK] = {"stack", "runs", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_PLACE] = {"place", "at", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_OBJECT] = {"object", "object", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_THREAD] = {"thread", "thread", VALUE_NUMBER, RANK_SELDOM, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_WAITS_FOR_ID] = {"waits_for_id", "waits_for_id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_COROUTINE_ID] = {"coroutine_id", "coroutine_id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_DEPTH] = {"depth", "calls", VALUE_COUNT, RANK_MACHINE, false},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(listing->report, listing->table, &fields[i]);
}

static struct cell string_cell(const struct listing *listing, string_id id)
{
	size_t length;
	const char *bytes = reader_string(listing->reader, id, &length);
	return length == 0 ? (struct cell){.present = false} : report_text(listing->report, bytes, length);
}

/* All that is printed of other objects is read in the order of the file. */
static struct error *gather(const struct listing *listing)
{
	VECTOR(node_id) nodes = {0};
	struct error *error = NULL;
	for (size_t i = 0; error == NULL && i < listing->count; i++) {
		if (listing->tasks[i].node != NO_ID)
			error = vector_push(&nodes, listing->tasks[i].node);
		if (error == NULL && listing->tasks[i].waits_for != NO_ID)
			error = vector_push(&nodes, listing->tasks[i].waits_for);
	}
	if (error == NULL)
		error = object_lookup_gather(listing->lookup, nodes.items, nodes.count);
	vector_deinit(&nodes);
	return error;
}

/* The functions from the coroutine to the innermost call, and where that one stands. */
static struct error *set_stack(const struct listing *listing, const struct task_row *task, struct cell *row)
{
	const struct suspension_row *first = suspended_find(&listing->calls, task->coroutine);
	const struct suspension_row *call = first, *innermost = first;
	AUTO(text) struct text stack = {0}, place = {0};
	text_init(&stack);
	text_init(&place);
	uint32_t depth = 0;
	for (; call != NULL && depth < SUSPENDED_DEPTH;) {
		size_t length;
		const char *name = reader_string(listing->reader, call->function, &length);
		text_add(&stack, depth > 0 ? " > " : "");
		text_add_bytes(&stack, length > 0 ? name : "?", length > 0 ? length : 1);
		innermost = call;
		depth++;
		call = suspended_next(&listing->calls, call);
		if (call == first)
			break;
	}
	if (innermost != NULL)
		suspended_print_place(&listing->calls, innermost, &place);
	TRY(text_error(&stack));
	TRY(text_error(&place));
	if (depth > 0)
		row_set(row, FIELD_STACK, report_text(listing->report, text_string(&stack), stack.length));
	if (place.length > 0)
		row_set(row, FIELD_PLACE, report_text(listing->report, text_string(&place), place.length));
	row_set(row, FIELD_DEPTH, cell_number(depth));
	return NULL;
}

static struct error *set_object(const struct listing *listing, struct cell *row, size_t field, node_id node)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(object_lookup_print(listing->lookup, node, &text));
	TRY(text_error(&text));
	row_set(row, field, report_text(listing->report, text_string(&text), text.length));
	return NULL;
}

/* Another task by its name, where it has one. */
static struct error *set_waits_for(const struct listing *listing, struct cell *row, node_id node)
{
	uint32_t other;
	row_set(row, FIELD_WAITS_FOR_ID, cell_number(node));
	if (map_find(&listing->by_node, node, &other) && listing->tasks[other].name != NO_ID) {
		row_set(row, FIELD_WAITS_FOR, string_cell(listing, listing->tasks[other].name));
		return NULL;
	}
	return set_object(listing, row, FIELD_WAITS_FOR, node);
}

/* A name that the program made from data is the preview of a str, where the capture was asked to keep such. */
static struct error *set_name(struct listing *listing, const struct task_row *task, struct cell *row)
{
	const struct value_rows *values = &listing->values;
	row_set(row, FIELD_TASK, string_cell(listing, task->name));
	if (task->name != NO_ID || task->given_name == NO_ID)
		return NULL;
	uint32_t at = task->given_name % CHUNK_OBJECTS, chunk = task->given_name / CHUNK_OBJECTS;
	if (chunk != listing->values_chunk) {
		value_rows_deinit(&listing->values);
		listing->values = (struct value_rows){0};
		listing->values_chunk = NO_ID;
		TRY(reader_values(listing->reader, chunk, &listing->values));
		listing->values_chunk = chunk;
	}
	if (at < values->count && values->present[at])
		row_set(row, FIELD_TASK,
			report_text(listing->report, (const char *)values->bytes + values->starts[at],
				    values->starts[at + 1] - values->starts[at]));
	return NULL;
}

static struct error *add_row(struct listing *listing, const struct task_row *task)
{
	struct cell *row = section_row(listing->report, listing->table);
	TRY(set_name(listing, task, row));
	row_set(row, FIELD_STATE, string_cell(listing, task->state));
	TRY(set_stack(listing, task, row));
	if (task->waits_for != NO_ID)
		TRY(set_waits_for(listing, row, task->waits_for));
	if (task->coroutine != NO_ID)
		row_set(row, FIELD_COROUTINE_ID, cell_number(task->coroutine));
	if (task->thread != NO_ID)
		row_set(row, FIELD_THREAD, cell_number(listing->threads[task->thread].native_id));
	if (task->node == NO_ID)
		return NULL;
	row_set(row, FIELD_ID, cell_number(task->node));
	if (listing->retention != NULL)
		row_set(row, FIELD_RETAINED, cell_number(retention_size(listing->retention, task->node)));
	return set_object(listing, row, FIELD_OBJECT, task->node);
}

/* How many are in which state; without tasks, why. */
static struct error *say(const struct listing *listing)
{
	static const char *const states[] = {"pending", "done", "cancelled"};
	uint64_t counts[sizeof states / sizeof *states] = {0};
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (size_t i = 0; i < listing->count; i++)
		for (size_t s = 0; s < sizeof states / sizeof *states; s++)
			counts[s] +=
				strcmp(reader_string(listing->reader, listing->tasks[i].state, NULL), states[s]) == 0;
	text_add_count(&text, listing->count);
	text_printf(&text, " task%s", listing->count == 1 ? "" : "s");
	const char *before = ": ";
	for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
		if (counts[s] == 0)
			continue;
		text_add(&text, before);
		text_add_count(&text, counts[s]);
		text_printf(&text, " %s", states[s]);
		before = ", ";
	}
	report_set_verdict(listing->report, &text);
	if (listing->count == 0)
		report_remark(listing->report, REMARK_NOTE,
			      "the process had no asyncio tasks, or an older heapdump wrote the snapshot");
	return text_error(&text);
}

struct error *tasks_report(struct report *report, struct object_lookup *lookup, const struct retention *retention)
{
	AUTO(listing)
	struct listing listing = {.report = report,
				  .values_chunk = NO_ID,
				  .reader = lookup->reader,
				  .lookup = lookup,
				  .retention = retention};
	map_init(&listing.by_node);
	TRY(suspended_init(&listing.calls, lookup->reader));
	TRY(reader_tasks(lookup->reader, &listing.tasks, &listing.count));
	TRY(reader_threads(lookup->reader, &listing.threads, &listing.thread_count));
	for (size_t i = 0; i < listing.count; i++)
		if (listing.tasks[i].node != NO_ID)
			TRY(map_put(&listing.by_node, listing.tasks[i].node, (uint32_t)i));
	TRY(gather(&listing));
	listing.table = report_section(report, "rows", NULL);
	add_fields(&listing);
	for (size_t i = 0; i < listing.count; i++)
		TRY(add_row(&listing, &listing.tasks[i]));
	return say(&listing);
}
