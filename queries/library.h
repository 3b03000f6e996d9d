/* Library: queries that answer common questions, by name: the files of queries/library, which are in the program itself.
 *
 * A file begins with comments that say what it is: `// question:`, `// columns:`, `// read:` and a `// param NAME = VALUE` for
 * each parameter that has a default. A line `//` and two spaces or more continues the one before.
 */
#ifndef QUERIES_LIBRARY_H
#define QUERIES_LIBRARY_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct library_file { /* made at build time from queries/library, by name */
	const char *name; /* without the ending */
	const char *text;
};
extern const struct library_file library_files[];
extern const size_t library_file_count;

/* NULL: there is none of that name. */
const struct library_file *library_find(const char *name);
/* ERROR_USAGE: there is none, with the nearest name. */
struct error *library_get(const char *name, const struct library_file **result) CHECKED;

/* No query is a single word, so such a word is meant as the name of one. */
bool library_is_name(const char *word);

#define LIBRARY_PARAMETERS 16u

struct library_header { /* absent parts are NULL */
	const char *question, *columns, *read; /* one line each, whatever they were in the file */
	unsigned count;
	struct library_parameter {
		const char *name;
		const char *value; /* as queries/parameter.h reads it */
	} parameters[LIBRARY_PARAMETERS];
};

/* The comments that a query's text begins with; what is none of these is passed over. The strings lie in the arena.
 * ERROR_USAGE for a parameter without a value, and for more than LIBRARY_PARAMETERS. */
struct error *library_read_header(const char *text, struct arena *arena, struct library_header *header) CHECKED;

#endif
