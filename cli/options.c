/* What did the user ask for, and what was meant where that is unknown?
 *
 * argp parses and writes the help. Before it, the words are scanned for options that it would only call unrecognized, so that
 * the nearest known one can be said. Values are checked here, at the border.
 */
#include "cli/options.h"

#include "cli/command.h"
#include "cli/option_tables.h"

#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	const struct command *command;
	struct options *options;
	struct error *error; /* the first one */
};

static char *shown(const char *word)
{
	struct text text;
	text_init(&text);
	text_add_escaped(&text, word, strlen(word));
	return text_steal(&text);
}

/* --- unknown options ------------------------------------------------------------------------------------------------ */

/* The long option that `name` is, or the only one that it begins; *matches tells how many it begins. */
static const struct argp_option *find_long(const struct command *command, const char *name, size_t length,
					   unsigned *matches)
{
	const struct argp_option *tables[OPTION_TABLES_MAX], *found = NULL;
	size_t count = options_tables(command, tables);
	*matches = 0;
	for (size_t t = 0; t < count; t++)
		for (const struct argp_option *option = tables[t]; option->name != NULL || option->group != 0;
		     option++) {
			if (option->name == NULL || strncmp(option->name, name, length) != 0)
				continue;
			found = option;
			if (option->name[length] == '\0') {
				*matches = 1;
				return option;
			}
			++*matches;
		}
	return *matches == 1 ? found : NULL;
}

static const struct argp_option *find_short(const struct command *command, char letter)
{
	const struct argp_option *tables[OPTION_TABLES_MAX];
	size_t count = options_tables(command, tables);
	for (size_t t = 0; t < count; t++)
		for (const struct argp_option *option = tables[t]; option->name != NULL || option->group != 0; option++)
			if (option->name != NULL && option->key == letter)
				return option;
	return NULL;
}

static struct error *unknown_option(const struct command *command, const char *word, size_t length)
{
	const struct argp_option *tables[OPTION_TABLES_MAX];
	const char *names[96];
	size_t count = options_tables(command, tables), known = 0;
	for (size_t t = 0; t < count; t++)
		for (const struct argp_option *option = tables[t]; option->name != NULL || option->group != 0; option++)
			if (option->name != NULL && known < sizeof names / sizeof *names)
				names[known++] = option->name;
	AUTO(string) char *name = strndup(word, length);
	AUTO(string) char *safe = name == NULL ? NULL : shown(name);
	if (safe == NULL)
		return error_memory();
	unsigned matches;
	const struct argp_option *elsewhere = find_long(NULL, name, length, &matches);
	const char *nearest = text_nearest(safe, names, known);
	/* The beginning of another command's option may as well be one of this command's, mistyped. */
	if (elsewhere != NULL && (nearest == NULL || strlen(elsewhere->name) == length))
		return error_create(ERROR_USAGE, "'%s' has no use for '--%s'; 'heapdiff %s --help' lists its options",
				    command->name, elsewhere->name, command->name);
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "unknown option '--%s': did you mean '--%s'?", safe, nearest);
	return error_create(ERROR_USAGE, "unknown option '--%s'; 'heapdiff %s --help' lists them", safe, command->name);
}

/* One word that begins with a dash. *takes_next: its value is the next word. */
static struct error *check_option(const struct command *command, const char *word, bool *takes_next)
{
	*takes_next = false;
	if (word[1] != '-') {
		const struct argp_option *option = find_short(command, word[1]);
		if (option == NULL) {
			AUTO(string) char *safe = shown(word);
			return error_create(ERROR_USAGE, "unknown option '%s'; 'heapdiff %s --help' lists them",
					    safe == NULL ? "" : safe, command->name);
		}
		*takes_next = option->arg != NULL && word[2] == '\0';
		return NULL;
	}
	size_t length = strcspn(word + 2, "=");
	unsigned matches;
	const struct argp_option *option = find_long(command, word + 2, length, &matches);
	if (matches > 1)
		return error_create(ERROR_USAGE, "option '--%.*s' may be several: write more of it", (int)length,
				    word + 2);
	if (option == NULL)
		return unknown_option(command, word + 2, length);
	if (option->arg == NULL && word[2 + length] == '=')
		return error_create(ERROR_USAGE, "option '--%s' takes no value", option->name);
	*takes_next = option->arg != NULL && !(option->flags & OPTION_ARG_OPTIONAL) && word[2 + length] == '\0';
	return NULL;
}

