#include "tests/format/help_shape.h"

#include <string.h>

static const char *const names[HELP_SHAPE_COUNT] = {
	[HELP_MIXED] = "mixed", [HELP_CHAIN] = "chain", [HELP_LADDER] = "ladder", [HELP_RANDOM] = "random",
	[HELP_FAN] = "fan",     [HELP_KNOT] = "knot",   [HELP_NEST] = "nest",
	[HELP_ISLANDS] = "islands",
};

const char *help_shape_name(enum help_shape shape)
{
	return names[shape];
}

enum help_shape help_shape_find(const char *name)
{
	unsigned shape = 0;
	while (shape < HELP_SHAPE_COUNT && strcmp(names[shape], name) != 0)
		shape++;
	return (enum help_shape)shape;
}

/* S. Vigna's SplitMix64 of the seed, the node and the place. */
static uint64_t mix(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	uint64_t x = graph->seed * UINT64_C(0x9e3779b97f4a7c15) + ((uint64_t)node << 32 | place);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint32_t below(const struct help_graph_shape *graph, uint32_t node, uint32_t place, uint32_t limit)
{
	return (uint32_t)(mix(graph, node, place) % limit);
}

/* Even nodes are the chain, odd ones leaves. */
enum mixed_place {
	MIXED_TYPE,
	MIXED_LEAF,
	MIXED_NEAR_LEAF,
	MIXED_NEAR,
	MIXED_BACK,
	MIXED_ANYWHERE,
	MIXED_NEXT,
	MIXED_DEGREE
};

static uint32_t mixed_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	uint32_t count = graph->count, window = count < 64 ? count : 64;
	uint32_t near = node + window < count ? node : count - window, leaf;
	switch ((enum mixed_place)place) {
	case MIXED_TYPE:
		return 0;
	case MIXED_LEAF:
		return node + 1 < count ? node + 1 : node;
	case MIXED_NEAR_LEAF:
		leaf = (near + below(graph, node, place, window)) | 1;
		return leaf < count ? leaf : node;
	case MIXED_NEAR:
		return (near + below(graph, node, place, window)) & ~UINT32_C(1);
	case MIXED_BACK:
		return node >= 64 ? node - 64 : 0;
	case MIXED_ANYWHERE:
		return below(graph, node, place, count);
	default:
		return node + 2 < count ? node + 2 : node;
	}
}

/* Of the chain's node i, the items: those that are its own, and those that it shares with its mirror image, with node 0
 * or with any. Half of the items, the even ones, refer to an item themselves. */
static uint32_t chain_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place, uint32_t links)
{
	uint32_t count = graph->count, items = count - links;
	if (node >= links)
		return links + (below(graph, node, place, items) | 1) % items;
	switch (place) {
	case 0:
		return node + 1 < links ? node + 1 : node;
	case 1:
		return links + node % items;
	case 2:
		return links + (links - 1 - node) % items;
	default:
		return links + below(graph, node, place, items);
	}
}

/* Node 3 p and 3 p + 1 are a pair, 3 p + 2 its item. */
static uint32_t ladder_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	uint32_t pairs = graph->count / 3, pair = node / 3, next = pair + 1 < pairs ? pair + 1 : pair;
	if (place == 0)
		return 3 * next;
	if (place == 1)
		return node % 3 == 0 ? node + 1 : 3 * next + 1;
	if (place == 2)
		return 3 * pair + 2;
	return 3 * (pairs - 1 - pair) + 2;
}

#define ISLAND 8u

static uint32_t island_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	uint32_t begin = node / ISLAND * ISLAND, next = begin + ISLAND;
	uint32_t size = next < graph->count ? ISLAND : graph->count - begin;
	if (place == 1 && node == begin && next < graph->count && (mix(graph, node, place) & 1))
		return next;
	return place == 0 ? begin + (node - begin + 1) % size : begin + below(graph, node, place, size);
}

uint32_t help_shape_degree(const struct help_graph_shape *graph, uint32_t node)
{
	uint32_t count = graph->count, pairs = count / 3;
	switch (graph->shape) {
	case HELP_MIXED:
		return node % 2 == 0 ? MIXED_DEGREE : 0;
	case HELP_CHAIN:
		return node < count / 2 ? 4 : (node - count / 2) % 2 == 0;
	case HELP_LADDER:
		return node / 3 < pairs && node % 3 < 2 ? 4 : 0;
	case HELP_RANDOM:
	case HELP_KNOT:
		return 3;
	case HELP_ISLANDS:
		return 2;
	case HELP_FAN:
		return node == 0 ? count - 1 : (uint32_t)(mix(graph, node, 0) & 1);
	default:
		return node < count / 2 ? 3 : 0;
	}
}

uint32_t help_shape_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	uint32_t count = graph->count, deep = count / 2;
	switch (graph->shape) {
	case HELP_MIXED:
		return mixed_target(graph, node, place);
	case HELP_CHAIN:
		return chain_target(graph, node, place, count / 2);
	case HELP_LADDER:
		return ladder_target(graph, node, place);
	case HELP_ISLANDS:
		return island_target(graph, node, place);
	case HELP_FAN:
		return node == 0 ? place + 1 : below(graph, node, 1, count);
	case HELP_KNOT:
		return place == 0 ? (node + 1) % count : below(graph, node, place, count);
	case HELP_NEST:
		if (place == 0)
			return node > 0 ? node - 1 : 0;
		return place == 1 ? deep + node : node + 1 < deep ? node + 1 : node;
	default:
		return below(graph, node, place, count);
	}
}

bool help_shape_is_type(const struct help_graph_shape *graph, uint32_t node, uint32_t place)
{
	(void)node;
	return graph->shape == HELP_MIXED && place == MIXED_TYPE;
}
