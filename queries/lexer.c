/* Which tokens is a query made of?
 *
 * One pass, a token at a time; names and strings are copied, as they may be escaped. Bytes above 127 are part of names:
 * Python's may be of any letters. O(bytes). */
#include "queries/lexer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const keywords[] = {
#define KEYWORD(name, text) text,
#include "queries/keywords.def"
#undef KEYWORD
};

const char *keyword_text(enum keyword keyword)
{
	return keywords[keyword];
}

bool keyword_find(const char *word, size_t length, enum keyword *keyword)
{
	for (unsigned i = 0; i < KEYWORD_COUNT; i++)
		if (strlen(keywords[i]) == length && strncasecmp(keywords[i], word, length) == 0) {
			*keyword = (enum keyword)i;
			return true;
		}
	return false;
}

bool keyword_is_free(enum keyword keyword)
{
	switch (keyword) {
	case KEYWORD_ALL:
	case KEYWORD_ASC:
	case KEYWORD_ASCENDING:
	case KEYWORD_BEFORE:
	case KEYWORD_BY:
	case KEYWORD_CONTAINS:
	case KEYWORD_DESC:
	case KEYWORD_DESCENDING:
	case KEYWORD_ENDS:
	case KEYWORD_EXISTS:
	case KEYWORD_EXPLAIN:
	case KEYWORD_FROM:
	case KEYWORD_LIMIT:
	case KEYWORD_OFFSET:
	case KEYWORD_ORDER:
	case KEYWORD_PROFILE:
	case KEYWORD_SKIP:
	case KEYWORD_STARTS:
		return true;
	default:
		return false;
	}
}