static struct error *check_words(const struct command *command, int count, char **arguments)
{
	for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++) {
		bool takes_next = false;
		if (arguments[i][0] != '-' || arguments[i][1] == '\0')
			continue;
		TRY(check_option(command, arguments[i], &takes_next));
		if (takes_next && ++i == count)
			return error_create(ERROR_USAGE, "option '%s' needs a value", arguments[count - 1]);
	}
	return NULL;
}

int options_first_word(int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		const char *word = arguments[i];
		if (strcmp(word, "--") == 0)
			return 0;
		if (word[0] != '-' || word[1] == '\0')
			return i;
		unsigned matches = 0;
		const struct argp_option *option = word[1] == '-'
							   ? find_long(NULL, word + 2, strlen(word + 2), &matches)
							   : (word[2] == '\0' ? find_short(NULL, word[1]) : NULL);
		if (option != NULL && option->arg != NULL && !(option->flags & OPTION_ARG_OPTIONAL))
			i++;
	}
	return 0;
}

/* --- values --------------------------------------------------------------------------------------------------------- */

static struct error *parse_top(const char *value, uint64_t *top)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(value, &end, 10);
	if (strcmp(value, "all") == 0)
		*top = TOP_ALL;
	else if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number >= TOP_ALL || number == 0)
		return error_create(ERROR_USAGE, "--top takes a number from 1, or all");
	else
		*top = number;
	return NULL;
}

static struct error *parse_min(const char *option, const char *value, uint64_t *min)
{
	if (text_parse_size(value, min))
		return NULL;
	return error_create(ERROR_USAGE, "%s takes a size: 64KiB, 1.5MiB, 4096", option);
}

static struct error *parse_depth(const char *value, uint32_t *depth)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number == 0 || number > UINT32_MAX - 2)
		return error_create(ERROR_USAGE, "--depth takes a number from 1");
	*depth = (uint32_t)number;
	return NULL;
}

static struct error *parse_by(const char *value, enum groups_by *by)
{
	for (int i = 0; i < GROUPS_BY_COUNT; i++) {
		if (strcmp(value, groups_by_name((enum groups_by)i)) == 0) {
			*by = (enum groups_by)i;
			return NULL;
		}
	}
	return error_create(ERROR_USAGE, "--by takes type, module, package, generation, owner or site; of two snapshots, path too");
}

static struct error *parse_max_steps(const char *value, uint64_t *steps)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number == 0)
		return error_create(ERROR_USAGE, "--max-steps takes a number from 1");
	*steps = number;
	return NULL;
}

static struct error *add_parameter(const char *value, struct options *options)
{
	if (options->parameter_count == PARAMETERS_MOST)
		return error_create(ERROR_USAGE, "--param is given more than %u times", PARAMETERS_MOST);
	options->parameters[options->parameter_count++] = value;
	return NULL;
}

static struct error *parse_colour(const char *value, enum colour_choice *colour)
{
	static const char *const names[] =
		{[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};
	if (value == NULL) {
		*colour = COLOUR_ALWAYS;
		return NULL;
	}
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, names[i]) == 0) {
			*colour = (enum colour_choice)i;
			return NULL;
		}
	}
	return error_create(ERROR_USAGE, "--color takes auto, always or never");
}

static struct error *parse_match(const char *value, const char **match)
{
	if (strcmp(value, "address") != 0 && strcmp(value, "path") != 0)
		return error_create(ERROR_USAGE, "--match takes address or path");
	*match = value;
	return NULL;
}

static struct error *choose_format(enum output_format format, struct options *options)
{
	if (options->format != FORMAT_TEXT && options->format != format)
		return error_create(ERROR_USAGE, "--json or --csv, not both");
	options->format = format;
	return NULL;
}

static struct error *add_file(const struct command *command, char *file, struct options *options)
{
	if (options->file_count < command->files_most) {
		options->files[options->file_count++] = file;
		return NULL;
	}
	if (command->object != OBJECT_NONE && options->object == NULL) {
		options->object = file;
		return NULL;
	}
	AUTO(string) char *safe = shown(file);
	if (command->object != OBJECT_NONE)
		return error_create(ERROR_USAGE, "'%s' is one word too many: heapdiff %s %s", safe == NULL ? "" : safe,
				    command->name, command->files);
	return error_create(ERROR_USAGE, "'%s' is one file too many: heapdiff %s %s", safe == NULL ? "" : safe,
			    command->name, command->files);
}

