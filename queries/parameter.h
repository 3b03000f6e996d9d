/* Parameter: a value that stands for $NAME in a query, as it is written on a command line. */
#ifndef QUERIES_PARAMETER_H
#define QUERIES_PARAMETER_H

#include "queries/datum.h"
#include "queries/library.h"

/* The whole of `text` as a value in the arena: JSON (5, 0.5, "text", true, null, [1, 2], {"a": 1}), a size with a unit (64KiB),
 * or else a bare word, which is a string. ERROR_USAGE for what begins as a list, a map or a quoted string and is none, for
 * an integer beyond 64 bits, and for lists in lists beyond DATUM_DEPTH. */
struct error *parameter_parse(struct arena *arena, const char *text, struct datum *result) CHECKED;

struct parameters { /* values by name, in the order in which they came */
	struct arena arena;
	unsigned count;
	struct datum_entry entries[64];
};
void parameters_init(struct parameters *parameters);
void parameters_deinit(struct parameters *parameters);
DEFINE_AUTO_VALUE(parameters, struct parameters, parameters_deinit);

/* A later value of the same name replaces the earlier one. */
struct error *parameters_set(struct parameters *parameters, const char *name, const char *value) CHECKED;
/* NAME=VALUE, as after --param; white space around the name is left out. */
struct error *parameters_assign(struct parameters *parameters, const char *assignment) CHECKED;
bool parameters_has(const struct parameters *parameters, const char *name);
/* Sets those that a query's comments give a default, unless they are there. */
struct error *parameters_complete(struct parameters *parameters, const struct library_header *header) CHECKED;
/* All of them, for resolve_query: in the arena of `parameters`. */
struct error *parameters_map(struct parameters *parameters, const struct datum_map **result) CHECKED;

#endif
