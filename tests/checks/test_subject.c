/* Subjects as they are written on a command line. */
#include "checks/subject.h"

#include "tests/test.h"

static void check_subject(const char *text, enum subject_kind kind, const char *inner)
{
	struct subject subject = subject_parse(text);
	cr_assert_eq(subject.kind, kind, "'%s'", text);
	cr_assert_str_eq(subject.text, inner);
	AUTO(text) struct text printed;
	text_init(&printed);
	subject_print(&subject, &printed);
	cr_assert_str_eq(text_string(&printed), text);
}

HEAP_TEST(subject, is_a_pattern_of_types_unless_a_word_says_otherwise)
{
	check_subject("app\\.Session", SUBJECT_TYPE, "app\\.Session");
	check_subject("", SUBJECT_TYPE, "");
	check_subject("module:^app", SUBJECT_MODULE, "^app");
	check_subject("path:app.CACHE['a:b']", SUBJECT_PATH, "app.CACHE['a:b']");
	check_subject("query:garbage", SUBJECT_QUERY, "garbage");
	check_subject("query:MATCH (n) RETURN n", SUBJECT_QUERY, "MATCH (n) RETURN n");
	check_subject("paths:x", SUBJECT_TYPE, "paths:x");
	check_subject("path:", SUBJECT_PATH, "");
	check_subject("path:query:x", SUBJECT_PATH, "query:x");
}

HEAP_TEST(subject, prints_nothing_of_all_and_no_control_characters)
{
	AUTO(text) struct text text;
	text_init(&text);
	subject_print(&(struct subject){SUBJECT_ALL, NULL}, &text);
	cr_assert_str_eq(text_string(&text), "");
	subject_print(&(struct subject){SUBJECT_PATH, "a\033[31m"}, &text);
	cr_assert_str_eq(text_string(&text), "path:a\\x1B[31m");
}
