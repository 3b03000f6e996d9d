/* Kept: rows that an operator has to keep, copied and charged to the query's limits.
 */
#ifndef QUERIES_KEPT_H
#define QUERIES_KEPT_H

#include "base/vector.h"
#include "queries/datum.h"
#include "queries/limits.h"

struct kept {
	uint32_t width; /* values of a row */
	VECTOR(struct datum) values;
	struct arena arena; /* what they borrow */
	struct limits *limits;
	uint64_t taken; /* bytes charged */
	const char *what; /* to sort its rows: for limits_take */
};

void kept_init(struct kept *kept, uint32_t width, struct limits *limits, const char *what);
void kept_deinit(struct kept *kept); /* and gives back what was charged */
void kept_clear(struct kept *kept);  /* all rows */
/* Copies a row to the end. */
struct error *kept_add(struct kept *kept, const struct datum *row) CHECKED;
/* Copies one in place of another; what that one borrowed stays in the arena until so much is idle that all is copied anew. */
struct error *kept_replace(struct kept *kept, size_t number, const struct datum *row) CHECKED;
static inline size_t kept_count(const struct kept *kept)
{
	return kept->width == 0 ? 0 : kept->values.count / kept->width;
}
static inline struct datum *kept_row(const struct kept *kept, size_t number)
{
	return kept->values.items + number * kept->width;
}

/* Rows by what their first values are: a hash table of row numbers. Equal is what datum_order says is. */
struct kept_index {
	uint32_t keys; /* values that tell rows apart */
	uint32_t *slots; /* row + 1; 0: empty */
	size_t capacity; /* a power of two */
	VECTOR(uint64_t) hashes; /* by row */
};
void kept_index_deinit(struct kept_index *index);
uint64_t kept_hash(const struct datum *row, uint32_t keys);
/* The row of equal keys; SIZE_MAX: none. */
size_t kept_index_find(const struct kept_index *index, const struct kept *kept, const struct datum *row, uint64_t hash);
/* The last row of `kept` is entered. Charged to its limits. */
struct error *kept_index_add(struct kept_index *index, struct kept *kept, uint64_t hash) CHECKED;

#endif
