#include "checks/growing.h"

#include "tests/test.h"

#include <string.h>

struct world {
	struct growing growing;
	struct outcomes outcomes;
	struct outcome *outcome;
};

static void world_deinit(struct world *world)
{
	growing_deinit(&world->growing);
	outcomes_deinit(&world->outcomes);
}
DEFINE_AUTO_VALUE(world, struct world, world_deinit);

static void find(struct world *world, const struct grown *grown, size_t count, size_t findings)
{
	static const struct growing_request request = {.command = "heapdiff why a b"};
	struct growing_request asked = request;
	asked.findings = findings;
	*world = (struct world){0};
	outcomes_init(&world->outcomes);
	assert_ok(vector_push(&world->outcomes.items, (struct outcome){0}));
	world->outcome = &world->outcomes.items.items[0];
	for (size_t i = 0; i < count; i++)
		assert_ok(vector_push(&world->growing.items, grown[i]));
	assert_ok(growing_find(&world->growing, &asked, &world->outcomes, world->outcome));
}

static void check(const struct world *world, size_t index, const char *path, const char *message, const char *holder)
{
	cr_assert_lt(index, world->outcome->findings.count);
	const struct finding *finding = &world->outcome->findings.items[index];
	cr_assert(path == NULL ? finding->path == NULL : strcmp(finding->path, path) == 0, "%s", finding->path);
	cr_assert_str_eq(finding->message, message);
	cr_assert(holder == NULL ? finding->holder == NULL : strcmp(finding->holder, holder) == 0, "%s", finding->holder);
}

HEAP_TEST(growing, puts_together_what_hangs_from_one_container)
{
	static const struct grown grown[] = {{"app.CACHE", "dict", "table", 0, 3000, 1000, false},
					     {"app.CACHE2", "dict", "other", 0, 3500, 0, false},
					     {"app.CACHE<key>", "str", "keys", 50, 2000, 10, false},
					     {"app.CACHE[*].user.name", "str", "names", 50, 4000, 10, false},
					     {"app.CACHE[*]", "app.Session", "sessions", 50, 3900, 5, false},
					     {"app", "dict", "module", 0, 5000, 500, false}};
	AUTO(world) struct world world;
	find(&world, grown, 6, 10);
	cr_assert_eq(world.outcome->findings.count, 3);
	check(&world, 0, "app.CACHE[*].user.name", "names", "12.6 KiB more in all hang from app.CACHE");
	check(&world, 1, "app", "module", NULL);
	check(&world, 2, "app.CACHE2", "other", NULL);
	const struct finding *first = &world.outcome->findings.items[0];
	cr_assert_eq(first->types.count, 3);
	cr_assert_str_eq(first->types.items[0].name, "str");
	cr_assert_eq(first->types.items[0].count, 100);
	cr_assert_eq(first->types.items[0].size, 6000);
	cr_assert_str_eq(first->types.items[1].name, "app.Session");
	cr_assert_str_eq(first->types.items[2].name, "dict");
	cr_assert_str_eq(first->command, "heapdiff why a b --type '^str$'");
	cr_assert_eq(world.outcome->verdict, VERDICT_VIOLATED);
	cr_assert_eq(world.outcome->before, 1525);
	cr_assert_eq(world.outcome->measured, 21400);
	cr_assert_eq(world.outcome->after, 22925);
	cr_assert_eq(world.growing.left, 0);
}

HEAP_TEST(growing, tells_types_without_a_path_one_by_one)
{
	static const struct grown grown[] = {{NULL, "app.B", "b", 1, 10, 0, false},
					     {NULL, "app.A", "a", 1, 10, 0, false},
					     {"<key>", "str", "keys", 1, 10, 0, false},
					     {"[*]", "str", "items", 1, 10, 0, false}};
	AUTO(world) struct world world;
	find(&world, grown, 4, 10);
	cr_assert_eq(world.outcome->findings.count, 4);
	check(&world, 0, "<key>", "keys", NULL);
	check(&world, 1, "[*]", "items", NULL);
	check(&world, 2, NULL, "a", NULL);
	check(&world, 3, NULL, "b", NULL);
}

HEAP_TEST(growing, counts_what_there_is_no_room_for)
{
	static const struct grown grown[] = {{"a", "dict", "a", 0, 1, 0, false}, {"b", "dict", "b", 0, 3, 0, false},
					     {"c", "dict", "c", 0, 2, 0, false}};
	AUTO(world) struct world world, none;
	find(&world, grown, 3, 1);
	cr_assert_eq(world.outcome->findings.count, 1);
	check(&world, 0, "b", "b", NULL);
	cr_assert_eq(world.growing.left, 2);
	cr_assert_eq(world.outcome->measured, 6);
	find(&none, grown, 3, 0);
	cr_assert_eq(none.outcome->verdict, VERDICT_VIOLATED);
	cr_assert_eq(none.growing.left, 3);
}

/* A table that grew by a step is told beside its items, not alone. */
HEAP_TEST(growing, leaves_out_places_of_weak_ones_alone)
{
	static const struct grown grown[] = {{"app.A", "dict", "weak", 0, 900, 100, true},
					     {"app.B", "dict", "table", 0, 900, 100, true},
					     {"app.B[*]", "int", "items", 5, 50, 100, false},
					     {"app.C", "set", "weak too", 0, 900, 100, true}};
	AUTO(world) struct world world, none;
	find(&world, grown, 4, 10);
	cr_assert_eq(world.outcome->findings.count, 1);
	check(&world, 0, "app.B", "table", "950 B more in all hang from app.B");
	cr_assert_eq(world.outcome->measured, 950);
	find(&none, grown, 1, 10);
	cr_assert_eq(none.outcome->verdict, VERDICT_PASSED);
	cr_assert_eq(none.outcome->findings.count, 0);
	cr_assert_eq(none.outcome->measured, 0);
}

HEAP_TEST(growing, asks_for_the_type_alone_and_as_a_shell_reads_it)
{
	static const struct grown grown[] = {{"a", "app.f.<locals>.It's[$]", "a", 0, 2, 0, false},
					     {"b", "app.\\xFF", "b", 0, 1, 0, false}};
	AUTO(world) struct world world;
	find(&world, grown, 2, 10);
	cr_assert_str_eq(world.outcome->findings.items[0].command,
			 "heapdiff why a b --type '^app\\.f\\.<locals>\\.It'\\''s\\[\\$\\]$'");
	cr_assert_str_eq(world.outcome->findings.items[1].command, "heapdiff why a b");
}

HEAP_TEST(growing, saturates)
{
	static const struct grown grown[] = {{"a", "x", "a", INT64_MAX, INT64_MAX, INT64_MAX, false},
					     {"a", "x", "b", INT64_MAX, INT64_MAX, 1, false}};
	AUTO(world) struct world world;
	find(&world, grown, 2, 10);
	cr_assert_eq(world.outcome->measured, INT64_MAX);
	cr_assert_eq(world.outcome->after, INT64_MAX);
	cr_assert_eq(world.outcome->findings.items[0].types.items[0].count, INT64_MAX);
}
