/* Salvage: whatever is done to a file, what comes back is exact, and all that can come back does. */
#include "format/salvage.h"
#include "format/chunk.h"
#include "format/member.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/format/help_tar.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

/* --- comparing a part with the whole ------------------------------------------------------------------------------- */

/* All of a snapshot in arrays. */
struct image {
	struct reader *reader;
	struct snapshot_counts counts;
	struct object_columns objects;
	uint64_t *first; /* index of each object's first edge */
	struct edge_record *edges;
	uint64_t lost_from, lost_to; /* edges chunks from..to-1 are lost in the file that is salvaged */
};

static void image_deinit(struct image *image)
{
	reader_close(image->reader);
	object_columns_deinit(&image->objects);
	free(image->first);
	free(image->edges);
}
DEFINE_AUTO_VALUE(image, struct image, image_deinit);

static void read_edges(struct image *image)
{
	AUTO(edge_rows) struct edge_rows rows = {0};
	AUTO(free) void *classes = malloc(CHUNK_EDGES);
	assert_ok(edge_rows_init(&rows));
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(image->reader); chunk++) {
		struct edge_columns columns = {rows.difference, rows.tag, classes, rows.payload};
		uint64_t first;
		uint32_t count;
		assert_ok(reader_edges(image->reader, chunk, image->objects.degree, &columns, &first, &count));
		for (uint32_t i = 0; i < count; i++)
			image->edges[first + i] = (struct edge_record){columns.target[i], columns.name[i],
								       columns.class[i], columns.payload[i]};
	}
}

static void image_init(struct image *image, const char *path)
{
	memset(image, 0, sizeof *image);
	assert_ok(reader_open(path, &image->reader));
	assert_ok(reader_verify(image->reader));
	image->counts = reader_counts(image->reader);
	size_t room = image->counts.nodes + CHUNK_OBJECTS;
	image->objects.address = calloc(room, 8);
	image->objects.size = calloc(room, 8);
	image->objects.type = calloc(room, 4);
	image->objects.degree = calloc(room, 4);
	image->first = calloc(room, 8);
	image->edges = calloc(image->counts.edges + 1, sizeof *image->edges);
	for (uint32_t chunk = 0; chunk < reader_object_chunks(image->reader); chunk++) {
		size_t at = (size_t)chunk * CHUNK_OBJECTS;
		struct object_columns columns = {.address = image->objects.address + at,
						 .size = image->objects.size + at,
						 .type = image->objects.type + at,
						 .degree = image->objects.degree + at};
		node_id first;
		uint32_t count;
		assert_ok(reader_objects(image->reader, chunk, &columns, &first, &count));
	}
	for (size_t i = 0; i < image->counts.nodes; i++)
		image->first[i + 1] = image->first[i] + image->objects.degree[i];
	read_edges(image);
}

