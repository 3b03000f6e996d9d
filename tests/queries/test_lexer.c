#include "queries/lexer.h"

#include "base/text.h"
#include "tests/test.h"

static void add_token(struct text *text, const struct token *token)
{
	static const char *const kinds[] = {"end",    "name",    "keyword", "parameter",
					    "string", "integer", "float",   "sign"};
	text_printf(text, "%s%s", text->length == 0 ? "" : " ", kinds[token->kind]);
	if (token->kind == TOKEN_END)
		return;
	text_add_char(text, ':');
	if (token->kind == TOKEN_SIGN)
		text_add(text, token->sign);
	else if (token->kind == TOKEN_INTEGER)
		text_printf(text, "%lld", (long long)token->integer);
	else if (token->kind == TOKEN_FLOAT)
		text_printf(text, "%.17g", token->real);
	else if (token->kind == TOKEN_KEYWORD)
		text_add(text, keyword_text(token->keyword));
	else
		text_add_escaped(text, token->text, token->length);
}

/* All tokens of the query up to the end, and where each lies. */
static struct error *lex(struct arena *arena, const char *query, struct text *text)
{
	struct lexer lexer;
	struct token token = {.kind = TOKEN_SIGN};
	uint32_t end = 0;
	lexer_init(&lexer, arena, query, (uint32_t)strlen(query));
	while (token.kind != TOKEN_END) {
		TRY(lexer_next(&lexer, &token));
		cr_assert_geq(token.span.at, end, "in '%s'", query);
		cr_assert_leq(token.span.at + token.span.length, strlen(query), "in '%s'", query);
		cr_assert_eq(token.spaced, token.span.at > end, "in '%s'", query);
		end = token.span.at + token.span.length;
		add_token(text, &token);
	}
	return NULL;
}

static void check(const char *query, const char *expected)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text text;
	arena_init(&arena);
	text_init(&text);
	assert_ok(lex(&arena, query, &text));
	cr_assert_str_eq(text_string(&text), expected, "'%s' is '%s', not '%s'", query, text_string(&text), expected);
}

static void refuse(const char *query, uint64_t where, const char *part)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text text;
	arena_init(&arena);
	text_init(&text);
	AUTO(error) struct error *error = lex(&arena, query, &text);
	cr_assert_not_null(error, "'%s' is '%s'", query, text_string(&text));
	cr_assert_eq(error->code, ERROR_USAGE);
	cr_assert(error->has_where && error->where == where, "'%s': at %d", query, (int)error->where);
	cr_assert_not_null(strstr(error->message, part), "'%s': '%s' lacks '%s'", query, error->message, part);
}

HEAP_TEST(lexer, tells_words_apart)
{
	check("", "end");
	check(" \t\r\n", "end");
	check("match MATCH mAtCh matched", "keyword:MATCH keyword:MATCH keyword:MATCH name:matched end");
	check("n _a a1 größe", "name:n name:_a name:a1 name:größe end");
	check("`match` `a b` `a``b` `app.Session`", "name:match name:a b name:a`b name:app.Session end");
	check("$x $1 $`x y` $match", "parameter:x parameter:1 parameter:x y parameter:match end");
	refuse("n.`abc", 2, "` ends it");
	refuse("``", 0, "empty");
	refuse("`a``", 0, "` ends it");
	refuse("$", 0, "parameter");
	refuse("1 + $ x", 4, "parameter");
	refuse("n § \x01", 5, "no meaning");
	refuse("a & b", 2, "no meaning");
}

HEAP_TEST(lexer, leaves_comments_out)
{
	check("1 // one\n2", "integer:1 integer:2 end");
	check("1/*one*/2/**/ /***/ // end", "integer:1 integer:2 end");
	check("a / b /= c", "name:a sign:/ name:b sign:/ sign:= name:c end");
	check("'//' `/*`", "string:// name:/* end");
	refuse("1 /* one", 2, "*/ ends it");
	refuse("1 /*/", 2, "*/ ends it");
}

