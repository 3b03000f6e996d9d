/* Intern: strings kept once each, numbered in the order in which they were first seen. */
#ifndef FORMAT_INTERN_H
#define FORMAT_INTERN_H

#include "base/map.h"
#include "base/vector.h"
#include "format/schema.h"

#define STRING_MAX 65536u /* bytes of a string, at most */

struct intern {
	VECTOR(char) bytes;      /* all strings, one after the other, each ended by NUL */
	VECTOR(uint64_t) starts; /* where each string starts; the next one's start less 1 is its end */
	struct map ids;          /* content hash -> id; a collision takes the next key */
};

void intern_init(struct intern *intern);
void intern_deinit(struct intern *intern);
DEFINE_AUTO_VALUE(intern, struct intern, intern_deinit);
/* The same bytes give the same id. Longer strings than STRING_MAX are cut, at a character's start where they are UTF-8. */
struct error *intern_put(struct intern *intern, const char *bytes, size_t length, string_id *id) CHECKED;
/* Appends without looking for an equal one: for reading strings that already have their ids. */
struct error *intern_append(struct intern *intern, const char *bytes, size_t length) CHECKED;
uint32_t intern_count(const struct intern *intern);
/* NUL-terminated; until the next put. `id` must be below the count. */
const char *intern_get(const struct intern *intern, string_id id, size_t *length);

#endif
