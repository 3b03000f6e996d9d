/* Tasks: fields of the C class under every layout, which names are the program's own, and states that are none. */
#include "tests/test.h"

#include "base/arena.h"
#include "dumper/tasks.h"
#include "tests/dumper/help_world.h"

#define TASK_SIZE 256

static int64_t field_offset(const struct layout *layout, const char *name)
{
	for (const struct layout_field *field = layout->fields; field->type != NULL; field++)
		if (strcmp(field->type, "_asyncio.Task") == 0 && strcmp(field->name, name) == 0)
			return field->offset;
	cr_assert(false, "%s: a task has no %s", layout->name, name);
	return 0;
}

struct bench {
	struct world *world;
	struct arena arena;
	struct tasks tasks;
	uint64_t type, task;
};

static void bench_init(struct bench *bench, const struct layout *layout)
{
	*bench = (struct bench){.world = world_create(layout)};
	arena_init(&bench->arena);
	bench->type = world_type(bench->world, "_asyncio.Task", bench->world->object, WORLD_GC, TASK_SIZE, 0);
	bench->task = world_object(bench->world, bench->type, TASK_SIZE);
}

static void bench_deinit(struct bench *bench)
{
	tasks_deinit(&bench->tasks);
	arena_deinit(&bench->arena);
	world_destroy(bench->world);
}
DEFINE_AUTO_VALUE(bench, struct bench, bench_deinit);

static void set(struct bench *bench, const char *name, uint64_t value)
{
	world_word(bench->world, bench->task, field_offset(bench->world->layout, name), value);
}

static const struct found_task *collect(struct bench *bench)
{
	world_open(bench->world);
	assert_ok(tasks_collect(&bench->world->decoder, bench->task, &bench->arena, &bench->tasks));
	return bench->tasks.list.count > 0 ? &bench->tasks.list.items[0] : NULL;
}

HEAP_TEST(tasks, have_what_they_run_and_wait_for)
{
	EACH_LAYOUT(layout)
	{
		AUTO(bench) struct bench bench;
		const struct found_task *task;
		uint64_t coroutine, future, context;

		bench_init(&bench, layout);
		coroutine = world_list(bench.world, 0);
		future = world_list(bench.world, 0);
		context = world_list(bench.world, 0);
		set(&bench, "_coro", coroutine);
		set(&bench, "_fut_waiter", future);
		set(&bench, "task_context", context);
		set(&bench, "_loop", bench.world->none);
		set(&bench, "task_name", world_str(bench.world, "Task-12"));
		task = collect(&bench);
		cr_assert_not_null(task, "%s", layout->name);
		cr_assert(task->coroutine == coroutine && task->waits_for == future && task->context == context, "%s",
			  layout->name);
		cr_assert_eq(task->loop, 0, "None is nothing");
		cr_assert_str_eq(task->state, "pending");
		cr_assert_str_eq(task->name, "Task-12");
		cr_assert(!task->given);
	}
}

HEAP_TEST(tasks, are_named_by_asyncio_by_the_source_or_by_data)
{
	static const struct {
		const char *name;
		bool given;
	} names[] = {{"Task-", true}, {"Task-1x", true}, {"Task-7", false}, {"alice@example.com", true}};

	EACH_LAYOUT(layout)
	{
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			AUTO(bench) struct bench bench;

			bench_init(&bench, layout);
			set(&bench, "task_name", world_str(bench.world, names[i].name));
			cr_assert_eq(collect(&bench)->given, names[i].given, "%s: %s", layout->name, names[i].name);
		}
		AUTO(bench) struct bench number;

		bench_init(&number, layout);
		set(&number, "task_name", world_int(number.world, 33));
		cr_assert_str_eq(collect(&number)->name, "Task-33", "a number stands for asyncio's own");
		cr_assert(!number.tasks.list.items[0].given);
	}
}

HEAP_TEST(tasks, survive_rubbish)
{
	EACH_LAYOUT(layout)
	{
		AUTO(bench) struct bench bench;
		const struct found_task *task;

		bench_init(&bench, layout);
		image_u32(bench.world->image, bench.task + (uint64_t)layout->future_state, 77);
		set(&bench, "_coro", WORLD_UNMAPPED);
		set(&bench, "_loop", bench.task);
		set(&bench, "task_name", bench.world->none);
		task = collect(&bench);
		cr_assert(task->state == NULL && task->name == NULL && task->coroutine == 0, "%s", layout->name);
		cr_assert_eq(task->thread, 0);
	}
}
