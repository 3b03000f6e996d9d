/* Salvage: what can still be known from a snapshot that was cut or altered?
 *
 * Method: a survey finds what is whole; the objects of whole chunks get new ids, their edges are rewritten to them, and
 * edges to what is gone are left out - with care for the two names that lean on the edge before: an index that counts on
 * becomes explicit after a gap, a dict's value without its key loses its name. After edges that nobody can read any more
 * the index is not known, so such names are lost until one is explicit. Cost: two passes of reading, one of writing.
 */
#include "format/salvage.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/text.h"
#include "format/survey.h"
#include "format/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct salvage {
	struct survey *survey;
	struct writer *writer;
	VECTOR(string_id) strings; /* new id of each string row */
	struct map lost_types;     /* lost type -> the new type that stands for it */
	struct object_columns objects;
	struct edge_rows edges;
	uint8_t *classes;
	struct edges_header loaded; /* the edges chunk in `edges`; count 0: none */
	uint64_t edges_lost;
};

/* Where we are among the edges of one owner. */
struct owner {
	uint64_t index; /* of the next [i] */
	bool gap;       /* an edge with an index was left out: the next must be explicit */
	bool key_lost;  /* the edge before is a key that was left out */
	bool drops;     /* the edge just mapped is to be left out */
	bool uncounted; /* edges before were lost with their names: `index` is not known */
};

static void salvage_deinit(struct salvage *salvage)
{
	survey_destroy(salvage->survey);
	writer_destroy(salvage->writer);
	vector_deinit(&salvage->strings);
	map_deinit(&salvage->lost_types);
	object_columns_deinit(&salvage->objects);
	edge_rows_deinit(&salvage->edges);
	free(salvage->classes);
}
DEFINE_AUTO_VALUE(salvage, struct salvage, salvage_deinit);

/* --- ids ----------------------------------------------------------------------------------------------------------- */

static string_id new_string(const struct salvage *salvage, string_id old)
{
	uint32_t row;
	return survey_string(salvage->survey, old, &row) ? salvage->strings.items[row] : NO_ID;
}

/* A type that was lost still tells its objects from those of others: it comes back under a made-up name. */
static struct error *new_type(struct salvage *salvage, type_id old, type_id *result)
{
	if (survey_type(salvage->survey, old, result) || map_find(&salvage->lost_types, old, result))
		return NULL;
	AUTO(text) struct text name;
	text_init(&name);
	text_printf(&name, "<lost type %" PRIu32 ">", old);
	TRY(text_error(&name));
	struct type_record type = {.module = NO_ID, .base = NO_ID, .node = NO_ID};
	TRY(writer_string(salvage->writer, text_string(&name), name.length, &type.name));
	TRY(writer_type(salvage->writer, &type, result));
	return map_put(&salvage->lost_types, old, *result);
}

/* --- tables -------------------------------------------------------------------------------------------------------- */

static struct error *write_strings(struct salvage *salvage)
{
	const struct intern *strings = &salvage->survey->strings;
	for (uint32_t row = 0; row < intern_count(strings); row++) {
		size_t length;
		const char *string = intern_get(strings, row, &length);
		string_id id;
		TRY(writer_string(salvage->writer, string, length, &id));
		TRY(vector_push(&salvage->strings, id));
	}
	return NULL;
}

/* The new id of a type is its row, as all are written in order before any that stands for a lost one. */
static struct error *write_types(struct salvage *salvage)
{
	const struct survey *survey = salvage->survey;
	for (size_t i = 0; i < survey->types.rows.count; i++) {
		struct type_record type = survey->types.rows.items[i];
		type.name = new_string(salvage, type.name);
		type.module = new_string(salvage, type.module);
		if (!survey_type(survey, type.base, &type.base))
			type.base = NO_ID;
		if (!survey_node(survey, type.node, &type.node))
			type.node = NO_ID;
		type_id id;
		TRY(writer_type(salvage->writer, &type, &id));
	}
	return NULL;
}

/* --- edges --------------------------------------------------------------------------------------------------------- */

/* Gives an edge its new ids and the name that it can still have; `owner` says whether it must be left out. */
static void map_edge(const struct salvage *salvage, struct owner *owner, uint64_t old_target, struct edge_record *edge)
{
	enum edge_name name = edge->name;
	owner->drops = !survey_node(salvage->survey, old_target, &edge->target);
	if (name == NAME_NEXT_INDEX && owner->uncounted) {
		edge->name = NAME_NONE;
	} else if (name == NAME_NEXT_INDEX || name == NAME_INDEX) {
		uint64_t index = name == NAME_INDEX ? edge->payload : owner->index;
		if (owner->gap) {
			edge->name = NAME_INDEX;
			edge->payload = index;
		}
		owner->gap = owner->drops;
		owner->index = index + 1;
		owner->uncounted = false;
	}
	if (name == NAME_VALUE && owner->key_lost)
		edge->name = NAME_NONE;
	owner->key_lost = name == NAME_KEY && owner->drops;
	if (!edge_name_has_string(name))
		return;
	edge->payload = new_string(salvage, (string_id)edge->payload);
	if (edge->payload == NO_ID) {
		edge->name = NAME_NONE;
		edge->payload = 0;
	}
}

