/* Which address ranges does a process have, and what lies behind them?
 *
 * Each line of the maps text is parsed by itself, field by field, from its own bytes only: a path may hold spaces,
 * newlines (as \012) and anything else, and the text may be cut. Lines that make no sense are counted and left out.
 * Then the ranges are sorted where they weren't and those that overlap an earlier one are left out too, so that every
 * later search may rely on sorted, disjoint ranges. Cost O(n) for the kernel's sorted text, O(n log n) otherwise;
 * about 80 bytes a range and its path.
 */
#include "dumper/maps.h"

#include "base/text.h"
#include "base/vector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)

struct line { /* what is left of one line */
	const char *at, *end;
};

struct entry {
	struct source_range range;
	struct maps_file file;
};

void maps_init(struct maps *maps)
{
	*maps = (struct maps){0};
	arena_init(&maps->names);
}

void maps_deinit(struct maps *maps)
{
	free(maps->ranges);
	free(maps->files);
	arena_deinit(&maps->names);
	*maps = (struct maps){0};
}

static int digit_value(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	return -1;
}

/* A number in `base`, then the character `ends` (a blank: one or more, or the end of the line). */
static bool line_number(struct line *line, unsigned base, char ends, uint64_t *value)
{
	const char *start = line->at;
	uint64_t number = 0;

	for (; line->at < line->end; line->at++) {
		int digit = digit_value(*line->at);
		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (number > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		number = number * base + (unsigned)digit;
	}
	if (line->at == start)
		return false;
	if (line->at == line->end ? ends != ' ' : *line->at++ != ends)
		return false;
	*value = number;
	return true;
}

static bool line_permissions(struct line *line, struct entry *entry)
{
	const char *at = line->at;

	if (line->end - at < 5 || at[4] != ' ')
		return false;
	if (strchr("r-", at[0]) == NULL || strchr("w-", at[1]) == NULL || strchr("x-", at[2]) == NULL ||
	    strchr("ps", at[3]) == NULL)
		return false;
	entry->range.readable = at[0] == 'r';
	entry->range.writable = at[1] == 'w';
	entry->range.executable = at[2] == 'x';
	entry->file.shared = at[3] == 's';
	line->at += 5;
	return true;
}

static bool is_unreadable_name(const char *path)
{
	return strncmp(path, "[vvar", strlen("[vvar")) == 0 || strcmp(path, "[vsyscall]") == 0;
}

/* The rest of the line is the path. The kernel writes a newline in it as \012 and nothing else escaped. */
static struct error *line_path(struct line line, struct arena *names, struct entry *entry)
{
	static const char deleted[] = " (deleted)";
	size_t length = 0;

	while (line.at < line.end && *line.at == ' ')
		line.at++;
	if (line.at == line.end)
		return NULL;
	char *path = arena_copy(names, line.at, (size_t)(line.end - line.at));
	if (path == NULL)
		return error_memory();
	for (const char *from = path; *from != '\0';) {
		bool newline = strncmp(from, "\\012", 4) == 0;
		path[length++] = newline ? '\n' : *from;
		from += newline ? 4 : 1;
	}
	path[length] = '\0';
	if (path[0] == '/' && length >= sizeof deleted && strcmp(path + length - sizeof deleted + 1, deleted) == 0) {
		path[length - sizeof deleted + 1] = '\0';
		entry->range.deleted = true;
	}
	if (is_unreadable_name(path))
		entry->range.readable = false;
	entry->range.path = path[0] != '\0' ? path : NULL;
	return NULL;
}

/* *parsed is false where the line makes no sense. */
static struct error *entry_parse(struct line line, struct arena *names, struct entry *entry, bool *parsed)
{
	uint64_t major, minor;

	*entry = (struct entry){0};
	*parsed = line_number(&line, 16, '-', &entry->range.start) && line_number(&line, 16, ' ', &entry->range.end) &&
		  line_permissions(&line, entry) && line_number(&line, 16, ' ', &entry->range.file_offset) &&
		  line_number(&line, 16, ':', &major) && line_number(&line, 16, ' ', &minor) &&
		  line_number(&line, 10, ' ', &entry->file.inode) && entry->range.start < entry->range.end &&
		  entry->range.start % PAGE == 0 && entry->range.end % PAGE == 0 && major <= UINT32_MAX &&
		  minor <= UINT32_MAX;
	if (!*parsed)
		return NULL;
	entry->file.device = makedev((unsigned)major, (unsigned)minor);
	return line_path(line, names, entry);
}

static int entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return a->range.start < b->range.start ? -1 : a->range.start > b->range.start;
}

