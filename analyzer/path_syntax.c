/* Where does this text end to be a path?
 *
 * A beginning, then steps, each told by its first character: a dot and a name, a key or an index in brackets, anything else in
 * angle ones. One sweep, O(length).
 */
#include "analyzer/path_syntax.h"

#include <stddef.h>
#include <string.h>

/* ` ... 75 more ... ` stands for steps that were left out. */
static const char *find_elision(const char *text)
{
	static const char before[] = " ... ", after[] = " more ... ";
	for (const char *at = text; (at = strstr(at, before)) != NULL; at++) {
		const char *number = at + strlen(before);
		size_t digits = strspn(number, "0123456789");
		if (digits > 0 && strncmp(number + digits, after, strlen(after)) == 0)
			return at;
	}
	return NULL;
}

static struct error *refuse(const char *text, const char *at, const char *what)
{
	if (at == text)
		return error_create(ERROR_USAGE, "'%s' is no path: %s", text, what);
	return error_create(ERROR_USAGE, "'%s' is no path: after '%.*s' %s", text, (int)(at - text), text, what);
}

/* Behind the step's closing character; NULL: it has none. In quotes, a bracket may be part of the key. */
static const char *close_step(const char *at)
{
	const char *end;
	if (*at == '<')
		end = strchr(at, '>');
	else if (at[1] == '\'' || at[1] == '"' || (at[1] == 'b' && (at[2] == '\'' || at[2] == '"')))
		end = at[1] == '"' || at[2] == '"' ? strstr(at, "\"]") : strstr(at, "']");
	else
		end = strchr(at, ']');
	return end == NULL ? NULL : end + (*at == '<' || *end == ']' ? 1 : 2);
}

static struct error *check_steps(const char *text, const char *at)
{
	while (*at != '\0') {
		const char *end;
		if (*at == '.') {
			end = at + 1;
			end = *end == '<' ? close_step(end) : end + strcspn(end, ".[<");
			if (end == at + 1)
				return refuse(text, at, "a dot has no name behind it");
		} else if (*at == '[' || *at == '<') {
			end = close_step(at);
		} else {
			return refuse(text, at, "a step begins with '.', '[' or '<'");
		}
		if (end == NULL)
			return refuse(text, at, *at == '[' ? "a '[' is not closed" : "a '<' is not closed");
		at = end;
	}
	return NULL;
}

struct error *path_syntax_check(const char *text)
{
	const char *elision = find_elision(text), *call = strstr(text, "()");
	if (strlen(text) > PATH_LONGEST)
		return error_create(ERROR_USAGE, "a path of %zu bytes; %u are the most that one may have", strlen(text),
				    PATH_LONGEST);
	if (*text == '\0')
		return error_create(ERROR_USAGE, "a path is empty");
	if (elision != NULL)
		return refuse(text, elision, "steps are left out, so it can't be looked up");
	if (call != NULL) /* of a frame, such as <lambda>() */
		return check_steps(text, call + 2 + strcspn(call + 2, ".[<"));
	if (strchr(".[<", *text) != NULL)
		return refuse(text, text, "it begins with a step; write what the step begins at, such as a module");
	return check_steps(text, text + strcspn(text, ".[<"));
}
