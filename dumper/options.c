/* What did the user ask for?
 *
 * argp parses and writes the help; values are checked here, at the border, so that everything behind it can rely on a
 * positive pid and a sensible timeout.
 */
#include "dumper/options.h"

#include "base/text.h"
#include "base/version.h"
#include "dumper/layout.h"
#include "dumper/output.h"
#include "dumper/page.h"
#include "format/schema.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT 5.0 /* seconds */
#define TIMEOUT_MAX 3600.0
#define EXIT_REFUSED 1
#define EXIT_USAGE 2
#define PREVIEW_DEFAULT 64u /* bytes */
#define EVERY_MIN_NS UINT64_C(1000000)
#define EVERY_MAX_NS (UINT64_C(366) * 86400 * 1000000000)

enum option_key {
	KEY_CHECK = 256,
	KEY_CORE,
	KEY_COUNT,
	KEY_EVERY,
	KEY_EXECUTABLE,
	KEY_FORCE,
	KEY_HASH_KEY,
	KEY_MAN,
	KEY_MEMORY,
	KEY_NUMBER,
	KEY_PAUSE,
	KEY_RETRY,
	KEY_RUNTIME,
	KEY_SELF,
	KEY_SYSROOT,
	KEY_TIMEOUT,
	KEY_VALUES,
	KEY_WHEN_RSS
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0,
	 "Write the snapshot to FILE, in which {name}, {pid} and {time} are filled in (default: {name}-{pid}-{time}.snap)",
	 0},
	{"every", KEY_EVERY, "TIME", 0,
	 "Take a series of snapshots, TIME apart (500ms, 60s, 5m, 1h): until the process ends, a signal comes, or --count "
	 "is reached; {n} in FILE is the number of each (default: {name}-{pid}-{time}-{n}.snap)",
	 0},
	{"count", KEY_COUNT, "N", 0, "With --every: end after N snapshots", 0},
	{"when-rss", KEY_WHEN_RSS, "SIZE", 0,
	 "Wait until SIZE of the process is resident, such as 2GiB, before the first or only snapshot", 0},
	{"force", KEY_FORCE, NULL, 0, "Replace FILE if it exists", 0},
	{"check", KEY_CHECK, NULL, 0,
	 "Only tell what would be found: version, objects, pause and size, estimated; the process is not stopped", 0},
	{"pause", KEY_PAUSE, "MODE", 0,
	 "hold: stop the process while its objects are found; copy: stop it only while their memory is copied, having walked "
	 "it once before; none: never stop it, the snapshot of a busy process may then be torn; auto (default): copy if it has "
	 "32 MiB of memory of its own or more, else hold",
	 0},
	{"max-memory", KEY_MEMORY, "SIZE", 0,
	 "Give up when more memory than this would be needed: 500M, 2G (default: no limit)", 0},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0,
	 "How long the process may take to stop; with --pause=none, how long to go on with what keeps changing (default: 5)",
	 0},
	{"runtime", KEY_RUNTIME, "PATH", 0,
	 "Which Python to read where a process holds several: the file that contains it", 0},
	{"core", KEY_CORE, "FILE", 0, "Read a core file instead of a process", 0},
	{"exe", KEY_EXECUTABLE, "FILE", 0, "With --core: the executable, if it is not where the core says", 0},
	{"sysroot", KEY_SYSROOT, "DIR", 0, "With --core: where the files of the core's machine are", 0},
	{"values", KEY_VALUES, "BYTES", OPTION_ARG_OPTIONAL,
	 "Also keep the first BYTES (default: 64) of every str, bytes and bytearray, and ints: data of the program, with all secrets "
	 "that are in it; heapdiff redact takes them out again. Never kept: arguments and environment values",
	 0},
	{"hash-key", KEY_HASH_KEY, "FILE", 0,
	 "Hash contents with a key made from FILE, 16 random bytes or more, so that snapshots of different processes can be "
	 "compared; the key is not stored (default: a key that only this process has)",
	 0},
	{"quiet", 'q', NULL, 0, "Say nothing but errors", 0},
	{"man", KEY_MAN, NULL, OPTION_HIDDEN, "Print the page of the manual, in roff; for the build", 0},
	{"self", KEY_SELF, NULL, OPTION_HIDDEN, "The Python package heapdump starts this program so, with descriptors", 0},
	{"number", KEY_NUMBER, "N", OPTION_HIDDEN, "With --self: what {n} stands for", 0},
	{"retry", KEY_RETRY, NULL, OPTION_HIDDEN, "With --self: write nothing while a collection is running, exit with 75", 0},
	{0},
};

