/* When are two values equal, which is the lesser, and where does each stand among all?
 *
 * Three relations that openCypher keeps apart: equality and comparability, which know null, and orderability, which is
 * total. Integers and floats are compared as the numbers that they are, not as floats. Lists and maps are walked
 * recursively: their depth is bounded.
 */
#include "queries/datum.h"

#include "base/mix.h"

#include <math.h>
#include <string.h>

static int compare_texts(struct datum a, struct datum b)
{
	size_t shared = a.length < b.length ? a.length : b.length;
	int order = shared == 0 ? 0 : memcmp(a.text, b.text, shared);
	return order != 0 ? (order > 0) - (order < 0) : (a.length > b.length) - (a.length < b.length);
}

static int compare_integers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* `b` is not NaN. What is beyond the integers is told first; the rest has an integer part that fits. */
static int compare_mixed(int64_t a, double b)
{
	if (b >= 0x1p63)
		return -1;
	if (b < -0x1p63)
		return 1;
	int64_t whole = (int64_t)b;
	double rest = b - (double)whole;
	int order = compare_integers(a, whole);
	return order != 0 ? order : (rest < 0) - (rest > 0);
}

static bool is_nan(struct datum datum)
{
	return datum.kind == DATUM_FLOAT && isnan(datum.real);
}

/* Neither is NaN. */
static int compare_numbers(struct datum a, struct datum b)
{
	if (a.kind == DATUM_INTEGER)
		return b.kind == DATUM_INTEGER ? compare_integers(a.integer, b.integer) : compare_mixed(a.integer, b.real);
	if (b.kind == DATUM_INTEGER)
		return -compare_mixed(b.integer, a.real);
	return (a.real > b.real) - (a.real < b.real);
}

static int compare_ids(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_id_arrays(const uint32_t *a, const uint32_t *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return compare_ids(a[i], b[i]);
	return 0;
}

static int compare_paths(const struct datum_path *a, const struct datum_path *b)
{
	uint32_t shared = a->length < b->length ? a->length : b->length;
	int order = compare_id_arrays(a->places, b->places, (size_t)shared + 1);
	if (order == 0)
		order = compare_id_arrays(a->edges, b->edges, shared);
	return order != 0 ? order : compare_ids(a->length, b->length);
}

/* --- equality ----------------------------------------------------------------------------------------------------- */

static enum truth truth_of(bool value)
{
	return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth equal_lists(const struct datum_list *a, const struct datum_list *b)
{
	enum truth result = TRUTH_TRUE;
	if (a->count != b->count)
		return TRUTH_FALSE;
	for (uint32_t i = 0; i < a->count; i++) {
		enum truth item = datum_equal(a->items[i], b->items[i]);
		if (item == TRUTH_FALSE)
			return TRUTH_FALSE;
		if (item == TRUTH_NULL)
			result = TRUTH_NULL;
	}
	return result;
}

static enum truth equal_maps(const struct datum_map *a, const struct datum_map *b)
{
	enum truth result = TRUTH_TRUE;
	if (a->count != b->count)
		return TRUTH_FALSE;
	for (uint32_t i = 0; i < a->count; i++)
		if (compare_texts(a->entries[i].key, b->entries[i].key) != 0)
			return TRUTH_FALSE;
	for (uint32_t i = 0; i < a->count; i++) {
		enum truth value = datum_equal(a->entries[i].value, b->entries[i].value);
		if (value == TRUTH_FALSE)
			return TRUTH_FALSE;
		if (value == TRUTH_NULL)
			result = TRUTH_NULL;
	}
	return result;
}

enum truth datum_equal(struct datum a, struct datum b)
{
	if (a.kind == DATUM_NULL || b.kind == DATUM_NULL)
		return TRUTH_NULL;
	if (datum_is_number(a) && datum_is_number(b))
		return truth_of(!is_nan(a) && !is_nan(b) && compare_numbers(a, b) == 0);
	if (a.kind != b.kind)
		return TRUTH_FALSE;
	switch ((enum datum_kind)a.kind) {
	case DATUM_LIST:
		return equal_lists(a.list, b.list);
	case DATUM_MAP:
		return equal_maps(a.map, b.map);
	case DATUM_NULL:
	case DATUM_BOOLEAN:
	case DATUM_INTEGER:
	case DATUM_FLOAT:
	case DATUM_STRING:
	case DATUM_NODE:
	case DATUM_EDGE:
	case DATUM_PATH:
	case DATUM_KIND_COUNT:
		break;
	}
	return truth_of(datum_order(a, b) == 0);
}

/* --- comparability ------------------------------------------------------------------------------------------------ */

static bool compare_lists(const struct datum_list *a, const struct datum_list *b, int *order)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		enum truth equal = datum_equal(a->items[i], b->items[i]);
		if (equal == TRUTH_NULL)
			return false;
		if (equal == TRUTH_FALSE)
			return datum_compare(a->items[i], b->items[i], order);
	}
	*order = compare_ids(a->count, b->count);
	return true;
}

