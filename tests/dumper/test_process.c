/* What /proc says becomes facts, and what can't be captured is refused by its name. */
#include "tests/test.h"

#include "dumper/process.h"
#include "tests/dumper/help_proc.h"

#include <elf.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_fake(struct proc *proc, struct process **process)
{
	assert_ok(process_read(proc_path(proc), 4711, process));
}

static void refuses(struct proc *proc, const char *part)
{
	struct process *process = NULL;
	assert_error_says(process_read(proc_path(proc), 4711, &process), ERROR_REFUSED, part);
	cr_assert_null(process, "untouched on failure");
}

HEAP_TEST(process, reads_every_fact)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	read_fake(proc, &process);
	cr_assert_eq(process->pid, 4711);
	cr_assert_eq(process->reader, 4711);
	cr_assert_str_eq(process->command, "app");
	cr_assert_not_null(strstr(process->executable, "/bin/app"));
	cr_assert_not(process->executable_deleted);
	cr_assert_eq(process->state, 'S');
	cr_assert_eq(process->parent, 100);
	cr_assert_eq(process->tracer, 0);
	cr_assert_eq(process->namespace_pid, 4711);
	cr_assert_eq(process->threads, 3);
	cr_assert_eq(process->uid, 1000);
	cr_assert_eq(process->start_ticks, 123456);
	cr_assert_eq(process->rss, 1024 * 1024);
	cr_assert_eq(process->peak_rss, 2048 * 1024);
	cr_assert_eq(process->anonymous, 512 * 1024);
	cr_assert_str_eq(process->boot_id, "6e2f0c2a-0000-4000-8000-000000000001");
	cr_assert_str_eq(process->hostname, "box");
	cr_assert_eq(process->random_address, 0x7ffc0000);
	const uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);
	cr_assert_eq(process->start_time_ns, UINT64_C(1700000000000000000) + 123456 * (UINT64_C(1000000000) / hertz));
}

HEAP_TEST(process, takes_any_name)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	proc_stat(proc, 4711, "a) R 1 (b\nc", 'S', 0, 7);
	read_fake(proc, &process);
	cr_assert_str_eq(process->command, "a) R 1 (b\nc");
	cr_assert_eq(process->start_ticks, 7);
}

HEAP_TEST(process, tells_the_innermost_namespace_and_a_deleted_executable)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	const struct proc_status status = {.thread_group = 4711, .uid = 1000, .namespaces = "4711\t88\t7"};
	proc_status(proc, "4711", &status);
	proc_link(proc, "4711/exe", "/opt/app (deleted)");
	read_fake(proc, &process);
	cr_assert_eq(process->namespace_pid, 7);
	cr_assert_str_eq(process->executable, "/opt/app");
	cr_assert(process->executable_deleted);
}

/* Files that need a right to read them are simply unknown. */
HEAP_TEST(process, does_without_what_it_may_not_read)
{
	static const char *const names[] = {"4711/exe", "4711/auxv", "sys/kernel/random/boot_id", "sys/kernel/hostname",
					    "stat"};
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		proc_remove(proc, names[i]);
	read_fake(proc, &process);
	cr_assert_null(process->executable);
	cr_assert_null(process->boot_id);
	cr_assert_null(process->hostname);
	cr_assert_eq(process->random_address, 0);
	cr_assert_eq(process->start_time_ns, 0);
}

HEAP_TEST(process, refuses_what_is_no_program)
{
	AUTO(proc) struct proc *proc = proc_create();
	proc_stat(proc, 4711, "kworker/0:1", 'I', 0x00200000, 9);
	refuses(proc, "thread of the kernel");
	proc_stat(proc, 4711, "app", 'Z', 0, 9);
	refuses(proc, "zombie for its parent, process 100");
	proc_stat(proc, 4711, "app", 'S', 0, 9);
	proc_status(proc, "4711", &(struct proc_status){.thread_group = 4700, .uid = 1000});
	refuses(proc, "4711 is a thread of process 4700");
	proc_remove(proc, "4711/status");
	refuses(proc, "there is no process 4711");
	proc_remove(proc, "4711/stat");
	refuses(proc, "there is no process 4711");
}

HEAP_TEST(process, reads_through_a_living_thread_when_the_main_one_ended)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	proc_stat(proc, 4711, "app", 'Z', 0, 9);
	proc_text(proc, "4711/task/4711/x", "");
	proc_text(proc, "4711/task/4712/x", "");
	proc_stat(proc, 4712, "worker", 'S', 0, 10);
	proc_status(proc, "4712", &(struct proc_status){.thread_group = 4711, .uid = 1000});
	read_fake(proc, &process);
	cr_assert_eq(process->reader, 4712);
	assert_ok(process_same(process));
}

