/* What happens first: the moment, the growth, the end of the process, or a signal?
 *
 * ppoll() on the pidfd and the signalfd, for as long as there is nothing to do; where the kernel has no pidfds, the
 * process is asked after twice a second. Growth is looked at every 50 ms in /proc/PID/statm, the cheapest file that
 * tells it. That figure is the kernel's running count, which may be behind by a few pages of each processor.
 */
#include "dumper/watch.h"

#include "base/bytes.h"
#include "dumper/procfs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS UINT64_C(50000000)      /* between two looks at the resident size */
#define ASK_NS UINT64_C(500000000)      /* between two questions whether it still lives, without a pidfd */
#define WAIT_NS UINT64_C(3600000000000) /* the longest wait at once: any time fits a timespec */

uint64_t watch_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct error *has_ended(const struct process *process, bool *ended)
{
	struct pollfd event = {.fd = process->pidfd, .events = POLLIN};

	if (process->pidfd >= 0) { /* readable once all threads have ended */
		*ended = poll(&event, 1, 0) == 1;
		return NULL;
	}
	struct error *error = process_same(process);

	*ended = error != NULL && error->code == ERROR_GONE;
	if (!*ended)
		return error;
	error_destroy(error);
	return NULL;
}

/* Ours, but that Ctrl-Z is not held back: nobody is stopped who would have to wait. */
static void waiting_mask(const struct interrupt *interrupt, sigset_t *mask)
{
	sigprocmask(SIG_BLOCK, NULL, mask);
	if (interrupt != NULL && interrupt->fd >= 0 && sigismember(&interrupt->old, SIGTSTP) == 0)
		sigdelset(mask, SIGTSTP);
}

static struct error *sleep_for(const struct process *process, const struct interrupt *interrupt, uint64_t ns)
{
	struct pollfd events[] = {{.fd = process->pidfd, .events = POLLIN},
				  {.fd = interrupt != NULL ? interrupt->fd : -1, .events = POLLIN}};
	sigset_t mask;

	ns = ns < WAIT_NS ? ns : WAIT_NS;
	if (process->pidfd < 0 && ns > ASK_NS)
		ns = ASK_NS;
	const struct timespec longest = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	waiting_mask(interrupt, &mask);
	if (ppoll(events, 2, &longest, &mask) < 0 && errno != EINTR)
		return error_create_errno(ERROR_IO, errno, "can't wait");
	return NULL;
}

struct error *watch_until(const struct process *process, struct interrupt *interrupt, uint64_t until, bool *ended)
{
	for (;;) {
		bool gone = false;

		TRY(interrupt_check(interrupt));
		TRY(has_ended(process, &gone));
		uint64_t now = watch_now();
		if (gone || now >= until) {
			*ended = gone;
			return NULL;
		}
		TRY(sleep_for(process, interrupt, until - now));
	}
}

/* A main thread that has ended before the others shows no memory; then another thread is asked. */
static struct error *rss_of_others(const struct process *process, uint64_t *rss)
{
	AUTO(process) struct process *now = NULL;
	struct error *error = process_read(process->proc, process->pid, &now);

	if (error == NULL)
		*rss = now->rss != UINT64_MAX ? now->rss : 0;
	if (error != NULL && error->code == ERROR_REFUSED) { /* it is ending, or has */
		error_destroy(error);
		error = NULL;
	}
	return error;
}

static struct error *read_rss(const struct process *process, uint64_t *rss)
{
	AUTO(text) struct text statm;
	uint64_t pages = 0;

	text_init(&statm);
	AUTO(error) struct error *error = procfs_read_of(&statm, process->proc, process->reader, "statm");
	if (error != NULL && error->code != ERROR_GONE)
		return steal(&error);
	const char *resident = strchr(text_string(&statm), ' ');
	if (error == NULL && resident != NULL)
		pages = strtoull(resident, NULL, 10);
	if (pages == 0)
		return rss_of_others(process, rss);
	*rss = saturating_multiply(pages, (uint64_t)sysconf(_SC_PAGESIZE));
	return NULL;
}

static struct error *ended_before(const struct process *process, uint64_t bytes, uint64_t most)
{
	AUTO(text) struct text wanted, seen;

	text_init(&wanted);
	text_init(&seen);
	text_add_size(&wanted, bytes, SIZE_BINARY);
	text_add_size(&seen, most, SIZE_BINARY);
	return error_create(ERROR_GONE, "process %d (%s) ended before it had %s resident; the most that was seen is %s",
			    (int)process->pid, process->command, text_string(&wanted), text_string(&seen));
}

struct error *watch_rss(const struct process *process, struct interrupt *interrupt, uint64_t bytes)
{
	uint64_t most = process->rss != UINT64_MAX ? process->rss : 0;
	bool ended = false;

	for (;;) {
		uint64_t rss = 0;

		TRY(watch_until(process, interrupt, 0, &ended));
		if (!ended)
			TRY(read_rss(process, &rss));
		if (rss >= bytes)
			return NULL;
		most = rss > most ? rss : most;
		if (!ended)
			TRY(watch_until(process, interrupt, watch_now() + LOOK_NS, &ended));
		if (ended)
			return ended_before(process, bytes, most);
	}
}
