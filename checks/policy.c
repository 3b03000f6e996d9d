/* Which rules does a policy's file have, and where is it wrong?
 *
 * libinih splits lines into names and values. It is lenient where a gate must not be: it cuts long lines and names, joins sections
 * of one name, passes over what follows a `]`, and takes an indented line for a part of the value before it. So it gets its lines from
 * line_next, which counts them and refuses what it would bend; a section's values are gathered and made a rule when the section ends.
 * The first thing that is wrong ends it. Its settings are left alone: they are global, and not every build has them.
 * O(bytes of the file), and what rules_add takes.
 */
#include "checks/policy.h"

#include "base/match.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_MOST ((size_t)256 << 10) /* bytes of a file */
#define SECTION_MOST 49                 /* bytes of a section's name: libinih cuts it there */
#define SIGMAS_MOST 1000

enum policy_key {
#define POLICY_KEY(id, name, general, join) KEY_##id,
#include "checks/policy_key.def"
#undef POLICY_KEY
	KEY_COUNT /* none */
};

static const struct {
	const char *name;
	bool general;
	const char *join;
} keys[] = {
#define POLICY_KEY(id, name, general, join) {name, general, join},
#include "checks/policy_key.def"
#undef POLICY_KEY
};

struct policy_file { /* while it is read */
	const char *path, *today;
	const char *at, *end;                /* what is left */
	unsigned line;                       /* of the one that libinih has now, from 1 */
	bool indented;                       /* that line begins with a blank */
	bool begun;                          /* a section's line was read, but none of its keys */
	unsigned section_line, general_line; /* 0: there was none */
	enum policy_key last;                /* of which a line was read last in this section */
	struct text section;
	struct {
		struct text value;
		unsigned line; /* 0: not given */
	} given[KEY_COUNT];
	struct rules *rules;
	struct policy policy;
	struct error *error;
	unsigned error_line;
};

static void policy_file_deinit(struct policy_file *file)
{
	text_deinit(&file->section);
	for (size_t i = 0; i < KEY_COUNT; i++)
		text_deinit(&file->given[i].value);
	error_destroy(file->error);
}
DEFINE_AUTO_VALUE(policy_file, struct policy_file, policy_file_deinit);

/* What is wrong, with its place: `memory.ini:12: [cache]: ...`. Consumed; NULL is fine. */
static struct error *place(const struct policy_file *file, unsigned line, struct error *error)
{
	if (file->section.length == 0)
		return error_prefix(error, "%s:%u", file->path, line);
	return error_prefix(error, "%s:%u: [%s]", file->path, line, text_string(&file->section));
}

PRINTF(3, 4) static struct error *wrong(const struct policy_file *file, unsigned line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	AUTO(string) char *message = NULL;
	int length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0) {
		message = NULL;
		return error_memory();
	}
	return place(file, line, error_create(ERROR_USAGE, "%s", message));
}

/* --- a section's end ------------------------------------------------------------------------------------------------ */

static bool is_given(const struct policy_file *file, enum policy_key key)
{
	return file->given[key].line != 0;
}

/* NULL where it was not given. */
static const char *value_of(const struct policy_file *file, enum policy_key key)
{
	return is_given(file, key) ? text_string(&file->given[key].value) : NULL;
}

static struct error *read_word(const char *value, const char *no, const char *yes, bool *result)
{
	if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
		return error_create(ERROR_USAGE, "'%s' is neither '%s' nor '%s'", value, yes, no);
	*result = strcmp(value, yes) == 0;
	return NULL;
}

/* One of two words; *result is left alone where the key was not given. */
static struct error *key_word(const struct policy_file *file, enum policy_key key, const char *no, const char *yes,
			      bool *result)
{
	if (!is_given(file, key))
		return NULL;
	return place(file, file->given[key].line,
		     error_prefix(read_word(value_of(file, key), no, yes, result), "%s", keys[key].name));
}