/* Splits the entries into the two arrays, without those that overlap. */
static struct error *maps_take(struct maps *maps, struct entry *entries, size_t count)
{
	bool sorted = true;

	for (size_t i = 1; i < count; i++)
		sorted = sorted && entries[i - 1].range.start <= entries[i].range.start;
	if (!sorted)
		qsort(entries, count, sizeof *entries, entry_compare);
	maps->ranges = calloc(count, sizeof *maps->ranges);
	maps->files = calloc(count, sizeof *maps->files);
	if (maps->ranges == NULL || maps->files == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++) {
		if (maps->count > 0 && entries[i].range.start < maps->ranges[maps->count - 1].end) {
			maps->skipped++;
			continue;
		}
		maps->ranges[maps->count] = entries[i].range;
		maps->files[maps->count++] = entries[i].file;
	}
	return NULL;
}

struct entries {
	VECTOR(struct entry) all;
};

static void entries_deinit(struct entries *entries)
{
	vector_deinit(&entries->all);
}
DEFINE_AUTO_VALUE(entries, struct entries, entries_deinit);

struct error *maps_parse_line(const char *text, size_t length, struct arena *names, struct source_range *range,
			      struct maps_file *file, bool *parsed)
{
	struct entry entry;

	*parsed = false;
	if (memchr(text, '\0', length) != NULL)
		return NULL;
	TRY(entry_parse((struct line){.at = text, .end = text + length}, names, &entry, parsed));
	if (*parsed) {
		*range = entry.range;
		*file = entry.file;
	}
	return NULL;
}

struct error *maps_parse(struct maps *maps, const char *text, size_t length)
{
	AUTO(entries) struct entries entries = {0};
	const char *end = text + length;

	for (const char *at = text; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct line line = {.at = at, .end = newline != NULL ? newline : end};
		struct entry entry;
		bool parsed = false;
		if (memchr(at, '\0', (size_t)(line.end - at)) == NULL)
			TRY(entry_parse(line, &maps->names, &entry, &parsed));
		if (parsed)
			TRY(vector_push(&entries.all, entry));
		else
			maps->skipped++;
		at = line.end + (newline != NULL);
	}
	return entries.all.count > 0 ? maps_take(maps, entries.all.items, entries.all.count) : NULL;
}

static struct error *maps_failed(const char *path, int number)
{
	if (number == ENOENT || number == ESRCH)
		return error_create(ERROR_GONE, "the process ended: %s is gone", path);
	return error_create_errno(number == EACCES || number == EPERM ? ERROR_REFUSED : ERROR_IO, number,
				  "can't read %s", path);
}

struct error *maps_read_open(struct maps *maps, int fd, const char *name)
{
	AUTO(text) struct text text;
	char buffer[16384];
	ssize_t got;

	text_init(&text);
	while ((got = read(fd, buffer, sizeof buffer)) > 0)
		text_add_bytes(&text, buffer, (size_t)got);
	if (got < 0)
		return maps_failed(name, errno);
	TRY(text_error(&text));
	if (text.length == 0)
		return maps_failed(name, ESRCH);
	return maps_parse(maps, text.data, text.length);
}

struct error *maps_read(struct maps *maps, const char *path)
{
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? maps_read_open(maps, fd, path) : maps_failed(path, errno);
}

bool maps_find(const struct maps *maps, uint64_t address, size_t *index)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (address < maps->ranges[middle].start)
			high = middle;
		else if (address >= maps->ranges[middle].end)
			low = middle + 1;
		else {
			*index = middle;
			return true;
		}
	}
	return false;
}
