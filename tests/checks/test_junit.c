#include "checks/junit.h"

#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

static void print(const char *set, struct text *text)
{
	AUTO(outcomes) struct outcomes outcomes;
	cr_assert(help_outcomes(set, &outcomes));
	assert_ok(junit_print(&outcomes, SIZE_BINARY, text));
}

static void check(const char *set, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(set, &text);
	cr_assert_str_eq(text_string(&text), expected, "%s", text_string(&text));
}

HEAP_TEST(junit, has_a_test_case_for_each_rule)
{
	check("shop",
	      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites>\n"
	      "  <testsuite name=\"check\" package=\"heapdiff\" id=\"0\" timestamp=\"2026-11-20T11:20:00\" hostname=\"localhost\" tests=\"6\" failures=\"2\" errors=\"0\" skipped=\"1\" time=\"0\">\n"
	      "    <properties>\n"
	      "      <property name=\"before\" value=\"a.snap\"/>\n"
	      "      <property name=\"after\" value=\"b.snap\"/>\n"
	      "    </properties>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"sessions\" time=\"0\">\n"
	      "      <failure type=\"retained\" message=\"app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB\">sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB\n"
	      "rule: retained of app\\.Session: at most 50.0 MiB (ci/memory.ini:12)\n"
	      "reason: a session lives for 20 minutes\n"
	      "owner: web team\n"
	      "path: app.CACHE.sessions[*]\n"
	      "holder: 92% of it hangs from app.CACHE.sessions\n"
	      "source: app/cache.py:44\n"
	      "types: 1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)\n"
	      "more: heapdiff why a.snap b.snap --type 'app\\.Session'\n"
	      "</failure>\n"
	      "    </testcase>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"jobs\" time=\"0\"/>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--max-growth path:app.CACHE\" time=\"0\">\n"
	      "      <failure type=\"retained\" message=\"what app.CACHE retains grew by 4.0 MiB (50.0 MiB -&gt; 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\">--max-growth path:app.CACHE is violated: what app.CACHE retains grew by 4.0 MiB (50.0 MiB -&gt; 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\n"
	      "rule: growth of retained of path:app.CACHE: at most 5% and 2.0 MiB, here 2.5 MiB\n"
	      "path: app.CACHE\n"
	      "new types: 900 app.Entry (3.0 MiB), grown dict (1.0 MiB)\n"
	      "more: heapdiff diff --match address a.snap b.snap --by path\n"
	      "</failure>\n"
	      "    </testcase>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--forbid app\\.Debug.*\" time=\"0\">\n"
	      "      <skipped message=\"no type is called so\"/>\n"
	      "    </testcase>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"garbage\" time=\"0\"/>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--no-rows query:leaks\" time=\"0\"/>\n"
	      "    <system-out>jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects\n"
	      "rule: count of app\\.Job: at most 1,000 objects (ci/memory.ini:19)\n"
	      "path: app.QUEUE[*]\n"
	      "</system-out>\n"
	      "    <system-err></system-err>\n"
	      "  </testsuite>\n"
	      "</testsuites>\n");
}

/* That part of the heap is missing is no rule's failure; without a time of the capture there is no time stamp. */
HEAP_TEST(junit, has_an_error_where_a_snapshot_is_partial)
{
	check("partial",
	      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites>\n"
	      "  <testsuite name=\"check\" package=\"heapdiff\" id=\"0\" timestamp=\"2026-11-20T11:20:00\" hostname=\"localhost\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"0\">\n"
	      "    <properties>\n"
	      "      <property name=\"after\" value=\"b.snap\"/>\n"
	      "      <property name=\"partial\" value=\"b.snap is partial: 12 objects could not be read\"/>\n"
	      "    </properties>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--max-retained app\\.Session\" time=\"0\"/>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--no-new-cycles\" time=\"0\"/>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"--monotonic\" time=\"0\">\n"
	      "      <failure type=\"retained\" message=\"app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\">--monotonic is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n"
	      "</failure>\n"
	      "    </testcase>\n"
	      "    <testcase classname=\"heapdiff.check\" name=\"the snapshots are whole\" time=\"0\">\n"
	      "      <error type=\"partial\" message=\"b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\"/>\n"
	      "    </testcase>\n"
	      "    <system-out></system-out>\n"
	      "    <system-err></system-err>\n"
	      "  </testsuite>\n"
	      "</testsuites>\n");
}

static void check_start(bool allow_partial, uint64_t captured_ns, const char *attributes)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	text_init(&text);
	cr_assert(help_outcomes("partial", &outcomes));
	outcomes.allow_partial = allow_partial;
	outcomes.captured_ns = captured_ns;
	assert_ok(junit_print(&outcomes, SIZE_BINARY, &text));
	cr_assert(strstr(text_string(&text), attributes) != NULL, "%s", text_string(&text));
	cr_assert((strstr(text_string(&text), "<error") == NULL) == allow_partial);
}

HEAP_TEST(junit, counts_what_it_has)
{
	check_start(
		false, 1,
		" id=\"0\" timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\" tests=\"4\" failures=\"1\" errors=\"1\"");
	check_start(true, 0, " id=\"0\" hostname=\"localhost\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\"");
}

/* Whatever names hold, there is one element for each that is ours, and no character that XML has no way to write. */
HEAP_TEST(junit, lets_no_name_be_markup)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print("hostile", &text);
	for (const char *at = text_string(&text); *at != '\0'; at++) {
		cr_assert((unsigned char)*at >= ' ' || *at == '\n', "a control character");
		cr_assert(strncmp(at, "\xef\xbf\xbe", 3) != 0 && strncmp(at, "\xef\xbf\xbf", 3) != 0);
	}
	cr_assert(strstr(text_string(&text), "<b>") == NULL && strstr(text_string(&text), "]]>") == NULL);
	cr_assert(strstr(text_string(&text), "&quot;'&lt;b&gt;&amp;amp;]]&gt;|") != NULL);
	cr_assert(strstr(text_string(&text), "\\x80\\u{FFFE}\\u{FFFF}\\x09") != NULL);
}
