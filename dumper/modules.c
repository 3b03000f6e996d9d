/* Which modules does the program run, in which versions, from which files?
 *
 * The entries of sys.modules are asked for the names that every module has: __version__ by custom, __file__ by the
 * import system. A C extension is a file that is mapped: its build-id stands in its headers, in memory. A module's
 * namespace may hold anything under these names, also data: a version is taken only where it looks like one. Cost: a
 * decoding of each module's namespace, a look at the first bytes of each mapped extension.
 */
#include "dumper/modules.h"

#include "dumper/elf.h"
#include "dumper/emit.h"
#include "dumper/interpreters.h"
#include "dumper/lookup.h"

#include <stdio.h>

#define MODULES_MAX 100000u /* of one interpreter */
#define NAME_BYTES 512
#define FILE_BYTES 4096
#define VERSION_BYTES 65 /* with the NUL */
#define HEAD_BYTES 8192u /* of a mapped file, in which its build-id must stand */

void modules_deinit(struct modules *modules)
{
	vector_deinit(&modules->list);
}

static struct error *keep(struct arena *arena, const char *text, const char **copy)
{
	*copy = arena_copy(arena, text, strlen(text));
	return *copy == NULL ? error_memory() : NULL;
}

/* 1.26.4, 2.0b1, 2024a, 1!3.0.post1+local: no spaces, at least one digit, and nothing that a version never has. */
static bool is_version(const char *text)
{
	static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_!~";

	return text[0] != '\0' && text[strspn(text, allowed)] == '\0' && strpbrk(text, "0123456789") != NULL;
}

/* The str under `name` in the module's namespace; false where there is none that fits. */
static struct error *read_text(struct decoder *decoder, uint64_t dict, const char *name, char *buffer, size_t size,
			       bool *found)
{
	const struct type *type;
	uint64_t address;
	size_t length = 0;

	*found = false;
	TRY(lookup_own(decoder, dict, true, name, &address));
	TRY(lookup_type(decoder, address, &type));
	if (type != NULL && type->decoder == DECODE_STR)
		*found = decode_text(decoder, address, buffer, size, &length) && length > 0 && length < size - 4;
	return NULL;
}

static const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The first range of the mapped file; where no path is equal, of the only one whose file is called the same, as
 * __file__ may lead through a link. NULL: none. */
static const struct source_range *find_mapping(const struct mirror *mirror, const char *file)
{
	size_t count, named = 0;
	const struct source_range *ranges = mirror_ranges(mirror, &count), *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *path = ranges[i].path;

		if (path == NULL || path[0] != '/' || ranges[i].file_offset != 0)
			continue;
		if (strcmp(path, file) == 0)
			return &ranges[i];
		if (strcmp(path_name(path), path_name(file)) != 0 || (found != NULL && strcmp(found->path, path) == 0))
			continue;
		found = &ranges[i];
		named++;
	}
	return named == 1 ? found : NULL;
}

static struct error *read_build_id(struct decoder *decoder, const char *file, struct arena *arena,
				   const char **build_id)
{
	const struct source_range *range = find_mapping(decoder->mirror, file);
	AUTO(elf) struct elf *elf = NULL;
	char text[2 * ELF_BUILD_ID_MAX + 1] = "";
	uint64_t size;
	const void *head;

	if (range == NULL)
		return NULL;
	size = range->end - range->start < HEAD_BYTES ? range->end - range->start : HEAD_BYTES;
	head = mirror_at(decoder->mirror, range->start, size);
	if (head == NULL)
		return NULL;
	AUTO(error) struct error *error = elf_open_bytes(head, size, range->path, &elf);
	if (error != NULL)
		return error->code == ERROR_MEMORY ? steal(&error) : NULL;
	struct elf_build_id id = elf_build_id(elf);
	for (size_t i = 0; i < id.size && i < ELF_BUILD_ID_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", id.bytes[i]);
	return text[0] != '\0' ? keep(arena, text, build_id) : NULL;
}

/* Only a module's own namespace tells: a class that stands in sys.modules, say, is asked for nothing. */
static struct error *describe(struct decoder *decoder, struct arena *arena, struct found_module *module)
{
	char text[FILE_BYTES];
	const struct type *type;
	uint64_t dict;
	bool found;

	TRY(lookup_type(decoder, module->address, &type));
	if (type == NULL || type->decoder != DECODE_MODULE)
		return NULL;
	dict = mirror_u64(decoder->mirror, module->address + (uint64_t)decoder->layout->module_dict);
	TRY(read_text(decoder, dict, "__version__", text, VERSION_BYTES, &found));
	if (found && is_version(text))
		TRY(keep(arena, text, &module->version));
	TRY(read_text(decoder, dict, "__file__", text, sizeof text, &found));
	if (!found)
		return NULL;
	TRY(keep(arena, text, &module->file));
	return read_build_id(decoder, text, arena, &module->build_id);
}

struct error *modules_collect(struct decoder *decoder, uint64_t interpreter, struct arena *arena,
			      struct modules *modules)
{
	uint64_t dict = mirror_u64(decoder->mirror, interpreter + (uint64_t)decoder->layout->interpreter_modules);
	AUTO(lookup_items) struct lookup_items items = {0};

	TRY(lookup_items(decoder, dict, true, &items));
	for (size_t i = 0; i < items.list.count && i < MODULES_MAX; i++) {
		struct found_module module = {.address = items.list.items[i].value,
					      .interpreter = interpreter_number(decoder, interpreter)};
		char name[NAME_BYTES];
		size_t length;

		if (!decode_text(decoder, items.list.items[i].key, name, sizeof name, &length))
			continue;
		TRY(keep(arena, name, &module.name));
		TRY(describe(decoder, arena, &module));
		TRY(vector_push(&modules->list, module));
	}
	return NULL;
}

struct error *modules_emit(const struct modules *modules, const struct marks *marks, struct writer *writer)
{
	for (size_t i = 0; i < modules->list.count; i++) {
		const struct found_module *module = &modules->list.items[i];
		struct module_row row = {.node = emit_node(marks, module->address), .interpreter = module->interpreter};

		TRY(emit_text(writer, module->name, &row.name));
		TRY(emit_text(writer, module->version, &row.version));
		TRY(emit_text(writer, module->file, &row.file));
		TRY(emit_text(writer, module->build_id, &row.build_id));
		TRY(writer_modules(writer, &row));
	}
	return NULL;
}
