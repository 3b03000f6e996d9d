/* Scenarios: queries with the rows they must have, as data. A file of them is blocks that begin with ===:
 *
 *     === graph                       for the scenarios below it, in the words of tests/format/help_graph.h
 *     object 0x10 dict
 *     === before                      the earlier snapshot of the pair, where there is one; after the graph
 *     object 0x10 dict
 *     === lists are compared item by item
 *     $items = [1, 2]                 a parameter, any expression that is the same in every row
 *     MATCH (n:dict) WHERE $items = [1, 2]
 *     RETURN n, n.size AS bytes
 *     ---                             or "--- ordered"; columns, then rows, these in any order
 *     n | bytes
 *     dict #0 | 48
 *     === what must be refused
 *     RETURN x
 *     %%FAIL line 1, column 8: x is not defined here: no variable is
 *
 * What the query warns of stands below the rows, as %%WARN and the sentence. Values are written as in queries (text in
 * 'quotes', 1.0 a float, null), objects as `dict #0`, roots by their name, edges as (#0)-[name]->(#1), paths as
 * <dict #0 -[name]-> list #1>. Lines that begin with ## and a space are comments, empty ones mean nothing.
 */
#ifndef TESTS_QUERIES_HELP_SCENARIO_H
#define TESTS_QUERIES_HELP_SCENARIO_H

#include "base/text.h"
#include "base/vector.h"

#include <stdbool.h>

struct scenario {
	char name[200];
	unsigned line;               /* of its name in the file, from 1 */
	struct text graph, before;   /* before: empty, of one snapshot */
	struct text parameters;      /* "$x = 5" a line, without the $ */
	struct text query;
	bool ordered, fails;
	struct text expected;        /* lines; of what fails the message */
};

struct scenarios {
	VECTOR(struct scenario) items;
};
/* Of one file. Ends the test where a block is none. */
void scenarios_read(const char *path, struct scenarios *scenarios);
void scenarios_deinit(struct scenarios *scenarios);
DEFINE_AUTO_VALUE(scenarios, struct scenarios, scenarios_deinit);

/* What the query gives, in the same words: columns and rows, or "%%FAIL message"; rows are sorted where the scenario is not
 * ordered. */
void scenario_run(const struct scenario *scenario, struct text *actual);
/* What it should give, likewise. */
void scenario_expect(const struct scenario *scenario, struct text *expected);

#endif
