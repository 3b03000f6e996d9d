/* May a query go on, and take what it asks for?
 *
 * Two budgets, of memory and of steps, and a flag that a signal sets. Each is O(1) to ask.
 */
#include "queries/limits.h"

#include "base/text.h"

struct error *limits_take(struct limits *limits, uint64_t bytes, const char *what)
{
	if (limits->taken <= limits->memory && bytes <= limits->memory - limits->taken) {
		limits->taken += bytes;
		return NULL;
	}
	AUTO(text) struct text size;
	text_init(&size);
	text_add_size(&size, limits->memory, SIZE_BINARY);
	return error_create(ERROR_MEMORY, "the query needs more than %s %s; narrow it, or allow more by --max-memory",
			    text_string(&size), what);
}

struct error *limits_step(struct limits *limits, uint64_t steps, const char *what)
{
	if (limits->interrupted != NULL && *limits->interrupted != 0)
		return error_create(ERROR_INTERRUPTED, "the query was interrupted");
	if (limits->stepped <= limits->steps && steps <= limits->steps - limits->stepped) {
		limits->stepped += steps;
		return NULL;
	}
	AUTO(text) struct text count;
	text_init(&count);
	text_add_count(&count, limits->steps);
	return error_create(ERROR_MEMORY,
			    "the query takes more than %s steps along %s; bound its length, ask for distinct ends by "
			    "*reach, or allow more by --max-steps",
			    text_string(&count), what);
}
