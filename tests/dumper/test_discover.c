/* Discovery: what references lead to is found once; what only a guess leads to may be no whole object.
 */
#include "tests/test.h"

#include "dumper/discover.h"
#include "tests/dumper/help_world.h"

struct setting {
	struct world *world;
	struct marks *marks;
	struct discovery *discovery;
};

static void setting_init(struct setting *setting, struct world *world)
{
	const struct discovery_limits limits = {0};

	*setting = (struct setting){.world = world};
	world_open(world);
	assert_ok(marks_create(&setting->marks));
	assert_ok(discovery_create(&world->decoder, setting->marks, &limits, &setting->discovery));
}

static void setting_deinit(struct setting *setting)
{
	discovery_destroy(setting->discovery);
	marks_destroy(setting->marks);
}
DEFINE_AUTO_VALUE(setting, struct setting, setting_deinit);

static void lead_to(struct setting *setting, uint64_t target, enum edge_class class)
{
	const struct found_edge edge = {.target = target, .class = class};

	assert_ok(discovery_root(setting->discovery, &edge));
}

static bool is_found(const struct setting *setting, uint64_t address)
{
	return marks_has(setting->marks, MARK_OBJECT, address);
}

HEAP_TEST(discover, follows_references_and_guesses)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t text = world_str(world, "x"), list = world_list(world, 1, text), other = world_str(world, "y");
		uint64_t guessed = world_list(world, 1, other), unrelated = world_list(world, 0);
		AUTO(setting) struct setting setting;

		setting_init(&setting, world);
		lead_to(&setting, guessed, EDGE_GUESS);
		lead_to(&setting, list, EDGE_OWNED);
		assert_ok(discovery_run(setting.discovery));
		cr_assert(is_found(&setting, list) && is_found(&setting, text));
		cr_assert(is_found(&setting, guessed) && is_found(&setting, other));
		cr_assert(!is_found(&setting, unrelated));
		cr_assert_eq(world_losses(world), 0);
	}
}

/* A list that is being made when its process is stopped: its items are what was there before. */
HEAP_TEST(discover, half_made_objects_are_no_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t text = world_str(world, "x"), list = world_list(world, 2, world_bytes(world, 64), text);
		AUTO(setting) struct setting setting;

		setting_init(&setting, world);
		lead_to(&setting, list, EDGE_GUESS);
		assert_ok(discovery_run(setting.discovery));
		cr_assert(is_found(&setting, list) && is_found(&setting, text));
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(discover, a_counted_reference_must_lead_to_an_object)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t list = world_list(world, 1, world_bytes(world, 64));
		AUTO(setting) struct setting setting;

		setting_init(&setting, world);
		lead_to(&setting, list, EDGE_GUESS);
		lead_to(&setting, list, EDGE_OWNED);
		assert_ok(discovery_run(setting.discovery));
		cr_assert_eq(world_losses(world), 1, "whatever guesses lead there too");
	}
}