/* A pattern that is kept, of [policy]. */
static struct error *key_pattern(const struct policy_file *file, enum policy_key key, const char **result)
{
	AUTO(match) struct match *match = NULL;
	if (!is_given(file, key))
		return NULL;
	TRY(place(file, file->given[key].line, match_create(value_of(file, key), MATCH_SEARCH, &match)));
	*result = arena_copy(&file->rules->arena, value_of(file, key), file->given[key].value.length);
	return *result != NULL ? NULL : error_memory();
}

static struct error *read_sigmas(const char *value, double *result)
{
	char *end;
	double sigmas = value[0] >= '0' && value[0] <= '9' ? strtod(value, &end) : 0;
	if (!(sigmas > 0 && sigmas <= SIGMAS_MOST) || *end != '\0' || strpbrk(value, "xX") != NULL)
		return error_create(ERROR_USAGE, "sigmas: '%s' is no number above 0 and up to %d, such as 3 or 2.5",
				    value, SIGMAS_MOST);
	*result = sigmas;
	return NULL;
}

static struct error *read_least(const char *value, uint64_t *result)
{
	uint64_t least = 0;
	if (!text_parse_size(value, &least) || least == 0)
		return error_create(ERROR_USAGE, "least: '%s' is no size of a byte or more, such as 4 KiB", value);
	*result = least;
	return NULL;
}

static struct error *general_end(struct policy_file *file)
{
	struct policy *policy = &file->policy;
	file->general_line = file->section_line;
	bool path = false;
	TRY(key_word(file, KEY_ALLOW_PARTIAL, "no", "yes", &policy->allow_partial));
	TRY(key_word(file, KEY_MATCH, "address", "path", &path));
	if (is_given(file, KEY_MATCH))
		policy->match = path ? "path" : "address";
	TRY(key_pattern(file, KEY_MASK, &policy->mask));
	if (is_given(file, KEY_SIGMAS))
		TRY(place(file, file->given[KEY_SIGMAS].line,
			  read_sigmas(value_of(file, KEY_SIGMAS), &policy->sigmas)));
	if (is_given(file, KEY_LEAST))
		TRY(place(file, file->given[KEY_LEAST].line, read_least(value_of(file, KEY_LEAST), &policy->least)));
	return NULL;
}

/* What the rule is about: one of four keys, or none of them. */
static struct error *rule_subject(const struct policy_file *file, struct rule *rule)
{
	static const struct {
		enum policy_key key;
		enum subject_kind kind;
	} kinds[] = {{KEY_TYPE, SUBJECT_TYPE},
		     {KEY_MODULE, SUBJECT_MODULE},
		     {KEY_PATH, SUBJECT_PATH},
		     {KEY_QUERY, SUBJECT_QUERY}};
	enum policy_key first = KEY_COUNT;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		enum policy_key key = kinds[i].key;
		if (!is_given(file, key))
			continue;
		if (first != KEY_COUNT)
			return wrong(file, file->given[key].line,
				     "a rule is about one thing, and line %u has '%s' already: make two rules",
				     file->given[first].line, keys[first].name);
		first = key;
		rule->subject = (struct subject){kinds[i].kind, value_of(file, key)};
		rule->subject_line = file->given[key].line;
	}
	return NULL;
}

static struct error *rule_limit(const struct policy_file *file, struct rule *rule)
{
	if (!is_given(file, KEY_METRIC))
		return wrong(file, rule->line, "there is no metric: add 'metric = retained', or another");
	TRY(place(file, file->given[KEY_METRIC].line,
		  metric_parse(value_of(file, KEY_METRIC), &rule->metric, &rule->growth)));
	if (!is_given(file, KEY_LIMIT))
		return wrong(file, rule->line, "there is no limit: add 'limit = ...', 0 for none at all");
	rule->limit_line = file->given[KEY_LIMIT].line;
	return place(file, rule->limit_line,
		     limit_parse(value_of(file, KEY_LIMIT), metric_facts(rule->metric)->unit, &rule->limit));
}

