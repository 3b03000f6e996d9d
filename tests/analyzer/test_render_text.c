#include "analyzer/render.h"

#include "tests/analyzer/help_report.h"
#include "tests/test.h"

#include <locale.h>

static const char *const names[] = {"plum", "a.package.with.a.long.name.Apple", "\033[31mfig"};

static void fill(struct report *report)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(report, "test", SIZE_BINARY);
	AUTO(text) struct text verdict = {0};
	text_init(&verdict);
	text_add(&verdict, "three fruits");
	report_set_verdict(report, &verdict);
	report_remark(report, REMARK_NOTE, "fruit is good");
	report_remark(report, REMARK_WARNING, "wash it");
	struct section *facts = report_section(report, "bowl", "bowl");
	section_fact(report, facts, "owner", "whose", VALUE_TEXT, report_string(report, "mine"));
	section_fact(report, facts, "secret", NULL, VALUE_NUMBER, cell_number(1));
	section_fact(report, facts, "age", "its age", VALUE_DURATION, (struct cell){.present = false});
	struct section *table = help_table(report, names, 3);
	struct cell *total = section_total(report, table);
	row_set(total, 0, report_string(report, "3 fruits"));
	row_set(total, 1, cell_number(6));
}

static void check(unsigned width, bool colour, const char *expected)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	fill(&report);
	text_init(&out);
	struct render_options options = {.unit = SIZE_BINARY, .colour = colour, .width = width};
	assert_ok(render_text(&report, &options, &out));
	cr_assert_str_eq(text_string(&out), expected);
}

HEAP_TEST(render_text, prints_all_in_full_to_a_pipe)
{
	check(0, false,
	      "three fruits\n"
	      "\n"
	      "bowl\n"
	      "whose  mine\n"
	      "\n"
	      "type                              objects  growth  of all\n"
	      "plum                                    1    +1 B   12.5%\n"
	      "a.package.with.a.long.name.Apple        2    -2 B   12.5%\n"
	      "\\x1B[31mfig                             3    +3 B   12.5%\n"
	      "3 fruits                                6\n"
	      "\n"
	      "fruit is good\n"
	      "\n"
	      "warning: wash it\n");
}

/* First the column that matters least goes, then the middle of long names. */
HEAP_TEST(render_text, fits_a_narrow_terminal)
{
	check(46, false,
	      "three fruits\n"
	      "\n"
	      "bowl\n"
	      "whose  mine\n"
	      "\n"
	      "type                           objects  growth\n"
	      "plum                                 1    +1 B\n"
	      "a.package…h.a.long.name.Apple        2    -2 B\n"
	      "\\x1B[31mfig                          3    +3 B\n"
	      "3 fruits                             6\n"
	      "\n"
	      "fruit is good\n"
	      "\n"
	      "warning: wash it\n");
}

HEAP_TEST(render_text, colours_what_grew_and_shrank)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	fill(&report);
	text_init(&out);
	assert_ok(render_text(&report, &(struct render_options){.colour = true}, &out));
	const char *printed = text_string(&out);
	cr_assert_not_null(strstr(printed, "\033[1mthree fruits\033[0m\n"));
	cr_assert_not_null(strstr(printed, "\033[31m  +1 B"));
	cr_assert_not_null(strstr(printed, "\033[32m  -2 B"));
	cr_assert_not_null(strstr(printed, "\033[33mwarning: \033[0mwash it"));
	/* The name's own escape is none. */
	cr_assert_null(strstr(printed, "\033[31mfig"));
}

HEAP_TEST(render_text, says_nothing_of_empty_sections)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	help_table(&report, names, 0);
	section_fact(&report, report_section(&report, "facts", "facts"), "x", NULL, VALUE_COUNT, cell_number(1));
	assert_ok(render_text(&report, &(struct render_options){0}, &out));
	cr_assert_str_eq(text_string(&out), "");
}

