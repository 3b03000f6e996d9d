/* Which small number belongs to this 64-bit key (an address, a hash)?
 *
 * Open addressing with linear probing, keys and values in arrays of their own: a probe that misses
 * touches keys only. The slot comes from the top bits of a product, so the zero low bits of aligned
 * addresses don't matter. Keys come from files a stranger may have made; the place of the key array,
 * which the stranger can't know, is mixed in, so that no file can be built whose keys all fall on one
 * slot. A look-up or a put costs O(1) expected; 12 bytes a slot, 16 to 32 bytes a key after growth.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_LEAST ((size_t)16)

void map_init(struct map *map)
{
	*map = (struct map){0};
}

void map_deinit(struct map *map)
{
	if (map == NULL)
		return;
	free(map->keys);
	free(map->values);
	*map = (struct map){0};
}

/* The slot where `key` is or would be; there is always a free one. */
static size_t map_slot(const uint64_t *keys, size_t capacity, uint64_t key)
{
	uint64_t hash = (key ^ (uint64_t)(uintptr_t)keys) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	size_t slot = hash >> (64 - __builtin_ctzll(capacity));
	while (keys[slot] != key && keys[slot] != MAP_NO_KEY)
		slot = (slot + 1) & (capacity - 1);
	return slot;
}

bool map_find(const struct map *map, uint64_t key, uint32_t *value)
{
	if (map->count == 0 || key == MAP_NO_KEY)
		return false;
	size_t slot = map_slot(map->keys, map->capacity, key);
	if (map->keys[slot] != key)
		return false;
	*value = map->values[slot];
	return true;
}

static struct error *map_grow(struct map *map)
{
	if (map->capacity > SIZE_MAX / 2 / sizeof *map->keys)
		return error_memory();
	size_t capacity = map->capacity == 0 ? CAPACITY_LEAST : map->capacity * 2;
	uint64_t *keys = malloc(capacity * sizeof *keys);
	uint32_t *values = malloc(capacity * sizeof *values);
	if (keys == NULL || values == NULL) {
		free(keys);
		free(values);
		return error_memory();
	}
	memset(keys, 0xff, capacity * sizeof *keys); /* MAP_NO_KEY everywhere */
	for (size_t i = 0; i < map->capacity; i++) {
		if (map->keys[i] == MAP_NO_KEY)
			continue;
		size_t slot = map_slot(keys, capacity, map->keys[i]);
		keys[slot] = map->keys[i];
		values[slot] = map->values[i];
	}
	size_t count = map->count;
	map_deinit(map);
	*map = (struct map){.keys = keys, .values = values, .count = count, .capacity = capacity};
	return NULL;
}

struct error *map_put(struct map *map, uint64_t key, uint32_t value)
{
	if (map->count >= map->capacity / 4 * 3)
		TRY(map_grow(map));
	size_t slot = map_slot(map->keys, map->capacity, key);
	if (map->keys[slot] == MAP_NO_KEY) {
		map->keys[slot] = key;
		map->count++;
	}
	map->values[slot] = value;
	return NULL;
}
