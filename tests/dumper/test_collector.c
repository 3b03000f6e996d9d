/* Collector: rings of heads in a fake image, whole, lagging, broken and looped; and what the state says of itself.
 */
#include "tests/test.h"

#include "dumper/collector.h"
#include "dumper/interpreters.h"
#include "tests/dumper/help_image.h"

#include <stdlib.h>

#define RUNTIME 0x10000u
#define INTERPRETER 0x20000u
#define OTHER 0x28000u
#define HEAP 0x100000u
#define GC 0x100u
#define GENERATIONS_AT 24u
#define GENERATION_SIZE 24u
#define PERMANENT_AT 104u
#define HEAD(i) (HEAP + 64u * (unsigned)(i))
#define OBJECTS_MAX 64u

struct rings {
	struct image *image;
	struct mirror *mirror;
	struct layout layout;
	struct decoder decoder;
};

static void rings_deinit(struct rings *world)
{
	mirror_destroy(world->mirror);
	image_destroy(world->image);
}
DEFINE_AUTO_VALUE(rings, struct rings, rings_deinit);

static uint64_t ring_at(uint64_t interpreter, unsigned generation)
{
	return interpreter + GC + (generation == 3 ? PERMANENT_AT : GENERATIONS_AT + generation * GENERATION_SIZE);
}

static void link_heads(struct rings *world, uint64_t from, uint64_t to)
{
	image_u64(world->image, from, to);
	image_u64(world->image, to + 8, from);
}

/* A ring of the heads first..first+count-1. */
static void make_ring(struct rings *world, uint64_t ring, unsigned first, unsigned count)
{
	uint64_t last = ring;

	for (unsigned i = 0; i < count; i++) {
		link_heads(world, last, HEAD(first + i));
		last = HEAD(first + i);
	}
	link_heads(world, last, ring);
}

static void make_interpreter(struct rings *world, uint64_t address, uint64_t number, uint64_t next)
{
	image_u64(world->image, address, next);
	image_u64(world->image, address + 8, number);
	for (unsigned i = 0; i < 4; i++)
		make_ring(world, ring_at(address, i), 0, 0);
}

static void rings_init(struct rings *world)
{
	struct layout *layout = &world->layout;

	memset(layout, 0xff, sizeof *layout);
	layout->runtime_interpreters = 40;
	layout->interpreter_next = 0;
	layout->interpreter_id = 8;
	layout->interpreter_gc = GC;
	layout->interpreter_size = 0x1000;
	layout->gc_enabled = 8;
	layout->gc_collecting = 12;
	layout->gc_generations = GENERATIONS_AT;
	layout->gc_generation_size = GENERATION_SIZE;
	layout->gc_generation_threshold = 16;
	layout->gc_generation_count = 20;
	layout->gc_permanent = PERMANENT_AT;
	layout->gc_stats = 128;
	layout->gc_stats_size = 24;
	layout->gc_stats_collections = 0;
	layout->gc_incremental = 0;
	layout->gc_head_size = 16;
	layout->object_refcount = 0;
	layout->refcount_32 = 0;
	world->image = image_create();
	image_map(world->image, RUNTIME, 0x1000, "rw-", NULL);
	image_map(world->image, INTERPRETER, 0x10000, "rw-", NULL);
	image_map(world->image, HEAP, 0x10000, "rw-", NULL);
	for (unsigned i = 0; i < OBJECTS_MAX; i++)
		image_u64(world->image, HEAD(i) + 16, 1);
	image_u64(world->image, RUNTIME + 40, INTERPRETER);
	make_interpreter(world, INTERPRETER, 0, 0);
}

static void rings_start(struct rings *world)
{
	assert_ok(mirror_create(image_source(world->image), &world->mirror));
	world->decoder = (struct decoder){.mirror = world->mirror, .layout = &world->layout};
}

struct seen {
	struct collector_visitor visitor; /* first */
	unsigned counts[GENERATION_COUNT], calls;
	bool objects[OBJECTS_MAX];
	unsigned fail_at; /* the call that fails, counted from 1; 0: none */
};