/* Sentences are broken at blanks; words that are wider than the screen anywhere, but not within a character. */
HEAP_TEST(render_text, breaks_sentences)
{
	static const struct field fields[] = {{"name", "", VALUE_TEXT, RANK_ALWAYS, false},
					      {"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
					      {"description", "", VALUE_TEXT, RANK_SELDOM, false}};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *table = report_section(&report, "rows", NULL);
	for (size_t i = 0; i < 3; i++)
		section_field(&report, table, &fields[i]);
	struct cell *row = section_row(&report, table);
	row_set(row, 0, report_string(&report, "plum"));
	row_set(row, 1, cell_number(5));
	row_set(row, 2, report_string(&report, "a fruit with one stone, of the rose family"));
	report_remark(&report, REMARK_NOTE, "fruit is good for you as long as it is washed well");
	report_remark(&report, REMARK_WARNING, "of äääääääääääääääääääääääääääääääääääääääääääääääää");
	assert_ok(render_text(&report, &(struct render_options){.width = 40}, &out));
	cr_assert_str_eq(text_string(&out), "      objects\n"
					    "plum        5  a fruit with one stone,\n"
					    "               of the rose family\n"
					    "\n"
					    "fruit is good for you as long as it is\n"
					    "washed well\n"
					    "\n"
					    "warning: of\n"
					    "ääääääääääääääääääääääääääääääääääääääää\n"
					    "äääääääää\n");
}

/* A name with its number is no sentence: it stays on its line, and the number is seen. So does what can't be broken. */
HEAP_TEST(render_text, keeps_names_with_numbers_on_a_line)
{
	static const char *const long_names[] = {"app.models.SessionOfTheUser #7",
						 "app.models.SessionOfTheUser holds 7"};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	help_table(&report, long_names, 2);
	assert_ok(render_text(&report, &(struct render_options){.width = 34}, &out));
	cr_assert_str_eq(text_string(&out), "type                       objects\n"
					    "app.mode…sionOfTheUser #7        1\n"
					    "app.mode…fTheUser holds 7        2\n");
}

/* A place is not cut where a sentence beside it can take another line. */
HEAP_TEST(render_text, gives_room_to_what_a_row_is_of_first)
{
	static const struct field path = {"path", "place", VALUE_TEXT, RANK_ALWAYS, false},
				  came = {"came", "came", VALUE_TEXT, RANK_ALWAYS, false};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *table = report_section(&report, "rows", NULL);
	section_field(&report, table, &path);
	section_field(&report, table, &came);
	struct cell *row = section_row(&report, table);
	row_set(row, 0, report_string(&report, "shop.web.CACHE.sessions.by_name"));
	row_set(row, 1, report_string(&report, "+800 shop.Session, +800 list, +1,600 str"));
	assert_ok(render_text(&report, &(struct render_options){.width = 60}, &out));
	cr_assert_str_eq(text_string(&out), "place                            came\n"
					    "shop.web.CACHE.sessions.by_name  +800 shop.Session,\n"
					    "                                 +800 list, +1,600 str\n");
	/* as long as there is room for a short name beside it */
	text_deinit(&out);
	text_init(&out);
	assert_ok(render_text(&report, &(struct render_options){.width = 50}, &out));
	cr_assert_str_eq(text_string(&out), "place                     came\n"
					    "shop.we…sessions.by_name  +800 shop.Session,\n"
					    "                          +800 list, +1,600 str\n");
}

HEAP_TEST(render_text, breaks_a_verdict)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0}, verdict = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	text_add(&verdict, "what there is to say is longer than a line");
	report_set_verdict(&report, &verdict);
	assert_ok(render_text(&report, &(struct render_options){.width = 24, .colour = true}, &out));
	cr_assert_str_eq(text_string(&out), "\033[1mwhat there is to say is\nlonger than a line\033[0m\n");
}

/* The lines of a tree take columns too: others go sooner. */
HEAP_TEST(render_text, gives_a_tree_room)
{
	static const char *const places[] = {"(everything)", ".cache app.Cache #1", ".entries app.models.Entries #2"};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *table = help_table(&report, places, 3);
	table->tree = true;
	for (size_t i = 1; i < 3; i++)
		table->rows.items[i].parent = i - 1;
	assert_ok(render_text(&report, &(struct render_options){.width = 52}, &out));
	cr_assert_str_eq(text_string(&out), "type                                  objects\n"
					    "(everything)                                1\n"
					    "└─ .cache app.Cache #1                      2\n"
					    "   └─ .entries app.models.Entries #2        3\n");
}

