/* Reader: no byte of a file can be changed or cut off unnoticed, and no forged file gets beyond the border. */
#include "format/chunk.h"
#include "format/reader.h"
#include "format/record.h"
#include "format/values.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/format/help_tar.h"
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

static const char *const small = "object 0x1000 app.Session size=56 ref=3 gen=2 length=4\n"
				 "object 0x2000 dict size=64 hash=99\n"
				 "object 0x3000 str\n"
				 "edge 0x1000 0x2000 .cache\n"
				 "edge 0x2000 0x3000 <key>\n"
				 "edge 0x2000 0x1000 [k]\n"
				 "root modules sys.modules 0x1000\n"
				 "meta pid 4711\n";

/* A small snapshot in memory; owned. */
static uint8_t *small_file(size_t *size)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "small.snap");
	assert_ok(help_snapshot_write(path, small));
	return help_file_read(path, size);
}

static struct error *read_bytes(const void *bytes, size_t size)
{
	char path[64];
	AUTO(close) int fd = help_memory_file(bytes, size, path);
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(path, &reader));
	return reader_verify(reader);
}

static struct error *read_tar(struct tar *tar)
{
	help_tar_end(tar);
	return read_bytes(tar->bytes.items, tar->bytes.count);
}

/* --- accidents ----------------------------------------------------------------------------------------------------- */

/* Everything that a reader hands out, as one checksum. */
static struct checksum digest(struct reader *reader)
{
	struct object_columns objects = {0};
	struct edge_columns edges = {.name = calloc(1, CHUNK_EDGES), .class = calloc(1, CHUNK_EDGES)};
	struct snapshot_counts counts = reader_counts(reader);
	struct checksum_stream *stream;
	node_id first;
	uint32_t count;
	uint64_t first_edge;
	objects.address = calloc(CHUNK_OBJECTS, 8);
	objects.size = calloc(CHUNK_OBJECTS, 8);
	objects.degree = calloc(CHUNK_OBJECTS, 4);
	edges.target = calloc(CHUNK_EDGES, 4);
	edges.payload = calloc(CHUNK_EDGES, 8);
	assert_ok(checksum_stream_create(&stream));
	checksum_stream_add(stream, &counts, sizeof counts);
	assert_ok(reader_objects(reader, 0, &objects, &first, &count));
	checksum_stream_add(stream, objects.address, (size_t)count * 8);
	checksum_stream_add(stream, objects.size, (size_t)count * 8);
	assert_ok(reader_edges(reader, 0, objects.degree, &edges, &first_edge, &count));
	checksum_stream_add(stream, edges.target, (size_t)count * 4);
	checksum_stream_add(stream, edges.name, count);
	checksum_stream_add(stream, edges.payload, (size_t)count * 8);
	checksum_stream_add(stream, reader_types(reader), counts.types * sizeof(struct type_record));
	for (uint32_t i = 0; i < counts.strings; i++)
		checksum_stream_add(stream, reader_string(reader, i, NULL), strlen(reader_string(reader, i, NULL)));
	struct checksum result = checksum_stream_end(stream);
	checksum_stream_destroy(stream);
	free(objects.address);
	free(objects.size);
	free(objects.degree);
	free(edges.target);
	free(edges.name);
	free(edges.class);
	free(edges.payload);
	return result;
}

/* The bytes are refused with a message that begins with the path, or say the same as `whole`. Returns whether refused. */
static bool refused_or_same(const void *bytes, size_t size, const struct checksum *whole)
{
	char path[64];
	AUTO(close) int fd = help_memory_file(bytes, size, path);
	AUTO(reader) struct reader *reader = NULL;
	AUTO(error) struct error *error = reader_open(path, &reader);
	if (error == NULL)
		error = reader_verify(reader);
	if (error == NULL) {
		struct checksum said = digest(reader);
		cr_assert(checksum_equal(&said, whole));
		return false;
	}
	cr_assert_eq(error->code, ERROR_INPUT, "%s", error->message);
	cr_assert_eq(strncmp(error->message, path, strlen(path)), 0, "%s", error->message);
	cr_assert(strchr(error->message, '\n') == NULL, "%s", error->message);
	return true;
}

static struct checksum whole_digest(const void *bytes, size_t size)
{
	char path[64];
	AUTO(close) int fd = help_memory_file(bytes, size, path);
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	assert_ok(reader_verify(reader));
	return digest(reader);
}

