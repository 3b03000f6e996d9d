/* How does a process capture itself without stopping, and without tripping over its own locks?
 *
 * By fork. The kernel copies the page tables while it holds the process's memory map, and the copy then is the process's
 * memory of one moment: every thread's writes up to a point of that thread, none after it. Of the threads only the
 * caller's exists in the copy, in the middle of whatever the others were doing, so the copy touches nothing of theirs:
 * it opens its own files below /proc, starts the program that reads them, and waits for it. The program is another
 * executable, with a malloc and a C library of its own.
 *
 * The raw system call is used, as fork() would run handlers that take locks. The copy's exit signal is 0, so neither SIGCHLD
 * nor waitpid() tells the process of it; who wants no child at all asks for a detached one, which a short-lived
 * helper that shares our memory makes, and dies. Cost to the caller: the copying of page tables, and some ten system
 * calls.
 */
#include "dumper/python/image.h"

#include "dumper/python/serve.h"
#include "dumper/self.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#define HELPER_STACK 16384u         /* bytes; the copy goes on in it */
#define PROGRAM_STACK 32768u        /* until execve */
#define KEPT_MAX 3u                 /* descriptors that the copy keeps of the process's */
#define TEXT_MAX 12288u             /* bytes of a file below /proc; two of them and a path fit into the facts */
#define AGAIN_MARK UINT64_C(0x6864) /* "hd", in the upper bits */
#define WAIT_FIRST_NS 1000000u      /* 1 ms before the second attempt, doubled up to: */
#define WAIT_LAST_NS 50000000u
#define SIGNAL_SET_BYTES 8u /* of the kernel's */

struct job {
	const struct image_request *request;
	pid_t process; /* whose image it is */
	int host;      /* its folder below /proc */
	int pause[2];  /* pipe: how long the fork took */
	uint64_t begun_ns;
	uint64_t signals; /* blocked before */
	long result;      /* of the clone */
};

/* All below here is written in the copy alone, where nobody else is. */
static char facts[SELF_FACTS_MAX];
static char program_stack[PROGRAM_STACK] __attribute__((aligned(16)));

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = {0};

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static size_t text_of(uint64_t number, char text[24])
{
	char digits[24];
	size_t count = 0, at = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0)
		text[at++] = digits[--count];
	text[at] = '\0';
	return at;
}

/* --- descriptors ---------------------------------------------------------------------------------------------------- */

static void close_from_to(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit); /* before Linux 5.9 */
	unsigned highest = limit.rlim_cur < 65536 ? (unsigned)limit.rlim_cur : 65536;
	for (unsigned fd = first; fd <= last && fd < highest; fd++)
		close((int)fd);
}

