/* heapdiff find: which objects are of such a kind? */
#include "cli/session.h"

#include "cli/opened.h"
#include "cli/output.h"
#include "queries/find.h"

#include <stdio.h>
#include <string.h>

static struct find_request request_of(const struct options *options)
{
	return (struct find_request){.type = options->type,
				     .name = options->name,
				     .held_by = options->held_by,
				     .holding = options->holding,
				     .min_size = options->min_size,
				     .min_retained = options->min_retained,
				     .generation = options->generation,
				     .fate = options->fate,
				     .top = session_most(options),
				     .ids = options->format != FORMAT_TEXT};
}

static struct error *set_verdict(const struct options *options, const struct datum *values, struct report *report)
{
	AUTO(text) struct text verdict = {0};
	text_init(&verdict);
	uint64_t count = (uint64_t)values[0].integer;
	text_add_count(&verdict, count);
	text_add(&verdict, count == 1 ? " object of " : " objects of ");
	text_add_size(&verdict, (uint64_t)values[1].integer, options->unit);
	TRY(text_error(&verdict));
	report_set_verdict(report, &verdict);
	if (options->format == FORMAT_TEXT && session_most(options) > 0 && count > session_most(options))
		report_remark_count(report, REMARK_NOTE, count - session_most(options),
				    "that retain less are not shown: --top N shows more");
	return NULL;
}

/* How many there are, as the query for the rows may have left some out. */
static struct error *count_all(const struct session *session, const struct options *options,
			       const struct find_request *request, struct limits *limits, struct report *report)
{
	static const struct datum_map none = {0};
	AUTO(text) struct text text = {0};
	AUTO(query) struct query query = {0};
	const struct datum *values;
	bool found;
	text_init(&text);
	TRY(find_total_query(request, &text));
	TRY(query_init(&query, text_string(&text), &session->heaps, &none, limits));
	TRY(plan_next(query.plan, &values, &found));
	return found ? set_verdict(options, values, report) : NULL;
}

/* An object is written with its type already: a narrow terminal has more use for the path. */
static void rank_fields(struct report *report)
{
	struct section *rows = report_find(report, "rows");
	for (size_t i = 0; rows != NULL && i < rows->fields.count; i++)
		if (strcmp(rows->fields.items[i].name, "type") == 0)
			rows->fields.items[i].rank = RANK_SELDOM;
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	struct find_request request = request_of(options);
	AUTO(text) struct text text = {0};
	AUTO(session) struct session session = {0};
	AUTO(parameters) struct parameters none = {0};
	AUTO(typeset) struct typeset known = {0};
	text_init(&text);
	parameters_init(&none);
	TRY(find_query(&request, &text));
	if (options->explain) {
		printf("%s\n", text_string(&text));
		call->printed = true;
		return NULL;
	}
	TRY(session_open(call, 1, &session));
	/* A type that there isn't is told by its nearest name, as by all commands. */
	if (options->type != NULL)
		TRY(typeset_init(&known, &session.names, options->type));
	struct limits limits = session_limits(options);
	TRY(count_all(&session, options, &request, &limits, call->report));
	TRY(session_ask(&session, text_string(&text), &none, &limits, 0, call->report, call->below));
	rank_fields(call->report);
	return NULL;
}

const struct command command_find = {
	.name = "find",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "objects by type, name, size, holder or fate",
	.help = "Lists the objects of the snapshot A that are as all the options say, those that retain most first.\v"
		"Examples:\n"
		"  heapdiff find a.snap --type '^dict$' --min-size 1MiB\n"
		"  heapdiff find a.snap --name '^sessions$'         what goes by that name\n"
		"  heapdiff find a.snap --type Session --held-by '^list$'\n"
		"  heapdiff find a.snap --type Session --explain    as a query\n"
		"\n"
		"Columns: object, type, size, retained, path; with --json and --csv id and address too.\n",
	.details = "A holder is an object that refers to another one directly, by a reference that is not weak; or a root, such as a "
		   "frame, which has no type: --held-by looks at its name.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_FIND | OPTIONS_LIMITS,
	.rows = "object",
	.run = run,
};
