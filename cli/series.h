/* Series: heapdiff A B C ..., more than two. */
#ifndef CLI_SERIES_H
#define CLI_SERIES_H

#include "cli/command.h"

/* Of three files or more. */
struct error *series_run(struct command_call *call) CHECKED;

#endif
