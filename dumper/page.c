/* What does the manual say of heapdump that its --help doesn't?
 *
 * How it treats the process, what it needs to be allowed, which cores it reads.
 * Plain text, as base/manual.h has it.
 */
#include "dumper/page.h"

#include "base/manual.h"

#include <argp.h>

/* argp adds these by itself. */
static const struct argp_option of_argp[] = {{"help", '?', NULL, 0, "Print help", 0},
					     {"usage", 256, NULL, 0, "Print the options alone", 0},
					     {"version", 'V', NULL, 0,
					      "Print the version, that of the snapshot format, and the versions of "
					      "CPython that can be read",
					      0},
					     {0}};

static const struct manual_remark remarks[] = {
	{"output",
	 "{name} is the command's name, in which all but ASCII letters, digits, dots, underscores and hyphens become _; "
	 "{time} is the local time, as 20261120T101500. {{ and }} stand for braces."},
	{"every", "From 1ms to 366d; a number alone is seconds."},
	{"count", "A snapshot that could not be taken counts."},
	{"when-rss", "K, M, G and T are powers of 1024."},
	{"force", "Only a regular file is ever replaced."},
	{"max-memory", "K, M, G and T are powers of 1024."},
	{"timeout",
	 "A process that waits for a disk or a network file system may not stop at all. Without a stop, the time is "
	 "besides what the size of the heap explains."},
	{"runtime", "A message lists them where that is so."},
	{"sysroot", "The folder goes before every path that the core names."},
	{"values",
	 "At most 1024 bytes of each, and ints of up to 325 digits. Not kept is what equals an argument or an "
	 "environment value, or what follows an = in one: those that the process was started with and those that "
	 "sys.argv, os.environ and posix.environ hold now. What merely contains such a text, or was made from it, is "
	 "not recognised."},
	{"hash-key",
	 "At most 1048576 bytes, which nobody can guess, such as 32 bytes of /dev/urandom. Unless given, the key "
	 "derives from 16 random bytes that the kernel gave to the process when it started."},
	{"quiet", "What is missing of a partial snapshot is said all the same."},
	{0}};

static const char process[] =
	"hold\tstops all its threads (with ptrace(2), which is not visible to them), finds its objects and copies "
	"the memory that was looked at, and lets it go on. The pause grows with the number of objects.\n"
	"copy\tfirst walks the heap while the process runs, only to learn where its objects lie; then stops it just "
	"to copy that memory, and finds the objects in the copy when it runs again. Where the copy lacks something "
	"that came about in between, it is stopped once more, three times at most, and then held. The pause grows "
	"with the memory that objects take, not with that of large strings, bytes or arrays, whose contents are "
	"never copied.\n"
	"none\tnever stops it, for one that may not wait at all, or that a debugger holds. Memory is copied while "
	"the process runs, and read again a bounded number of times where it has changed. Where nothing changed any "
	"more the snapshot is as exact as with a stop. Otherwise it may be torn: objects may be from different "
	"moments, some may be missing. The last line and heapdiff-info(1) tell how much memory changed, and what "
	"contradicts itself is left out and counted, so that the snapshot is partial.\n"
	"\n"
	"A stop that falls into a running garbage collection is given up at once and made again some milliseconds "
	"later.\n"
	"\n"
	"Nothing is written to the process. Its threads go on as they were, also one that was stopped by a signal; "
	"if heapdump is killed, the kernel lets them go on. A system call that was interrupted is restarted by the "
	"kernel; a few, such as epoll_wait(2), return EINTR instead, upon which Python calls them again.\n";

