/* JSON: a text as a value of queries. */
#ifndef QUERIES_JSON_H
#define QUERIES_JSON_H

#include "queries/datum.h"

/* The whole of `text` as a value in the arena; lists and maps of at most `most` items each, and no deeper than DATUM_DEPTH.
 * Integers have 64 bits, floats are finite; of equal keys the last one stays. ERROR_USAGE, which says what should stand there; `where` is
 * the offset in the text, in bytes. */
struct error *json_parse(struct arena *arena, const char *text, size_t most, struct datum *result) CHECKED;
/* Whether the whole of `text` is a number, true, false or null; *error, which is NULL before, where such a number is too large. */
bool json_scalar(const char *text, struct datum *result, struct error **error);

#endif