HEAP_TEST(reader, every_byte_altered_is_noticed_or_says_nothing)
{
	size_t size, refused = 0;
	AUTO(free) void *memory = small_file(&size);
	uint8_t *bytes = memory;
	struct checksum whole = whole_digest(bytes, size);
	for (size_t i = 0; i < size; i += HEAP_TEST_STEP(1)) {
		bytes[i] ^= 0xff;
		refused += refused_or_same(bytes, size, &whole);
		bytes[i] ^= 0xff ^ (uint8_t)(1u << i % 8);
		refused += refused_or_same(bytes, size, &whole);
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	cr_assert_gt(refused, size / HEAP_TEST_STEP(2));
}

HEAP_TEST(reader, every_truncation_is_noticed)
{
	size_t size;
	AUTO(free) void *bytes = small_file(&size);
	struct checksum whole = whole_digest(bytes, size);
	for (size_t length = 0; length < size; length += HEAP_TEST_STEP(1))
		cr_assert(refused_or_same(bytes, length, &whole), "cut to %zu of %zu", length, size);
	assert_error_says(read_bytes(bytes, size - 1), ERROR_INPUT, "the end of the archive is cut: 1 byte is missing");
	assert_error_says(read_bytes(bytes, size - 1024), ERROR_INPUT, "is cut: 1024 bytes are missing");
}

/* The bytes of the small file with `count` of `byte` on its end. */
static struct error *read_longer(size_t count, uint8_t byte)
{
	size_t size;
	AUTO(free) void *bytes = small_file(&size);
	AUTO(free) void *memory = calloc(1, size + count);
	uint8_t *longer = memory;
	memcpy(longer, bytes, size);
	memset(longer + size, byte, count);
	return read_bytes(longer, size + count);
}

HEAP_TEST(reader, only_zero_blocks_may_follow_the_end)
{
	assert_ok(read_longer(512, 0));
	assert_ok(read_longer(10240, 0));
	assert_ok(read_longer(1024 * 1024, 0));
	assert_error_says(read_longer(1024 * 1024 + 512, 0), ERROR_INPUT, ": 1049088 bytes follow the end of the archive");
	assert_error_says(read_longer(1, 0), ERROR_INPUT, ": 1 byte follows the end of the archive at offset");
	assert_error_says(read_longer(1, 7), ERROR_INPUT, ": 1 byte follows");
	assert_error_says(read_longer(512, 7), ERROR_INPUT, ": 512 bytes follow");
	assert_error_says(read_longer(5000, 7), ERROR_INPUT, ": 5000 bytes follow");
	size_t size;
	AUTO(free) void *memory = small_file(&size);
	uint8_t *bytes = memory;
	/* Two snapshots in a row are none. */
	AUTO(free) void *both = malloc(2 * size);
	memcpy(both, bytes, size);
	memcpy((uint8_t *)both + size, bytes, size);
	assert_error_says(read_bytes(both, 2 * size), ERROR_INPUT, "bytes follow the end of the archive");
	for (size_t i = size - 1024; i < size; i += 31) {
		bytes[i] = 1;
		assert_error_says(read_bytes(bytes, size), ERROR_INPUT, "the end of the archive is altered");
		bytes[i] = 0;
	}
}

HEAP_TEST(reader, messages_say_what_to_do)
{
	size_t size;
	AUTO(free) void *bytes = small_file(&size);
	assert_error_says(read_bytes(bytes, 0), ERROR_INPUT, "the file is empty");
	assert_error_says(read_bytes("hello", 5), ERROR_INPUT, "not a heapdiff snapshot");
	assert_error_says(read_bytes(bytes, size - 2000), ERROR_INPUT, "heapdiff salvage /proc/self/fd/");
	assert_error_says(read_bytes(bytes, 700), ERROR_INPUT, "is cut");
	/* Where there is nothing to save, nothing is said of saving. */
	AUTO(error) struct error *error = read_bytes("hello", 5);
	cr_assert_null(strstr(error->message, "salvage"));
	AUTO(error) struct error *early = read_bytes(bytes, 1500);
	cr_assert_not_null(early);
	cr_assert_null(strstr(early->message, "salvage"), "%s", early->message);
	assert_error_says(read_bytes("\x1f\x8b\x08 packed", 10), ERROR_INPUT, "compressed by gzip: unpack it first (gunzip");
	assert_error_says(read_bytes("\x28\xb5\x2f\xfd packed", 11), ERROR_INPUT, "compressed by zstd: unpack it first");
	AUTO(reader) struct reader *reader = NULL;
	assert_error_says(reader_open("/nonexistent/a.snap", &reader), ERROR_IO, "/nonexistent/a.snap: can't open it");
	assert_error_says(reader_open("/tmp", &reader), ERROR_INPUT, "/tmp: a folder");
	assert_error_says(reader_open("/dev/zero", &reader), ERROR_INPUT, "/dev/zero: not a heapdiff snapshot");
	assert_error_says(reader_open("/dev/null", &reader), ERROR_INPUT, "empty");
}

/* --- forged archives ----------------------------------------------------------------------------------------------- */

static void add_names(struct tar *tar, const char *name, char type)
{
	help_tar_add(tar, "meta", '0', "\x80", 1);
	help_tar_add(tar, name, type, "x", type == '0' ? 1 : 0);
}

static void assert_name_refused(const char *name, char type, const char *part)
{
	AUTO(tar) struct tar tar = {0};
	add_names(&tar, name, type);
	assert_error_says(read_tar(&tar), ERROR_INPUT, part);
}

HEAP_TEST(reader, dangerous_members_are_refused)
{
	assert_name_refused("../meta", '0', "member '../meta' at offset 1024 is named as if to leave");
	assert_name_refused("a/../../b", '0', "leave the archive");
	assert_name_refused("a/..", '5', "leave the archive");
	assert_name_refused("/etc/passwd", '0', "leave the archive");
	assert_name_refused("roots", '1', "is a link");
	assert_name_refused("roots", '2', "is a link");
	assert_name_refused("roots", '3', "not a regular file");
	assert_name_refused("roots", '4', "not a regular file");
	assert_name_refused("roots", '6', "not a regular file");
	assert_name_refused("meta", '0', "same name");
	assert_name_refused("\x1b[31mred/../x", '0', "\\x1B[31mred");
	/* Harmless: other members and folders; what is missing then is the manifest. */
	assert_name_refused("other", '0', "no manifest");
	assert_name_refused("objects", '5', "no manifest");
	assert_name_refused("objects/0000001", '0', "no manifest");
}

HEAP_TEST(reader, unknown_twins_are_refused)
{
	AUTO(tar) struct tar tar = {0};
	help_tar_add(&tar, "future", '0', "1", 1);
	help_tar_add(&tar, "future", '0', "2", 1);
	assert_error_says(read_tar(&tar), ERROR_INPUT, "same name");
}

HEAP_TEST(reader, announced_sizes_are_not_believed)
{
	AUTO(tar) struct tar tar = {0};
	help_tar_header(&tar, "meta", '0', UINT64_C(077777777777));
	assert_error_says(read_tar(&tar), ERROR_INPUT, "is cut");
}

/* --- forged documents ---------------------------------------------------------------------------------------------- */

/* An archive of the smallest members that are right, some of them replaced. */
struct forged {
	struct tar tar;
	struct pack *pack;
	struct codec *codec;
	struct manifest manifest;
};

static void forged_init(struct forged *forged)
{
	memset(forged, 0, sizeof *forged);
	assert_ok(pack_create(&forged->pack));
	assert_ok(codec_create(&forged->codec));
	forged->manifest.major = FORMAT_MAJOR;
	help_tar_add(&forged->tar, "meta", '0', "\x80", 1);
	struct intern strings;
	intern_init(&strings);
	string_id id;
	assert_ok(intern_put(&strings, "name", 4, &id));
	assert_ok(strings_write(forged->codec, &strings, 0, 1, forged->pack));
	help_tar_pack(&forged->tar, "strings/000000", forged->pack);
	intern_deinit(&strings);
	forged->manifest.counts.strings = 1;
}

static void forged_deinit(struct forged *forged)
{
	help_tar_deinit(&forged->tar);
	pack_destroy(forged->pack);
	codec_destroy(forged->codec);
}
DEFINE_AUTO_VALUE(forged, struct forged, forged_deinit);

static void add_types(struct forged *forged, const struct type_record *types, uint32_t count)
{
	assert_ok(types_write(forged->codec, types, 0, count, forged->pack));
	help_tar_pack(&forged->tar, "types/000000", forged->pack);
	forged->manifest.counts.types = count;
}

/* Roots without edges but one, if any, of the first root. */
static void add_roots(struct forged *forged, const struct root_record *root, const struct edge_record *edge)
{
	struct roots roots = {0};
	if (root != NULL)
		assert_ok(vector_push(&roots.rows, *root));
	assert_ok(vector_push(&roots.offsets, 0));
	if (edge != NULL)
		assert_ok(vector_push(&roots.edges, *edge));
	if (root != NULL)
		assert_ok(vector_push(&roots.offsets, roots.edges.count));
	assert_ok(roots_write(forged->codec, &roots, forged->pack));
	help_tar_pack(&forged->tar, "roots", forged->pack);
	forged->manifest.counts.roots = roots.rows.count;
	forged->manifest.counts.root_edges = roots.edges.count;
	root_rows_deinit(&roots);
}

/* `count` objects of type 0 at 8, 16, ...; the first has `edges` edges. */
static void add_objects(struct forged *forged, uint32_t count, type_id type, uint32_t edges)
{
	AUTO(object_columns) struct object_columns columns = {0};
	assert_ok(object_columns_init(&columns));
	for (uint32_t i = 0; i < count; i++) {
		columns.address[i] = 8 * (uint64_t)(i + 1);
		columns.type[i] = type;
		columns.size[i] = columns.getsizeof[i] = 1;
		columns.refcount[i] = columns.content_hash[i] = columns.length[i] = 0;
		columns.generation[i] = columns.flags[i] = 0;
		columns.degree[i] = i == 0 ? edges : 0;
	}
	struct objects_header header = {0, count, 0};
	assert_ok(objects_write(forged->codec, &header, &columns, forged->pack));
	help_tar_pack(&forged->tar, "objects/000000", forged->pack);
	forged->manifest.counts.nodes = forged->manifest.counts.size = count;
}

static void add_edge(struct forged *forged, const struct edges_header *header, uint32_t difference, uint8_t tag,
		     uint64_t payload)
{
	struct edge_rows rows = {&difference, &tag, &payload};
	assert_ok(edges_write(forged->codec, header, &rows, tag >> 7, forged->pack));
	help_tar_pack(&forged->tar, "edges/000000", forged->pack);
	forged->manifest.counts.edges = 1;
}

static struct error *forged_read(struct forged *forged)
{
	help_tar_manifest(&forged->tar, &forged->manifest);
	return read_tar(&forged->tar);
}

static struct error *walk_edges(struct reader *reader, const uint64_t *begins, node_id first, uint32_t count,
				struct edge_page *page)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint64_t e = begins[i]; e < begins[i + 1]; e++) {
			struct edge_record edge;
			TRY(reader_edge_page(reader, (uint32_t)(e / CHUNK_EDGES), page));
			TRY(reader_page_edge(reader, page, first + i, begins[i], e, &edge));
			cr_assert_lt(edge.target, reader_counts(reader).nodes);
		}
	}
	return NULL;
}