HEAP_TEST(process, refuses_other_architectures)
{
	AUTO(proc) struct proc *proc = proc_create();
	uint8_t head[20] = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1, [16] = ET_EXEC, [18] = EM_386};
	proc_write(proc, "bin/app", head, sizeof head);
	refuses(proc, "32-bit");
	head[4] = ELFCLASS64;
	head[18] = EM_AARCH64;
	proc_write(proc, "bin/app", head, sizeof head);
	refuses(proc, "another architecture (ELF machine 183)");
}

HEAP_TEST(process, survives_nonsense_in_its_files)
{
	static const char *const stats[] = {"", "4711", "4711 (app", "4711 app) S", "4711 (app) S 1 2", ")("};
	AUTO(proc) struct proc *proc = proc_create();
	for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
		struct process *process = NULL;
		proc_text(proc, "4711/stat", stats[i]);
		assert_error(process_read(proc_path(proc), 4711, &process), ERROR_INPUT);
	}
	AUTO(process) struct process *process = NULL;
	proc_stat(proc, 4711, "app", 'S', 0, 18446744073709551615ul);
	proc_text(proc, "4711/status",
		  "Uid:\nVmRSS:\t99999999999999999999 kB\nTracerPid: x\nVmHWM: 18446744073709551615");
	proc_text(proc, "4711/auxv", "short");
	read_fake(proc, &process);
	cr_assert_eq(process->rss, UINT64_MAX);
	cr_assert_eq(process->peak_rss, UINT64_MAX, "saturated, not wrapped");
	cr_assert_eq(process->tracer, 0);
}

HEAP_TEST(process, notices_that_the_number_went_to_another)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	read_fake(proc, &process);
	assert_ok(process_same(process));
	cr_assert_not(process_is_another(process));
	proc_stat(proc, 4711, "other", 'S', 0, 999999);
	cr_assert(process_is_another(process));
	assert_error_says(process_same(process), ERROR_GONE, "belongs to another process now");
	proc_stat(proc, 4711, "app", 'Z', 0, 123456);
	assert_error_says(process_same(process), ERROR_GONE, "has ended");
	cr_assert_not(process_is_another(process));
	proc_remove(proc, "4711/stat");
	assert_error_says(process_same(process), ERROR_GONE, "has ended");
	cr_assert_not(process_is_another(process), "nobody has the number");
}

HEAP_TEST(process, reads_a_real_one_until_it_ends)
{
	AUTO(process) struct process *process = NULL;
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_ok(process_read(NULL, child, &process));
	cr_assert_eq(process->parent, getpid());
	cr_assert_eq(process->threads, 1);
	cr_assert_neq(process->random_address, 0);
	cr_assert_neq(process->start_time_ns, 0);
	cr_assert_neq(process->rss, UINT64_MAX);
	cr_assert_neq(process->pidfd, -1);
	assert_ok(process_same(process));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_error(process_same(process), ERROR_GONE);
	struct process *gone = NULL;
	assert_error_says(process_read(NULL, child, &gone), ERROR_REFUSED, "there is no process");
}

struct random_source { /* the 16 bytes at 0x7ffc0000 */
	struct source source;
	size_t readable;
};

static struct error *random_read(struct source *source, uint64_t address, void *to, size_t size, size_t *got)
{
	const struct random_source *random = (const struct random_source *)source;
	cr_assert_eq(address, 0x7ffc0000);
	*got = size < random->readable ? size : random->readable;
	memset(to, 'x', *got);
	return NULL;
}

static const struct source_operations random_operations = {.kind = "live", .read = random_read};

HEAP_TEST(process, hashes_the_bytes_of_its_exec)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(process) struct process *process = NULL;
	struct random_source random = {{&random_operations}, 16};
	char hash[33], same[33];
	read_fake(proc, &process);
	assert_ok(process_hash(process, &random.source, hash));
	assert_ok(process_hash(process, &random.source, same));
	cr_assert_eq(strspn(hash, "0123456789abcdef"), 32);
	cr_assert_str_eq(hash, same);
	random.readable = 15;
	assert_ok(process_hash(process, &random.source, hash));
	cr_assert_str_empty(hash, "not all of the bytes can be read");
	random.readable = 16;
	process->random_address = 0;
	assert_ok(process_hash(process, &random.source, hash));
	cr_assert_str_empty(hash);
}
