/* heapdump: the heap of a running Python program becomes a file.
 *
 * The only place of the dumper that prints, and that turns errors into exit codes: 0; 1 refused, nothing written;
 * 2 wrong usage; 4 a partial snapshot was written, or of a series one could not be taken; 130 and 143 (129) interrupted,
 * and only what a series had written before stays. The one line about a finished snapshot goes to stdout, everything
 * else to stderr. With --self there is one more exit code, and stdout is for the package that started us (dumper/self.h).
 */
#include "base/text.h"
#include "dumper/access.h"
#include "dumper/account.h"
#include "dumper/capture.h"
#include "dumper/capture_core.h"
#include "dumper/capture_self.h"
#include "dumper/check.h"
#include "dumper/key.h"
#include "dumper/options.h"
#include "dumper/output.h"
#include "dumper/self.h"
#include "dumper/series.h"
#include "dumper/watch.h"
#include "format/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EXIT_REFUSED 1
#define EXIT_USAGE 2
#define EXIT_PARTIAL 4
#define EXIT_SIGNAL 128
#define MMAP_THRESHOLD (128 * 1024) /* bytes; what glibc begins with */

/* Text that came together prints as one piece; false where it can't be printed. */
static bool text_print(const struct text *text, FILE *stream)
{
	fputs(text_string(text), stream);
	return fflush(stream) == 0 && !text->failed;
}

static struct error *run_check(const struct options *options, const struct process *process,
			       struct interrupt *interrupt)
{
	AUTO(check) struct check check = {0};
	AUTO(text) struct text text;

	text_init(&text);
	TRY(check_run(process, options->runtime, options->pause, interrupt, &check));
	account_check(&text, process, &check);
	TRY(text_error(&text));
	if (!text_print(&text, stdout))
		return error_create_errno(ERROR_IO, errno, "can't print");
	return NULL;
}

/* Before it happens. */
static void announce(const struct process *process, enum pause_mode mode)
{
	AUTO(text) struct text line;

	text_init(&line);
	text_add(&line, "heapdump: ");
	account_plan(&line, process, mode);
	text_add_char(&line, '\n');
	text_print(&line, stderr);
}

/* The line about the snapshot on stdout, the one about what is missing on stderr. */
static void report_to(FILE *stream, const char *before, const struct options *options, const char *path,
		      const struct capture_result *result)
{
	AUTO(text) struct text line, losses;

	text_init(&line);
	text_init(&losses);
	text_add(&line, before);
	account_result(&line, path, result);
	if (!options->quiet)
		text_print(&line, stream); /* that it can't be printed undoes nothing */
	if (result->gave_up_copying && !options->quiet)
		fputs("heapdump: held instead of copied: the process kept making what the copies lacked\n", stderr);
	if (result->complete)
		return;
	text_add(&losses, "heapdump: ");
	account_losses(&losses, result);
	text_print(&losses, stderr);
}

static void report(const struct options *options, const char *path, const struct capture_result *result)
{
	report_to(stdout, "", options, path, result);
}

/* Each file that a core has mapped stays open while it is read. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit); /* where it fails, what can't be opened is told */
}

/* Lines that end with newlines, each with our name before it. */
static void print_lines(const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		fprintf(stderr, "heapdump: %.*s\n", (int)length, lines);
		lines += length + (lines[length] != '\0');
	}
}

/* What a message names may be the target's own choice of words. `before` is not. */
static void print_error(const struct error *error, const char *before)
{
	AUTO(text) struct text line;

	text_init(&line);
	text_printf(&line, "heapdump: %s", before);
	text_add_escaped(&line, error->message, strlen(error->message));
	text_add_char(&line, '\n');
	text_print(&line, stderr);
}

/* What to keep of contents. `key` gets the key's bytes where there is one. */
static struct error *read_contents(const struct options *options, uint8_t key[CHECKSUM_KEY], struct contents *contents)
{
	contents->preview = options->preview;
	contents->key = NULL;
	if (options->hash_key == NULL)
		return NULL;
	TRY(key_read(options->hash_key, key));
	contents->key = key;
	return NULL;
}

static struct error *run_core(const struct options *options, struct interrupt *interrupt, bool *complete)
{
	struct capture_core_options capture = {
		.core = options->core,
		.files = {.executable = options->executable, .sysroot = options->sysroot},
		.output = options->output,
		.runtime = options->runtime,
		.memory_bytes = options->memory,
		.force = options->force,
		.interrupt = interrupt,
	};
	AUTO(string) char *path = NULL, *missing = NULL;
	struct capture_result result;

	uint8_t key[CHECKSUM_KEY];

	raise_file_limit();
	TRY(read_contents(options, key, &capture.contents));
	TRY(capture_core(&capture, &result, &path, &missing));
	report(options, path, &result);
	print_lines(missing);
	*complete = result.complete;
	return NULL;
}

