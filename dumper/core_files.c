/* Core files: finds the mapped files of a core whose list of them (the note NT_FILE) is missing.
 *
 * gcore writes its notes at the end of the file, so a core that was cut has none. But the first page of each mapped ELF
 * file, which is in the core, has its build-id: every file that may be part of a Python here is opened and its id looked
 * for among those. Nothing is taken by its name. Cost: one opening of some hundred files.
 */
#include "dumper/core_files.h"

#include "base/text.h"
#include "base/vector.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_SIZE 65536u /* bytes of a segment's start that are searched for a build-id */
#define MODULES_MAX 10000u
#define PAGE UINT64_C(4096)

struct module { /* an ELF file in the core's memory */
	uint64_t start;
	struct elf_build_id id;
};

struct search {
	struct core *core;
	VECTOR(struct module) modules; /* not found yet */
	const char *sysroot;           /* "" none */
	char *beside;                  /* the folder of a program that was found; NULL */
};

static void search_deinit(struct search *search)
{
	vector_deinit(&search->modules);
	free(search->beside);
}
DEFINE_AUTO_VALUE(search, struct search, search_deinit);

static struct error *add_module(struct search *search, const struct core_segment *segment, uint8_t *head)
{
	AUTO(elf) struct elf *elf = NULL;
	size_t size = segment->held < HEAD_SIZE ? (size_t)segment->held : HEAD_SIZE;
	struct module module = {.start = segment->start};

	TRY(core_read(search->core, segment->start, head, size, &size));
	if (size < 64 || memcmp(head, "\177ELF", 4) != 0)
		return NULL;
	AUTO(error) struct error *bad = elf_open_bytes(head, size, "core", &elf);
	if (bad != NULL)
		return bad->code == ERROR_MEMORY ? steal(&bad) : NULL;
	module.id = elf_build_id(elf);
	return module.id.size > 0 ? vector_push(&search->modules, module) : NULL;
}

static struct error *add_modules(struct search *search)
{
	AUTO(free) void *head = malloc(HEAD_SIZE);

	if (head == NULL)
		return error_memory();
	for (size_t i = 0; i < search->core->segments.count && search->modules.count < MODULES_MAX; i++)
		TRY(add_module(search, &search->core->segments.items[i], head));
	return NULL;
}

/* The mappings that loading the file at `bias` makes. */
static struct error *map_file(struct core *core, struct elf *elf, uint64_t bias, const char *path)
{
	for (size_t i = 0; i < elf_segment_count(elf); i++) {
		struct elf_load load;

		if (!elf_load(elf, i, &load) || load.file_size == 0 || load.file_size > elf_size(elf) ||
		    load.start > UINT64_MAX - load.file_size - PAGE)
			continue;
		struct core_mapping mapping = {
			.start = (load.start & ~(PAGE - 1)) + bias,
			.end = ((load.start + load.file_size + PAGE - 1) & ~(PAGE - 1)) + bias,
			.offset = load.offset & ~(PAGE - 1),
			.path = path,
		};
		TRY(core_add_mapping(core, &mapping));
	}
	return NULL;
}

/* The folder of the first program that matches: its libraries lie beside it. */
static struct error *note_program(struct search *search, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (search->beside != NULL || slash == NULL)
		return NULL;
	search->beside = strndup(path, (size_t)(slash - path));
	return search->beside != NULL ? NULL : error_memory();
}

/* `path` as it is here, below the system root. */
static struct error *match_file(struct search *search, struct elf *elf, const char *path, bool main_program)
{
	const char *inside = path + strlen(search->sysroot);
	struct elf_build_id id = elf_build_id(elf);

	for (size_t i = 0; i < search->modules.count; i++) {
		struct module module = search->modules.items[i];
		uint64_t bias;

		if (id.size != module.id.size || memcmp(id.bytes, module.id.bytes, id.size) != 0 ||
		    !elf_bias(elf, 0, module.start, &bias))
			continue;
		search->modules.items[i] = search->modules.items[--search->modules.count];
		main_program = main_program || !elf_is_library(elf);
		if (main_program && search->core->program_headers == 0)
			search->core->program_headers = module.start;
		if (main_program)
			TRY(note_program(search, inside));
		return map_file(search->core, elf, bias, inside);
	}
	return NULL;
}

static struct error *try_path(struct search *search, const char *path, bool main_program)
{
	AUTO(elf) struct elf *elf = NULL;
	struct stat found;
	int fd;

	if (stat(path, &found) != 0 || !S_ISREG(found.st_mode) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0)
		return NULL;
	AUTO(error) struct error *foreign = elf_open(fd, path, &elf);
	if (foreign != NULL)
		return foreign->code == ERROR_MEMORY ? steal(&foreign) : NULL;
	return match_file(search, elf, path, main_program);
}

/* Without a system root a file gets its real name, as the kernel would tell it. */
static struct error *try_pattern(struct search *search, const char *folder, const char *pattern)
{
	AUTO(text) struct text whole;
	glob_t names;
	struct error *error = NULL;

	text_init(&whole);
	text_printf(&whole, "%s%s%s", search->sysroot, folder, pattern);
	TRY(text_error(&whole));
	if (glob(text_string(&whole), GLOB_NOSORT, NULL, &names) != 0)
		return NULL;
	for (size_t i = 0; i < names.gl_pathc && error == NULL && search->modules.count > 0; i++) {
		AUTO(string) char *real = search->sysroot[0] == '\0' ? realpath(names.gl_pathv[i], NULL) : NULL;

		error = try_path(search, real != NULL ? real : names.gl_pathv[i], false);
	}
	globfree(&names);
	return error;
}

/* `folder` is one of executables. */
static struct error *try_folder(struct search *search, const char *folder)
{
	static const char *const patterns[] = {
		"/python3*",
		"/../versions/*/bin/python3*", /* behind the folder of pyenv's shims */
		"/../lib/libpython3*.so*",
		"/../lib/*/libpython3*.so*",
		"/../lib/python3*/lib-dynload/*.so",
	};

	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0] && search->modules.count > 0; i++)
		TRY(try_pattern(search, folder, patterns[i]));
	return NULL;
}

/* The folders of PATH; below a system root those that are usual. */
static struct error *try_folders(struct search *search)
{
	const char *path = search->sysroot[0] == '\0' ? getenv("PATH") : NULL;
	AUTO(string) char *folders = strdup(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = folders, *folder;

	if (folders == NULL)
		return error_memory();
	while ((folder = strsep(&rest, ":")) != NULL) {
		if (folder[0] == '/')
			TRY(try_folder(search, folder));
	}
	return NULL;
}

static struct error *try_executable(struct search *search, const char *executable)
{
	AUTO(string) char *real = realpath(executable, NULL);

	return real != NULL ? try_path(search, real, true) : NULL;
}

struct error *core_files_find(struct core *core, const char *executable, const char *sysroot)
{
	AUTO(search) struct search search = {.core = core, .sysroot = ""};

	TRY(add_modules(&search));
	if (executable != NULL)
		TRY(try_executable(&search, executable));
	search.sysroot = sysroot != NULL ? sysroot : "";
	if (search.beside == NULL)
		TRY(try_folders(&search));
	if (search.beside != NULL)
		TRY(try_folder(&search, search.beside));
	core_order(core);
	return NULL;
}
