#include "checks/github.h"

#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

static void print(const char *set, struct text *text)
{
	AUTO(outcomes) struct outcomes outcomes;
	cr_assert(help_outcomes(set, &outcomes));
	assert_ok(github_print(&outcomes, SIZE_BINARY, text));
}

static void check(const char *set, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(set, &text);
	cr_assert_str_eq(text_string(&text), expected, "%s", text_string(&text));
}

HEAP_TEST(github, has_a_line_for_each_violation_and_warning)
{
	check("shop",
	      "::error file=ci/memory.ini,line=12,title=sessions::sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB%0Arule: retained of app\\.Session: at most 50.0 MiB (ci/memory.ini:12)%0Areason: a session lives for 20 minutes%0Aowner: web team%0Apath: app.CACHE.sessions[*]%0Aholder: 92%25 of it hangs from app.CACHE.sessions%0Asource: app/cache.py:44%0Atypes: 1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)%0Amore: heapdiff why a.snap b.snap --type 'app\\.Session'\n"
	      "::warning file=ci/memory.ini,line=19,title=jobs::jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects%0Arule: count of app\\.Job: at most 1,000 objects (ci/memory.ini:19)%0Apath: app.QUEUE[*]\n"
	      "::error title=--max-growth path%3Aapp.CACHE::--max-growth path:app.CACHE is violated: what app.CACHE retains grew by 4.0 MiB (50.0 MiB -> 54.0 MiB), 1.5 MiB more than the limit of 5%25 and 2.0 MiB%0Arule: growth of retained of path:app.CACHE: at most 5%25 and 2.0 MiB, here 2.5 MiB%0Apath: app.CACHE%0Anew types: 900 app.Entry (3.0 MiB), grown dict (1.0 MiB)%0Amore: heapdiff diff --match address a.snap b.snap --by path\n");
}

HEAP_TEST(github, says_what_a_snapshot_lacks)
{
	check("partial",
	      "::error title=heapdiff check::b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\n"
	      "::error title=--monotonic::--monotonic is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n");
	check("passing", "");
}

/* A rule of the command line has no line; where its memory comes from may be known. */
HEAP_TEST(github, shows_the_source_where_there_is_no_policy)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	text_init(&text);
	cr_assert(help_outcomes("shop", &outcomes));
	outcomes.items.items[0].rule.file = NULL;
	outcomes.items.count = 1;
	struct error *error = github_print(&outcomes, SIZE_BINARY, &text);
	outcomes.items.count = 6;
	assert_ok(error);
	cr_assert(strncmp(text_string(&text), "::error file=app/cache.py,line=44,title=sessions::", 50) == 0);
}

/* Whatever names hold: one line a command, and properties that end where we end them. */
HEAP_TEST(github, lets_no_name_be_a_command)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print("hostile", &text);
	size_t lines = 0;
	const char *line = text_string(&text);
	for (; *line != '\0'; line += strcspn(line, "\n") + 1, lines++) {
		const char *message = strstr(line + 2, "::");
		cr_assert(strncmp(line, "::", 2) == 0 && message != NULL);
		for (const char *at = line + 2; at < message; at++)
			cr_assert(*at != ':' && *at != '\r', "a property ends too early");
		size_t commas = 0;
		for (const char *at = line; at < message; at++)
			commas += *at == ',';
		cr_assert(commas == (lines == 0 ? 0 : 2), "%zu commas in line %zu", commas, lines);
	}
	cr_assert_eq(lines, 3);
	cr_assert(strstr(text_string(&text), "%3A%3Aerror%3A%3A%250A\\x0A#") != NULL);
	cr_assert(strchr(text_string(&text), '\033') == NULL);
}
