/* Account: what heapdump tells the user of a process and its captures, as text. */
#ifndef DUMPER_ACCOUNT_H
#define DUMPER_ACCOUNT_H

#include "base/text.h"
#include "dumper/capture.h"
#include "dumper/check.h"

/* "4711 (app)". */
void account_process(struct text *text, const struct process *process);
/* The lines of --check. */
void account_check(struct text *text, const struct process *process, const struct check *check);
/* What is about to happen to the process, without a newline. */
void account_plan(struct text *text, const struct process *process, enum pause_mode mode);
/* The one line about a snapshot. */
void account_result(struct text *text, const char *path, const struct capture_result *result);
/* The line about what is missing of a partial one. */
void account_losses(struct text *text, const struct capture_result *result);

#endif
