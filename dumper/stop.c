/* How are all threads of a process made to stand still, and let go as they were found?
 *
 * Each thread is seized and interrupted (PTRACE_SEIZE, PTRACE_INTERRUPT) and then waited for by polling, because a wait
 * with a timeout does not exist. Threads can be born meanwhile, but only by threads that still run: once a listing
 * shows no thread that isn't held, none can appear. A thread can be met in three stops: our interruption; a group stop,
 * which the kernel takes up again by itself after the detach; or the delivery of a signal, which must be handed back
 * with the detach or it would be lost. Cost: O(threads) system calls, typically under 1 ms in all.
 */
#include "dumper/stop.h"

#include "base/map.h"
#include "base/vector.h"
#include "dumper/access.h"
#include "dumper/procfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_FIRST 20000L /* ns between two polls, at first and at most */
#define POLL_LONGEST 500000L
#define THREADS_MAX 100000u

enum held_state {
	HELD_RUNNING, /* seized and interrupted, not yet seen to stop */
	HELD_STOPPED,
	HELD_ENDED
};

struct held { /* one thread */
	pid_t id;
	enum held_state state;
	int signal; /* whose delivery was interrupted, 0: none */
};

struct stop {
	const struct process *process;
	VECTOR(struct held) threads;
	struct map indices; /* of each thread id in `threads` */
	struct stop_times times;
	uint64_t deadline; /* CLOCK_MONOTONIC, ns */
	double timeout;    /* seconds, for messages */
	bool released;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* A thread that is ending can't be seized any more, and needn't be. */
static bool thread_ends(const struct stop *stop, pid_t id)
{
	char state = process_thread_state(stop->process, id);

	return state == 0 || state == 'Z' || state == 'X';
}

/* A thread that could not be released earlier (it slept uninterruptibly, or was dying) is still ours. */
static bool thread_is_ours(const struct stop *stop, pid_t id)
{
	AUTO(text) struct text status;
	uint64_t tracer = 0;

	text_init(&status);
	AUTO(error) struct error *error = procfs_read_of(&status, stop->process->proc, id, "status");
	return error == NULL && procfs_number(&status, "TracerPid:", 0, 10, &tracer) && tracer == (uint64_t)getpid();
}

static struct error *seize_failed(const struct stop *stop, pid_t id, int number)
{
	TRY(process_same(stop->process));
	if (number == EPERM || number == EACCES)
		return access_denied(stop->process, number);
	return error_create_errno(ERROR_IO, number, "can't attach to thread %d of process %d", (int)id,
				  (int)stop->process->pid);
}

static struct error *stop_seize(struct stop *stop, pid_t id)
{
	TRY(vector_reserve(&stop->threads, stop->threads.count + 1));
	TRY(map_put(&stop->indices, (uint64_t)id, (uint32_t)stop->threads.count));
	int number = ptrace(PTRACE_SEIZE, id, NULL, NULL) != 0 ? errno : 0;
	if (number != 0 && !thread_is_ours(stop, id))
		return number == ESRCH || thread_ends(stop, id) ? NULL : seize_failed(stop, id, number);
	stop->threads.items[stop->threads.count++] = (struct held){.id = id, .state = HELD_RUNNING};
	ptrace(PTRACE_INTERRUPT, id, NULL, NULL); /* ESRCH: it has ended, which the wait will show */
	return NULL;
}

/* Seizes the threads that aren't held yet; *news says how many. */
static struct error *stop_seize_new(struct stop *stop, size_t *news)
{
	AUTO(free) void *memory = NULL;
	pid_t *ids = NULL;
	size_t count = 0;

	*news = 0;
	struct error *error = procfs_threads(stop->process->proc, stop->process->pid, &ids, &count);
	if (error != NULL && error->code == ERROR_GONE) {
		error_destroy(error);
		return process_same(stop->process);
	}
	TRY(error);
	memory = ids;
	if (count > THREADS_MAX)
		return error_create(ERROR_REFUSED, "process %d has %zu threads; heapdump stops at most %u",
				    (int)stop->process->pid, count, THREADS_MAX);
	for (size_t i = 0; i < count; i++) {
		uint32_t index;
		if (map_find(&stop->indices, (uint64_t)ids[i], &index))
			continue;
		size_t before = stop->threads.count;
		TRY(stop_seize(stop, ids[i]));
		*news += stop->threads.count - before;
	}
	return NULL;
}

/* Takes note of what one thread did, without waiting. */
static void held_poll(struct held *held)
{
	int status;
	pid_t seen = waitpid(held->id, &status, __WALL | WNOHANG);

	if (seen == 0 || (seen < 0 && errno == EINTR))
		return;
	if (seen < 0 || !WIFSTOPPED(status)) {
		held->state = HELD_ENDED;
		return;
	}
	held->state = HELD_STOPPED;
	held->signal = status >> 16 == 0 ? WSTOPSIG(status) : 0; /* an event stop has no signal to hand back */
}

static size_t stop_poll(struct stop *stop)
{
	size_t running = 0;

	for (size_t i = 0; i < stop->threads.count; i++) {
		struct held *held = &stop->threads.items[i];
		if (held->state == HELD_RUNNING)
			held_poll(held);
		running += held->state == HELD_RUNNING;
	}
	return running;
}

/* What the kernel function is in which a thread sleeps; an empty text where it isn't told. */
static struct error *thread_place(const struct stop *stop, pid_t id, char **place)
{
	AUTO(string) char *path = procfs_path(stop->process->proc, id, "wchan");

