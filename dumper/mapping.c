/* What is this mapping, by its path and its neighbours?
 *
 * Files by what may be done with them, the kernel's own by their names in brackets, memory that only looks like a file by where it
 * would lie. What is left is private memory of no file, of which the zeros behind a program's data are told by what lies before
 * them. O(mappings of one file) for those zeros, else O(1).
 */
#include "dumper/mapping.h"

#include <string.h>

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Memory that only looks like a file. */
static bool is_shared_memory(const struct memory_mapping *mapping)
{
	const char *path = mapping->range.path;

	if (path == NULL || path[0] != '/')
		return mapping->shared;
	return begins(path, "/dev/shm/") || begins(path, "/memfd:") || begins(path, "/SYSV") ||
	       strcmp(path, "/dev/zero") == 0 || (mapping->shared && begins(path, "/anon_hugepage"));
}

static enum memory_kind kind_of_file(const struct source_range *range)
{
	return range->executable ? MEMORY_FILES_CODE : range->writable ? MEMORY_FILES_DATA : MEMORY_FILES_CONSTANT;
}

/* The zeros behind a program's data are a mapping of no file right behind that of its file, of which code is mapped too. */
static bool is_behind_data(const struct memory_mapping *mappings, size_t index)
{
	const struct memory_mapping *before = index > 0 ? &mappings[index - 1] : NULL;

	if (before == NULL || before->range.end != mappings[index].range.start || before->shared || !before->range.writable ||
	    before->range.path == NULL || before->range.path[0] != '/' || mappings[index].range.path != NULL)
		return false;
	for (size_t i = index; i-- > 0 && mappings[i].range.path != NULL;) {
		if (strcmp(mappings[i].range.path, before->range.path) != 0)
			return false;
		if (mappings[i].range.executable)
			return true;
	}
	return false;
}

enum memory_kind mapping_kind(const struct memory_mapping *mappings, size_t index, bool *divisible)
{
	const struct memory_mapping *mapping = &mappings[index];
	const struct source_range *range = &mapping->range;
	const char *path = range->path;
	bool named = path != NULL && path[0] == '[' && strcmp(path, "[heap]") != 0 && !begins(path, "[anon:");

	*divisible = false;
	if (is_shared_memory(mapping))
		return MEMORY_SHARED;
	if (named) /* some of the kernel's pages can't be read from outside */
		return begins(path, "[stack") ? MEMORY_STACKS : MEMORY_KERNEL;
	if (!range->readable && !range->writable && !range->executable)
		return MEMORY_RESERVED;
	if (path != NULL && path[0] == '/' && !begins(path, "/anon_hugepage"))
		return kind_of_file(range);
	*divisible = true;
	return is_behind_data(mappings, index) ? MEMORY_FILES_DATA : MEMORY_ANONYMOUS;
}

/* --- writing --- */

static unsigned mapping_flags(const struct memory_mapping *mapping)
{
	const struct source_range *range = &mapping->range;

	return (range->readable ? MAPPING_READABLE : 0) | (range->writable ? MAPPING_WRITABLE : 0) |
	       (range->executable ? MAPPING_EXECUTABLE : 0) | (mapping->shared ? MAPPING_SHARED : 0) |
	       (range->deleted ? MAPPING_DELETED : 0);
}

static struct error *write_kind_name(struct writer *writer, enum memory_kind kind, string_id *id)
{
	const char *name = memory_kind_name(kind);

	return writer_string(writer, name, strlen(name), id);
}

struct error *mapping_write(struct writer *writer, const struct memory_mapping *mapping,
			    const struct footprint_sum own[MEMORY_KINDS])
{
	const struct source_range *range = &mapping->range;
	struct mapping_row row = {.address = range->start,
				  .size = range->end - range->start,
				  .resident = mapping->resident,
				  .unshared = mapping->unshared,
				  .swapped = mapping->swapped,
				  .path = NO_ID,
				  .flags = mapping_flags(mapping)};
	int most = 0;

	for (int k = 1; k < MEMORY_KINDS; k++)
		if (own[k].size > own[most].size)
			most = k;
	TRY(write_kind_name(writer, (enum memory_kind)most, &row.kind));
	if (range->path != NULL)
		TRY(writer_string(writer, range->path, strlen(range->path), &row.path));
	return writer_mappings(writer, &row);
}

struct error *mapping_write_kinds(struct writer *writer, const struct footprint_sum kinds[MEMORY_KINDS])
{
	for (int k = 0; k < MEMORY_KINDS; k++) {
		struct memory_kind_row row = {
			.size = kinds[k].size, .resident = kinds[k].resident, .swapped = kinds[k].swapped};

		TRY(write_kind_name(writer, (enum memory_kind)k, &row.name));
		TRY(writer_memory_kinds(writer, &row));
	}
	return NULL;
}