static bool is_loaded(const struct salvage *salvage, uint64_t index)
{
	return index >= salvage->loaded.first && index - salvage->loaded.first < salvage->loaded.count;
}

static struct error *load_edges(struct salvage *salvage, uint64_t index)
{
	const struct catalog *catalog = &salvage->survey->catalog;
	const struct member *member = catalog_find(catalog, MEMBER_EDGES, (uint32_t)(index / CHUNK_EDGES));
	if (member == NULL)
		return error_create(ERROR_INPUT, "it changed while it was read");
	salvage->loaded.count = 0;
	struct edges_header header;
	TRY(survey_read_edges(salvage->survey, member, &salvage->edges, salvage->classes, &header));
	if (index < header.first || index - header.first >= header.count)
		return error_create(ERROR_INPUT, "it changed while it was read");
	salvage->loaded = header;
	return NULL;
}

static struct error *write_edges(struct salvage *salvage, node_id source, uint64_t first, uint32_t degree)
{
	struct owner owner = {0};
	uint64_t end = first + degree, kept = 0;
	for (uint64_t index = first; index < end; index++) {
		if (!is_loaded(salvage, index)) {
			const struct edges_header *chunk = survey_edges(salvage->survey, index);
			if (chunk == NULL || chunk->first >= end)
				break;
			if (chunk->first > index) {
				index = chunk->first;
				owner = (struct owner){.uncounted = true, .key_lost = true};
			}
			TRY(load_edges(salvage, index));
		}
		size_t i = (size_t)(index - salvage->loaded.first);
		struct edge_record edge = {.name = salvage->edges.tag[i],
					   .class = salvage->classes[i],
					   .payload = salvage->edges.payload[i]};
		uint32_t target = source + unzigzag_u32(salvage->edges.difference[i]);
		map_edge(salvage, &owner, target, &edge);
		kept += !owner.drops;
		if (!owner.drops)
			TRY(writer_edge(salvage->writer, &edge));
	}
	salvage->edges_lost = saturating_add(salvage->edges_lost, degree - kept);
	return NULL;
}

/* --- objects and roots --------------------------------------------------------------------------------------------- */

/* Previews that are lost are lost: the survey has counted them. */
static struct error *read_values(const struct salvage *salvage, const struct survey_objects *chunk,
				 struct value_rows *values)
{
	const struct catalog *catalog = &salvage->survey->catalog;
	const struct member *member = catalog_find(catalog, MEMBER_VALUES, chunk->member->number);
	AUTO(error) struct error *error = NULL;
	if (member != NULL)
		error = survey_read_values(salvage->survey, member, chunk->header.count, values);
	return error != NULL && error->code != ERROR_INPUT ? steal(&error) : NULL;
}

static struct error *write_value(struct salvage *salvage, const struct value_rows *values, uint32_t i)
{
	if (i >= values->count || !values->present[i])
		return NULL;
	return writer_value(salvage->writer, values->bytes + values->starts[i], values->starts[i + 1] - values->starts[i]);
}

static struct error *write_chunk(struct salvage *salvage, const struct survey_objects *chunk)
{
	const struct object_columns *columns = &salvage->objects;
	struct objects_header header;
	AUTO(value_rows) struct value_rows values = {0};
	TRY(read_values(salvage, chunk, &values));
	TRY(survey_read_objects(salvage->survey, chunk->member, columns, &header));
	if (memcmp(&header, &chunk->header, sizeof header) != 0)
		return error_create(ERROR_INPUT, "it changed while it was read");
	uint64_t edge = header.first_edge;
	for (uint32_t i = 0; i < header.count; i++) {
		struct object_record object = {
			.address = columns->address[i],
			.size = columns->size[i],
			.getsizeof = columns->getsizeof[i],
			.refcount = columns->refcount[i],
			.generation = columns->generation[i],
			.flags = columns->flags[i],
			.content_hash = columns->content_hash[i],
			.length = columns->length[i],
		};
		TRY(new_type(salvage, columns->type[i], &object.type));
		TRY(writer_object(salvage->writer, &object));
		TRY(write_value(salvage, &values, i));
		TRY(write_edges(salvage, header.first + i, edge, columns->degree[i]));
		edge += columns->degree[i];
	}
	return NULL;
}

