/* Did the user ask to stop?
 *
 * A signalfd holds the signals until they are asked for: one non-blocking read() a question, no handler. O(1).
 */
#include "dumper/interrupt.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct error *interrupt_init(struct interrupt *interrupt)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t wanted;

	sigemptyset(&wanted);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		/* One that is ignored, as nohup does, would be queued once blocked. */
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&wanted, numbers[i]);
	}
	int fd = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return error_create_errno(ERROR_IO, errno, "can't watch for signals");
	*interrupt = (struct interrupt){.fd = fd};
	sigaddset(&wanted, SIGTSTP); /* not in the signalfd: only held back */
	sigprocmask(SIG_BLOCK, &wanted, &interrupt->old);
	return NULL;
}

void interrupt_deinit(struct interrupt *interrupt)
{
	if (interrupt->fd < 0)
		return;
	close(interrupt->fd);
	interrupt->fd = -1;
	sigprocmask(SIG_SETMASK, &interrupt->old, NULL);
}

struct error *interrupt_check(struct interrupt *interrupt)
{
	struct signalfd_siginfo info;

	if (interrupt == NULL)
		return NULL;
	if (interrupt->number == 0 && read(interrupt->fd, &info, sizeof info) == (ssize_t)sizeof info)
		interrupt->number = (int)info.ssi_signo;
	if (interrupt->number == 0)
		return NULL;
	return error_create(ERROR_INTERRUPTED, "interrupted by SIG%s; nothing was written",
			    sigabbrev_np(interrupt->number));
}