/* The package learns the path from stdout, between two NULs, as it may not be able to tell it itself; people read stderr. */
static void report_self(const struct options *options, const char *path, const struct capture_result *result)
{
	report_to(stderr, "heapdump: ", options, path, result);
	fputc('\0', stdout);
	fputs(path, stdout);
	fputc('\0', stdout);
	fflush(stdout); /* whoever is gone needs no path */
}

/* The descriptor, or -1 where none was handed over by that number. */
static int inherited(int fd)
{
	return fcntl(fd, F_GETFD) >= 0 ? fd : -1;
}

static struct error *run_self(const struct options *options, struct interrupt *interrupt, bool *complete, bool *collecting)
{
	struct capture_self_options capture = {
		.files = {.memory = SELF_FD_MEMORY, .maps = SELF_FD_MAPS, .executable = inherited(SELF_FD_EXECUTABLE)},
		.vector = SELF_FD_VECTOR,
		.questions = inherited(SELF_FD_QUESTIONS),
		.answers = inherited(SELF_FD_ANSWERS),
		.sizes = inherited(SELF_FD_SIZES),
		.pages = inherited(SELF_FD_PAGES),
		.process = inherited(SELF_FD_PROCESS),
		.facts = SELF_FD_FACTS,
		.output = options->output,
		.runtime = options->runtime,
		.force = options->force,
		.retry = options->retry,
		.number = options->number != 0 ? options->number : 1,
		.memory_bytes = options->memory,
		.interrupt = interrupt,
	};
	AUTO(string) char *path = NULL;
	struct capture_result result;
	uint8_t key[CHECKSUM_KEY];

	TRY(read_contents(options, key, &capture.contents));
	TRY(capture_self(&capture, &result, &path, collecting));
	if (*collecting)
		return NULL;
	report_self(options, path, &result);
	*complete = result.complete;
	return NULL;
}

/* Captures of one process, one or more. */
struct session {
	const struct options *options;
	const struct process *process; /* as it was found first; its pidfd tells its end */
	struct interrupt *interrupt;
	struct contents contents;
	uint8_t key[CHECKSUM_KEY];
};

static struct error *name_snapshot(const struct session *session, const struct process *process, uint64_t number,
				   char **name)
{
	const struct options *options = session->options;
	const char *template = options->every_ns != 0 ? OUTPUT_SERIES : OUTPUT_SINGLE;
	const struct output_facts facts = {
		.process = process,
		.moment = time(NULL),
		.number = number,
		.count = options->every_ns != 0 ? options->count : 1,
	};

	return output_name(options->output != NULL ? options->output : template, &facts, name);
}

static struct error *check_permitted(const struct session *session, const struct process *process)
{
	if (session->options->pause != PAUSE_NONE)
		TRY(access_untraced(process));
	return access_check(process);
}

/* Capture `number` of the process, which was last read just before. */
static struct error *capture_once(const struct session *session, const struct process *process, uint64_t number,
				  bool *complete)
{
	const struct options *options = session->options;
	AUTO(string) char *name = NULL;
	struct capture_result result;

	TRY(check_permitted(session, process));
	TRY(name_snapshot(session, process, number, &name));
	const struct capture_options capture = {
		.process = process,
		.output = name,
		.runtime = options->runtime,
		.timeout = options->timeout,
		.pause = options->pause,
		.memory_bytes = options->memory,
		.contents = session->contents,
		.force = options->force,
		.series_number = options->every_ns != 0 ? number : 0,
		.interrupt = session->interrupt,
		.before_stop = options->quiet || number > 1 ? NULL : announce,
	};
	TRY(capture_run(&capture, &result));
	report(options, name, &result);
	*complete = result.complete;
	return NULL;
}

static uint64_t session_now(void *context)
{
	(void)context;
	return watch_now();
}

static struct error *session_wait(void *context, uint64_t until, bool *ended)
{
	const struct session *session = context;

	return watch_until(session->process, session->interrupt, until, ended);
}

/* What is known of the process has changed since it was found, but not which one it is. */
static struct error *session_take(void *context, uint64_t number, bool *complete)
{
	const struct session *session = context;
	AUTO(process) struct process *process = NULL;

	TRY(process_read(NULL, session->process->pid, &process));
	TRY(process_same(session->process));
	struct error *error = capture_once(session, process, number, complete);
	malloc_trim(0); /* for as long as nothing is done, what it took is the system's */
	return error;
}

static void session_failed(void *context, uint64_t number, const struct error *error)
{
	char before[64];

	(void)context;
	snprintf(before, sizeof before, "snapshot %llu could not be taken: ", (unsigned long long)number);
	print_error(error, before);
}

