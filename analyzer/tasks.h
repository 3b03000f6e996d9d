/* Tasks: what asyncio has in hand, each task with its stack of coroutines. */
#ifndef ANALYZER_TASKS_H
#define ANALYZER_TASKS_H

#include "analyzer/object_lookup.h"
#include "analyzer/report.h"
#include "analyzer/retention.h"

/* Adds a table of the tasks, and how many are in which state. `retention`: NULL: what they retain is not told. */
struct error *tasks_report(struct report *report, struct object_lookup *lookup, const struct retention *retention)
	CHECKED;

#endif
