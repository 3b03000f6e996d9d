/* How are the objects written that a rule is about?
 *
 * As a word before a colon and what follows it, or, most often meant, as a pattern of types alone. A type's name has no colon, so
 * nothing is lost by that.
 */
#include "checks/subject.h"

#include <string.h>

static const char *const prefixes[] = {
	[SUBJECT_ALL] = "",       [SUBJECT_TYPE] = "",        [SUBJECT_MODULE] = "module:",
	[SUBJECT_PATH] = "path:", [SUBJECT_QUERY] = "query:",
};

struct subject subject_parse(const char *text)
{
	for (enum subject_kind kind = SUBJECT_MODULE; kind <= SUBJECT_QUERY; kind++) {
		size_t length = strlen(prefixes[kind]);
		if (strncmp(text, prefixes[kind], length) == 0)
			return (struct subject){kind, text + length};
	}
	return (struct subject){SUBJECT_TYPE, text};
}

void subject_print(const struct subject *subject, struct text *text)
{
	if (subject->kind == SUBJECT_ALL)
		return;
	text_add(text, prefixes[subject->kind]);
	text_add_escaped(text, subject->text, strlen(subject->text));
}