static struct error *write_roots(struct salvage *salvage)
{
	const struct roots *roots = &salvage->survey->roots;
	for (size_t r = 0; r < roots->rows.count; r++) {
		struct root_record root = roots->rows.items[r];
		struct owner owner = {0};
		root_id id;
		root.name = new_string(salvage, root.name);
		root.function = new_string(salvage, root.function);
		root.file = new_string(salvage, root.file);
		TRY(writer_root(salvage->writer, &root, &id));
		for (uint64_t e = roots->offsets.items[r]; e < roots->offsets.items[r + 1]; e++) {
			struct edge_record edge = roots->edges.items[e];
			map_edge(salvage, &owner, edge.target, &edge);
			if (!owner.drops)
				TRY(writer_root_edge(salvage->writer, &edge));
		}
	}
	return NULL;
}

/* --- relations ----------------------------------------------------------------------------------------------------- */

/* The new id of what a column names; NO_ID where it was lost. */
static struct error *new_id(struct salvage *salvage, const struct relation_column *column, uint32_t old, uint32_t *result)
{
	*result = NO_ID;
	if (old == NO_ID)
		return NULL;
	if (column->refers == REFERS_TYPE)
		return new_type(salvage, old, result);
	if (column->refers == REFERS_STRING)
		*result = new_string(salvage, old);
	else if (column->refers == REFERS_NODE ? !survey_node(salvage->survey, old, result)
					       : !survey_row(salvage->survey, column->target, old, result))
		*result = NO_ID;
	return NULL;
}

static struct error *write_rows(struct salvage *salvage, enum relation relation)
{
	const struct relation_shape *shape = relation_shape(relation);
	const struct relation_rows *rows = &salvage->survey->relations[relation].rows;
	for (size_t i = 0; i < rows->count; i++) {
		char *row = (char *)rows->rows + i * shape->row_size;
		for (size_t c = 0; c < shape->column_count; c++) {
			const struct relation_column *column = &shape->columns[c];
			uint32_t id;
			if (column->refers == REFERS_NOTHING)
				continue;
			TRY(new_id(salvage, column, relation_id(column, row), &id));
			memcpy(row + column->field.offset, &id, sizeof id);
		}
		TRY(writer_row(salvage->writer, relation, row));
	}
	return NULL;
}

static struct error *write_all(struct salvage *salvage)
{
	const struct survey *survey = salvage->survey;
	TRY(object_columns_init(&salvage->objects));
	TRY(edge_rows_init(&salvage->edges));
	salvage->classes = malloc(CHUNK_EDGES);
	if (salvage->classes == NULL)
		return error_memory();
	TRY(write_strings(salvage));
	TRY(write_types(salvage));
	if (survey->catalog.counts[MEMBER_VALUES] > 0)
		writer_keep_values(salvage->writer);
	for (size_t i = 0; i < survey->objects.count; i++)
		TRY(write_chunk(salvage, &survey->objects.items[i]));
	TRY(write_roots(salvage));
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		TRY(write_rows(salvage, relation));
	TRY(writer_meta(salvage->writer, &survey->meta));
	for (unsigned i = 0; survey->has_manifest && i < LOSS_COUNT; i++)
		writer_loss(salvage->writer, i, survey->manifest.losses[i]);
	writer_loss(salvage->writer, LOSS_salvaged, survey->lost);
	return NULL;
}

struct error *salvage_run(const char *from, const char *to, bool force, struct salvage_result *result)
{
	AUTO(salvage) struct salvage salvage = {0};
	map_init(&salvage.lost_types);
	TRY(survey_create(from, &salvage.survey));
	const struct survey *survey = salvage.survey;
	if (survey->string_pieces.count == 0 || survey->type_pieces.count == 0 || survey->objects.count == 0)
		return error_create(
			ERROR_INPUT,
			"%s: nothing to salvage: not even types, strings and one objects member are whole%s%s",
			survey->input->name, survey->damage != NULL ? "; " : "",
			survey->damage != NULL ? survey->damage->message : "");
	TRY(writer_create(to, force, &salvage.writer));
	struct error *error = write_all(&salvage);
	if (error != NULL && error->code == ERROR_INPUT)
		return error_prefix(error, "%s", survey->input->name);
	TRY(error);
	uint64_t bytes;
	TRY(writer_commit(salvage.writer, &bytes));
	*result = (struct salvage_result){
		survey->kept, survey->lost, salvage.edges_lost, writer_counts(salvage.writer)};
	return NULL;
}
