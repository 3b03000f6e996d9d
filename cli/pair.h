/* Pair: two snapshots of which one is compared with the other, in the order in which they were taken. */
#ifndef CLI_PAIR_H
#define CLI_PAIR_H

#include "analyzer/diff.h"
#include "cli/command.h"

struct pair {
	struct reader *before, *after;
	struct match *mask;
	struct diff_request request; /* as the options say */
};

/* Opens the first two files of the options. ERROR_USAGE for options that don't go together. */
struct error *pair_open(struct command_call *call, struct pair *pair) CHECKED;
/* The same of these files. `match`: address or path, NULL: as is best; `mask`: a pattern, NULL: none. */
struct error *pair_open_files(struct report *report, const char *const files[2], const char *match, const char *mask,
			      struct pair *pair) CHECKED;
void pair_deinit(struct pair *pair);
DEFINE_AUTO_VALUE(pair, struct pair, pair_deinit);

#endif
