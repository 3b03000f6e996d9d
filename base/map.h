/* Map: 64-bit keys to 32-bit values, open addressing, no deletion.
 *
 * Linear probing over a power of two, at most 3/4 full, multiplicative hashing that also spreads
 * aligned addresses. 12 bytes a slot. Any key but MAP_NO_KEY can be stored.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/error.h"

#include <stddef.h>

#define MAP_NO_KEY UINT64_MAX

struct map {
	uint64_t *keys;
	uint32_t *values;
	size_t count, capacity;
};

void map_init(struct map *map); /* takes no memory */
void map_deinit(struct map *map);
DEFINE_AUTO_VALUE(map, struct map, map_deinit);

bool map_find(const struct map *map, uint64_t key, uint32_t *value); /* *value untouched when absent */
/* Sets or replaces. ERROR_MEMORY leaves the map as it was. */
struct error *map_put(struct map *map, uint64_t key, uint32_t value) CHECKED;

#endif