static const char arguments_help[] = "PID\n--core FILE";
static const char help[] =
	"Writes a snapshot of a running Python program's heap to a file, which heapdiff reads.\v"
	"The process is paused while its objects are found or their memory is copied (--check tells about how long), and then "
	"goes on as it was; no code runs in it and nothing is installed. Values of strings are not captured without --values.\n"
	"\n"
	"Examples:\n"
	"  heapdump 4711 -o before.snap          a snapshot of process 4711\n"
	"  heapdump $(pgrep -f app.py)           the same, found by its command line\n"
	"  heapdump --check 4711                 what to expect; stops nothing\n"
	"  sudo heapdump 4711 -o /tmp/a.snap     a process of another user\n"
	"  heapdump --pause=none 4711            one that must not stop\n"
	"  heapdump 4711 --every 60s --count 10  ten snapshots, a minute apart\n"
	"  heapdump 4711 --when-rss 2GiB         once it has grown so large\n"
	"  heapdump --core core.4711             of a process that is no more\n"
	"  heapdiff before.snap after.snap       what changed in between\n"
	"\n"
	"Exit codes: 0 done; 1 refused, nothing written; 2 wrong usage; 4 a partial snapshot was written, or one of a series "
	"could not be taken; 129, 130 and 143 interrupted, nothing written but what a series had before.";

static bool is_digits(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool is_digits_start(const char *text)
{
	return text[0] >= '0' && text[0] <= '9';
}

/* Foreign text as it may be shown in a sentence. */
static char *shown(const char *text)
{
	struct text escaped;

	text_init(&escaped);
	text_add_escaped(&escaped, text, strlen(text));
	return text_steal(&escaped);
}

static void parse_pid(struct argp_state *state, const char *argument, struct options *options)
{
	AUTO(string) char *name = shown(argument);
	long number = strtol(argument, NULL, 10);

	if (options->pid != 0)
		argp_error(state, "one process at a time: %d, then '%s'", (int)options->pid, name);
	if (!is_digits(argument))
		argp_error(
			state,
			"'%s' is not a process id, which is a number; pgrep -f '%s' finds the ids of programs by name",
			name, name);
	if (number <= 0 || number > INT32_MAX)
		argp_error(state, "'%s' is not a process id: they go from 1 to %d", name, INT32_MAX);
	options->pid = (pid_t)number;
}

static double parse_timeout(struct argp_state *state, const char *argument)
{
	AUTO(string) char *value = shown(argument);
	char *end;
	double seconds = strtod(argument, &end);

	if (end == argument || *end != '\0' || !isfinite(seconds) || seconds <= 0 || seconds > TIMEOUT_MAX)
		argp_error(state, "--timeout takes seconds, above 0 and up to %g, not '%s'", TIMEOUT_MAX, value);
	return seconds;
}

static enum pause_mode parse_pause(struct argp_state *state, const char *argument)
{
	static const char *const names[] =
		{[PAUSE_AUTO] = "auto", [PAUSE_HOLD] = "hold", [PAUSE_COPY] = "copy", [PAUSE_NONE] = "none"};
	AUTO(string) char *value = shown(argument);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(argument, names[i]) == 0)
			return (enum pause_mode)i;
	}
	argp_error(state, "--pause takes auto, hold, copy or none, not '%s'", value);
	return PAUSE_AUTO;
}

/* Bytes, with K, M, G or T for powers of 1024. */
static uint64_t parse_size(struct argp_state *state, const char *option, const char *argument)
{
	static const char units[] = "KMGT";
	AUTO(string) char *value = shown(argument);
	char *end;
	errno = 0;
	unsigned long long number = strtoull(argument, &end, 10);
	const char *unit = *end != '\0' ? strchr(units, toupper((unsigned char)*end)) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;

	if (!is_digits_start(argument) || errno != 0 || number == 0 || (*end != '\0' && unit == NULL) ||
	    (unit != NULL && end[1] != '\0' && strcmp(end + 1, "iB") != 0) || number > UINT64_MAX >> shift)
		argp_error(state, "%s takes a number of bytes, such as 500M or 2G, not '%s'", option, value);
	return (uint64_t)number << shift;
}