static int64_t find(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->counts.nodes;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (image->objects.address[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < image->counts.nodes && image->objects.address[low] == address ? (int64_t)low : -1;
}

/* What an edge is called, with its index counted out; "" where the salvaged may lack what the whole has. */
static void describe(const struct image *image, const struct edge_record *edge, uint64_t *index, char text[128])
{
	const char *string =
		edge_name_has_string(edge->name) ? reader_string(image->reader, (string_id)edge->payload, NULL) : "";
	enum edge_name name = edge->name == NAME_NEXT_INDEX ? NAME_INDEX : edge->name;
	uint64_t number = edge->name == NAME_NEXT_INDEX ? *index : edge_name_has_string(name) ? 0 : edge->payload;
	if (name == NAME_INDEX)
		*index = number + 1;
	snprintf(text, 128, "%d %d %s %llu", (int)name, (int)edge->class, string, (unsigned long long)number);
}

/* The edges of one object in the part: those of the whole, in order, less the ones to objects that are gone. */
static void compare_object(const struct image *whole, size_t w, const struct image *part, size_t p)
{
	uint64_t whole_index = 0, part_index = 0, e = part->first[p];
	bool key_lost = false, uncounted = false;
	for (uint64_t f = whole->first[w]; f < whole->first[w + 1]; f++) {
		const struct edge_record *edge = &whole->edges[f];
		char expected[128], said[128];
		describe(whole, edge, &whole_index, expected);
		bool lost = f / CHUNK_EDGES >= whole->lost_from && f / CHUNK_EDGES < whole->lost_to;
		key_lost |= lost;
		uncounted = (uncounted || lost) && edge->name != NAME_INDEX;
		if (lost)
			continue;
		bool gone = find(part, whole->objects.address[edge->target]) < 0;
		bool nameless = (edge->name == NAME_VALUE && key_lost) ||
				(edge->name == NAME_NEXT_INDEX && uncounted);
		key_lost = edge->name == NAME_KEY && gone;
		if (gone)
			continue;
		cr_assert_lt(e, part->first[p + 1]);
		const struct edge_record *kept = &part->edges[e++];
		cr_assert_eq(part->objects.address[kept->target], whole->objects.address[edge->target]);
		describe(part, kept, &part_index, said);
		if (nameless)
			cr_assert_eq(kept->name, NAME_NONE);
		else
			cr_assert_str_eq(said, expected);
	}
	cr_assert_eq(e, part->first[p + 1]);
}

static void compare_images(const struct image *whole, const struct image *part)
{
	for (size_t p = 0; p < part->counts.nodes; p++) {
		int64_t w = find(whole, part->objects.address[p]);
		cr_assert_geq(w, 0);
		cr_assert_eq(part->objects.size[p], whole->objects.size[w]);
		const struct type_record *type = &reader_types(part->reader)[part->objects.type[p]];
		const struct type_record *of = &reader_types(whole->reader)[whole->objects.type[w]];
		const char *name = reader_string(part->reader, type->name, NULL);
		if (strncmp(name, "<lost type ", 11) == 0)
			cr_assert_eq(strtoul(name + 11, NULL, 10), whole->objects.type[w]);
		else
			cr_assert_str_eq(name, reader_string(whole->reader, of->name, NULL));
		compare_object(whole, (size_t)w, part, p);
	}
}

/* Salvages `bytes`; NULL result where nothing could be saved. Returns whether a file was written. */
static bool salvage(const void *bytes, size_t size, const char *to, struct salvage_result *result)
{
	char path[64];
	AUTO(close) int fd = help_memory_file(bytes, size, path);
	AUTO(error) struct error *error = salvage_run(path, to, true, result);
	if (error != NULL) {
		cr_assert_eq(error->code, ERROR_INPUT, "%s", error->message);
		cr_assert_eq(strncmp(error->message, path, strlen(path)), 0, "%s", error->message);
	}
	return error == NULL;
}

/* Every place in a small file; with a sanitizer, whose runs are ten times as slow, one in five (a prime to the blocks). */
#define STEP HEAP_TEST_STEP(1)

/* --- small files, every damage ------------------------------------------------------------------------------------- */

static const char *const small = "object 0x1000 app.Session size=56 ref=3 gen=2 length=4\n"
				 "object 0x2000 dict size=64 hash=99\n"
				 "object 0x3000 str\n"
				 "edge 0x1000 0x2000 .cache\n"
				 "edge 0x2000 0x3000 <key>\n"
				 "edge 0x2000 0x1000 [k]\n"
				 "root modules sys.modules 0x1000\n"
				 "meta pid 4711\n"
				 "loss size_absurd 3\n";

HEAP_TEST(salvage, a_whole_file_comes_back_whole)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	AUTO(heap) struct heap heap;
	struct salvage_result result;
	uint64_t bytes;
	help_heap_init(&heap, 5, 3000, 4, HEAP_EXTREME);
	help_heap_add_previews(&heap, 5);
	assert_ok(help_heap_write(&heap, from, &bytes));
	assert_ok(salvage_run(from, to, false, &result));
	assert_ok(help_heap_compare(&heap, to));
	cr_assert_eq(result.members_lost, 0);
	cr_assert_eq(result.counts.nodes, 3000);
	assert_error_says(salvage_run(from, to, false, &result), ERROR_REFUSED, "exists");
}

/* Previews that are altered are lost alone; the objects keep all else. */
HEAP_TEST(salvage, altered_previews_cost_only_themselves)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	AUTO(catalog) struct catalog catalog;
	AUTO(input) struct input *input = NULL;
	AUTO(reader) struct reader *reader = NULL;
	AUTO(value_rows) struct value_rows rows = {0};
	struct salvage_result result;
	size_t size;
	assert_ok(help_snapshot_write(from, "object 0x1000 str length=6 value=secret\nobject 0x2000 str\n"));
	catalog_init(&catalog);
	assert_ok(input_create(from, &input));
	assert_ok(catalog_read(&catalog, input, false, NULL));
	AUTO(free) void *bytes = help_file_read(from, &size);
	((uint8_t *)bytes)[catalog_find(&catalog, MEMBER_VALUES, 0)->offset + 30] ^= 1;
	cr_assert(salvage(bytes, size, to, &result));
	cr_assert_eq(result.members_lost, 1);
	cr_assert_eq(result.counts.nodes, 2);
	assert_ok(reader_open(to, &reader));
	assert_ok(reader_verify(reader));
	assert_ok(reader_values(reader, 0, &rows));
	cr_assert_eq(rows.count, 2);
	cr_assert_eq(rows.starts[2], 0);
}