/* As who asks for single objects: the edges of each, without the degrees of the others. */
static struct error *forged_walk(struct forged *forged)
{
	char path[64];
	help_tar_manifest(&forged->tar, &forged->manifest);
	help_tar_end(&forged->tar);
	AUTO(close) int fd = help_memory_file(forged->tar.bytes.items, forged->tar.bytes.count, path);
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(path, &reader));
	AUTO(free) void *begins = malloc((CHUNK_OBJECTS + 1) * sizeof(uint64_t));
	AUTO(free) void *target = malloc(CHUNK_EDGES * sizeof(node_id));
	AUTO(free) void *names = malloc(2 * CHUNK_EDGES);
	AUTO(free) void *payload = malloc(CHUNK_EDGES * sizeof(uint64_t));
	struct edge_page page = {.columns = {target, names, (uint8_t *)names + CHUNK_EDGES, payload}};
	node_id first;
	uint32_t count;
	TRY(reader_edge_begins(reader, 0, begins, &first, &count));
	return walk_edges(reader, begins, first, count, &page);
}

static const struct type_record plain_type = {.module = NO_ID, .base = NO_ID, .node = NO_ID};

HEAP_TEST(reader, the_smallest_file_is_read)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	add_roots(&forged, NULL, NULL);
	assert_ok(forged_read(&forged));
}

