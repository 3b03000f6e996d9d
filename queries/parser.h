/* Parser: from a query's text to its tree (queries/syntax.h).
 *
 * Written by hand: a lexer (queries/lexer.h), then recursive descent whose depth is bounded (SYNTAX_DEPTH). Comments are
 * those of openCypher, // to the end of the line and between slash-star and star-slash.
 */
#ifndef QUERIES_PARSER_H
#define QUERIES_PARSER_H

#include "queries/syntax.h"

/* `text`: NUL-terminated, and must outlive the result, which lies in the arena. ERROR_USAGE for what is no query: `where` is
 * the byte offset in the text, the message one line: `line 1, column 12: "RETRUN" is unexpected; did you mean RETURN?` with
 * the words that could stand there. ERROR_MEMORY. */
struct error *parser_parse(struct arena *arena, const char *text, struct query_syntax **result) CHECKED;

/* Puts `line L, column C` before the message of an error that has its place in the text; others are handed on. */
struct error *parser_locate(struct error *error, const char *text) CHECKED;

/* The line of the text with the offset, and a caret below it, for people: two lines, cut to `width` columns around the
 * offset. Tabs become spaces, what is no text is escaped. */
void parser_point(const char *text, uint64_t offset, unsigned width, struct text *result);

#endif
