/* Match: user patterns, PCRE2 with JIT, the only file that knows PCRE2.
 *
 * A pattern is compiled once and matched once for each distinct string, never for each object.
 * Catastrophic backtracking is stopped by match limits and told as an error.
 */
#ifndef BASE_MATCH_H
#define BASE_MATCH_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>

struct match;

enum match_kind {
	MATCH_SEARCH, /* anywhere in the subject; anchor with ^ and $ */
	MATCH_WHOLE   /* the whole subject, as openCypher's =~ */
};

/* ERROR_USAGE names the offset in the pattern and PCRE2's reason. UTF-8; bad UTF-8 in a subject never
 * matches wrongly: it is matched as PCRE2_MATCH_INVALID_UTF does. */
struct error *match_create(const char *pattern, enum match_kind kind, struct match **result) CHECKED;
void match_destroy(struct match *match);
DEFINE_AUTO(match, struct match *, match_destroy);
/* ERROR_USAGE when the match limit was hit, naming the pattern. */
struct error *match_run(struct match *match, const char *subject, size_t length, bool *found) CHECKED;
/* Adds a pattern of MATCH_SEARCH that finds just this name: `^app\.Session$`. */
void match_add_exactly(const char *name, size_t length, struct text *pattern);

#endif
