/* Manifest: is this file whole, and what does it say it holds?
 *
 * Method: [map, XXH3-128 of the map's bytes]. libarchive takes a tar that was cut between two members for whole, so only
 * the manifest at the end shows that nothing is missing. Cost: about 40 bytes a member, once.
 */
#include "format/manifest.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define FORMAT_NAME "heapdiff snapshot"

/* Names of the counts, in the file. */
static const struct {
	const char *name;
	size_t offset;
} count_fields[] = {
	{"nodes", offsetof(struct snapshot_counts, nodes)},
	{"edges", offsetof(struct snapshot_counts, edges)},
	{"types", offsetof(struct snapshot_counts, types)},
	{"strings", offsetof(struct snapshot_counts, strings)},
	{"roots", offsetof(struct snapshot_counts, roots)},
	{"root_edges", offsetof(struct snapshot_counts, root_edges)},
	{"size", offsetof(struct snapshot_counts, size)},
};
#define COUNT_FIELDS (sizeof count_fields / sizeof *count_fields)

/* --- writing ------------------------------------------------------------------------------------------------------- */

static void pack_losses(struct pack *pack, const uint64_t *losses)
{
	size_t some = 0;
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		some += losses[i] > 0;
	pack_text(pack, "losses");
	pack_map(pack, some);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (losses[i] > 0)
			pack_pair(pack, loss_name(i), losses[i]);
}

static void pack_members(struct pack *pack, const struct manifest_member *members, size_t count)
{
	pack_text(pack, "members");
	pack_array(pack, count);
	for (size_t i = 0; i < count; i++) {
		char name[MEMBER_NAME_MAX + 1];
		member_name(members[i].kind, members[i].number, name);
		pack_array(pack, 3);
		pack_text(pack, name);
		pack_u64(pack, members[i].size);
		pack_bytes(pack, members[i].checksum.bytes, sizeof members[i].checksum.bytes);
	}
}

struct error *manifest_write(const struct manifest *manifest, const struct manifest_member *members, size_t count,
			     struct pack *pack)
{
	pack_clear(pack);
	pack_array(pack, 2);
	pack_map(pack, 7);
	pack_text(pack, "format");
	pack_text(pack, FORMAT_NAME);
	pack_pair(pack, "major", manifest->major);
	pack_pair(pack, "minor", manifest->minor);
	pack_text(pack, "complete");
	pack_bool(pack, manifest->complete);
	pack_text(pack, "counts");
	pack_map(pack, COUNT_FIELDS);
	for (size_t i = 0; i < COUNT_FIELDS; i++) {
		uint64_t value;
		memcpy(&value, (const char *)&manifest->counts + count_fields[i].offset, sizeof value);
		pack_pair(pack, count_fields[i].name, value);
	}
	pack_losses(pack, manifest->losses);
	pack_members(pack, members, count);
	const void *data, *map;
	size_t size, map_size;
	TRY(pack_data(pack, &data, &size));
	/* The array's header is one byte; its second item is not there yet. */
	map = (const char *)data + 1;
	map_size = size - 1;
	struct checksum checksum = checksum_of(map, map_size);
	pack_bytes(pack, checksum.bytes, sizeof checksum.bytes);
	return pack_data(pack, &data, &size);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static struct error *manifest_error(const char *what)
{
	return error_create(ERROR_INPUT, "%s", what);
}

static struct error *read_counts(const struct pack_value *map, struct snapshot_counts *counts)
{
	const struct pack_value *values = pack_value_find(map, "counts");
	for (size_t i = 0; i < COUNT_FIELDS; i++) {
		uint64_t value;
		if (!pack_value_u64(pack_value_find(values, count_fields[i].name), &value))
			return error_create(ERROR_INPUT, "no count of %s", count_fields[i].name);
		memcpy((char *)counts + count_fields[i].offset, &value, sizeof value);
	}
	return NULL;
}

static struct error *read_losses(const struct pack_value *map, struct manifest *manifest)
{
	const struct pack_value *values = pack_value_find(map, "losses");
	if (!pack_value_is_map(values) || !pack_value_bool(pack_value_find(map, "complete"), &manifest->complete))
		return manifest_error("no word on losses");
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		const struct pack_value *value = pack_value_find(values, loss_name(i));
		if (value != NULL && !pack_value_u64(value, &manifest->losses[i]))
			return manifest_error("a loss that is no number");
		if (manifest->losses[i] > 0 && loss_is_partial(i))
			manifest->complete = false;
	}
	return NULL;
}

static struct error *read_member(const struct pack_value *item, struct catalog *catalog)
{
	const char *text;
	const uint8_t *checksum;
	size_t length, checksum_size;
	uint64_t size;
	if (pack_value_count(item) != 3 || !pack_value_text(pack_value_item(item, 0), &text, &length) ||
	    !pack_value_u64(pack_value_item(item, 1), &size) ||
	    !pack_value_bytes(pack_value_item(item, 2), &checksum, &checksum_size) || checksum_size != 16 ||
	    length > MEMBER_NAME_MAX)
		return manifest_error("a member that is not listed as [name, size, checksum]");
	char name[MEMBER_NAME_MAX + 1];
	memcpy(name, text, length);
	name[length] = '\0';
	AUTO(text) struct text shown;
	text_init(&shown);
	text_add_escaped(&shown, text, length);
	struct member *member = catalog_find_name(catalog, name);
	if (member == NULL)
		return error_create(ERROR_INPUT, "member '%s' is missing", text_string(&shown));
	if (member->size != size)
		return error_create(ERROR_INPUT, "member '%s' is %" PRIu64 " bytes long, not %" PRIu64,
				    text_string(&shown), member->size, size);
	if (member->listed)
		return error_create(ERROR_INPUT, "member '%s' is listed twice", text_string(&shown));
	member->listed = true;
	memcpy(member->checksum.bytes, checksum, checksum_size);
	return NULL;
}

