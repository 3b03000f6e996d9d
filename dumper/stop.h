/* Stop: holds every thread of a process still, and lets go of it as it was found.
 *
 * PTRACE_SEIZE and PTRACE_INTERRUPT on each thread, again until the list of threads shows no new one. A process that
 * was stopped (SIGSTOP) stays stopped after the release, a signal that was being delivered is delivered at the release,
 * others stay queued. When this program dies, however it dies, the kernel releases the target: PTRACE_O_EXITKILL is
 * never set. What a target can notice: the time, and, as with every debugger, EINTR from a few blocking calls
 * (epoll_wait, sigtimedwait) that Linux does not restart after a stop.
 */
#ifndef DUMPER_STOP_H
#define DUMPER_STOP_H

#include "dumper/interrupt.h"
#include "dumper/process.h"

struct stop_times {        /* ns */
	uint64_t begun;    /* CLOCK_MONOTONIC, before the first thread was interrupted */
	uint64_t stopped;  /* CLOCK_MONOTONIC, when the last thread stood still */
	uint64_t realtime; /* CLOCK_REALTIME at that moment, since 1970 */
	uint64_t resumed;  /* CLOCK_MONOTONIC, after the last thread was released; 0 before. Pause: resumed - begun */
};

struct stop;

/* Stops all threads, at most `timeout` seconds long. Whatever goes wrong, the target runs on. ERROR_REFUSED: not
 * permitted, traced by another, a thread in uninterruptible sleep, or threads born faster than they can be stopped;
 * ERROR_GONE: it ended; ERROR_INTERRUPTED. */
struct error *stop_process(const struct process *process, double timeout, struct interrupt *interrupt,
			   struct stop **result) CHECKED;
/* Releases all threads; a second call does nothing. */
void stop_release(struct stop *stop);
const struct stop_times *stop_times(const struct stop *stop); /* borrowed until destroy */
/* Stack pointer and thread pointer (rsp, fs base) of the `index`th thread held; false where it has ended. */
bool stop_registers(const struct stop *stop, size_t index, uint64_t *stack, uint64_t *thread);
size_t stop_threads(const struct stop *stop);                 /* threads held, or that were */
/* Releases, where that has not been done. */
void stop_destroy(struct stop *stop);
DEFINE_AUTO(stop, struct stop *, stop_destroy);

#endif
