/* Growable arrays of one type, and the growth policy alone for those who keep their own fields.
 *
 *     VECTOR(uint64_t) stack = {0};
 *     TRY(vector_push(&stack, address));
 *     while (stack.count > 0) address = stack.items[--stack.count];
 *     vector_deinit(&stack);
 *
 * Capacity grows by half again, so n pushes cost O(n). Elements are moved by realloc: keep ids, not pointers.
 */
#ifndef BASE_VECTOR_H
#define BASE_VECTOR_H

#include "base/error.h"

#include <stddef.h>

#define VECTOR(type)                                                                                                   \
	struct {                                                                                                       \
		type *items;                                                                                           \
		size_t count;    /* items in use */                                                                    \
		size_t capacity; /* items allocated */                                                                 \
	}

/* Room for `needed` items of `size` bytes. ERROR_MEMORY, also where needed * size overflows. */
struct error *vector_grow(void **items, size_t *capacity, size_t size, size_t needed) CHECKED;

#define vector_reserve(vector, needed)                                                                                 \
	((needed) <= (vector)->capacity                                                                                \
		 ? NULL                                                                                                \
		 : vector_grow((void **)&(vector)->items, &(vector)->capacity, sizeof *(vector)->items, (needed)))

#define vector_push(vector, ...)                                                                                       \
	__extension__({                                                                                                \
		struct error *push_error_ = vector_reserve((vector), (vector)->count + 1);                             \
		if (push_error_ == NULL)                                                                               \
			(vector)->items[(vector)->count++] = (__VA_ARGS__);                                            \
		push_error_;                                                                                           \
	})

#define vector_deinit(vector)                                                                                          \
	do {                                                                                                           \
		guard_free((vector)->items);                                                                           \
		(vector)->items = NULL;                                                                                \
		(vector)->count = (vector)->capacity = 0;                                                              \
	} while (0)

#endif
