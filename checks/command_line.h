/* Command line: which heapdiff command shows more of what is too much? */
#ifndef CHECKS_COMMAND_LINE_H
#define CHECKS_COMMAND_LINE_H

#include "checks/scene.h"
#include "checks/rule.h"

/* Adds a line to paste into a shell: heapdiff why a.snap b.snap --type 'app\.Session'. `shown`: an object of it; NO_ID: none is known.
 * `came`: of how many types are new objects that the rule's own pattern of types finds. */
struct error *command_line_print(const struct scene *scene, const struct rule *rule, node_id shown, uint32_t came,
				 struct text *text) CHECKED;

#endif
