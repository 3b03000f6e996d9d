/* May this program look into that process, and if not, what stands in the way?
 *
 * The kernel says only "not permitted". So its rules (ptrace(2), "Ptrace access mode checking") are gone through again
 * in their order, from what /proc tells about both sides: a tracer, the owner, the dumpable flag, capabilities, Yama's
 * scope; the first that refuses is named, with the remedy. The question itself is put by opening /proc/PID/mem, which
 * asks for the same right as PTRACE_SEIZE and changes nothing.
 */
#include "dumper/access.h"

#include "dumper/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPABILITY_PTRACE (UINT64_C(1) << 19) /* CAP_SYS_PTRACE */
#define SETCAP "give heapdump the capability once: sudo setcap cap_sys_ptrace+ep /path/to/heapdump"

struct side { /* what one side of the question is */
	uint64_t effective_uid, real_uid, saved_uid;
	uint64_t effective_gid, real_gid, saved_gid;
	uint64_t permitted, effective; /* capabilities */
	uint64_t tracer;
	bool known;
};

static struct error *side_read(const char *proc, const char *who, struct side *side)
{
	AUTO(string) char *path = NULL;
	AUTO(text) struct text status;

	text_init(&status);
	*side = (struct side){0};
	if (asprintf(&path, "%s/%s/status", proc, who) < 0) {
		path = NULL;
		return error_memory();
	}
	AUTO(error) struct error *error = procfs_read(&status, path);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	side->known = procfs_number(&status, "Uid:", 0, 10, &side->real_uid) &&
		      procfs_number(&status, "Uid:", 1, 10, &side->effective_uid) &&
		      procfs_number(&status, "Uid:", 2, 10, &side->saved_uid) &&
		      procfs_number(&status, "Gid:", 0, 10, &side->real_gid) &&
		      procfs_number(&status, "Gid:", 1, 10, &side->effective_gid) &&
		      procfs_number(&status, "Gid:", 2, 10, &side->saved_gid) &&
		      procfs_number(&status, "CapPrm:", 0, 16, &side->permitted) &&
		      procfs_number(&status, "CapEff:", 0, 16, &side->effective) &&
		      procfs_number(&status, "TracerPid:", 0, 10, &side->tracer);
	return NULL;
}

/* 0 to 3; 0 also where the kernel has no Yama. */
static struct error *yama_scope(const char *proc, int *scope)
{
	AUTO(string) char *path = NULL;
	AUTO(string) char *line = NULL;

	if (asprintf(&path, "%s/sys/kernel/yama/ptrace_scope", proc) < 0) {
		path = NULL;
		return error_memory();
	}
	TRY(procfs_line(path, &line));
	*scope = line != NULL ? atoi(line) : 0;
	return NULL;
}

static bool same_owner(const struct side *own, const struct side *target)
{
	return own->effective_uid == target->effective_uid && own->effective_uid == target->real_uid &&
	       own->effective_uid == target->saved_uid && own->effective_gid == target->effective_gid &&
	       own->effective_gid == target->real_gid && own->effective_gid == target->saved_gid;
}

/* The kernel gives the files in the folder of a non-dumpable process to root (the folder itself stays the user's). */
static bool is_dumpable(const struct process *process, const struct side *target)
{
	AUTO(string) char *path = procfs_path(process->proc, process->pid, "status");
	struct stat found;

	return path == NULL || stat(path, &found) != 0 || found.st_uid == target->effective_uid;
}

static struct error *refused_owner(const struct process *process, const struct side *own, const struct side *target)
{
	int pid = (int)process->pid;

	if (own->effective_uid == target->effective_uid)
		return error_create(
			ERROR_REFUSED,
			"process %d (%s) has changed its user or group (uid %d/%d/%d, gid %d/%d/%d), heapdump "
			"runs as uid %d, gid %d: run sudo heapdump %d, or " SETCAP,
			pid, process->command, (int)target->real_uid, (int)target->effective_uid,
			(int)target->saved_uid, (int)target->real_gid, (int)target->effective_gid,
			(int)target->saved_gid, (int)own->effective_uid, (int)own->effective_gid, pid);
	return error_create(
		ERROR_REFUSED,
		"no permission: process %d (%s) belongs to uid %d, and heapdump runs as uid %d: run it as that "
		"user, or sudo heapdump %d, or " SETCAP,
		pid, process->command, (int)target->effective_uid, (int)own->effective_uid, pid);
}

static struct error *refused_yama(const struct process *process, int scope)
{
	int pid = (int)process->pid;

