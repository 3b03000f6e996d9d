/* heapdiff shell: queries and commands at a prompt, over snapshots that were opened once.
 *
 * On a terminal Ctrl-C stops the query that runs, or drops what was typed; the shell goes on. Elsewhere standard input is a
 * script, whose answers are printed one after the other, and Ctrl-C ends it as it ends every command.
 */
#include "cli/session.h"

#include "cli/editor.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "queries/library.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MOST 64u

/* Set by the signal alone. */
static volatile sig_atomic_t interrupted;

struct shell {
	struct command_call *call;
	struct session *session;
	const struct options *options;
	struct editor *editor; /* NULL: a script */
	char *assignments[PARAMETERS_MOST]; /* :param, NAME=VALUE */
	unsigned assignment_count;
	bool answered; /* something was printed */
	bool over; /* :quit */
};

/* Commands about what the session has open; each reads the file again. */
static const struct command *const single_commands[] = {
	&command_info, &command_types, &command_top, &command_tree, &command_suspects, &command_paths, &command_refs,
	&command_show, &command_tasks, &command_cycles, &command_garbage, &command_refcounts, &command_orphans,
	&command_memory, &command_find};
static const struct command *const pair_commands[] = {&command_diff, &command_why};
static const char *const own_commands[] = {"explain", "help", "list", "param", "profile", "quit"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const *command_names(void)
{
	static const char *names[COUNT(single_commands) + COUNT(pair_commands) + COUNT(own_commands) + 1];
	size_t count = 0;
	for (size_t i = 0; i < COUNT(single_commands); i++)
		names[count++] = single_commands[i]->name;
	for (size_t i = 0; i < COUNT(pair_commands); i++)
		names[count++] = pair_commands[i]->name;
	for (size_t i = 0; i < COUNT(own_commands); i++)
		names[count++] = own_commands[i];
	return names;
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

static void complain(struct shell *shell, struct error *error, const struct text *below)
{
	fflush(stdout);
	fprintf(stderr, "heapdiff: %s\n%s", error->message, text_string(below));
	if (shell->editor == NULL && shell->call->exit_code == EXIT_DONE)
		shell->call->exit_code = error->code == ERROR_USAGE ? EXIT_USAGE : EXIT_INPUT;
	error_destroy(error);
}

/* In a script an empty line parts what is printed from what was before. */
static struct error *show(struct shell *shell, const struct options *options, const char *noun, struct report *report)
{
	if (shell->answered && shell->editor == NULL && options->format == FORMAT_TEXT)
		putchar('\n');
	fflush(stdout);
	shell->answered = true;
	return output_report(options, noun, report);
}

static struct error *give_parameters(const struct shell *shell, const char *text, struct parameters *parameters)
{
	for (unsigned i = 0; i < shell->assignment_count; i++)
		TRY(parameters_assign(parameters, shell->assignments[i]));
	return session_complete(parameters, text, false);
}

/* A single word is a name of the library. */
static struct error *text_of(const char *statement, struct text *text)
{
	const char *start = statement + strspn(statement, " \t\r\n");
	size_t length = strcspn(start, " \t\r\n");
	bool alone = start[length + strspn(start + length, " \t\r\n")] == '\0';
	AUTO(string) char *word = strndup(start, length);
	if (word == NULL)
		return error_memory();
	const struct library_file *file = NULL;
	if (alone && library_is_name(word))
		TRY(library_get(word, &file));
	text_add(text, file != NULL ? file->text : statement);
	return text_error(text);
}

static struct error *answer(struct shell *shell, const char *statement, struct text *below)
{
	AUTO(text) struct text text = {0};
	AUTO(parameters) struct parameters parameters = {0};
	AUTO(report) struct report report;
	report_init(&report, "query", shell->options->unit);
	text_init(&text);
	parameters_init(&parameters);
	TRY(text_of(statement, &text));
	TRY(give_parameters(shell, text_string(&text), &parameters));
	struct limits limits = session_limits(shell->options);
	limits.interrupted = &interrupted;
	TRY(session_ask(shell->session, text_string(&text), &parameters, &limits, session_most(shell->options), &report,
			below));
	session_tell_empty(shell->options, &report);
	return show(shell, shell->options, "row", &report);
}

static void ask(struct shell *shell, const char *statement)
{
	AUTO(text) struct text below = {0};
	text_init(&below);
	interrupted = 0;
	struct error *error = answer(shell, statement, &below);
	if (error != NULL)
		complain(shell, error, &below);
	interrupted = 0;
}

/* --- commands -------------------------------------------------------------------------------------------------------- */

static const struct command *find_command(const struct shell *shell, const char *name)
{
	for (size_t i = 0; i < COUNT(single_commands); i++)
		if (strcmp(single_commands[i]->name, name) == 0)
			return single_commands[i];
	for (size_t i = 0; shell->session->before != NULL && i < COUNT(pair_commands); i++)
		if (strcmp(pair_commands[i]->name, name) == 0)
			return pair_commands[i];
	return NULL;
}

/* Splits at white space; quotation marks keep it. The words lie in `line`, which is changed. */
static struct error *split(char *line, char **words, int most, int *count)
{
	char *to = line;
	for (const char *at = line;;) {
		at += strspn(at, " \t");
		if (*at == '\0')
			return NULL;
		if (*count == most)
			return error_create(ERROR_USAGE, "a command has at most %u words", WORDS_MOST);
		words[(*count)++] = to;
		char quote = 0;
		for (; *at != '\0' && (quote != 0 || (*at != ' ' && *at != '\t')); at++) {
			if (*at == quote)
				quote = 0;
			else if (quote == 0 && (*at == '\'' || *at == '"'))
				quote = *at;
			else
				*to++ = *at;
		}
		if (quote != 0)
			return error_create(ERROR_USAGE, "a quotation is not closed");
		at += *at != '\0';
		*to++ = '\0';
	}
}

static struct error *run_words(struct shell *shell, const struct command *command, char **words, int count)
{
	struct options options;
	AUTO(report) struct report report = {0};
	AUTO(text) struct text below = {0};
	TRY(options_parse(command, count, words, &options));
	options.no_pager = options.no_pager || shell->options->no_pager;
	if (options.colour == COLOUR_AUTO)
		options.colour = shell->options->colour;
	if (options.unit == SIZE_BINARY)
		options.unit = shell->options->unit;
	if (options.format == FORMAT_TEXT)
		options.format = shell->options->format;
	report_init(&report, command->name, options.unit);
	struct command_call call = {.options = &options,
				    .progress = shell->call->progress,
				    .report = &report,
				    .rows = command->rows,
				    .below = &below};
	TRY(command->run(&call));
	return call.printed ? NULL : show(shell, &options, call.rows, &report);
}

static struct error *unknown_command(const struct shell *shell, const char *name)
{
	const char *const *names = command_names();
	size_t count = 0;
	while (names[count] != NULL)
		count++;
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, name, strlen(name));
	for (size_t i = 0; shell->session->before == NULL && i < COUNT(pair_commands); i++)
		if (strcmp(pair_commands[i]->name, name) == 0)
			return error_create(ERROR_USAGE, ":%s needs two snapshots: heapdiff shell A B", name);
	const char *nearest = text_nearest(name, names, count);
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "there is no command :%s; did you mean :%s?", text_string(&safe), nearest);
	return error_create(ERROR_USAGE, "there is no command :%s; :help lists them", text_string(&safe));
}