void lexer_init(struct lexer *lexer, struct arena *arena, const char *text, uint32_t length)
{
	*lexer = (struct lexer){.arena = arena, .text = text, .length = length};
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

static char peek(const struct lexer *lexer, uint32_t ahead)
{
	return lexer->length - lexer->at > ahead ? lexer->text[lexer->at + ahead] : '\0';
}

static struct error *refuse(uint32_t at, const char *why)
{
	return error_create_at(ERROR_USAGE, at, "%s", why);
}

/* *moved: white space or comments were there. */
static struct error *skip_space(struct lexer *lexer, bool *moved)
{
	uint32_t begin = lexer->at;
	for (;;) {
		char c = peek(lexer, 0);
		if (lexer->at < lexer->length && (c == ' ' || (c >= '\t' && c <= '\r'))) {
			lexer->at++;
		} else if (c == '/' && peek(lexer, 1) == '/') {
			while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n')
				lexer->at++;
		} else if (c == '/' && peek(lexer, 1) == '*') {
			const char *from = lexer->text + lexer->at;
			const char *end = memmem(from + 2, lexer->length - lexer->at - 2, "*/", 2);
			if (end == NULL)
				return refuse(lexer->at, "this comment doesn't end; */ ends it");
			lexer->at += (uint32_t)(end - from) + 2;
		} else {
			*moved = lexer->at > begin;
			return NULL;
		}
	}
}

static struct error *keep_text(struct lexer *lexer, const char *bytes, size_t length, struct token *token)
{
	token->text = arena_copy(lexer->arena, bytes, length);
	token->length = (uint32_t)length;
	return token->text == NULL ? error_memory() : NULL;
}

static struct error *take_word(struct lexer *lexer, struct token *token)
{
	uint32_t begin = lexer->at;
	while (lexer->at < lexer->length && is_word(lexer->text[lexer->at]))
		lexer->at++;
	token->kind = TOKEN_NAME;
	TRY(keep_text(lexer, lexer->text + begin, lexer->at - begin, token));
	if (keyword_find(token->text, token->length, &token->keyword))
		token->kind = TOKEN_KEYWORD;
	return NULL;
}

/* Between backticks; two of them are one. */
static struct error *take_quoted(struct lexer *lexer, struct token *token)
{
	AUTO(text) struct text text = {0};
	uint32_t begin = lexer->at++;
	text_init(&text);
	for (;; lexer->at++) {
		if (lexer->at >= lexer->length)
			return refuse(begin, "this name doesn't end; ` ends it");
		if (lexer->text[lexer->at] == '`' && peek(lexer, 1) != '`')
			break;
		lexer->at += lexer->text[lexer->at] == '`';
		text_add_char(&text, lexer->text[lexer->at]);
	}
	lexer->at++;
	TRY(text_error(&text));
	if (text.length == 0)
		return refuse(begin, "a name can't be empty");
	token->kind = TOKEN_NAME;
	token->quoted = true;
	return keep_text(lexer, text_string(&text), text.length, token);
}

/* --- strings ------------------------------------------------------------------------------------------------------ */

static void add_code_point(struct text *text, uint32_t point)
{
	if (point < 0x80) {
		text_add_char(text, (char)point);
	} else if (point < 0x800) {
		text_add_char(text, (char)(0xc0 | point >> 6));
		text_add_char(text, (char)(0x80 | (point & 0x3f)));
	} else if (point < 0x10000) {
		text_add_char(text, (char)(0xe0 | point >> 12));
		text_add_char(text, (char)(0x80 | (point >> 6 & 0x3f)));
		text_add_char(text, (char)(0x80 | (point & 0x3f)));
	} else {
		text_add_char(text, (char)(0xf0 | point >> 18));
		text_add_char(text, (char)(0x80 | (point >> 12 & 0x3f)));
		text_add_char(text, (char)(0x80 | (point >> 6 & 0x3f)));
		text_add_char(text, (char)(0x80 | (point & 0x3f)));
	}
}

static int hexadecimal(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct error *take_code_point(struct lexer *lexer, unsigned digits, struct text *text)
{
	uint32_t point = 0, begin = lexer->at - 2;
	for (unsigned i = 0; i < digits; i++) {
		int digit = hexadecimal(peek(lexer, 0));
		if (digit < 0)
			return refuse(begin, digits == 4 ? "\\u wants four hexadecimal digits" : "\\U wants eight hexadecimal digits");
		point = point << 4 | (uint32_t)digit;
		lexer->at++;
	}
	if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return refuse(begin, "this is no character of Unicode");
	add_code_point(text, point);
	return NULL;
}

/* What comes after a backslash. */
static struct error *take_escape(struct lexer *lexer, struct text *text)
{
	static const char from[] = "bfnrt\\'\"`", to[] = "\b\f\n\r\t\\'\"`";
	char c = peek(lexer, 0);
	const char *found = c == '\0' ? NULL : strchr(from, c);
	uint32_t begin = lexer->at - 1;
	lexer->at++;
	if (c == 'u' || c == 'U')
		return take_code_point(lexer, c == 'u' ? 4 : 8, text);
	/* A regular expression is full of others: \d, \. and the like stay as they are. */
	if (found == NULL && c == '\0')
		return refuse(begin, "a string can't end in a backslash");
	if (found == NULL)
		text_add_char(text, '\\');
	text_add_char(text, found == NULL ? c : to[found - from]);
	return NULL;
}

static struct error *take_string(struct lexer *lexer, struct token *token)
{
	AUTO(text) struct text text = {0};
	uint32_t begin = lexer->at;
	char quote = lexer->text[lexer->at++];
	text_init(&text);
	for (;;) {
		if (lexer->at >= lexer->length)
			return refuse(begin, quote == '"' ? "this string doesn't end; \" ends it" : "this string doesn't end; ' ends it");
		char c = lexer->text[lexer->at++];
		if (c == quote)
			break;
		if (c == '\\')
			TRY(take_escape(lexer, &text));
		else
			text_add_char(&text, c);
	}
	TRY(text_error(&text));
	token->kind = TOKEN_STRING;
	return keep_text(lexer, text_string(&text), text.length, token);
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static const struct unit {
	const char *name;
	double bytes;
} units[] = {{"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"kB", 1e3},
	     {"MB", 1e6},     {"GB", 1e9},     {"TB", 1e12},	{"B", 1}};

/* A unit after a number, with or without a space between; NULL: there is none. Moves behind it. */
static const struct unit *take_unit(struct lexer *lexer)
{
	uint32_t at = lexer->at, end;
	while (at < lexer->length && lexer->text[at] == ' ')
		at++;
	for (end = at; end < lexer->length && is_word(lexer->text[end]); end++)
		;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strlen(units[i].name) == end - at && memcmp(units[i].name, lexer->text + at, end - at) == 0) {
			lexer->at = end;
			return &units[i];
		}
	return NULL;
}

static void skip_digits(struct lexer *lexer)
{
	while (is_digit(peek(lexer, 0)))
		lexer->at++;
}

/* Moves behind a decimal number; *whole: it has neither point nor exponent. */
static void skip_decimal(struct lexer *lexer, bool *whole)
{
	*whole = true;
	skip_digits(lexer);
	if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
		*whole = false;
		lexer->at++;
		skip_digits(lexer);
	}
	bool sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
	if ((peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') && is_digit(peek(lexer, sign ? 2 : 1))) {
		*whole = false;
		lexer->at += sign ? 2 : 1;
		skip_digits(lexer);
	}
}

#define TOO_LARGE "this number is beyond 64 bits; with a point, as in 1e30 or 1.0, it is a float"

/* 9223372036854775808 is left to the parser, as its negative is a number: it reads INT64_MIN here. */
static struct error *read_whole(const char *digits, int base, uint32_t at, int64_t *result)
{
	errno = 0;
	unsigned long long value = strtoull(digits, NULL, base);
	if (errno != 0 || value > (unsigned long long)INT64_MAX + 1)
		return refuse(at, TOO_LARGE);
	*result = (int64_t)value;
	return NULL;
}

static struct error *take_based(struct lexer *lexer, int base, struct token *token)
{
	char digits[80];
	uint32_t begin = lexer->at, length = 0;
	for (lexer->at += 2; lexer->at < lexer->length && is_word(lexer->text[lexer->at]); lexer->at++) {
		int digit = hexadecimal(lexer->text[lexer->at]);
		if (digit < 0 || digit >= base)
			return refuse(lexer->at, base == 16 ? "this is no hexadecimal digit" : "this is no octal digit");
		if (length + 1 >= sizeof digits)
			return refuse(begin, TOO_LARGE);
		digits[length++] = lexer->text[lexer->at];
	}
	digits[length] = '\0';
	if (length == 0)
		return refuse(begin, "digits are missing");
	token->kind = TOKEN_INTEGER;
	TRY(read_whole(digits, base, begin, &token->integer));
	return token->integer < 0 ? refuse(begin, TOO_LARGE) : NULL;
}

static struct error *take_decimal(struct lexer *lexer, struct token *token)
{
	char digits[400];
	uint32_t begin = lexer->at;
	bool whole;
	skip_decimal(lexer, &whole);
	uint32_t length = lexer->at - begin;
	if (length >= sizeof digits)
		return refuse(begin, "this number has too many digits");
	memcpy(digits, lexer->text + begin, length);
	digits[length] = '\0';
	const struct unit *unit = take_unit(lexer);
	if (unit == NULL && lexer->at < lexer->length && is_word(lexer->text[lexer->at]))
		return refuse(lexer->at, "a number goes before a space, a sign or a unit: B KiB MiB GiB TiB kB MB GB TB");
	token->kind = whole || unit != NULL ? TOKEN_INTEGER : TOKEN_FLOAT;
	token->real = strtod(digits, NULL) * (unit == NULL ? 1 : unit->bytes);
	if (!isfinite(token->real))
		return refuse(begin, "this number is too large for a float");
	if (unit == NULL)
		return whole ? read_whole(digits, 10, begin, &token->integer) : NULL;
	if (token->real >= 0x1p63)
		return refuse(begin, "this size is beyond 64 bits");
	token->integer = (int64_t)llround(token->real);
	if (!whole)
		return NULL;
	/* Exactly, where a float would round. */
	TRY(read_whole(digits, 10, begin, &token->integer));
	return __builtin_mul_overflow(token->integer, (int64_t)unit->bytes, &token->integer) ? refuse(begin, TOO_LARGE) : NULL;
}

static struct error *take_number(struct lexer *lexer, struct token *token)
{
	char second = peek(lexer, 1);
	if (peek(lexer, 0) == '0' && (second == 'x' || second == 'X'))
		return take_based(lexer, 16, token);
	if (peek(lexer, 0) == '0' && second == 'o')
		return take_based(lexer, 8, token);
	return take_decimal(lexer, token);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static struct error *take_sign(struct lexer *lexer, struct token *token)
{
	static const char *const doubles[] = {"..", "<>", "!=", "<=", ">=", "=~"};
	char c = peek(lexer, 0);
	token->kind = TOKEN_SIGN;
	for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++)
		if (c == doubles[i][0] && peek(lexer, 1) == doubles[i][1]) {
			memcpy(token->sign, doubles[i], 3);
			lexer->at += 2;
			return NULL;
		}
	if (c == '\0' || strchr("()[]{},.:;|!=<>+-*/%^", c) == NULL)
		return refuse(lexer->at, "this character has no meaning here; names with such are put between backticks (`)");
	token->sign[0] = c;
	lexer->at++;
	return NULL;
}

static struct error *take_parameter(struct lexer *lexer, struct token *token)
{
	uint32_t begin = lexer->at++;
	if (peek(lexer, 0) == '`')
		TRY(take_quoted(lexer, token));
	else if (lexer->at < lexer->length && is_word(lexer->text[lexer->at]))
		TRY(take_word(lexer, token));
	else
		return refuse(begin, "$ wants the name of a parameter after it");
	token->kind = TOKEN_PARAMETER;
	return NULL;
}

struct error *lexer_next(struct lexer *lexer, struct token *token)
{
	*token = (struct token){.kind = TOKEN_END};
	TRY(skip_space(lexer, &token->spaced));
	token->span.at = lexer->at;
	if (lexer->at >= lexer->length)
		return NULL;
	char c = lexer->text[lexer->at];
	if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
		TRY(take_number(lexer, token));
	else if (is_word(c))
		TRY(take_word(lexer, token));
	else if (c == '`')
		TRY(take_quoted(lexer, token));
	else if (c == '\'' || c == '"')
		TRY(take_string(lexer, token));
	else if (c == '$')
		TRY(take_parameter(lexer, token));
	else
		TRY(take_sign(lexer, token));
	token->span.length = lexer->at - token->span.at;
	return NULL;
}
