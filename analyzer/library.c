/* Is this class the standard library's? Names of modules are looked up in a sorted array, and their files compared with
 * the folder of those that are known to be the library's. */
#include "analyzer/library.h"

#include <stdlib.h>
#include <string.h>

struct named_module {
	struct label name, file;
};

struct library {
	struct named_module *modules; /* by name */
	size_t count;
	struct label folder; /* with its slash; length 0: not known */
};

static void library_deinit(struct library *library)
{
	free(library->modules);
}
DEFINE_AUTO_VALUE(library, struct library, library_deinit);

static int compare_labels(const struct label *x, const struct label *y)
{
	int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
	return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static int by_name(const void *a, const void *b)
{
	const struct named_module *x = a, *y = b;
	int order = compare_labels(&x->name, &y->name);
	return order != 0 ? order : compare_labels(&x->file, &y->file);
}

static const struct named_module *find(const struct library *library, struct label name)
{
	size_t low = 0, high = library->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_labels(&library->modules[middle].name, &name);
		if (order == 0)
			return &library->modules[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Without the last part of a path, its slash included. */
static struct label folder_of(struct label path)
{
	while (path.length > 0 && path.name[path.length - 1] != '/')
		path.length--;
	return path;
}

static void find_folder(struct library *library)
{
	static const char package[] = "encodings", module[] = "os";
	const struct named_module *found = find(library, (struct label){package, strlen(package)});
	if (found != NULL && found->file.length > 0) {
		struct label inner = folder_of(found->file);
		inner.length -= inner.length > 0; /* its slash */
		library->folder = folder_of(inner);
	}
	found = find(library, (struct label){module, strlen(module)});
	if (library->folder.length == 0 && found != NULL)
		library->folder = folder_of(found->file);
	if (library->folder.length == 1) /* of the root: everything is below that */
		library->folder.length = 0;
}

static bool has_part(struct label path, const char *part)
{
	size_t length = strlen(part);
	for (size_t i = 0; i + length <= path.length; i++)
		if (memcmp(path.name + i, part, length) == 0)
			return true;
	return false;
}

static bool is_file_of(const struct library *library, struct label file)
{
	struct label folder = library->folder;
	if (folder.length == 0 || file.length <= folder.length || memcmp(file.name, folder.name, folder.length) != 0)
		return false;
	struct label rest = {file.name + folder.length - 1, file.length - folder.length + 1};
	return !has_part(rest, "/site-packages/") && !has_part(rest, "/dist-packages/");
}

/* The module itself, or the innermost package around it whose file is known. */
static bool is_module_of(const struct library *library, struct label name)
{
	while (name.length > 0) {
		const struct named_module *module = find(library, name);
		if (module != NULL && module->file.length > 0)
			return is_file_of(library, module->file);
		while (name.length > 0 && name.name[name.length - 1] != '.')
			name.length--;
		name.length -= name.length > 0;
	}
	return false;
}

static struct error *library_init(struct library *library, struct reader *reader)
{
	const struct module_row *rows;
	TRY(reader_modules(reader, &rows, &library->count));
	library->modules = calloc(library->count + 1, sizeof *library->modules);
	if (library->modules == NULL)
		return error_memory();
	for (size_t i = 0; i < library->count; i++) {
		struct named_module *module = &library->modules[i];
		module->name.name = reader_string(reader, rows[i].name, &module->name.length);
		module->file.name = reader_string(reader, rows[i].file, &module->file.length);
	}
	if (library->count > 1)
		qsort(library->modules, library->count, sizeof *library->modules, by_name);
	find_folder(library);
	return NULL;
}

struct error *library_mark(struct reader *reader, const struct type_facts *facts, bool *of_library)
{
	AUTO(library) struct library library = {0};
	TRY(library_init(&library, reader));
	const struct type_record *types = reader_types(reader);
	for (type_id t = 0; t < facts->count; t++) {
		struct label module;
		module.name = reader_string(reader, types[t].module, &module.length);
		if (is_module_of(&library, module))
			of_library[facts->label[t]] = true;
	}
	return NULL;
}
