/* Command: one of heapdiff's, from its line in the help to its run. main.c has the table.
 *
 * A command opens its files, lets an analysis work and fills a report; it prints nothing itself, unless it says so.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "analyzer/progress.h"
#include "analyzer/report.h"
#include "cli/options.h"

struct command_call {
	const struct options *options;
	const struct progress *progress;
	struct report *report; /* empty; its command and unit are set */
	const char *rows;      /* the command's, unless it sets another */
	int exit_code;         /* EXIT_DONE unless the command sets another */
	struct text *below;    /* empty; lines that are printed below the error, such as the place in a query */
	bool printed;          /* the command printed what there was: the report is not */
};

enum exit_code { /* of heapdiff */
	EXIT_DONE = 0,
	EXIT_DIFFERENT = 1, /* --exit-code and a difference; a rule that is violated */
	EXIT_USAGE = 2,     /* wrong usage, a bad pattern, an output that is in the way */
	EXIT_INPUT = 3,     /* an input that can't be read, or not enough memory for it */
	EXIT_PARTIAL = 4    /* check: an input is partial, and --allow-partial wasn't given */
};

enum object_need { /* whether the command is about one object, which the word after the files names */
	OBJECT_NONE,
	OBJECT_OPTIONAL,
	OBJECT_REQUIRED
};

struct command {
	const char *name;
	const char *files; /* for the usage line: A B */
	unsigned files_least, files_most;
	enum object_need object; /* after the files */
	const char *summary; /* for the list of commands, one line */
	const char *help;    /* what it does, \v, then examples; for argp */
	const char *details; /* what else its page of the manual says, as base/manual.h has it; NULL: nothing */
	unsigned options;    /* enum option_group */
	const char *rows;    /* what a row of the main table is, for the line of those left out: type; NULL: no table */
	struct error *(*run)(struct command_call *call);
};

extern const struct command command_info, command_types, command_top, command_tree, command_paths, command_refs, command_show, command_cycles, command_garbage;
extern const struct command command_suspects, command_tasks, command_refcounts, command_memory, command_orphans, command_diff, command_why, command_verify, command_salvage, command_redact, command_query,
	command_find, command_shell, command_check;

#endif
