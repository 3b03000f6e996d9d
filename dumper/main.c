/* heapdump: the heap of a running Python program becomes a file.
 *
 * The only place of the dumper that prints, and that turns errors into exit codes: 0; 1 refused, nothing written;
 * 2 wrong usage; 4 a partial snapshot was written; 130 and 143 (129) interrupted, nothing written. The one line about
 * a finished snapshot goes to stdout, everything else to stderr.
 */
#include "base/text.h"
#include "dumper/access.h"
#include "dumper/capture.h"
#include "dumper/capture_core.h"
#include "dumper/check.h"
#include "dumper/key.h"
#include "dumper/options.h"
#include "dumper/output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define EXIT_REFUSED 1
#define EXIT_USAGE 2
#define EXIT_PARTIAL 4
#define EXIT_SIGNAL 128

/* Text that came together prints as one piece; false where it can't be printed. */
static bool text_print(const struct text *text, FILE *stream)
{
	fputs(text_string(text), stream);
	return fflush(stream) == 0 && !text->failed;
}

static void add_command(struct text *text, const struct process *process)
{
	text_printf(text, "%d (", (int)process->pid);
	text_add_escaped(text, process->command, strlen(process->command));
	text_add(text, ")");
}

static void add_estimate(struct text *text, const char *name, uint64_t value)
{
	text_printf(text, "%-9s %s", name,
		    value != UINT64_MAX ? "about "
					: "unknown: this kernel doesn't tell the process's anonymous memory");
}

static void add_check(struct text *text, const struct process *process, const struct check *check)
{
	text_add(text, "process   ");
	add_command(text, process);
	text_printf(text, ", %lu thread%s, ", (unsigned long)process->threads, process->threads == 1 ? "" : "s");
	text_add_size(text, process->rss, SIZE_BINARY);
	text_add(text, " resident\nprogram   ");
	const char *executable = process->executable != NULL ? process->executable : "unknown";
	text_add_escaped(text, executable, strlen(executable));
	text_printf(text, "\nruntime   CPython %s (%s) in ", check->runtime->version, check->runtime->build);
	text_add_escaped(text, check->runtime->path, strlen(check->runtime->path));
	text_printf(text, "\nlayout    %s\n", check->layout);
	add_estimate(text, "objects", check->objects);
	if (check->objects != UINT64_MAX)
		text_add_count(text, check->objects);
	text_add_char(text, '\n');
	if (check->pause_ns == 0) {
		text_add(text, "pause     none\n");
	} else {
		add_estimate(text, "pause", check->pause_ns);
		if (check->pause_ns != UINT64_MAX)
			text_add_duration(text, (double)check->pause_ns / 1e9);
		text_add_char(text, '\n');
	}
	add_estimate(text, "file", check->file_bytes);
	if (check->file_bytes != UINT64_MAX)
		text_add_size(text, check->file_bytes, SIZE_BINARY);
	text_add_char(text, '\n');
}

static struct error *run_check(const struct options *options, const struct process *process,
			       struct interrupt *interrupt)
{
	AUTO(check) struct check check = {0};
	AUTO(text) struct text text;

	text_init(&text);
	TRY(check_run(process, options->runtime, options->pause, interrupt, &check));
	add_check(&text, process, &check);
	TRY(text_error(&text));
	if (!text_print(&text, stdout))
		return error_create_errno(ERROR_IO, errno, "can't print");
	return NULL;
}

static const char *mode_name(enum pause_mode mode)
{
	switch (mode) {
	case PAUSE_COPY:
		return "copy";
	case PAUSE_NONE:
		return "none";
	default:
		return "hold";
	}
}

/* What auto has chosen, and why. */
static void add_choice(struct text *text, const struct process *process, enum pause_mode wanted)
{
	if (wanted != PAUSE_AUTO)
		return;
	text_printf(text, " (%s, as it has ", mode_name(capture_pause(wanted, process->anonymous)));
	if (process->anonymous != UINT64_MAX)
		text_add_size(text, process->anonymous, SIZE_BINARY);
	else
		text_add(text, "an unknown amount");
	text_add(text, " of memory of its own)");
}

/* What is about to happen to the process, before it happens. */
static void announce(const struct process *process, enum pause_mode mode)
{
	AUTO(text) struct text text;
	uint64_t pause = check_pause_ns(process->anonymous, mode);

	text_init(&text);
	text_add(&text, mode == PAUSE_NONE ? "heapdump: reading process " : "heapdump: pausing process ");
	add_command(&text, process);
	if (mode == PAUSE_NONE) {
		text_add(&text, " while it runs; what changes meanwhile may be torn\n");
	} else {
		if (pause != UINT64_MAX) {
			text_add(&text, " for about ");
			text_add_duration(&text, (double)pause / 1e9);
		}
		add_choice(&text, process, mode);
		text_add(&text, "; it goes on by itself\n");
	}
	text_print(&text, stderr);
}