static struct error *rule_end(struct policy_file *file)
{
	struct rule rule = {.name = text_string(&file->section),
			    .except = value_of(file, KEY_EXCEPT),
			    .reason = value_of(file, KEY_REASON),
			    .owner = value_of(file, KEY_OWNER),
			    .expires = value_of(file, KEY_EXPIRES),
			    .file = file->path,
			    .line = file->section_line,
			    .except_line = file->given[KEY_EXCEPT].line,
			    .expires_line = file->given[KEY_EXPIRES].line};
	bool warning = false;
	TRY(rule_limit(file, &rule));
	TRY(rule_subject(file, &rule));
	TRY(key_word(file, KEY_SEVERITY, "error", "warning", &warning));
	TRY(key_word(file, KEY_OPTIONAL, "no", "yes", &rule.optional));
	rule.severity = warning ? SEVERITY_WARNING : SEVERITY_ERROR;
	return rules_add(file->rules, &rule, file->today);
}

/* All of a section was read, if there was one. */
static struct error *section_end(struct policy_file *file)
{
	if (file->section_line == 0)
		return NULL;
	if (file->begun)
		return wrong(file, file->section_line,
			     "a section without keys: add a metric and a limit, "
			     "or remove it");
	for (size_t i = 0; i < KEY_COUNT; i++) {
		TRY(text_error(&file->given[i].value));
		if (is_given(file, i) && file->given[i].value.length == 0)
			return wrong(file, file->given[i].line, "'%s' is empty: give it a value, or remove it",
				     keys[i].name);
	}
	return strcmp(text_string(&file->section), "policy") == 0 ? general_end(file) : rule_end(file);
}

/* --- lines, before libinih sees them -------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* `line` without the blanks at its end. */
static void cut_blanks(char *line)
{
	size_t length = strlen(line);
	while (length > 0 && is_blank(line[length - 1]))
		line[--length] = '\0';
}

/* Nothing in it that can't be seen, but tabs: what a reviewer reads is what is checked. */
static struct error *line_check(const char *line, size_t length)
{
	AUTO(text) struct text plain, escaped;
	text_init(&plain);
	text_init(&escaped);
	for (size_t i = 0; i < length; i++)
		text_add_char(&plain, line[i] == '\t' ? ' ' : line[i]);
	text_add_escaped(&escaped, text_string(&plain), plain.length);
	TRY(text_error(&escaped));
	if (escaped.length == length)
		return NULL;
	return error_create(
		ERROR_USAGE,
		"bytes that can't be seen or are no UTF-8: %.*s: remove them, or write \\x and their number in a "
		"pattern",
		(int)(escaped.length < 200 ? escaped.length : 200), text_string(&escaped));
}

/* `[NAME]` and nothing else, as libinih will take it. */
static struct error *section_name(struct policy_file *file, const char *line)
{
	const char *end = strchr(line, ']');
	if (end == NULL || end[1] != '\0')
		return wrong(file, file->line,
			     "a section's line is [NAME], with neither [ nor ] in the name and nothing behind it: '%s'",
			     line);
	text_add_bytes(&file->section, line + 1, (size_t)(end - line - 1));
	const char *name = text_string(&file->section);
	if (strchr(name, '[') != NULL || name[0] == '\0' || is_blank(name[0]) || is_blank(end[-1]) ||
	    file->section.length > SECTION_MOST)
		return wrong(file, file->line,
			     "a section's name has 1 to %d bytes, neither [ nor ], and no blanks around it",
			     SECTION_MOST);
	if (strcmp(name, "policy") == 0 && file->general_line != 0)
		return wrong(file, file->line, "line %u begins this section already: put its keys together",
			     file->general_line);
	return text_error(&file->section);
}

static struct error *section_begin(struct policy_file *file, const char *line)
{
	TRY(section_end(file));
	text_deinit(&file->section);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		text_deinit(&file->given[i].value);
		file->given[i].line = 0;
	}
	file->begun = true;
	file->last = KEY_COUNT;
	file->section_line = file->line;
	return section_name(file, line);
}

