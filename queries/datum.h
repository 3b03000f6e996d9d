/* Datum: one value in a query, and what openCypher says of comparing, ordering and adding it.
 *
 * 16 bytes, copied freely. What is larger (texts, lists, maps, paths) lies elsewhere and is borrowed: in the query's own
 * arena, in that of the operator that made it (valid until that operator makes its next row), or in the heap.
 */
#ifndef QUERIES_DATUM_H
#define QUERIES_DATUM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum datum_kind {
	DATUM_NULL, /* not known, or makes no sense */
	DATUM_BOOLEAN,
	DATUM_INTEGER, /* 64 bits, signed; overflow is an error, never wrong */
	DATUM_FLOAT,
	DATUM_STRING, /* any bytes; compared by byte, which is by code point in UTF-8 */
	DATUM_LIST,
	DATUM_MAP,
	DATUM_NODE, /* an object, or a root */
	DATUM_EDGE,
	DATUM_PATH,
	DATUM_KIND_COUNT
};
const char *datum_kind_name(enum datum_kind kind); /* NULL, BOOLEAN ... as messages and valueType() have it */

struct datum {
	uint8_t kind;  /* enum datum_kind */
	uint8_t depth; /* of a list or a map: levels of these, 1 .. DATUM_DEPTH; else 0 */
	union {
		uint32_t length; /* of a string, bytes */
		uint32_t source; /* of an edge: the place that it goes out from */
	};
	union {
		bool boolean;
		int64_t integer;
		double real;
		const char *text; /* NUL-terminated, may hold any bytes */
		const struct datum_list *list;
		const struct datum_map *map;
		const struct datum_path *path;
		uint32_t place; /* of a node: an object's number, or objects + number of a root */
		uint32_t edge;  /* number among the heap's edges (queries/heap.h) */
	};
};
_Static_assert(sizeof(struct datum) == 16, "rows are arrays of these");

#define DATUM_DEPTH 64u       /* lists in lists and maps, at most */
#define DATUM_ITEMS_MAX (1u << 28) /* items of a list, at most */

struct datum_list {
	uint32_t count;
	struct datum items[];
};

struct datum_map { /* keys ascending and distinct */
	uint32_t count;
	struct datum_entry {
		struct datum key; /* a string */
		struct datum value;
	} entries[];
};

struct datum_path { /* from `places[0]`, over edges[i], to places[i + 1] */
	uint32_t length; /* edges */
	const uint32_t *places; /* length + 1 */
	const uint32_t *edges;
	const uint32_t *sources; /* of each edge, as it is taken against its direction too: the place that it goes out from */
};

static inline struct datum datum_null(void)
{
	return (struct datum){.kind = DATUM_NULL};
}
static inline struct datum datum_boolean(bool value)
{
	return (struct datum){.kind = DATUM_BOOLEAN, .boolean = value};
}
static inline struct datum datum_integer(int64_t value)
{
	return (struct datum){.kind = DATUM_INTEGER, .integer = value};
}
static inline struct datum datum_float(double value)
{
	return (struct datum){.kind = DATUM_FLOAT, .real = value};
}
static inline struct datum datum_string(const char *text, size_t length)
{
	return (struct datum){.kind = DATUM_STRING, .length = (uint32_t)length, .text = text};
}
static inline struct datum datum_node(uint32_t place)
{
	return (struct datum){.kind = DATUM_NODE, .place = place};
}
static inline struct datum datum_edge(uint32_t edge, uint32_t source)
{
	return (struct datum){.kind = DATUM_EDGE, .source = source, .edge = edge};
}
static inline bool datum_is_null(struct datum datum)
{
	return datum.kind == DATUM_NULL;
}
static inline bool datum_is_number(struct datum datum)
{
	return datum.kind == DATUM_INTEGER || datum.kind == DATUM_FLOAT;
}

/* Three values: true, false and null, as comparison and AND, OR, NOT give. */
enum truth {
	TRUTH_FALSE,
	TRUTH_TRUE,
	TRUTH_NULL
};
static inline struct datum datum_truth(enum truth truth)
{
	return truth == TRUTH_NULL ? datum_null() : datum_boolean(truth == TRUTH_TRUE);
}

/* `=`: null where either is null, or where a null inside decides; values of different kinds are unequal, but integers and
 * floats are compared as numbers, exactly. Lists and maps are compared item by item. NaN equals nothing. No recursion over
 * lists: nesting is bounded where they are made (DATUM_DEPTH). */
enum truth datum_equal(struct datum a, struct datum b);
/* `<`: -1, 0 or 1 in *order and true; false (which stands for null) where they can't be compared: different kinds, nulls,
 * NaN, maps, nodes, edges, paths. Lists are compared item by item. */
bool datum_compare(struct datum a, struct datum b, int *order);
/* Order of all values, as ORDER BY wants it: maps, nodes, edges, lists, paths, strings, booleans, numbers, NaN, null;
 * ascending. Total: equal only what is the same for DISTINCT and grouping (where null is null, NaN is NaN, 1 is 1.0). */
int datum_order(struct datum a, struct datum b);
/* Equal where datum_order is 0. */
uint64_t datum_hash(struct datum datum);

/* Copies what is borrowed, to any depth, into the arena. Short of memory: ERROR_MEMORY. */
struct error *datum_copy(struct arena *arena, struct datum datum, struct datum *result) CHECKED;
/* Bytes that such a copy takes in the arena, 16 B of the datum not counted. */
size_t datum_bytes(struct datum datum);

/* Room for a list or a map that the caller fills, and hands over then. ERROR_MEMORY; ERROR_USAGE for too long a list. */
struct error *datum_list_create(struct arena *arena, size_t count, struct datum_list **result) CHECKED;
struct error *datum_map_create(struct arena *arena, size_t count, struct datum_map **result) CHECKED;
/* The list as a datum. ERROR_USAGE where it is nested deeper than DATUM_DEPTH. */
struct error *datum_of_list(const struct datum_list *list, struct datum *result) CHECKED;
/* The map as a datum, its entries sorted by key; of equal keys the last one stays. Errors likewise. */
struct error *datum_of_map(struct datum_map *map, struct datum *result) CHECKED;
/* Adds a number as it is written in a query: 12, 0.5, 1e30; of floats as few digits as tell it from all others. */
void datum_print_number(struct datum number, struct text *text);
/* Null where there is no such key. */
struct datum datum_map_get(const struct datum_map *map, const char *key, size_t length);

/* a + b, a - b ...: numbers; `+` also joins strings, lists, and adds an item to a list. Null where either is null.
 * ERROR_USAGE for other kinds, for overflow of integers and division of an integer by 0, in the words of a message
 * that begins with the operator. */
enum datum_operator {
	DATUM_ADD,
	DATUM_SUBTRACT,
	DATUM_MULTIPLY,
	DATUM_DIVIDE, /* of integers: cut towards 0 */
	DATUM_MODULO, /* has the sign of the dividend */
	DATUM_POWER   /* always a float */
};
struct error *datum_calculate(struct arena *arena, enum datum_operator operator, struct datum a, struct datum b,
			      struct datum *result) CHECKED;
struct error *datum_negate(struct datum a, struct datum *result) CHECKED;

/* Is a an item of list b: null where none is equal and a comparison was null. ERROR_USAGE where b is no list. */
struct error *datum_in(struct datum a, struct datum b, enum truth *result) CHECKED;

#endif