static void add_unpaused(struct text *text, const struct capture_result *result)
{
	text_add(text, ", not paused (none), ");
	if (result->chunks_changed == 0) {
		text_add(text, "nothing changed meanwhile");
		return;
	}
	text_add_count(text, result->chunks_changed);
	text_add(text, result->chunks_changed == 1 ? " chunk" : " chunks");
	text_add(text, " of 64 KiB changed meanwhile");
}

static void add_result(struct text *text, const char *path, const struct capture_result *result)
{
	text_add_escaped(text, path, strlen(path));
	text_add(text, ": ");
	text_add_count(text, result->counts.nodes);
	text_add(text, " objects, ");
	text_add_size(text, result->counts.size, SIZE_BINARY);
	text_add(text, " of heap, ");
	text_add_size(text, result->file_bytes, SIZE_BINARY);
	text_add(text, " written");
	if (result->pause == PAUSE_NONE)
		add_unpaused(text, result);
	if (result->attempts > 0) {
		text_add(text, ", paused ");
		text_add_duration(text, (double)result->pause_ns / 1e9);
		text_printf(text, " (%s)", mode_name(result->pause));
	}
	if (result->attempts > 1) {
		text_printf(text, " at the longest of %lu stops, ", (unsigned long)result->attempts);
		text_add_duration(text, (double)result->pause_total_ns / 1e9);
		text_add(text, " in all");
	}
	text_add(text, result->complete ? "\n" : ", partial\n");
}

static void add_losses(struct text *text, const struct capture_result *result)
{
	const char *before = "heapdump: the snapshot is partial: ";

	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		if (result->losses[loss] == 0 || !loss_is_partial((enum loss)loss))
			continue;
		text_printf(text, "%s%s: ", before, loss_description((enum loss)loss));
		text_add_count(text, result->losses[loss]);
		before = "; ";
	}
	text_add(text, "\n");
}

/* The line about the snapshot on stdout, the one about what is missing on stderr. */
static void report(const struct options *options, const char *path, const struct capture_result *result)
{
	AUTO(text) struct text line, losses;

	text_init(&line);
	text_init(&losses);
	add_result(&line, path, result);
	if (!options->quiet)
		text_print(&line, stdout); /* that it can't be printed undoes nothing */
	if (result->gave_up_copying && !options->quiet)
		fputs("heapdump: held instead of copied: the process kept making what the copies lacked\n", stderr);
	if (result->complete)
		return;
	add_losses(&losses, result);
	text_print(&losses, stderr);
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

/* What a message names may be the target's own choice of words. */
static void print_error(const struct error *error)
{
	AUTO(text) struct text line;

	text_init(&line);
	text_add(&line, "heapdump: ");
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

static struct error *run_capture(const struct options *options, const struct process *process,
				 struct interrupt *interrupt, bool *complete)
{
	AUTO(string) char *name = NULL;
	struct capture_result result;
	uint8_t key[CHECKSUM_KEY];

	if (options->pause != PAUSE_NONE)
		TRY(access_untraced(process));
	TRY(access_check(process));
	const struct output_facts facts = {.process = process, .moment = time(NULL), .number = 1, .count = 1};
	TRY(output_name(options->output != NULL ? options->output : OUTPUT_SINGLE, &facts, &name));
	struct capture_options capture = {
		.process = process,
		.output = name,
		.runtime = options->runtime,
		.timeout = options->timeout,
		.pause = options->pause,
		.memory_bytes = options->memory,
		.force = options->force,
		.interrupt = interrupt,
		.before_stop = options->quiet ? NULL : announce,
	};
	TRY(read_contents(options, key, &capture.contents));
	TRY(capture_run(&capture, &result));
	report(options, capture.output, &result);
	*complete = result.complete;
	return NULL;
}

static struct error *run(const struct options *options, struct interrupt *interrupt, bool *complete)
{
	AUTO(process) struct process *process = NULL;

	if (options->core != NULL)
		return run_core(options, interrupt, complete);
	TRY(process_read(NULL, options->pid, &process));
	if (options->check)
		return run_check(options, process, interrupt);
	return run_capture(options, process, interrupt, complete);
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
	bool complete = true;

	options_parse(count, arguments, &options);
	signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails then, and is cleaned up */
	signal(SIGPIPE, SIG_IGN); /* a lost listener must not end a capture */
	AUTO(error) struct error *error = interrupt_init(&interrupt);
	if (error == NULL)
		error = run(&options, &interrupt, &complete);
	if (error != NULL) {
		print_error(error);
		return exit_code(error, &interrupt);
	}
	return complete ? EXIT_SUCCESS : EXIT_PARTIAL;
}
