/* How does a test get a /proc in which anything can stand? As plain files in a folder of its own. */
#include "tests/dumper/help_proc.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct proc {
	char path[64];
};

static char *below(const struct proc *proc, const char *name)
{
	char *path = NULL;
	cr_assert_geq(asprintf(&path, "%s/%s", proc->path, name), 0);
	return path;
}

/* The folders of a path below the root. */
static void make_folders(const struct proc *proc, char *path)
{
	for (char *slash = path + strlen(proc->path) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

void proc_write(struct proc *proc, const char *name, const void *bytes, size_t size)
{
	AUTO(string) char *path = below(proc, name);
	make_folders(proc, path);
	AUTO(close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
}

void proc_text(struct proc *proc, const char *name, const char *text)
{
	proc_write(proc, name, text, strlen(text));
}

void proc_link(struct proc *proc, const char *name, const char *target)
{
	AUTO(string) char *path = below(proc, name);
	make_folders(proc, path);
	unlink(path);
	cr_assert_eq(symlink(target, path), 0);
}

void proc_remove(struct proc *proc, const char *name)
{
	AUTO(string) char *path = below(proc, name);
	cr_assert_eq(unlink(path), 0);
}

void proc_stat(struct proc *proc, int pid, const char *command, char state, unsigned flags, unsigned long start)
{
	AUTO(string) char *name = NULL;
	AUTO(string) char *text = NULL;
	cr_assert_geq(asprintf(&name, "%d/stat", pid), 0);
	cr_assert_geq(
		asprintf(
			&text,
			"%d (%s) %c 100 4711 4711 0 -1 %u 1 0 0 0 1 2 0 0 20 0 3 0 %lu 1000000 2000 18446744073709551615 0 "
			"0\n",
			pid, command, state, flags, start),
		0);
	proc_text(proc, name, text);
}

void proc_status(struct proc *proc, const char *who, const struct proc_status *status)
{
	AUTO(string) char *name = NULL;
	AUTO(string) char *text = NULL;
	AUTO(string) char *namespaces = NULL;
	int uid = status->uid, gid = status->gid;
	cr_assert_geq(asprintf(&name, "%s/status", who), 0);
	cr_assert_geq(asprintf(&namespaces, "%s%s%s", status->namespaces != NULL ? "NSpid:\t" : "",
			       status->namespaces != NULL ? status->namespaces : "",
			       status->namespaces != NULL ? "\n" : ""),
		      0);
	cr_assert_geq(
		asprintf(
			&text,
			"Name:\tapp\nTgid:\t%d\nTracerPid:\t%d\nUid:\t%d\t%d\t%d\t%d\nGid:\t%d\t%d\t%d\t%d\n%s"
			"VmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nRssAnon:\t     512 kB\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
			status->thread_group, status->tracer, uid, uid, uid, uid, gid, gid, gid, gid, namespaces,
			status->permitted, status->effective),
		0);
	proc_text(proc, name, text);
}

struct proc *proc_create(void)
{
	struct proc *proc = calloc(1, sizeof *proc);
	cr_assert_not_null(proc);
	strcpy(proc->path, "/tmp/heapdump-proc-XXXXXX");
	cr_assert_not_null(mkdtemp(proc->path));
	static const uint64_t vector[] = {AT_PAGESZ, 4096, AT_RANDOM, 0x7ffc0000, AT_NULL, 0};
	static const uint8_t head[20] = {0x7f, 'E',           'L',
					 'F',  ELFCLASS64,    ELFDATA2LSB,
					 1,    [16] = ET_DYN, [18] = EM_X86_64};
	const struct proc_status owner = {.thread_group = 4711, .uid = 1000, .gid = 1000};
	proc_stat(proc, 4711, "app", 'S', 0, 123456);
	proc_status(proc, "4711", &owner);
	proc_status(proc, "self", &owner);
	proc_write(proc, "bin/app", head, sizeof head);
	AUTO(string) char *executable = below(proc, "bin/app");
	proc_link(proc, "4711/exe", executable);
	proc_write(proc, "4711/auxv", vector, sizeof vector);
	proc_text(proc, "sys/kernel/random/boot_id", "6e2f0c2a-0000-4000-8000-000000000001\n");
	proc_text(proc, "sys/kernel/hostname", "box\n");
	proc_text(proc, "stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 5\n");
	return proc;
}

static int remove_entry(const char *path, const struct stat *found, int kind, struct FTW *place)
{
	(void)found;
	(void)kind;
	(void)place;
	return remove(path);
}

void proc_destroy(struct proc *proc)
{
	if (proc == NULL)
		return;
	nftw(proc->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(proc);
}

const char *proc_path(const struct proc *proc)
{
	return proc->path;
}