/* The command's words with the files put before what was typed. */
static struct error *run_command(struct shell *shell, const char *name, char *rest)
{
	const struct command *command = find_command(shell, name);
	if (command == NULL)
		return unknown_command(shell, name);
	char *words[WORDS_MOST + 4] = {(char *)command->name};
	const struct session *session = shell->session;
	int count = 1;
	if (session->pair.before != NULL && command->files_most >= 2)
		words[count++] = (char *)reader_path(session->pair.before);
	words[count++] = (char *)reader_path(session->pair.after);
	int files = count;
	TRY(split(rest, words, (int)WORDS_MOST, &count));
	for (int i = files; i < count; i++) {
		if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
			options_help(command);
			return NULL;
		}
	}
	return run_words(shell, command, words, count);
}

static struct error *print_help(const struct shell *shell, const char *name)
{
	const struct command *command = find_command(shell, name);
	if (name[0] != '\0' && command == NULL)
		return unknown_command(shell, name);
	if (command != NULL) {
		options_help(command);
		return NULL;
	}
	printf("A query ends with ; or an empty line. Its name alone runs one of the library.\n"
	       "  :list              the queries that have a name\n"
	       "  :param limit = 5   what $limit stands for; :param lists them\n"
	       "  :explain QUERY     how it would be run; :profile QUERY how it was\n"
	       "  :help COMMAND      the options of a command\n"
	       "  :quit              leave; so does Ctrl-D\n"
	       "Commands, as heapdiff has them, without the snapshot: :show 12, :paths 12, :types --top 5\n ");
	for (size_t i = 0; i < COUNT(single_commands); i++)
		printf(" :%s", single_commands[i]->name);
	for (size_t i = 0; shell->session->before != NULL && i < COUNT(pair_commands); i++)
		printf(" :%s", pair_commands[i]->name);
	putchar('\n');
	return NULL;
}

