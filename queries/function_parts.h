/* Function parts: what the files that hold the functions of queries/function.def share; for these alone. */
#ifndef QUERIES_FUNCTION_PARTS_H
#define QUERIES_FUNCTION_PARTS_H

#include "queries/function.h"

#define FUNCTION(name, run, least, most, kind, unit, parts, arguments, description) function_run function_##run;
#include "queries/function.def"

/* ERROR_USAGE: NAME() takes WANTED, not what the argument is. */
static inline struct error *function_unfit(const char *name, const char *wanted, struct datum argument)
{
	return error_create(ERROR_USAGE, "%s() takes %s, not %s", name, wanted, datum_kind_name(argument.kind));
}

#endif
