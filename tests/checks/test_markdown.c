#include "checks/markdown.h"

#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

static void print(const char *set, struct text *text)
{
	AUTO(outcomes) struct outcomes outcomes;
	cr_assert(help_outcomes(set, &outcomes));
	assert_ok(markdown_print(&outcomes, SIZE_BINARY, text));
}

static void check(const char *set, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(set, &text);
	cr_assert_str_eq(text_string(&text), expected, "%s", text_string(&text));
}

HEAP_TEST(markdown, has_a_sentence_a_table_and_why)
{
	check("shop",
	      "**2 of 6 rules are violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB; what app.CACHE retains grew by 4.0 MiB (50.0 MiB -&#62; 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB**\n"
	      "\n"
	      "snapshot b.snap, compared with a.snap\n"
	      "\n"
	      "| rule | limit | measured | verdict |\n"
	      "|:---|---:|---:|:---|\n"
	      "| `sessions` | 50.0 MiB | 61.2 MiB | ❌ **violated** |\n"
	      "| `jobs` | 1,000 objects | 1,024 objects | ⚠️ warned |\n"
	      "| `--max-growth path:app.CACHE` | 5% and 2.0 MiB | +4.0 MiB | ❌ **violated** |\n"
	      "| `--forbid app\\.Debug.*` | none |  | ➖ skipped: no type is called so |\n"
	      "| `garbage` | 2% | 3.0 MiB | ✅ passed |\n"
	      "| `--no-rows query:leaks` | none | 0 | ✅ passed |\n"
	      "\n"
	      "<details>\n"
	      "<summary>sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB</summary>\n"
	      "\n"
	      "- rule: retained of app&#92;.Session: at most 50.0 MiB (ci/memory.ini:12)\n"
	      "- reason: a session lives for 20 minutes\n"
	      "- owner: web team\n"
	      "- path: `app.CACHE.sessions[*]`\n"
	      "- holder: 92% of it hangs from app.CACHE.sessions\n"
	      "- source: `app/cache.py:44`\n"
	      "- types: 1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)\n"
	      "\n"
	      "```sh\n"
	      "heapdiff why a.snap b.snap --type 'app\\.Session'\n"
	      "```\n"
	      "\n"
	      "</details>\n"
	      "\n"
	      "<details>\n"
	      "<summary>jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects</summary>\n"
	      "\n"
	      "- rule: count of app&#92;.Job: at most 1,000 objects (ci/memory.ini:19)\n"
	      "- path: `app.QUEUE[*]`\n"
	      "\n"
	      "</details>\n"
	      "\n"
	      "<details>\n"
	      "<summary>--max-growth path:app.CACHE is violated: what app.CACHE retains grew by 4.0 MiB (50.0 MiB -&#62; 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB</summary>\n"
	      "\n"
	      "- rule: growth of retained of path:app.CACHE: at most 5% and 2.0 MiB, here 2.5 MiB\n"
	      "- path: `app.CACHE`\n"
	      "- new types: 900 app.Entry (3.0 MiB), grown dict (1.0 MiB)\n"
	      "\n"
	      "```sh\n"
	      "heapdiff diff --match address a.snap b.snap --by path\n"
	      "```\n"
	      "\n"
	      "</details>\n");
}

HEAP_TEST(markdown, says_first_what_a_snapshot_lacks)
{
	check("partial",
	      "⚠️ b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\n"
	      "\n"
	      "**1 of 3 rules is violated: app.CACHE&#91;&#42;&#93; grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB**\n"
	      "\n"
	      "snapshot b.snap\n"
	      "\n"
	      "| rule | limit | measured | verdict |\n"
	      "|:---|---:|---:|:---|\n"
	      "| `--max-retained app\\.Session` | 50.0 MiB | 12.0 MiB | ✅ passed |\n"
	      "| `--no-new-cycles` | none | -2 cycles | ✅ passed |\n"
	      "| `--monotonic` |  |  | ❌ **violated** |\n"
	      "\n"
	      "<details>\n"
	      "<summary>--monotonic is violated: app.CACHE&#91;&#42;&#93; grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB</summary>\n"
	      "\n"
	      "\n"
	      "</details>\n");
}

HEAP_TEST(markdown, tells_findings_one_by_one)
{
	check("learned",
	      "**2 of 2 rules are violated: app.CACHE&#91;&#42;&#93; is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB); what the heap retains grew by 10.0 MiB (100.0 MiB -&#62; 110.0 MiB), beyond 8 baselines**\n"
	      "\n"
	      "snapshot b.snap, compared with base.json, learned from 8 runs\n"
	      "\n"
	      "| rule | limit | measured | verdict |\n"
	      "|:---|---:|---:|:---|\n"
	      "| `baseline` |  |  | ❌ **violated** |\n"
	      "| `--max-growth` | 0 B | +10.0 MiB | ❌ **violated** |\n"
	      "\n"
	      "<details>\n"
	      "<summary>baseline is violated in 2 places</summary>\n"
	      "\n"
	      "- note: 7 more are not shown\n"
	      "\n"
	      "**app.CACHE&#91;&#42;&#93; is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB)**\n"
	      "\n"
	      "- path: `app.CACHE[*]`\n"
	      "- types: 2,100 app.Entry (2.0 MiB)\n"
	      "\n"
	      "**app.LOG is 80.0 KiB, 5.0 sigma beyond 8 baselines (8.0 KiB +- 0.1 KiB)**\n"
	      "\n"
	      "- path: `app.LOG`\n"
	      "\n"
	      "</details>\n"
	      "\n"
	      "<details>\n"
	      "<summary>--max-growth is violated: what the heap retains grew by 10.0 MiB (100.0 MiB -&#62; 110.0 MiB), beyond 8 baselines</summary>\n"
	      "\n"
	      "- rule: growth of retained: at most 0 B, here 4.0 MiB\n"
	      "\n"
	      "</details>\n");
}

/* Outside of fences, where nothing acts, no name has a character left that Markdown, HTML or the site would act on. */
HEAP_TEST(markdown, lets_no_name_be_markup)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print("hostile", &text);
	bool fenced = false;
	size_t commands = 0;
	for (const char *line = text_string(&text); *line != '\0'; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");
		if (strncmp(line, "```", 3) == 0) {
			fenced = !fenced;
			commands += fenced;
			continue;
		}
		for (const char *at = line; !fenced && at < line + length; at++) {
			cr_assert(*at != '`' && *at != '\\' && *at != '$' && *at != '[' && *at != '_' && *at != '~',
				  "%.*s", (int)length, line);
			cr_assert(*at != '@' || strncmp(at, "@&#8203;", 8) == 0);
			cr_assert(strncmp(at, "#5", 2) != 0 && strncmp(at, "://", 3) != 0 &&
				  strncmp(at, "www.", 4) != 0);
			cr_assert(strncmp(at, "<b>", 3) != 0 && strncmp(at, "<!--", 4) != 0);
		}
	}
	cr_assert(!fenced && commands == 4);
}

HEAP_TEST(markdown, fences_a_command_that_has_a_fence)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	text_init(&text);
	cr_assert(help_outcomes("shop", &outcomes));
	outcomes.items.items[0].findings.items[0].command = "heapdiff ```` '` x'";
	outcomes.items.items[0].findings.items[0].path = "app.` |";
	assert_ok(markdown_print(&outcomes, SIZE_BINARY, &text));
	cr_assert(strstr(text_string(&text), "\n`````sh\nheapdiff ```` '` x'\n`````\n") != NULL);
	cr_assert(strstr(text_string(&text), "- path: <code>app.&#96; &#124;</code>\n") != NULL);
}
