/* Print: a value as a person reads it.
 */
#ifndef QUERIES_PRINT_H
#define QUERIES_PRINT_H

#include "queries/heap.h"

/* Numbers and strings as they are, objects as `app.Session #12`, lists, maps and paths as a query writes them. */
struct error *print_datum(struct heap *heap, struct datum value, struct text *text) CHECKED;

#endif
