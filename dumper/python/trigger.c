/* When does a process capture itself without being asked by its program?
 *
 * On a signal: the handler forks at once (image.h), in whatever thread the kernel has chosen. On a size: a thread reads
 * /proc/self/statm every 50 ms, a small read each, as an interval that grew with the size would miss what ends a process.
 * A capture that fell into a collection is made again: the image of a signal's sends the signal once more, with a
 * value that says so; the thread sees the exit code.
 */
#include "dumper/python/trigger.h"

#include "dumper/self.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNALS 65 /* of the kernel, from 1 */
#define WATCHES_MAX 16
#define LEFT_MAX 64 /* captures that end by themselves, at a time */
#define LOOK_MS 50
#define THREAD_STACK (256u * 1024u)

/* These came to libc itself in glibc 2.34, with a new version that older ones don't have. */
#ifdef __GLIBC__
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.2.5");
__asm__(".symver pthread_attr_setstacksize, pthread_attr_setstacksize@GLIBC_2.2.5");
#endif

struct on_signal {
	_Atomic(const struct image_command *) command; /* NULL: off */
	atomic_ullong taken;
	struct sigaction before; /* read by the handler once command is set */
};
static struct on_signal on_signals[SIGNALS];

struct on_rss {
	int key;
	uint64_t step, next; /* bytes; 0: unused */
	const struct image_command *command;
	uint64_t taken;
	/* the capture that goes on */
	pid_t child;      /* 0: none */
	unsigned attempt; /* of it */
};
/* The thread's own while it runs, and touched by others only while it does not. */
static struct {
	struct on_rss watches[WATCHES_MAX];
	pthread_t thread;
	bool running;
	int wake, statm;
} rss = {.wake = -1, .statm = -1};

static atomic_int left[LEFT_MAX];

/* --- captures that end by themselves -------------------------------------------------------------------------------- */

void trigger_leave(pid_t child)
{
	for (size_t i = 0; child > 0 && i < LEFT_MAX; i++) {
		int none = 0;
		if (atomic_compare_exchange_strong(&left[i], &none, (int)child))
			return;
	}
}

void trigger_reap(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++) {
		int child = atomic_load(&left[i]);
		if (child != 0 && wait4(child, NULL, WNOHANG | __WALL, NULL) != 0)
			atomic_compare_exchange_strong(&left[i], &child, 0);
	}
}

static void complain(const char *message)
{
	ssize_t written = write(2, message, strlen(message));

	(void)written; /* there is nobody else to tell */
}

/* --- signals -------------------------------------------------------------------------------------------------------- */

static void capture_on_signal(int number, struct on_signal *on, const struct image_command *command, siginfo_t *info)
{
	struct image_request request = {.command = command,
					.attempt = 1,
					.output = -1,
					.signal = number,
					.detached = !image_adopts_orphans()};
	pid_t child = 0;

	if (info->si_code != SI_QUEUE ||
	    !image_is_again((uint64_t)(uintptr_t)info->si_value.sival_ptr, &request.number, &request.attempt))
		request.number = atomic_fetch_add(&on->taken, 1) + 1;
	trigger_reap();
	if (image_fork(&request, &child) != 0)
		complain(
			"heapdump: no snapshot, as the process can't fork: memory, a limit of processes or of open files\n");
	trigger_leave(child);
}

/* As if ours were not there. */
static void call_former(const struct sigaction *before, int number, siginfo_t *info, void *context)
{
	if ((before->sa_flags & SA_SIGINFO) != 0)
		before->sa_sigaction(number, info, context);
	else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
		before->sa_handler(number);
}

static void handle(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	struct on_signal *on = &on_signals[number];
	const struct image_command *command = atomic_load(&on->command);
	uint64_t ignored;
	unsigned attempt;
	bool again = info->si_code == SI_QUEUE &&
		     image_is_again((uint64_t)(uintptr_t)info->si_value.sival_ptr, &ignored, &attempt);

	if (command != NULL)
		capture_on_signal(number, on, command, info);
	if (!again)
		call_former(&on->before, number, info, context);
	errno = saved;
}

int trigger_signal(int number, const struct image_command *command)
{
	struct sigaction action;

	if (number <= 0 || number >= SIGNALS)
		return EINVAL;
	struct on_signal *on = &on_signals[number];
	memset(&action, 0, sizeof action);
	action.sa_sigaction = handle;
	action.sa_flags = SA_SIGINFO | SA_RESTART;
	sigfillset(&action.sa_mask);
	struct sigaction now;
	if (sigaction(number, NULL, &now) != 0)
		return errno;
	bool ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handle;
	if (!ours)
		on->before = now;
	atomic_store(&on->command, command);
	if (!ours && sigaction(number, &action, NULL) != 0) {
		int error = errno;
		atomic_store(&on->command, NULL);
		return error;
	}
	return 0;
}

