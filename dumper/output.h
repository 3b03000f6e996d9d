/* Output: how a snapshot's file is called when the user gave no name. */
#ifndef DUMPER_OUTPUT_H
#define DUMPER_OUTPUT_H

#include "dumper/process.h"

#include <time.h>

/* NAME-PID-TIME.snap, as app-4711-20261120T101500.snap: the command's name with everything but ASCII letters, digits,
 * '.', '_' and '-' made '_' (and none of '.' and '-' in front), and the local time of `moment`. Owned. */
struct error *output_name(const struct process *process, time_t moment, char **name) CHECKED;

#endif
