/* A program's snapshots, one a run, for tests of what varies: a cache, a list and a table of sizes that the test says. */
#ifndef TESTS_CHECKS_HELP_PROGRAM_H
#define TESTS_CHECKS_HELP_PROGRAM_H

#include "format/reader.h"

#define RUNS_MOST 16u

struct run {          /* bytes: 0 where there is none */
	unsigned page, pages; /* bytes of a page, and how many hang from app.CACHE */
	const char *page_type; /* NULL: app.Page */
	unsigned table;       /* of the dict app.CACHE itself; 0: 100 */
	unsigned log;         /* of the list app.LOG */
	unsigned strays;      /* objects of app.Stray, of 3,000 bytes each, that hang from names of their own */
	unsigned looked_up;   /* strs of 3,000 bytes each that only the interpreter's cache of methods holds */
};

struct program {
	char *folder;
	struct reader *readers[RUNS_MOST];
	size_t count;
};
/* Each run's objects lie elsewhere. Failures end the test. */
void help_program_run(struct program *program, const struct run *runs, size_t count);
void help_program_deinit(struct program *program);
DEFINE_AUTO_VALUE(program, struct program, help_program_deinit);

#endif
