/* Where does a report go, and what may it look like there?
 *
 * A terminal gets colour, its own width and a pager that leaves short reports alone; anything else the full table. A
 * reader that closes the pipe ends us by SIGPIPE, as it ends every tool; only while a pager runs is that signal off, so
 * that leaving the pager is no death.
 */
#include "cli/output.h"

#include "analyzer/render.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80u
#define EXIT_NO_PAGER 127 /* of the shell, where the pager isn't installed */

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

/* Neither colours nor a pager's commands are understood there. */
static bool is_dumb(void)
{
	const char *terminal = getenv("TERM");
	return terminal == NULL || strcmp(terminal, "dumb") == 0;
}

static bool wants_colour(const struct options *options)
{
	if (options->colour != COLOUR_AUTO)
		return options->colour == COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") && !is_dumb();
}

/* Columns of the terminal, 0 where the output is none. */
static unsigned width_of_output(void)
{
	struct winsize size;
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_DEFAULT;
}

/* Writes all; false with errno where that fails. */
static bool write_all(int fd, const struct text *text)
{
	const char *from = text_string(text);
	size_t left = text->length;
	while (left > 0) {
		ssize_t written = write(fd, from, left);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		from += written;
		left -= (size_t)written;
	}
	return true;
}

/* --- the pager ------------------------------------------------------------------------------------------------------ */

/* NULL: none. */
static const char *pager_command(const struct options *options)
{
	if (options->no_pager || !isatty(STDOUT_FILENO) || is_dumb())
		return NULL;
	const char *command = getenv("HEAPDIFF_PAGER");
	if (command == NULL)
		command = getenv("PAGER");
	if (command == NULL)
		command = "less";
	return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL : command;
}

static void run_pager(const char *command, int from, int to)
{
	/* Quit at once when it fits, keep colours, leave the screen as it is. */
	setenv("LESS", "FRX", 0);
	if (dup2(from, STDIN_FILENO) < 0)
		_exit(EXIT_NO_PAGER);
	close(from);
	close(to);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(EXIT_NO_PAGER);
}

/* false: there was no pager to run, and nothing was shown. */
static bool page(const char *command, const struct text *text)
{
	int ends[2];
	if (pipe(ends) != 0)
		return false;
	pid_t child = fork();
	if (child == 0)
		run_pager(command, ends[0], ends[1]);
	close(ends[0]);
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	if (child > 0)
		write_all(ends[1], text); /* a pager that was left early has shown what was wanted */
	close(ends[1]);
	int status = 0;
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGPIPE, before);
	return child > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PAGER);
}

static struct error *print(const struct options *options, const struct text *text)
{
	const char *pager = pager_command(options);
	if (pager != NULL && page(pager, text))
		return NULL;
	if (!write_all(STDOUT_FILENO, text))
		return error_create_errno(ERROR_IO, errno, "can't write the report");
	return NULL;
}

/* --- the report ----------------------------------------------------------------------------------------------------- */

static struct error *arrange(const struct options *options, const char *noun, struct report *report)
{
	struct section *table = report_find(report, "rows");
	if (options->sort != NULL)
		TRY(section_sort(report, table, options->sort));
	uint64_t top = options->top;
	if (top == TOP_UNSET)
		top = options->format == FORMAT_TEXT ? TOP_DEFAULT : TOP_ALL;
	if (noun != NULL)
		section_fold(report, table, top, noun);
	return report_error(report);
}

struct error *output_report(const struct options *options, const char *noun, struct report *report)
{
	TRY(arrange(options, noun, report));
	AUTO(text) struct text text = {0};
	text_init(&text);
	struct render_options render = {.unit = options->unit,
					.colour = wants_colour(options),
					.width = width_of_output()};
	switch (options->format) {
	case FORMAT_TEXT:
		TRY(render_text(report, &render, &text));
		break;
	case FORMAT_JSON:
		TRY(render_json(report, &text));
		break;
	case FORMAT_CSV:
		TRY(render_csv(report, &text));
		break;
	}
	return print(options, &text);
}
