/* What a report looks like where it goes: a terminal of some width, a pager, a pipe that nobody reads. */
#include "tests/cli/help_script.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

#include "base/text.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
	char *folder, *snapshot;
	struct text output;
	int status;
};

static void run_init(struct run *run)
{
	*run = (struct run){.folder = help_folder()};
	run->snapshot = help_path(run->folder, "a.snap");
	help_program_path();
	assert_ok(help_snapshot_write(run->snapshot,
				      "object 0x10 a.module.with.a.name.that.is.rather.long.Thing size=64\n"
				      "object 0x20 dict size=232\n"));
}

static void run_deinit(struct run *run)
{
	text_deinit(&run->output);
	free(run->snapshot);
	help_folder_remove(run->folder);
}
DEFINE_AUTO_VALUE(run, struct run, run_deinit);

/* Runs `heapdiff types a.snap` on a terminal, with one variable of the environment set. */
static void run_on_terminal(struct run *run, unsigned short columns, const char *variable, const char *value)
{
	struct winsize size = {.ws_row = 40, .ws_col = columns};
	int terminal;
	text_deinit(&run->output);
	pid_t child = forkpty(&terminal, NULL, NULL, &size);
	cr_assert_geq(child, 0);
	if (child == 0) {
		setenv("TERM", "xterm", 1);
		setenv("PAGER", "cat", 1);
		unsetenv("HEAPDIFF_PAGER");
		unsetenv("NO_COLOR");
		setenv(variable, value, 1);
		execlp("heapdiff", "heapdiff", "types", run->snapshot, (char *)NULL);
		_exit(126);
	}
	char buffer[4096];
	ssize_t count;
	while ((count = read(terminal, buffer, sizeof buffer)) > 0) /* EIO where the other side is closed */
		for (ssize_t i = 0; i < count; i++)
			if (buffer[i] != '\r')
				text_add_char(&run->output, buffer[i]);
	close(terminal);
	cr_assert_eq(waitpid(child, &run->status, 0), child);
	cr_assert(WIFEXITED(run->status) && WEXITSTATUS(run->status) == 0, "%s", text_string(&run->output));
}

static bool shows(const struct run *run, const char *part)
{
	return strstr(text_string(&run->output), part) != NULL;
}

HEAP_TEST(output, fits_and_colours_on_a_terminal)
{
	AUTO(run) struct run run;
	run_init(&run);
	run_on_terminal(&run, 50, "LANG", "C");
	cr_assert(shows(&run, "\033[1mtype"));
	cr_assert(shows(&run, "…"));
	cr_assert_not(shows(&run, "average"));
	run_on_terminal(&run, 120, "LANG", "C");
	cr_assert(shows(&run, "a.module.with.a.name.that.is.rather.long.Thing"));
	cr_assert(shows(&run, "average"));
}

HEAP_TEST(output, leaves_colour_out_where_it_is_not_wanted)
{
	AUTO(run) struct run run;
	run_init(&run);
	run_on_terminal(&run, 120, "NO_COLOR", "1");
	cr_assert_not(shows(&run, "\033"));
	run_on_terminal(&run, 120, "TERM", "dumb");
	cr_assert_not(shows(&run, "\033"));
	run_on_terminal(&run, 120, "NO_COLOR", ""); /* set to nothing is not set */
	cr_assert(shows(&run, "\033[1m"));
}

HEAP_TEST(output, goes_through_the_pager)
{
	AUTO(run) struct run run;
	run_init(&run);
	run_on_terminal(&run, 120, "HEAPDIFF_PAGER", "sed s/^/paged:/");
	cr_assert(shows(&run, "\npaged:"));
	run_on_terminal(&run, 120, "PAGER", "sed s/^/paged:/");
	cr_assert(shows(&run, "\npaged:"));
	run_on_terminal(&run, 120, "HEAPDIFF_PAGER", "true"); /* left at once, which is no failure */
	cr_assert_str_eq(text_string(&run.output), "");
	run_on_terminal(&run, 120, "HEAPDIFF_PAGER", "");
	cr_assert(shows(&run, "dict"));
}

HEAP_TEST(output, is_shown_without_a_pager_that_is_not_there)
{
	AUTO(run) struct run run;
	run_init(&run);
	run_on_terminal(&run, 120, "HEAPDIFF_PAGER", "/nowhere/pager 2> /dev/null");
	cr_assert(shows(&run, "dict"));
}

/* Even where a parent had turned the signal off. */
HEAP_TEST(output, ends_silently_when_nobody_reads)
{
	AUTO(run) struct run run;
	int ends[2], errors[2];
	run_init(&run);
	cr_assert(pipe(ends) == 0 && pipe(errors) == 0);
	close(ends[0]);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGPIPE, SIG_IGN);
		dup2(ends[1], STDOUT_FILENO);
		dup2(errors[1], STDERR_FILENO);
		execlp("heapdiff", "heapdiff", "types", run.snapshot, (char *)NULL);
		_exit(126);
	}
	close(ends[1]);
	close(errors[1]);
	char said;
	cr_assert_eq(read(errors[0], &said, 1), 0, "it printed something");
	close(errors[0]);
	cr_assert_eq(waitpid(child, &run.status, 0), child);
	cr_assert(WIFSIGNALED(run.status) && WTERMSIG(run.status) == SIGPIPE);
}
