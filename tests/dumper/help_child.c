/* How does a test see that a process stands still, or gets on? By counters in memory that both share. */
#include "tests/dumper/help_child.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 10000 /* ms */

static struct child_board *handler_board; /* in the child: a signal handler has no context */

static void count_signal(int number)
{
	atomic_fetch_add(number == SIGUSR1 ? &handler_board->users : &handler_board->queued, 1);
}

static void *count_beats(void *beat)
{
	for (;;)
		atomic_fetch_add((atomic_ulong *)beat, 1);
	return NULL;
}

static void *live_briefly(void *board)
{
	atomic_fetch_add(&((struct child_board *)board)->born, 1);
	return NULL;
}

static void *give_birth(void *board)
{
	for (;;) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, live_briefly, board) == 0)
			pthread_detach(thread);
		else
			usleep(100);
	}
	return NULL;
}

static struct child child_fork(void)
{
	struct child child;
	child.board = mmap(NULL, sizeof *child.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(child.board, MAP_FAILED);
	fflush(NULL);
	child.pid = fork();
	cr_assert_geq(child.pid, 0);
	if (child.pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

static void child_await_ready(const struct child *child)
{
	for (int i = 0; i < PATIENCE && !atomic_load(&child->board->ready); i++)
		usleep(1000);
	cr_assert(atomic_load(&child->board->ready), "the child did not start");
}

struct child child_threads(unsigned threads, _Bool births)
{
	struct child child = child_fork();
	if (child.pid == 0) {
		struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
		pthread_t thread;
		handler_board = child.board;
		sigaction(SIGUSR1, &action, NULL);
		sigaction(SIGRTMIN, &action, NULL);
		for (unsigned i = 1; i <= threads; i++)
			pthread_create(&thread, NULL, count_beats, &child.board->beats[i]);
		if (births)
			pthread_create(&thread, NULL, give_birth, child.board);
		atomic_store(&child.board->ready, 1);
		count_beats(&child.board->beats[0]);
	}
	child_await_ready(&child);
	return child;
}

struct child child_run(void (*body)(struct child_board *board))
{
	struct child child = child_fork();
	if (child.pid == 0) {
		body(child.board);
		_exit(0);
	}
	child_await_ready(&child);
	return child;
}

void child_end(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, __WALL);
	munmap(child->board, sizeof *child->board);
}

unsigned long child_beats(const struct child *child)
{
	unsigned long sum = 0;
	for (int i = 0; i < CHILD_THREADS_MAX; i++)
		sum += atomic_load(&child->board->beats[i]);
	return sum;
}

_Bool child_await_state(pid_t pid, char state)
{
	for (int i = 0; i < PATIENCE; i++) {
		char path[64], text[512] = "";
		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		FILE *file = fopen(path, "r");
		size_t got = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
		if (file != NULL)
			fclose(file);
		const char *close = got > 0 ? strrchr(text, ')') : NULL;
		if (close != NULL && close[2] == state)
			return 1;
		usleep(1000);
	}
	return 0;
}

_Bool child_await(atomic_ulong *value, unsigned long wanted)
{
	for (int i = 0; i < PATIENCE && atomic_load(value) < wanted; i++)
		usleep(1000);
	return atomic_load(value) >= wanted;
}

_Bool child_runs(const struct child *child)
{
	unsigned long before = child_beats(child);
	for (int i = 0; i < PATIENCE && child_beats(child) == before; i++)
		usleep(1000);
	return child_beats(child) != before;
}