static struct error *check_files(const struct command *command, const struct options *options)
{
	/* An unquoted #ID is a comment to the shell and never gets here. */
	if (options->file_count >= command->files_least && command->object == OBJECT_REQUIRED && options->object == NULL)
		return error_create(ERROR_USAGE, "which object? heapdiff %s %s, such as 1234, '#1234' (in quotes: # begins a "
						 "comment in a shell) or 0x7f0012345678", command->name, command->files);
	if (options->file_count >= command->files_least)
		return NULL;
	if (command->files_least == 2 && options->file_count == 1)
		return error_create(ERROR_USAGE, "what changed needs two snapshots: heapdiff A B; "
						 "about a single one: heapdiff info, types or verify");
	return error_create(ERROR_USAGE, "which snapshot? heapdiff %s %s", command->name, command->files);
}

/* --- what a key sets ------------------------------------------------------------------------------------------------- */

/* An option that sets one member, by its key. */
struct plain {
	enum { SETS_FLAG, SETS_TEXT, SETS_SIZE } sets;
	size_t offset; /* in struct options, of a bool, a const char * or a uint64_t of bytes */
	const char *name; /* of an option that takes a size, for its error */
};

#define FLAG(key, member) [(key) - KEY_JSON] = {SETS_FLAG, offsetof(struct options, member), #member}
#define TEXT(key, member) [(key) - KEY_JSON] = {SETS_TEXT, offsetof(struct options, member), #member}
#define SIZE(key, member, name) [(key) - KEY_JSON] = {SETS_SIZE, offsetof(struct options, member), name}
static const struct plain plain_options[] = {
	FLAG(KEY_NO_PAGER, no_pager),
	FLAG(KEY_EXIT_CODE, exit_code),
	FLAG(KEY_FORCE, force),
	FLAG(KEY_BY_TYPE, by_type),
	FLAG(KEY_ALL_EDGES, all_edges),
	FLAG(KEY_GARBAGE, garbage),
	FLAG(KEY_MERGED, merged),
	FLAG(KEY_NO_WEAK, no_weak),
	FLAG(KEY_IN, in),
	FLAG(KEY_OUT, out),
	FLAG(KEY_QUICK, quick),
	FLAG(KEY_MODULES, modules),
	FLAG(KEY_DEEP, deep),
	FLAG(KEY_ONLY_GROWTH, only_growth),
	FLAG(KEY_LIST, list),
	FLAG(KEY_EXPLAIN, explain),
	TEXT(KEY_SORT, sort),
	TEXT(KEY_TYPE, type),
	TEXT(KEY_EXCLUDE, exclude),
	TEXT(KEY_MASK, mask),
	TEXT(KEY_SHOW, show),
	TEXT(KEY_NAME, name),
	TEXT(KEY_HELD_BY, held_by),
	TEXT(KEY_HOLDING, holding),
	TEXT(KEY_GENERATION, generation),
	TEXT(KEY_FATE, fate),
	SIZE(KEY_MIN, min, "--min"),
	SIZE(KEY_MIN_DELTA, min_delta, "--min-delta"),
	SIZE(KEY_MAX_MEMORY, max_memory, "--max-memory"),
	SIZE(KEY_MIN_SIZE, min_size, "--min-size"),
	SIZE(KEY_MIN_RETAINED, min_retained, "--min-retained"),
};
#undef FLAG
#undef TEXT
#undef SIZE

/* NULL where the key's value needs a look of its own. */
static const struct plain *find_plain(int key)
{
	if (key < KEY_JSON || (size_t)(key - KEY_JSON) >= sizeof plain_options / sizeof *plain_options)
		return NULL;
	const struct plain *plain = &plain_options[key - KEY_JSON];
	return plain->name == NULL ? NULL : plain;
}

static struct error *set_plain(const struct plain *plain, const char *value, struct options *options)
{
	char *member = (char *)options + plain->offset;
	switch (plain->sets) {
	case SETS_FLAG:
		*(bool *)member = true;
		break;
	case SETS_TEXT:
		*(const char **)member = value;
		break;
	case SETS_SIZE:
		return parse_min(plain->name, value, (uint64_t *)member);
	}
	return NULL;
}

