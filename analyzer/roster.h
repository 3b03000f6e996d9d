/* Roster: who is in the process: its interpreters, threads and modules. */
#ifndef ANALYZER_ROSTER_H
#define ANALYZER_ROSTER_H

#include "analyzer/report.h"
#include "format/reader.h"

/* Adds a table of threads, each with the place where its innermost Python call is, and with names where the snapshot
 * has them. */
struct error *roster_threads(struct report *report, struct reader *reader) CHECKED;
/* Adds a table of interpreters, unless there is one alone. */
struct error *roster_interpreters(struct report *report, struct reader *reader) CHECKED;
/* Adds to `facts` how many modules there are. */
struct error *roster_count_modules(struct report *report, struct section *facts, struct reader *reader) CHECKED;
/* Adds a table of them, by name. */
struct error *roster_modules(struct report *report, struct reader *reader) CHECKED;

#endif
