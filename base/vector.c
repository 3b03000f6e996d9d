/* How does an array of anything grow?
 *
 * By half again, at least to what is needed and at least to 16 items: n pushes move O(n) items in all
 * and waste at most a third of the memory.
 */
#include "base/vector.h"

#include <stdint.h>
#include <stdlib.h>

#define CAPACITY_LEAST 16

struct error *vector_grow(void **items, size_t *capacity, size_t size, size_t needed)
{
	if (needed <= *capacity)
		return NULL;
	size_t wanted = *capacity <= SIZE_MAX / 2 ? *capacity + *capacity / 2 : SIZE_MAX;
	if (wanted < needed)
		wanted = needed;
	if (wanted < CAPACITY_LEAST)
		wanted = CAPACITY_LEAST;
	size_t bytes;
	if (__builtin_mul_overflow(wanted, size, &bytes) || bytes > PTRDIFF_MAX) {
		wanted = needed;
		if (__builtin_mul_overflow(wanted, size, &bytes) || bytes > PTRDIFF_MAX)
			return error_memory();
	}
	void *grown = realloc(*items, bytes);
	if (grown == NULL)
		return error_memory();
	*items = grown;
	*capacity = wanted;
	return NULL;
}
