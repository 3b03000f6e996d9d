/* Interrupt: SIGINT, SIGTERM and SIGHUP, asked for at moments when the program can leave cleanly.
 *
 * The signals are blocked and kept in a signalfd, so that no handler and no global is needed: every loop that can take
 * long calls interrupt_check() now and then (a read() of some 0.3 us), and the error it gets travels up through the
 * guards, which resume the target and remove the temporary file. SIGTSTP (Ctrl-Z) waits until the end too: a dumper that
 * is put to sleep would leave its target stopped.
 */
#ifndef DUMPER_INTERRUPT_H
#define DUMPER_INTERRUPT_H

#include "base/error.h"

#include <signal.h>

struct interrupt {
	int fd;       /* signalfd; -1: none */
	int number;   /* the signal that came, 0 while none did */
	sigset_t old; /* mask before */
};

/* ERROR_IO where the kernel gives no signalfd. */
struct error *interrupt_init(struct interrupt *interrupt) CHECKED;
void interrupt_deinit(struct interrupt *interrupt); /* restores the signal mask */
DEFINE_AUTO_VALUE(interrupt, struct interrupt, interrupt_deinit);
/* ERROR_INTERRUPTED from the first signal on; NULL before, and where `interrupt` is NULL. */
struct error *interrupt_check(struct interrupt *interrupt) CHECKED;

#endif
