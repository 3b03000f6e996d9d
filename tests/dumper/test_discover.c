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
		uint64_t text = world_str(world, "x"), torn = world_bytes(world, 64);
		uint64_t list = world_list(world, 3, torn, text, torn);
		AUTO(setting) struct setting setting;

		setting_init(&setting, world);
		lead_to(&setting, list, EDGE_GUESS);
		assert_ok(discovery_run(setting.discovery));
		discovery_settle(setting.discovery, true, 1);
		cr_assert(is_found(&setting, list) && is_found(&setting, text));
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(discover, a_counted_reference_must_lead_to_an_object)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t list = world_list(world, 2, world_bytes(world, 64), world->none);
		AUTO(setting) struct setting setting;

		setting_init(&setting, world);
		lead_to(&setting, list, EDGE_GUESS);
		lead_to(&setting, list, EDGE_OWNED);
		assert_ok(discovery_run(setting.discovery));
		cr_assert_eq(world_losses(world), 1, "whatever guesses lead there too");
	}
}

/* --- slots that an append has counted and not yet filled --- */

/* A list of three whose slot `slot` holds `word`. */
static uint64_t list_with(struct world *world, int slot, uint64_t word)
{
	return world_list(world, 3, slot == 0 ? word : world->none, slot == 1 ? word : world->none,
			  slot == 2 ? word : world->none);
}

/* What was freed last in a pool of the allocator: refcount 0, or a link to the one that was freed before. */
static uint64_t freed(struct world *world, uint64_t link)
{
	uint64_t text = world_str(world, "freed");

	world_word(world, text, 0, link);
	return text;
}

/* Discovers `lists` and settles with `interpreters`. */
static void settle(struct world *world, const uint64_t *lists, size_t count, bool one_moment, uint64_t interpreters)
{
	AUTO(setting) struct setting setting;

	setting_init(&setting, world);
	for (size_t i = 0; i < count; i++)
		lead_to(&setting, lists[i], EDGE_OWNED);
	assert_ok(discovery_run(setting.discovery));
	cr_assert_eq(world_losses(world), 0, "nothing is said before");
	discovery_settle(setting.discovery, one_moment, interpreters);
	for (size_t i = 0; i < count; i++)
		cr_assert(is_found(&setting, lists[i]));
}

HEAP_TEST(discover, a_slot_that_is_not_yet_filled_is_no_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t word = freed(world, 0x7f731b87bd30), list = list_with(world, 2, word);

		settle(world, &list, 1, true, 1);
		cr_assert_eq(world->decoder.losses[LOSS_slot_changing], 1, "%s", layout->name);
		cr_assert_eq(world_losses(world), 1);
	}
}

HEAP_TEST(discover, memory_of_several_moments_has_no_slot_that_is_not_yet_filled)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t word = freed(world, 0), list = list_with(world, 2, word);

		settle(world, &list, 1, false, 1);
		cr_assert_eq(world->decoder.losses[LOSS_count_absurd], 1, "%s", layout->name);
		cr_assert_eq(world_losses(world), 1);
	}
}

HEAP_TEST(discover, an_interpreter_fills_one_slot_at_a_time)
{
	EACH_LAYOUT(layout)
	{
		for (uint64_t interpreters = 1; interpreters <= 3; interpreters++) {
			AUTO(world) struct world *world = world_create(layout);
			const uint64_t lists[] = {list_with(world, 2, freed(world, 0)),
						  list_with(world, 2, WORLD_UNMAPPED)};

			settle(world, lists, 2, true, interpreters);
			if (interpreters >= 2)
				cr_assert_eq(world->decoder.losses[LOSS_slot_changing], 2);
			else
				cr_assert(world->decoder.losses[LOSS_count_absurd] == 1 &&
					  world->decoder.losses[LOSS_object_unreadable] == 1);
			cr_assert_eq(world_losses(world), 2);
		}
	}
}

HEAP_TEST(discover, a_slot_within_a_list_is_filled)
{
	EACH_LAYOUT(layout)
	{
		for (int slot = 0; slot < 2; slot++) {
			AUTO(world) struct world *world = world_create(layout);
			uint64_t list = list_with(world, slot, freed(world, 0));
			AUTO(setting) struct setting setting;

			setting_init(&setting, world);
			lead_to(&setting, list, EDGE_OWNED);
			assert_ok(discovery_run(setting.discovery));
			discovery_settle(setting.discovery, true, 1);
			cr_assert_eq(world->decoder.losses[LOSS_count_absurd], 1, "%s", layout->name);
			cr_assert_eq(world_losses(world), 1);
		}
	}
}
