/* Shots: more than two snapshots of the command line, in the order in which they were captured. */
#ifndef CLI_SHOTS_H
#define CLI_SHOTS_H

#include "analyzer/report.h"
#include "cli/options.h"

struct shot {
	const char *path;
	uint64_t time;  /* META_ABSENT: not known */
	unsigned given; /* its place among the files */
};

struct shots {
	struct shot items[FILES_MAX];
	unsigned count;
};

/* All files of the options, without copies of others; warns in the report where that changes their order or leaves one out. */
struct error *shots_read(const struct options *options, struct report *report, struct shots *shots) CHECKED;

#endif
