/* Check outputs: where the outcomes of a check go: text, files, a workflow's log, any number of them at once. */
#ifndef CLI_CHECK_OUTPUTS_H
#define CLI_CHECK_OUTPUTS_H

#include "checks/outcome.h"
#include "cli/command.h"

/* Fills the call's report, for the text, unless nothing is to be printed; writes the files that the options name, and prints what a workflow reads.
 * ERROR_IO where a file can't be written. */
struct error *check_outputs(struct command_call *call, const struct outcomes *outcomes) CHECKED;

/* Writes all of a file, `-`: of standard output. ERROR_IO. */
struct error *check_outputs_write(const char *path, const struct text *text) CHECKED;

#endif
