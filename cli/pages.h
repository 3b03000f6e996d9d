/* Pages: heapdiff's own help, and its pages of the manual: heapdiff(1), and one for each command. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "cli/command.h"

void pages_add_help(struct text *text, const struct command *const *commands, size_t count);
/* In roff. `command`: NULL for heapdiff(1), which lists all of them. */
void pages_add_manual(struct text *text, const struct command *command, const struct command *const *commands,
		      size_t count);

#endif
