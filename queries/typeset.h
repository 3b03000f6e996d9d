/* Typeset: which types does a pattern select?
 *
 * The pattern is searched in each distinct display name, once, however many objects there are.
 */
#ifndef QUERIES_TYPESET_H
#define QUERIES_TYPESET_H

#include "analyzer/type_names.h"

struct typeset {
	bool *selected; /* for each label */
	uint32_t count; /* labels selected */
};

/* ERROR_USAGE for a bad pattern or one that backtracks without end, and where it selects nothing: then the nearest
 * known type is named. */
struct error *typeset_init(struct typeset *typeset, const struct type_names *names, const char *pattern) CHECKED;
void typeset_deinit(struct typeset *typeset);
DEFINE_AUTO_VALUE(typeset, struct typeset, typeset_deinit);

#endif
