/* Waiting ends with the moment, the growth, the process or a signal, whichever comes first. */
#include "tests/test.h"

#include "dumper/watch.h"
#include "tests/dumper/help_child.h"
#include "tests/dumper/help_proc.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_NS UINT64_C(60000000000) /* longer than any test may take */
#define GROWTH ((size_t)48 << 20)

static void sleep_on(struct child_board *board)
{
	atomic_store(&board->ready, 1);
	pause();
}

/* Grows once it is asked to by SIGUSR1. */
static void grow_when_asked(struct child_board *board)
{
	sigset_t asked;
	int number;
	sigemptyset(&asked);
	sigaddset(&asked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &asked, NULL);
	atomic_store(&board->ready, 1);
	sigwait(&asked, &number);
	void *memory = mmap(NULL, GROWTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 1, GROWTH);
	pause();
}

static void kill_child(struct child *child)
{
	kill(child->pid, SIGKILL);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT), 0); /* a zombie from now on */
}

HEAP_TEST(watch, returns_at_the_moment)
{
	AUTO(child) struct child child = child_run(sleep_on);
	AUTO(process) struct process *process = NULL;
	bool ended = true;
	assert_ok(process_read(NULL, child.pid, &process));
	uint64_t until = watch_now() + 30000000;
	assert_ok(watch_until(process, NULL, until, &ended));
	cr_assert_not(ended);
	cr_assert_geq(watch_now(), until);
	assert_ok(watch_until(process, NULL, 0, &ended));
	cr_assert_not(ended);
}

/* With a pidfd and, as on a kernel that has none, without. */
HEAP_TEST(watch, notices_the_end)
{
	for (int without = 0; without < 2; without++) {
		AUTO(child) struct child child = child_run(sleep_on);
		AUTO(process) struct process *process = NULL;
		bool ended = false;
		assert_ok(process_read(NULL, child.pid, &process));
		if (without) {
			close(process->pidfd);
			process->pidfd = -1;
		}
		uint64_t until = watch_now() + LONG_NS;
		kill_child(&child);
		assert_ok(watch_until(process, NULL, until, &ended));
		cr_assert(ended);
		cr_assert_lt(watch_now(), until);
	}
}

HEAP_TEST(watch, notices_that_the_number_is_anothers)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	bool ended = true;
	assert_ok(process_read(proc_path(proc), 4711, &process));
	assert_ok(watch_until(process, NULL, 0, &ended));
	cr_assert_not(ended);
	proc_stat(proc, 4711, "other", 'S', 0, 999999);
	assert_ok(watch_until(process, NULL, watch_now() + LONG_NS, &ended));
	cr_assert(ended);
}

HEAP_TEST(watch, is_interrupted)
{
	AUTO(child) struct child child = child_run(sleep_on);
	AUTO(process) struct process *process = NULL;
	AUTO(interrupt) struct interrupt interrupt;
	bool ended = false;
	assert_ok(process_read(NULL, child.pid, &process));
	assert_ok(interrupt_init(&interrupt));
	raise(SIGTERM);
	assert_error_says(watch_until(process, &interrupt, watch_now() + LONG_NS, &ended), ERROR_INTERRUPTED,
			  "SIGTERM");
	assert_error(watch_rss(process, &interrupt, UINT64_C(1) << 50), ERROR_INTERRUPTED);
	cr_assert_not(ended);
}

HEAP_TEST(watch, waits_for_growth)
{
	AUTO(child) struct child child = child_run(grow_when_asked);
	AUTO(process) struct process *process = NULL, *later = NULL;
	assert_ok(process_read(NULL, child.pid, &process));
	uint64_t wanted = process->rss + GROWTH / 2;
	assert_ok(watch_rss(process, NULL, 1));
	kill(child.pid, SIGUSR1);
	assert_ok(watch_rss(process, NULL, wanted));
	assert_ok(process_read(NULL, child.pid, &later));
	cr_assert_geq(later->rss, wanted);
}

HEAP_TEST(watch, tells_the_most_it_saw_of_one_that_ended)
{
	AUTO(child) struct child child = child_run(sleep_on);
	AUTO(process) struct process *process = NULL;
	assert_ok(process_read(NULL, child.pid, &process));
	process->rss = UINT64_C(3) << 20;
	kill_child(&child);
	assert_error_says(watch_rss(process, NULL, UINT64_C(1) << 40), ERROR_GONE,
			  "ended before it had 1.0 TiB resident; the most that was seen is 3.0 MiB");
}

/* A main thread that has ended has a statm of zeros, the process still has its memory. */
HEAP_TEST(watch, asks_the_other_threads)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	assert_ok(process_read(proc_path(proc), 4711, &process));
	proc_text(proc, "4711/statm", "0 0 0 0 0 0 0\n");
	assert_ok(watch_rss(process, NULL, process->rss));
	proc_text(proc, "4711/statm", "9000 8000 1 2 3 4 5\n");
	assert_ok(watch_rss(process, NULL, 8000 * (uint64_t)sysconf(_SC_PAGESIZE)));
}