HEAP_TEST(reader, one_edge_is_read)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	add_types(&forged, &plain_type, 1);
	add_objects(&forged, 3, 0, 1);
	add_edge(&forged, &(struct edges_header){0, 1, 0, 0}, zigzag_u32(2), tag_make(NAME_ATTRIBUTE, EDGE_OWNED), 0);
	add_roots(&forged, NULL, NULL);
	assert_ok(forged_read(&forged));
}

static void forge_edge(struct forged *forged, uint32_t difference, uint8_t tag, uint64_t payload,
		       const struct edges_header *header)
{
	forged_init(forged);
	add_types(forged, &plain_type, 1);
	add_objects(forged, 3, 0, 1);
	add_edge(forged, header, difference, tag, payload);
	add_roots(forged, NULL, NULL);
}

static void assert_edge_refused(uint32_t difference, uint8_t tag, uint64_t payload, struct edges_header header,
				const char *part)
{
	AUTO(forged) struct forged whole, single;
	forge_edge(&whole, difference, tag, payload, &header);
	assert_error_says(forged_read(&whole), ERROR_INPUT, part);
	forge_edge(&single, difference, tag, payload, &header);
	assert_error_says(forged_walk(&single), ERROR_INPUT, "");
}

HEAP_TEST(reader, gives_edges_of_single_objects)
{
	AUTO(forged) struct forged good, many;
	forge_edge(&good, zigzag_u32(2), tag_make(NAME_ATTRIBUTE, EDGE_OWNED), 0, &(struct edges_header){0, 1, 0, 0});
	assert_ok(forged_walk(&good));
	forged_init(&many);
	add_types(&many, &plain_type, 1);
	add_objects(&many, 3, 0, 2);
	add_edge(&many, &(struct edges_header){0, 1, 0, 0}, 0, 0, 0);
	add_roots(&many, NULL, NULL);
	assert_error_says(forged_walk(&many), ERROR_INPUT, "more edges than there are");
}