static struct error *note(struct collector_visitor *visitor, uint64_t address, enum generation generation)
{
	struct seen *seen = (struct seen *)visitor;
	unsigned i = (unsigned)(address - 16 - HEAP) / 64;

	cr_assert_eq(address, HEAD(i) + 16, "0x%lx is no object", (unsigned long)address);
	cr_assert(i < OBJECTS_MAX);
	seen->objects[i] = true;
	seen->counts[generation]++;
	if (++seen->calls == seen->fail_at)
		return error_create(ERROR_INTERRUPTED, "stopped by the test");
	return NULL;
}

static struct seen walk(struct rings *world)
{
	struct seen seen = {.visitor.object = note};

	rings_start(world);
	assert_ok(collector_walk(&world->decoder, RUNTIME, &seen.visitor));
	return seen;
}

HEAP_TEST(collector, reports_every_generation)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 3);
	make_ring(&world, ring_at(INTERPRETER, 2), 3, 7);
	make_ring(&world, ring_at(INTERPRETER, 3), 10, 2);
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 3);
	cr_assert_eq(seen.counts[GENERATION_1], 0);
	cr_assert_eq(seen.counts[GENERATION_2], 7);
	cr_assert_eq(seen.counts[GENERATION_PERMANENT], 2);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

/* 3.14.0 to 3.14.4: a young list, and two that the old objects move between; bit 0 of a link says in which. */
HEAP_TEST(collector, takes_both_halves_of_the_old_generation_for_one)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	world.layout.gc_incremental = 1;
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 3);
	make_ring(&world, ring_at(INTERPRETER, 1), 3, 4);
	make_ring(&world, ring_at(INTERPRETER, 2), 7, 5);
	make_ring(&world, ring_at(INTERPRETER, 3), 12, 2);
	for (unsigned i = 7; i < 11; i++)
		image_u64(world.image, HEAD(i), HEAD(i + 1) | 1);
	image_u64(world.image, HEAD(11), ring_at(INTERPRETER, 2) | 1);
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 3);
	cr_assert_eq(seen.counts[GENERATION_1], 0);
	cr_assert_eq(seen.counts[GENERATION_2], 9);
	cr_assert_eq(seen.counts[GENERATION_PERMANENT], 2);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

HEAP_TEST(collector, masks_the_low_bits_of_links)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 1), 0, 3);
	image_u64(world.image, HEAD(0), HEAD(1) | 1);
	image_u64(world.image, HEAD(1), HEAD(2) | 2);
	image_u64(world.image, HEAD(1) + 8, HEAD(0) | 1);
	image_u64(world.image, HEAD(2) + 8, HEAD(1) | 3);
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_1], 3);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

HEAP_TEST(collector, walks_every_interpreter)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	image_u64(world.image, RUNTIME + 40, OTHER);
	make_interpreter(&world, OTHER, 1, INTERPRETER);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 3);
	make_ring(&world, ring_at(OTHER, 0), 3, 4);
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 7);
	cr_assert_eq(interpreters_main(&world.decoder, RUNTIME), INTERPRETER);
}

HEAP_TEST(collector, looks_in_the_runtime_where_the_layout_says_so)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	world.layout.interpreter_gc = LAYOUT_ABSENT;
	world.layout.runtime_gc = GC;
	image_u64(world.image, RUNTIME + 40, OTHER);
	make_interpreter(&world, OTHER, 1, INTERPRETER);
	for (unsigned i = 0; i < 4; i++)
		make_ring(&world, ring_at(RUNTIME, i), 8 * i, 2);
	seen = walk(&world);
	cr_assert_eq(seen.calls, 8, "the one collector is walked once, not for each interpreter");
}

HEAP_TEST(collector, ends_at_a_loop)
{
	for (unsigned entry = 0; entry < 20; entry++) {
		AUTO(rings) struct rings world;
		struct seen seen;

		rings_init(&world);
		image_u32(world.image, INTERPRETER + GC + 12, 1); /* collecting: links back say nothing */
		make_ring(&world, ring_at(INTERPRETER, 0), 0, 20);
		image_u64(world.image, HEAD(19), HEAD(entry));
		seen = walk(&world);
		for (unsigned i = 0; i < 20; i++)
			cr_assert(seen.objects[i], "object %u before the loop at %u is missing", i, entry);
		cr_assert_leq(seen.counts[GENERATION_0], 80);
		cr_assert_eq(world.decoder.losses[LOSS_list_broken], 1);
	}
}