bool datum_compare(struct datum a, struct datum b, int *order)
{
	if (datum_is_number(a) && datum_is_number(b)) {
		if (is_nan(a) || is_nan(b))
			return false;
		*order = compare_numbers(a, b);
		return true;
	}
	if (a.kind != b.kind)
		return false;
	if (a.kind == DATUM_LIST)
		return compare_lists(a.list, b.list, order);
	if (a.kind != DATUM_STRING && a.kind != DATUM_BOOLEAN)
		return false;
	*order = datum_order(a, b);
	return true;
}

/* --- orderability ------------------------------------------------------------------------------------------------- */

static int rank_of(struct datum datum)
{
	static const uint8_t ranks[DATUM_KIND_COUNT] = {
		[DATUM_MAP] = 0,     [DATUM_NODE] = 1,    [DATUM_EDGE] = 2,  [DATUM_LIST] = 3, [DATUM_PATH] = 4, [DATUM_STRING] = 5,
		[DATUM_BOOLEAN] = 6, [DATUM_INTEGER] = 7, [DATUM_FLOAT] = 7, [DATUM_NULL] = 9};
	return is_nan(datum) ? 8 : ranks[datum.kind];
}

static int order_lists(const struct datum_list *a, const struct datum_list *b)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		int order = datum_order(a->items[i], b->items[i]);
		if (order != 0)
			return order;
	}
	return compare_ids(a->count, b->count);
}

static int order_maps(const struct datum_map *a, const struct datum_map *b)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		int order = compare_texts(a->entries[i].key, b->entries[i].key);
		if (order == 0)
			order = datum_order(a->entries[i].value, b->entries[i].value);
		if (order != 0)
			return order;
	}
	return compare_ids(a->count, b->count);
}

int datum_order(struct datum a, struct datum b)
{
	int rank = rank_of(a), other = rank_of(b);
	if (rank != other)
		return rank < other ? -1 : 1;
	if (rank >= 8)
		return 0;
	switch ((enum datum_kind)a.kind) {
	case DATUM_BOOLEAN:
		return a.boolean - b.boolean;
	case DATUM_INTEGER:
	case DATUM_FLOAT:
		return compare_numbers(a, b);
	case DATUM_STRING:
		return compare_texts(a, b);
	case DATUM_LIST:
		return order_lists(a.list, b.list);
	case DATUM_MAP:
		return order_maps(a.map, b.map);
	case DATUM_NODE:
		return compare_ids(a.place, b.place);
	case DATUM_EDGE:
		return compare_ids(a.edge, b.edge);
	case DATUM_PATH:
		return compare_paths(a.path, b.path);
	case DATUM_NULL:
	case DATUM_KIND_COUNT:
		break;
	}
	return 0;
}

/* --- hashing ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const char *from = bytes;
	for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), from += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, from, sizeof word);
		hash = mix(hash ^ word);
	}
	uint64_t rest = 0;
	if (size > 0)
		memcpy(&rest, from, size);
	return mix(hash ^ rest ^ (uint64_t)size << 56);
}

#define NUMBER UINT64_C(0x9e3779b97f4a7c15) /* apart from the kinds */

/* A float that is an integer hashes as that. */
static uint64_t hash_float(double real)
{
	if (isnan(real))
		return mix(mix(NUMBER));
	if (real >= -0x1p63 && real < 0x1p63 && real == trunc(real))
		return mix((uint64_t)(int64_t)real ^ NUMBER);
	uint64_t bits;
	memcpy(&bits, &real, sizeof bits);
	return mix(bits ^ NUMBER);
}

uint64_t datum_hash(struct datum datum)
{
	uint64_t hash = mix((uint64_t)datum.kind + 1);
	switch ((enum datum_kind)datum.kind) {
	case DATUM_BOOLEAN:
		return mix(hash ^ datum.boolean);
	case DATUM_INTEGER:
		return mix((uint64_t)datum.integer ^ NUMBER);
	case DATUM_FLOAT:
		return hash_float(datum.real);
	case DATUM_STRING:
		return hash_bytes(hash, datum.text, datum.length);
	case DATUM_NODE:
		return mix(hash ^ datum.place);
	case DATUM_EDGE:
		return mix(hash ^ datum.edge);
	case DATUM_LIST:
		for (uint32_t i = 0; i < datum.list->count; i++)
			hash = mix(hash ^ datum_hash(datum.list->items[i]));
		return hash;
	case DATUM_MAP:
		for (uint32_t i = 0; i < datum.map->count; i++)
			hash = mix(hash ^ datum_hash(datum.map->entries[i].key)) ^
			       datum_hash(datum.map->entries[i].value);
		return mix(hash);
	case DATUM_PATH:
		hash = hash_bytes(hash, datum.path->places, ((size_t)datum.path->length + 1) * sizeof *datum.path->places);
		return hash_bytes(hash, datum.path->edges, datum.path->length * sizeof *datum.path->edges);
	case DATUM_NULL:
	case DATUM_KIND_COUNT:
		break;
	}
	return hash;
}