static struct error *list_library(void)
{
	for (size_t i = 0; i < library_file_count; i++) {
		AUTO(arena) struct arena arena;
		arena_init(&arena);
		struct library_header header;
		TRY(library_read_header(library_files[i].text, &arena, &header));
		printf("%-20s  %s\n", library_files[i].name, header.question != NULL ? header.question : "");
	}
	return NULL;
}

static void list_parameters(const struct shell *shell)
{
	for (unsigned i = 0; i < shell->assignment_count; i++) {
		AUTO(text) struct text safe = {0};
		text_init(&safe);
		text_add_escaped(&safe, shell->assignments[i], strlen(shell->assignments[i]));
		printf("%s\n", text_string(&safe));
	}
}

/* A later value takes the place of an earlier one. */
static struct error *set_parameter(struct shell *shell, const char *assignment)
{
	AUTO(parameters) struct parameters checked = {0};
	parameters_init(&checked);
	if (assignment[0] == '\0') {
		list_parameters(shell);
		return NULL;
	}
	TRY(parameters_assign(&checked, assignment));
	unsigned at = 0;
	size_t length = strlen(checked.entries[0].key.text);
	while (at < shell->assignment_count && (strncmp(shell->assignments[at], checked.entries[0].key.text, length) != 0 ||
						strchr(" \t=", shell->assignments[at][length]) == NULL))
		at++;
	if (at == PARAMETERS_MOST)
		return error_create(ERROR_USAGE, "more than %u parameters", PARAMETERS_MOST);
	char *copy = strdup(assignment);
	if (copy == NULL)
		return error_memory();
	if (at == shell->assignment_count)
		shell->assignment_count++;
	else
		free(shell->assignments[at]);
	shell->assignments[at] = copy;
	return NULL;
}

static void explain(struct shell *shell, const char *word, const char *query)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_printf(&text, "%s %s", word, query);
	size_t length = text.length;
	while (length > 0 && strchr("; \t", text.data[length - 1]) != NULL)
		text.data[--length] = '\0';
	ask(shell, text_string(&text));
}

/* `line`: after the colon; is changed. */
static void obey(struct shell *shell, char *line)
{
	AUTO(text) struct text none = {0};
	size_t length = strcspn(line, " \t");
	char *rest = line + length + strspn(line + length, " \t");
	line[length] = '\0';
	struct error *error = NULL;
	if (strcmp(line, "quit") == 0 || strcmp(line, "exit") == 0)
		shell->over = true;
	else if (strcmp(line, "help") == 0)
		error = print_help(shell, rest);
	else if (strcmp(line, "list") == 0)
		error = list_library();
	else if (strcmp(line, "param") == 0)
		error = set_parameter(shell, rest);
	else if (strcmp(line, "explain") == 0)
		explain(shell, "EXPLAIN", rest);
	else if (strcmp(line, "profile") == 0)
		explain(shell, "PROFILE", rest);
	else
		error = run_command(shell, line, rest);
	fflush(stdout);
	if (error != NULL)
		complain(shell, error, &none);
}

/* --- input ----------------------------------------------------------------------------------------------------------- */

/* With its semicolon, so that it can be sent again as it comes back. */
static void remember(struct shell *shell, const char *query)
{
	AUTO(text) struct text text = {0};
	size_t length = strlen(query);
	if (shell->editor == NULL)
		return;
	text_init(&text);
	size_t skip = strspn(query, " \t\r\n");
	while (length > skip && strchr(" \t\r\n", query[length - 1]) != NULL)
		length--;
	text_printf(&text, "%.*s;", (int)(length - skip), query + skip);
	editor_remember(shell->editor, text_string(&text));
}

static void ask_all(struct shell *shell, struct statement *statement, bool end)
{
	AUTO(text) struct text query = {0};
	while (!shell->over && statement_take(statement, end, &query)) {
		remember(shell, text_string(&query));
		ask(shell, text_string(&query));
	}
}

static void take_line(struct shell *shell, struct statement *statement, const char *line)
{
	const char *start = line + strspn(line, " \t");
	if (*start != ':' || statement->begun || statement->state != STATEMENT_PLAIN) {
		statement_add(statement, line);
		ask_all(shell, statement, false);
		return;
	}
	AUTO(string) char *copy = strdup(start + 1);
	if (shell->editor != NULL)
		editor_remember(shell->editor, start);
	if (copy != NULL)
		obey(shell, copy);
}

