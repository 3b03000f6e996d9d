/* What does heapdiff say of itself?
 *
 * The list of commands is their table's; a command's page is what its --help prints, and what only a page has room for.
 */
#include "cli/pages.h"

#include "base/manual.h"
#include "cli/option_tables.h"

#include <stdio.h>

static const char introduction[] = "Answers, from snapshots that heapdump takes, what a Python program's memory is\n"
				   "and what changed.\n";

static const char common[] = "All commands take --json, --csv, --color=WHEN, --si, --bytes and --no-pager,\n"
			     "those with a table --top N, and most --sort COLUMN and --type PATTERN.\n"
			     "'heapdiff COMMAND --help' says more, with examples.\n"
			     "'-' is standard input, '--' ends the options.\n";

static const char examples[] = "Examples:\n"
			       "  heapdump 4711 -o before.snap       a snapshot of process 4711\n"
			       "  heapdump 4711 -o after.snap        another one, some minutes later\n"
			       "  heapdiff before.snap after.snap    what grew, and which class owns it\n"
			       "  heapdiff suspects after.snap       where the memory has gathered\n"
			       "  heapdiff types after.snap          what the memory is made of\n"
			       "  heapdiff query --list              questions that others asked before\n"
			       "  heapdiff info after.snap           of which process, when, how complete\n";

static const char exit_codes[] = "Exit codes: 0 done; 1 a check is violated, or there is a difference, with\n"
				 "--exit-code; 2 wrong usage; 3 an input can't be read; 4 a check of one that\n"
				 "lacks something.\n";

static const char status_done[] = "0\tdone.\n";
static const char status_different[] = "1\tthere is a difference, with --exit-code.\n";
static const char status_violated[] = "1\ta rule is violated.\n";
static const char status_partial[] = "4\ta snapshot is partial, and --allow-partial was not given.\n";
static const char status_failed[] =
	"2\twrong usage, a bad pattern, or an output that exists or can't be made under that name.\n"
	"3\tan input can't be read, there is not enough memory for it, or the disk is full.\n";

static const char environment[] =
	"HEAPDIFF_PAGER, PAGER\tthe pager to use on a terminal, the first that is set; empty or cat for none. less "
	"if neither is set.\n"
	"LESS\toptions of less; FRX unless it is set: it ends at once where all fits the screen, and keeps colours.\n"
	"NO_COLOR\tif set and not empty, no colour unless --color asks for it.\n"
	"TERM\tdumb, or not set: neither colour nor pager.\n";

static const char files[] = "Snapshots (.snap) are made by heapdump(1). Nothing is written beside them: there are no "
			    "index files and no configuration.\n";

static const struct manual_remark remarks[] =
	{{"json",
	  "Its \"schema\" says which; sizes are bytes, times nanoseconds, shares from 0 to 1. All rows, unless --top "
	  "is given. Not together with --csv."},
	 {"csv",
	  "With the same names, numbers and rows as --json. A name that a spreadsheet would run as a formula gets an "
	  "apostrophe."},
	 {"color", "To a pipe or a file the same table is printed in full, without colour."},
	 {0}};

static void add_commands(struct text *text, const struct command *const *commands, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char usage[64];
		snprintf(usage, sizeof usage, "%s %s", commands[i]->name, commands[i]->files);
		text_printf(text, "  %-21s %s\n", usage, commands[i]->summary);
	}
}

void pages_add_help(struct text *text, const struct command *const *commands, size_t count)
{
	text_printf(text,
		    "Usage: heapdiff A B                  what changed from snapshot A to snapshot B\n"
		    "       heapdiff COMMAND [OPTION...] FILE...\n\n%s\nCommands:\n",
		    introduction);
	add_commands(text, commands, count);
	text_printf(text, "\n%s\n%s\n%s", common, examples, exit_codes);
}

/* Ends the tables as base/manual.h wants them. */
static void find_tables(const struct command *command, const struct argp_option *tables[OPTION_TABLES_MAX + 1])
{
	tables[options_tables(command, tables)] = NULL;
}

static void add_program_manual(struct text *text, const struct command *const *commands, size_t count)
{
	static const struct command no_command = {.options = OPTIONS_NONE};
	const struct argp_option *tables[OPTION_TABLES_MAX + 1];
	find_tables(&no_command, tables);
	AUTO(text) struct text list = {0};
	AUTO(text) struct text also = {0};
	AUTO(text) struct text help = {0};
	AUTO(text) struct text status = {0};
	for (size_t i = 0; i < count; i++) {
		text_printf(&list, "%s %s\t%s.\n", commands[i]->name, commands[i]->files, commands[i]->summary);
		text_printf(&also, "heapdiff-%s(1), ", commands[i]->name);
	}
	text_add(&also, "heapdump(1)");
	text_printf(&help, "%s\n%s\n%s\n\v%s", introduction, text_string(&list), common, examples);
	text_printf(&status, "%s1\tthere is a difference, with --exit-code, or a check is violated.\n%s4\ta check of a snapshot that is "
			     "partial.\n", status_done, status_failed);
	struct manual_section sections[] = {{"EXIT STATUS", text_string(&status)},
					    {"ENVIRONMENT", environment},
					    {"FILES", files},
					    {0}};
	manual_add(text, &(struct manual){.name = "heapdiff",
					  .summary = "what a Python program's memory is, why it lives, what changed",
					  .synopsis = "heapdiff [OPTION...] A B\nheapdiff COMMAND [OPTION...] FILE...\n"
						      "heapdiff help [COMMAND]\nheapdiff --version",
					  .help = text_string(&help),
					  .options = tables,
					  .remarks = remarks,
					  .sections = sections,
					  .see_also = text_string(&also)});
	text->failed = text->failed || list.failed || also.failed || help.failed || status.failed;
}

void pages_add_manual(struct text *text, const struct command *command, const struct command *const *commands,
		      size_t count)
{
	if (command == NULL) {
		add_program_manual(text, commands, count);
		return;
	}
	const struct argp_option *tables[OPTION_TABLES_MAX + 1];
	find_tables(command, tables);
	AUTO(text) struct text name = {0};
	AUTO(text) struct text synopsis = {0};
	AUTO(text) struct text status = {0};
	text_printf(&name, "heapdiff-%s", command->name);
	text_printf(&synopsis, "heapdiff %s [OPTION...] %s", command->name, command->files);
	bool check = command->options & OPTIONS_CHECK;
	text_add(&status, status_done);
	if (command->options & OPTIONS_EXIT_CODE)
		text_add(&status, status_different);
	text_printf(&status, "%s%s%s", check ? status_violated : "", status_failed, check ? status_partial : "");
	struct manual_section sections[] = {{"DETAILS", command->details != NULL ? command->details : ""},
					    {"EXIT STATUS", text_string(&status)},
					    {0}};
	manual_add(text, &(struct manual){.name = text_string(&name),
					  .summary = command->summary,
					  .synopsis = text_string(&synopsis),
					  .help = command->help,
					  .options = tables,
					  .remarks = remarks,
					  .sections = sections,
					  .see_also = "heapdiff(1), heapdump(1)"});
	text->failed = text->failed || name.failed || synopsis.failed || status.failed;
}
