#include "tests/test.h"

#include "base/match.h"

#include <stdio.h>
#include <stdlib.h>

static bool matches_bytes(const char *pattern, enum match_kind kind, const char *subject, size_t length)
{
	AUTO(match) struct match *match = NULL;
	assert_ok(match_create(pattern, kind, &match));
	bool found = false;
	assert_ok(match_run(match, subject, length, &found));
	return found;
}

static bool searches(const char *pattern, const char *subject)
{
	return matches_bytes(pattern, MATCH_SEARCH, subject, strlen(subject));
}

static bool matches_whole(const char *pattern, const char *subject)
{
	return matches_bytes(pattern, MATCH_WHOLE, subject, strlen(subject));
}

HEAP_TEST(match, search_finds_anywhere)
{
	cr_assert(searches("Session", "app.Session"));
	cr_assert(searches("^app\\.", "app.Session"));
	cr_assert(!searches("^Session", "app.Session"));
	cr_assert(searches("", ""));
	cr_assert(searches("(?i)SESSION$", "app.Session"));
	cr_assert(matches_bytes("^$", MATCH_SEARCH, NULL, 0));
}

/* Every character of ASCII, at both ends and in the middle. */
HEAP_TEST(match, exactly_finds_that_name_alone)
{
	for (int c = 0; c < 128; c++) {
		char name[] = {(char)c, 'a', (char)c, 'b', (char)c}, other[] = {'x', (char)c, 'a', (char)c, 'b', (char)c, 'x'};
		AUTO(text) struct text pattern = {0};
		text_init(&pattern);
		match_add_exactly(name, sizeof name, &pattern);
		cr_assert(matches_bytes(text_string(&pattern), MATCH_SEARCH, name, sizeof name), "%s", text_string(&pattern));
		cr_assert(!matches_bytes(text_string(&pattern), MATCH_SEARCH, other, sizeof other - 1));
		cr_assert(!matches_bytes(text_string(&pattern), MATCH_SEARCH, other + 1, sizeof other - 1));
		name[1] = 'c';
		cr_assert(!matches_bytes(text_string(&pattern), MATCH_SEARCH, name, sizeof name));
	}
}

HEAP_TEST(match, whole_means_whole)
{
	cr_assert(matches_whole("app\\.\\w+", "app.Session"));
	cr_assert(!matches_whole("Session", "app.Session"));
	cr_assert(!matches_whole("app", "app.Session"));
	cr_assert(matches_whole("a|ab", "ab"), "the first alternative alone must not decide");
	cr_assert(matches_whole("a|ab", "a"));
	cr_assert(!matches_whole("a$", "a\n"), "a newline at the end belongs to the name");
	cr_assert(matches_whole("", ""));
}

HEAP_TEST(match, dot_is_a_character_and_not_a_byte)
{
	cr_assert(matches_whole("caf.", "caf\u00e9"));
	cr_assert(matches_whole(".", "\U0001f40d"));
	cr_assert(searches("(?i)\u00c9", "caf\u00e9"));
}

HEAP_TEST(match, subjects_with_nul_are_matched_beyond_it)
{
	cr_assert(matches_bytes("b", MATCH_SEARCH, "a\0b", 3));
	cr_assert(matches_bytes("a\\x00b", MATCH_WHOLE, "a\0b", 3));
	cr_assert(!matches_bytes("a", MATCH_WHOLE, "a\0b", 3));
}

/* Bytes that are no UTF-8 split the subject; no pattern matches across or onto them. */
HEAP_TEST(match, bad_utf8_never_matches_wrongly)
{
	cr_assert(searches("cd", "ab\xff"
				 "cd"));
	cr_assert(!searches("b.c", "ab\xff"
				   "cd"));
	cr_assert(!searches("^cd", "ab\xff"
				   "cd"));
	cr_assert(!searches("ab$", "ab\xff"
				   "cd"));
	cr_assert(!searches(".", "\x80\xff"));
	cr_assert(!matches_whole(".*", "ab\xff"));
	cr_assert(!matches_whole("ab", "ab\xff"));
	cr_assert(!matches_whole("cd", "\xff"
				       "cd"));
	cr_assert(!matches_whole("(?s).*", "\xc3"));
}

