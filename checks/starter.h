/* Starter: a policy to begin with, written from what is there. */
#ifndef CHECKS_STARTER_H
#define CHECKS_STARTER_H

#include "checks/scene.h"
#include "base/text.h"

/* Adds an INI file that policy_parse takes and the snapshot passes: the process's own classes and modules that retain most, each
 * with a limit some way above what it has, what should not be at all, and comments that say what each line means and what else
 * there is. `scene`: of one snapshot; `retained`: by label, bytes. */
struct error *starter_print(const struct scene *scene, const uint64_t *retained, struct text *text) CHECKED;

#endif
