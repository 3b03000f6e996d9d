/* Which process is this, and is it one that can be captured at all?
 *
 * stat and status, which everybody may read, tell the identity (start time), the owner, the sizes and what it is not:
 * a zombie, a kernel thread, a mere thread. The exe link and the auxiliary vector need the right to look into the
 * process; where it is missing they stay unknown, and dumper/access.c says why. Some ten small reads, under 1 ms.
 */
#include "dumper/process.h"

#include "base/bytes.h"
#include "dumper/procfs.h"
#include "format/checksum.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_THREAD 0x00200000u /* PF_KTHREAD of stat's flags */
#define PATH_LENGTH_MAX 65536u    /* bytes of a link's target that are taken */
#define RANDOM_BYTES 16u          /* at AT_RANDOM */

static struct error *process_no_such(pid_t pid)
{
	return error_create(ERROR_REFUSED, "there is no process %d", (int)pid);
}

static bool state_ended(char state)
{
	return state == 'Z' || state == 'X' || state == 'x';
}

char process_thread_state(const struct process *process, pid_t thread)
{
	struct procfs_stat stat;
	AUTO(error) struct error *error = procfs_stat(process->proc, thread, &stat);

	return error == NULL ? stat.state : 0;
}

/* A main thread that has ended is a zombie until the others have ended too; memory is read through one of those. */
static struct error *process_find_reader(struct process *process)
{
	AUTO(free) void *memory = NULL;
	pid_t *threads = NULL;
	size_t count = 0;

	process->reader = process->pid;
	if (!state_ended(process->state))
		return NULL;
	struct error *error = procfs_threads(process->proc, process->pid, &threads, &count);
	memory = threads;
	if (error != NULL && error->code == ERROR_MEMORY)
		return error;
	error_destroy(error); /* gone is as good as a zombie */
	for (size_t i = 0; i < count; i++) {
		char state = process_thread_state(process, threads[i]);
		if (state != 0 && !state_ended(state)) {
			process->reader = threads[i];
			return NULL;
		}
	}
	return error_create(
		ERROR_REFUSED,
		"process %d (%s) has ended and waits as a zombie for its parent, process %d, to notice: its "
		"memory is gone",
		(int)process->pid, process->command, (int)process->parent);
}

static struct error *process_take_stat(struct process *process, const struct procfs_stat *stat)
{
	process->command = strdup(stat->command);
	if (process->command == NULL)
		return error_memory();
	process->state = stat->state;
	process->parent = stat->parent;
	process->threads = stat->threads;
	process->start_ticks = stat->start_ticks;
	return NULL;
}

static struct error *process_read_stat(struct process *process)
{
	struct procfs_stat stat;
	struct error *error = procfs_stat(process->proc, process->pid, &stat);

	if (error != NULL && error->code == ERROR_GONE) {
		error_destroy(error);
		return process_no_such(process->pid);
	}
	TRY(error);
	TRY(process_take_stat(process, &stat));
	if ((stat.flags & KERNEL_THREAD) != 0)
		return error_create(ERROR_REFUSED, "process %d (%s) is a thread of the kernel, not a program",
				    (int)process->pid, process->command);
	return process_find_reader(process);
}

static uint64_t status_bytes(const struct text *status, const char *name)
{
	uint64_t kib;

	return procfs_number(status, name, 0, 10, &kib) ? saturating_multiply(kib, 1024) : UINT64_MAX;
}

static void process_take_status(struct process *process, const struct text *status)
{
	uint64_t number;

	process->uid = procfs_number(status, "Uid:", 1, 10, &number) ? (uid_t)number : (uid_t)-1;
	process->tracer = procfs_number(status, "TracerPid:", 0, 10, &number) ? (pid_t)number : 0;
	process->namespace_pid = procfs_last_number(status, "NSpid:", &number) ? (pid_t)number : process->pid;
	process->rss = status_bytes(status, "VmRSS:");
	process->peak_rss = status_bytes(status, "VmHWM:");
	process->anonymous = status_bytes(status, "RssAnon:");
}

static struct error *process_read_status(struct process *process)
{
	AUTO(text) struct text status;
	uint64_t number;

	text_init(&status);
	struct error *error = procfs_read_of(&status, process->proc, process->reader, "status");
	if (error != NULL && error->code == ERROR_GONE) {
		error_destroy(error);
		return process_no_such(process->pid);
	}
	TRY(error);
	if (procfs_number(&status, "Tgid:", 0, 10, &number) && number != (uint64_t)process->pid)
		return error_create(ERROR_REFUSED, "%d is a thread of process %d: give that number instead",
				    (int)process->pid, (int)number);
	process_take_status(process, &status);
	return NULL;
}

