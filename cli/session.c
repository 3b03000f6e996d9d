/* How is a query asked of snapshots that are open?
 *
 * A place in a query is shown by its line and a caret: the error has the offset, and only here the text is known as well.
 */
#include "cli/session.h"

#include "analyzer/identity.h"
#include "analyzer/info.h"
#include "cli/output.h"
#include "queries/library.h"
#include "queries/parser.h"

#include <ctype.h>
#include <string.h>

#define POINT_WIDTH 78u /* columns of a line of the query that is shown */
#define NAMES_MAX LIBRARY_PARAMETERS

struct error *session_open(struct command_call *call, unsigned files, struct session *session)
{
	*session = (struct session){0};
	if (files == 2)
		TRY(pair_open(call, &session->pair));
	else
		TRY(reader_open(call->options->files[0], &session->pair.after));
	const struct reader *readers[2] = {session->pair.before, session->pair.after};
	unsigned first = files == 2 ? 0 : 1;
	TRY(type_names_init(&session->names, readers + first, files));
	if (files == 2)
		TRY(heap_create(session->pair.before, &session->names, 0, NULL, call->progress, &session->before));
	TRY(heap_create(session->pair.after, &session->names, files - 1, session->before, call->progress, &session->after));
	session->heaps = (struct query_heaps){.after = session->after, .before = session->before};
	return NULL;
}

void session_deinit(struct session *session)
{
	heap_destroy(session->after);
	heap_destroy(session->before);
	type_names_deinit(&session->names);
	pair_deinit(&session->pair);
	*session = (struct session){0};
}

void session_remark(const struct session *session, struct report *report)
{
	if (session->pair.before != NULL)
		info_remark_losses(report, session->pair.before);
	info_remark_losses(report, session->pair.after);
	if (session->pair.before != NULL)
		identity_remark(report, reader_meta(session->pair.before), reader_meta(session->pair.after));
}

struct limits session_limits(const struct options *options)
{
	return (struct limits){.memory = options->max_memory > 0 ? options->max_memory : LIMITS_MEMORY,
			       .steps = options->max_steps > 0 ? options->max_steps : LIMITS_STEPS};
}

uint64_t session_most(const struct options *options)
{
	if (options->top == TOP_UNSET)
		return options->format == FORMAT_TEXT && options->sort == NULL ? TOP_DEFAULT : 0;
	return options->top == TOP_ALL || options->sort != NULL ? 0 : options->top;
}

/* --- parameters ------------------------------------------------------------------------------------------------------ */

/* Does $name stand in the text? In a string or a comment too: it is only asked to find what was mistyped. */
static bool is_used(const char *text, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = text; (at = strchr(at, '$')) != NULL;) {
		at += at[1] == '`' ? 2 : 1;
		unsigned char next = strncmp(at, name, length) == 0 ? (unsigned char)at[length] : '_';
		if (!isalnum(next) && next != '_' && next < 0x80)
			return true;
	}
	return false;
}

static struct error *unused(const char *name, const struct library_header *header)
{
	const char *names[NAMES_MAX];
	for (unsigned i = 0; i < header->count; i++)
		names[i] = header->parameters[i].name;
	const char *nearest = text_nearest(name, names, header->count);
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, name, strlen(name));
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "the query has no parameter $%s: did you mean %s?", text_string(&safe), nearest);
	return error_create(ERROR_USAGE, "the query has no parameter $%s", text_string(&safe));
}

struct error *session_complete(struct parameters *parameters, const char *text, bool strict)
{
	struct library_header header;
	TRY(library_read_header(text, &parameters->arena, &header));
	for (unsigned i = 0; strict && i < parameters->count; i++)
		if (!is_used(text, parameters->entries[i].key.text))
			return unused(parameters->entries[i].key.text, &header);
	return parameters_complete(parameters, &header);
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */

static struct error *run(const struct session *session, const char *text, struct parameters *parameters,
			 struct limits *limits, uint64_t most, struct report *report)
{
	const struct datum_map *map;
	AUTO(query) struct query query = {0};
	TRY(parameters_map(parameters, &map));
	TRY(query_init(&query, text, &session->heaps, map, limits));
	return query_report(&query, most, report);
}

void session_tell_empty(const struct options *options, struct report *report)
{
	const struct section *rows = report_find(report, "rows");
	AUTO(text) struct text verdict = {0};
	if (options->format != FORMAT_TEXT || report->verdict != NULL || rows == NULL || rows->rows.count > 0)
		return;
	text_init(&verdict);
	text_add(&verdict, "no rows");
	report_set_verdict(report, &verdict);
}

struct error *session_ask(const struct session *session, const char *text, struct parameters *parameters,
			  struct limits *limits, uint64_t most, struct report *report, struct text *below)
{
	struct error *error = run(session, text, parameters, limits, most, report);
	if (error != NULL && error->code == ERROR_USAGE && error->has_where)
		parser_point(text, error->where, POINT_WIDTH, below);
	if (error == NULL)
		session_remark(session, report);
	return error;
}
