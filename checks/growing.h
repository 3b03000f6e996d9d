/* Growing: paths and types that grew, put together by the place that they hang from, as findings. */
#ifndef CHECKS_GROWING_H
#define CHECKS_GROWING_H

#include "checks/outcome.h"

struct grown { /* strings: the outcomes', escaped */
	const char *path; /* keys and indices masked; NULL: objects of a type, at no path in particular */
	const char *type;
	const char *message;
	int64_t count, size; /* objects and bytes more than before */
	int64_t before;      /* bytes */
	bool weak; /* says something beside others of its place, and nothing alone */
};

struct growing {
	VECTOR(struct grown) items;
	uint64_t left; /* by growing_find: places that grew, and that there was no room for */
};
void growing_deinit(struct growing *growing);
DEFINE_AUTO_VALUE(growing, struct growing, growing_deinit);

struct growing_request {
	const char *command; /* that shows more: `heapdiff why a.snap b.snap`; a pattern of types is added */
	size_t findings;     /* at most */
	int64_t least;       /* bytes; a place that grew by less is none */
	enum size_unit unit;
};

/* Adds a finding for each place, what grew most first: what hangs from one container, its keys, its items and what they refer to is
 * one growth and not many; a place of weak ones alone is none. The finding says what the largest of these says, and its types are
 * those of all. The outcome's numbers and its verdict are those of all places. Sorts the items; O(items * log items). */
struct error *growing_find(struct growing *growing, const struct growing_request *request, struct outcomes *outcomes,
			   struct outcome *outcome) CHECKED;

#endif
