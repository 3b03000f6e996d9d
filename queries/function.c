/* Which functions are there, and which one does a name mean? */
#include "queries/function_parts.h"

#include <string.h>
#include <strings.h>

static const struct function functions[] = {
#define FUNCTION(name, run, least, most, kind, unit, parts, arguments, description)                                    \
	{#name, least, most, DATUM_##kind, UNIT_##unit, parts, function_##run, arguments, description},
#define AGGREGATE(name, kind, unit, arguments, description)                                                            \
	{#name, 1, 1, DATUM_##kind, UNIT_##unit, 0, NULL, arguments, description},
#include "queries/function.def"
};

const struct function *function_list(size_t *count)
{
	*count = sizeof functions / sizeof functions[0];
	return functions;
}

const struct function *function_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (strlen(functions[i].name) == length && strncasecmp(functions[i].name, name, length) == 0)
			return &functions[i];
	return NULL;
}
