/* How does a test meet Pythons that no machine has at hand? By compiling libraries that show what heapdump looks at. */
#include "tests/dumper/help_library.h"

#include "dumper/source_live.h"
#include "tests/test.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char code[] =
	"#ifndef VERSION\n"
	"#define VERSION 0\n"
	"#endif\n"
	"#ifndef ALIVE\n"
	"#define ALIVE 1\n"
	"#endif\n"
	"#ifndef FREE_THREADED\n"
	"#define FREE_THREADED 0\n"
	"#endif\n"
	"#ifdef HIDDEN\n"
	"#define SEEN __attribute__((visibility(\"hidden\")))\n"
	"#else\n"
	"#define SEEN\n"
	"#endif\n"
	"#ifndef NO_RUNTIME\n"
	"struct { char cookie[8]; unsigned long version, free_threaded, size, finalizing, offset, head; }\n"
	"_PyRuntime SEEN __attribute__((section(\".PyRuntime\"), used)) =\n"
	"	{\"xdebugpy\", VERSION, FREE_THREADED, 0, 0, 48, ALIVE};\n"
	"#endif\n"
	"#ifdef PY_VERSION\n"
	"const unsigned long Py_Version = PY_VERSION;\n"
	"#endif\n"
	"#ifdef DEBUG\n"
	"long _Py_RefTotal = 1;\n"
	"#endif\n"
	"#ifdef TRACE_REFS\n"
	"void _Py_AddToAllObjects(void) {}\n"
	"#endif\n"
	"long PyType_Type[4] = {1};\n"
	"void Py_InitializeEx(int signals) { (void)signals; }\n";

struct library_folder library_folder_make(void)
{
	struct library_folder folder = {"/tmp/heapdump-library-XXXXXX"};
	cr_assert_not_null(mkdtemp(folder.path));
	return folder;
}

void library_folder_remove(struct library_folder *folder)
{
	DIR *dir = opendir(folder->path);
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
		unlink(library_path(folder, entry->d_name));
	if (dir != NULL)
		closedir(dir);
	rmdir(folder->path);
}

const char *library_path(const struct library_folder *folder, const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
	return path;
}

void library_make(const struct library_folder *folder, const char *name, const char *flags)
{
	AUTO(string) char *command = NULL;
	cr_assert_geq(asprintf(&command, "cc -shared -fPIC -Wl,--build-id -x c %s -o %s -", flags,
			       library_path(folder, name)),
		      0);
	FILE *compiler = popen(command, "w");
	cr_assert_not_null(compiler);
	fputs(code, compiler);
	cr_assert_eq(pclose(compiler), 0, "%s", command);
}

static const char *const *load_paths; /* handed to the child through the fork */

static void load_and_wait(struct child_board *board)
{
	for (int i = 0; i < LIBRARIES_MAX && load_paths[i] != NULL; i++) {
		if (dlopen(load_paths[i], RTLD_NOW | RTLD_LOCAL) == NULL)
			_exit(1);
	}
	atomic_store(&board->ready, 1);
	pause();
}

struct child library_load(const char *const *paths)
{
	load_paths = paths;
	return child_run(load_and_wait);
}

struct error *library_find(const struct child *child, const char *wanted, struct runtime **runtime)
{
	AUTO(process) struct process *process = NULL;
	AUTO(source) struct source *source = NULL;
	TRY(process_read(NULL, child->pid, &process));
	TRY(source_live_open(process, SOURCE_LIVE_ANY, NULL, &source));
	return runtime_find(source, wanted, runtime);
}