static size_t find_manifest_end(const char *path)
{
	AUTO(input) struct input *input = NULL;
	AUTO(catalog) struct catalog catalog;
	catalog_init(&catalog);
	assert_ok(input_create(path, &input));
	assert_ok(catalog_read(&catalog, input, false, NULL));
	const struct member *manifest = catalog_find(&catalog, MEMBER_MANIFEST, 0);
	return manifest->offset + manifest->size;
}

HEAP_TEST(salvage, every_truncation_is_salvaged_or_refused)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	AUTO(image) struct image whole;
	struct salvage_result result;
	size_t size, saved = 0, last = 0;
	assert_ok(help_snapshot_write(from, small));
	AUTO(free) void *bytes = help_file_read(from, &size);
	size_t manifest_end = find_manifest_end(from);
	image_init(&whole, from);
	for (size_t length = size % STEP; length <= size; length += STEP) {
		bool some = salvage(bytes, length, to, &result);
		cr_assert(some || last == 0, "cut to %zu gives less than to %zu", length, length - 1);
		last = some ? result.counts.nodes : 0;
		if (!some)
			continue;
		saved++;
		AUTO(image) struct image part;
		image_init(&part, to);
		compare_images(&whole, &part);
		cr_assert_eq(part.counts.nodes, 3);
		cr_assert_eq(reader_loss(part.reader, LOSS_salvaged), result.members_lost);
		cr_assert_eq(reader_complete(part.reader), false);
		/* A cut in the blocks that end the archive takes nothing. */
		cr_assert_eq(result.members_lost == 0, length >= manifest_end);
	}
	cr_assert_gt(saved, 2000 / STEP);
	cr_assert_eq(result.members_lost, 0);
	cr_assert_eq(help_folder_entries(folder), 2);
}

HEAP_TEST(salvage, every_byte_altered_is_salvaged_or_refused)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	AUTO(image) struct image whole;
	struct salvage_result result;
	size_t size, saved = 0;
	assert_ok(help_snapshot_write(from, small));
	AUTO(free) void *memory = help_file_read(from, &size);
	uint8_t *bytes = memory;
	image_init(&whole, from);
	for (size_t i = 0; i < size; i += STEP) {
		bytes[i] ^= (uint8_t)(1u << i % 8);
		if (salvage(bytes, size, to, &result)) {
			AUTO(image) struct image part;
			image_init(&part, to);
			/* Where the manifest is whole, nothing altered gets through. */
			whole.lost_to = part.counts.edges == 0;
			if (result.members_lost == 0 || reader_loss(part.reader, LOSS_size_absurd) == 3)
				compare_images(&whole, &part);
			saved++;
		}
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	cr_assert_gt(saved, size / 4 / STEP);
}

/* --- files of several chunks --------------------------------------------------------------------------------------- */

/* A file of four objects chunks and several edges chunks. */
struct large {
	char *folder, *from, *to;
	uint8_t *bytes;
	size_t size;
	struct image whole;
	struct input *input;
	struct catalog catalog;
};

