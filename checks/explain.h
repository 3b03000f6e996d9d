/* Explain: why is a rule's subject as large as it is, or larger than before? Path, holder, types, and a command that shows more. */
#ifndef CHECKS_EXPLAIN_H
#define CHECKS_EXPLAIN_H

#include "checks/membership.h"
#include "checks/outcome.h"
#include "checks/scene.h"

/* Adds a finding to the outcome, whose rule and numbers are known: message, path, holder, types, command. Of growth it is about what is
 * new among `retained` since the diff's earlier snapshot: the path of a new object that retains most of it, and the holder is
 * what was there before or, of two processes, the nearest that is named. O(nodes) at most, and what it prints. */
struct error *explain_outcome(const struct scene *scene, const struct explained *explained, struct outcomes *outcomes,
			      struct outcome *outcome) CHECKED;

#endif
