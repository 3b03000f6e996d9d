/* Values of a query as tests write them. Independent of Criterion. */
#ifndef TESTS_QUERIES_HELP_VALUE_H
#define TESTS_QUERIES_HELP_VALUE_H

#include "queries/heap.h"

/* As tests/queries/help_scenario.h says; loads the names of edges where they are asked for. */
struct error *help_value_print(struct heap *heap, struct datum value, struct text *text) CHECKED;

#endif