HEAP_TEST(collector, stops_where_links_disagree)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 9);
	link_heads(&world, ring_at(INTERPRETER, 1), HEAD(20));
	link_heads(&world, HEAD(20), ring_at(INTERPRETER, 1));
	image_u64(world.image, HEAD(4), HEAD(30)); /* a stray link to what is no head: all zero */
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 5);
	cr_assert_eq(seen.counts[GENERATION_1], 1, "the other lists are walked all the same");
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 1);
}

HEAP_TEST(collector, leaves_a_list_that_can_not_be_read)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 4);
	image_u64(world.image, HEAD(2), 0x7f0000000000);
	make_ring(&world, ring_at(INTERPRETER, 1), 8, 4);
	image_u64(world.image, HEAD(9), HEAD(10) + 4); /* not aligned */
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 3);
	cr_assert_eq(seen.counts[GENERATION_1], 2);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 2);
}

HEAP_TEST(collector, takes_a_link_that_is_being_made_for_the_end)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 3);
	image_u64(world.image, HEAD(2), HEAD(3)); /* linked to, its own links not set yet */
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 4);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

HEAP_TEST(collector, takes_a_link_that_is_being_undone_for_done)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 6);
	image_u64(world.image, HEAD(2), HEAD(4)); /* object 3 is on its way out: 4 still links back to it */
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 5);
	cr_assert_not(seen.objects[3]);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

HEAP_TEST(collector, passes_over_what_is_being_taken_apart)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 6);
	image_u64(world.image, HEAD(2) + 16, 0);
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 5);
	cr_assert_not(seen.objects[2]);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 0);
}

HEAP_TEST(collector, takes_two_links_that_lag_for_a_fault)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 12);
	image_u64(world.image, HEAD(2), HEAD(4));
	image_u64(world.image, HEAD(6), HEAD(8));
	seen = walk(&world);
	cr_assert_eq(seen.counts[GENERATION_0], 6);
	cr_assert_eq(world.decoder.losses[LOSS_list_broken], 1);
}

HEAP_TEST(collector, survives_interpreters_in_a_loop)
{
	AUTO(rings) struct rings world;
	struct seen seen;

	rings_init(&world);
	make_interpreter(&world, OTHER, 1, INTERPRETER);
	image_u64(world.image, INTERPRETER, OTHER);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 3);
	seen = walk(&world);
	cr_assert(seen.objects[0] && seen.objects[1] && seen.objects[2]);
	cr_assert_gt(world.decoder.losses[LOSS_thread_broken], 0);
}

HEAP_TEST(collector, hands_on_what_the_visitor_says)
{
	AUTO(rings) struct rings world;
	struct seen seen = {.visitor.object = note, .fail_at = 2};

	rings_init(&world);
	make_ring(&world, ring_at(INTERPRETER, 0), 0, 9);
	rings_start(&world);
	assert_error_says(collector_walk(&world.decoder, RUNTIME, &seen.visitor), ERROR_INTERRUPTED, "by the test");
	cr_assert_eq(seen.calls, 2);
}

HEAP_TEST(collector, tells_its_facts)
{
	AUTO(rings) struct rings world;
	struct gc_facts facts = {0};

	rings_init(&world);
	image_u64(world.image, RUNTIME + 40, OTHER);
	make_interpreter(&world, OTHER, 1, INTERPRETER);
	image_u32(world.image, INTERPRETER + GC + 8, 1);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t generation = ring_at(INTERPRETER, i), stats = INTERPRETER + GC + 128 + 24 * i;

		image_u32(world.image, generation + 16, 700 + i);
		image_u32(world.image, generation + 20, i == 1 ? (uint32_t)-3 : 10 + i); /* deallocations may lead */
		for (unsigned k = 0; k < 3; k++)
			image_u64(world.image, stats + 8 * k, 1000 * i + k);
	}
	rings_start(&world);
	assert_ok(collector_facts(&world.decoder, RUNTIME, &facts));
	cr_assert(facts.enabled && !facts.collecting);
	cr_assert(facts.threshold[0] == 700 && facts.threshold[2] == 702);
	cr_assert(facts.count[0] == 10 && facts.count[1] == 0 && facts.count[2] == 12);
	cr_assert(facts.collections[1] == 1000 && facts.collected[1] == 1001 && facts.uncollectable[2] == 2002);
}