static enum policy_key key_find(const char *name, size_t length)
{
	enum policy_key key = 0;
	while (key < KEY_COUNT && (strlen(keys[key].name) != length || memcmp(keys[key].name, name, length) != 0))
		key++;
	return key;
}

/* An indented line is a part of the value before it, but where it looks like a line of its own that is a slip. In a query it may well
 * look so, and what is none of it won't parse. */
static struct error *indented_check(const struct policy_file *file, const char *line)
{
	const char *name = line + strspn(line, " \t");
	size_t length = strcspn(name, " \t=:");
	char sign = name[length + strspn(name + length, " \t")];
	bool key = key_find(name, length) != KEY_COUNT && (sign == '=' || sign == ':');
	bool section = name[0] == '[' && strcspn(name, "]") == strlen(name) - 1;
	if (file->last == KEY_QUERY || (keys[file->last].join != NULL && !key && !section))
		return NULL;
	return wrong(file, file->line,
		     "begins with a blank, and so goes on with the value of '%s'%s: remove the "
		     "blank before '%s'",
		     keys[file->last].name, keys[file->last].join == NULL ? ", which has one line" : "", name);
}

/* A comment behind a value begins with ` ;`. libinih cuts it off too, but not everywhere. */
static void cut_comment(char *line)
{
	for (char *at = line; (at = strchr(at, ';')) != NULL; at++) {
		if (at > line && is_blank(at[-1])) {
			*at = '\0';
			return;
		}
	}
}

/* A line as it is in the file, for libinih; what is no comment fits. */
static struct error *line_take(struct policy_file *file, char *line)
{
	char first = line[strspn(line, " \t")];
	file->indented = is_blank(line[0]);
	if (first == '\0' || first == ';' || first == '#') {
		line[0] = '\0';
		return NULL;
	}
	cut_comment(line);
	cut_blanks(line);
	if (file->indented && file->last != KEY_COUNT)
		return indented_check(file, line);
	return first == '[' ? section_begin(file, line + strspn(line, " \t")) : NULL;
}

static struct error *line_copy(struct policy_file *file, char *buffer, size_t room)
{
	const char *end = memchr(file->at, '\n', (size_t)(file->end - file->at));
	const char *line = file->at;
	size_t length = (size_t)((end != NULL ? end : file->end) - line);
	file->at = end != NULL ? end + 1 : file->end;
	file->line++;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	TRY(place(file, file->line, line_check(line, length)));
	size_t indent = 0;
	while (indent < length && is_blank(line[indent]))
		indent++;
	if (indent < length && (line[indent] == ';' || line[indent] == '#'))
		length = indent; /* a comment may be of any length */
	if (length >= room)
		return wrong(file, file->line, "longer than %zu bytes: go on in lines that begin with a blank",
			     room - 1);
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	return line_take(file, buffer);
}

/* An ini_reader, as fgets: NULL ends it. */
static char *line_next(char *buffer, int room, void *context)
{
	struct policy_file *file = context;
	if (file->error != NULL || file->at == file->end || room < 2)
		return NULL;
	file->error = line_copy(file, buffer, (size_t)room);
	file->error_line = file->line;
	return file->error == NULL ? buffer : NULL;
}

/* --- keys, as libinih hands them on --------------------------------------------------------------------------------- */

static struct error *key_unknown(const char *name, bool general)
{
	const char *names[KEY_COUNT];
	size_t count = 0;
	enum policy_key elsewhere = key_find(name, strlen(name));
	if (elsewhere != KEY_COUNT)
		return error_create(ERROR_USAGE,
				    general ? "'%s' is a rule's: give it a section of another name"
					    : "'%s' is of the whole check: put it into [policy]",
				    name);
	AUTO(text) struct text known;
	text_init(&known);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (keys[i].general != general)
			continue;
		text_printf(&known, "%s%s", count > 0 ? ", " : "", keys[i].name);
		names[count++] = keys[i].name;
	}
	const char *nearest = text_nearest(name, names, count);
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "there is no key '%s': did you mean '%s'?", name, nearest);
	return error_create(ERROR_USAGE, "there is no key '%s': there are %s", name, text_string(&known));
}

