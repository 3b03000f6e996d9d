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

static struct error *take(struct parse *parse, int key, char *value, bool *known)
{
	struct options *options = parse->options;
	*known = true;
	switch (key) {
	case KEY_JSON:
		return choose_format(FORMAT_JSON, options);
	case KEY_CSV:
		return choose_format(FORMAT_CSV, options);
	case KEY_TOP:
		return parse_top(value, &options->top);
	case KEY_SORT:
		options->sort = value;
		break;
	case KEY_COLOUR:
		return parse_colour(value, &options->colour);
	case KEY_SI:
		options->unit = SIZE_SI;
		break;
	case KEY_BYTES:
		options->unit = SIZE_BYTES;
		break;
	case KEY_NO_PAGER:
		options->no_pager = true;
		break;
	case KEY_MIN:
		return parse_min("--min", value, &options->min);
	case KEY_DEPTH:
		return parse_depth(value, &options->depth);
	case KEY_ALL_EDGES:
		options->all_edges = true;
		break;
	case KEY_GARBAGE:
		options->garbage = true;
		break;
	case KEY_BY_TYPE:
		options->by_type = true;
		break;
	case KEY_TYPE:
		options->type = value;
		break;
	case KEY_EXIT_CODE:
		options->exit_code = true;
		break;
	case 'o':
		options->output = value;
		break;
	case KEY_FORCE:
		options->force = true;
		break;
	case KEY_MERGED:
		options->merged = true;
		break;
	case KEY_NO_WEAK:
		options->no_weak = true;
		break;
	case KEY_EXCLUDE:
		options->exclude = value;
		break;
	case KEY_IN:
		options->in = true;
		break;
	case KEY_OUT:
		options->out = true;
		break;
	case KEY_BY:
		return parse_by(value, &options->by);
	case KEY_RETAINED:
		options->retained = true;
		options->no_retained = false;
		break;
	case KEY_NO_RETAINED:
		options->no_retained = true;
		options->retained = false;
		break;
	case KEY_DEEP:
		options->deep = true;
		break;
	case KEY_MODULES:
		options->modules = true;
		break;
	case KEY_MATCH:
		return parse_match(value, &options->match);
	case KEY_MASK:
		options->mask = value;
		break;
	case KEY_BY_WHAT:
		options->by_path = strcmp(value, "path") == 0;
		if (options->by_path)
			break;
		return parse_by(value, &options->by);
	case KEY_MIN_DELTA:
		return parse_min("--min-delta", value, &options->min_delta);
	case KEY_ONLY_GROWTH:
		options->only_growth = true;
		break;
	case KEY_QUICK:
		options->quick = true;
		break;
	case 'f':
		options->query_file = value;
		break;
	case KEY_PARAM:
		return add_parameter(value, options);
	case KEY_LIST:
		options->list = true;
		break;
	case KEY_SHOW:
		options->show = value;
		break;
	case KEY_MAX_MEMORY:
		return parse_min("--max-memory", value, &options->max_memory);
	case KEY_MAX_STEPS:
		return parse_max_steps(value, &options->max_steps);
	case KEY_NAME:
		options->name = value;
		break;
	case KEY_MIN_SIZE:
		return parse_min("--min-size", value, &options->min_size);
	case KEY_MIN_RETAINED:
		return parse_min("--min-retained", value, &options->min_retained);
	case KEY_HELD_BY:
		options->held_by = value;
		break;
	case KEY_HOLDING:
		options->holding = value;
		break;
	case KEY_GENERATION:
		options->generation = value;
		break;
	case KEY_FATE:
		options->fate = value;
		break;
	case KEY_EXPLAIN:
		options->explain = true;
		break;
	case ARGP_KEY_ARG:
		return add_file(parse->command, value, options);
	case ARGP_KEY_END:
		return check_files(parse->command, options);
	default:
		return check_options_take(&options->check, key, value, known);
	}
	return NULL;
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
