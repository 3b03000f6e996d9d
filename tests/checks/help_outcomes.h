/* Outcomes built by hand, for those who print them. */
#ifndef TESTS_CHECKS_HELP_OUTCOMES_H
#define TESTS_CHECKS_HELP_OUTCOMES_H

#include "checks/outcome.h"

/* Sets of outcomes by their name: "shop" (all verdicts, from a policy and the command line), "passing", "partial" (and
 * refused), "learned" (of a baseline, several findings), "hostile" (all strings try to be something else), "empty". False where
 * there is none of that name. */
bool help_outcomes(const char *name, struct outcomes *outcomes);

/* Holds what would act where it is printed: control characters, quotes, markup, ends of sections, mentions, bytes that are no
 * UTF-8. As it comes from a policy; in what checks say, foreign bytes are escaped already. */
extern const char *const help_hostile;

#endif
