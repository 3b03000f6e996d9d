/* heapdiff: answers, from snapshots, what a Python program's memory is and what changed.
 *
 * The only place besides the other files here that prints, and that turns errors into exit codes: 0; 1 a difference and
 * --exit-code, or a check that is violated; 2 wrong usage; 3 an input that can't be read; 4 a check of one that is partial.
 */
#include "base/version.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/watch.h"
#include "format/schema.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order of the help. */
static const struct command *const commands[] = {
	&command_info,
	&command_types,
	&command_top,
	&command_tree,
	&command_suspects,
	&command_paths,
	&command_refs,
	&command_show,
	&command_tasks,
	&command_cycles,
	&command_garbage,
	&command_refcounts,
	&command_orphans,
	&command_memory,
	&command_diff, &command_why,
	&command_check,
	&command_query,
	&command_find,
	&command_shell,
	&command_verify,
	&command_salvage,
	&command_redact,
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static struct error *unknown_command(const char *word)
{
	const char *names[COMMAND_COUNT + 1];
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	names[COMMAND_COUNT] = "help";
	const char *nearest = text_nearest(word, names, COMMAND_COUNT + 1);
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, word, strlen(word));
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "'%s' is neither a command nor a file: did you mean '%s'?",
				    text_string(&safe), nearest);
	return error_create(ERROR_USAGE, "'%s' is neither a command nor a file; 'heapdiff --help' lists the commands",
			    text_string(&safe));
}

static struct error *print_help(void)
{
	AUTO(text) struct text text = {0};
	pages_add_help(&text, commands, COMMAND_COUNT);
	TRY(text_error(&text));
	fputs(text_string(&text), stdout);
	return NULL;
}

/* For the build, which makes files of it; `name` NULL: the program's page. */
static struct error *print_manual(const char *name)
{
	AUTO(text) struct text text = {0};
	const struct command *command = name != NULL ? find_command(name) : NULL;
	if (name != NULL && command == NULL)
		return unknown_command(name);
	pages_add_manual(&text, command, commands, COMMAND_COUNT);
	TRY(text_error(&text));
	fputs(text_string(&text), stdout);
	return NULL;
}

static void print_version(void)
{
	printf("heapdiff %s, reads snapshot format %d.%d\n", PROJECT_VERSION, FORMAT_MAJOR, FORMAT_MINOR);
}

static bool looks_like_file(const char *word)
{
	size_t length = strlen(word);
	return strcmp(word, "-") == 0 || strchr(word, '/') != NULL ||
	       (length > 5 && strcmp(word + length - 5, ".snap") == 0) || access(word, F_OK) == 0;
}

/* Which command the words are for; its name is taken out of them. NULL without an error: help, a page or the
 * version was printed. */
static struct error *choose(int *count, char **arguments, const struct command **command)
{
	*command = NULL;
	int first = options_first_word(*count, arguments);
	const char *word = first > 0 ? arguments[first] : NULL;
	if (*count < 2)
		return error_create(ERROR_USAGE, "which snapshots? heapdiff A B; 'heapdiff --help' says more");
	bool help = word == NULL && (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0);
	if (word != NULL && strcmp(word, "help") == 0) {
		*command = first + 1 < *count ? find_command(arguments[first + 1]) : NULL;
		help = *command == NULL;
		if (help && first + 1 < *count)
			return unknown_command(arguments[first + 1]);
		arguments[first + 1 < *count ? first + 1 : first] = (char *)"--help";
	}
	if (help)
		return print_help();
	if (strcmp(arguments[1], "--man") == 0 && *count <= 3)
		return print_manual(arguments[2]);
	if (word == NULL && (strcmp(arguments[1], "--version") == 0 || strcmp(arguments[1], "-V") == 0)) {
		print_version();
		return NULL;
	}
	if (*command == NULL && word != NULL)
		*command = find_command(word);
	if (*command == NULL && word != NULL && !looks_like_file(word))
		return unknown_command(word);
	if (*command == NULL) {
		*command = &command_diff;
		return NULL;
	}
	memmove(&arguments[first], &arguments[first + 1], (size_t)(*count - first) * sizeof *arguments);
	--*count;
	return NULL;
}

static struct error *run_command(const struct command *command, int count, char **arguments, int *exit_code,
				 struct text *below)
{
	struct options options;
	TRY(options_parse(command, count, arguments, &options));
	struct watch watch;
	watch_init(&watch);
	AUTO(report) struct report report;
	report_init(&report, command->name, options.unit);
	struct command_call call = {.options = &options,
				    .progress = &watch.progress,
				    .report = &report,
				    .rows = command->rows,
				    .below = below};
	struct error *error = command->run(&call);
	watch_clear(&watch);
	if (error == NULL && !call.printed)
		error = output_report(&options, call.rows, &report);
	*exit_code = call.exit_code;
	return error;
}

static int fail(struct error *error, const struct text *below)
{
	int exit_code = error->code == ERROR_USAGE || error->code == ERROR_REFUSED ? EXIT_USAGE : EXIT_INPUT;
	fflush(stdout);
	fprintf(stderr, "heapdiff: %s\n%s", error->message, text_string(below));
	error_destroy(error);
	return exit_code;
}

/* Output is UTF-8 whatever the locale says; libsmartcols must know to count columns. */
static void set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Help is printed by stdio, some of it by argp, which exits: whether it has arrived is known only at the end. */
static void close_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	fprintf(stderr, "heapdiff: can't write the output: %s\n", strerror(errno));
	_exit(EXIT_INPUT);
}

int main(int count, char **arguments)
{
	const struct command *command;
	int exit_code = EXIT_DONE;
	AUTO(text) struct text below = {0};
	text_init(&below);
	/* A parent may have ignored it; a reader that closes the pipe must still end us quietly. */
	signal(SIGPIPE, SIG_DFL);
	set_locale();
	if (atexit(close_output) != 0)
		return fail(error_memory(), &below);
	struct error *error = choose(&count, arguments, &command);
	if (error == NULL && command != NULL)
		error = run_command(command, count, arguments, &exit_code, &below);
	return error != NULL ? fail(error, &below) : exit_code;
}
