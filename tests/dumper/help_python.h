/* The CPython interpreters of this machine, and processes that run one. */
#ifndef TESTS_DUMPER_HELP_PYTHON_H
#define TESTS_DUMPER_HELP_PYTHON_H

#include "base/guard.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PYTHONS_MAX 32

struct python {
	char path[512];
	char include[512];    /* the directory of Python.h; "" where it isn't installed */
	uint32_t version_hex; /* PY_VERSION_HEX */
};

/* Those that layout_find knows, builds with the GIL, each version once; looks in PYENV_ROOT, /usr/bin and
 * /usr/local/bin. */
size_t pythons_find(struct python *pythons);

struct python_run {
	pid_t pid;
	FILE *output; /* its standard output */
};

/* Starts `python -c code`. What it prints is to be read to where it says it is ready. */
struct python_run python_start(const struct python *python, const char *code);
/* Killed and waited for. */
void python_end(struct python_run *run);
DEFINE_AUTO_VALUE(python, struct python_run, python_end);

#endif
