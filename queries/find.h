/* Find: the options of `heapdiff find` as a query, for those who want no language. */
#ifndef QUERIES_FIND_H
#define QUERIES_FIND_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct find_request { /* what an object has to be; patterns are searched anywhere, NULL: any */
	const char *type;     /* its type's name */
	const char *name;     /* the name of an edge that leads to it */
	const char *held_by;  /* the type of an object, or the name of a root, that refers to it and not weakly */
	const char *holding;  /* the type of an object that it refers to, not weakly */
	uint64_t min_size, min_retained; /* bytes; 0: any */
	const char *generation; /* 0, 1, 2, permanent, untracked */
	const char *fate;       /* reachable, held, garbage, stuck */
	uint64_t top;           /* objects, those that retain most; 0: all */
	bool ids;               /* columns for programs: id, address */
};

/* The query whose rows are object, type, size, retained, path, and with `ids` id and address. ERROR_USAGE for a bad pattern, generation or fate. */
struct error *find_query(const struct find_request *request, struct text *query) CHECKED;
/* The query whose only row is how many there are of these and their own bytes. */
struct error *find_total_query(const struct find_request *request, struct text *query) CHECKED;

#endif
