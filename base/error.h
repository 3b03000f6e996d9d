/* Errors: what went wrong, where, and what the user can do about it.
 *
 * A fallible function returns `struct error *`, NULL for success. The caller owns it: it hands it on,
 * catches it by its code at one visible place and destroys it, or prints it in main.c or cli/.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/guard.h"

#include <stdbool.h>
#include <stdint.h>

enum error_code {
	ERROR_USAGE = 1,  /* the command line, a pattern or a rule is wrong */
	ERROR_REFUSED,    /* the target can't or may not be captured: no permission, not Python, exists */
	ERROR_INPUT,      /* a file is not what it should be: cut, altered, forged, too new */
	ERROR_IO,         /* the operating system refused to read or write */
	ERROR_MEMORY,     /* out of memory, or over a stated limit */
	ERROR_GONE,       /* the target ended while it was read */
	ERROR_FAULT,      /* target memory that can't be read or makes no sense */
	ERROR_INTERRUPTED /* SIGINT or SIGTERM */
};

struct error {
	enum error_code code;
	bool has_where; /* `where` is set */
	uint64_t where; /* target address or file offset, in bytes; the message says which */
	char *message;  /* one line of UTF-8, no newline, no program name */
};

#define CHECKED __attribute__((warn_unused_result))
#define PRINTF(at, from) __attribute__((format(printf, at, from)))

/* Never fails: without memory it returns a static error of ERROR_MEMORY. */
struct error *error_create(enum error_code code, const char *format, ...) PRINTF(2, 3) CHECKED;
struct error *error_create_at(enum error_code code, uint64_t where, const char *format, ...) PRINTF(3, 4) CHECKED;
/* Appends ": strerror(number)" to the message. */
struct error *error_create_errno(enum error_code code, int number, const char *format, ...) PRINTF(3, 4) CHECKED;
/* The static out-of-memory error. */
struct error *error_memory(void) CHECKED;
/* Puts "format: " before the message and keeps code and place. `error` is consumed. */
struct error *error_prefix(struct error *error, const char *format, ...) PRINTF(2, 3) CHECKED;
void error_destroy(struct error *error); /* NULL and the static error are fine */
DEFINE_AUTO(error, struct error *, error_destroy);

/* Hands an error on to the caller. */
#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		struct error *try_error_ = (call);                                                                     \
		if (try_error_ != NULL)                                                                                \
			return try_error_;                                                                             \
	} while (0)

#endif