HEAP_TEST(reader, edges_to_nothing_are_refused)
{
	const struct edges_header good = {0, 1, 0, 0};
	uint8_t attribute = tag_make(NAME_ATTRIBUTE, EDGE_OWNED);
	assert_edge_refused(zigzag_u32(3), 0, 0, good, "an edge to object 3 of 3");
	assert_edge_refused(zigzag_u32(UINT32_MAX), 0, 0, good, "member 'edges/000000' at offset");
	assert_edge_refused(zigzag_u32(2), attribute, 1, good, "a string that is not there");
	assert_edge_refused(zigzag_u32(2), attribute, UINT64_MAX, good, "a string that is not there");
	assert_edge_refused(0, NAME_COUNT, 0, good, "unknown name");
	assert_edge_refused(0, NAME_ATTRIBUTE, 0, good, "payload");
	assert_edge_refused(0, NAME_NONE | TAG_PAYLOAD, 0, good, "payload");
	assert_edge_refused(0, NAME_VALUE, 0, good, "without a key");
	assert_edge_refused(0, 0, 0, (struct edges_header){1, 1, 0, 0}, "1 edges from 1 on");
	assert_edge_refused(0, 0, 0, (struct edges_header){0, 1, 1, 0}, "by the degrees");
	assert_edge_refused(0, 0, 0, (struct edges_header){0, 1, 0, 1}, "by the degrees");
}

static void assert_types_refused(struct type_record type, type_id of_objects, const char *part)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	add_types(&forged, &type, 1);
	add_objects(&forged, 3, of_objects, 0);
	add_roots(&forged, NULL, NULL);
	assert_error_says(forged_read(&forged), ERROR_INPUT, part);
}

HEAP_TEST(reader, ids_out_of_range_are_refused)
{
	struct type_record type = plain_type;
	assert_types_refused(type, 1, "a type that is not there");
	type.name = 1;
	assert_types_refused(type, 0, "type 0 names");
	type.name = 0, type.base = 1;
	assert_types_refused(type, 0, "type 0 names");
	type.base = NO_ID, type.node = 3;
	assert_types_refused(type, 0, "type 0 names");
}

static void assert_root_refused(struct root_record root, struct edge_record edge, const char *part)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	add_types(&forged, &plain_type, 1);
	add_objects(&forged, 3, 0, 0);
	add_roots(&forged, &root, &edge);
	assert_error_says(forged_read(&forged), ERROR_INPUT, part);
}

