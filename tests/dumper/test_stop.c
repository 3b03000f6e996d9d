/* A process is stopped whole, and found afterwards as it was before, whatever happens in between. */
#include "tests/test.h"

#include "dumper/procfs.h"
#include "dumper/stop.h"
#include "tests/dumper/help_child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENOUGH 20.0 /* seconds: a loaded machine must not fail the test */

static void stop_child(const struct child *child, struct process **process, struct stop **stop)
{
	assert_ok(process_read(NULL, child->pid, process));
	assert_ok(stop_process(*process, ENOUGH, NULL, stop));
}

/* No thread counts on for 30 ms. */
static bool stands_still(const struct child *child)
{
	unsigned long beats = child_beats(child), born = atomic_load(&child->board->born);
	usleep(30000);
	return child_beats(child) == beats && atomic_load(&child->board->born) == born;
}

static pid_t tracer_of(pid_t pid)
{
	AUTO(process) struct process *process = NULL;
	assert_ok(process_read(NULL, pid, &process));
	return process->tracer;
}

HEAP_TEST(stop, holds_and_releases_every_thread)
{
	AUTO(child) struct child child = child_threads(7, 0);
	AUTO(process) struct process *process = NULL;
	AUTO(stop) struct stop *stop = NULL;
	stop_child(&child, &process, &stop);
	cr_assert_eq(stop_threads(stop), 8);
	cr_assert_eq(tracer_of(child.pid), getpid());
	cr_assert(stands_still(&child));
	const struct stop_times *times = stop_times(stop);
	cr_assert_leq(times->begun, times->stopped);
	cr_assert_gt(times->realtime, UINT64_C(1500000000000000000));
	cr_assert_eq(times->resumed, 0);
	stop_release(stop);
	cr_assert_gt(times->resumed, times->stopped);
	cr_assert_eq(tracer_of(child.pid), 0);
	cr_assert(child_runs(&child));
	uint64_t resumed = times->resumed;
	stop_release(stop);
	cr_assert_eq(times->resumed, resumed, "a second release does nothing");
}

HEAP_TEST(stop, releases_when_it_is_dropped)
{
	AUTO(child) struct child child = child_threads(2, 0);
	{
		AUTO(process) struct process *process = NULL;
		AUTO(stop) struct stop *stop = NULL;
		stop_child(&child, &process, &stop);
		cr_assert(stands_still(&child));
	}
	cr_assert_eq(tracer_of(child.pid), 0);
	cr_assert(child_runs(&child));
}

HEAP_TEST(stop, catches_threads_that_are_born_meanwhile)
{
	AUTO(child) struct child child = child_threads(2, 1);
	cr_assert(child_await(&child.board->born, 1));
	for (int round = 0; round < 30; round++) {
		AUTO(process) struct process *process = NULL;
		AUTO(stop) struct stop *stop = NULL;
		stop_child(&child, &process, &stop);
		if (round % 10 == 0)
			cr_assert(stands_still(&child));
		stop_release(stop);
	}
	cr_assert(child_await(&child.board->born, atomic_load(&child.board->born) + 1), "it goes on giving birth");
}

HEAP_TEST(stop, leaves_a_stopped_process_stopped)
{
	AUTO(child) struct child child = child_threads(3, 0);
	AUTO(process) struct process *process = NULL;
	kill(child.pid, SIGSTOP);
	cr_assert(child_await_state(child.pid, 'T'));
	for (int round = 0; round < 5; round++) {
		AUTO(stop) struct stop *stop = NULL;
		if (process == NULL)
			assert_ok(process_read(NULL, child.pid, &process));
		assert_ok(stop_process(process, ENOUGH, NULL, &stop));
		stop_release(stop);
		cr_assert(child_await_state(child.pid, 'T'));
		cr_assert(stands_still(&child));
	}
	kill(child.pid, SIGCONT);
	cr_assert(child_runs(&child));
}

/* A SIGSTOP that arrives during the stop holds after it, a SIGCONT frees. */
HEAP_TEST(stop, keeps_job_control_that_arrives_meanwhile)
{
	AUTO(child) struct child child = child_threads(3, 0);
	AUTO(process) struct process *process = NULL;
	AUTO(stop) struct stop *first = NULL;
	AUTO(stop) struct stop *second = NULL;
	stop_child(&child, &process, &first);
	kill(child.pid, SIGSTOP);
	stop_release(first);
	cr_assert(child_await_state(child.pid, 'T'));
	cr_assert(stands_still(&child));
	assert_ok(stop_process(process, ENOUGH, NULL, &second));
	kill(child.pid, SIGCONT);
	stop_release(second);
	cr_assert(child_runs(&child));
}

