/* Who keeps so much for so little?
 *
 * Tenants are sorted by arena; an arena's distinct groups are its set, and equal sets are found by their hash. Sorted once more by
 * group and object, each object is counted once in its group and once in each of the sets that it is in.
 */
#include "analyzer/tenancy.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct stay { /* a tenant: its arena, later the arena's set */
	uint32_t place, group;
	node_id node;
	uint32_t size;
};

struct rest { /* of an arena: blocks that are no object's */
	uint64_t orphan_count, orphans, unknown; /* the last two in bytes */
};

struct sorting_out {
	const struct occupancy *occupancy;
	struct tenancy *tenancy;
	struct stay *stays;
	size_t count;
	uint32_t *set_of;      /* by arena */
	VECTOR(uint32_t) here; /* groups of one arena */
	struct map sets;       /* by hash of the groups */
	struct rest *rest;     /* by arena */
};

static void sorting_out_deinit(struct sorting_out *sorting)
{
	free(sorting->stays);
	free(sorting->set_of);
	free(sorting->rest);
	vector_deinit(&sorting->here);
	map_deinit(&sorting->sets);
}
DEFINE_AUTO_VALUE(sorting_out, struct sorting_out, sorting_out_deinit);

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_place(const void *a, const void *b)
{
	const struct stay *left = a, *right = b;
	int order = COMPARE(left->place, right->place);
	return order != 0 ? order : COMPARE(left->group, right->group);
}

static int by_object(const void *a, const void *b)
{
	const struct stay *left = a, *right = b;
	int order = COMPARE(left->group, right->group);
	order = order != 0 ? order : COMPARE(left->node, right->node);
	return order != 0 ? order : COMPARE(left->place, right->place);
}

static int by_space(const void *a, const void *b)
{
	const struct tenancy_set *left = a, *right = b;
	int order = COMPARE(right->space, left->space);
	return order != 0 ? order : COMPARE(left->first, right->first);
}

static struct error *start(struct sorting_out *sorting, const uint32_t *group, uint32_t count)
{
	const struct occupancy *occupancy = sorting->occupancy;
	const struct allocator *allocator = occupancy->allocator;
	struct tenancy *tenancy = sorting->tenancy;
	map_init(&sorting->sets);
	sorting->count = occupancy->tenants.count;
	sorting->stays = calloc(sorting->count + 1, sizeof *sorting->stays);
	sorting->set_of = calloc(allocator->arenas.count + 1, sizeof *sorting->set_of);
	sorting->rest = calloc(allocator->arenas.count + 1, sizeof *sorting->rest);
	tenancy->group_count = count + 2;
	tenancy->orphans = count;
	tenancy->unknown = count + 1;
	tenancy->groups = calloc(tenancy->group_count, sizeof *tenancy->groups);
	if (sorting->stays == NULL || sorting->set_of == NULL || sorting->rest == NULL || tenancy->groups == NULL)
		return error_memory();
	for (size_t i = 0; i < sorting->count; i++) {
		const struct tenant *tenant = &occupancy->tenants.items[i];
		sorting->stays[i] = (struct stay){tenant->arena, group[i], tenant->node, tenant->size};
	}
	for (size_t p = 0; p < allocator->pools.count; p++) {
		const struct pool_place *pool = &allocator->pools.items[p];
		const struct pool_occupancy *in = &occupancy->pools[p];
		uint64_t known = (uint64_t)in->objects + in->buffers + in->orphans;
		struct rest *rest = &sorting->rest[pool->arena];
		rest->orphan_count += in->orphans;
		rest->orphans += (uint64_t)in->orphans * pool->block_size;
		rest->unknown += (pool->used - known) * pool->block_size;
	}
	return NULL;
}

static bool is_set(const struct tenancy *tenancy, uint32_t set, const uint32_t *groups, size_t count)
{
	const struct tenancy_set *known = &tenancy->sets.items[set];
	bool equal = known->count == count;
	for (size_t i = 0; equal && i < count; i++)
		equal = tenancy->keepers.items[known->first + i].group == groups[i];
	return equal;
}

/* The set of the groups that are `here`, which ascend. */
static struct error *find_set(struct sorting_out *sorting, uint32_t *set)
{
	struct tenancy *tenancy = sorting->tenancy;
	uint64_t hash = 0x9e3779b97f4a7c15;
	for (size_t i = 0; i < sorting->here.count; i++)
		hash = (hash ^ sorting->here.items[i]) * 0xff51afd7ed558ccd + (hash >> 29);
	/* Two sets of one hash are told apart by what they hold: the next number is tried. */
	for (hash &= INT64_MAX; map_find(&sorting->sets, hash, set); hash = (hash + 1) & INT64_MAX)
		if (is_set(tenancy, *set, sorting->here.items, sorting->here.count))
			return NULL;
	*set = (uint32_t)tenancy->sets.count;
	struct tenancy_set made = {.first = (uint32_t)tenancy->keepers.count, .count = (uint32_t)sorting->here.count};
	TRY(vector_push(&tenancy->sets, made));
	for (size_t i = 0; i < sorting->here.count; i++)
		TRY(vector_push(&tenancy->keepers, (struct tenancy_keeper){.group = sorting->here.items[i]}));
	return map_put(&sorting->sets, hash, *set);
}

static struct tenancy_keeper *find_keeper(struct tenancy *tenancy, uint32_t set, uint32_t group)
{
	struct tenancy_keeper *low = tenancy->keepers.items + tenancy->sets.items[set].first;
	size_t count = tenancy->sets.items[set].count;
	while (count > 1) {
		size_t half = count / 2;
		bool above = low[half].group <= group;
		low += above ? half : 0;
		count = above ? count - half : half;
	}
	return low;
}

