/* Lexer: from a query's text to tokens, one at a time. */
#ifndef QUERIES_LEXER_H
#define QUERIES_LEXER_H

#include "queries/syntax.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,      /* a plain word, or anything between backticks */
	TOKEN_KEYWORD,   /* a plain word that is one; `keyword` */
	TOKEN_PARAMETER, /* $name */
	TOKEN_STRING,
	TOKEN_INTEGER, /* sizes with units too: 64 KiB */
	TOKEN_FLOAT,
	TOKEN_SIGN /* ( ) [ ] { } , . .. : ; | ! = <> < <= > >= =~ + - * / % ^ : `sign`, the first characters */
};

enum keyword {
#define KEYWORD(name, text) KEYWORD_##name,
#include "queries/keywords.def"
#undef KEYWORD
	KEYWORD_COUNT
};
const char *keyword_text(enum keyword keyword); /* in capitals */

struct token {
	enum token_kind kind;
	enum keyword keyword;
	char sign[3];       /* NUL-terminated */
	bool quoted;        /* a name in backticks: never a keyword */
	bool spaced;        /* white space or a comment comes before it */
	struct span span;
	const char *text;   /* NAME, KEYWORD, PARAMETER, STRING: unescaped, NUL-terminated, in the arena */
	uint32_t length;    /* bytes of it */
	int64_t integer;
	double real;
};

struct lexer {
	struct arena *arena; /* borrowed, as the text is */
	const char *text;
	uint32_t length, at; /* bytes; the next to look at */
};

/* The text is NUL-terminated and at most SYNTAX_LENGTH bytes long. */
void lexer_init(struct lexer *lexer, struct arena *arena, const char *text, uint32_t length);
/* ERROR_USAGE, with `where`, for a string that doesn't end, a number that is too large, a character that has no meaning. */
struct error *lexer_next(struct lexer *lexer, struct token *token) CHECKED;

/* May it be a variable's name as it is, because nothing else can be meant there? All may be names of properties and
 * labels. */
bool keyword_is_free(enum keyword keyword);
/* Is the word a keyword? */
bool keyword_find(const char *word, size_t length, enum keyword *keyword);

#endif
