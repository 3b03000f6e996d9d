/* What went wrong, and how is it said when even memory is missing?
 *
 * An error is one heap block for the struct and one for its message. Messages carry foreign names
 * (files, types, patterns), so each is escaped here, once, at the only place where they are made:
 * no error can move a terminal's cursor or break its one line. Making an error costs a few
 * allocations; where one fails the constant out-of-memory error takes its place.
 */
#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct error out_of_memory = {
	.code = ERROR_MEMORY,
	.message = (char *)"out of memory",
};

struct error *error_memory(void)
{
	return (struct error *)&out_of_memory; /* never written to: error_prefix and error_destroy know it */
}

/* The formatted line, escaped; NULL without memory. Owned. */
PRINTF(1, 0) static char *message_format(const char *format, va_list arguments, const char *suffix)
{
	AUTO(string) char *raw = NULL;
	if (vasprintf(&raw, format, arguments) < 0) {
		raw = NULL;
		return NULL;
	}
	AUTO(text) struct text line;
	text_init(&line);
	text_add_escaped(&line, raw, strlen(raw));
	text_add_escaped(&line, suffix, strlen(suffix));
	return text_steal(&line);
}

static struct error *error_wrap(enum error_code code, char *message)
{
	struct error *error = message != NULL ? calloc(1, sizeof *error) : NULL;
	if (error == NULL) {
		free(message);
		return error_memory();
	}
	error->code = code;
	error->message = message;
	return error;
}

static struct error *error_place(struct error *error, uint64_t where)
{
	if (error != &out_of_memory) {
		error->has_where = true;
		error->where = where;
	}
	return error;
}

struct error *error_create(enum error_code code, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *message = message_format(format, arguments, "");
	va_end(arguments);
	return error_wrap(code, message);
}

struct error *error_create_at(enum error_code code, uint64_t where, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *message = message_format(format, arguments, "");
	va_end(arguments);
	return error_place(error_wrap(code, message), where);
}

struct error *error_create_errno(enum error_code code, int number, const char *format, ...)
{
	char reason[256] = ": ";
	char buffer[250];
	strncat(reason, strerror_r(number, buffer, sizeof buffer), sizeof reason - sizeof ": ");
	va_list arguments;
	va_start(arguments, format);
	char *message = message_format(format, arguments, reason);
	va_end(arguments);
	return error_wrap(code, message);
}

struct error *error_prefix(struct error *error, const char *format, ...)
{
	if (error == NULL)
		return NULL;
	AUTO(string) char *suffix = NULL;
	if (asprintf(&suffix, ": %s", error->message) < 0) {
		suffix = NULL;
		return error;
	}
	va_list arguments;
	va_start(arguments, format);
	char *message = message_format(format, arguments, suffix);
	va_end(arguments);
	if (message == NULL)
		return error;
	if (error == &out_of_memory)
		return error_wrap(ERROR_MEMORY, message);
	free(error->message);
	error->message = message;
	return error;
}

void error_destroy(struct error *error)
{
	if (error == NULL || error == &out_of_memory)
		return;
	free(error->message);
	free(error);
}