HEAP_TEST(lexer, unescapes_strings)
{
	check("'' \"\"", "string: string: end");
	check("'it''s'", "string:it string:s end");
	check("'a\"b' \"a'b\"", "string:a\"b string:a'b end");
	check("'\\'' \"\\\"\" '\\\\'", "string:' string:\" string:\\ end");
	check("'\\n\\t\\r\\b\\f'", "string:\\x0A\\x09\\x0D\\x08\\x0C end");
	check("'\\u0041\\u00e9\\u20AC\\U0001F600'", "string:Aé€\xf0\x9f\x98\x80 end");
	check("'a\\u0000b'", "string:a\\x00b end");
	/* What regular expressions are full of. */
	check("'\\d+\\.py'", "string:\\d+\\.py end");
	check("'two\nlines'", "string:two\\x0Alines end");
	refuse("x = 'abc", 4, "' ends it");
	refuse("x = \"abc'", 4, "\" ends it");
	refuse("'\\", 1, "backslash");
	refuse("'\\'", 0, "' ends it");
	refuse("'\\u12'", 1, "four");
	refuse("'\\U0001F60'", 1, "eight");
	refuse("'\\ud800'", 1, "no character");
	refuse("'\\U00110000'", 1, "no character");
	refuse("'\\u", 1, "four");
}

HEAP_TEST(lexer, reads_numbers)
{
	check("0 7 007 123", "integer:0 integer:7 integer:7 integer:123 end");
	check("0x1F 0XfF 0o17 0x0", "integer:31 integer:255 integer:15 integer:0 end");
	check("1.5 .5 1e3 1E+3 1.5e-3 2.0", "float:1.5 float:0.5 float:1000 float:1000 float:0.0015 float:2 end");
	check("9223372036854775807", "integer:9223372036854775807 end");
	check("1..3 ..3 1.. 1...3", "integer:1 sign:.. integer:3 sign:.. integer:3 integer:1 sign:.. "
				    "integer:1 sign:.. float:0.29999999999999999 end");
	check("1.x", "integer:1 sign:. name:x end");
	check("-5 1.5.5", "sign:- integer:5 float:1.5 float:0.5 end");
	refuse("9223372036854775809", 0, "64 bits");
	refuse("99999999999999999999999", 0, "64 bits");
	refuse("0x", 0, "digits");
	refuse("0o8", 2, "octal");
	refuse("0x1G", 3, "hexadecimal");
	refuse("0xFFFFFFFFFFFFFFFF", 0, "64 bits");
	refuse("0x8000000000000000", 0, "64 bits");
	refuse("1e999", 0, "too large");
	refuse("12abc", 2, "unit");
}

HEAP_TEST(lexer, reads_sizes)
{
	check("1 B 1 KiB 1 MiB 1 GiB 1 TiB", "integer:1 integer:1024 integer:1048576 integer:1073741824 "
					     "integer:1099511627776 end");
	check("10kB 10MB 10GB 10TB", "integer:10000 integer:10000000 integer:10000000000 integer:10000000000000 end");
	check("1.5 MiB .5KiB 1.0001 KiB 0.4 B", "integer:1572864 integer:512 integer:1024 integer:0 end");
	check("64 KiB.x", "integer:65536 sign:. name:x end");
	/* Exact where a float isn't. */
	check("9007199254740993 B", "integer:9007199254740993 end");
	check("8796093022207 MiB", "integer:9223372036853727232 end");
	/* Units know their case, and are words of their own. */
	check("64 kib 64 Bytes 64 BY", "integer:64 name:kib integer:64 name:Bytes integer:64 keyword:BY end");
	refuse("9007199254740992 TiB", 0, "64 bits");
	refuse("8388608 TiB", 0, "64 bits");
	refuse("8388608.5 TiB", 0, "64 bits");
	refuse("64kib", 2, "unit");
}

HEAP_TEST(lexer, takes_the_longest_sign)
{
	check("<= >= <> != =~ = < > ..", "sign:<= sign:>= sign:<> sign:!= sign:=~ sign:= sign:< sign:> sign:.. end");
	check("(a)<-[:x]->(b)",
	      "sign:( name:a sign:) sign:< sign:- sign:[ sign:: name:x sign:] sign:- sign:> sign:( name:b "
	      "sign:) end");
	check("{,|;%^*+!}", "sign:{ sign:, sign:| sign:; sign:% sign:^ sign:* sign:+ sign:! sign:} end");
}

HEAP_TEST(lexer, knows_every_keyword)
{
	for (unsigned i = 0; i < KEYWORD_COUNT; i++) {
		enum keyword found = KEYWORD_COUNT;
		const char *word = keyword_text((enum keyword)i);
		cr_assert(keyword_find(word, strlen(word), &found), "%s", word);
		cr_assert_eq(found, (enum keyword)i);
		cr_assert_not(keyword_find(word, strlen(word) - 1, &found) && found == (enum keyword)i);
	}
}
