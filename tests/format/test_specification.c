/* docs/format.md: its examples decode to what it says, and it lists every field and reason. */
#include "format/chunk.h"
#include "format/relation.h"
#include "format/schema.h"
#include "format/values.h"
#include "tests/format/help_file.h"
#include "tests/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define DOCUMENT "docs/format.md"

/* The document's `number`-th block of hexadecimal lines, from 0; owned. */
static uint8_t *hex_block(char *text, size_t number, size_t *size)
{
	uint8_t *bytes = malloc(4096);
	*size = 0;
	bool inside = false;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		bool hex = strncmp(line, "    ", 4) == 0 && isxdigit((unsigned char)line[4]);
		if (inside && !hex && number-- == 0)
			return bytes;
		if (hex && !inside)
			*size = 0;
		inside = hex;
		for (char *at = line; hex && (at = strpbrk(at, "0123456789abcdef")) != NULL && *size < 4096;)
			bytes[(*size)++] = (uint8_t)strtoul(at, &at, 16);
	}
	cr_assert(inside && number == 0, "no such block in " DOCUMENT);
	return bytes;
}

/* The text, NUL-terminated; owned. */
static char *document_text(void)
{
	size_t size;
	char *text = (char *)help_file_read(DOCUMENT, &size);
	text[size] = '\0';
	return text;
}

static const struct pack_value *parse(const uint8_t *bytes, size_t size, struct pack_document **document)
{
	assert_ok(pack_document_create(bytes, size, 1000, document));
	return pack_document_root(*document);
}

HEAP_TEST(specification, its_objects_are_what_it_says)
{
	AUTO(string) char *text = document_text();
	size_t size;
	AUTO(free) void *bytes = hex_block(text, 0, &size);
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(codec) struct codec *codec = NULL;
	AUTO(object_columns) struct object_columns columns = {0};
	struct objects_header header;
	assert_ok(codec_create(&codec));
	assert_ok(object_columns_init(&columns));
	const struct pack_value *root = parse(bytes, size, &document);
	assert_ok(objects_read_header(root, &header));
	cr_assert_eq(header.count, 3);
	assert_ok(objects_read(codec, root, header.count, &columns));
	static const uint64_t addresses[] = {0x7f0000001000, 0x7f0000001038, 0x7f0000001140}, sizes[] = {56, 232, 51};
	static const uint64_t getsizeofs[] = {48, 232, 51}, refcounts[] = {2, 1, 70000};
	static const uint64_t hashes[] = {0, 0, 0x1122334455667788};
	static const uint32_t degrees[] = {1, 2, 0}, types[] = {0, 1, 2};
	static const uint8_t generations[] = {2, 2, GENERATION_UNTRACKED}, flags[] = {8, 12, 0};
	cr_assert_arr_eq(columns.address, addresses, sizeof addresses);
	cr_assert_arr_eq(columns.size, sizes, sizeof sizes);
	cr_assert_arr_eq(columns.getsizeof, getsizeofs, sizeof getsizeofs);
	cr_assert_arr_eq(columns.refcount, refcounts, sizeof refcounts);
	cr_assert_arr_eq(columns.content_hash, hashes, sizeof hashes);
	cr_assert_arr_eq(columns.degree, degrees, sizeof degrees);
	cr_assert_arr_eq(columns.type, types, sizeof types);
	cr_assert_arr_eq(columns.generation, generations, sizeof generations);
	cr_assert_arr_eq(columns.flags, flags, sizeof flags);
}

HEAP_TEST(specification, its_edges_are_what_it_says)
{
	AUTO(string) char *text = document_text();
	size_t size;
	AUTO(free) void *bytes = hex_block(text, 1, &size);
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(codec) struct codec *codec = NULL;
	AUTO(edge_rows) struct edge_rows rows = {0};
	struct edges_header header;
	assert_ok(codec_create(&codec));
	assert_ok(edge_rows_init(&rows));
	const struct pack_value *root = parse(bytes, size, &document);
	assert_ok(edges_read_header(root, &header));
	cr_assert_eq(header.count, 3);
	assert_ok(edges_read(codec, root, header.count, &rows));
	static const uint32_t sources[] = {0, 1, 1}, targets[] = {1, 2, 0};
	static const enum edge_name names[] = {NAME_ATTRIBUTE, NAME_KEY, NAME_VALUE};
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(sources[i] + unzigzag_u32(rows.difference[i]), targets[i]);
		cr_assert_eq(rows.tag[i], tag_make(names[i], EDGE_OWNED));
	}
	cr_assert_eq(rows.payload[0], 5);
}

HEAP_TEST(specification, its_values_are_what_it_says)
{
	AUTO(string) char *text = document_text();
	size_t size;
	AUTO(free) void *bytes = hex_block(text, 2, &size);
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(codec) struct codec *codec = NULL;
	AUTO(value_rows) struct value_rows rows = {0};
	assert_ok(codec_create(&codec));
	assert_ok(values_read(codec, parse(bytes, size, &document), 0, 3, &rows));
	cr_assert_arr_eq(rows.present, "\0\0\1", 3);
	cr_assert_eq(rows.starts[3], 2);
	cr_assert_arr_eq(rows.bytes, "ab", 2);
}

static void assert_listed(const char *text, const char *name)
{
	char row[128];
	snprintf(row, sizeof row, "| `%s` |", name);
	cr_assert_not_null(strstr(text, row), DOCUMENT " has no row '%s'", row);
}

HEAP_TEST(specification, it_lists_every_field_reason_and_kind)
{
	AUTO(string) char *text = document_text();
#define META_U64(name, unit, description) assert_listed(text, #name);
#define META_TEXT(name, description) assert_listed(text, #name);
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		assert_listed(text, loss_name(i));
	for (unsigned i = 0; i < MEMORY_KINDS; i++)
		assert_listed(text, memory_kind_name(i));
}

HEAP_TEST(specification, it_lists_every_column_of_every_relation)
{
	AUTO(string) char *text = document_text();
	for (unsigned r = 0; r < RELATION_COUNT; r++) {
		const struct relation_shape *shape = relation_shape(r);
		assert_listed(text, shape->name);
		for (size_t c = 0; c < shape->column_count; c++) {
			const struct relation_column *column = &shape->columns[c];
			static const char *const kinds[] = {"", "string", "object", "type"};
			const char *kind = column->refers == REFERS_ROW		     ? relation_shape(column->target)->name
					   : column->refers != REFERS_NOTHING	     ? kinds[column->refers]
					   : column->field.kind == FIELD_ADDRESS     ? "address"
										     : "number";
			char row[256];
			snprintf(row, sizeof row, "| `%s` | `%s` | %s |", shape->name, column->field.name, kind);
			cr_assert_not_null(strstr(text, row), DOCUMENT " has no row '%s'", row);
		}
	}
}