/* What the process has open would stay open as long as the copy lives: connections that it closes, pipes and locks. */
static void close_all_but(int kept[], size_t count)
{
	unsigned first = 0;

	for (size_t i = 1; i < count; i++) {
		for (size_t j = i; j > 0 && kept[j - 1] > kept[j]; j--) {
			int swapped = kept[j];
			kept[j] = kept[j - 1];
			kept[j - 1] = swapped;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (kept[i] > 0)
			close_from_to(first, (unsigned)kept[i] - 1);
		first = (unsigned)kept[i] + 1;
	}
	close_from_to(first, ~0u);
}

/* Out of the way of the numbers that the program gets. */
static int moved_up(int fd)
{
	if (fd < 0 || fd >= SELF_FDS)
		return fd;
	int above = fcntl(fd, F_DUPFD_CLOEXEC, SELF_FDS);
	int number = errno;
	close(fd);
	errno = number;
	return above;
}

static bool write_all(int fd, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = write(fd, (const char *)bytes + done, size - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

/* --- the copy ------------------------------------------------------------------------------------------------------- */

struct files {
	int memory, maps, vector, executable; /* of the copy */
	int sizes, pages;                     /* of the copy */
	int process;                          /* sizes of the process */
	int facts;
	int asking, answered;   /* the program's ends */
	int questions, answers; /* and ours */
	pid_t server;           /* 0: none */
	int output, null;
};

static void say(const char *what, int number)
{
	char digits[24];

	write_all(2, what, strlen(what));
	write_all(2, digits, text_of((uint64_t)number, digits));
	write_all(2, "\n", 1);
}

static _Noreturn void end_all(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

static _Noreturn void leave(int output, enum image_stage stage, int number)
{
	struct image_end end = {.mark = IMAGE_MARK, .stage = stage, .number = number};
	bool ran = stage == IMAGE_RAN;

	if (output >= 0)
		write_all(output, &end, sizeof end);
	else if (!ran)
		say(stage == IMAGE_START ? "heapdump: no snapshot, as its program can't be started; errno "
					 : "heapdump: no snapshot, as /proc/self can't be read; errno ",
		    number);
	else if (WIFSIGNALED(number))
		say("heapdump: no snapshot, as its program was killed by signal ", WTERMSIG(number));
	end_all(ran && WIFEXITED(number) ? WEXITSTATUS(number) : 1);
}

/* The kernel shuts the files of a process that is not dumpable, even for itself; the copy is another process. */
static int open_own(struct files *files, int host)
{
	int dumpable = prctl(PR_GET_DUMPABLE);

	if (dumpable != 1)
		prctl(PR_SET_DUMPABLE, 1);
	files->memory = moved_up(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
	files->maps = moved_up(open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
	files->vector = moved_up(open("/proc/self/auxv", O_RDONLY | O_CLOEXEC));
	int number = errno;
	files->executable = moved_up(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	files->sizes = moved_up(open("/proc/self/smaps", O_RDONLY | O_CLOEXEC));
	files->process = moved_up(openat(host, "smaps", O_RDONLY | O_CLOEXEC));
	files->pages = moved_up(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	if (dumpable != 1)
		prctl(PR_SET_DUMPABLE, 0);
	return files->memory >= 0 && files->maps >= 0 && files->vector >= 0 ? 0 : number;
}

/* Where memory runs out, the copy goes first, not the process. */
static void be_first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, "1000", 4);
	close(fd);
}

static size_t add_number(size_t at, uint64_t number)
{
	return at + text_of(number, facts + at) + 1;
}

static size_t add_file(size_t at, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t begin = at;
	ssize_t got;

	while (fd >= 0 && at - begin < TEXT_MAX && ((got = read(fd, facts + at, TEXT_MAX - (at - begin))) > 0))
		at += (size_t)got;
	if (fd >= 0)
		close(fd);
	facts[at++] = '\0';
	return at;
}

static size_t add_link(size_t at, const char *path)
{
	ssize_t length = readlink(path, facts + at, SELF_FACTS_MAX - at - 1);

	at += length > 0 ? (size_t)length : 0;
	facts[at++] = '\0';
	return at;
}

/* Their size. */
static size_t gather_facts(const struct job *job, uint64_t moment_ns, int host, int pause)
{
	uint64_t pause_ns = 0;
	size_t at = sizeof SELF_VERSION;

	if (read(pause, &pause_ns, sizeof pause_ns) != (ssize_t)sizeof pause_ns)
		pause_ns = 0; /* the process was killed */
	memcpy(facts, SELF_VERSION, sizeof SELF_VERSION);
	at = add_number(at, (uint64_t)job->process);
	at = add_number(at, job->begun_ns);
	at = add_number(at, moment_ns);
	at = add_number(at, pause_ns);
	at = add_number(at, job->request->attempt);
	at = add_file(at, host, "stat");
	at = add_file(at, host, "status");
	return add_link(at, "/proc/self/exe");
}

struct start {
	const struct image_command *command;
	const struct files *files;
	char *const *arguments;
	int error;
};

/* The limits are the process's, and may be why its memory is gone. */
static void raise_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit((__rlimit_resource_t)resource, &limit);
}

static bool hand_over(int from, int to)
{
	return from < 0 || dup2(from, to) == to;
}

/* Runs in the copy's memory, which waits for the execve. */
static int start_program(void *argument)
{
	struct start *start = argument;
	const struct files *files = start->files;
	const uint64_t none = 0;

	raise_limit(RLIMIT_AS);
	raise_limit(RLIMIT_DATA);
	if (hand_over(files->null, 0) && hand_over(files->output >= 0 ? files->output : files->null, 1) &&
	    hand_over(files->output < 0 && fcntl(2, F_GETFD) < 0 ? files->null : files->output, 2) &&
	    hand_over(files->memory, SELF_FD_MEMORY) && hand_over(files->maps, SELF_FD_MAPS) &&
	    hand_over(files->vector, SELF_FD_VECTOR) && hand_over(files->executable, SELF_FD_EXECUTABLE) &&
	    hand_over(files->facts, SELF_FD_FACTS) && hand_over(files->asking, SELF_FD_QUESTIONS) &&
	    hand_over(files->answered, SELF_FD_ANSWERS) && hand_over(files->sizes, SELF_FD_SIZES) &&
	    hand_over(files->pages, SELF_FD_PAGES) && hand_over(files->process, SELF_FD_PROCESS)) {
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, SIGNAL_SET_BYTES);
		execve(start->command->program, start->arguments, start->command->environment);
	}
	start->error = errno != 0 ? errno : EINVAL;
	end_all(127);
}

/* The command's arguments, and what differs from one copy to the next. */
static void complete_arguments(const struct image_request *request, char *arguments[IMAGE_ARGUMENTS_MAX + 3],
			       char number[40])
{
	static char retry[] = "--retry";
	size_t count = 0;

	while (count < IMAGE_ARGUMENTS_MAX && request->command->arguments[count] != NULL) {
		arguments[count] = request->command->arguments[count];
		count++;
	}
	memcpy(number, "--number=", 9);
	text_of(request->number, number + 9);
	arguments[count++] = number;
	if (!request->once && request->attempt < IMAGE_ATTEMPTS_MAX)
		arguments[count++] = retry;
	arguments[count] = NULL;
}

/* Foreign code answers in a copy of the copy. Made once there is a question: most programs have none. */
static void start_server(struct files *files)
{
	long server = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (server == 0)
		serve_referents(files->questions, files->answers);
	files->server = server > 0 ? (pid_t)server : 0;
	close(files->questions);
	close(files->answers);
	files->questions = files->answers = -1;
}

/* Until the program has ended. A signal that asks this process to end is for the program, which cleans up. */
static int await_program(pid_t program, struct files *files)
{
	sigset_t awaited;
	struct signalfd_siginfo info;
	int status;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGHUP);
	int signals = moved_up(signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK));
	for (;;) {
		struct pollfd ready[2] = {{.fd = signals, .events = POLLIN},
					  {.fd = files->questions, .events = POLLIN}};
		pid_t ended = wait4(program, &status, WNOHANG | __WALL, NULL);
		if (ended == program)
			return status;
		if (ended < 0)
			return 1 << 8;
		poll(ready, 2, signals >= 0 ? -1 : 10);
		if ((ready[1].revents & POLLIN) != 0)
			start_server(files);
		else if (ready[1].revents != 0)
			files->questions = -1; /* the program is about to end */
		if ((ready[0].revents & POLLIN) != 0 && read(signals, &info, sizeof info) == (ssize_t)sizeof info &&
		    info.ssi_signo != SIGCHLD)
			kill(program, SIGTERM);
	}
}

static void send_again(const struct image_request *request, int pidfd)
{
	uint64_t wait_ns = WAIT_FIRST_NS;
	siginfo_t info;

	for (unsigned i = 1; i < request->attempt && wait_ns < WAIT_LAST_NS; i++)
		wait_ns *= 2;
	const struct timespec wait = {.tv_nsec = (long)(wait_ns < WAIT_LAST_NS ? wait_ns : WAIT_LAST_NS)};
	nanosleep(&wait, NULL);
	memset(&info, 0, sizeof info);
	info.si_signo = request->signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)(uintptr_t)image_again(request->number, request->attempt + 1);
	syscall(SYS_pidfd_send_signal, pidfd, request->signal, &info, 0);
}

/* Without these pipes nothing is asked. */
static void open_server(struct files *files)
{
	int questions[2], answers[2];

	if (pipe2(questions, O_CLOEXEC) != 0)
		return;
	if (pipe2(answers, O_CLOEXEC) != 0) {
		close(questions[0]);
		close(questions[1]);
		return;
	}
	files->questions = moved_up(questions[0]);
	files->asking = moved_up(questions[1]);
	files->answered = moved_up(answers[0]);
	files->answers = moved_up(answers[1]);
}

/* Its wait status; *error is errno where it could not be started. */
static int run_program(const struct image_request *request, struct files *files, size_t facts_size, int *error)
{
	char *arguments[IMAGE_ARGUMENTS_MAX + 3], number[40];
	struct start start = {.command = request->command, .files = files, .arguments = arguments};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		*error = errno;
		return 0;
	}
	files->facts = moved_up(ends[0]);
	open_server(files);
	complete_arguments(request, arguments, number);
	pid_t program = clone(start_program, program_stack + PROGRAM_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
	*error = program < 0 ? errno : start.error;
	close(files->facts);
	write_all(ends[1], facts, facts_size); /* the program is there by now, and reads all of it or says why not */
	close(ends[1]);
	close(files->asking);
	close(files->answered);
	int status = program >= 0 ? await_program(program, files) : 0;
	if (files->server > 0) {
		kill(files->server, SIGKILL); /* it may not end by itself */
		wait4(files->server, NULL, __WALL, NULL);
	}
	return status;
}

static _Noreturn void be_image(const struct job *job)
{
	const struct image_request *request = job->request;
	uint64_t moment_ns = clock_ns(CLOCK_REALTIME);
	int kept[KEPT_MAX] = {job->host, job->pause[0], request->output >= 0 ? request->output : 2};
	struct files files = {.output = -1, .asking = -1, .answered = -1, .questions = -1, .answers = -1};
	struct sigaction as_usual;
	int error, status;

	prctl(PR_SET_NAME, "heapdump-image");
	memset(&as_usual, 0, sizeof as_usual);
	sigaction(SIGCHLD, &as_usual, NULL); /* where it is ignored, no status is kept */
	close_all_but(kept, KEPT_MAX);
	int host = moved_up(job->host), pause = moved_up(job->pause[0]);
	files.output = request->output >= 0 ? moved_up(request->output) : -1;
	int pidfd = request->signal != 0 ? moved_up((int)syscall(SYS_pidfd_open, job->process, 0)) : -1;
	be_first_to_go();
	if ((error = open_own(&files, host)) != 0)
		leave(files.output, IMAGE_OPEN, error);
	size_t facts_size = gather_facts(job, moment_ns, host, pause);
	files.null = moved_up(open("/dev/null", O_RDWR | O_CLOEXEC));
	status = run_program(request, &files, facts_size, &error);
	if (error != 0)
		leave(files.output, IMAGE_START, error);
	if (pidfd >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == SELF_EXIT_COLLECTING)
		send_again(request, pidfd);
	leave(files.output, IMAGE_RAN, status);
}

/* --- the process ---------------------------------------------------------------------------------------------------- */

static long clone_image(struct job *job)
{
	long result = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);

	if (result == 0)
		be_image(job);
	return result < 0 ? -errno : result;
}

