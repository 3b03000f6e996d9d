/* A scene from one or two snapshots as text (tests/format/help_graph.h), with the members of a subject. Failures end the test. */
#ifndef TESTS_CHECKS_HELP_SCENE_H
#define TESTS_CHECKS_HELP_SCENE_H

#include "checks/explain.h"
#include "tests/analyzer/help_loaded.h"

struct staged {
	struct loaded a, b; /* b: of two */
	struct diff diff;
	struct graph *graph; /* of one; the diff has its own */
	struct retention held;
	struct ways ways;
	struct scene scene; /* its files are called a.snap and b.snap */
	struct arrivals arrivals;
	struct scratch scratch;
	uint64_t *member, *retained; /* by node: 1 where it is */
};

/* `after`: NULL where there is one. Matched by address, as of one process, where `match` says so. */
void help_stage(struct staged *staged, const char *before, const char *after, enum diff_match match);
void help_staged_deinit(struct staged *staged);
DEFINE_AUTO_VALUE(staged, struct staged, help_staged_deinit);

/* Makes the members those of the later snapshot whose type, or address, it is, and finds out what goes with them. */
void help_stage_type(struct staged *staged, const char *type);
void help_stage_address(struct staged *staged, uint64_t address);
struct explained help_explained(const struct staged *staged); /* all where there are no members */

#endif