/* ` #` in a pattern: other readers of INI files take it for a comment, and a pattern with a comment in it finds nothing. */
static struct error *pattern_comment(enum policy_key key, const char *value)
{
	bool pattern = keys[key].join != NULL && keys[key].join[0] == '\0' && key != KEY_PATH;
	if (!pattern || (strstr(value, " #") == NULL && strstr(value, "\t#") == NULL))
		return NULL;
	return error_create(ERROR_USAGE,
			    "'%s' is a pattern, and ' #' in it no comment: begin a comment with ' ;', or write [#]",
			    keys[key].name);
}

static struct error *key_take(struct policy_file *file, const char *name, const char *value)
{
	bool general = strcmp(text_string(&file->section), "policy") == 0;
	if (file->section_line == 0)
		return error_create(ERROR_USAGE, "'%s' stands before any section: begin with a line [NAME]", name);
	bool goes_on = file->indented && file->last != KEY_COUNT;
	enum policy_key key = goes_on ? file->last : key_find(name, strlen(name));
	if (key == KEY_COUNT || keys[key].general != general)
		return key_unknown(name, general);
	if (!goes_on && is_given(file, key))
		return error_create(ERROR_USAGE, "'%s' is given twice: line %u has it already", name,
				    file->given[key].line);
	TRY(pattern_comment(key, value));
	if (!goes_on)
		file->given[key].line = file->line;
	else if (file->given[key].value.length > 0)
		text_add(&file->given[key].value, keys[key].join);
	text_add(&file->given[key].value, value);
	file->begun = false;
	file->last = key;
	return NULL;
}

/* An ini_handler: 0 where it is wrong. Its section is known already. */
static int key_next(void *context, const char *section, const char *name, const char *value)
{
	struct policy_file *file = context;
	(void)section;
	if (file->error != NULL)
		return 0;
	file->error = place(file, file->line, key_take(file, name, value != NULL ? value : ""));
	file->error_line = file->line;
	return file->error == NULL;
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static struct error *policy_run(struct policy_file *file)
{
	int wrong = ini_parse_stream(line_next, file, key_next, file);
	if (wrong > 0 && (file->error == NULL || (unsigned)wrong < file->error_line))
		return error_create(ERROR_USAGE,
				    "%s:%d: neither '[section]' nor 'key = value': begin a comment with ; or #",
				    file->path, wrong);
	if (file->error != NULL)
		return steal(&file->error);
	if (wrong < 0)
		return error_memory();
	return section_end(file);
}

struct error *policy_parse(const char *text, size_t length, const char *path, const char *today, struct rules *rules,
			   struct policy *result)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 so */
	size_t count = rules->items.count;
	if (length > POLICY_MOST)
		return error_create(ERROR_USAGE, "%s: more than 256 KiB, which no policy should have: divide it", path);
	AUTO(policy_file) struct policy_file file = {.path = path, .today = today, .rules = rules, .last = KEY_COUNT};
	size_t skip = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
	file.at = text + skip;
	file.end = text + length;
	struct error *error = policy_run(&file);
	if (error != NULL) {
		rules->items.count = count;
		return error;
	}
	*result = file.policy;
	return NULL;
}

static void close_file(FILE *file)
{
	if (file != NULL)
		fclose(file);
}
DEFINE_AUTO(file, FILE *, close_file);

struct error *policy_read(const char *path, const char *today, struct rules *rules, struct policy *result)
{
	AUTO(file) FILE *file = fopen(path, "re");
	if (file == NULL)
		return error_create_errno(ERROR_INPUT, errno, "can't read the policy %s", path);
	AUTO(free) void *memory = malloc(POLICY_MOST + 1);
	if (memory == NULL)
		return error_memory();
	size_t length = fread(memory, 1, POLICY_MOST + 1, file);
	if (ferror(file))
		return error_create_errno(ERROR_INPUT, errno, "can't read the policy %s", path);
	return policy_parse(memory, length, path, today, rules, result);
}