/* Shares our memory, while we wait. */
static int clone_detached(void *argument)
{
	struct job *job = argument;

	job->result = clone_image(job);
	return 0; /* clone() ends the helper with that */
}

static long make_image(struct job *job)
{
	char stack[HELPER_STACK] __attribute__((aligned(16)));

	if (!job->request->detached)
		return clone_image(job);
	pid_t helper = clone(clone_detached, stack + sizeof stack, CLONE_VM | CLONE_VFORK, job);
	if (helper < 0)
		return -errno;
	while (wait4(helper, NULL, __WALL, NULL) < 0 && errno == EINTR)
		;
	return job->result < 0 ? job->result : 0;
}

static int fork_measured(struct job *job, pid_t *child)
{
	const uint64_t all = ~UINT64_C(0);

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &job->signals, SIGNAL_SET_BYTES); /* the copy handles none */
	job->begun_ns = clock_ns(CLOCK_MONOTONIC);
	long result = make_image(job);
	uint64_t pause_ns = clock_ns(CLOCK_MONOTONIC) - job->begun_ns;
	if (result >= 0)
		write_all(job->pause[1], &pause_ns, sizeof pause_ns);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &job->signals, NULL, SIGNAL_SET_BYTES);
	if (result < 0)
		return (int)-result;
	*child = (pid_t)result;
	return 0;
}

int image_fork(const struct image_request *request, pid_t *child)
{
	struct job job = {.request = request, .process = getpid()};
	int error;

	job.host = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (job.host < 0)
		return errno;
	if (pipe2(job.pause, O_CLOEXEC) != 0) {
		error = errno;
		close(job.host);
		return error;
	}
	error = fork_measured(&job, child);
	close(job.host);
	close(job.pause[0]);
	close(job.pause[1]);
	return error;
}

bool image_adopts_orphans(void)
{
	int reaper = 0;

	return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper != 0);
}

uint64_t image_again(uint64_t number, unsigned attempt)
{
	return AGAIN_MARK << 48 | (uint64_t)attempt << 40 | (number & UINT64_C(0xffffffffff));
}

bool image_is_again(uint64_t value, uint64_t *number, unsigned *attempt)
{
	unsigned count = (unsigned)(value >> 40) & 0xff;

	if (value >> 48 != AGAIN_MARK || count < 2 || count > IMAGE_ATTEMPTS_MAX)
		return false;
	*number = value & UINT64_C(0xffffffffff);
	*attempt = count;
	return true;
}