HEAP_TEST(reader, forged_roots_are_refused)
{
	struct root_record root = {.function = NO_ID, .file = NO_ID};
	assert_root_refused(root, (struct edge_record){.target = 3}, "root 0 names");
	assert_root_refused(root, (struct edge_record){.name = NAME_VALUE}, "root 0 names");
	assert_root_refused(root, (struct edge_record){.name = NAME_LOCAL, .payload = 1}, "root 0 names");
	root.name = 7;
	assert_root_refused(root, (struct edge_record){0}, "root 0 names");
	root.name = 0, root.kind = ROOT_KIND_COUNT;
	assert_root_refused(root, (struct edge_record){0}, "unknown kind");
}

HEAP_TEST(reader, counts_that_members_cannot_hold_are_refused)
{
	static const struct {
		size_t offset;
		uint64_t value;
		const char *part;
	} lies[] = {
		{offsetof(struct snapshot_counts, nodes), UINT64_C(1) << 31, "above its limit"},
		{offsetof(struct snapshot_counts, nodes), NODES_MAX, "not those of its members"},
		{offsetof(struct snapshot_counts, edges), UINT64_MAX, "not those of its members"},
		{offsetof(struct snapshot_counts, types), 70000, "more than its members hold"},
		{offsetof(struct snapshot_counts, strings), UINT64_MAX, "more than its members hold"},
		{offsetof(struct snapshot_counts, strings), 2, "counts other strings"},
		{offsetof(struct snapshot_counts, roots), UINT64_MAX, "above its limit"},
		{offsetof(struct snapshot_counts, root_edges), UINT64_MAX, "above its limit"},
		{offsetof(struct snapshot_counts, size), UINT64_C(1) << 63, "above its limit"},
		{offsetof(struct snapshot_counts, size), 4, "do not add up"},
	};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		AUTO(forged) struct forged forged;
		forged_init(&forged);
		add_types(&forged, &plain_type, 1);
		add_objects(&forged, 3, 0, 0);
		add_roots(&forged, NULL, NULL);
		memcpy((char *)&forged.manifest.counts + lies[i].offset, &lies[i].value, sizeof lies[i].value);
		assert_error_says(forged_read(&forged), ERROR_INPUT, lies[i].part);
	}
}

HEAP_TEST(reader, members_that_do_not_match_the_manifest_are_refused)
{
	AUTO(forged) struct forged unlisted, missing, after;
	forged_init(&unlisted);
	add_roots(&unlisted, NULL, NULL);
	add_types(&unlisted, &plain_type, 1);
	unlisted.tar.members.count--;
	assert_error_says(forged_read(&unlisted), ERROR_INPUT, "does not list member 'types/000000'");
	forged_init(&missing);
	add_roots(&missing, NULL, NULL);
	assert_ok(vector_push(&missing.tar.members, (struct manifest_member){.kind = MEMBER_TYPES}));
	assert_error_says(forged_read(&missing), ERROR_INPUT, "member 'types/000000' is missing");
	forged_init(&after);
	help_tar_manifest(&after.tar, &after.manifest);
	add_roots(&after, NULL, NULL);
	assert_error_says(read_tar(&after.tar), ERROR_INPUT, "after the manifest");
}

/* Two members numbered 1 and 5: the second of them by count is there, the first is not. */
HEAP_TEST(reader, gaps_in_the_numbers_are_refused)
{
	static const char *const names[][2] = {{"types/000001", "types/000005"},
					       {"strings/000001", "strings/000003"},
					       {"objects/000001", "objects/000002"},
					       {"edges/000007", "edges/000001"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		AUTO(forged) struct forged forged;
		forged_init(&forged);
		add_roots(&forged, NULL, NULL);
		help_tar_add(&forged.tar, names[i][0], '0', "x", 1);
		help_tar_add(&forged.tar, names[i][1], '0', "x", 1);
		assert_error_says(forged_read(&forged), ERROR_INPUT, "have a gap");
	}
}

HEAP_TEST(reader, values_go_with_all_objects_or_none)
{
	AUTO(forged) struct forged wrong, many;
	AUTO(value_chunk) struct value_chunk chunk = {0};
	assert_ok(value_chunk_init(&chunk));
	forged_init(&wrong);
	add_types(&wrong, &plain_type, 1);
	add_objects(&wrong, 3, 0, 0);
	assert_ok(values_write(wrong.codec, 0, 2, &chunk, wrong.pack));
	help_tar_pack(&wrong.tar, "values/000000", wrong.pack);
	add_roots(&wrong, NULL, NULL);
	assert_error_says(forged_read(&wrong), ERROR_INPUT, "2 objects from 0 on, not 3 from 0");
	forged_init(&many);
	add_roots(&many, NULL, NULL);
	assert_ok(values_write(many.codec, 0, 2, &chunk, many.pack));
	help_tar_pack(&many.tar, "values/000000", many.pack);
	assert_error_says(forged_read(&many), ERROR_INPUT, "not a values member for each objects member");
}

HEAP_TEST(reader, checksums_name_the_member)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	add_roots(&forged, NULL, NULL);
	forged.tar.members.items[0].checksum.bytes[3] ^= 1;
	assert_error_says(forged_read(&forged), ERROR_INPUT, "member 'meta' at offset 0: its checksum");
}

