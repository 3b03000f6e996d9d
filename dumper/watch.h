/* Watch: waiting beside a process, for a moment or for its growth, without missing its end or a signal to us.
 *
 * The process is not stopped or touched. A pidfd tells its end at once, and that another process has its number now.
 */
#ifndef DUMPER_WATCH_H
#define DUMPER_WATCH_H

#include "dumper/interrupt.h"
#include "dumper/process.h"

/* CLOCK_MONOTONIC, in ns. */
uint64_t watch_now(void);
/* Returns at `until` (watch_now's clock; at once where that has passed), and as soon as the process has ended: *ended.
 * ERROR_INTERRUPTED. While it waits, Ctrl-Z puts the program to sleep as it would any other. */
struct error *watch_until(const struct process *process, struct interrupt *interrupt, uint64_t until, bool *ended)
	CHECKED;
/* Returns once the process has `bytes` or more resident; looks 20 times a second. ERROR_GONE where it ends before, and
 * tells the most that was seen; ERROR_INTERRUPTED. */
struct error *watch_rss(const struct process *process, struct interrupt *interrupt, uint64_t bytes) CHECKED;

#endif