static uint64_t parse_every(struct argp_state *state, const char *argument)
{
	AUTO(string) char *value = shown(argument);
	uint64_t ns = 0;

	if (!text_parse_duration(argument, &ns) || ns < EVERY_MIN_NS || ns > EVERY_MAX_NS)
		argp_error(state, "--every takes a time from 1ms to 366d, such as 500ms, 60s, 5m or 1h, not '%s'",
			   value);
	return ns;
}

static uint64_t parse_count(struct argp_state *state, const char *option, const char *argument)
{
	AUTO(string) char *value = shown(argument);
	unsigned long count = is_digits(argument) && strlen(argument) < 10 ? strtoul(argument, NULL, 10) : 0;

	if (count == 0)
		argp_error(state, "%s takes a number from 1 to 999999999, not '%s'", option, value);
	return count;
}

static size_t parse_preview(struct argp_state *state, const char *argument)
{
	if (argument == NULL)
		return PREVIEW_DEFAULT;
	AUTO(string) char *value = shown(argument);
	unsigned long bytes = is_digits(argument) && strlen(argument) < 10 ? strtoul(argument, NULL, 10) : 0;

	if (bytes == 0 || bytes > VALUE_MAX)
		argp_error(state, "--values takes a number of bytes from 1 to %u, as in --values=200, not '%s'",
			   VALUE_MAX, value);
	return bytes;
}

static const char *parse_output(struct argp_state *state, const char *argument)
{
	if (argument[0] == '\0')
		argp_error(state, "-o takes the name of a file");
	if (strcmp(argument, "-") == 0)
		argp_error(state,
			   "a snapshot can't go to standard output, as it is put in place only when it is whole: "
			   "give a file, -o NAME.snap");
	bool numbered;
	AUTO(error) struct error *error = output_check(argument, &numbered);
	if (error != NULL)
		argp_error(state, "%s", error->message);
	return argument;
}

/* Each snapshot of a series needs a name of its own. Times don't do: clocks are set, and summer time ends. */
static void check_names_differ(struct argp_state *state, const struct options *options)
{
	const char *output = options->output;
	bool numbered = true;

	if (output == NULL || options->every_ns == 0 || options->count == 1)
		return;
	AUTO(error) struct error *error = output_check(output, &numbered);
	if (numbered)
		return;
	const char *folder_end = strrchr(output, '/'), *dot = strrchr(output, '.');
	const char *suffix = dot != NULL && (folder_end == NULL || dot > folder_end) ? dot : output + strlen(output);
	AUTO(string) char *stem = strndup(output, (size_t)(suffix - output));
	AUTO(string) char *before = stem != NULL ? shown(stem) : NULL;
	AUTO(string) char *after = shown(suffix);
	argp_error(state, "the snapshots of a series would all be '%s%s': put {n}, their number, into it: '%s-{n}%s'",
		   before, after, before, after);
}

static void check_together(struct argp_state *state, const struct options *options)
{
	if (options->self) {
		if (options->pid != 0 || options->core != NULL || options->check || options->stops ||
		    options->every_ns != 0 || options->when_rss != 0 || options->executable != NULL ||
		    options->sysroot != NULL)
			argp_error(state, "--self is for the Python package heapdump, and takes no process, core, series or pause");
		return;
	}
	if (options->retry || options->number != 0)
		argp_error(state, "--retry and --number go with --self");
	if (options->pid == 0 && options->core == NULL)
		argp_error(state, "which process? Give its id, a number; pgrep -f NAME finds it");
	if (options->pid != 0 && options->core != NULL)
		argp_error(state, "a process or a core file, not both: %d and '%s'", (int)options->pid, options->core);
	if (options->core == NULL && (options->executable != NULL || options->sysroot != NULL))
		argp_error(state, "--exe and --sysroot go with --core");
	if (options->core != NULL && options->check)
		argp_error(state, "--check is for processes: reading a core disturbs nobody");
	if (options->core != NULL && options->stops)
		argp_error(state, "--pause and --timeout are for processes: a core stands still");
	if (options->count != 0 && options->every_ns == 0)
		argp_error(state, "--count goes with --every, which says how far apart");
	if (options->core != NULL && (options->every_ns != 0 || options->when_rss != 0))
		argp_error(state, "--every and --when-rss are for processes: a core doesn't change");
	if (options->check && (options->every_ns != 0 || options->when_rss != 0))
		argp_error(state, "--check takes no snapshot: leave out --every and --when-rss");
	check_names_differ(state, options);
}