/* --- versions ------------------------------------------------------------------------------------------------------ */

HEAP_TEST(reader, newer_majors_are_refused_and_newer_minors_read)
{
	AUTO(forged) struct forged major, minor;
	forged_init(&major);
	add_roots(&major, NULL, NULL);
	major.manifest.major = 2;
	major.manifest.minor = 3;
	assert_error_says(forged_read(&major), ERROR_INPUT, "use a heapdiff that reads version 2");
	AUTO(error) struct error *error = read_bytes(major.tar.bytes.items, major.tar.bytes.count);
	cr_assert_null(strstr(error->message, "salvage"));
	/* A newer minor has members, root kinds and edge names that we don't know. */
	forged_init(&minor);
	minor.manifest.minor = 9;
	help_tar_add(&minor.tar, "future/000000", '0', "?", 1);
	struct root_record root = {.kind = (enum root_kind)200, .function = NO_ID, .file = NO_ID};
	add_types(&minor, &plain_type, 1);
	add_objects(&minor, 3, 0, 1);
	add_edge(&minor, &(struct edges_header){0, 1, 0, 0}, 0, 30 | TAG_PAYLOAD, 77);
	add_roots(&minor, &root, NULL);
	help_tar_manifest(&minor.tar, &minor.manifest);
	help_tar_end(&minor.tar);
	char path[64];
	AUTO(close) int fd = help_memory_file(minor.tar.bytes.items, minor.tar.bytes.count, path);
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	assert_ok(reader_verify(reader));
	cr_assert_eq(reader_minor(reader), 9);
	cr_assert_eq(reader_roots(reader)[0].kind, ROOT_INTERPRETER);
	uint32_t degrees[3] = {1}, count;
	AUTO(free) void *names = malloc(CHUNK_EDGES), *payloads = malloc((size_t)CHUNK_EDGES * 8);
	struct edge_columns columns = {.name = names, .payload = payloads};
	uint64_t first;
	assert_ok(reader_edges(reader, 0, degrees, &columns, &first, &count));
	cr_assert_eq(columns.name[0], NAME_NONE);
	cr_assert_eq(columns.payload[0], 0);
}

/* A document of our own columns and more, which a newer minor may have. */
HEAP_TEST(reader, unknown_keys_are_ignored)
{
	AUTO(forged) struct forged forged;
	forged_init(&forged);
	forged.tar.bytes.count = forged.tar.members.count = 0;
	forged.manifest.counts.strings = 0;
	help_tar_add(&forged.tar, "meta", '0',
		     "\x82\xa6"
		     "future\x93\1\2\3\xa3pid\7",
		     17);
	add_roots(&forged, NULL, NULL);
	assert_ok(forged_read(&forged));
}

/* --- bombs --------------------------------------------------------------------------------------------------------- */

/* A strings member whose text column says `raw_length` bytes and holds a frame of `real` zeros. */
static void add_bomb(struct forged *forged, uint64_t raw_length, uint32_t length, size_t real)
{
	AUTO(pack) struct pack *inner = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(free) void *zeros = calloc(1, real);
	const void *data;
	size_t size;
	struct column column;
	bool found;
	/* With many different bytes, column_put_bytes would make a frame; zeros it would store. */
	assert_ok(pack_create(&inner));
	pack_map(inner, 1);
	uint64_t *values = zeros;
	assert_ok(column_put_u64(forged->codec, inner, "x", 0, values, real / 8));
	assert_ok(pack_data(inner, &data, &size));
	assert_ok(pack_document_create(data, size, 10, &document));
	assert_ok(column_find(pack_document_root(document), "x", &column, &found));
	pack_clear(forged->pack);
	pack_map(forged->pack, 3);
	pack_pair(forged->pack, "first", 1);
	pack_pair(forged->pack, "count", 1);
	pack_text(forged->pack, "columns");
	pack_map(forged->pack, 2);
	assert_ok(column_put_u32(forged->codec, forged->pack, "length", &length, 1));
	pack_text(forged->pack, "text");
	pack_array(forged->pack, 3);
	pack_u64(forged->pack, ENCODING_BYTES);
	pack_u64(forged->pack, raw_length);
	pack_bytes(forged->pack, column.data, column.size);
	help_tar_pack(&forged->tar, "strings/000001", forged->pack);
	forged->manifest.counts.strings = 2;
	add_roots(forged, NULL, NULL);
}

