/* Makes the fuzzers' first inputs: make_corpus FOLDER
 *
 * Small heaps are written; each file becomes an input of fuzz_snapshot as it is and one as members, each member an input of
 * fuzz_document. Of both kinds there is a twin whose columns are stored without frames, since a fuzzer can't guess the
 * checksum in a frame. FOLDER/snapshot and FOLDER/document must exist.
 */
#include "format/column.h"
#include "format/member.h"
#include "format/reader.h"
#include "tests/format/help_file.h"
#include "tests/format/help_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(struct error *error)
{
	if (error == NULL)
		return;
	fprintf(stderr, "make_corpus: %s\n", error->message);
	exit(1);
}

/* Puts [encoding, raw length, bytes], or whatever else `value` is, as it is but without its frame. */
static void put_unframed(struct codec *codec, struct pack *pack, const struct pack_value *map, const char *key,
			 const struct pack_value *value)
{
	struct column column;
	uint64_t number;
	bool found;
	pack_text(pack, key);
	if (pack_value_u64(value, &number)) {
		pack_u64(pack, number);
		return;
	}
	must(column_find(map, key, &column, &found));
	struct column bytes = {ENCODING_BYTES, column.raw_length, column.data, column.size};
	AUTO(free) void *raw = malloc(column.raw_length + 1);
	must(column_get_bytes(codec, &bytes, column.raw_length, raw));
	pack_array(pack, 3);
	pack_u64(pack, column.encoding | ENCODING_STORED);
	pack_u64(pack, column.raw_length);
	pack_bytes(pack, raw, column.raw_length);
}

static char *key_at(const struct pack_value *map, size_t index, const struct pack_value **value)
{
	const struct pack_value *key;
	const char *text;
	size_t length;
	if (!pack_value_pair(map, index, &key, value) || !pack_value_text(key, &text, &length))
		exit(1);
	return strndup(text, length);
}

/* A copy of a document whose columns have no frames. */
static void unframe(const uint8_t *data, size_t size, struct pack *pack)
{
	AUTO(codec) struct codec *codec = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	must(codec_create(&codec));
	must(pack_document_create(data, size, 65536, &document));
	const struct pack_value *root = pack_document_root(document), *value, *inner;
	pack_clear(pack);
	pack_map(pack, pack_value_count(root));
	for (size_t i = 0; i < pack_value_count(root); i++) {
		AUTO(string) char *key = key_at(root, i, &value);
		if (!pack_value_is_map(value)) {
			put_unframed(codec, pack, root, key, value);
			continue;
		}
		pack_text(pack, key);
		pack_map(pack, pack_value_count(value));
		for (size_t j = 0; j < pack_value_count(value); j++) {
			AUTO(string) char *name = key_at(value, j, &inner);
			put_unframed(codec, pack, value, name, inner);
		}
	}
}

struct buffer {
	uint8_t *items;
	size_t count, capacity;
};

static void buffer_add(struct buffer *buffer, const void *data, size_t size)
{
	must(vector_reserve(buffer, buffer->count + size + 1));
	memcpy(buffer->items + buffer->count, data, size);
	buffer->count += size;
}

static void save(const char *folder, const char *kind, unsigned number, const char *what, const struct buffer *bytes)
{
	char name[64];
	snprintf(name, sizeof name, "%s/seed-%u-%s", kind, number, what);
	AUTO(string) char *path = help_path(folder, name);
	help_file_write(path, bytes->items, bytes->count);
}

static void start_members(struct buffer *buffer, const struct snapshot_counts *counts)
{
	const uint64_t *count = &counts->nodes;
	buffer_add(buffer, "\1\0", 2);
	for (size_t i = 0; i < sizeof *counts / sizeof *count; i++)
		buffer_add(buffer, &(uint32_t){(uint32_t)count[i]}, 4);
}

static void add_member(struct buffer *buffer, const struct member *member, const void *data, size_t size)
{
	uint8_t head[4] = {member->kind, (uint8_t)member->number, (uint8_t)size, (uint8_t)(size >> 8)};
	if (member->kind == MEMBER_MANIFEST || size > UINT16_MAX)
		return;
	buffer_add(buffer, head, sizeof head);
	buffer_add(buffer, data, size);
}

static void save_document(const char *folder, unsigned number, const struct member *member, const char *how,
			  const void *data, size_t size)
{
	struct buffer buffer = {0};
	char name[MEMBER_NAME_MAX + 1], what[MEMBER_NAME_MAX + 32];
	member_name(member->kind, member->number, name);
	*strchrnul(name, '/') = '\0';
	snprintf(what, sizeof what, "%s-%s", name, how);
	buffer_add(&buffer, &(uint8_t){(uint8_t)member->kind}, 1);
	buffer_add(&buffer, data, size);
	save(folder, "document", number, what, &buffer);
	vector_deinit(&buffer);
}

static void make(const char *folder, unsigned number, const char *path)
{
	AUTO(reader) struct reader *reader = NULL;
	AUTO(input) struct input *input = NULL;
	AUTO(catalog) struct catalog catalog;
	AUTO(pack) struct pack *pack = NULL;
	catalog_init(&catalog);
	must(pack_create(&pack));
	must(reader_open(path, &reader));
	must(input_create(path, &input));
	must(catalog_read(&catalog, input, false, NULL));
	struct snapshot_counts counts = reader_counts(reader);
	struct buffer framed = {0}, plain = {0}, whole = {0};
	start_members(&framed, &counts);
	start_members(&plain, &counts);
	for (size_t i = 0; i < catalog.members.count; i++) {
		const struct member *member = &catalog.members.items[i];
		uint8_t *data;
		must(member_read(member, input, UINT32_MAX, &data));
		AUTO(free) void *guard = data;
		(void)guard;
		save_document(folder, number, member, "framed", data, member->size);
		add_member(&framed, member, data, member->size);
		if (member->kind == MEMBER_META)
			add_member(&plain, member, data, member->size);
		if (member->kind == MEMBER_MANIFEST || member->kind == MEMBER_META)
			continue;
		const void *stored;
		size_t size;
		unframe(data, member->size, pack);
		must(pack_data(pack, &stored, &size));
		save_document(folder, number, member, "plain", stored, size);
		add_member(&plain, member, stored, size);
	}
	size_t size;
	AUTO(free) void *bytes = help_file_read(path, &size);
	buffer_add(&whole, "\0", 1);
	buffer_add(&whole, bytes, size);
	save(folder, "snapshot", number, "file", &whole);
	save(folder, "snapshot", number, "framed", &framed);
	save(folder, "snapshot", number, "plain", &plain);
	vector_deinit(&whole);
	vector_deinit(&framed);
	vector_deinit(&plain);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus FOLDER\n");
		return 2;
	}
	char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "seed.snap");
	for (unsigned i = 0; i < 4; i++) {
		AUTO(heap) struct heap heap;
		uint64_t bytes;
		help_heap_init(&heap, i, 3 * i * i, 1 + i, i % 2 ? HEAP_EXTREME : HEAP_LIKELY);
		if (i >= 2)
			help_heap_add_previews(&heap, i);
		if (i >= 1)
			help_heap_add_rows(&heap, i, 6 * i);
		must(help_heap_write(&heap, path, &bytes));
		make(argv[1], i, path);
	}
	help_folder_remove(folder);
	return 0;
}
