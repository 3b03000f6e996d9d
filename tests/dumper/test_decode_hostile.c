/* Hostile heaps: a heap with an object of every kind is damaged at random, again and again, and everything in it is
 * decoded. Nothing may crash, run on without end or reach outside what is mapped; the sanitizers watch. The damage
 * follows from a fixed seed, so that a failure comes back. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#define OBJECTS_MAX 128u
#define REACHED_MAX 400u   /* objects decoded in one round, those at the ends of edges included */
#define EDGES_MAX 3000000u /* more than the mapping has words: only a loop gives so many */
#define WORD_KINDS 8u

struct hostile {
	struct world *world;
	uint64_t objects[OBJECTS_MAX];
	size_t count;
	uint64_t random;
	uint64_t end; /* of what was written in the world */
};

struct reach { /* a sink that collects where edges lead */
	struct edge_sink sink;
	uint64_t targets[REACHED_MAX];
	size_t count, edges;
};

static struct error *reach_add(struct edge_sink *sink, const struct found_edge *edge)
{
	struct reach *reach = (struct reach *)sink;

	cr_assert_neq(edge->target, 0);
	cr_assert_lt(edge->name, NAME_COUNT);
	cr_assert_lt(++reach->edges, EDGES_MAX, "a decoder runs in circles");
	if (reach->count < REACHED_MAX)
		reach->targets[reach->count++] = edge->target;
	return NULL;
}

static uint64_t next_random(struct hostile *hostile)
{
	hostile->random ^= hostile->random << 13;
	hostile->random ^= hostile->random >> 7;
	hostile->random ^= hostile->random << 17;
	return hostile->random;
}

static uint64_t keep(struct hostile *hostile, uint64_t object)
{
	cr_assert_lt(hostile->count, OBJECTS_MAX);
	hostile->objects[hostile->count++] = object;
	return object;
}

/* An object of `size` bytes whose words all lead to objects made before. */
static uint64_t keep_filled(struct hostile *hostile, const char *name, uint64_t flags, int64_t size, int64_t itemsize)
{
	struct world *world = hostile->world;
	uint64_t type = world_type(world, name, world->object, flags, size, itemsize);
	uint64_t object = world_object(world, type, (uint64_t)size + 64);

	for (int64_t offset = world->layout->object_head; offset < size; offset += 8)
		world_word(world, object, offset, hostile->objects[next_random(hostile) % hostile->count]);
	if (itemsize > 0)
		world_word(world, object, world->layout->var_size, 4);
	return keep(hostile, object);
}

static void make_containers(struct hostile *hostile)
{
	struct world *world = hostile->world;
	uint64_t a = keep(hostile, world_str(world, "a")), b = keep(hostile, world_str(world, "b"));
	uint64_t one = keep(hostile, world_int(world, 1)), minus = keep(hostile, world_int(world, -77));
	uint64_t list = keep(hostile, world_list(world, 3, a, b, one)), keys;

	keep(hostile, world_tuple(world, 2, list, minus));
	keep(hostile, world_bytes_object(world, "some bytes", 10));
	keep(hostile, world_unicode(world, 2, 3, "\xac\x20\xac\x20\xac\x20"));
	keep(hostile, world_dict(world, world_keys(world, 1, 3, 1, 2, a, list, b, one), 0, 2));
	keep(hostile, world_dict(world, world_keys(world, 0, 3, 1, 2, one, list, b, one), 0, 2));
	keys = world_keys(world, 2, 3, 2, 2, a, (uint64_t)0, b, (uint64_t)0);
	keep(hostile, world_dict(world, keys, world_values(world, 2, (uint64_t[]){a, list}), 2));
	keep(hostile, world->type);
	keep(hostile, world->list);
	keep(hostile, world->none);
}