/* One sparse arena, whose tenants begin at stays[from]. */
static struct error *place_arena(struct sorting_out *sorting, uint32_t number, size_t from)
{
	struct tenancy *tenancy = sorting->tenancy;
	const struct arena_place *arena = &sorting->occupancy->allocator->arenas.items[number];
	const struct rest *rest = &sorting->rest[number];
	uint32_t *set = &sorting->set_of[number];
	sorting->here.count = 0;
	for (size_t i = from; i < sorting->count && sorting->stays[i].place == number; i++)
		if (sorting->here.count == 0 || sorting->here.items[sorting->here.count - 1] != sorting->stays[i].group)
			TRY(vector_push(&sorting->here, sorting->stays[i].group));
	if (rest->orphans > 0)
		TRY(vector_push(&sorting->here, tenancy->orphans));
	if (rest->unknown > 0)
		TRY(vector_push(&sorting->here, tenancy->unknown));
	tenancy->groups[tenancy->orphans].objects += rest->orphan_count;
	tenancy->groups[tenancy->orphans].used += rest->orphans;
	tenancy->groups[tenancy->unknown].used += rest->unknown;
	for (size_t i = 0; i < sorting->here.count; i++) {
		tenancy->groups[sorting->here.items[i]].arenas++;
		tenancy->groups[sorting->here.items[i]].space += arena->size;
	}
	TRY(find_set(sorting, set));
	if (rest->orphans > 0)
		find_keeper(tenancy, *set, tenancy->orphans)->objects += rest->orphan_count;
	tenancy->sets.items[*set].arenas++;
	tenancy->sets.items[*set].space += arena->size;
	tenancy->sets.items[*set].used += arena->used;
	tenancy->arenas++;
	tenancy->space += arena->size;
	return NULL;
}

static struct error *place_arenas(struct sorting_out *sorting)
{
	const struct allocator *allocator = sorting->occupancy->allocator;
	size_t next = 0;
	for (uint32_t a = 0; a < allocator->arenas.count; a++) {
		size_t from = next;
		while (next < sorting->count && sorting->stays[next].place == a)
			next++;
		if (arena_is_sparse(&allocator->arenas.items[a]))
			TRY(place_arena(sorting, a, from));
	}
	return NULL;
}

/* By object: each is one of its group, and one of each set that it is in, however many blocks it has. */
static void count_objects(struct sorting_out *sorting)
{
	struct tenancy *tenancy = sorting->tenancy;
	for (size_t i = 0; i < sorting->count; i++)
		sorting->stays[i].place = sorting->set_of[sorting->stays[i].place];
	if (sorting->count > 0)
		qsort(sorting->stays, sorting->count, sizeof *sorting->stays, by_object);
	for (size_t i = 0; i < sorting->count; i++) {
		const struct stay *stay = &sorting->stays[i], *last = i > 0 ? stay - 1 : NULL;
		struct tenancy_group *group = &tenancy->groups[stay->group];
		bool is_new = last == NULL || last->group != stay->group || last->node != stay->node;
		group->objects += is_new;
		group->used += stay->size;
		if (!is_new && last->place == stay->place)
			continue;
		find_keeper(tenancy, stay->place, stay->group)->objects++;
	}
}

/* Who keeps arenas alone, from the sets of one. */
static void count_alone(struct tenancy *tenancy)
{
	for (size_t s = 0; s < tenancy->sets.count; s++) {
		const struct tenancy_set *set = &tenancy->sets.items[s];
		if (set->count != 1)
			continue;
		const struct tenancy_keeper *keeper = &tenancy->keepers.items[set->first];
		tenancy->groups[keeper->group].alone_arenas = set->arenas;
		tenancy->groups[keeper->group].alone_space = set->space;
		tenancy->groups[keeper->group].alone_objects = keeper->objects;
	}
}

struct error *tenancy_create(const struct occupancy *occupancy, const uint32_t *group, uint32_t count,
			     struct tenancy *result)
{
	AUTO(tenancy) struct tenancy tenancy = {0};
	AUTO(sorting_out) struct sorting_out sorting = {.occupancy = occupancy, .tenancy = &tenancy};
	TRY(start(&sorting, group, count));
	if (sorting.count > 0)
		qsort(sorting.stays, sorting.count, sizeof *sorting.stays, by_place);
	TRY(place_arenas(&sorting));
	count_objects(&sorting);
	count_alone(&tenancy);
	if (tenancy.sets.count > 0)
		qsort(tenancy.sets.items, tenancy.sets.count, sizeof *tenancy.sets.items, by_space);
	*result = tenancy;
	tenancy = (struct tenancy){0};
	return NULL;
}

void tenancy_deinit(struct tenancy *tenancy)
{
	free(tenancy->groups);
	vector_deinit(&tenancy->keepers);
	vector_deinit(&tenancy->sets);
	*tenancy = (struct tenancy){0};
}

uint64_t tenancy_returned(const struct tenancy *tenancy, const bool *gone)
{
	uint64_t bytes = 0;
	for (size_t s = 0; s < tenancy->sets.count; s++) {
		const struct tenancy_set *set = &tenancy->sets.items[s];
		bool all = true;
		for (uint32_t k = 0; all && k < set->count; k++)
			all = gone[tenancy->keepers.items[set->first + k].group];
		bytes += all ? set->space : 0;
	}
	return bytes;
}
