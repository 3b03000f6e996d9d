/* Which interpreters can a live test use? Those that answer when asked for their version. */
#include "tests/dumper/help_python.h"

#include "dumper/layout.h"
#include "tests/test.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char question[] =
	"import sys, sysconfig, os\n"
	"d = sysconfig.get_paths()['include']\n"
	"ok = sys.implementation.name == 'cpython' and not sysconfig.get_config_var('Py_GIL_DISABLED')"
	" and not hasattr(sys, 'gettotalrefcount')\n"
	"print(sys.hexversion if ok else 0)\n"
	"print(d if os.path.exists(d + '/internal/pycore_pystate.h') else '')\n"
	"sys.stdout.flush()\n";

struct python_run python_start(const struct python *python, const char *code)
{
	struct python_run run = {0};
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	run.pid = fork();
	cr_assert_geq(run.pid, 0);
	if (run.pid == 0) {
		int nothing = open("/dev/null", O_WRONLY);
		dup2(ends[1], 1);
		dup2(nothing, 2);
		execl(python->path, python->path, "-I", "-c", code, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	run.output = fdopen(ends[0], "r");
	cr_assert_not_null(run.output);
	return run;
}

void python_end(struct python_run *run)
{
	if (run->pid > 0) {
		kill(run->pid, SIGKILL);
		waitpid(run->pid, NULL, 0);
		fclose(run->output);
	}
	run->pid = 0;
}

static bool ask(struct python *python)
{
	AUTO(python) struct python_run run = python_start(python, question);
	char line[64];

	if (fgets(line, sizeof line, run.output) == NULL ||
	    fgets(python->include, sizeof python->include, run.output) == NULL)
		return false;
	python->include[strcspn(python->include, "\n")] = '\0';
	python->version_hex = (uint32_t)strtoul(line, NULL, 10);
	return layout_find(python->version_hex) != NULL;
}

static size_t add_matches(struct python *pythons, size_t count, const char *pattern)
{
	glob_t matches;

	if (glob(pattern, 0, NULL, &matches) != 0)
		return count;
	for (size_t i = 0; i < matches.gl_pathc && count < PYTHONS_MAX; i++) {
		struct python *python = &pythons[count];
		bool known = false;

		snprintf(python->path, sizeof python->path, "%s", matches.gl_pathv[i]);
		if (!ask(python))
			continue;
		for (size_t j = 0; j < count; j++)
			known |= pythons[j].version_hex == python->version_hex;
		count += !known;
	}
	globfree(&matches);
	return count;
}

size_t pythons_find(struct python *pythons)
{
	const char *root = getenv("PYENV_ROOT"), *fetched = getenv("HEAPDIFF_FETCHED");
	char pattern[512];
	size_t count = 0;

	if (root != NULL) {
		snprintf(pattern, sizeof pattern, "%s/versions/3.*/bin/python3", root);
		count = add_matches(pythons, count, pattern);
	}
	snprintf(pattern, sizeof pattern, "%s/*/run", fetched != NULL ? fetched : "build/pythons");
	count = add_matches(pythons, count, pattern);
	count = add_matches(pythons, count, "/usr/bin/python3*[0-9]");
	return add_matches(pythons, count, "/usr/local/bin/python3*[0-9]");
}