static void make_instances(struct hostile *hostile)
{
	struct world *world = hostile->world;
	const struct layout *layout = world->layout;
	uint64_t flags = WORLD_GC, class, object;

	if (layout->flag_managed_dict >= 0)
		flags |= (uint64_t)1 << layout->flag_managed_dict;
	if (layout->flag_inline_values >= 0)
		flags |= (uint64_t)1 << layout->flag_inline_values;
	class = keep(hostile, world_class(world, "m", "Managed", world->object, flags, 16));
	world_share(world, class,
		    world_keys(world, 2, 3, 2, 2, hostile->objects[0], (uint64_t)0, hostile->objects[1], (uint64_t)0));
	object = keep(hostile, world_object(world, class, 128));
	world_word(world, object, -32, world_values(world, 2, hostile->objects));
	world_word(world, object, -24, world_values(world, 2, hostile->objects) - 1);
	if (layout->managed == 3) {
		image_u8(world->image, object + 16 + (uint64_t)layout->values_capacity, 2);
		image_u8(world->image, object + 16 + (uint64_t)layout->values_valid, 1);
	}
	class = keep(hostile, world_class(world, "m", "Slots", world->object, WORLD_GC, 48));
	world_members(world, class, (struct world_member[]){{"x", 16, 16}, {"y", 16, 24}, {NULL, 0, 0}});
	object = keep(hostile, world_object(world, class, 48));
	world_word(world, object, 16, hostile->objects[2]);
	class = keep(hostile, world_class(world, "m", "Tuple", world->tuple, WORLD_GC, layout->tuple_items + 8));
	world_word(world, class, layout->type_dictoffset, (uint64_t)-8);
	world_word(world, class, layout->type_itemsize, 8);
	keep(hostile, world_object(world, class, 64));
}

