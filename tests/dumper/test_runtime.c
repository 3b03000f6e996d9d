/* CPython is found wherever it is, and everything that is none, or another one, is refused by its name. */
#include "tests/test.h"

#include "dumper/runtime.h"
#include "dumper/source_live.h"
#include "tests/dumper/help_library.h"
#include "tests/dumper/help_python.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALIVE_3_13 "-DVERSION=0x030d00f0 -DALIVE=1"

struct truth { /* what a living interpreter says of itself */
	uint64_t none, type, object, true_object, false_object;
	unsigned version;
};

static void check_interpreter(const struct python *python)
{
	static const char code[] =
		"import sys, time\n"
		"print(id(None), id(type), id(object), id(True), id(False), sys.hexversion, flush=True)\n"
		"time.sleep(60)\n";
	AUTO(python) struct python_run run = python_start(python, code);
	AUTO(runtime) struct runtime *runtime = NULL;
	struct truth truth;
	cr_assert_eq(fscanf(run.output, "%lu %lu %lu %lu %lu %u", &truth.none, &truth.type, &truth.object,
			    &truth.true_object, &truth.false_object, &truth.version),
		     6);
	const struct child child = {.pid = run.pid};
	assert_ok(library_find(&child, NULL, &runtime));
	cr_expect_eq(runtime->version_hex, truth.version, "%s: %x", python->path, runtime->version_hex);
	cr_expect_eq(runtime->symbols.none, truth.none, "%s", python->path);
	cr_expect_eq(runtime->symbols.type_type, truth.type);
	cr_expect_eq(runtime->symbols.object_type, truth.object);
	cr_expect_eq(runtime->symbols.true_object, truth.true_object);
	cr_expect_eq(runtime->symbols.false_object, truth.false_object);
	cr_expect_leq(runtime->data_start, runtime->address);
	cr_expect_gt(runtime->data_end, runtime->address + runtime->size);
	cr_expect(runtime->data_start <= truth.none && truth.none < runtime->data_end);
	cr_expect_eq(runtime->debug_offsets, truth.version >= 0x030d0000);
	cr_expect_eq(runtime->shared, strstr(runtime->path, ".so") != NULL, "%s", runtime->path);
	cr_expect_not_null(strstr(runtime->build, runtime->shared ? "shared" : "static"));
}

HEAP_TEST(runtime, is_found_in_every_interpreter_of_this_machine)
{
	struct python pythons[PYTHONS_MAX];
	size_t count = pythons_find(pythons);
	if (count == 0)
		cr_skip_test("no CPython is installed");
	for (size_t i = 0; i < count; i++)
		check_interpreter(&pythons[i]);
}

HEAP_TEST(runtime, is_found_embedded_in_another_program)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(runtime) struct runtime *runtime = NULL;
	library_make(&folder, "plugin.so", ALIVE_3_13);
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, "plugin.so"), NULL});
	assert_ok(library_find(&child, NULL, &runtime));
	cr_assert_str_eq(runtime->path, library_path(&folder, "plugin.so"));
	cr_assert_str_eq(runtime->version, "3.13.0");
	cr_assert(runtime->shared && runtime->debug_offsets && !runtime->stripped);
	cr_assert_neq(runtime->symbols.type_type, 0);
	cr_assert_eq(runtime->symbols.none, 0, "that library has no such symbol");
}

HEAP_TEST(runtime, is_found_by_its_section_when_stripped)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(runtime) struct runtime *runtime = NULL;
	library_make(&folder, "lib.so", ALIVE_3_13 " -DHIDDEN -s");
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, "lib.so"), NULL});
	assert_ok(library_find(&child, NULL, &runtime));
	cr_assert_eq(runtime->version_hex, 0x030d00f0);
	cr_assert(runtime->stripped);
	cr_assert_str_eq(runtime->build, "shared, stripped");
}