/* The target of a link; NULL where it can't be read. */
static struct error *link_read(const char *path, char **target)
{
	AUTO(string) char *buffer = malloc(PATH_LENGTH_MAX);

	if (buffer == NULL)
		return error_memory();
	ssize_t length = readlink(path, buffer, PATH_LENGTH_MAX);
	*target = NULL;
	if (length < 0)
		return NULL;
	*target = strndup(buffer, (size_t)length);
	return *target != NULL ? NULL : error_memory();
}

static void process_take_executable(struct process *process)
{
	static const char deleted[] = " (deleted)";
	size_t length = process->executable != NULL ? strlen(process->executable) : 0;
	if (length >= sizeof deleted && strcmp(process->executable + length - sizeof deleted + 1, deleted) == 0) {
		process->executable[length - sizeof deleted + 1] = '\0';
		process->executable_deleted = true;
	}
}

static struct error *process_read_executable(struct process *process)
{
	AUTO(string) char *path = procfs_path(process->proc, process->reader, "exe");

	if (path == NULL)
		return error_memory();
	TRY(link_read(path, &process->executable));
	process_take_executable(process);
	return NULL;
}

/* The executable's own head says the architecture. One that can't be read is access_check's matter. */
static struct error *process_check_machine(const struct process *process)
{
	AUTO(string) char *path = procfs_path(process->proc, process->reader, "exe");
	uint8_t head[EI_NIDENT + 4];

	if (path == NULL)
		return error_memory();
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head || memcmp(head, ELFMAG, SELFMAG) != 0)
		return NULL;
	unsigned machine = load_u16(head + EI_NIDENT + 2);
	if (head[EI_CLASS] == ELFCLASS32)
		return error_create(ERROR_REFUSED,
				    "process %d (%s) is a 32-bit program; heapdump reads 64-bit ones (x86-64) only",
				    (int)process->pid, process->command);
	if (head[EI_DATA] != ELFDATA2LSB || machine != EM_X86_64)
		return error_create(ERROR_REFUSED,
				    "process %d (%s) is a program of another architecture (ELF machine %u); heapdump "
				    "reads x86-64 (62) only",
				    (int)process->pid, process->command, machine);
	return NULL;
}

/* AT_RANDOM names 16 bytes that the kernel draws anew at each exec. */
static void process_take_vector(struct process *process, const struct text *vector)
{
	struct bytes bytes = bytes_over(vector->data, vector->length);

	while (bytes_left(&bytes) >= 16) {
		uint64_t kind = bytes_u64(&bytes), value = bytes_u64(&bytes);
		if (kind == AT_RANDOM)
			process->random_address = value;
		if (kind == AT_NULL)
			break;
	}
}

static struct error *process_read_vector(struct process *process)
{
	AUTO(text) struct text vector;

	text_init(&vector);
	AUTO(error) struct error *error = procfs_read_of(&vector, process->proc, process->reader, "auxv");
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	process_take_vector(process, &vector);
	return NULL;
}

static struct error *line_below(const char *proc, const char *name, char **line)
{
	AUTO(string) char *path = NULL;

	if (asprintf(&path, "%s/%s", proc, name) < 0) {
		path = NULL;
		return error_memory();
	}
	return procfs_line(path, line);
}

static struct error *process_read_machine(struct process *process)
{
	AUTO(text) struct text stat;
	AUTO(string) char *path = NULL;
	uint64_t boot = 0;
	uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);

	text_init(&stat);
	TRY(line_below(process->proc, "sys/kernel/random/boot_id", &process->boot_id));
	TRY(line_below(process->proc, "sys/kernel/hostname", &process->hostname));
	if (asprintf(&path, "%s/stat", process->proc) < 0) {
		path = NULL;
		return error_memory();
	}
	AUTO(error) struct error *error = procfs_read(&stat, path);
	if (error != NULL && error->code == ERROR_MEMORY)
		return steal(&error);
	if (error == NULL && procfs_number(&stat, "btime ", 0, 10, &boot)) {
		uint64_t ticks_ns = saturating_multiply(process->start_ticks % hertz, UINT64_C(1000000000) / hertz);
		uint64_t seconds = saturating_add(boot, process->start_ticks / hertz);
		process->start_time_ns = saturating_add(saturating_multiply(seconds, UINT64_C(1000000000)), ticks_ns);
	}
	return NULL;
}

