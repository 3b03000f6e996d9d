#include "tests/cli/help_script.h"

#include "base/text.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct script {
	const char *folder;   /* where it runs */
	bool markdown, code;  /* within a console block */
	struct text snapshot; /* words of the one that is being defined */
	char *name;           /* its file name, NULL: none */
	bool output;          /* old output follows, to be left out */
	struct text *actual;
};

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static void add_file(struct text *text, const char *folder, const char *name, const char *before)
{
	AUTO(string) char *path = help_path(folder, name);
	size_t size;
	AUTO(free) void *memory = help_file_read(path, &size);
	const char *bytes = memory, *end = bytes + size;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t length = newline == NULL ? (size_t)(end - bytes) : (size_t)(newline - bytes);
		text_add(text, before);
		text_add_bytes(text, bytes, length);
		text_add_char(text, '\n');
		bytes += length + (newline != NULL);
	}
	unlink(path);
}

static void run_command(struct script *script, const char *command)
{
	AUTO(text) struct text line = {0};
	text_init(&line);
	text_printf(&line, "cd '%s' && (%s) > stdout 2> stderr < /dev/null", script->folder, command);
	int status = system(text_string(&line));
	cr_assert(WIFEXITED(status), "%s: ended by a signal", command);
	add_file(script->actual, script->folder, "stdout", "");
	add_file(script->actual, script->folder, "stderr", "! ");
	if (WEXITSTATUS(status) != 0)
		text_printf(script->actual, "? %d\n", WEXITSTATUS(status));
}

static void finish_snapshot(struct script *script)
{
	if (script->name == NULL)
		return;
	AUTO(string) char *path = help_path(script->folder, script->name);
	assert_ok(help_snapshot_write(path, text_string(&script->snapshot)));
	text_deinit(&script->snapshot);
	free(steal(&script->name));
}

static void copy_line(struct script *script, const char *line)
{
	text_add(script->actual, line);
	text_add_char(script->actual, '\n');
}

static void run_line(struct script *script, const char *line)
{
	if (script->markdown && begins(line, "```"))
		script->code = script->output = begins(line, "```console");
	if (script->markdown && (!script->code || begins(line, "```"))) {
		copy_line(script, line);
		return;
	}
	if (begins(line, "--- ") || begins(line, "$ ")) {
		finish_snapshot(script);
		copy_line(script, line);
		script->output = begins(line, "$ ");
		if (script->output)
			run_command(script, line + 2);
		else
			script->name = strdup(line + 4);
		return;
	}
	if (script->name != NULL) {
		text_add(&script->snapshot, line);
		text_add_char(&script->snapshot, '\n');
	}
	if (!script->output)
		copy_line(script, line);
}

static void run_script(struct script *script, char *text)
{
	for (char *line = text, *end; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		run_line(script, line);
	}
	finish_snapshot(script);
	text_deinit(&script->snapshot);
}

void help_program_path(void)
{
	AUTO(text) struct text path = {0};
	char program[PATH_MAX];
	const char *given = getenv("HEAPDIFF"), *out = getenv("OUT");
	text_init(&path);
	if (given != NULL)
		text_add(&path, given);
	else
		text_printf(&path, "%s/heapdiff", out != NULL ? out : "build");
	cr_assert_not_null(realpath(text_string(&path), program), "no program %s; build it first", text_string(&path));
	*strrchr(program, '/') = '\0';
	text_deinit(&path);
	text_printf(&path, "%s:%s", program, getenv("PATH"));
	setenv("PATH", text_string(&path), 1);
}

/* What the program prints depends on nothing outside. */
static void prepare_environment(void)
{
	help_program_path();
	unsetenv("NO_COLOR");
	unsetenv("LC_ALL");
	setenv("LANG", "C", 1);
}

static char *read_text(const char *path)
{
	size_t size;
	AUTO(free) void *bytes = help_file_read(path, &size);
	char *text = calloc(1, size + 1);
	cr_assert_not_null(text);
	memcpy(text, bytes, size);
	return text;
}

static void show_difference(const char *path, const struct text *actual)
{
	AUTO(text) struct text command = {0};
	text_init(&command);
	text_printf(&command, "diff -u '%s' - >&2", path);
	FILE *diff = popen(text_string(&command), "w");
	cr_assert_not_null(diff);
	fputs(text_string(actual), diff);
	pclose(diff);
}

/* true where the script's output is as the file says. */
static bool check_file(const char *path, const char *snapshots, bool markdown)
{
	char *folder = help_folder();
	AUTO(text) struct text actual = {0}, unused = {0};
	text_init(&actual);
	text_init(&unused);
	if (snapshots != NULL) {
		AUTO(string) char *words = read_text(snapshots);
		run_script(&(struct script){.folder = folder, .actual = &unused}, words);
	}
	AUTO(string) char *expected = read_text(path);
	AUTO(string) char *copy = strdup(expected);
	run_script(&(struct script){.folder = folder, .markdown = markdown, .actual = &actual}, copy);
	help_folder_remove(folder);
	bool same = strcmp(expected, text_string(&actual)) == 0;
	if (!same && getenv("HEAPDIFF_REGENERATE") != NULL) {
		help_file_write(path, text_string(&actual), actual.length);
		fprintf(stderr, "%s: rewritten\n", path);
		return true;
	}
	if (!same)
		show_difference(path, &actual);
	return same;
}

void help_scripts_check(const char *folder, const char *ending, const char *snapshots)
{
	prepare_environment();
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), found = 0, wrong = 0;
	cr_assert_geq(count, 0, "no folder %s", folder);
	for (int i = 0; i < count; i++) {
		size_t length = strlen(entries[i]->d_name), end = strlen(ending);
		if (length > end && strcmp(entries[i]->d_name + length - end, ending) == 0) {
			AUTO(string) char *path = help_path(folder, entries[i]->d_name);
			found++;
			wrong += !check_file(path, snapshots, strcmp(ending, ".md") == 0);
		}
		free(entries[i]);
	}
	free(entries);
	cr_assert_gt(found, 0);
	cr_assert_eq(wrong, 0, "%d of %d scripts in %s differ", wrong, found, folder);
}