/* From 3.15 on a pointer leads to a ring for each generation, behind which a byte says which entry is the last. */
HEAP_TEST(collector, takes_the_last_of_a_ring_of_statistics)
{
	static const uint64_t rings_at[] = {HEAP, HEAP + 11 * 64 + 8, HEAP + 14 * 64 + 16};
	static const unsigned last[] = {10, 0, 2};
	AUTO(rings) struct rings world;
	struct gc_facts facts = {0};

	rings_init(&world);
	world.layout.gc_stats_size = 64;
	world.layout.gc_stats_collections = 16;
	world.layout.gc_stats_ring_young = 11;
	world.layout.gc_stats_ring_old = 3;
	image_u64(world.image, INTERPRETER + GC + 128, HEAP);
	for (unsigned i = 0; i < 3; i++) {
		image_u8(world.image, rings_at[i] + (i == 0 ? 11 : 3) * 64, (uint8_t)last[i]);
		for (unsigned k = 0; k < 3; k++)
			image_u64(world.image, rings_at[i] + 64 * last[i] + 16 + 8 * k, 1000 * i + k + 1);
	}
	rings_start(&world);
	assert_ok(collector_facts(&world.decoder, RUNTIME, &facts));
	for (unsigned i = 0; i < 3; i++)
		cr_assert(facts.collections[i] == 1000 * i + 1 && facts.collected[i] == 1000 * i + 2 &&
			  facts.uncollectable[i] == 1000 * i + 3);
}

HEAP_TEST(collector, says_nothing_of_statistics_that_make_no_sense)
{
	AUTO(rings) struct rings world;
	struct gc_facts facts = {.collections = {7, 7, 7}};

	rings_init(&world);
	world.layout.gc_stats_ring_young = 11;
	world.layout.gc_stats_ring_old = 3;
	image_u64(world.image, INTERPRETER + GC + 128, HEAP);
	image_u8(world.image, HEAP + 11 * 24, 11);       /* beyond its ring */
	image_u64(world.image, HEAP + 11 * 24 + 8, 123); /* the next one's first */
	image_u8(world.image, HEAP + 14 * 24 + 8, 0);
	rings_start(&world);
	assert_ok(collector_facts(&world.decoder, RUNTIME, &facts));
	cr_assert(facts.collections[0] == 0 && facts.collections[1] == 123 && facts.collections[2] == 0);
}

HEAP_TEST(collector, refuses_a_state_that_can_not_be_read)
{
	AUTO(rings) struct rings world;
	struct gc_facts facts = {0};

	rings_init(&world);
	image_u64(world.image, RUNTIME + 40, 0x7f0000000000);
	rings_start(&world);
	assert_error_says(collector_facts(&world.decoder, RUNTIME, &facts), ERROR_FAULT, "can't be read");
}

HEAP_TEST(collector, survives_any_heads)
{
	srand(11);
	for (int round = 0; round < 200; round++) {
		AUTO(rings) struct rings world;
		struct seen seen = {.visitor.object = note};

		rings_init(&world);
		image_u32(world.image, INTERPRETER + GC + 12, (uint32_t)round & 1);
		for (unsigned i = 0; i < 4; i++)
			make_ring(&world, ring_at(INTERPRETER, i), 16 * i, 15);
		for (int change = 0; change < 12; change++)
			image_u64(world.image, HEAD(rand() % 64) + 8 * (unsigned)(rand() & 1), HEAD(rand() % 64));
		rings_start(&world);
		assert_ok(collector_walk(&world.decoder, RUNTIME, &seen.visitor));
		cr_assert_leq(seen.calls, 4 * 3 * 64);
	}
}