/* One library with these flags is refused with this sentence. */
static void refuses(const char *name, const char *flags, const char *part)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	struct runtime *runtime = NULL;
	library_make(&folder, name, flags);
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, name), NULL});
	assert_error_says(library_find(&child, NULL, &runtime), ERROR_REFUSED, part);
}

HEAP_TEST(runtime, refuses_builds_that_it_would_misread)
{
	refuses("lib.so", ALIVE_3_13 " -DFREE_THREADED=1", "free-threaded build of CPython 3.13.0");
	refuses("lib.so", ALIVE_3_13 " -DDEBUG", "debug build of CPython 3.13.0");
	refuses("lib.so", ALIVE_3_13 " -DTRACE_REFS", "debug build (configured --with-trace-refs) of CPython 3.13.0");
	refuses("libpython3.13d.so.1.0", ALIVE_3_13, "debug build");
	refuses("lib.so", "-DVERSION=0x030d00f0 -DALIVE=0", "not initialised yet, or finalized already");
	refuses("lib.so", "-DVERSION=7", "version can't be told");
}

HEAP_TEST(runtime, refuses_other_pythons)
{
	refuses("libpypy3.10-c.so", "-DNO_RUNTIME", "this is PyPy");
	refuses("libpythonvm.so", "-DNO_RUNTIME", "this is GraalPy");
	refuses("libpython2.7.so.1.0", "-DNO_RUNTIME", "without _PyRuntime");
}

HEAP_TEST(runtime, refuses_a_program_without_python_and_lists_the_search)
{
	struct runtime *runtime = NULL;
	struct child child = {.pid = fork()};
	if (child.pid == 0) {
		execlp("sleep", "sleep", "60", (char *)NULL);
		_exit(1);
	}
	cr_assert(child_await_state(child.pid, 'S'));
	usleep(20000); /* past the exec */
	AUTO(error) struct error *error = library_find(&child, NULL, &runtime);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	cr_assert_not_null(error);
	cr_assert_eq(error->code, ERROR_REFUSED);
	cr_assert_not_null(strstr(error->message, "no CPython found: searched "), "%s", error->message);
	cr_assert_not_null(strstr(error->message, "libc.so"), "%s", error->message);
}

HEAP_TEST(runtime, lists_two_and_takes_the_wanted)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	struct runtime *none = NULL;
	library_make(&folder, "one.so", ALIVE_3_13);
	library_make(&folder, "two.so", "-DVERSION=0x030e00f0");
	AUTO(child)
	struct child child =
		library_load((const char *[]){library_path(&folder, "one.so"), library_path(&folder, "two.so"), NULL});
	assert_error_says(library_find(&child, NULL, &none), ERROR_REFUSED,
			  "2 Python runtimes: choose one with --runtime");
	assert_error_says(library_find(&child, NULL, &none), ERROR_REFUSED, "two.so (3.14.0)");
	assert_error_says(library_find(&child, "three.so", &none), ERROR_REFUSED, "no Python runtime in three.so");
	const char *wishes[] = {"two.so", library_path(&folder, "two.so")};
	for (int i = 0; i < 2; i++) {
		AUTO(runtime) struct runtime *runtime = NULL;
		assert_ok(library_find(&child, wishes[i], &runtime));
		cr_assert_eq(runtime->version_hex, 0x030e00f0);
	}
}

HEAP_TEST(runtime, takes_the_only_one_that_lives)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(runtime) struct runtime *runtime = NULL;
	library_make(&folder, "asleep.so", "-DVERSION=0x030d00f0 -DALIVE=0");
	library_make(&folder, "awake.so", ALIVE_3_13);
	AUTO(child)
	struct child child = library_load(
		(const char *[]){library_path(&folder, "asleep.so"), library_path(&folder, "awake.so"), NULL});
	assert_ok(library_find(&child, NULL, &runtime));
	cr_assert_str_eq(runtime->path, library_path(&folder, "awake.so"));
}

