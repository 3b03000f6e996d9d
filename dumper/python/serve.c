/* What does an object of a type refer to whose struct only its own code knows?
 *
 * Its tp_traverse says so to the collector, by calling a function for each reference; here it says so to us. It may only
 * read, so it needs neither the GIL nor the threads that the copy lacks. Signals are blocked: the kernel ends a process that
 * raises one by a fault all the same, without calling the process's handlers. */
#include "dumper/python/serve.h"

#include "dumper/self.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int visit_function(void *referent, void *context);
typedef int traverse_function(void *object, visit_function *visit, void *context);

static struct self_answer answer; /* of this process alone */

static int note(void *referent, void *context)
{
	(void)context;
	if (answer.count >= SELF_REFERENTS_MAX)
		return 1;
	answer.referents[answer.count++] = (uint64_t)(uintptr_t)referent;
	return 0;
}

static int read_all(int fd, void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = read(fd, (char *)bytes + done, size - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return 0;
		done += (size_t)count;
	}
	return 1;
}

static int write_all(int fd, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = write(fd, (const char *)bytes + done, size - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return 0;
		done += (size_t)count;
	}
	return 1;
}

void serve_referents(int questions, int answers)
{
	struct self_question question;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* of an endless one, the image's end is the end */
	prctl(PR_SET_NAME, "heapdump-visit");
	while (read_all(questions, &question, sizeof question)) {
		traverse_function *traverse = (traverse_function *)(uintptr_t)question.traverse;
		answer.count = 0;
		if (traverse((void *)(uintptr_t)question.object, note, NULL) != 0)
			answer.count = SELF_REFERENTS_MAX + 1; /* more than are told: none */
		uint64_t told = answer.count <= SELF_REFERENTS_MAX ? answer.count : 0;
		if (!write_all(answers, &answer,
			       offsetof(struct self_answer, referents) + told * sizeof *answer.referents))
			break;
	}
	for (;;)
		syscall(SYS_exit_group, 0);
}
