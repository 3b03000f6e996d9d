/* Makesnap: which heap did we write? A tool of the tests of readers that are not ours.
 *
 *     makesnap A.snap OBJECTS SEED        writes a made-up heap and prints the same as one JSON document
 *
 *     {"strings": [hex ...], "types": [[name, module, address, base, node, flags, basicsize, itemsize] ...],
 *      "objects": [[address, type, size, getsizeof, refcount, generation, flags, content_hash, length] ...],
 *      "values": [hex or null ...],
 *      "edges": [[source, target, name, class, payload] ...],
 *      "roots": [[kind, name, thread, depth, function, file, line, interpreter] ...],
 *      "root_edges": [[root, target, name, class, payload] ...]}
 *
 * where ids are numbers and null is none. What is printed never went through a reader.
 */
#include "format/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct making {
	struct writer *writer;
	uint64_t state;
	uint32_t objects, strings, types;
	FILE *edges;  /* JSON of the edges so far */
	FILE *values; /* and of the previews */
};

static uint64_t random_bits(struct making *making)
{
	/* splitmix64 */
	uint64_t z = making->state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(struct making *making, uint64_t limit)
{
	return random_bits(making) % limit;
}

/* Numbers of every length. */
static uint64_t any_number(struct making *making)
{
	return random_bits(making) >> below(making, 64);
}

static void print_id(FILE *to, uint32_t id)
{
	if (id == NO_ID)
		fputs("null", to);
	else
		fprintf(to, "%" PRIu32, id);
}

static uint32_t id_or_none(struct making *making, uint32_t count)
{
	return count == 0 || below(making, 5) == 0 ? NO_ID : (uint32_t)below(making, count);
}

static struct error *make_strings(struct making *making)
{
	printf("{\"strings\": [");
	making->strings = 300;
	for (uint32_t i = 0; i < making->strings; i++) {
		char bytes[64];
		string_id id;
		int length = snprintf(bytes, sizeof bytes, "%s%" PRIu32,
				      i % 3 == 0   ? "name_"
				      : i % 3 == 1 ? "\xc3\xa4"
						   : "\xff",
				      i);
		bytes[0] = i == 2 ? '\0' : bytes[0];
		TRY(writer_string(making->writer, bytes, (size_t)length, &id));
		printf("%s\"", i > 0 ? ", " : "");
		for (int j = 0; j < length; j++)
			printf("%02x", (unsigned char)bytes[j]);
		printf("\"");
	}
	printf("],\n\"types\": [");
	return NULL;
}

static struct error *make_types(struct making *making)
{
	making->types = 40;
	for (uint32_t i = 0; i < making->types; i++) {
		type_id id;
		struct type_record type = {
			.name = id_or_none(making, making->strings),
			.module = id_or_none(making, making->strings),
			.address = any_number(making),
			.base = id_or_none(making, making->types),
			.node = id_or_none(making, making->objects),
			.flags = any_number(making),
			.basicsize = any_number(making),
			.itemsize = below(making, 9),
		};
		TRY(writer_type(making->writer, &type, &id));
		printf("%s[", i > 0 ? ", " : "");
		print_id(stdout, type.name), printf(", ");
		print_id(stdout, type.module), printf(", %" PRIu64 ", ", type.address);
		print_id(stdout, type.base), printf(", ");
		print_id(stdout, type.node);
		printf(", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "]", type.flags, type.basicsize, type.itemsize);
	}
	printf("],\n\"objects\": [");
	return NULL;
}

static bool has_string(enum edge_name name)
{
	return name == NAME_ATTRIBUTE || name == NAME_NAMED_KEY || name == NAME_LOCAL || name == NAME_CLOSURE ||
	       name == NAME_FIELD;
}

/* An edge of object or root `owner`, printed to `to`. */
static struct edge_record make_edge(struct making *making, FILE *to, bool first, uint32_t owner, enum edge_name before)
{
	struct edge_record edge = {.target = (node_id)below(making, making->objects),
				   .name = (enum edge_name)below(making, NAME_COUNT),
				   .class = (enum edge_class)below(making, 4)};
	if (before == NAME_KEY)
		edge.name = NAME_VALUE;
	else if (edge.name == NAME_VALUE)
		edge.name = NAME_KEY;
	if (has_string(edge.name))
		edge.payload = below(making, making->strings);
	else if (edge.name == NAME_INDEX || edge.name == NAME_OFFSET || edge.name == NAME_STACK)
		edge.payload = any_number(making);
	fprintf(to, "%s[%" PRIu32 ", %" PRIu32 ", %d, %d, %" PRIu64 "]", first ? "" : ", ", owner, edge.target,
		(int)edge.name, (int)edge.class, edge.payload);
	return edge;
}

/* Of half the objects; some are empty, some as long as can be. */
static struct error *make_value(struct making *making, bool first)
{
	uint8_t bytes[VALUE_MAX];
	size_t length = (size_t)(below(making, 50) == 0 ? VALUE_MAX : below(making, 9));
	fputs(first ? "" : ", ", making->values);
	if (below(making, 2) == 0) {
		fputs("null", making->values);
		return NULL;
	}
	fputc('"', making->values);
	for (size_t i = 0; i < length; i++)
		fprintf(making->values, "%02x", bytes[i] = (uint8_t)random_bits(making));
	fputc('"', making->values);
	return writer_value(making->writer, bytes, length);
}

static struct error *make_objects(struct making *making)
{
	writer_keep_values(making->writer);
	uint64_t address = 4096;
	bool first = true;
	for (uint32_t i = 0; i < making->objects; i++) {
		struct object_record object = {
			.address = address += 8 + 8 * (any_number(making) >> 24),
			.type = (type_id)below(making, making->types),
			.size = any_number(making) >> 20,
			.getsizeof = any_number(making),
			.refcount = any_number(making),
			.generation = (enum generation)below(making, GENERATION_COUNT),
			.flags = (unsigned)below(making, 16),
			.content_hash = below(making, 3) == 0 ? random_bits(making) : 0,
			.length = below(making, 4) == 0 ? any_number(making) : 0,
		};
		TRY(writer_object(making->writer, &object));
		TRY(make_value(making, i == 0));
		printf("%s[%" PRIu64 ", %" PRIu32 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %d, %u, %" PRIu64
		       ", %" PRIu64 "]",
		       i > 0 ? ", " : "", object.address, object.type, object.size, object.getsizeof, object.refcount,
		       (int)object.generation, object.flags, object.content_hash, object.length);
		enum edge_name before = NAME_NONE;
		for (uint64_t j = below(making, 2) * below(making, 12); j > 0; j--, first = false) {
			struct edge_record edge = make_edge(making, making->edges, first, i, before);
			TRY(writer_edge(making->writer, &edge));
			before = edge.name;
		}
	}
	return NULL;
}

static struct error *make_roots(struct making *making)
{
	bool first = true;
	printf("],\n\"roots\": [");
	for (uint32_t i = 0; i < 20; i++) {
		root_id id;
		struct root_record root = {
			.kind = (enum root_kind)below(making, ROOT_KIND_COUNT),
			.name = id_or_none(making, making->strings),
			.thread = any_number(making),
			.depth = below(making, 100),
			.function = id_or_none(making, making->strings),
			.file = id_or_none(making, making->strings),
			.line = any_number(making),
			.interpreter = below(making, 2),
		};
		TRY(writer_root(making->writer, &root, &id));
		printf("%s[%d, ", i > 0 ? ", " : "", (int)root.kind);
		print_id(stdout, root.name), printf(", %" PRIu64 ", %" PRIu64 ", ", root.thread, root.depth);
		print_id(stdout, root.function), printf(", ");
		print_id(stdout, root.file), printf(", %" PRIu64 ", %" PRIu64 "]", root.line, root.interpreter);
		enum edge_name before = NAME_NONE;
		for (uint64_t j = making->objects > 0 ? below(making, 9) : 0; j > 0; j--, first = false) {
			struct edge_record edge = make_edge(making, making->edges, first, i, before);
			TRY(writer_root_edge(making->writer, &edge));
			before = edge.name;
		}
	}
	return NULL;
}

/* Edges and values are printed to buffers, as they come between the objects. */
static void flush(FILE *stream, char **text, const char *name)
{
	fclose(stream);
	printf("],\n\"%s\": [%s", name, *text);
	free(*text);
	*text = NULL;
}

static struct error *make(const char *path, uint32_t objects, uint64_t seed)
{
	AUTO(writer) struct writer *writer = NULL;
	TRY(writer_create(path, true, &writer));
	struct making making = {.writer = writer, .state = seed, .objects = objects};
	char *text = NULL, *values = NULL;
	size_t size, values_size;
	uint64_t bytes;
	TRY(make_strings(&making));
	TRY(make_types(&making));
	making.edges = open_memstream(&text, &size);
	making.values = open_memstream(&values, &values_size);
	TRY(make_objects(&making));
	flush(making.edges, &text, "edges");
	flush(making.values, &values, "values");
	making.edges = open_memstream(&text, &size);
	TRY(make_roots(&making));
	flush(making.edges, &text, "root_edges");
	printf("]}\n");
	struct snapshot_meta meta;
	snapshot_meta_init(&meta);
	meta.pid = 4711;
	meta.hostname = (char *)"h\xc3\xb6st";
	TRY(writer_meta(writer, &meta));
	writer_loss(writer, LOSS_name_unreadable, 7);
	return writer_commit(writer, &bytes);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: makesnap A.snap OBJECTS SEED\n");
		return 2;
	}
	AUTO(error)
	struct error *error = make(argv[1], (uint32_t)strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	if (error != NULL)
		fprintf(stderr, "makesnap: %s\n", error->message);
	return error != NULL;
}