HEAP_TEST(stop, delivers_signals_that_arrive_meanwhile)
{
	AUTO(child) struct child child = child_threads(3, 0);
	AUTO(process) struct process *process = NULL;
	AUTO(stop) struct stop *stop = NULL;
	stop_child(&child, &process, &stop);
	kill(child.pid, SIGUSR1);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(sigqueue(child.pid, SIGRTMIN, (union sigval){.sival_int = i}), 0);
	usleep(10000);
	cr_assert_eq(atomic_load(&child.board->users), 0);
	stop_release(stop);
	cr_assert(child_await(&child.board->users, 1));
	cr_assert(child_await(&child.board->queued, 5));
}

/* One signal to each thread in turn, until told to stop; counts what it sent. */
static void rain_signals(const struct child *child, struct child_board *tally)
{
	AUTO(free) void *memory = NULL;
	pid_t *threads;
	size_t count;
	assert_ok(procfs_threads("/proc", child->pid, &threads, &count));
	memory = threads;
	for (size_t i = 0; !atomic_load(&tally->ready); i++) {
		siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
		if (syscall(SYS_rt_tgsigqueueinfo, child->pid, threads[i % count], SIGRTMIN, &info) == 0)
			atomic_fetch_add(&tally->queued, 1);
		else
			usleep(50); /* the queue is full */
	}
}

/* Signals rain down on every thread all the time, so that stops meet threads in the middle of a delivery: none may be
 * lost, and none delivered twice. */
HEAP_TEST(stop, loses_no_signal_under_load)
{
	AUTO(child) struct child child = child_threads(15, 0);
	AUTO(child) struct child idle = child_threads(0, 0); /* lends its board to the sender */
	AUTO(process) struct process *process = NULL;
	struct child_board *tally = idle.board;
	assert_ok(process_read(NULL, child.pid, &process));
	kill(idle.pid, SIGSTOP);
	atomic_store(&tally->ready, 0);
	pid_t sender = fork();
	if (sender == 0) {
		rain_signals(&child, tally);
		_exit(0);
	}
	for (int stops = 0; stops < 300; stops++) {
		AUTO(stop) struct stop *stop = NULL;
		assert_ok(stop_process(process, ENOUGH, NULL, &stop));
		stop_release(stop);
	}
	atomic_store(&tally->ready, 1);
	waitpid(sender, NULL, 0);
	unsigned long sent = atomic_load(&tally->queued);
	cr_assert_gt(sent, 1000);
	cr_assert(child_await(&child.board->queued, sent), "%lu of %lu arrived", atomic_load(&child.board->queued),
		  sent);
	usleep(20000);
	cr_assert_eq(atomic_load(&child.board->queued), sent);
}

HEAP_TEST(stop, notices_that_the_process_was_killed)
{
	AUTO(child) struct child child = child_threads(3, 0);
	AUTO(process) struct process *process = NULL;
	AUTO(stop) struct stop *stop = NULL;
	AUTO(stop) struct stop *again = NULL;
	stop_child(&child, &process, &stop);
	kill(child.pid, SIGKILL);
	cr_assert(child_await_state(child.pid, 'Z'));
	stop_release(stop);
	assert_error(process_same(process), ERROR_GONE);
	assert_error(stop_process(process, ENOUGH, NULL, &again), ERROR_GONE);
	cr_assert_null(again);
}

static void exit_soon(struct child_board *board)
{
	atomic_store(&board->ready, 1);
	usleep(500);
}

/* However the exit and the stop fall together, the answer is a stop or "gone". */
HEAP_TEST(stop, meets_a_process_that_is_ending)
{
	for (int round = 0; round < 100; round++) {
		AUTO(child) struct child child = child_run(exit_soon);
		AUTO(process) struct process *process = NULL;
		AUTO(stop) struct stop *stop = NULL;
		AUTO(error) struct error *error = process_read(NULL, child.pid, &process);
		usleep((useconds_t)(round * 10));
		if (error == NULL)
			error = stop_process(process, ENOUGH, NULL, &stop);
		cr_assert(error == NULL || error->code == ERROR_GONE || error->code == ERROR_REFUSED, "%s",
			  error != NULL ? error->message : "");
	}
}

