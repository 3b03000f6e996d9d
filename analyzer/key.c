/* Which key of a dict is this? Its type, hash, length and preview are read from the file for the few keys that are printed.
 * Cost: the chunk of objects that has it is decoded, and that of the previews, once where keys lie together.
 */
#include "analyzer/key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 60u /* bytes of a value */
#define BASES_MAX 64u

enum kind {
	KIND_OTHER,
	KIND_TEXT,
	KIND_BYTES,
	KIND_NUMBER
};

struct facts {
	enum kind kind;
	uint64_t hash, length;
	const char *value; /* borrowed; NULL: the snapshot doesn't hold it */
	size_t size;
};

/* What a type or its nearest base is; a made-up chain of bases may loop. */
static enum kind kind_of(const struct reader *reader, type_id id)
{
	static const char *const names[] = {[KIND_TEXT] = "str", [KIND_BYTES] = "bytes", [KIND_NUMBER] = "int"};
	const struct type_record *types = reader_types(reader);
	for (unsigned i = 0; i < BASES_MAX && id != NO_ID; i++, id = types[id].base) {
		if (strcmp(reader_string(reader, types[id].module, NULL), "builtins") != 0)
			continue;
		for (enum kind kind = KIND_TEXT; kind <= KIND_NUMBER; kind++)
			if (strcmp(reader_string(reader, types[id].name, NULL), names[kind]) == 0)
				return kind;
	}
	return KIND_OTHER;
}

void key_names_init(struct key_names *names, struct reader *reader)
{
	*names = (struct key_names){.reader = reader, .chunk = NO_ID};
}

void key_names_deinit(struct key_names *names)
{
	free(names->columns.content_hash);
	free(names->columns.length);
	free(names->columns.type);
	value_rows_deinit(&names->values);
	key_names_init(names, names->reader);
}

static struct error *load_chunk(struct key_names *names, uint32_t chunk)
{
	struct object_columns *columns = &names->columns;
	node_id first;
	uint32_t count;
	if (columns->type == NULL) {
		columns->content_hash = malloc(CHUNK_OBJECTS * sizeof *columns->content_hash);
		columns->length = malloc(CHUNK_OBJECTS * sizeof *columns->length);
		columns->type = malloc(CHUNK_OBJECTS * sizeof *columns->type);
		if (!columns->content_hash || !columns->length || !columns->type) {
			key_names_deinit(names);
			return error_memory();
		}
	}
	names->chunk = NO_ID;
	value_rows_deinit(&names->values);
	TRY(reader_objects(names->reader, chunk, columns, &first, &count));
	TRY(reader_values(names->reader, chunk, &names->values));
	names->chunk = chunk;
	return NULL;
}

static struct error *find_facts(struct key_names *names, node_id key, struct facts *facts)
{
	uint32_t chunk = key / CHUNK_OBJECTS, i = key % CHUNK_OBJECTS;
	const struct value_rows *values = &names->values;
	if (chunk != names->chunk)
		TRY(load_chunk(names, chunk));
	facts->hash = names->columns.content_hash[i];
	facts->length = names->columns.length[i];
	facts->kind = kind_of(names->reader, names->columns.type[i]);
	if (i >= values->count || !values->present[i])
		return NULL;
	facts->value = (const char *)values->bytes + values->starts[i];
	facts->size = values->starts[i + 1] - values->starts[i];
	return NULL;
}

static void print_value(const struct facts *facts, struct text *text)
{
	size_t size = facts->size, units = 0;
	if (facts->kind == KIND_NUMBER) {
		text_add(text, "[");
		text_add_escaped(text, facts->value, size);
		text_add(text, "]");
		return;
	}
	if (size > SHOWN)
		size = SHOWN;
	while (facts->kind == KIND_TEXT && size < facts->size && size > 0 && (facts->value[size] & 0xc0) == 0x80)
		size--;
	for (size_t i = 0; i < size; i++)
		units += facts->kind == KIND_BYTES || (facts->value[i] & 0xc0) != 0x80;
	text_add(text, facts->kind == KIND_BYTES ? "[b'" : "['");
	text_add_escaped(text, facts->value, size);
	text_add(text, units < facts->length ? "\xe2\x80\xa6']" : "']");
}

struct error *key_print(struct key_names *names, node_id key, struct text *text)
{
	struct facts facts = {0};
	if (key != NO_ID)
		TRY(find_facts(names, key, &facts));
	if (facts.value != NULL && facts.kind != KIND_OTHER)
		print_value(&facts, text);
	else if (facts.hash == 0)
		text_add(text, "[...]");
	else if (facts.kind == KIND_TEXT || facts.kind == KIND_BYTES)
		text_printf(text, "[#%08" PRIx32 " len=%" PRIu64 "]", (uint32_t)(facts.hash >> 32), facts.length);
	else
		text_printf(text, "[#%08" PRIx32 "]", (uint32_t)(facts.hash >> 32));
	return NULL;
}