static void large_init(struct large *large)
{
	AUTO(heap) struct heap heap;
	uint64_t written;
	memset(large, 0, sizeof *large);
	large->folder = help_folder();
	large->from = help_path(large->folder, "a.snap");
	large->to = help_path(large->folder, "b.snap");
	help_heap_init(&heap, 11, 3 * CHUNK_OBJECTS + 1000, 3, HEAP_LIKELY);
	assert_ok(help_heap_write(&heap, large->from, &written));
	large->bytes = help_file_read(large->from, &large->size);
	image_init(&large->whole, large->from);
	assert_ok(input_create(large->from, &large->input));
	catalog_init(&large->catalog);
	assert_ok(catalog_read(&large->catalog, large->input, false, NULL));
}

static void large_deinit(struct large *large)
{
	image_deinit(&large->whole);
	catalog_deinit(&large->catalog);
	input_destroy(large->input);
	free(large->bytes);
	free(large->from);
	free(large->to);
	help_folder_remove(large->folder);
}
DEFINE_AUTO_VALUE(large, struct large, large_deinit);

/* Salvages and compares; returns the objects kept. */
static uint64_t salvage_large(const struct large *large, size_t size, struct salvage_result *result)
{
	if (!salvage(large->bytes, size, large->to, result))
		return 0;
	AUTO(image) struct image part;
	image_init(&part, large->to);
	compare_images(&large->whole, &part);
	cr_assert_eq(reader_loss(part.reader, LOSS_salvaged), result->members_lost);
	cr_assert(result->members_lost == 0 || !reader_complete(part.reader));
	uint64_t edges = 0;
	for (size_t p = 0; p < part.counts.nodes; p++) {
		size_t w = (size_t)find(&large->whole, part.objects.address[p]);
		edges += large->whole.objects.degree[w];
	}
	cr_assert_eq(result->edges_lost, edges - part.counts.edges);
	return part.counts.nodes;
}

static bool is_before(const struct large *large, enum member_kind kind, uint64_t number, size_t cut)
{
	const struct member *member = catalog_find(&large->catalog, kind, (uint32_t)number);
	return member->offset + member->size <= cut;
}

/* Objects whose chunk lies before the cut, with or without their edges. */
static uint64_t expected_kept(const struct large *large, size_t cut)
{
	uint64_t kept = 0;
	for (uint64_t from = 0; from < large->whole.counts.nodes; from += CHUNK_OBJECTS) {
		uint64_t to = from + CHUNK_OBJECTS < large->whole.counts.nodes ? from + CHUNK_OBJECTS
									       : large->whole.counts.nodes;
		kept += is_before(large, MEMBER_OBJECTS, from / CHUNK_OBJECTS, cut) ? to - from : 0;
	}
	return kept;
}

static void check_cut(struct large *large, size_t cut)
{
	struct salvage_result result;
	uint32_t chunks = large->catalog.counts[MEMBER_EDGES];
	large->whole.lost_to = chunks;
	for (large->whole.lost_from = 0; large->whole.lost_from < chunks; large->whole.lost_from++)
		if (!is_before(large, MEMBER_EDGES, large->whole.lost_from, cut))
			break;
	uint64_t kept = salvage_large(large, cut, &result);
	cr_assert_eq(kept, expected_kept(large, cut), "cut to %zu", cut);
	if (kept > 0)
		cr_assert_eq(result.members_lost == 0, is_before(large, MEMBER_MANIFEST, 0, cut));
}

/* What a cut takes changes only at the members' edges, so a few places in and around each stand for all. */
HEAP_TEST(salvage, cuts_keep_all_that_came_before)
{
	AUTO(large) struct large large;
	large_init(&large);
	for (size_t i = 0; i < large.catalog.members.count; i++) {
		const struct member *member = &large.catalog.members.items[i];
		const size_t cuts[] = {member->header + 100, member->offset + member->size / 2,
				       member->offset + member->size - 1, member->offset + member->size};
		for (size_t c = 0; c < 4; c++)
			if (HEAP_TEST_TURN(i + c)) /* each place has its turn */
				check_cut(&large, cuts[c]);
	}
	check_cut(&large, large.size - 1024);
	check_cut(&large, large.size - 1);
}