/* Of what has two names, the one given last counts. */
static void choose_retained(bool wanted, struct options *options)
{
	options->retained = wanted;
	options->no_retained = !wanted;
}

static struct error *parse_by_what(const char *value, struct options *options)
{
	options->by_path = strcmp(value, "path") == 0;
	return options->by_path ? NULL : parse_by(value, &options->by);
}

static struct error *take(struct parse *parse, int key, char *value, bool *known)
{
	struct options *options = parse->options;
	*known = true;
	const struct plain *plain = find_plain(key);
	if (plain != NULL)
		return set_plain(plain, value, options);
	switch (key) {
	case KEY_JSON:
		return choose_format(FORMAT_JSON, options);
	case KEY_CSV:
		return choose_format(FORMAT_CSV, options);
	case KEY_TOP:
		return parse_top(value, &options->top);
	case KEY_COLOUR:
		return parse_colour(value, &options->colour);
	case KEY_SI:
	case KEY_BYTES:
		options->unit = key == KEY_SI ? SIZE_SI : SIZE_BYTES;
		return NULL;
	case KEY_DEPTH:
		return parse_depth(value, &options->depth);
	case KEY_BY:
		return parse_by(value, &options->by);
	case KEY_BY_WHAT:
		return parse_by_what(value, options);
	case KEY_RETAINED:
	case KEY_NO_RETAINED:
		choose_retained(key == KEY_RETAINED, options);
		return NULL;
	case KEY_MATCH:
		return parse_match(value, &options->match);
	case KEY_PARAM:
		return add_parameter(value, options);
	case KEY_MAX_STEPS:
		return parse_max_steps(value, &options->max_steps);
	case 'o':
		options->output = value;
		return NULL;
	case 'f':
		options->query_file = value;
		return NULL;
	case ARGP_KEY_ARG:
		return add_file(parse->command, value, options);
	case ARGP_KEY_END:
		return check_files(parse->command, options);
	default:
		return check_options_take(&options->check, key, value, known);
	}
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct parse *parse = state->input;
	bool known;
	if (key == 'h')
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP); /* exits */
	struct error *error = take(parse, key, value, &known);
	if (!known)
		return ARGP_ERR_UNKNOWN;
	/* argp goes on telling of its own end after the first error. */
	if (parse->error == NULL)
		parse->error = error;
	else
		error_destroy(error);
	return error == NULL ? 0 : EINVAL;
}

#define OPTIONS_MOST 96u

/* The command's options as one table, ended as argp wants it. */
static void collect_options(const struct command *command, struct argp_option all[OPTIONS_MOST])
{
	const struct argp_option *tables[OPTION_TABLES_MAX];
	size_t table_count = options_tables(command, tables), next = 0;
	for (size_t t = 0; t < table_count; t++)
		for (const struct argp_option *o = tables[t]; o->name != NULL || o->group != 0; o++)
			if (next + 1 < OPTIONS_MOST)
				all[next++] = *o;
}

void options_help(const struct command *command)
{
	struct argp_option all[OPTIONS_MOST] = {0};
	collect_options(command, all);
	struct argp argp = {.options = all, .args_doc = command->files, .doc = command->help};
	char name[64];
	snprintf(name, sizeof name, "heapdiff %s", command->name);
	argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~(ARGP_HELP_EXIT_OK | ARGP_HELP_EXIT_ERR), name);
}

struct error *options_parse(const struct command *command, int count, char **arguments, struct options *options)
{
	TRY(check_words(command, count, arguments));
	*options = (struct options){.top = TOP_UNSET};
	struct argp_option all[OPTIONS_MOST] = {0};
	collect_options(command, all);
	struct argp argp = {.options = all, .parser = parse_option, .args_doc = command->files, .doc = command->help};
	struct parse parse = {.command = command, .options = options};
	char name[64];
	snprintf(name, sizeof name, "heapdiff %s", command->name);
	char *program = arguments[0];
	arguments[0] = name;
	error_t failed = argp_parse(&argp, count, arguments, ARGP_NO_HELP, NULL, &parse);
	arguments[0] = program;
	if (parse.error == NULL && failed != 0)
		return error_create(ERROR_USAGE, "the options can't be understood; see: heapdiff %s --help",
				    command->name);
	return parse.error;
}
