/* Is this the same root? Roots have no address, but kinds and names; a map by a hash of these gives candidates, and
 * each is compared. Of several alike the first is meant. */
#include "analyzer/root_pairs.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* A thread id is the process's own; threads of other processes are told by name alone. */
static uint64_t thread_of(const struct root_record *root, bool same_process)
{
	return same_process ? root->thread : 0;
}

static uint64_t hash_of(const struct reader *reader, const struct root_record *root, bool same_process)
{
	uint64_t numbers[4] = {root->kind, thread_of(root, same_process), root->depth, root->interpreter};
	size_t length;
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), numbers, sizeof numbers);
	const char *name = reader_string(reader, root->name, &length);
	hash = mix(hash, name, length);
	name = reader_string(reader, root->function, &length);
	hash = mix(hash, name, length);
	return hash == MAP_NO_KEY ? 0 : hash;
}

static bool equal_strings(const struct reader *a, string_id in_a, const struct reader *b, string_id in_b)
{
	size_t length_a, length_b;
	const char *x = reader_string(a, in_a, &length_a), *y = reader_string(b, in_b, &length_b);
	return length_a == length_b && memcmp(x, y, length_a) == 0;
}

static bool are_alike(const struct reader *a, const struct root_record *x, const struct reader *b,
		      const struct root_record *y, bool same_process)
{
	return x->kind == y->kind && x->depth == y->depth && x->interpreter == y->interpreter &&
	       thread_of(x, same_process) == thread_of(y, same_process) && equal_strings(a, x->name, b, y->name) &&
	       equal_strings(a, x->function, b, y->function);
}

static struct error *index_roots(const struct reader *reader, bool same_process, struct map *map)
{
	const struct root_record *roots = reader_roots(reader);
	for (root_id r = 0; r < reader_counts(reader).roots; r++) {
		uint32_t known;
		uint64_t hash = hash_of(reader, &roots[r], same_process);
		if (!map_find(map, hash, &known))
			TRY(map_put(map, hash, r));
	}
	return NULL;
}

struct error *root_pairs_find(const struct reader *before, const struct reader *after, bool same_process,
			      root_id **after_of)
{
	AUTO(map) struct map map = {0};
	map_init(&map);
	TRY(index_roots(after, same_process, &map));
	uint64_t count = reader_counts(before).roots;
	const struct root_record *a = reader_roots(before), *b = reader_roots(after);
	root_id *pairs = malloc(((size_t)count + 1) * sizeof *pairs);
	if (pairs == NULL)
		return error_memory();
	for (root_id r = 0; r < count; r++) {
		uint32_t found;
		bool known = map_find(&map, hash_of(before, &a[r], same_process), &found) &&
			     are_alike(before, &a[r], after, &b[found], same_process);
		pairs[r] = known ? found : NO_ID;
	}
	*after_of = pairs;
	return NULL;
}
