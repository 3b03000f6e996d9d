/* Child: a process to be stopped, read and killed, whose doings can be watched from outside through shared memory. */
#ifndef TESTS_DUMPER_HELP_CHILD_H
#define TESTS_DUMPER_HELP_CHILD_H

#include "base/guard.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_THREADS_MAX 64

struct child_board {                           /* shared by both processes */
	atomic_ulong beats[CHILD_THREADS_MAX]; /* each thread counts while it runs */
	atomic_ulong born;                     /* short-lived threads so far */
	atomic_ulong queued;                   /* SIGRTMIN received */
	atomic_ulong users;                    /* SIGUSR1 received */
	atomic_bool ready;
};

struct child {
	pid_t pid;
	struct child_board *board;
};

/* A child with `threads` counting threads beside its main one, handlers for SIGRTMIN and SIGUSR1, and, where `births`,
 * one more thread that starts short-lived threads for ever. It is ready on return. */
struct child child_threads(unsigned threads, _Bool births);
/* A child that runs `body` once; it is ready when body says so on the board. */
struct child child_run(void (*body)(struct child_board *board));
/* Killed and waited for. */
void child_end(struct child *child);
DEFINE_AUTO_VALUE(child, struct child, child_end);

/* All beats added up. */
unsigned long child_beats(const struct child *child);
/* Waits, at most 10 s, until the kernel gives this state letter for the process; false where it never does. */
_Bool child_await_state(pid_t pid, char state);
/* Waits, at most 10 s, until *value is at least `wanted`. */
_Bool child_await(atomic_ulong *value, unsigned long wanted);
/* Whether threads get on within 10 s. */
_Bool child_runs(const struct child *child);

#endif
