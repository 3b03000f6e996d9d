/* Each thing that can stand in the way is named, with what to do about it. */
#include "tests/test.h"

#include "dumper/access.h"
#include "tests/dumper/help_proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL_CAPABILITIES 0x1fffffffffful

/* The sentence for a process and a heapdump as given; the files of a dumpable process belong to its user. */
static struct error *denied(struct proc *proc, const struct proc_status *target, const struct proc_status *own)
{
	AUTO(process) struct process *process = NULL;
	proc_status(proc, "4711", target);
	proc_status(proc, "self", own);
	TRY(process_read(proc_path(proc), 4711, &process));
	return access_denied(process, EPERM);
}

/* A process of our own user, as /proc shows it. */
static struct proc_status ours(void)
{
	return (struct proc_status){.thread_group = 4711, .uid = (int)getuid(), .gid = 1000};
}

HEAP_TEST(access, names_the_other_owner)
{
	AUTO(proc) struct proc *proc = proc_create();
	const struct proc_status target = {.thread_group = 4711, .uid = 33, .gid = 33};
	const struct proc_status own = {.uid = 1000, .gid = 1000};
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED,
			  "belongs to uid 33, and heapdump runs as uid 1000");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "sudo heapdump 4711");
}

HEAP_TEST(access, names_the_missing_capability_of_root)
{
	AUTO(proc) struct proc *proc = proc_create();
	const struct proc_status target = {.thread_group = 4711, .uid = 33, .gid = 33};
	const struct proc_status own = {.uid = 0, .gid = 0, .permitted = 1, .effective = 1};
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "root but without CAP_SYS_PTRACE");
}

HEAP_TEST(access, names_changed_groups)
{
	AUTO(proc) struct proc *proc = proc_create();
	const struct proc_status target = {.thread_group = 4711, .uid = 1000, .gid = 33};
	const struct proc_status own = {.uid = 1000, .gid = 1000};
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "has changed its user or group");
}

HEAP_TEST(access, names_a_process_that_is_not_dumpable)
{
	AUTO(proc) struct proc *proc = proc_create();
	const struct proc_status other = {.thread_group = 4711, .uid = (int)getuid() + 1, .gid = 1000};
	assert_error_says(denied(proc, &other, &other), ERROR_REFUSED, "not dumpable");
}

HEAP_TEST(access, names_capabilities_that_we_lack)
{
	if (getuid() == 0)
		cr_skip_test("as root the made-up files would have to be another's");
	AUTO(proc) struct proc *proc = proc_create();
	struct proc_status target = ours(), own = ours();
	target.permitted = 0x400;
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "has capabilities (0x400)");
}

HEAP_TEST(access, names_the_scope_of_yama)
{
	AUTO(proc) struct proc *proc = proc_create();
	struct proc_status target = ours(), own = ours();
	target.uid = own.uid = (int)getuid() == 0 ? 1 : (int)getuid();
	if (getuid() == 0) {
		AUTO(string) char *status = NULL;
		cr_assert_geq(asprintf(&status, "%s/4711/status", proc_path(proc)), 0);
		cr_assert_eq(chown(status, 1, 1), 0);
	}
	proc_text(proc, "sys/kernel/yama/ptrace_scope", "1\n");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "ptrace_scope is 1");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "PR_SET_PTRACER");
	proc_text(proc, "sys/kernel/yama/ptrace_scope", "2\n");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "ptrace_scope is 2");
	proc_text(proc, "sys/kernel/yama/ptrace_scope", "3\n");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "not even root");
	proc_text(proc, "sys/kernel/yama/ptrace_scope", "0\n");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "security module");
	own.permitted = own.effective = ALL_CAPABILITIES;
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "although it has CAP_SYS_PTRACE");
	proc_text(proc, "sys/kernel/yama/ptrace_scope", "3\n");
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "ptrace_scope is 3");
}

HEAP_TEST(access, names_the_tracer)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	struct proc_status target = ours(), own = ours();
	proc_stat(proc, 99, "strace", 'S', 0, 5);
	target.tracer = 99;
	assert_error_says(denied(proc, &target, &own), ERROR_REFUSED, "already traced by process 99 (strace)");
	assert_ok(process_read(proc_path(proc), 4711, &process));
	assert_error_says(access_untraced(process), ERROR_REFUSED, "already traced by process 99 (strace)");
	assert_error_says(access_untraced(process), ERROR_REFUSED, "--pause=none");
	process->tracer = getpid();
	assert_ok(access_untraced(process));
	process->tracer = 0;
	assert_ok(access_untraced(process));
}

HEAP_TEST(access, says_when_the_process_ended_instead)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	assert_ok(process_read(proc_path(proc), 4711, &process));
	proc_remove(proc, "4711/status");
	proc_remove(proc, "4711/stat");
	assert_error(access_denied(process, EPERM), ERROR_GONE);
	assert_error(access_check(process), ERROR_GONE);
}

HEAP_TEST(access, may_look_into_a_child)
{
	AUTO(process) struct process *process = NULL;
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_ok(process_read(NULL, child, &process));
	assert_ok(access_untraced(process));
	assert_ok(access_check(process));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_error(access_check(process), ERROR_GONE);
}

/* Asks from a child that has become nobody; true where the answer is a refusal that contains `part`. */
static bool nobody_is_told(pid_t target, const char *part)
{
	int status = 0;
	pid_t asker = fork();
	if (asker == 0) {
		AUTO(process) struct process *process = NULL;
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(3);
		AUTO(error) struct error *error = process_read(NULL, target, &process);
		if (error == NULL)
			error = access_check(process);
		_exit(error != NULL && error->code == ERROR_REFUSED && strstr(error->message, part) != NULL ? 0 : 1);
	}
	waitpid(asker, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

HEAP_TEST(access, is_refused_to_nobody)
{
	if (getuid() != 0)
		cr_skip_test("only root can become another user");
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	cr_expect(nobody_is_told(child, "belongs to uid 0, and heapdump runs as uid 65534"));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

HEAP_TEST(access, tells_nobody_of_a_process_that_is_not_dumpable)
{
	int ready[2];
	char byte;
	if (getuid() != 0)
		cr_skip_test("only root can become another user");
	cr_assert_eq(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		if (setgid(65534) != 0 || setuid(65534) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(3);
		pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_expect(nobody_is_told(child, "is not dumpable"));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}