static void print_page(void)
{
	AUTO(text) struct text text = {0};
	page_add(&text, option_table, help);
	fputs(text_string(&text), stdout);
	if (text.failed || fflush(stdout) != 0)
		exit(EXIT_REFUSED);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = parse_output(state, argument);
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case KEY_MAN:
		print_page();
		exit(0);
	case KEY_CORE:
		options->core = argument;
		return 0;
	case KEY_EXECUTABLE:
		options->executable = argument;
		return 0;
	case KEY_SYSROOT:
		options->sysroot = argument;
		return 0;
	case KEY_COUNT:
		options->count = parse_count(state, "--count", argument);
		return 0;
	case KEY_EVERY:
		options->every_ns = parse_every(state, argument);
		return 0;
	case KEY_WHEN_RSS:
		options->when_rss = parse_size(state, "--when-rss", argument);
		return 0;
	case KEY_FORCE:
		options->force = true;
		return 0;
	case KEY_CHECK:
		options->check = true;
		return 0;
	case KEY_PAUSE:
		options->pause = parse_pause(state, argument);
		options->stops = true;
		return 0;
	case KEY_SELF:
		options->self = true;
		return 0;
	case KEY_NUMBER:
		options->number = parse_count(state, "--number", argument);
		return 0;
	case KEY_RETRY:
		options->retry = true;
		return 0;
	case KEY_MEMORY:
		options->memory = parse_size(state, "--max-memory", argument);
		return 0;
	case KEY_VALUES:
		options->preview = parse_preview(state, argument);
		return 0;
	case KEY_HASH_KEY:
		options->hash_key = argument;
		return 0;
	case KEY_RUNTIME:
		options->runtime = argument;
		return 0;
	case KEY_TIMEOUT:
		options->timeout = parse_timeout(state, argument);
		options->stops = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_pid(state, argument, options);
		return 0;
	case ARGP_KEY_END:
		check_together(state, options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_version(FILE *stream, struct argp_state *state)
{
	const char *before = "";

	(void)state;
	fprintf(stream, "heapdump %s, writes snapshot format %d.%d, reads", PROJECT_VERSION, FORMAT_MAJOR,
		FORMAT_MINOR);
	for (const struct layout *const *layout = layout_all(); *layout != NULL; layout++) {
		if (strcmp((*layout)->name, before) != 0) /* a minor version may have several tables */
			fprintf(stream, " %s", (*layout)->name);
		before = (*layout)->name;
	}
	fputc('\n', stream);
}

/* getopt takes any beginning of a long option's name; one that begins none gets the nearest told. */
static void check_name(const char *argument)
{
	const char *known[sizeof option_table / sizeof option_table[0] + 3] = {"help", "version", "usage"};
	const char *name = argument + 2;
	size_t length = strcspn(name, "=");
	size_t count = 3;

	for (size_t i = 0; option_table[i].name != NULL; i++)
		if (!(option_table[i].flags & OPTION_HIDDEN) ||
		    (strlen(option_table[i].name) == length && strncmp(name, option_table[i].name, length) == 0))
			known[count++] = option_table[i].name;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(known[i], name, length) == 0)
			return;
	}
	AUTO(string) char *word = strndup(name, length);
	AUTO(string) char *safe = word != NULL ? shown(word) : NULL;
	const char *nearest = word != NULL ? text_nearest(word, known, count) : NULL;
	fprintf(stderr, "heapdump: there is no option --%s%s%s%s\n", safe != NULL ? safe : "",
		nearest != NULL ? "; did you mean --" : "; heapdump --help lists them", nearest != NULL ? nearest : "",
		nearest != NULL ? "?" : "");
	exit(EXIT_USAGE);
}

void options_parse(int count, char **arguments, struct options *options)
{
	static const struct argp parser = {.options = option_table,
					   .parser = parse_option,
					   .args_doc = arguments_help,
					   .doc = help};

	*options = (struct options){.timeout = TIMEOUT_DEFAULT};
	argp_err_exit_status = EXIT_USAGE;
	argp_program_version_hook = print_version;
	for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++) {
		if (strncmp(arguments[i], "--", 2) == 0)
			check_name(arguments[i]);
	}
	arguments[0] = program_invocation_short_name; /* getopt begins its messages with it */
	if (argp_parse(&parser, count, arguments, 0, NULL, options) != 0)
		exit(EXIT_USAGE);
}