	if (path == NULL)
		return error_memory();
	return procfs_line(path, place);
}

static struct error *stop_too_long(struct stop *stop)
{
	AUTO(string) char *place = NULL;
	const struct process *process = stop->process;
	const struct held *late = stop->threads.items;

	while (late->state != HELD_RUNNING)
		late++;
	TRY(thread_place(stop, late->id, &place));
	bool known = place != NULL && place[0] != '\0' && strcmp(place, "0") != 0;
	if (process_thread_state(process, late->id) == 'D')
		return error_create(
			ERROR_REFUSED,
			"thread %d of process %d (%s) is in uninterruptible sleep%s%s and did not stop within %g s: "
			"it waits for a disk, a network file system or a vfork child; try again when that "
			"answers, wait longer with --timeout, or read it without a stop, --pause=none; the snapshot may "
			"then be torn",
			(int)late->id, (int)process->pid, process->command, known ? " in " : "", known ? place : "",
			stop->timeout);
	return error_create(
		ERROR_REFUSED,
		"thread %d of process %d (%s) did not stop within %g s: the machine may be overloaded; wait longer "
		"with --timeout",
		(int)late->id, (int)process->pid, process->command, stop->timeout);
}

static struct error *stop_wait(struct stop *stop, struct interrupt *interrupt)
{
	struct timespec pause = {.tv_nsec = POLL_FIRST};

	while (stop_poll(stop) > 0) {
		TRY(interrupt_check(interrupt));
		if (clock_ns(CLOCK_MONOTONIC) > stop->deadline)
			return stop_too_long(stop);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < POLL_LONGEST)
			pause.tv_nsec *= 2;
	}
	return NULL;
}

static struct error *stop_all(struct stop *stop, struct interrupt *interrupt)
{
	size_t news, alive = 0;

	do {
		TRY(interrupt_check(interrupt));
		TRY(stop_seize_new(stop, &news));
		TRY(stop_wait(stop, interrupt));
		if (news > 0 && clock_ns(CLOCK_MONOTONIC) > stop->deadline)
			return error_create(
				ERROR_REFUSED,
				"process %d (%s) starts threads faster than they can be stopped: %g s were not "
				"enough; try again, or with a longer --timeout",
				(int)stop->process->pid, stop->process->command, stop->timeout);
	} while (news > 0);
	for (size_t i = 0; i < stop->threads.count; i++)
		alive += stop->threads.items[i].state == HELD_STOPPED;
	TRY(process_same(stop->process));
	if (alive == 0)
		return error_create(ERROR_GONE, "process %d (%s) ended while it was being stopped",
				    (int)stop->process->pid, stop->process->command);
	return NULL;
}

struct error *stop_process(const struct process *process, double timeout, struct interrupt *interrupt,
			   struct stop **result)
{
	AUTO(stop) struct stop *stop = calloc(1, sizeof *stop);

	if (stop == NULL)
		return error_memory();
	map_init(&stop->indices);
	stop->process = process;
	stop->timeout = timeout;
	stop->times.begun = clock_ns(CLOCK_MONOTONIC);
	stop->deadline = stop->times.begun + (uint64_t)(timeout * 1e9);
	TRY(stop_all(stop, interrupt));
	stop->times.stopped = clock_ns(CLOCK_MONOTONIC);
	stop->times.realtime = clock_ns(CLOCK_REALTIME);
	*result = steal(&stop);
	return NULL;
}

/* Only a thread that stands still can be let go. One that never stopped gets a last chance; after that the kernel
 * releases it when this program ends. */
static void held_release(struct held *held)
{
	if (held->state == HELD_RUNNING)
		held_poll(held);
	if (held->state != HELD_STOPPED)
		return;
	if (ptrace(PTRACE_DETACH, held->id, NULL, (void *)(long)held->signal) != 0)
		held_poll(held); /* killed meanwhile: its parent hears of it once we have */
}

void stop_release(struct stop *stop)
{
	if (stop->released)
		return;
	for (size_t i = 0; i < stop->threads.count; i++)
		held_release(&stop->threads.items[i]);
	stop->released = true;
	stop->times.resumed = clock_ns(CLOCK_MONOTONIC);
}

const struct stop_times *stop_times(const struct stop *stop)
{
	return &stop->times;
}

bool stop_registers(const struct stop *stop, size_t index, uint64_t *stack, uint64_t *thread)
{
	struct user_regs_struct registers;

	if (stop->released || stop->threads.items[index].state != HELD_STOPPED ||
	    ptrace(PTRACE_GETREGS, stop->threads.items[index].id, NULL, &registers) != 0)
		return false;
	*stack = registers.rsp;
	*thread = registers.fs_base;
	return true;
}

size_t stop_threads(const struct stop *stop)
{
	return stop->threads.count;
}

void stop_destroy(struct stop *stop)
{
	if (stop == NULL)
		return;
	stop_release(stop);
	vector_deinit(&stop->threads);
	map_deinit(&stop->indices);
	free(stop);
}