static struct error *check_listed(const struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->members.count; i++) {
		const struct member *member = &catalog->members.items[i];
		if (member->listed || member->kind == MEMBER_MANIFEST || member->kind == MEMBER_UNKNOWN)
			continue;
		char name[MEMBER_NAME_MAX + 1];
		member_name(member->kind, member->number, name);
		return error_create(ERROR_INPUT, "it does not list member '%s'", name);
	}
	return NULL;
}

/* Members of one kind are numbered from 0 without a gap, and hold what is counted. As no two have the same number, they
 * have no gap where none has a number that is too large. */
static struct error *check_numbers(const struct catalog *catalog, const struct snapshot_counts *counts)
{
	for (size_t i = 0; i < catalog->members.count; i++) {
		const struct member *member = &catalog->members.items[i];
		if (member->kind != MEMBER_UNKNOWN && member->number >= catalog->counts[member->kind])
			return manifest_error("the numbers of its members have a gap");
	}
	if (catalog->counts[MEMBER_META] != 1 || catalog->counts[MEMBER_ROOTS] != 1)
		return manifest_error("the meta or roots member is missing");
	if (counts->nodes > NODES_MAX || counts->types > TYPES_MAX || counts->roots > ROOTS_MAX ||
	    counts->root_edges > ROOT_EDGES_MAX || counts->size > INT64_MAX)
		return manifest_error("a count is above its limit");
	uint64_t objects = counts->nodes / CHUNK_OBJECTS + (counts->nodes % CHUNK_OBJECTS > 0);
	uint64_t edges = counts->edges / CHUNK_EDGES + (counts->edges % CHUNK_EDGES > 0);
	if (objects != catalog->counts[MEMBER_OBJECTS] || edges != catalog->counts[MEMBER_EDGES])
		return manifest_error("the counts of objects and edges are not those of its members");
	if (catalog->counts[MEMBER_VALUES] != 0 && catalog->counts[MEMBER_VALUES] != objects)
		return manifest_error("it has not a values member for each objects member");
	if (counts->types > (uint64_t)catalog->counts[MEMBER_TYPES] * CHUNK_RECORDS ||
	    counts->strings > (uint64_t)catalog->counts[MEMBER_STRINGS] * CHUNK_RECORDS || counts->strings >= NO_ID)
		return manifest_error("the counts of types and strings are more than its members hold");
	return NULL;
}

static struct error *read_version(const struct pack_value *map, struct manifest *manifest)
{
	const char *name;
	size_t length;
	if (!pack_value_text(pack_value_find(map, "format"), &name, &length) || length != strlen(FORMAT_NAME) ||
	    memcmp(name, FORMAT_NAME, length) != 0 ||
	    !pack_value_u64(pack_value_find(map, "major"), &manifest->major) ||
	    !pack_value_u64(pack_value_find(map, "minor"), &manifest->minor))
		return manifest_error("not the manifest of a heapdiff snapshot");
	if (manifest->major != FORMAT_MAJOR)
		return error_create(ERROR_INPUT,
				    "the file has format version %" PRIu64 ".%" PRIu64 ", this program reads %d.x: "
				    "use a heapdiff that reads version %" PRIu64,
				    manifest->major, manifest->minor, FORMAT_MAJOR, manifest->major);
	return NULL;
}

struct error *manifest_read(const uint8_t *data, size_t size, struct catalog *catalog, bool strict,
			    struct manifest *manifest)
{
	AUTO(pack_document) struct pack_document *document = NULL;
	/* Four values a member that is there; a newer minor may add a few thousand of its own. */
	TRY(pack_document_create(data, size, 4096 + 8 * catalog->members.count, &document));
	const struct pack_value *root = pack_document_root(document), *map = pack_value_item(root, 0);
	const uint8_t *said;
	const void *bytes;
	size_t said_size, bytes_size;
	if (!pack_value_is_map(map) || !pack_value_bytes(pack_value_item(root, 1), &said, &said_size) ||
	    said_size != 16 || !pack_first_item(data, size, &bytes, &bytes_size))
		return manifest_error("not [map, checksum]");
	struct checksum checksum = checksum_of(bytes, bytes_size);
	if (memcmp(checksum.bytes, said, said_size) != 0)
		return manifest_error("its checksum is not its own: the file was altered or damaged");
	struct manifest result = {0};
	struct error *error = read_version(map, &result);
	manifest->major = result.major;
	TRY(error);
	TRY(read_losses(map, &result));
	TRY(read_counts(map, &result.counts));
	const struct pack_value *members = pack_value_find(map, "members");
	for (size_t i = 0; i < pack_value_count(members); i++) {
		error = read_member(pack_value_item(members, i), catalog);
		if (error == NULL)
			continue;
		if (strict || error->code != ERROR_INPUT)
			return error;
		error_destroy(error);
	}
	if (strict) {
		TRY(check_listed(catalog));
		TRY(check_numbers(catalog, &result.counts));
	}
	*manifest = result;
	return NULL;
}
