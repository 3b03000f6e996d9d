/* How are millions of sets kept in little memory? Each once, its members sorted, found again by a hash of them.
 *
 * Hashes come from files that a stranger may have made, so sets of equal hashes are chained, and the steps along a chain
 * count as work: whoever overloads it reaches the limit, and the caller goes on with fewer groups.
 */
#include "analyzer/group_sets.h"

#include <stdlib.h>
#include <string.h>

struct error *group_sets_init(struct group_sets *sets, uint64_t room)
{
	*sets = (struct group_sets){.room = room};
	if (__builtin_mul_overflow(room, 64u, &sets->work))
		sets->work = UINT64_MAX;
	map_init(&sets->by_hash);
	map_init(&sets->added);
	map_init(&sets->met);
	return vector_push(&sets->sets, (struct group_set){0});
}

void group_sets_deinit(struct group_sets *sets)
{
	vector_deinit(&sets->sets);
	vector_deinit(&sets->members);
	vector_deinit(&sets->scratch);
	map_deinit(&sets->by_hash);
	map_deinit(&sets->added);
	map_deinit(&sets->met);
}

static uint64_t hash_of(const uint32_t *members, size_t count)
{
	uint64_t hash = count;
	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ members[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash >> 1; /* never MAP_NO_KEY */
}

static bool is_same(const struct group_sets *sets, set_id set, const uint32_t *members, size_t count)
{
	uint32_t have;
	const uint32_t *known = group_set_members(sets, set, &have);
	return have == count && memcmp(known, members, count * sizeof *members) == 0;
}

/* The set whose members are in `scratch`. */
static struct error *keep(struct group_sets *sets, set_id *result)
{
	const uint32_t *members = sets->scratch.items;
	size_t count = sets->scratch.count;
	*result = SET_EMPTY;
	if (count == 0)
		return NULL;
	uint64_t hash = hash_of(members, count);
	set_id first = SET_EMPTY;
	(void)map_find(&sets->by_hash, hash, &first);
	for (*result = first; *result != SET_EMPTY; *result = sets->sets.items[*result].next, sets->done += count)
		if (is_same(sets, *result, members, count))
			return NULL;
	TRY(vector_reserve(&sets->members, sets->members.count + count));
	struct group_set made = {(uint32_t)sets->members.count, (uint32_t)count, first};
	memcpy(sets->members.items + made.first, members, count * sizeof *members);
	sets->members.count += count;
	*result = (set_id)sets->sets.count;
	TRY(vector_push(&sets->sets, made));
	return map_put(&sets->by_hash, hash, *result);
}

/* Whether there is room and work left for one more result of `count` members. */
static bool may_make(struct group_sets *sets, uint64_t count)
{
	uint64_t kept = sets->members.count + sets->sets.count + sets->added.count + sets->met.count;
	sets->done += count + 1;
	if (kept + count >= sets->room || kept + count >= UINT32_MAX || sets->done >= sets->work)
		sets->full = true;
	return !sets->full;
}

static struct error *make_added(struct group_sets *sets, set_id set, uint32_t group, set_id *result)
{
	uint32_t count, i = 0;
	(void)group_set_members(sets, set, &count);
	TRY(vector_reserve(&sets->scratch, (size_t)count + 1));
	const uint32_t *members = group_set_members(sets, set, &count);
	uint32_t *to = sets->scratch.items;
	for (; i < count && members[i] < group; i++)
		*to++ = members[i];
	*to++ = group;
	for (i += i < count && members[i] == group; i < count; i++)
		*to++ = members[i];
	sets->scratch.count = (size_t)(to - sets->scratch.items);
	return keep(sets, result);
}

struct error *group_sets_add(struct group_sets *sets, set_id set, uint32_t group, set_id *result)
{
	uint64_t key = (uint64_t)set << 32 | group;
	*result = SET_EMPTY;
	if (sets->full || map_find(&sets->added, key, result) ||
	    !may_make(sets, (uint64_t)sets->sets.items[set].count + 1))
		return NULL;
	TRY(make_added(sets, set, group, result));
	return map_put(&sets->added, key, *result);
}

static struct error *make_met(struct group_sets *sets, set_id a, set_id b, set_id *result)
{
	uint32_t left, right;
	const uint32_t *x = group_set_members(sets, a, &left), *y = group_set_members(sets, b, &right);
	TRY(vector_reserve(&sets->scratch, left < right ? left : right));
	sets->scratch.count = 0;
	for (uint32_t i = 0, j = 0; i < left && j < right;) {
		if (x[i] == y[j])
			sets->scratch.items[sets->scratch.count++] = x[i];
		uint32_t at = x[i];
		i += at <= y[j];
		j += y[j] <= at;
	}
	return keep(sets, result);
}

struct error *group_sets_meet(struct group_sets *sets, set_id a, set_id b, set_id *result)
{
	*result = SET_EMPTY;
	if (a == SET_EMPTY || b == SET_EMPTY || sets->full)
		return NULL;
	*result = a;
	if (a == b)
		return NULL;
	uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
	*result = SET_EMPTY;
	if (map_find(&sets->met, key, result) ||
	    !may_make(sets, (uint64_t)sets->sets.items[a].count + sets->sets.items[b].count))
		return NULL;
	TRY(make_met(sets, a, b, result));
	return map_put(&sets->met, key, *result);
}
