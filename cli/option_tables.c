/* Which options are there, and which of them has a command? */
#include "cli/option_tables.h"

#include "cli/command.h"

static const struct argp_option format_options[] = {
	{NULL, 0, NULL, 0, "Output:", 10},
	{"json", KEY_JSON, NULL, 0, "Print one JSON document with plain numbers", 10},
	{"csv", KEY_CSV, NULL, 0, "Print the table as CSV with plain numbers", 10},
	{0},
};

static const struct argp_option common_options[] = {
	{"color", KEY_COLOUR, "WHEN", OPTION_ARG_OPTIONAL,
	 "auto (on a terminal, unless NO_COLOR is set), always or never", 10},
	{"si", KEY_SI, NULL, 0, "Sizes in kB and MB, powers of 1000", 10},
	{"bytes", KEY_BYTES, NULL, 0, "Sizes in bytes", 10},
	{"no-pager", KEY_NO_PAGER, NULL, 0, "Don't page what is longer than the screen", 10},
	{0},
};

static const struct argp_option type_options[] =
	{{"type", KEY_TYPE, "PATTERN", 0, "Only types in whose name PATTERN is found (PCRE2; anchor with ^ and $)", 1},
	 {0}};
static const struct argp_option exit_code_options[] = {{"exit-code", KEY_EXIT_CODE, NULL, 0,
							"Exit with 1 where there is a difference", 1},
						       {0}};
static const struct argp_option output_options[] = {{"output", 'o', "OUT", 0, "Write to OUT", 1},
						    {"force", KEY_FORCE, NULL, 0, "Replace OUT if it exists", 1},
						    {0}};

static const struct argp_option table_options[] =
	{{"top", KEY_TOP, "N", 0,
	  "Show the first N rows and add up the others (default: 25, with --json and --csv all; all: every row)", 1},
	 {"sort", KEY_SORT, "COLUMN", 0,
	  "Sort by a column, called as in the table or as in JSON; -COLUMN turns the order round", 1},
	 {0}};

static const struct argp_option min_options[] =
	{{"min", KEY_MIN, "SIZE", 0, "Only what retains SIZE or more: 64KiB, 1.5MiB, 4096", 1}, {0}};

static const struct argp_option tree_options[] =
	{{"depth", KEY_DEPTH, "N", 0, "Levels below the first row (default: 6)", 1},
	 {"by-type", KEY_BY_TYPE, NULL, 0, "Fold the objects of one type, below one row, into one", 1},
	 {0}};

static const struct argp_option cycles_options[] =
	{{"all-edges", KEY_ALL_EDGES, NULL, 0, "References to an object's own type count too", 1},
	 {"garbage", KEY_GARBAGE, NULL, 0, "Only what the next full collection frees", 1},
	 {0}};

static const struct argp_option rows_options[] =
	{{"top", KEY_TOP, "N", 0, "Show the first N and say how many are left; all: every one", 1}, {0}};

static const struct argp_option paths_options[] =
	{{"merged", KEY_MERGED, NULL, 0, "One tree of the paths of all the objects, with their numbers", 1},
	 {"no-weak", KEY_NO_WEAK, NULL, 0, "Not over weak references where no others lead", 1},
	 {"exclude", KEY_EXCLUDE, "PATTERN", 0,
	  "Not over steps whose text, nor to objects in whose type's name, PATTERN is found", 1},
	 {0}};

static const struct argp_option refs_options[] =
	{{"in", KEY_IN, NULL, 0, "Only what refers to it", 1}, {"out", KEY_OUT, NULL, 0, "Only what it refers to", 1}, {0}};

static const struct argp_option groups_options[] =
	{{"by", KEY_BY, "WHAT", 0, "Count objects by type (the default), module, package, generation, owner or site", 1},
	 {"retained", KEY_RETAINED, NULL, 0, "What would go if all of a row went, greatest first", 1},
	 {0}};

static const struct argp_option deep_options[] =
	{{"deep", KEY_DEEP, NULL, 0, "Check what the analyses find, too: fates, reference counts, dominators", 1}, {0}};

static const struct argp_option modules_options[] =
	{{"modules", KEY_MODULES, NULL, 0, "List the modules too: versions, files, build-ids of C extensions", 1}, {0}};
static const struct argp_option match_options[] =
	{{"match", KEY_MATCH, "HOW", 0,
	  "Match objects by address (the default of one process) or by path (of two processes)", 1},
	 {"mask", KEY_MASK, "PATTERN", 0, "By path: names in which PATTERN is found don't count", 1},
	 {0}};

