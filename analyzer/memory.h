/* Memory: is there enough for a step, asked before it takes any?
 *
 * Linux promises more memory than it has and ends a program that believes it without a word. So a step that knows what
 * it needs asks first, and its user is told how much that is.
 */
#ifndef ANALYZER_MEMORY_H
#define ANALYZER_MEMORY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that the machine, the container we run in, or our limit of address space could still give; UINT64_MAX where the system doesn't say. */
uint64_t memory_available(void);
/* ERROR_MEMORY where `needed` bytes are more than `available`; it says both, and for what: a path. */
struct error *memory_compare(const char *path, uint64_t needed, uint64_t available) CHECKED;
/* memory_compare with what is available now. */
struct error *memory_check(const char *path, uint64_t needed) CHECKED;
/* What to say when the system refused `needed` bytes all the same. */
struct error *memory_refused(const char *path, uint64_t needed) CHECKED;
/* `error`, but memory_refused instead of one that says no more than that there is no memory. `error` is consumed. */
struct error *memory_explain(struct error *error, const char *path, uint64_t needed) CHECKED;

/* count * size bytes for free(), as yet untouched and so not taken; large ones lie on large pages where the system has
 * them. NULL without memory, or where the product overflows. */
void *memory_large(size_t count, size_t size);

#endif