HEAP_TEST(stop, says_who_traces_already)
{
	AUTO(child) struct child child = child_threads(1, 0);
	AUTO(process) struct process *process = NULL;
	struct stop *stop = NULL;
	int ready[2];
	char byte;
	cr_assert_eq(pipe(ready), 0);
	pid_t tracer = fork();
	if (tracer == 0) {
		long done = ptrace(PTRACE_SEIZE, child.pid, NULL, NULL);
		if (write(ready[1], done == 0 ? "y" : "n", 1) == 1)
			pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_assert_eq(byte, 'y');
	assert_ok(process_read(NULL, child.pid, &process));
	cr_assert_eq(process->tracer, tracer);
	assert_error_says(stop_process(process, ENOUGH, NULL, &stop), ERROR_REFUSED, "already traced by process");
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	cr_assert(child_runs(&child));
}

/* The parent of a vfork sleeps uninterruptibly until its child is done. */
static void sleep_uninterruptibly(struct child_board *board)
{
	pid_t inner = (pid_t)syscall(SYS_vfork);
	if (inner == 0) {
		atomic_store(&board->ready, 1);
		for (;;)
			syscall(SYS_pause);
	}
}

/* The process whose parent is `parent`, found through /proc. */
static pid_t only_child_of(pid_t parent)
{
	char path[64], text[64] = "";
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *file = fopen(path, "r");
	cr_assert_not_null(file);
	cr_assert_not_null(fgets(text, sizeof text, file));
	fclose(file);
	return (pid_t)atoi(text);
}

HEAP_TEST(stop, gives_up_on_uninterruptible_sleep)
{
	AUTO(child) struct child child = child_run(sleep_uninterruptibly);
	AUTO(process) struct process *process = NULL;
	struct stop *stop = NULL;
	cr_assert(child_await_state(child.pid, 'D'));
	pid_t inner = only_child_of(child.pid);
	assert_ok(process_read(NULL, child.pid, &process));
	assert_error_says(stop_process(process, 0.1, NULL, &stop), ERROR_REFUSED, "uninterruptible sleep");
	assert_error_says(stop_process(process, 0.1, NULL, &stop), ERROR_REFUSED, "--pause=none");
	kill(inner, SIGKILL);
}

HEAP_TEST(stop, heeds_an_interrupt_and_lets_go)
{
	AUTO(child) struct child child = child_threads(3, 0);
	AUTO(process) struct process *process = NULL;
	AUTO(interrupt) struct interrupt interrupt;
	struct stop *stop = NULL;
	assert_ok(interrupt_init(&interrupt));
	assert_ok(interrupt_check(&interrupt));
	raise(SIGTERM);
	assert_ok(process_read(NULL, child.pid, &process));
	assert_error_says(stop_process(process, ENOUGH, &interrupt, &stop), ERROR_INTERRUPTED, "SIGTERM");
	cr_assert_eq(interrupt.number, SIGTERM);
	assert_error(interrupt_check(&interrupt), ERROR_INTERRUPTED);
	cr_assert_eq(tracer_of(child.pid), 0);
	cr_assert(child_runs(&child));
}

/* Even a tracer that is killed leaves a running target. */
HEAP_TEST(stop, frees_the_process_when_the_tracer_is_killed)
{
	AUTO(child) struct child child = child_threads(3, 0);
	int ready[2];
	char byte;
	cr_assert_eq(pipe(ready), 0);
	pid_t tracer = fork();
	if (tracer == 0) {
		struct process *process = NULL;
		struct stop *stop = NULL;
		struct error *error = process_read(NULL, child.pid, &process);
		if (error == NULL)
			error = stop_process(process, ENOUGH, NULL, &stop);
		if (write(ready[1], error == NULL ? "y" : "n", 1) == 1)
			pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_assert_eq(byte, 'y');
	cr_assert(stands_still(&child));
	kill(child.pid, SIGUSR1);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	cr_assert(child_runs(&child));
	cr_assert(child_await(&child.board->users, 1), "the signal of meanwhile arrives");
	close(ready[0]);
	close(ready[1]);
}
