/* Scope guards: a local that owns something releases it when its scope ends.
 *
 *     AUTO(error) struct error *error = ...;      runs error_destroy(error)
 *     return steal(&vector);                      hands over, leaves NULL behind
 *
 * A noun takes part by DEFINE_AUTO(noun, struct noun *, noun_destroy), beside its declaration.
 */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include <stddef.h>

#define DEFINE_AUTO(name, type, function)                                                                              \
	static inline void auto_##name(type *pointer)                                                                  \
	{                                                                                                              \
		function(*pointer);                                                                                    \
	}                                                                                                              \
	struct auto_##name##_needs_semicolon

/* For nouns that live in the caller's memory: the guard is handed the address itself. */
#define DEFINE_AUTO_VALUE(name, type, function)                                                                        \
	static inline void auto_##name(type *pointer)                                                                  \
	{                                                                                                              \
		function(pointer);                                                                                     \
	}                                                                                                              \
	struct auto_##name##_needs_semicolon

/* A guard may be all that a local is for: clang would call it unused. */
#define AUTO(name) __attribute__((unused, cleanup(auto_##name)))

/* Takes the pointer out of a guarded local: the guard then sees NULL. */
#define steal(pointer)                                                                                                 \
	__extension__({                                                                                                \
		__typeof__(*(pointer)) stolen_ = *(pointer);                                                           \
		*(pointer) = NULL;                                                                                     \
		stolen_;                                                                                               \
	})

/* Guards for what the C library hands out. */
void guard_free(void *memory);
void guard_close(int fd); /* a negative descriptor is ignored */
DEFINE_AUTO(free, void *, guard_free);
DEFINE_AUTO(close, int, guard_close);
static inline void auto_string(char **pointer)
{
	guard_free(*pointer);
}

#endif
