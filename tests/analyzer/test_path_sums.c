#include "analyzer/path_sums.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

struct world {
	struct loaded loaded;
	struct graph *graph;
	struct path_sums sums;
};

static void world_deinit(struct world *world)
{
	path_sums_deinit(&world->sums);
	graph_destroy(world->graph);
	help_loaded_deinit(&world->loaded);
}
DEFINE_AUTO_VALUE(world, struct world, world_deinit);

/* Two pages and a key in a container, all `base` higher than they might lie. */
static void make(struct world *world, unsigned base, struct match *mask)
{
	AUTO(text) struct text text = {0};
	*world = (struct world){0};
	text_init(&text);
	text_printf(&text, "object %u dict size=100\nobject %u dict size=200\nedge %u %u .cache\n", base + 16, base + 32,
		    base + 16, base + 32);
	for (unsigned i = 0; i < 2; i++)
		text_printf(&text, "object %u app.Page size=%u\nedge %u %u [i]\n", base + 48 + 16 * i, 50 + i,
			    base + 32, base + 48 + 16 * i);
	text_printf(&text, "object %u str size=30\nedge %u %u <key>\n", base + 96, base + 32, base + 96);
	text_printf(&text, "root modules sys.modules\nrootedge %u ['app']\n", base + 16);
	help_load(&world->loaded, text_string(&text));
	assert_ok(load_graph(world->loaded.reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, NULL, &world->graph));
	assert_ok(path_sums_find(world->graph, &world->loaded.names, mask, &world->sums));
}

static const struct path_sum *find(struct world *world, const char *wanted_path, const char *wanted_type)
{
	AUTO(place_names) struct place_names names = {0};
	assert_ok(place_names_init(&names, world->graph));
	for (size_t i = 0; i < world->sums.sums.count; i++) {
		AUTO(text) struct text path = {0}, type = {0};
		text_init(&path);
		text_init(&type);
		assert_ok(path_sums_name(&names, &world->sums.sums.items[i], &path, &type));
		if (strcmp(text_string(&path), wanted_path) == 0 && strcmp(text_string(&type), wanted_type) == 0)
			return &world->sums.sums.items[i];
	}
	cr_assert(false, "nothing at %s", wanted_path);
	return NULL;
}

HEAP_TEST(path_sums, adds_up_what_has_one_path_and_type)
{
	AUTO(world) struct world world;
	make(&world, 0, NULL);
	cr_assert_eq(world.sums.sums.count, 4);
	const struct path_sum *pages = find(&world, "app.cache[*]", "app.Page");
	cr_assert_eq(pages->total.count, 2);
	cr_assert_eq(pages->total.size, 101);
	cr_assert_eq(find(&world, "app.cache", "dict")->total.size, 200);
	cr_assert_eq(find(&world, "app.cache<key>", "str")->total.count, 1);
	uint32_t index;
	cr_assert(map_find(&world.sums.by_key, pages->key, &index));
	cr_assert_eq(&world.sums.sums.items[index], pages);
}

HEAP_TEST(path_sums, has_the_same_keys_in_another_process)
{
	AUTO(world) struct world one;
	AUTO(world) struct world other;
	make(&one, 0, NULL);
	make(&other, 0x10000, NULL);
	cr_assert_eq(find(&one, "app.cache[*]", "app.Page")->key, find(&other, "app.cache[*]", "app.Page")->key);
	cr_assert_neq(find(&one, "app.cache[*]", "app.Page")->key, find(&one, "app.cache", "dict")->key);
}

HEAP_TEST(path_sums, leaves_masked_names_out_of_keys)
{
	AUTO(match) struct match *mask = NULL;
	AUTO(world) struct world plain;
	AUTO(world) struct world masked;
	assert_ok(match_create("^cache$", MATCH_SEARCH, &mask));
	make(&plain, 0, NULL);
	make(&masked, 0, mask);
	cr_assert_neq(find(&plain, "app.cache", "dict")->key, find(&masked, "app.cache", "dict")->key);
}

/* The number of an object is that of one snapshot. */
HEAP_TEST(path_sums, names_no_object_by_its_number)
{
	AUTO(world) struct world world = {0};
	help_load(&world.loaded, "object 16 app.Image size=10 ref=2\nobject 32 str size=20\nedge 16 32 .label\n"
				 "object 48 app.Image size=10 ref=3\nobject 64 str size=30 flags=immortal\n"
				 "object 80 list size=30\nobject 96 app.Page size=30\nedge 80 96 [i]\n");
	assert_ok(load_graph(world.loaded.reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, NULL, &world.graph));
	assert_ok(path_sums_find(world.graph, &world.loaded.names, NULL, &world.sums));
	cr_assert_eq(find(&world, "held by C code: app.Image", "app.Image")->total.count, 2);
	cr_assert_eq(find(&world, "held by C code: app.Image.label", "str")->total.size, 20);
	cr_assert_eq(find(&world, "immortal str", "str")->total.count, 1);
}