static const struct argp_option diff_options[] =
	{{"by", KEY_BY_WHAT, "WHAT", 0, "Count by type (the default), path, module, package, generation, owner or site",
	  1},
	 {"min-delta", KEY_MIN_DELTA, "SIZE", 0, "Only types that changed, and places that grew, by SIZE or more", 1},
	 {"only-growth", KEY_ONLY_GROWTH, NULL, 0, "Only types that grew", 1},
	 {"retained", KEY_RETAINED, NULL, 0,
	  "By type: what would go if all objects of it went, however long it takes (default: where one pass finds it)",
	  1},
	 {"no-retained", KEY_NO_RETAINED, NULL, 0, "Leave that out", 1},
	 {0}};

static const struct argp_option quick_options[] =
	{{"quick", KEY_QUICK, NULL, 0, "Only what is known without reading the whole snapshot", 1}, {0}};

static const struct argp_option query_options[] =
	{{"file", 'f', "FILE", 0, "Take the query from FILE", 1},
	 {"list", KEY_LIST, NULL, 0, "List the queries that have a name", 1},
	 {"show", KEY_SHOW, "NAME", 0, "Print the text of one of these", 1},
	 {0}};

static const struct argp_option param_options[] =
	{{"param", KEY_PARAM, "NAME=VALUE", 0, "What $NAME stands for in the query: JSON, a size, or a word", 1}, {0}};

static const struct argp_option limits_options[] =
	{{"max-memory", KEY_MAX_MEMORY, "SIZE", 0, "Stop a query that needs more for sorting, grouping and lists (default: 1GiB)", 2},
	 {"max-steps", KEY_MAX_STEPS, "N", 0,
	  "Stop a query whose patterns of variable length look at more edges (default: 1000000000)", 2},
	 {0}};

static const struct argp_option find_options[] =
	{{"name", KEY_NAME, "PATTERN", 0, "Only what a reference leads to in whose name PATTERN is found", 1},
	 {"min-size", KEY_MIN_SIZE, "SIZE", 0, "Only objects whose own size is SIZE or more: 64KiB, 4096", 1},
	 {"min-retained", KEY_MIN_RETAINED, "SIZE", 0, "Only objects that retain SIZE or more", 1},
	 {"held-by", KEY_HELD_BY, "PATTERN", 0,
	  "Only what an object refers to in whose type's name, or a root in whose name, PATTERN is found", 1},
	 {"holding", KEY_HOLDING, "PATTERN", 0, "Only what refers to an object in whose type's name PATTERN is found", 1},
	 {"generation", KEY_GENERATION, "N", 0, "Only objects of a generation: 0, 1, 2, permanent, untracked", 1},
	 {"fate", KEY_FATE, "FATE", 0, "Only what is reachable, held, garbage or stuck", 1},
	 {"explain", KEY_EXPLAIN, NULL, 0, "Print the query that the options become, and run nothing", 1},
	 {0}};

static const struct argp_option help_options[] = {{"help", 'h', NULL, 0, "Print this help", 20}, {0}};

static const struct {
	enum option_group group;
	const struct argp_option *options;
} group_tables[] = {
	{OPTIONS_TYPE, type_options},
	{OPTIONS_EXIT_CODE, exit_code_options},
	{OPTIONS_OUTPUT, output_options},
	{OPTIONS_TABLE, table_options},
	{OPTIONS_MIN, min_options},
	{OPTIONS_TREE, tree_options},
	{OPTIONS_CYCLES, cycles_options},
	{OPTIONS_ROWS, rows_options},
	{OPTIONS_PATHS, paths_options},
	{OPTIONS_REFS, refs_options},
	{OPTIONS_GROUPS, groups_options},
	{OPTIONS_DEEP, deep_options},
	{OPTIONS_QUICK, quick_options},
	{OPTIONS_MODULES, modules_options},
	{OPTIONS_MATCH, match_options},
	{OPTIONS_DIFF, diff_options},
	{OPTIONS_QUERY, query_options},
	{OPTIONS_PARAM, param_options},
	{OPTIONS_LIMITS, limits_options},
	{OPTIONS_FIND, find_options},
	{OPTIONS_CHECK, check_options},
};
#define GROUP_TABLES (sizeof group_tables / sizeof *group_tables)
_Static_assert(GROUP_TABLES + 3 <= OPTION_TABLES_MAX, "and the three that all commands have");

size_t options_tables(const struct command *command, const struct argp_option *tables[OPTION_TABLES_MAX])
{
	unsigned groups = command == NULL ? UINT32_MAX : command->options;
	size_t count = 0;
	for (size_t i = 0; i < GROUP_TABLES; i++)
		if (groups & group_tables[i].group)
			tables[count++] = group_tables[i].options;
	bool files = command != NULL && command->options & OPTIONS_CHECK;
	tables[count++] = files ? check_output_options : format_options;
	tables[count++] = common_options;
	tables[count++] = help_options;
	return count;
}