HEAP_TEST(runtime, is_read_from_a_deleted_file)
{
	if (getuid() != 0)
		cr_skip_test("opening a mapping's own file takes capabilities");
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(runtime) struct runtime *runtime = NULL;
	library_make(&folder, "lib.so", ALIVE_3_13);
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, "lib.so"), NULL});
	unlink(library_path(&folder, "lib.so"));
	assert_ok(library_find(&child, NULL, &runtime));
	cr_assert_eq(runtime->version_hex, 0x030d00f0);
}

struct blind { /* a live source that opens files by their name alone, as one without capabilities must */
	struct source source;
	struct source *live;
};

static struct error *blind_ranges(struct source *source, const struct source_range **ranges, size_t *count)
{
	struct source *live = ((struct blind *)source)->live;
	return live->operations->ranges(live, ranges, count);
}

static struct error *blind_read(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got)
{
	struct source *live = ((struct blind *)source)->live;
	return live->operations->read(live, address, buffer, size, got);
}

static struct error *blind_open(struct source *source, const struct source_range *range, int *fd)
{
	(void)source;
	*fd = open(range->path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? NULL : error_create(ERROR_IO, "can't open %s", range->path);
}

static const struct source_operations blind_operations = {.kind = "live",
							  .ranges = blind_ranges,
							  .read = blind_read,
							  .open_file = blind_open};

HEAP_TEST(runtime, is_not_read_from_a_file_that_replaced_it)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(process) struct process *process = NULL;
	AUTO(source) struct source *live = NULL;
	struct runtime *runtime = NULL;
	library_make(&folder, "lib.so", ALIVE_3_13);
	library_make(&folder, "new.so", ALIVE_3_13 " -DPY_VERSION=0x030d00f0");
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, "lib.so"), NULL});
	assert_ok(process_read(NULL, child.pid, &process));
	assert_ok(source_live_open(process, SOURCE_LIVE_ANY, NULL, &live));
	cr_assert_eq(rename(library_path(&folder, "new.so"), library_path(&folder, "lib.so")), 0);
	struct blind blind = {{&blind_operations}, live};
	assert_error_says(runtime_find(&blind.source, NULL, &runtime), ERROR_REFUSED, "was replaced on disk");
	unlink(library_path(&folder, "lib.so"));
	assert_error_says(runtime_find(&blind.source, NULL, &runtime), ERROR_REFUSED, "can't open");
}

/* A program that names PyType_Type itself gets a copy of it, which everybody then uses. */
HEAP_TEST(runtime, prefers_the_executables_copies)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(runtime) struct runtime *runtime = NULL;
	AUTO(string) char *command = NULL;
	uint64_t address = 0;
	library_make(&folder, "libx.so", ALIVE_3_13);
	cr_assert_geq(asprintf(&command, "cc -no-pie -fno-pie -x c - -x none %s -o %s -Wl,-rpath,%s",
			       library_path(&folder, "libx.so"), library_path(&folder, "program"), folder.path),
		      0);
	FILE *compiler = popen(command, "w");
	fputs("#include <stdio.h>\n#include <unistd.h>\nextern long PyType_Type[4];\n"
	      "int main(void) { printf(\"%lu\\n\", (unsigned long)PyType_Type); fflush(stdout); sleep(60); }\n",
	      compiler);
	cr_assert_eq(pclose(compiler), 0);
	int ends[2];
	cr_assert_eq(pipe(ends), 0);
	struct child child = {.pid = fork()};
	if (child.pid == 0) {
		dup2(ends[1], 1);
		execl(library_path(&folder, "program"), "program", (char *)NULL);
		_exit(1);
	}
	FILE *output = fdopen(ends[0], "r");
	close(ends[1]);
	cr_assert_eq(fscanf(output, "%lu", &address), 1);
	AUTO(error) struct error *error = library_find(&child, NULL, &runtime);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	fclose(output);
	cr_assert_null(error, "%s", error != NULL ? error->message : "");
	cr_assert_eq(runtime->symbols.type_type, address);
	cr_assert_not(runtime->data_start <= address && address < runtime->data_end, "it lies in the program");
}