HEAP_TEST(reader, bombs_are_refused)
{
	static const struct {
		uint64_t raw;
		uint32_t length;
		const char *part;
	} bombs[] = {{UINT64_C(1) << 40, 1, "text of"},
		     {UINT64_C(1) << 40, UINT32_MAX, "a string of"},
		     {65536, 65536, "text of 65536 bytes from"},
		     {100, 100, "frame"}};
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
		AUTO(forged) struct forged forged;
		forged_init(&forged);
		add_bomb(&forged, bombs[i].raw, bombs[i].length, 1 << 20);
		assert_error_says(forged_read(&forged), ERROR_INPUT, bombs[i].part);
	}
}

HEAP_TEST(reader, deep_nesting_is_refused)
{
	AUTO(forged) struct forged forged;
	uint8_t deep[100];
	forged_init(&forged);
	memset(deep, 0x91, sizeof deep);
	help_tar_add(&forged.tar, "roots", '0', deep, sizeof deep);
	assert_error_says(forged_read(&forged), ERROR_INPUT, "member 'roots' at offset 2048: nesting deeper than 32");
}

/* --- pipes --------------------------------------------------------------------------------------------------------- */

struct feed {
	const char *path;
	const uint8_t *bytes;
	size_t size;
};

static void *feed_pipe(void *argument)
{
	const struct feed *feed = argument;
	int fd = open(feed->path, O_WRONLY | O_CLOEXEC);
	for (size_t done = 0; fd >= 0 && done < feed->size;) {
		size_t size = feed->size - done < 777 ? feed->size - done : 777;
		ssize_t written = write(fd, feed->bytes + done, size);
		if (written <= 0)
			break;
		done += (size_t)written;
	}
	guard_close(fd);
	return NULL;
}

HEAP_TEST(reader, pipes_are_read)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "pipe");
	size_t size;
	AUTO(free) void *bytes = small_file(&size);
	struct feed feed = {path, bytes, size};
	pthread_t thread;
	AUTO(reader) struct reader *reader = NULL;
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(pthread_create(&thread, NULL, feed_pipe, &feed), 0);
	assert_ok(reader_open(path, &reader));
	pthread_join(thread, NULL);
	assert_ok(reader_verify(reader));
	cr_assert_eq(reader_file_size(reader), size);
	cr_assert_str_eq(reader_path(reader), path);
}

HEAP_TEST(reader, standard_input_is_read)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "small.snap");
	assert_ok(help_snapshot_write(path, small));
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO(reader) struct reader *reader = NULL, *none = NULL;
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_ok(reader_open("-", &reader));
	assert_ok(reader_verify(reader));
	cr_assert_str_eq(reader_path(reader), "standard input");
	/* A pipe without a word in it. */
	int pipes[2];
	cr_assert_eq(pipe(pipes), 0);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	assert_error_says(reader_open("-", &none), ERROR_INPUT,
			  "standard input: not a heapdiff snapshot: the file is empty");
}

/* --- files that change --------------------------------------------------------------------------------------------- */

HEAP_TEST(reader, a_file_that_shrinks_or_changes_is_told)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(heap) struct heap heap;
	AUTO(reader) struct reader *reader = NULL;
	uint64_t bytes;
	help_heap_init(&heap, 1, 1000, 3, HEAP_LIKELY);
	assert_ok(help_heap_write(&heap, path, &bytes));
	assert_ok(reader_open(path, &reader));
	AUTO(close) int fd = open(path, O_RDWR | O_CLOEXEC);
	for (uint64_t at = 0; at < bytes; at += 256)
		cr_assert_eq(pwrite(fd, "changed", 7, (off_t)at), 7);
	assert_error_says(reader_verify(reader), ERROR_INPUT, "checksum");
	cr_assert_eq(ftruncate(fd, 100), 0);
	assert_error_says(reader_verify(reader), ERROR_INPUT, "became shorter");
}
