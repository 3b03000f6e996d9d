/* Traverse: what the tp_traverse of a type visits, asked of a process that can call it: a frozen image of the target. */
#ifndef DUMPER_TRAVERSE_H
#define DUMPER_TRAVERSE_H

#include "base/error.h"

#include <stddef.h>

struct traverse;

/* `questions` and `answers` are pipes as dumper/self.h has them, and borrowed until destroy. Each answer may take a second,
 * all of them together half a minute. */
struct error *traverse_create(int questions, int answers, struct traverse **result) CHECKED;
void traverse_destroy(struct traverse *traverse);
DEFINE_AUTO(traverse, struct traverse *, traverse_destroy);

/* What `object` refers to, with duplicates, sorted by address; borrowed until the next call. The same each time it is asked.
 * *known is false where there is no answer: the other side has died, took too long, or there are too many. ERROR_MEMORY only. */
struct error *traverse_referents(struct traverse *traverse, uint64_t object, uint64_t function,
				 const uint64_t **referents, size_t *count, bool *known) CHECKED;

#endif
