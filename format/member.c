/* Member: which parts of a snapshot does this file hold, and where?
 *
 * Method: one walk over the headers, then a sort by kind and number, so that twins lie side by side and looking up is a
 * binary search. Cost: the walk, and 72 bytes for each 512 or more of the file.
 */
#include "format/member.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAR_BLOCK 512u
#define TAR_END 1024u                          /* bytes of zeros that end an archive */
#define TAR_PADDING_MAX ((uint64_t)1024 * 1024) /* bytes of zeros after them, at most; tar itself writes up to 10 KiB */

static const struct {
	const char *name;
	bool numbered;
} kinds[] = {
	[MEMBER_META] = {"meta", false},         [MEMBER_STRINGS] = {"strings", true},
	[MEMBER_TYPES] = {"types", true},        [MEMBER_OBJECTS] = {"objects", true},
	[MEMBER_EDGES] = {"edges", true},        [MEMBER_ROOTS] = {"roots", false},
	[MEMBER_MANIFEST] = {"manifest", false}, [MEMBER_VALUES] = {"values", true},
#define RELATION(row, name, description) [MEMBER_RELATIONS + RELATION_##name] = {#name, true},
#include "format/relation.def"
};

void member_name(enum member_kind kind, uint32_t number, char name[MEMBER_NAME_MAX + 1])
{
	if (kinds[kind].numbered)
		snprintf(name, MEMBER_NAME_MAX + 1, "%s/%06" PRIu32, kinds[kind].name, number);
	else
		snprintf(name, MEMBER_NAME_MAX + 1, "%s", kinds[kind].name);
}

enum member_kind member_parse(const char *name, uint32_t *number)
{
	for (unsigned kind = 0; kind < MEMBER_UNKNOWN; kind++) {
		char canonical[MEMBER_NAME_MAX + 1];
		size_t length = strlen(kinds[kind].name);
		if (strncmp(name, kinds[kind].name, length) != 0)
			continue;
		bool numbered = kinds[kind].numbered && name[length] == '/';
		unsigned long value = numbered ? strtoul(name + length + 1, NULL, 10) : 0;
		member_name(kind, (uint32_t)value, canonical);
		if (strcmp(name, canonical) != 0)
			continue;
		*number = (uint32_t)value;
		return kind;
	}
	*number = 0;
	return MEMBER_UNKNOWN;
}

void catalog_init(struct catalog *catalog)
{
	memset(catalog, 0, sizeof *catalog);
}

void catalog_deinit(struct catalog *catalog)
{
	vector_deinit(&catalog->members);
}

static int member_compare(const void *left, const void *right)
{
	const struct member *a = left, *b = right;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->name_hash > b->name_hash) - (a->name_hash < b->name_hash);
}

static struct member member_of(const char *name)
{
	struct member member = {0};
	member.kind = member_parse(name, &member.number);
	if (member.kind == MEMBER_UNKNOWN)
		member.name_hash = checksum_hash(name, strlen(name));
	return member;
}

/* What follows the manifest must be zeros: the rest of its block, the end of the archive, padding of whole blocks. */
static struct error *check_end(const struct input *input, const struct member *manifest)
{
	uint64_t begin = manifest->offset + manifest->size, size = input->size;
	uint64_t end = begin + (TAR_BLOCK - begin % TAR_BLOCK) % TAR_BLOCK + TAR_END;
	if (size < end)
		return error_create_at(ERROR_INPUT, size, "the end of the archive is cut: %" PRIu64 " byte%s missing", end - size,
				       end - size == 1 ? " is" : "s are");
	bool zero = size - end <= TAR_PADDING_MAX && size % TAR_BLOCK == 0;
	uint8_t bytes[4096];
	for (uint64_t at = begin, most = zero ? size : end; at < most;) {
		size_t count = most - at < sizeof bytes ? (size_t)(most - at) : sizeof bytes;
		TRY(input_read(input, at, bytes, count));
		for (size_t i = 0; i < count; i++) {
			if (bytes[i] != 0 && at + i < end)
				return error_create_at(ERROR_INPUT, at + i,
						       "the end of the archive is altered: the byte at offset %" PRIu64
						       " is not zero",
						       at + i);
			zero &= bytes[i] == 0;
		}
		at += count;
	}
	if (zero)
		return NULL;
	return error_create_at(ERROR_INPUT, end, "%" PRIu64 " byte%s follow%s the end of the archive at offset %" PRIu64,
			       size - end, size - end == 1 ? "" : "s", size - end == 1 ? "s" : "", end);
}

