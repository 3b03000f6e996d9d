/* A series' captures are made at their moments and no others, and what ends it is told from what doesn't. */
#include "tests/test.h"

#include "dumper/series.h"

#define CAPTURES_MAX 32
#define STARTED UINT64_C(1000)

/* A clock that only goes on when somebody waits or captures, and a process with a fate. */
struct world {
	uint64_t now;
	uint64_t ends;                      /* when the process does; 0: never */
	uint64_t interrupted;               /* when the signal comes; 0: never */
	uint64_t duration[CAPTURES_MAX];    /* of each capture, from number 1 */
	enum error_code code[CAPTURES_MAX]; /* that it fails with; 0: not */
	bool partial[CAPTURES_MAX];
	uint64_t taken[CAPTURES_MAX]; /* when each was begun */
	uint64_t captures, failed, skipped;
};

static uint64_t world_now(void *context)
{
	return ((struct world *)context)->now;
}

static bool has_passed(const struct world *world, uint64_t moment)
{
	return moment != 0 && world->now >= moment;
}

static uint64_t sooner(uint64_t until, uint64_t moment)
{
	return moment != 0 && moment < until ? moment : until;
}

static struct error *world_wait(void *context, uint64_t until, bool *ended)
{
	struct world *world = context;
	until = sooner(sooner(until, world->ends), world->interrupted);
	if (world->now < until)
		world->now = until;
	if (has_passed(world, world->interrupted))
		return error_create(ERROR_INTERRUPTED, "a signal");
	*ended = has_passed(world, world->ends);
	return NULL;
}

static struct error *world_take(void *context, uint64_t number, bool *complete)
{
	struct world *world = context;
	cr_assert_lt(number, CAPTURES_MAX);
	cr_assert_eq(number, ++world->captures, "numbers go up by one");
	world->taken[number] = world->now;
	world->now += world->duration[number];
	if (world->code[number] != 0)
		return error_create(world->code[number], "capture %d", (int)number);
	*complete = !world->partial[number];
	return NULL;
}

static void world_failed(void *context, uint64_t number, const struct error *error)
{
	struct world *world = context;
	cr_assert_eq(number, world->captures);
	cr_assert_eq(error->code, world->code[number]);
	world->failed++;
}

static void world_skipped(void *context, uint64_t moments)
{
	((struct world *)context)->skipped += moments;
}

static struct error *run(struct world *world, uint64_t every, uint64_t count, struct series_result *result)
{
	static const struct series_operations operations = {.now = world_now,
							    .wait = world_wait,
							    .take = world_take,
							    .failed = world_failed,
							    .skipped = world_skipped};
	const struct series_plan plan = {.every_ns = every, .count = count};
	world->now = STARTED;
	struct error *error = series_run(&plan, &operations, world, result);
	cr_assert_eq(result->failed, world->failed, "each failure is told");
	cr_assert_eq(result->skipped, world->skipped, "each skipped moment is told");
	return error;
}

HEAP_TEST(series, keeps_its_moments)
{
	struct world world = {.duration = {0, 30, 99, 100, 1, 70}};
	struct series_result result;
	assert_ok(run(&world, 100, 6, &result));
	for (uint64_t number = 1; number <= 6; number++)
		cr_assert_eq(world.taken[number], STARTED + (number - 1) * 100, "capture %d", (int)number);
	cr_assert_eq(world.captures, 6);
	cr_assert_eq(result.written, 6);
	cr_assert_eq(result.partial + result.failed + result.skipped, 0);
	cr_assert_not(result.ended);
	cr_assert_eq(world.now, STARTED + 500, "nobody waits after the last one");
}

HEAP_TEST(series, skips_what_a_long_capture_covers)
{
	struct world world = {.duration = {0, 10, 101, 10, 350}};
	struct series_result result;
	assert_ok(run(&world, 100, 5, &result));
	static const uint64_t moments[] = {0, 100, 300, 400, 800};
	for (uint64_t number = 1; number <= 5; number++)
		cr_assert_eq(world.taken[number], STARTED + moments[number - 1], "capture %d", (int)number);
	cr_assert_eq(result.skipped, 1 + 3);
	cr_assert_eq(result.written, 5, "skipped moments don't count");
}

HEAP_TEST(series, computes_the_next_moment)
{
	static const struct {
		uint64_t last, now, next;
	} cases[] = {{0, 0, 1},
		     {0, 999, 1},
		     {0, 1000, 1},
		     {0, 1099, 1},
		     {0, 1100, 1},
		     {0, 1101, 2},
		     {0, 1200, 2},
		     {5, 1100, 6},
		     {1, 1500, 5},
		     {1, 1501, 6},
		     {0, UINT64_MAX, (UINT64_MAX - 1000) / 100 + 1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_assert_eq(series_next(1000, 100, cases[i].last, cases[i].now), cases[i].next, "case %zu", i);
}

HEAP_TEST(series, ends_with_the_process)
{
	struct world world = {.ends = STARTED + 250};
	struct series_result result;
	assert_ok(run(&world, 100, 0, &result));
	cr_assert(result.ended);
	cr_assert_eq(result.written, 3);
	cr_assert_eq(result.failed, 0);
	cr_assert_eq(world.now, STARTED + 250, "at once, not at the next moment");
}

/* However the capture puts it that the process ended under it, that is no failure. */
HEAP_TEST(series, ends_with_the_process_within_a_capture)
{
	static const enum error_code codes[] = {ERROR_GONE, ERROR_FAULT, ERROR_REFUSED};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct world world = {.ends = STARTED + 220, .code = {[3] = codes[i]}, .duration = {[3] = 10}};
		struct series_result result;
		assert_ok(run(&world, 100, 10, &result));
		cr_assert(result.ended);
		cr_assert_eq(result.written, 2);
		cr_assert_eq(result.failed, 0);
	}
}

HEAP_TEST(series, goes_on_after_a_failure)
{
	struct world world = {.code = {[2] = ERROR_REFUSED, [3] = ERROR_IO}, .partial = {[4] = true}};
	struct series_result result;
	assert_ok(run(&world, UINT64_C(1000000000), 5, &result));
	cr_assert_eq(world.captures, 5, "a failure spends its number");
	cr_assert_eq(result.written, 3);
	cr_assert_eq(result.failed, 2);
	cr_assert_eq(result.partial, 1);
	cr_assert_eq(world.taken[5], STARTED + UINT64_C(4000000000));
}

HEAP_TEST(series, ends_with_the_first_ones_failure)
{
	struct world world = {.code = {[1] = ERROR_REFUSED}};
	struct series_result result;
	assert_error_says(run(&world, 100, 5, &result), ERROR_REFUSED, "capture 1");
	cr_assert_eq(world.captures, 1);
	cr_assert_eq(result.written, 0);
}

HEAP_TEST(series, ends_with_a_signal)
{
	struct world waiting = {.interrupted = STARTED + 150}, within = {.code = {[3] = ERROR_INTERRUPTED}};
	struct series_result result;
	assert_error(run(&waiting, 100, 5, &result), ERROR_INTERRUPTED);
	cr_assert_eq(result.written, 2);
	assert_error(run(&within, 100, 5, &result), ERROR_INTERRUPTED);
	cr_assert_eq(result.written, 2);
	cr_assert_eq(result.failed, 0);
}
