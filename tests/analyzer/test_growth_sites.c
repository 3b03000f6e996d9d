/* The site that most of what came was allocated at, against a count by hand on random heaps. */
#include "analyzer/growth_sites.h"

#include "analyzer/sets.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define OBJECTS 30u
#define PLACES 4u
#define LINES 3u
#define TRACEBACKS 7u /* of which the last has no frame */

struct world {
	unsigned size[OBJECTS], traceback[OBJECTS]; /* TRACEBACKS: not traced */
	uint8_t place[OBJECTS];
};

static unsigned line_of(unsigned traceback)
{
	return 1 + traceback % LINES;
}

static void make(struct world *world, uint64_t *state, struct text *text)
{
	text_add(text, "type app.T flags=0x200\n");
	for (unsigned i = 0; i < OBJECTS; i++) {
		unsigned place = (unsigned)(help_random(state) % (PLACES + 1));
		world->size[i] = 16 * (unsigned)(1 + help_random(state) % 4);
		world->traceback[i] = (unsigned)(help_random(state) % (TRACEBACKS + 1));
		world->place[i] = place < PLACES ? (uint8_t)place : GROWTH_NOWHERE;
		text_printf(text, "object %u app.T size=%u ref=1\n", 256 * (i + 1), world->size[i]);
	}
	for (unsigned t = 0; t < TRACEBACKS; t++)
		text_add(text, "row tracebacks\n");
	for (unsigned t = 0; t + 1 < TRACEBACKS; t++)
		text_printf(text, "row traceback_frames traceback=%u file=a.py line=%u\n", t, line_of(t));
	for (unsigned i = 0; i < OBJECTS; i++)
		if (world->traceback[i] < TRACEBACKS)
			text_printf(text, "row traces node=%u traceback=%u size=8\n", 256 * (i + 1),
				    world->traceback[i]);
}

/* Bytes by line; false where none of the place's objects has one. */
static bool count(const struct world *world, unsigned place, unsigned bytes[LINES + 1])
{
	bool any = false;
	for (unsigned i = 0; i < OBJECTS; i++) {
		if (world->place[i] != place || world->traceback[i] + 1 >= TRACEBACKS)
			continue;
		bytes[line_of(world->traceback[i])] += world->size[i];
		any = true;
	}
	return any;
}

HEAP_TEST(growth_sites, are_those_with_most_bytes)
{
	uint64_t state = 3;
	unsigned known = 0, unknown = 0;
	for (int round = 0; round < HEAP_TEST_ROUNDS(200); round++) {
		struct world world;
		AUTO(text) struct text text = {0};
		text_init(&text);
		make(&world, &state, &text);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		AUTO(sites) struct sites sites = {0};
		AUTO(growth_sites) struct growth_sites got = {0};
		assert_ok(sites_init(&sites, loaded.reader));
		struct growth growth = {.count = PLACES, .place_of = world.place};
		assert_ok(growth_sites_find(&growth, loaded.graph, &sites, &got));
		for (unsigned p = 0; p < PLACES; p++) {
			unsigned bytes[LINES + 1] = {0};
			if (!count(&world, p, bytes)) {
				cr_assert_eq(got.of_place[p], GROUP_NONE);
				unknown++;
				continue;
			}
			known++;
			cr_assert_lt(got.of_place[p], got.groups.count);
			const char *name = got.groups.labels[got.of_place[p]].name;
			cr_assert_eq(strncmp(name, "a.py:", 5), 0);
			unsigned line = (unsigned)strtoul(name + 5, NULL, 10);
			cr_assert(line >= 1 && line <= LINES);
			for (unsigned l = 1; l <= LINES; l++)
				cr_assert_leq(bytes[l], bytes[line], "round %d, place %u", round, p);
		}
	}
	cr_assert_gt(known, 100);
	cr_assert_gt(unknown, 0);
}