static void session_skipped(void *context, uint64_t moments)
{
	(void)context;
	fprintf(stderr, "heapdump: the last one took longer than the interval: %llu moment%s skipped\n",
		(unsigned long long)moments, moments == 1 ? "" : "s");
}

/* What the end of a series leaves, beside files. */
static struct error *finish_series(const struct session *session, const struct series_result *result,
				   struct error *error)
{
	const char *plural = result->written == 1 ? "" : "s";

	if (error != NULL && error->code == ERROR_INTERRUPTED && result->written > 0) {
		error_destroy(error);
		return error_create(ERROR_INTERRUPTED, "interrupted by SIG%s; %llu snapshot%s had been written",
				    sigabbrev_np(session->interrupt->number), (unsigned long long)result->written,
				    plural);
	}
	if (error != NULL || !result->ended || session->options->quiet)
		return error;
	AUTO(text) struct text line;
	text_init(&line);
	text_add(&line, "heapdump: process ");
	account_process(&line, session->process);
	text_printf(&line, " has ended; %llu snapshot%s written\n", (unsigned long long)result->written, plural);
	text_print(&line, stderr);
	return NULL;
}

static struct error *run_series(struct session *session, bool *complete)
{
	static const struct series_operations operations = {.now = session_now,
							    .wait = session_wait,
							    .take = session_take,
							    .failed = session_failed,
							    .skipped = session_skipped};
	const struct series_plan plan = {.every_ns = session->options->every_ns, .count = session->options->count};
	struct series_result result;

	/* Else glibc would take large blocks from its heap once it has seen one freed, and a later capture would need more
	 * than the first. */
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	struct error *error = series_run(&plan, &operations, session, &result);

	*complete = result.partial == 0 && result.failed == 0;
	return finish_series(session, &result, error);
}

/* What would be refused when the time has come is refused before the wait. */
static struct error *check_before_wait(const struct session *session)
{
	AUTO(string) char *name = NULL;
	AUTO(writer) struct writer *writer = NULL;

	TRY(check_permitted(session, session->process));
	TRY(name_snapshot(session, session->process, 1, &name));
	return writer_create(name, session->options->force, &writer);
}

static struct error *await_rss(const struct session *session)
{
	AUTO(text) struct text line = {0};

	TRY(check_before_wait(session));
	text_init(&line);
	text_add(&line, "heapdump: waiting until process ");
	account_process(&line, session->process);
	text_add(&line, " has ");
	text_add_size(&line, session->options->when_rss, SIZE_BINARY);
	text_add(&line, " resident\n");
	if (!session->options->quiet)
		text_print(&line, stderr);
	return watch_rss(session->process, session->interrupt, session->options->when_rss);
}

static struct error *run_captures(const struct options *options, const struct process *process,
				  struct interrupt *interrupt, bool *complete)
{
	struct session session = {.options = options, .process = process, .interrupt = interrupt};

	TRY(read_contents(options, session.key, &session.contents));
	if (options->when_rss != 0)
		TRY(await_rss(&session));
	if (options->every_ns != 0)
		return run_series(&session, complete);
	if (options->when_rss != 0)
		return session_take(&session, 1, complete);
	return capture_once(&session, process, 1, complete);
}

static struct error *run(const struct options *options, struct interrupt *interrupt, bool *complete, bool *collecting)
{
	AUTO(process) struct process *process = NULL;

	if (options->self)
		return run_self(options, interrupt, complete, collecting);
	if (options->core != NULL)
		return run_core(options, interrupt, complete);
	TRY(process_read(NULL, options->pid, &process));
	if (options->check)
		return run_check(options, process, interrupt);
	return run_captures(options, process, interrupt, complete);
}

static int exit_code(const struct error *error, const struct interrupt *interrupt)
{
	switch (error->code) {
	case ERROR_INTERRUPTED:
		return EXIT_SIGNAL + interrupt->number;
	case ERROR_USAGE:
		return EXIT_USAGE;
	default:
		return EXIT_REFUSED;
	}
}

int main(int count, char **arguments)
{
	AUTO(interrupt) struct interrupt interrupt = {.fd = -1};
	struct options options;
	bool complete = true, collecting = false;

	options_parse(count, arguments, &options);
	signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails then, and is cleaned up */
	signal(SIGPIPE, SIG_IGN); /* a lost listener must not end a capture */
	AUTO(error) struct error *error = interrupt_init(&interrupt);
	if (error == NULL)
		error = run(&options, &interrupt, &complete, &collecting);
	if (error != NULL) {
		print_error(error, "");
		return exit_code(error, &interrupt);
	}
	if (collecting)
		return SELF_EXIT_COLLECTING;
	return complete ? EXIT_SUCCESS : EXIT_PARTIAL;
}
