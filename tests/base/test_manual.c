#include "base/manual.h"

#include "tests/test.h"

#include <argp.h>

static const struct argp_option options[] = {{NULL, 0, NULL, 0, "Output:", 10},
					     {"output", 'o', "OUT", 0, "Write to OUT", 10},
					     {"color", 300, "WHEN", OPTION_ARG_OPTIONAL, "auto or never.", 10},
					     {"secret", 301, NULL, OPTION_HIDDEN, "For the build", 10},
					     {0}};
static const struct argp_option *const tables[] = {options, NULL};
static const struct manual_section no_sections[] = {{0}};

static struct manual manual_of(const char *help)
{
	return (struct manual){.name = "ask-it",
			       .summary = "a tool that asks",
			       .synopsis = "ask-it [OPTION...] FILE -o OUT",
			       .help = help,
			       .options = tables,
			       .sections = no_sections,
			       .see_also = "other(1)"};
}

/* The section's text, without its heading. */
static void expect_section(const struct manual *manual, const char *heading, const char *expected)
{
	AUTO(text) struct text page = {0};
	AUTO(text) struct text wanted = {0};
	manual_add(&page, manual);
	assert_ok(text_error(&page));
	text_printf(&wanted, ".SH %s\n%s", heading, expected);
	const char *found = strstr(text_string(&page), text_string(&wanted));
	cr_assert_not_null(found, "no %s in\n%s", text_string(&wanted), text_string(&page));
	const char *end = found + wanted.length;
	cr_assert(*end == '\0' || strncmp(end, ".SH ", 4) == 0, "more in it: %s", end);
}

HEAP_TEST(manual, begins_with_its_name_and_how_it_is_called)
{
	struct manual manual = manual_of("Asks.\v");
	expect_section(&manual, "NAME", "ask\\-it \\- a tool that asks\n");
	expect_section(&manual, "SYNOPSIS",
		       "\\fBask\\-it\\fR [\\fIOPTION\\fR...] \\fIFILE\\fR \\fB\\-o\\fR \\fIOUT\\fR\n");
	expect_section(&manual, "SEE ALSO", "\\fBother\\fR(1)\n");
}

HEAP_TEST(manual, lists_the_options_of_the_table_but_hidden_ones)
{
	static const struct manual_remark remarks[] = {{"output", "It must not exist."}, {0}};
	struct manual manual = manual_of("Asks.");
	manual.remarks = remarks;
	expect_section(&manual, "OPTIONS",
		       ".SS Output\n"
		       ".TP\n\\fB\\-o\\fR \\fIOUT\\fR, \\fB\\-\\-output\\fR=\\fIOUT\\fR\n"
		       "Write to \\fIOUT\\fR.\nIt must not exist.\n"
		       ".TP\n\\fB\\-\\-color\\fR[=\\fIWHEN\\fR]\nauto or never.\n");
}

HEAP_TEST(manual, takes_examples_and_columns_out_of_the_help_and_leaves_exit_codes_out)
{
	struct manual manual = manual_of("Asks.\vExamples:\n  ask-it '^a\\.' -o .x\n  .y\n\nMore.\n"
					 "Columns: one,\ntwo.\n\nLast.\n\nExit codes: 0 done;\n1 not.");
	expect_section(&manual, "DESCRIPTION", "Asks.\n.PP\nMore.\n.PP\nLast.\n");
	expect_section(&manual, "EXAMPLES", ".EX\n\\&ask\\-it \\(aq\\(haa\\e.\\(aq \\-o .x\n\\&.y\n.EE\n");
	expect_section(&manual, "COLUMNS", "one,\ntwo.\n");
	AUTO(text) struct text page = {0};
	manual_add(&page, &manual);
	cr_assert_null(strstr(text_string(&page), "not."));
}

HEAP_TEST(manual, knows_lists_options_pages_and_values_in_plain_text)
{
	static const struct manual_section sections[] = {{"DETAILS",
							  "By --color=WHEN, -o OUT or --min N; see other(1).\n"
							  ".dot, OUTER and -COLUMN are none, --nor (this).\n\n"
							  "0\tdone\n1\tnot done\n\nAfter.\n\n  as it is\n"},
							 {0}};
	struct manual manual = manual_of("Asks.");
	manual.sections = sections;
	expect_section(
		&manual, "DETAILS",
		"By \\fB\\-\\-color\\fR=\\fIWHEN\\fR, \\fB\\-o\\fR \\fIOUT\\fR or \\fB\\-\\-min\\fR \\fIN\\fR; see "
		"\\fBother\\fR(1).\n"
		"\\&.dot, OUTER and -COLUMN are none, \\fB\\-\\-nor\\fR (this).\n"
		".TP\n\\fB0\\fR\ndone\n.TP\n\\fB1\\fR\nnot done\n"
		".PP\nAfter.\n.PP\n.EX\n\\&as it is\n.EE\n");
}

HEAP_TEST(manual, of_nothing_is_a_page_still)
{
	struct manual manual = manual_of("");
	AUTO(text) struct text page = {0};
	manual_add(&page, &manual);
	cr_assert_null(strstr(text_string(&page), ".SH DESCRIPTION"));
	cr_assert_not_null(strstr(text_string(&page), ".SH OPTIONS"));
}