	if (scope >= 3)
		return error_create(
			ERROR_REFUSED,
			"no permission: Yama's kernel.yama.ptrace_scope is 3, so nobody may look into process "
			"%d (%s), not even root, until the machine is booted with another setting",
			pid, process->command);
	if (scope == 2)
		return error_create(
			ERROR_REFUSED,
			"no permission: Yama's kernel.yama.ptrace_scope is 2, so only CAP_SYS_PTRACE may look "
			"into process %d (%s): run sudo heapdump %d, or " SETCAP,
			pid, process->command, pid);
	return error_create(
		ERROR_REFUSED,
		"no permission: Yama's kernel.yama.ptrace_scope is 1, so only an ancestor may look into process "
		"%d (%s): run sudo heapdump %d, or " SETCAP
		"; or let the program itself allow it: prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)",
		pid, process->command, pid);
}

static struct error *refused_other(const struct process *process, int number, bool capable)
{
	return error_create_errno(
		ERROR_REFUSED, number,
		"no permission: the kernel refuses to let heapdump look into process %d (%s)%s; a security "
		"module (SELinux, AppArmor) or a seccomp filter does that, and so does another user "
		"namespace; in a container try --cap-add=SYS_PTRACE",
		(int)process->pid, process->command, capable ? " although it has CAP_SYS_PTRACE" : "");
}

static struct error *refused_without_capability(const struct process *process, const struct side *own,
						const struct side *target, int scope, int number)
{
	int pid = (int)process->pid;

	if (own->effective_uid == 0)
		return error_create(
			ERROR_REFUSED,
			"no permission: heapdump runs as root but without CAP_SYS_PTRACE, so it can't look into "
			"process %d (%s): give it the capability (docker run --cap-add=SYS_PTRACE)",
			pid, process->command);
	if (!same_owner(own, target))
		return refused_owner(process, own, target);
	if (!is_dumpable(process, target))
		return error_create(
			ERROR_REFUSED,
			"no permission: process %d (%s) is not dumpable (it changed its user, has capabilities of its "
			"own, or asked for it with prctl(PR_SET_DUMPABLE)): run sudo heapdump %d, or " SETCAP,
			pid, process->command, pid);
	if ((target->permitted & ~own->permitted) != 0)
		return error_create(
			ERROR_REFUSED,
			"no permission: process %d (%s) has capabilities (%#lx) that heapdump lacks: run sudo "
			"heapdump %d, or " SETCAP,
			pid, process->command, (unsigned long)(target->permitted & ~own->permitted), pid);
	if (scope >= 1)
		return refused_yama(process, scope);
	return refused_other(process, number, false);
}

static struct error *traced_by(const struct process *process, pid_t tracer)
{
	struct procfs_stat stat;
	AUTO(error) struct error *error = procfs_stat(process->proc, tracer, &stat);

	return error_create(
		ERROR_REFUSED,
		"process %d (%s) is already traced by process %d (%s), and a process has one tracer at most: let "
		"that one go first, or read it without a stop, --pause=none; unless the tracer holds it still, the "
		"snapshot may then be torn",
		(int)process->pid, process->command, (int)tracer, error == NULL ? stat.command : "unknown");
}

struct error *access_untraced(const struct process *process)
{
	if (process->tracer == 0 || process->tracer == getpid())
		return NULL;
	return traced_by(process, process->tracer);
}

struct error *access_denied(const struct process *process, int number)
{
	AUTO(string) char *pid = NULL;
	struct side own, target;
	int scope = 0;

	if (asprintf(&pid, "%d", (int)process->pid) < 0) {
		pid = NULL;
		return error_memory();
	}
	TRY(side_read(process->proc, "self", &own));
	TRY(side_read(process->proc, pid, &target));
	TRY(yama_scope(process->proc, &scope));
	if (!target.known)
		TRY(process_same(process));
	if (!own.known || !target.known)
		return refused_other(process, number, false);
	if (target.tracer != 0 && target.tracer != (uint64_t)getpid())
		return traced_by(process, (pid_t)target.tracer);
	if ((own.effective & CAPABILITY_PTRACE) == 0)
		return refused_without_capability(process, &own, &target, scope, number);
	return scope >= 3 ? refused_yama(process, scope) : refused_other(process, number, true);
}

struct error *access_check(const struct process *process)
{
	AUTO(string) char *path = procfs_path(process->proc, process->reader, "mem");

	if (path == NULL)
		return error_memory();
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return NULL;
	int number = errno;
	if (number == ENOENT || number == ESRCH)
		return process_same(process);
	return access_denied(process, number);
}
