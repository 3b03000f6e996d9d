/* A made-up /proc folder: processes that no machine has at hand (zombies, 32-bit ones, Yama's scopes). */
#ifndef TESTS_DUMPER_HELP_PROC_H
#define TESTS_DUMPER_HELP_PROC_H

#include "base/guard.h"

#include <stddef.h>

struct proc;
/* With one healthy process, 4711 (app), and a heapdump, self, of the same owner, uid and gid 1000. */
struct proc *proc_create(void);
void proc_destroy(struct proc *proc);
DEFINE_AUTO(proc, struct proc *, proc_destroy);
const char *proc_path(const struct proc *proc); /* borrowed */
/* Writes PROC/name, making its folders. */
void proc_write(struct proc *proc, const char *name, const void *bytes, size_t size);
void proc_text(struct proc *proc, const char *name, const char *text);
void proc_link(struct proc *proc, const char *name, const char *target);
void proc_remove(struct proc *proc, const char *name);

/* stat and status of a process. `state` as the kernel's letter. */
void proc_stat(struct proc *proc, int pid, const char *command, char state, unsigned flags, unsigned long start);
struct proc_status {
	int thread_group, uid, gid, tracer;
	unsigned long permitted, effective; /* capabilities */
	const char *namespaces;             /* NSpid's numbers; NULL: no such line */
};
void proc_status(struct proc *proc, const char *who, const struct proc_status *status);

#endif
