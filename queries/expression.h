/* Expression: what can be told of an expression from its tree alone. */
#ifndef QUERIES_EXPRESSION_H
#define QUERIES_EXPRESSION_H

#include "queries/syntax.h"

/* The same text but for spaces, comments and the case of keywords; patterns and queries in it are taken for different. */
bool expression_equal(const struct expression *a, const struct expression *b);
/* count(*), or a call of an aggregate. */
bool expression_is_aggregate(const struct expression *expression);
/* It, or a part of it that is not in a query of its own, is one. */
bool expression_has_aggregate(const struct expression *expression);

/* The parts of an expression in their order, without patterns and queries; NULL after the last. Those left out are NULL in
 * between where *more says that there are others. */
struct expression **expression_part(struct expression *expression, uint32_t number, bool *more);

#endif