static struct error *read_script(struct shell *shell)
{
	AUTO(statement) struct statement statement;
	AUTO(string) char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	statement_init(&statement);
	while (!shell->over && (length = getline(&line, &capacity, stdin)) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		take_line(shell, &statement, line);
		TRY(text_error(&statement.text));
		if (statement.text.length > SYNTAX_LENGTH)
			return error_create(ERROR_USAGE, "a query has at most %u bytes", SYNTAX_LENGTH);
	}
	ask_all(shell, &statement, true);
	return ferror(stdin) ? error_create_errno(ERROR_INPUT, errno, "can't read standard input") : NULL;
}

static void note_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void complete(void *context, const char *line, struct completion *completion)
{
	const struct session *session = context;
	completion_find(completion, &session->names, command_names(), line);
}

static struct error *converse(struct shell *shell)
{
	AUTO(statement) struct statement statement;
	AUTO(text) struct text line = {0};
	struct sigaction action = {.sa_handler = note_interrupt}; /* without SA_RESTART: reading a line ends, too */
	statement_init(&statement);
	sigaction(SIGINT, &action, NULL);
	printf("A query ends with ; or an empty line. :help says more, :quit leaves.\n");
	while (!shell->over) {
		switch (editor_read(shell->editor, statement.begun ? "     ...> " : "heapdiff> ", &line)) {
		case EDITOR_LINE:
			take_line(shell, &statement, text_string(&line));
			break;
		case EDITOR_INTERRUPTED:
			statement_clear(&statement);
			interrupted = 0;
			break;
		case EDITOR_END:
			return NULL;
		}
	}
	return NULL;
}

/* Each folder of the path that isn't there; the user's alone. */
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

/* Empty where there is no place for it. */
static void find_history(struct text *path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (state != NULL && state[0] == '/')
		text_printf(path, "%s/heapdiff/history", state);
	else if (home != NULL && home[0] == '/')
		text_printf(path, "%s/.local/state/heapdiff/history", home);
	if (path->length > 0 && !path->failed)
		make_folders(path->data);
}

static struct error *serve(struct shell *shell)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return read_script(shell);
	AUTO(text) struct text history = {0};
	AUTO(editor) struct editor *editor = NULL;
	text_init(&history);
	find_history(&history);
	TRY(editor_create(history.length > 0 ? text_string(&history) : NULL, complete, shell->session, &editor));
	shell->editor = editor;
	return converse(shell);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(session) struct session session = {0};
	for (unsigned i = 0; i < options->file_count; i++)
		if (strcmp(options->files[i], "-") == 0)
			return error_create(ERROR_USAGE, "standard input is for queries here: save the snapshot to a file");
	TRY(session_open(call, options->file_count, &session));
	struct shell shell = {.call = call, .session = &session, .options = options};
	struct error *error = NULL;
	for (unsigned i = 0; error == NULL && i < options->parameter_count; i++)
		error = set_parameter(&shell, options->parameters[i]);
	/* That the order was turned round is said once. */
	if (error == NULL && call->report->remarks.count > 0 && options->format == FORMAT_TEXT)
		error = output_report(options, NULL, call->report);
	if (error == NULL)
		error = serve(&shell);
	for (unsigned i = 0; i < shell.assignment_count; i++)
		free(shell.assignments[i]);
	call->printed = true;
	return error;
}

const struct command command_shell = {
	.name = "shell",
	.files = "A [B]",
	.files_least = 1,
	.files_most = 2,
	.summary = "queries and commands at a prompt",
	.help = "Opens the snapshot A, or a pair, once, and answers queries and commands that are typed, or that come on standard input "
		"as a script.\v"
		"A query ends with a semicolon or an empty line; the name of one that comes with heapdiff runs that. A line that begins "
		"with a colon is a command: :help, :list, :param limit = 5, :explain QUERY, :quit, and those of heapdiff without the "
		"snapshot, such as :show 12.\n"
		"\n"
		"Examples:\n"
		"  heapdiff shell a.snap\n"
		"  heapdiff shell before.snap after.snap\n"
		"  heapdiff shell a.snap < queries.cypher    all of a file\n",
	.details = "Ctrl-C stops a query, not the shell; Ctrl-D leaves. Tab completes labels, properties, functions, keywords, commands "
		   "and the names of queries.\n"
		   "A script goes on after a query that is wrong; the exit status is then that of the first.\n"
		   "What was typed is kept in $XDG_STATE_HOME/heapdiff/history, or ~/.local/state/heapdiff/history.\n",
	.options = OPTIONS_ROWS | OPTIONS_PARAM | OPTIONS_LIMITS,
	.rows = NULL,
	.run = run,
};