/* Says that this member is the one that will be damaged. */
static void lose(struct large *large, const struct member *member)
{
	large->whole.lost_from = member->number;
	large->whole.lost_to = member->number + (member->kind == MEMBER_EDGES);
}

HEAP_TEST(salvage, each_altered_member_costs_only_what_needs_it)
{
	AUTO(large) struct large large;
	struct salvage_result result;
	large_init(&large);
	for (size_t i = 0; i < large.catalog.members.count; i++) {
		const struct member *member = &large.catalog.members.items[i];
		if (!HEAP_TEST_TURN(i))
			continue;
		lose(&large, member);
		large.bytes[member->offset + member->size / 2] ^= 0x10;
		uint64_t kept = salvage_large(&large, large.size, &result);
		large.bytes[member->offset + member->size / 2] ^= 0x10;
		uint64_t nodes = large.whole.counts.nodes;
		switch (member->kind) {
		case MEMBER_STRINGS:
		case MEMBER_TYPES:
			/* One member holds all of them. */
			cr_assert_eq(kept, 0);
			break;
		case MEMBER_OBJECTS:
			cr_assert(kept == nodes - CHUNK_OBJECTS || kept == nodes - 1000, "%zu", (size_t)kept);
			cr_assert_eq(result.members_lost, 1);
			break;
		case MEMBER_EDGES:
			cr_assert_eq(kept, nodes);
			cr_assert_gt(result.edges_lost, 0);
			cr_assert_eq(result.members_lost, 1);
			break;
		default:
			cr_assert_eq(kept, nodes);
			cr_assert_eq(result.members_lost, 1);
		}
	}
}

/* The manifest's last blocks and one more member gone: nothing but the members themselves to go by. */
HEAP_TEST(salvage, altered_members_are_found_without_a_manifest)
{
	AUTO(large) struct large large;
	struct salvage_result result;
	unsigned tried = 0;
	large_init(&large);
	const struct member *manifest = catalog_find(&large.catalog, MEMBER_MANIFEST, 0);
	for (size_t i = 0; i < large.catalog.members.count; i++) {
		const struct member *member = &large.catalog.members.items[i];
		if ((member->kind != MEMBER_OBJECTS && member->kind != MEMBER_EDGES) || !HEAP_TEST_TURN(i))
			continue;
		lose(&large, member);
		large.bytes[member->offset + member->size / 2] ^= 0x10;
		uint64_t kept = salvage_large(&large, manifest->header, &result);
		large.bytes[member->offset + member->size / 2] ^= 0x10;
		cr_assert_eq(kept < large.whole.counts.nodes, member->kind == MEMBER_OBJECTS);
		cr_assert_gt(kept, 0);
		tried++;
	}
	cr_assert_gt(tried, 0);
}

/* What a newer major version means by its members nobody here knows. */
HEAP_TEST(salvage, a_newer_major_version_is_refused)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *from = help_path(folder, "a.snap"), *to = help_path(folder, "b.snap");
	AUTO(tar) struct tar tar = {0};
	struct manifest manifest = {.major = FORMAT_MAJOR + 1};
	struct salvage_result result;
	help_tar_add(&tar, "meta", '0', "\x80", 1);
	help_tar_manifest(&tar, &manifest);
	help_tar_end(&tar);
	help_file_write(from, tar.bytes.items, tar.bytes.count);
	assert_error_says(salvage_run(from, to, false, &result), ERROR_INPUT, "format version 2.0");
	cr_assert_eq(help_folder_entries(folder), 1);
}

HEAP_TEST(salvage, nothing_whole_is_refused_and_nothing_written)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *to = help_path(folder, "b.snap");
	struct salvage_result result;
	cr_assert_not(salvage("hello", 5, to, &result));
	cr_assert_not(salvage("", 0, to, &result));
	assert_error_says(salvage_run("/nonexistent", to, false, &result), ERROR_IO, "/nonexistent: can't open it");
	cr_assert_eq(help_folder_entries(folder), 0);
}
