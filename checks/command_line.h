/* Command line: which heapdiff command shows more of what is too much? */
#ifndef CHECKS_COMMAND_LINE_H
#define CHECKS_COMMAND_LINE_H

#include "checks/scene.h"
#include "checks/rule.h"

/* Adds a line to paste into a shell: heapdiff why a.snap b.snap --type 'app\.Session'. `shown`: an object of it; NO_ID: none is known.
 * `came`: objects that the rule's pattern of types finds are new. */
struct error *command_line_print(const struct scene *scene, const struct rule *rule, node_id shown, bool came,
				 struct text *text) CHECKED;

#endif
