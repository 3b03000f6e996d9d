/* Parsing: what the files of the parser share; for these alone. */
#ifndef QUERIES_PARSING_H
#define QUERIES_PARSING_H

#include "queries/lexer.h"
#include "queries/parser.h"

#define EXPECTED_MAX 24u

struct parser {
	struct arena *arena;
	const char *text;
	struct lexer lexer;
	struct token token;      /* the next one, not taken yet */
	uint32_t end;            /* where the one taken last ends */
	unsigned depth;          /* of what is being parsed */
	bool bar_ends;           /* it ends before a | */
	uint64_t tokens;         /* read so far: bounds what is tried twice */
	/* What could stand in the place of `token`, as was asked: words and signs. */
	const char *expected[EXPECTED_MAX];
	unsigned expected_count;
	struct error *farthest;  /* of a way that was tried and given up: the most telling one */
};

/* Where a way that may have to be given up begins. */
struct parser_mark {
	struct lexer lexer;
	struct token token;
	uint32_t end;
	unsigned depth;
	bool bar_ends;
};
struct parser_mark parser_mark(const struct parser *parser);
/* Goes back, and keeps the error, if it is the farthest yet. NULL: nothing failed. Other errors than ERROR_USAGE are handed on. */
struct error *parser_give_up(struct parser *parser, const struct parser_mark *mark, struct error *error) CHECKED;

struct error *parser_advance(struct parser *parser) CHECKED;
/* Is it the next token? Says that it could be, but for the `_quietly`. */
bool parser_at(struct parser *parser, enum keyword keyword);
bool parser_at_sign(struct parser *parser, const char *sign);
bool parser_at_quietly(const struct parser *parser, enum keyword keyword);
bool parser_at_sign_quietly(const struct parser *parser, const char *sign);
void parser_expect(struct parser *parser, const char *what); /* "a name" */
/* Takes it if it is the next token. */
struct error *parser_accept(struct parser *parser, enum keyword keyword, bool *found) CHECKED;
struct error *parser_accept_sign(struct parser *parser, const char *sign, bool *found) CHECKED;
/* ERROR_USAGE unless it is the next token, which is taken. */
struct error *parser_need(struct parser *parser, enum keyword keyword) CHECKED;
struct error *parser_need_sign(struct parser *parser, const char *sign) CHECKED;
/* The next token is unexpected. */
struct error *parser_refuse(struct parser *parser) CHECKED;
struct error *parser_refuse_at(const struct parser *parser, uint32_t at, const char *format, ...) PRINTF(3, 4) CHECKED;
/* A name; keywords serve too where `any`. */
struct error *parser_name(struct parser *parser, bool any, struct name *name) CHECKED;
bool parser_at_name(struct parser *parser, bool any);

/* Zeroed memory for `count` things, and an array one longer than before: O(1) by doubling. */
struct error *parser_alloc(struct parser *parser, size_t bytes, void *result) CHECKED;
#define parser_append(parser, array, count, ...)                                                                       \
	__extension__({                                                                                                \
		struct error *append_error_ = NULL;                                                                    \
		if (((count) & ((count) - 1)) == 0)                                                                    \
			append_error_ = parser_widen((parser), &(array), sizeof *(array), (count));                    \
		if (append_error_ == NULL)                                                                             \
			(array)[(count)++] = (__VA_ARGS__);                                                            \
		append_error_;                                                                                         \
	})
struct error *parser_widen(struct parser *parser, void *array, size_t size, uint32_t count) CHECKED;

/* One level deeper, refused beyond SYNTAX_DEPTH; and back. */
struct error *parser_enter(struct parser *parser) CHECKED;
static inline void parser_leave(struct parser *parser)
{
	parser->depth--;
}

struct error *parse_expression(struct parser *parser, struct expression **result) CHECKED;
/* One that a | ends: in x:A | y it is none of the labels. */
struct error *parse_before_bar(struct parser *parser, struct expression **result) CHECKED;
/* The next token, which stands for the value. */
struct error *parse_literal(struct parser *parser, struct datum literal, struct expression **result) CHECKED;
/* What no operator is in, but between parentheses. */
struct error *parse_atom(struct parser *parser, struct expression **result) CHECKED;
struct error *parse_map(struct parser *parser, struct expression **result) CHECKED;
struct measure {
	uint32_t height;
	uint64_t weight;
};
/* Takes it into account; NULL is nothing. */
void measure_expression(struct measure *measure, const struct expression *expression);
void measure_pattern(struct measure *measure, const struct pattern *pattern);
void measure_query(struct measure *measure, const struct query_syntax *query);

/* An expression from its kind; the height and the weight are found, and refused beyond the most. */
struct error *parse_finish(struct parser *parser, struct expression *expression, struct expression **result) CHECKED;
/* One pattern, with or without `name =` before. */
struct error *parse_pattern(struct parser *parser, bool named, struct pattern *pattern) CHECKED;
/* `:A|B`, `:!A`, from the colon on; `one`: a | is not of them. */
struct error *parse_labels(struct parser *parser, bool one, struct label_test *labels) CHECKED;
/* A list of patterns and WHERE, as after MATCH. */
struct error *parse_match_body(struct parser *parser, struct clause *clause) CHECKED;
/* Up to the closing brace, which is taken: a query, or patterns alone. */
struct error *parse_inner_query(struct parser *parser, struct query_syntax **result) CHECKED;

#endif
