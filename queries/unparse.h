/* Unparse: from a tree back to text: the canonical spelling, which parses to the same tree. */
#ifndef QUERIES_UNPARSE_H
#define QUERIES_UNPARSE_H

#include "base/text.h"
#include "queries/syntax.h"

/* A name as it has to be written: with backticks where it is no plain word, or a keyword. */
void unparse_name(const char *name, size_t length, struct text *text);
/* A string literal, quoted and escaped. */
void unparse_string(const char *bytes, size_t length, struct text *text);
void unparse_datum(struct datum datum, struct text *text); /* literals; nodes and edges can't be written */
void unparse_expression(const struct expression *expression, struct text *text);
void unparse_pattern(const struct pattern *pattern, struct text *text);
void unparse_query(const struct query_syntax *query, struct text *text); /* a clause a line */

#endif
