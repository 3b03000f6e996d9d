/* Function: what a query may call by name, queries/function.def. */
#ifndef QUERIES_FUNCTION_H
#define QUERIES_FUNCTION_H

#include "queries/evaluate.h"

typedef struct error *function_run(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				   struct datum *result);

struct function {
	const char *name; /* compared without regard to case */
	uint32_t least, most; /* arguments */
	enum datum_kind kind; /* of its results; DATUM_NULL: depends on the arguments */
	enum property_unit unit; /* UNIT_NONE where it depends on the first argument's */
	unsigned parts;       /* enum heap_part that it needs */
	function_run *run;    /* NULL: an aggregate, which queries/aggregate.h runs */
	const char *arguments, *description; /* for help: (x), one line */
};

const struct function *function_find(const char *name, size_t length); /* NULL: there is none */
const struct function *function_list(size_t *count);

#endif