static void make_others(struct hostile *hostile)
{
	const struct layout *layout = hostile->world->layout;
	static const struct {
		const char *name;
		int64_t size, itemsize;
	} types[] = {
		{"set", 200, 0},
		{"frozenset", 200, 0},
		{"bytearray", 64, 0},
		{"float", 24, 0},
		{"function", 160, 0},
		{"code", 220, 1},
		{"frame", 160, 8},
		{"generator", 160, 8},
		{"coroutine", 160, 8},
		{"module", 64, 0},
		{"cell", 24, 0},
		{"weakref.ReferenceType", 64, 0},
		{"collections.deque", 216, 0},
		{"functools._lru_cache_wrapper", 152, 0},
		{"functools._lru_list_elem", 56, 0},
		{"itertools._tee_dataobject", 496, 0},
		{"array.array", 64, 0},
		{"property", 64, 0},
		{"m.Opaque", 96, 0},
		{"m.Node", 32, 8},
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		keep_filled(hostile, types[i].name, WORLD_GC, types[i].size, types[i].itemsize);
	keep_filled(hostile, "BaseException", (uint64_t)1 << 30 | WORLD_GC, layout->exception_size + 16, 0);
	keep_filled(hostile, "collections.OrderedDict", (uint64_t)1 << 29 | WORLD_GC, layout->dict_size + 64, 0);
}

/* Damage: a byte, or a word that is a likely mistake. */
static void damage(struct hostile *hostile)
{
	struct image *image = hostile->world->image;
	uint64_t span = hostile->end - WORLD_START, at = WORLD_START + next_random(hostile) % (span - 8);
	uint64_t words[WORD_KINDS] = {0,
				      UINT64_MAX,
				      WORLD_UNMAPPED,
				      (uint64_t)1 << (next_random(hostile) % 64),
				      next_random(hostile),
				      WORLD_START + (next_random(hostile) % span & ~(uint64_t)7),
				      hostile->objects[next_random(hostile) % hostile->count],
				      WORLD_START + WORLD_SIZE - 8};

	if (next_random(hostile) % 2 == 0)
		image_u8(image, at, (uint8_t)next_random(hostile));
	else
		image_u64(image, at & ~(uint64_t)7, words[next_random(hostile) % WORD_KINDS]);
}

/* Damage where it hurts: in the words of one object. */
static void damage_object(struct hostile *hostile)
{
	uint64_t object = hostile->objects[next_random(hostile) % hostile->count];
	uint64_t at = object + 8 * (next_random(hostile) % 32);
	uint64_t words[] = {UINT64_MAX,
			    object,
			    at,
			    hostile->objects[next_random(hostile) % hostile->count],
			    next_random(hostile) % 200,
			    (uint64_t)1 << 40};

	image_u64(hostile->world->image, at, words[next_random(hostile) % (sizeof words / sizeof words[0])]);
}

static void decode_one(struct hostile *hostile, struct decoder *decoder, uint64_t address, struct reach *reach)
{
	enum object_verdict verdict = OBJECT_UNREADABLE;
	struct frame_facts facts;
	struct decoded decoded;
	struct object object;
	bool plausible;

	assert_ok(object_guess(decoder->types, decoder->mirror, decoder->layout, address, &object, &plausible));
	assert_ok(object_load(decoder->types, decoder->mirror, decoder->layout, address, &object, &verdict));
	(void)decode_frame_facts(decoder, address, &facts);
	if (verdict == OBJECT_GOOD)
		assert_ok(decode_object(decoder, &object, next_random(hostile) % 2 == 0, &reach->sink, &decoded));
}

/* Everything, and what it leads to, through a mirror of its own. */
static void decode_all(struct hostile *hostile)
{
	AUTO(mirror) struct mirror *mirror = NULL;
	AUTO(type_table) struct type_table *types = NULL;
	struct reach reach = {.sink.add = reach_add};
	struct decoder decoder = {.layout = hostile->world->layout, .keyed = true, .hashing = true};

	assert_ok(mirror_create(image_source(hostile->world->image), &mirror));
	assert_ok(type_table_create(mirror, hostile->world->layout, &types));
	decoder.mirror = mirror;
	decoder.types = types;
	for (size_t i = 0; i < hostile->count; i++)
		decode_one(hostile, &decoder, hostile->objects[i], &reach);
	for (size_t i = 0; i < reach.count; i++)
		decode_one(hostile, &decoder, reach.targets[i], &reach);
}

static void make(struct hostile *hostile, const struct layout *layout)
{
	hostile->world = world_create(layout);
	hostile->count = 0;
	make_containers(hostile);
	make_instances(hostile);
	make_others(hostile);
	hostile->end = hostile->world->next;
}

HEAP_TEST(decode_hostile, everything_decodes_unharmed)
{
	EACH_LAYOUT(layout)
	{
		struct hostile hostile = {.random = 88172645463325252u};

		make(&hostile, layout);
		AUTO(world) struct world *world = hostile.world;
		world_open(world);
		for (size_t i = 0; i < hostile.count; i++) {
			enum object_verdict verdict = OBJECT_UNREADABLE;
			struct object object;

			assert_ok(object_load(world->decoder.types, world->mirror, layout, hostile.objects[i], &object,
					      &verdict));
			cr_assert_eq(verdict, OBJECT_GOOD, "%s: object %zu has verdict %d", layout->name, i,
				     (int)verdict);
		}
		decode_all(&hostile);
	}
}

static void rounds(void (*harm)(struct hostile *), unsigned harms, unsigned times)
{
	EACH_LAYOUT(layout)
	{
		struct hostile hostile = {.random = 0x9e3779b97f4a7c15u + harms};

		for (unsigned worlds = 0; worlds < HEAP_TEST_ROUNDS(8u); worlds++) {
			make(&hostile, layout);
			AUTO(world) struct world *world = hostile.world;

			/* damage adds up until the next world */
			cr_assert_gt(hostile.end, world->none);
			for (unsigned i = 0; i < times; i++) {
				for (unsigned j = 0; j < harms; j++)
					harm(&hostile);
				decode_all(&hostile);
			}
		}
	}
}

HEAP_TEST(decode_hostile, bytes_and_words_anywhere, .timeout = 300)
{
	rounds(damage, 30, 12);
}

HEAP_TEST(decode_hostile, words_of_objects, .timeout = 300)
{
	rounds(damage_object, 4, 30);
}

HEAP_TEST(decode_hostile, nothing_but_noise, .timeout = 300)
{
	EACH_LAYOUT(layout)
	{
		struct hostile hostile = {.random = 42};

		make(&hostile, layout);
		AUTO(world) struct world *world = hostile.world;
		for (uint64_t at = WORLD_START; at < hostile.end; at += 8)
			if (next_random(&hostile) % 3 != 0)
				image_u64(world->image, at,
					  next_random(&hostile) % 4 == 0
						  ? next_random(&hostile)
						  : hostile.objects[next_random(&hostile) % hostile.count]);
		decode_all(&hostile);
	}
}