void trigger_signal_off(int number)
{
	struct sigaction now;

	if (number <= 0 || number >= SIGNALS || atomic_load(&on_signals[number].command) == NULL)
		return;
	if (sigaction(number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handle)
		sigaction(number, &on_signals[number].before, NULL);
	atomic_store(&on_signals[number].command, NULL); /* a handler that called ours goes on, without a capture */
}

/* --- sizes ---------------------------------------------------------------------------------------------------------- */

/* Bytes; 0 unknown. */
static uint64_t resident(void)
{
	char text[128];
	ssize_t got = pread(rss.statm, text, sizeof text - 1, 0);
	uint64_t pages = 0;

	text[got > 0 ? got : 0] = '\0';
	const char *at = strchr(text, ' ');
	for (at = at != NULL ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
		pages = pages * 10 + (uint64_t)(*at - '0');
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void start_capture(struct on_rss *watch)
{
	const struct image_request request = {.command = watch->command,
					      .number = watch->taken,
					      .attempt = watch->attempt,
					      .output = -1};

	watch->child = 0;
	if (image_fork(&request, &watch->child) != 0)
		complain(
			"heapdump: no snapshot, as the process can't fork: memory, a limit of processes or of open files\n");
}

static void look_after(struct on_rss *watch)
{
	int status = 0;
	pid_t ended = wait4(watch->child, &status, WNOHANG | __WALL, NULL);

	if (ended == 0)
		return;
	watch->child = 0;
	if (ended < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != SELF_EXIT_COLLECTING)
		return;
	watch->attempt++;
	start_capture(watch);
}

static void look(uint64_t bytes, struct on_rss *watch)
{
	if (watch->step == 0)
		return;
	if (watch->child != 0) {
		look_after(watch);
		return;
	}
	if (bytes < watch->next)
		return;
	watch->next = bytes - bytes % watch->step + watch->step;
	watch->taken++;
	watch->attempt = 1;
	start_capture(watch);
}

static void *watch_sizes(void *argument)
{
	struct pollfd wake = {.fd = rss.wake, .events = POLLIN};

	(void)argument;
	prctl(PR_SET_NAME, "heapdump-rss");
	while (poll(&wake, 1, LOOK_MS) <= 0) {
		uint64_t bytes = resident();
		for (size_t i = 0; i < WATCHES_MAX; i++)
			look(bytes, &rss.watches[i]);
	}
	return NULL;
}

void trigger_rss_pause(void)
{
	const uint64_t one = 1;

	if (!rss.running)
		return;
	while (write(rss.wake, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_join(rss.thread, NULL);
	close(rss.wake);
	close(rss.statm);
	rss.wake = rss.statm = -1;
	rss.running = false;
}

/* Signals are for the process's own threads. */
static int start_thread(void)
{
	const uint64_t all = ~UINT64_C(0);
	uint64_t before;
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
	int error = pthread_create(&rss.thread, &attributes, watch_sizes, NULL);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
	pthread_attr_destroy(&attributes);
	return error;
}

int trigger_rss_resume(void)
{
	bool any = false;

	for (size_t i = 0; i < WATCHES_MAX; i++)
		any = any || rss.watches[i].step != 0;
	if (!any || rss.running)
		return 0;
	rss.wake = eventfd(0, EFD_CLOEXEC);
	rss.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	int error = rss.wake < 0 || rss.statm < 0 ? errno : start_thread();
	if (error != 0) {
		close(rss.wake);
		close(rss.statm);
		rss.wake = rss.statm = -1;
		return error;
	}
	rss.running = true;
	return 0;
}

int trigger_rss(int key, uint64_t step, const struct image_command *command)
{
	struct on_rss *found = NULL;

	trigger_rss_pause();
	for (size_t i = 0; i < WATCHES_MAX; i++) {
		struct on_rss *watch = &rss.watches[i];
		if (watch->step != 0 ? watch->key == key : found == NULL)
			found = watch;
		if (watch->step != 0 && watch->key == key)
			break;
	}
	if (found == NULL) {
		trigger_rss_resume();
		return ENOSPC;
	}
	if (found->step == 0)
		*found = (struct on_rss){.key = key, .step = step, .next = step};
	found->command = command;
	return trigger_rss_resume();
}

void trigger_rss_off(int key)
{
	trigger_rss_pause();
	for (size_t i = 0; i < WATCHES_MAX; i++) {
		if (rss.watches[i].step != 0 && rss.watches[i].key == key) {
			trigger_leave(rss.watches[i].child);
			rss.watches[i].step = 0;
		}
	}
	trigger_rss_resume();
}

void trigger_forked(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++)
		atomic_store(&left[i], 0);
	for (size_t i = 0; i < SIGNALS; i++)
		atomic_store(&on_signals[i].taken, 0);
	for (size_t i = 0; i < WATCHES_MAX; i++) {
		rss.watches[i].child = 0;
		rss.watches[i].taken = 0;
	}
	if (rss.running) { /* by a fork that ran no handler before: the thread is not here */
		close(rss.wake);
		close(rss.statm);
		rss.wake = rss.statm = -1;
		rss.running = false;
	}
}
