/* heapdiff query: ask the heap anything. */
#include "cli/session.h"

#include "queries/library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define USAGE "heapdiff query A 'MATCH (n:dict) RETURN n'; 'heapdiff query --list' lists those that have a name"

/* --- the library ----------------------------------------------------------------------------------------------------- */

static struct error *list_parameters(const struct library_header *header, struct text *text)
{
	for (unsigned i = 0; i < header->count; i++)
		text_printf(text, "%s%s=%s", i > 0 ? ", " : "", header->parameters[i].name, header->parameters[i].value);
	return text_error(text);
}

static struct error *list_library(struct report *report)
{
	static const struct field fields[] = {{.name = "name", .title = "query", .kind = VALUE_TEXT},
					      {.name = "question", .title = "question", .kind = VALUE_TEXT},
					      {.name = "parameters", .title = "parameters", .kind = VALUE_TEXT,
					       .rank = RANK_SELDOM}};
	struct section *rows = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, rows, &fields[i]);
	for (size_t i = 0; i < library_file_count; i++) {
		struct library_header header;
		AUTO(text) struct text parameters = {0};
		text_init(&parameters);
		TRY(library_read_header(library_files[i].text, &report->arena, &header));
		TRY(list_parameters(&header, &parameters));
		struct cell *row = section_row(report, rows);
		row_set(row, 0, report_string(report, library_files[i].name));
		row_set(row, 1, report_string(report, header.question));
		row_set(row, 2, report_text(report, text_string(&parameters), parameters.length));
	}
	return NULL;
}

static struct error *show_file(struct command_call *call, const char *name)
{
	const struct library_file *file;
	TRY(library_get(name, &file));
	fputs(file->text, stdout);
	call->printed = true;
	return NULL;
}

/* --- the query's text ------------------------------------------------------------------------------------------------ */

static struct error *read_file(const char *path, struct text *text)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, path, strlen(path));
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	if (file == NULL)
		return error_create_errno(ERROR_INPUT, errno, "%s: can't open it", text_string(&safe));
	char bytes[4096];
	size_t count = 1;
	while (count > 0 && text->length <= SYNTAX_LENGTH) {
		count = fread(bytes, 1, sizeof bytes, file);
		text_add_bytes(text, bytes, count);
	}
	bool failed = ferror(file);
	int number = errno;
	if (!standard)
		fclose(file);
	if (failed)
		return error_create_errno(ERROR_INPUT, number, "%s: can't read it", text_string(&safe));
	if (text->length > 0 && strlen(text_string(text)) != text->length)
		return error_create(ERROR_USAGE, "%s is no query: it holds a NUL byte", text_string(&safe));
	return text_error(text);
}

/* *files: how many words before it are snapshots. */
static struct error *find_text(const struct options *options, struct text *text, unsigned *files)
{
	if (options->file_count == 0)
		return error_create(ERROR_USAGE, "of which snapshot? " USAGE);
	*files = options->file_count - (options->query_file == NULL);
	if (*files == 0)
		return error_create(ERROR_USAGE, "which query? " USAGE);
	if (*files > 2)
		return error_create(ERROR_USAGE, "with -f FILE no query comes after the snapshots: heapdiff query A [B] -f FILE");
	if (options->query_file != NULL)
		return read_file(options->query_file, text);
	const char *word = options->files[*files];
	const struct library_file *file = NULL;
	if (library_is_name(word))
		TRY(library_get(word, &file));
	text_add(text, file != NULL ? file->text : word);
	return text_error(text);
}

static struct error *find_parameters(const struct options *options, const char *text, struct parameters *parameters)
{
	for (unsigned i = 0; i < options->parameter_count; i++)
		TRY(parameters_assign(parameters, options->parameters[i]));
	return session_complete(parameters, text, true);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (options->list) {
		/* All of them: who looks for one doesn't know where it stands. */
		call->rows = options->top == TOP_UNSET ? NULL : "name";
		return list_library(call->report);
	}
	if (options->show != NULL)
		return show_file(call, options->show);
	AUTO(text) struct text text = {0};
	AUTO(parameters) struct parameters parameters = {0};
	AUTO(session) struct session session = {0};
	unsigned files = 0;
	text_init(&text);
	parameters_init(&parameters);
	TRY(find_text(options, &text, &files));
	TRY(find_parameters(options, text_string(&text), &parameters));
	TRY(session_open(call, files, &session));
	struct limits limits = session_limits(options);
	TRY(session_ask(&session, text_string(&text), &parameters, &limits, session_most(options), call->report, call->below));
	session_tell_empty(options, call->report);
	return NULL;
}

const struct command command_query = {
	.name = "query",
	.files = "A [B] QUERY",
	.files_least = 0,
	.files_most = 3,
	.summary = "ask anything, in openCypher",
	.help = "Runs a query of openCypher, the language of graph databases, over the objects and references of the snapshot A. QUERY is "
		"the query itself, or the name of one that comes with heapdiff.\v"
		"Examples:\n"
		"  heapdiff query a.snap 'MATCH (d:dict) WHERE d.size > 1 MiB RETURN d'\n"
		"  heapdiff query a.snap 'MATCH (s:Session)-[:user]->(u) RETURN u, count(s)'\n"
		"  heapdiff query --list                           those that have a name\n"
		"  heapdiff query a.snap closures --param limit=5  one of them\n"
		"  heapdiff query --show closures                  its text, to begin with\n"
		"  heapdiff query a.snap b.snap new-objects        of two snapshots\n"
		"\n"
		"A node of a pattern is an object, and its label the name of its type: (d:dict), (s:`app.Session`), (m:Mapping+) for "
		"subclasses too, (r:root) for what holds objects from outside. An edge is a reference: -[:sessions]-> by its name, "
		"-[*1..3]-> one to three of them, -[*reach]-> any number. Sizes may have units: 64 KiB.\n"
		"\n"
		"As text the first 25 rows are shown, unless --top says otherwise; with --json and --csv all.\n",
	.details = "With two snapshots, time stamps tell which is the earlier one, and an object of the later one has the properties "
		   "new, survived, delta and delta_retained; FROM before, before the first MATCH, asks the earlier one.\n"
		   "EXPLAIN before the query prints how it would be run, PROFILE how it was.\n"
		   "A value of --param is JSON (5, 0.5, true, null, \"text\", [1, 2]), a size with a unit (64KiB), or else a bare word, "
		   "which is a string.\n",
	.options = OPTIONS_TABLE | OPTIONS_QUERY | OPTIONS_PARAM | OPTIONS_LIMITS,
	.rows = "row",
	.run = run,
};