/* Sentence and lines; a number stays with its unit, and with what it is a part of. */
static void check_broken(unsigned width, const char *sentence, const char *expected)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0}, verdict = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	text_add(&verdict, sentence);
	report_set_verdict(&report, &verdict);
	assert_ok(render_text(&report, &(struct render_options){.width = width}, &out));
	cr_assert_str_eq(text_string(&out), expected);
}

HEAP_TEST(render_text, breaks_no_number)
{
	check_broken(24, "what is held: 5,000 of 7,500 new", "what is held:\n5,000 of 7,500 new\n");
	check_broken(24, "those that are held: 5,000 of 7,500", "those that are held:\n5,000 of 7,500\n");
	check_broken(24, "all that there was 1.5 MiB, more", "all that there was\n1.5 MiB, more\n");
	check_broken(24, "all the new ones are 12 of them", "all the new ones are 12\nof them\n");
	check_broken(24, "what came there: +800 app.Session, -3 str", "what came there:\n+800 app.Session, -3 str\n");
	check_broken(24, "from 12 on, of 3-4 sorts and -3 str", "from 12 on, of 3-4 sorts\nand -3 str\n");
	/* where a line has no other blank, better there than in a word */
	check_broken(10, "123,456 of 7,500,000", "123,456 of\n7,500,000\n");
}

/* A narrow terminal breaks what stands above a section, and what is told; a command stays one line, or it could not be copied. */
HEAP_TEST(render_text, breaks_headings_but_no_command)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *facts = report_section(&report, "bowl", "a bowl of fruit that nobody has washed as yet");
	section_fact(&report, facts, "why", "why", VALUE_TEXT, report_string(&report, "nobody had the time to do it today"));
	section_fact(&report, facts, "more", "more", VALUE_COMMAND,
		     report_string(&report, "wash --all plum apple fig banana melon"));
	struct render_options options = {.unit = SIZE_BINARY, .width = 32};
	assert_ok(render_text(&report, &options, &out));
	cr_assert_str_eq(text_string(&out), "a bowl of fruit that nobody has\n"
					    "washed as yet\n"
					    "why   nobody had the time to do\n"
					    "      it today\n"
					    "more  wash --all plum apple fig banana melon\n");
}

/* What is said to people in a heading may be all that there is to say. */
HEAP_TEST(render_text, shows_a_heading_alone)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	report_section(&report, "empty", "nothing to see");
	report_section(&report, "told", "wash your fruit")->for_people = true;
	struct render_options options = {.unit = SIZE_BINARY};
	assert_ok(render_text(&report, &options, &out));
	cr_assert_str_eq(text_string(&out), "wash your fruit\n");
}

/* Amounts of different units stand below one another as numbers do. */
HEAP_TEST(render_text, aligns_amounts_as_numbers)
{
	static const struct field fields[] = {{"name", "name", VALUE_TEXT, RANK_ALWAYS, false},
					      {"amount", "amount", VALUE_AMOUNT, RANK_ALWAYS, false}};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *table = report_section(&report, "rows", NULL);
	section_field(&report, table, &fields[0]);
	section_field(&report, table, &fields[1]);
	for (int i = 0; i < 2; i++) {
		struct cell *row = section_row(&report, table);
		row_set(row, 0, report_string(&report, i == 0 ? "a" : "b"));
		row_set(row, 1, report_string(&report, i == 0 ? "5 figs" : "12.0 MiB"));
	}
	struct render_options options = {.unit = SIZE_BINARY};
	assert_ok(render_text(&report, &options, &out));
	cr_assert_str_eq(text_string(&out), "name    amount\n"
					    "a       5 figs\n"
					    "b     12.0 MiB\n");
}
