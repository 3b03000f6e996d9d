/* What does asyncio have in hand: which coroutine does each task run, and what does it wait for?
 *
 * A task of the C module has its fields where the layout says, one of the Python class in its attributes; a class
 * that derives from either has them there too. A task is found as any object is: asyncio's own lists of them differ
 * in every version and are not needed. Tasks are named by asyncio (Task-1), or by the program, often after what it
 * works on; such a name is data, unless it stands in the source: then the compiler has interned it. Cost: some
 * look-ups for each task.
 */
#include "dumper/tasks.h"

#include "dumper/emit.h"
#include "dumper/lookup.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_BYTES 256
#define STATE_BYTES 16

void tasks_deinit(struct tasks *tasks)
{
	vector_deinit(&tasks->list);
}

/* None is nothing. */
static struct error *find(struct decoder *decoder, uint64_t task, const char *name, uint64_t *result)
{
	const struct type *type;

	TRY(lookup_child(decoder, task, false, name, result));
	TRY(lookup_type(decoder, *result, &type));
	if (type == NULL || strcmp(type->name, "NoneType") == 0)
		*result = 0;
	return NULL;
}

static bool is_default_name(const char *name)
{
	static const char prefix[] = "Task-";
	const char *number = name + sizeof prefix - 1;

	return strncmp(name, prefix, sizeof prefix - 1) == 0 && *number != '\0' &&
	       number[strspn(number, "0123456789")] == '\0';
}

static bool is_interned(struct decoder *decoder, uint64_t address)
{
	const struct layout *layout = decoder->layout;
	uint32_t state = mirror_u32(decoder->mirror, address + (uint64_t)layout->unicode_state);

	return (state & ((1u << layout->unicode_interned_bits) - 1)) != 0;
}

/* A number, where nobody asked for the name yet, stands for asyncio's own. */
static struct error *read_name(struct decoder *decoder, uint64_t address, struct arena *arena, struct found_task *task)
{
	char text[NAME_BYTES];
	uint64_t number = 0;
	const struct type *type;
	size_t length;
	bool counted;

	TRY(lookup_number(decoder, address, &number, &counted));
	if (counted) {
		length = (size_t)snprintf(text, sizeof text, "Task-%" PRIu64, number);
	} else {
		TRY(lookup_type(decoder, address, &type));
		if (type == NULL || type->decoder != DECODE_STR ||
		    !decode_text(decoder, address, text, sizeof text, &length))
			return NULL;
		task->name_object = address;
		task->given = !is_default_name(text) && !is_interned(decoder, address);
	}
	task->name = arena_copy(arena, text, length);
	return task->name == NULL ? error_memory() : NULL;
}

/* What a task has not been given yet, its class has: it is pending. */
static struct error *read_python_state(struct decoder *decoder, uint64_t address, struct found_task *task)
{
	char text[STATE_BYTES];
	size_t length;

	if (address == 0)
		task->state = "pending";
	if (address == 0 || !decode_text(decoder, address, text, sizeof text, &length))
		return NULL;
	task->state = strcmp(text, "PENDING") == 0     ? "pending"
		      : strcmp(text, "CANCELLED") == 0 ? "cancelled"
		      : strcmp(text, "FINISHED") == 0  ? "done"
						       : NULL;
	return NULL;
}

static const char *read_c_state(struct decoder *decoder, uint64_t address)
{
	static const char *const states[] = {"pending", "cancelled", "done"};
	uint32_t state = mirror_u32(decoder->mirror, address + (uint64_t)decoder->layout->future_state);

	return state < 3 ? states[state] : NULL;
}

static bool is_c(const struct decoder *decoder, const struct type *type)
{
	for (int step = 0; type != NULL && step < 64; step++) {
		if (strcmp(type->name, "_asyncio.Task") == 0)
			return true;
		type = type->base != UINT32_MAX ? type_table_at(decoder->types, type->base) : NULL;
	}
	return false;
}

static struct error *read_loop(struct decoder *decoder, struct found_task *task)
{
	uint64_t ident, value = 0;
	bool found;

	TRY(find(decoder, task->address, "_loop", &task->loop));
	TRY(find(decoder, task->loop, "_thread_id", &ident));
	TRY(lookup_number(decoder, ident, &value, &found));
	task->thread = found ? value : 0;
	return NULL;
}

struct error *tasks_collect(struct decoder *decoder, uint64_t address, struct arena *arena, struct tasks *tasks)
{
	struct found_task task = {.address = address};
	const struct type *type;
	uint64_t name, state;
	bool c;

	TRY(lookup_type(decoder, address, &type));
	if (type == NULL || !type->task)
		return NULL;
	c = is_c(decoder, type);
	TRY(find(decoder, address, c ? "task_name" : "_name", &name));
	TRY(read_name(decoder, name, arena, &task));
	if (c) {
		task.state = read_c_state(decoder, address);
	} else {
		TRY(find(decoder, address, "_state", &state));
		TRY(read_python_state(decoder, state, &task));
	}
	TRY(find(decoder, address, "_coro", &task.coroutine));
	TRY(find(decoder, address, "_fut_waiter", &task.waits_for));
	TRY(find(decoder, address, c ? "task_context" : "_context", &task.context));
	TRY(read_loop(decoder, &task));
	return vector_push(&tasks->list, task);
}

/* The number of the row of the thread with that ident; NO_ID: none. */
static uint32_t thread_row(const struct threads *threads, uint64_t ident)
{
	for (size_t i = 0; ident != 0 && i < threads->list.count; i++)
		if (threads->list.items[i].ident == ident)
			return (uint32_t)i;
	return NO_ID;
}

struct error *tasks_emit(const struct tasks *tasks, const struct threads *threads, const struct marks *marks,
			 struct writer *writer)
{
	for (size_t i = 0; i < tasks->list.count; i++) {
		const struct found_task *task = &tasks->list.items[i];
		struct task_row row = {.node = emit_node(marks, task->address),
				       .name = NO_ID,
				       .given_name = task->given ? emit_node(marks, task->name_object) : NO_ID,
				       .coroutine = emit_node(marks, task->coroutine),
				       .waits_for = emit_node(marks, task->waits_for),
				       .loop = emit_node(marks, task->loop),
				       .context = emit_node(marks, task->context),
				       .thread = thread_row(threads, task->thread)};

		if (!task->given)
			TRY(emit_text(writer, task->name, &row.name));
		TRY(emit_text(writer, task->state, &row.state));
		TRY(writer_tasks(writer, &row));
	}
	return NULL;
}