/* Nothing may come after the manifest: neither members nor bytes. */
static struct error *walk_end(struct archive_walk *walk, const struct input *input, const struct member *manifest)
{
	struct archive_member found;
	bool more = false;
	struct error *error = archive_walk_next(walk, &found, &more);
	if (error != NULL && error->code != ERROR_INPUT)
		return error;
	if (error == NULL && more)
		return error_create_at(ERROR_INPUT, found.header,
				       "the member at offset %" PRIu64 " comes after the manifest", found.header);
	AUTO(error) struct error *general = error;
	TRY(check_end(input, manifest)); /* says it better */
	return steal(&general);
}

static struct error *catalog_walk(struct catalog *catalog, const struct input *input)
{
	AUTO(archive_walk) struct archive_walk *walk = NULL;
	TRY(archive_walk_create(input, &walk));
	for (;;) {
		struct archive_member found;
		bool more;
		TRY(archive_walk_next(walk, &found, &more));
		if (!more)
			return NULL;
		if (found.folder)
			continue;
		struct member member = member_of(found.name);
		member.header = found.header;
		member.offset = found.offset;
		member.size = found.size;
		TRY(vector_push(&catalog->members, member));
		catalog->counts[member.kind]++;
		if (member.kind == MEMBER_MANIFEST)
			return walk_end(walk, input, &member);
	}
}

static struct error *catalog_check_twins(const struct catalog *catalog)
{
	for (size_t i = 1; i < catalog->members.count; i++) {
		const struct member *member = &catalog->members.items[i];
		if (member_compare(member - 1, member) == 0)
			return error_create_at(ERROR_INPUT, member->header,
					       "the members at offsets %" PRIu64 " and %" PRIu64 " have the same name",
					       member[-1].header, member->header);
	}
	return NULL;
}

struct error *catalog_read(struct catalog *catalog, const struct input *input, bool tolerant, struct error **damage)
{
	struct error *error = catalog_walk(catalog, input);
	if (catalog->members.count > 0)
		qsort(catalog->members.items, catalog->members.count, sizeof *catalog->members.items, member_compare);
	if (error == NULL)
		error = catalog_check_twins(catalog);
	if (!tolerant)
		return error;
	if (error != NULL && error->code != ERROR_INPUT)
		return error;
	*damage = error;
	return NULL;
}

static struct member *catalog_search(const struct catalog *catalog, const struct member *key)
{
	if (catalog->members.count == 0)
		return NULL;
	return bsearch(key, catalog->members.items, catalog->members.count, sizeof *key, member_compare);
}

struct member *catalog_find(const struct catalog *catalog, enum member_kind kind, uint32_t number)
{
	struct member key = {.kind = kind, .number = number};
	return catalog_search(catalog, &key);
}

struct member *catalog_find_name(const struct catalog *catalog, const char *name)
{
	struct member key = member_of(name);
	return catalog_search(catalog, &key);
}

struct error *member_read(const struct member *member, const struct input *input, uint64_t most, uint8_t **data)
{
	if (member->size > most || member->size == 0)
		return error_create(ERROR_INPUT, "%" PRIu64 " bytes long, not 1 to %" PRIu64, member->size, most);
	AUTO(free) void *memory = malloc(member->size);
	if (memory == NULL)
		return error_memory();
	TRY(input_read(input, member->offset, memory, member->size));
	struct checksum checksum = checksum_of(memory, member->size);
	if (member->listed && !checksum_equal(&checksum, &member->checksum))
		return error_create(ERROR_INPUT, "its checksum is not the manifest's: the file was altered or damaged");
	*data = steal(&memory);
	return NULL;
}