static const char series[] =
	"With --every, snapshots are taken at moments that are whole intervals after the first one, which is taken at once "
	"(with --when-rss, once the process is so large). How long each takes changes nothing about the next moment; "
	"where one is not done when the next is due, that moment is skipped, and a message says so. Nothing of one "
	"snapshot stays in memory for the next.\n"
	"\n"
	"In the name of FILE, {n} is the number of the snapshot, from 1. It has as many digits as --count, or six "
	"without, so that names sort as the snapshots do. A name without it is refused, as each would replace the one "
	"before. A snapshot is as whole as one that is taken alone, and in place as soon as its line is printed.\n"
	"\n"
	"The series ends with its count, and at once when the process ends or SIGINT, SIGTERM or SIGHUP comes; what was "
	"written stays. A new process with the same number is not taken for the old one. A first snapshot that can't "
	"be taken ends the series. One that fails later (the disk is full, a debugger holds the process) is told, its "
	"number stays unused, and the series goes on.\n"
	"\n"
	"With --when-rss, the resident size is looked at 20 times a second, in /proc/PID/statm, and the process is not "
	"touched until then. What would be refused (permissions, a FILE that exists) is refused before the wait.\n";

static const char output[] =
	"One line on standard output for each snapshot tells the file, the number of objects and how long the process was stopped. All "
	"else that there is to say goes to standard error.\n";

static const char permissions[] =
	"A process of the same user can be captured, unless it has made itself non-dumpable (as programs do that "
	"change their user) or Yama's kernel.yama.ptrace_scope is not 0. Other processes take root, or the "
	"capability CAP_SYS_PTRACE. A message says which of these it is. A process that a debugger traces can't be "
	"stopped by another program at the same time, only read with --pause=none.\n";

static const char cores[] =
	"With --core the heap is read from a core file, written by the kernel or by gcore(1), of a process that need "
	"not exist any more. What a core leaves out of code and constants is read from the files that were mapped, "
	"as the core names them. A file is used only where its build-id is the one that is found in the core, and "
	"refused naming both ids otherwise. A core that was cut has lost its list of files if gcore(1) wrote it: "
	"then Python's files are looked for by their build-ids beside --exe and in the folders of $PATH.\n"
	"\n"
	"A core that is cut or filtered gives a partial snapshot where Python's own data is in it; what is missing "
	"is listed by address. So are stacks of threads that gcore(1) left as zeros, warning that it can't read "
	"memory; Python's calls on them are missing, and a core by the kernel has them. The bits 0 and 4 of "
	"/proc/PID/coredump_filter, which are set unless somebody changed them, must be set for a core that can be "
	"read. A core compressed by gzip, bzip2, xz, lz4 or zstd is decompressed to a temporary file without a name "
	"in $TMPDIR or /var/tmp.\n";

static const char status[] = "0\ta snapshot was written, or a series up to its count or the end of the process.\n"
			     "1\trefused; nothing was written, and a file that existed is as it was.\n"
			     "2\twrong usage.\n"
			     "4\ta partial snapshot was written: something of the heap is missing, and the snapshot "
			     "says what. Or of a series, one was partial or could not be taken.\n"
			     "129, 130, 143\tinterrupted by SIGHUP, SIGINT or SIGTERM; nothing was written but what "
			     "a series had before.\n";

static const char files[] =
	"The snapshot is made as .FILE.random.tmp beside its place, readable by its owner alone, and renamed when it "
	"is whole and on the disk. Such a file is left behind only where heapdump was killed, and may be removed.\n";

static const struct manual_section sections[] = {{"WHAT HAPPENS TO THE PROCESS", process},
						 {"SERIES", series},
						 {"PERMISSIONS", permissions},
						 {"CORE FILES", cores},
						 {"OUTPUT", output},
						 {"EXIT STATUS", status},
						 {"FILES", files},
						 {0}};

void page_add(struct text *text, const struct argp_option *options, const char *help)
{
	const struct argp_option *const tables[] = {options, of_argp, NULL};
	manual_add(text, &(struct manual){.name = "heapdump",
					  .summary = "take a snapshot of a running or dead Python program's heap",
					  .synopsis = "heapdump [OPTION...] PID\n"
						      "heapdump [OPTION...] --core FILE\n"
						      "heapdump --check PID",
					  .help = help,
					  .options = tables,
					  .remarks = remarks,
					  .sections = sections,
					  .see_also = "heapdiff(1), gcore(1), core(5), ptrace(2)"});
}
