/* Violation: by how much is a rule broken, in a sentence? */
#ifndef CHECKS_VIOLATION_H
#define CHECKS_VIOLATION_H

#include "checks/outcome.h"

/* Adds `app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB`, or of growth `what app.Session retains grew by 3.0 MiB
 * (12.0 MiB -> 15.0 MiB), 2.4 MiB more than the limit of 5%`; no full stop. `name`: what to call the rule's subject, escaped; NULL: as
 * the rule is written. */
void violation_print(const struct outcome *outcome, const char *name, enum size_unit unit, struct text *text);

#endif
