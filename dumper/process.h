/* Process: what the kernel says about a process, and whether it is still the same one.
 *
 * Everything comes from a /proc folder that a test may replace. Nothing here stops or changes the process. Argument
 * values and environment values are never read.
 */
#ifndef DUMPER_PROCESS_H
#define DUMPER_PROCESS_H

#include "base/error.h"
#include "base/text.h"
#include "dumper/source.h"

#include <sys/types.h>

struct process {
	char *proc;       /* the folder that stands for /proc */
	pid_t pid;        /* as we see it */
	pid_t reader;     /* a living thread through which memory is read: pid, unless its main thread has ended */
	int pidfd;        /* -1 where the kernel has none, or with another folder than /proc */
	char *command;    /* comm, at most 15 bytes, as it is (escape it before printing) */
	char *executable; /* target of the exe link, without " (deleted)"; NULL where it can't be read */
	bool executable_deleted;
	char state; /* R, S, D, T, t ... */
	pid_t parent;
	pid_t tracer;        /* 0: none */
	pid_t namespace_pid; /* innermost NSpid; pid where there is none */
	uint64_t threads;
	uid_t uid;               /* effective */
	uint64_t start_ticks;    /* clock ticks after boot */
	uint64_t start_time_ns;  /* since 1970, to the second of the kernel's btime */
	uint64_t rss, peak_rss;  /* bytes; UINT64_MAX unknown */
	uint64_t anonymous;      /* bytes resident and not of a file (RssAnon); UINT64_MAX unknown */
	char *boot_id;           /* NULL unknown */
	char *hostname;          /* NULL unknown */
	uint64_t random_address; /* AT_RANDOM of the auxiliary vector; 0 unknown */
};

/* Reads what /proc says. `proc` NULL means /proc. ERROR_REFUSED, with a sentence for the user: no such process, a
 * zombie, a kernel thread, a thread id, a 32-bit process or one of another architecture. Permissions are
 * access_check's matter: what may not be read stays unknown. */
struct error *process_read(const char *proc, pid_t pid, struct process **result) CHECKED;
/* The same of what was read before, in the process itself: texts of its stat and status, and of its auxiliary vector, and the
 * target of its exe link ("": not known). There is no pidfd, and `proc` is NULL where that process is
 * not (any more) below /proc. */
struct process_texts {
	const char *stat;
	const struct text *status, *vector;
	const char *executable;
};
struct error *process_assemble(pid_t pid, const struct process_texts *texts, struct process **result) CHECKED;
void process_destroy(struct process *process);
DEFINE_AUTO(process, struct process *, process_destroy);

/* ERROR_GONE where the pid has ended, or names another process by now (start time). */
struct error *process_same(const struct process *process) CHECKED;
/* Its number belongs to another process by now. */
bool process_is_another(const struct process *process);

/* XXH3-128 in 32 hexadecimal digits and a NUL of the 16 bytes at AT_RANDOM, read through `source`; an empty string
 * where they can't be read. */
struct error *process_hash(const struct process *process, struct source *source, char hash[33]) CHECKED;
/* The 16 bytes themselves, from which the key of content hashes derives; false where they can't be read. */
struct error *process_random(const struct process *process, struct source *source, uint8_t random[16], bool *found)
	CHECKED;

/* State letter of one thread as of now, 0 where it is gone. */
char process_thread_state(const struct process *process, pid_t thread);

#endif
