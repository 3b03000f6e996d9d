/* Session: snapshots that are open for queries, one or a pair, and asking them. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/pair.h"
#include "queries/limits.h"
#include "queries/parameter.h"
#include "queries/query.h"

struct session {
	struct pair pair;         /* its `after` is the only one where there is one */
	struct type_names names;
	struct heap *before, *after; /* NULL, and the only one, where there is one */
	struct query_heaps heaps;
};

/* Opens the first file of the options, or the first two; says where their order was turned round. */
struct error *session_open(struct command_call *call, unsigned files, struct session *session) CHECKED;
void session_deinit(struct session *session);
DEFINE_AUTO_VALUE(session, struct session, session_deinit);

/* What may make answers wrong: losses, two processes. */
void session_remark(const struct session *session, struct report *report);

/* Fills in the defaults that the text's comments name (queries/library.h). `strict`: ERROR_USAGE for a parameter that was given and
 * is not in the text, with the nearest. */
struct error *session_complete(struct parameters *parameters, const char *text, bool strict) CHECKED;
/* The options' limits. */
struct limits session_limits(const struct options *options);

/* Runs the query into the report. `most`: rows at most, 0: all. Where the query is wrong, the line of its text and a caret are
 * added to `below`. */
struct error *session_ask(const struct session *session, const char *text, struct parameters *parameters,
			  struct limits *limits, uint64_t most, struct report *report, struct text *below) CHECKED;
/* Says as text that there are no rows, as an empty table is not printed. */
void session_tell_empty(const struct options *options, struct report *report);
/* How many rows a query has to give: all for machines and for sorting. */
uint64_t session_most(const struct options *options);

#endif