HEAP_TEST(match, bad_patterns_name_offset_and_reason)
{
	struct match *match = NULL;
	assert_error_says(match_create("ab(cd", MATCH_SEARCH, &match), ERROR_USAGE,
			  "bad pattern 'ab(cd' at offset 5: missing closing parenthesis");
	assert_error_says(match_create("*", MATCH_WHOLE, &match), ERROR_USAGE, "offset 0");
	assert_error(match_create("a\xff", MATCH_SEARCH, &match), ERROR_USAGE);
	assert_error(match_create("\\C", MATCH_SEARCH, &match), ERROR_USAGE);
	cr_assert_null(match, "results are untouched on failure");
}

HEAP_TEST(match, absurdly_long_patterns_are_refused)
{
	AUTO(string) char *pattern = malloc(100001);
	memset(pattern, 'a', 100000);
	pattern[100000] = '\0';
	struct match *match = NULL;
	assert_error(match_create(pattern, MATCH_SEARCH, &match), ERROR_USAGE);
}

/* (*NO_JIT) makes PCRE2 leave the JIT out, as a system without executable memory does. */
HEAP_TEST(match, interpreter_answers_like_the_jit)
{
	cr_assert(searches("(*NO_JIT)S.*n$", "app.Session"));
	cr_assert(!searches("(*NO_JIT)^Session", "app.Session"));
	cr_assert(matches_whole("(*NO_JIT)a|ab", "ab"));
	cr_assert(!matches_whole("(*NO_JIT)ab", "ab\xff"));
	cr_assert(!searches("(*NO_JIT)ab$", "ab\xff"
					    "cd"));
}

static void runs_into_a_limit(const char *pattern, enum match_kind kind)
{
	AUTO(match) struct match *match = NULL;
	assert_ok(match_create(pattern, kind, &match));
	bool found = true;
	assert_error_says(match_run(match, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 42, &found), ERROR_USAGE,
			  "(a+)+$' backtracks without end");
	cr_assert(found, "results are untouched on failure");
	assert_ok(match_run(match, "aaa", 3, &found));
	cr_assert(found, "the match can be used again");
}

HEAP_TEST(match, catastrophic_backtracking_is_stopped)
{
	runs_into_a_limit("(a+)+$", MATCH_SEARCH);
	runs_into_a_limit("(a+)+$", MATCH_WHOLE);
	runs_into_a_limit("(*NO_JIT)(a+)+$", MATCH_SEARCH);
}

/* More nesting than the JIT's stack holds: the interpreter takes over. */
HEAP_TEST(match, long_subjects_outgrow_the_jit_stack)
{
	const size_t length = 100000;
	AUTO(string) char *subject = malloc(length);
	memset(subject, 'a', length);
	cr_assert(matches_bytes("(?:a|(b))*", MATCH_WHOLE, subject, length));
	subject[length - 1] = 'c';
	cr_assert(!matches_bytes("(?:a|(b))*", MATCH_WHOLE, subject, length));
}

HEAP_TEST(match, one_match_serves_many_subjects)
{
	AUTO(match) struct match *match = NULL;
	assert_ok(match_create("^s[0-4]+$", MATCH_SEARCH, &match));
	int count = 0;
	for (int i = 0; i < 1000; i++) {
		char name[16];
		int length = snprintf(name, sizeof name, "s%d", i);
		bool found = false;
		assert_ok(match_run(match, name, (size_t)length, &found));
		count += found;
	}
	cr_assert_eq(count, 125); /* 5 of one digit, 4 * 5 of two, 4 * 25 of three */
	match_destroy(NULL);
}
