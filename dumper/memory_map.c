/* How much of what is mapped where is really there?
 *
 * A smaps text is a maps text with some twenty lines of figures after each line of a mapping. Lines are told apart by trying:
 * what parses as a mapping is one, and of the others four figures of the mapping before are taken. O(bytes).
 */
#include "dumper/memory_map.h"

#include "base/text.h"
#include "dumper/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void memory_map_init(struct memory_map *map)
{
	*map = (struct memory_map){0};
	arena_init(&map->names);
}

void memory_map_deinit(struct memory_map *map)
{
	vector_deinit(&map->mappings);
	arena_deinit(&map->names);
}

/* "Name:   123 kB" as bytes, at most `limit`; false where it is another line. */
static bool figure(const char *line, size_t length, const char *name, uint64_t limit, uint64_t *bytes)
{
	size_t at = strlen(name);
	uint64_t number = 0;

	if (length <= at || memcmp(line, name, at) != 0)
		return false;
	while (at < length && line[at] == ' ')
		at++;
	if (at == length || line[at] < '0' || line[at] > '9')
		return false;
	for (; at < length && line[at] >= '0' && line[at] <= '9'; at++)
		number = number < limit ? number * 10 + (uint64_t)(line[at] - '0') : limit;
	if (length - at != 3 || memcmp(line + at, " kB", 3) != 0)
		return false;
	*bytes = number < limit / 1024 ? number * 1024 : limit;
	return true;
}

static bool take_figure(struct memory_map *map, struct memory_mapping *mapping, const char *line, size_t length)
{
	uint64_t limit = mapping->range.end - mapping->range.start, bytes;

	if (figure(line, length, "Rss:", limit, &bytes)) {
		map->measured = true;
		mapping->resident = bytes;
	} else if (figure(line, length, "Private_Clean:", limit, &bytes) ||
		   figure(line, length, "Private_Dirty:", limit, &bytes)) {
		mapping->unshared = mapping->unshared < limit - bytes ? mapping->unshared + bytes : limit;
	} else if (figure(line, length, "Swap:", limit, &bytes)) {
		mapping->swapped = bytes;
	} else {
		return length > 0 && line[0] >= 'A' && line[0] <= 'Z' && memchr(line, ':', length) != NULL;
	}
	return true;
}

/* The mapping that figures belong to; NULL where its own line was left out. */
static struct error *take_line(struct memory_map *map, struct memory_mapping **current, const char *line, size_t length)
{
	struct memory_mapping *last = map->mappings.count > 0 ? &map->mappings.items[map->mappings.count - 1] : NULL;
	struct memory_mapping mapping = {0};
	struct maps_file file;
	bool parsed;

	if (*current != NULL && take_figure(map, *current, line, length))
		return NULL;
	TRY(maps_parse_line(line, length, &map->names, &mapping.range, &file, &parsed));
	if (!parsed || (last != NULL && mapping.range.start < last->range.end)) {
		map->skipped += *current != NULL || parsed;
		*current = NULL;
		return NULL;
	}
	mapping.shared = file.shared;
	TRY(vector_push(&map->mappings, mapping));
	*current = &map->mappings.items[map->mappings.count - 1];
	return NULL;
}

struct error *memory_map_parse(struct memory_map *map, const char *text, size_t length)
{
	struct memory_mapping *current = NULL;
	const char *end = text + length;

	for (const char *at = text; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline != NULL ? newline : end;

		TRY(take_line(map, &current, at, (size_t)(stop - at)));
		at = stop + (newline != NULL);
	}
	return NULL;
}

static struct error *read_open(int fd, const char *name, struct text *text)
{
	char buffer[65536];
	ssize_t got = -1;

	while (fd >= 0 && (got = read(fd, buffer, sizeof buffer)) > 0)
		text_add_bytes(text, buffer, (size_t)got);
	if (got < 0)
		return error_create_errno(errno == ENOENT || errno == ESRCH ? ERROR_GONE : ERROR_IO, errno,
					  "can't read %s", name);
	return text_error(text);
}

static struct error *read_whole(const char *path, struct text *text)
{
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return read_open(fd, path, text);
}

struct error *memory_map_read_open(struct memory_map *map, int fd)
{
	AUTO(text) struct text text;

	text_init(&text);
	TRY(read_open(fd, "the sizes of the process's memory", &text));
	if (text.length == 0)
		return error_create(ERROR_GONE, "the process ended: the sizes of its memory are empty");
	return memory_map_parse(map, text.data, text.length);
}

struct error *memory_map_read(struct memory_map *map, const char *proc, pid_t pid)
{
	AUTO(string) char *smaps = procfs_path(proc, pid, "smaps");
	AUTO(string) char *maps = procfs_path(proc, pid, "maps");
	AUTO(text) struct text text;

	text_init(&text);
	if (smaps == NULL || maps == NULL)
		return error_memory();
	AUTO(error) struct error *error = read_whole(smaps, &text);
	if (error != NULL && error->code != ERROR_GONE && error->code != ERROR_IO)
		return steal(&error);
	if (error != NULL) {
		text.length = 0;
		TRY(read_whole(maps, &text));
	}
	if (text.length == 0)
		return error_create(ERROR_GONE, "the process ended: %s is empty", smaps);
	return memory_map_parse(map, text.data, text.length);
}

void memory_map_of_fork(struct memory_map *map, const struct memory_map *process)
{
	for (size_t i = 0; i < map->mappings.count; i++) {
		struct memory_mapping *mapping = &map->mappings.items[i];
		const struct memory_mapping *original = memory_map_at(process, mapping->range.start);
		bool of_file = mapping->shared || (mapping->range.path != NULL && mapping->range.path[0] == '/');

		if (!of_file)
			mapping->unshared = mapping->resident;
		if (!of_file || original == NULL || original->range.start != mapping->range.start ||
		    original->range.end != mapping->range.end)
			continue;
		mapping->resident = original->resident;
		mapping->unshared = original->unshared;
		mapping->swapped = original->swapped;
	}
}

struct error *memory_map_of_core(struct memory_map *map, const struct core *core, struct source *source)
{
	const struct source_range *ranges;
	size_t count;

	TRY(source->operations->ranges(source, &ranges, &count));
	map->measured = true;
	for (size_t i = 0; i < count; i++) {
		const struct core_segment *segment = core_segment_at(core, ranges[i].start);
		struct memory_mapping mapping = {.range = ranges[i]};

		if (segment != NULL && segment->start == ranges[i].start)
			mapping.resident = segment->held & ~UINT64_C(4095);
		TRY(vector_push(&map->mappings, mapping));
	}
	return NULL;
}

const struct memory_mapping *memory_map_at(const struct memory_map *map, uint64_t address)
{
	size_t low = 0, high = map->mappings.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->mappings.items[middle].range.start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < map->mappings.items[low - 1].range.end ? &map->mappings.items[low - 1] : NULL;
}
