#include "analyzer/why.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

#define TOP "meta pid 1\nmeta process_hash aa\ntype app.S flags=0x200\n"

struct asked {
	struct loaded a, b;
	struct diff diff;
	struct report report;
};

static void ask(struct asked *asked, const char *first, const char *second, const char *type)
{
	*asked = (struct asked){0};
	help_load(&asked->a, first);
	help_load(&asked->b, second);
	struct diff_request request = {.same_process = true, .least = 1, .places = 8};
	assert_ok(diff_create(asked->a.reader, asked->b.reader, &request, NULL, &asked->diff));
	bool selected[8] = {false};
	selected[help_label(&asked->diff.names, type)] = true;
	report_init(&asked->report, "why", SIZE_BINARY);
	struct why_request why = {.selected = selected, .rows = 20};
	assert_ok(why_report(&asked->report, &asked->diff, &why));
}

static void asked_deinit(struct asked *asked)
{
	report_deinit(&asked->report);
	diff_deinit(&asked->diff);
	help_loaded_deinit(&asked->b);
	help_loaded_deinit(&asked->a);
}
DEFINE_AUTO_VALUE(asked, struct asked, asked_deinit);

/* Two new sessions, one in a box that is new itself, below a dict that was there; one was there before. */
HEAP_TEST(why, finds_the_owner_that_was_there_before)
{
	AUTO(asked) struct asked asked;
	ask(&asked,
	    TOP
	    "object 0x10 dict\nobject 0x20 dict\nobject 0x30 app.S size=50\nedge 0x10 0x20 ['cache']\nedge 0x20 0x30 [k]\n"
	    "root modules m 0x10\n",
	    TOP
	    "object 0x10 dict\nobject 0x20 dict\nobject 0x30 app.S size=50\nobject 0x40 app.S size=60\nobject 0x50 list\n"
	    "object 0x60 app.S size=70\nedge 0x10 0x20 ['cache']\nedge 0x20 0x30 [k]\nedge 0x20 0x40 [k]\nedge 0x20 0x50 [k]\n"
	    "edge 0x50 0x60 [i]\nroot modules m 0x10\n",
	    "app.S");
	cr_assert_str_eq(asked.report.verdict, "2 are new (130 B), 1 was there before: all new ones hang from cache");
	const struct section *places = report_find(&asked.report, "places"), *rows = report_find(&asked.report, "rows");
	cr_assert_eq(places->rows.count, 1);
	cr_assert_eq(places->rows.items[0].cells[1].number, 2);
	cr_assert_eq(rows->rows.count, 3);
	size_t there = rows->fields.count - 1;
	cr_assert_str_eq(rows->rows.items[0].cells[0].text, "cache");
	cr_assert_str_eq(rows->rows.items[0].cells[there].text, "yes");
	cr_assert_str_eq(rows->rows.items[1].cells[there].text, "no");
	cr_assert_str_eq(rows->rows.items[2].cells[there].text, "no");
	cr_assert_eq(rows->rows.items[1].parent, 0);
}

HEAP_TEST(why, tells_apart_what_no_place_holds_alone)
{
	AUTO(asked) struct asked asked;
	ask(&asked, TOP "object 0x10 list\nobject 0x20 list\nroot modules m 0x10\nroot interpreter i 0x20\n",
	    TOP
	    "object 0x10 list\nobject 0x20 list\nobject 0x40 app.S ref=3\nobject 0x50 app.S ref=1 gen=0 flags=gc\nobject 0x60 app.S ref=1\n"
	    "edge 0x10 0x40 [i]\nedge 0x20 0x40 [i]\nedge 0x50 0x50 .x\nroot modules m 0x10\nroot interpreter i 0x20\n",
	    "app.S");
	const struct section *places = report_find(&asked.report, "places");
	cr_assert_eq(places->rows.count, 3);
	cr_assert_str_eq(places->rows.items[0].cells[0].text, "several places at once");
	cr_assert_str_eq(places->rows.items[1].cells[0].text, "C code");
	cr_assert_str_eq(places->rows.items[2].cells[0].text, "nothing, as garbage");
}

HEAP_TEST(why, says_that_none_is_new)
{
	AUTO(asked) struct asked asked;
	ask(&asked, TOP "object 0x10 app.S\nroot modules m 0x10\n", TOP "object 0x10 app.S\nroot modules m 0x10\n",
	    "app.S");
	cr_assert_str_eq(asked.report.verdict, "0 are new (0 B), 1 was there before");
	cr_assert_null(report_find(&asked.report, "rows"));
}