static struct error *process_fill(struct process *process)
{
	TRY(process_read_stat(process));
	TRY(process_read_status(process));
	TRY(process_read_executable(process));
	TRY(process_check_machine(process));
	TRY(process_read_vector(process));
	return process_read_machine(process);
}

static struct error *process_create(const char *proc, pid_t pid, struct process **result)
{
	AUTO(process) struct process *process = calloc(1, sizeof *process);

	if (process == NULL)
		return error_memory();
	process->pid = pid;
	process->pidfd = -1;
	process->proc = strdup(proc);
	if (process->proc == NULL)
		return error_memory();
	*result = steal(&process);
	return NULL;
}

/* Whether its folder is there, by that number: it may have ended, or /proc may be of another namespace. */
static bool is_below(const struct process *process)
{
	struct procfs_stat stat;
	AUTO(error) struct error *error = procfs_stat(process->proc, process->pid, &stat);

	return error == NULL && stat.start_ticks == process->start_ticks;
}

struct error *process_assemble(pid_t pid, const struct process_texts *texts, struct process **result)
{
	AUTO(process) struct process *process = NULL;
	struct procfs_stat stat;

	TRY(procfs_stat_parse(texts->stat, "the stat file of the process", &stat));
	TRY(process_create("/proc", pid, &process));
	process->reader = pid;
	TRY(process_take_stat(process, &stat));
	process_take_status(process, texts->status);
	process->executable = texts->executable[0] != '\0' ? strdup(texts->executable) : NULL;
	if (process->executable == NULL && texts->executable[0] != '\0')
		return error_memory();
	process_take_executable(process);
	process_take_vector(process, texts->vector);
	TRY(process_read_machine(process));
	if (!is_below(process)) {
		free(process->proc);
		process->proc = NULL;
	}
	*result = steal(&process);
	return NULL;
}

struct error *process_read(const char *proc, pid_t pid, struct process **result)
{
	AUTO(process) struct process *process = NULL;

	TRY(process_create(proc != NULL ? proc : "/proc", pid, &process));
	if (proc == NULL)
		process->pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* before anything else is read of it */
	TRY(process_fill(process));
	*result = steal(&process);
	return NULL;
}

void process_destroy(struct process *process)
{
	if (process == NULL)
		return;
	guard_close(process->pidfd);
	free(process->proc);
	free(process->command);
	free(process->executable);
	free(process->boot_id);
	free(process->hostname);
	free(process);
}

struct error *process_same(const struct process *process)
{
	struct procfs_stat stat;
	struct pollfd ended = {.fd = process->pidfd, .events = POLLIN};
	struct error *error = NULL;
	bool gone = process->pidfd >= 0 && poll(&ended, 1, 0) == 1 && process->reader == process->pid;

	if (!gone)
		error = procfs_stat(process->proc, process->pid, &stat);
	if (error != NULL && error->code != ERROR_GONE)
		return error;
	if (gone || error != NULL || (state_ended(stat.state) && process->reader == process->pid)) {
		error_destroy(error);
		return error_create(ERROR_GONE, "process %d (%s) has ended", (int)process->pid, process->command);
	}
	if (stat.start_ticks != process->start_ticks)
		return error_create(ERROR_GONE,
				    "process %d (%s) has ended, and its number belongs to another process now",
				    (int)process->pid, process->command);
	return NULL;
}

bool process_is_another(const struct process *process)
{
	struct procfs_stat stat;
	AUTO(error) struct error *error = procfs_stat(process->proc, process->pid, &stat);

	return error == NULL && stat.start_ticks != process->start_ticks;
}

struct error *process_random(const struct process *process, struct source *source, uint8_t random[16], bool *found)
{
	uint8_t bytes[RANDOM_BYTES];
	size_t got = 0;

	if (process->random_address != 0)
		TRY(source->operations->read(source, process->random_address, bytes, sizeof bytes, &got));
	*found = got == sizeof bytes;
	if (*found)
		memcpy(random, bytes, sizeof bytes);
	return NULL;
}

struct error *process_hash(const struct process *process, struct source *source, char hash[33])
{
	uint8_t random[RANDOM_BYTES] = {0};
	bool found = false;

	TRY(process_random(process, source, random, &found));
	struct checksum checksum = checksum_derive(random, "heapdiff process");
	hash[0] = '\0';
	if (found)
		checksum_hex(&checksum, hash);
	return NULL;
}
