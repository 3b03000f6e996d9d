/* Survey: what of this cut or altered file can still be used?
 *
 * Method: every member that the walk finds is decoded with all its checks; one that fails is lost, the others stay. An
 * edges chunk counts only where it begins as the degrees of the objects say, so whatever edges are kept are exact; an object
 * whose edges are lost stays. Cost: one pass of reading; memory: strings, types, roots and 40 bytes a chunk.
 */
#include "format/survey.h"

#include "format/document.h"
#include "format/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void survey_init(struct survey *survey)
{
	memset(survey, 0, sizeof *survey);
	catalog_init(&survey->catalog);
	intern_init(&survey->strings);
	snapshot_meta_init(&survey->meta);
}

void survey_destroy(struct survey *survey)
{
	if (survey == NULL)
		return;
	input_destroy(survey->input);
	codec_destroy(survey->codec);
	catalog_deinit(&survey->catalog);
	error_destroy(survey->damage);
	meta_deinit(&survey->meta);
	intern_deinit(&survey->strings);
	vector_deinit(&survey->string_pieces);
	vector_deinit(&survey->type_pieces);
	vector_deinit(&survey->types.rows);
	root_rows_deinit(&survey->roots);
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++) {
		relation_rows_deinit(&survey->relations[relation].rows);
		vector_deinit(&survey->relations[relation].pieces);
	}
	vector_deinit(&survey->objects);
	vector_deinit(&survey->edges);
	free(survey);
}

/* --- members ------------------------------------------------------------------------------------------------------- */

static struct error *read_document(struct document *document, const struct survey *survey, const struct member *member,
				   const struct pack_value **root)
{
	return document_read(document, member, survey->input, DOCUMENT_MAX, root);
}

/* Without a manifest nobody says which version it is: unknown names are then taken as a newer version's. */
static bool is_newer(const struct survey *survey)
{
	return !survey->has_manifest || survey->manifest.minor > FORMAT_MINOR;
}

static struct error *read_manifest(struct survey *survey)
{
	const struct member *member = catalog_find(&survey->catalog, MEMBER_MANIFEST, 0);
	uint8_t *bytes = NULL;
	if (member == NULL)
		return error_create(ERROR_INPUT, "no manifest");
	TRY(member_read(member, survey->input, DOCUMENT_MAX, &bytes));
	AUTO(free) void *guard = bytes;
	TRY(manifest_read(guard, member->size, &survey->catalog, false, &survey->manifest));
	survey->has_manifest = true;
	return NULL;
}

static struct error *read_meta(struct survey *survey, const struct member *member)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	if (survey->has_meta)
		return error_create(ERROR_INPUT, "there are two of it");
	TRY(read_document(&document, survey, member, &root));
	TRY(meta_read(root, &survey->meta));
	survey->has_meta = true;
	return NULL;
}

/* Ids of the new piece must come after those of the pieces before. */
static bool piece_follows(const struct piece *last, size_t count, uint32_t first)
{
	return count == 0 || (uint64_t)last[count - 1].first + last[count - 1].count <= first;
}

static struct error *read_strings(struct survey *survey, const struct member *member)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	uint32_t base = intern_count(&survey->strings), first;
	TRY(read_document(&document, survey, member, &root));
	TRY(strings_read(survey->codec, root, &first, &survey->strings));
	if (!piece_follows(survey->string_pieces.items, survey->string_pieces.count, first))
		return error_create(ERROR_INPUT, "its ids were taken");
	return vector_push(&survey->string_pieces, (struct piece){first, intern_count(&survey->strings) - base, base});
}

static struct error *read_types(struct survey *survey, const struct member *member)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	uint32_t base = (uint32_t)survey->types.rows.count, first;
	TRY(read_document(&document, survey, member, &root));
	TRY(types_read(survey->codec, root, &first, &survey->types));
	uint32_t count = (uint32_t)survey->types.rows.count - base;
	if (!piece_follows(survey->type_pieces.items, survey->type_pieces.count, first)) {
		survey->types.rows.count = base;
		return error_create(ERROR_INPUT, "its ids were taken");
	}
	return vector_push(&survey->type_pieces, (struct piece){first, count, base});
}

static struct error *read_roots(struct survey *survey, const struct member *member)
{
	AUTO(document) struct document document = {0};
	AUTO(roots) struct roots roots = {0};
	const struct pack_value *root;
	if (survey->has_roots)
		return error_create(ERROR_INPUT, "there are two of it");
	TRY(read_document(&document, survey, member, &root));
	TRY(roots_read(survey->codec, root, is_newer(survey), &roots));
	survey->roots = roots;
	survey->has_roots = true;
	memset(&roots, 0, sizeof roots);
	return NULL;
}

static struct error *read_rows(struct survey *survey, const struct member *member)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	enum relation relation = (enum relation)(member->kind - MEMBER_RELATIONS);
	struct survey_rows *kept = &survey->relations[relation];
	size_t base = kept->rows.count;
	uint32_t first;
	TRY(read_document(&document, survey, member, &root));
	TRY(relation_read(survey->codec, relation, root, &first, &kept->rows));
	uint32_t count = (uint32_t)(kept->rows.count - base);
	if (!piece_follows(kept->pieces.items, kept->pieces.count, first)) {
		kept->rows.count = base;
		return error_create(ERROR_INPUT, "its numbers were taken");
	}
	return vector_push(&kept->pieces, (struct piece){first, count, (uint32_t)base});
}

struct error *survey_read_objects(const struct survey *survey, const struct member *member,
				  const struct object_columns *columns, struct objects_header *header)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(read_document(&document, survey, member, &root));
	TRY(objects_read_header(root, header));
	if (header->first != (uint64_t)member->number * CHUNK_OBJECTS)
		return error_create(ERROR_INPUT, "its number is not that of its objects");
	return objects_read(survey->codec, root, header->count, columns);
}

struct error *survey_read_values(const struct survey *survey, const struct member *member, uint32_t count,
				 struct value_rows *rows)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(read_document(&document, survey, member, &root));
	return values_read(survey->codec, root, (node_id)((uint64_t)member->number * CHUNK_OBJECTS), count, rows);
}

struct error *survey_read_edges(const struct survey *survey, const struct member *member, const struct edge_rows *rows,
				uint8_t *class, struct edges_header *header)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(read_document(&document, survey, member, &root));
	TRY(edges_read_header(root, header));
	if (header->first != (uint64_t)member->number * CHUNK_EDGES)
		return error_create(ERROR_INPUT, "its number is not that of its edges");
	TRY(edges_read(survey->codec, root, header->count, rows));
	return tags_split(rows->tag, header->count, is_newer(survey), rows->tag, class);
}

/* --- edges and objects --------------------------------------------------------------------------------------------- */

struct buffers {
	struct object_columns objects;
	struct edge_rows edges;
};

static void buffers_deinit(struct buffers *buffers)
{
	object_columns_deinit(&buffers->objects);
	edge_rows_deinit(&buffers->edges);
}
DEFINE_AUTO_VALUE(buffers, struct buffers, buffers_deinit);

const struct edges_header *survey_edges(const struct survey *survey, uint64_t index)
{
	size_t low = 0, high = survey->edges.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct edges_header *header = &survey->edges.items[middle];
		if (header->first + header->count <= index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < survey->edges.count ? &survey->edges.items[low] : NULL;
}

/* Takes an edges chunk out of those that are there. */
static void drop_edges(struct survey *survey, const struct edges_header *chunk)
{
	size_t i = (size_t)(chunk - survey->edges.items);
	memmove(&survey->edges.items[i], &survey->edges.items[i + 1],
		(survey->edges.count - i - 1) * sizeof *survey->edges.items);
	survey->edges.count--;
	survey->kept--;
	survey->lost++;
}

/* Drops the edges chunks that begin in this objects chunk, but not where its degrees say. */
static struct error *match_edges(struct survey *survey, const struct objects_header *header, const uint32_t *degrees)
{
	uint64_t end = header->first_edge;
	for (uint32_t i = 0; i < header->count; i++) {
		uint64_t begin = end;
		end += degrees[i];
		if (end < begin)
			return error_create(ERROR_INPUT, "its edges have numbers that no edge has");
		for (uint64_t edge = begin; edge < end;) {
			const struct edges_header *chunk = survey_edges(survey, edge);
			if (chunk == NULL || chunk->first >= end)
				break;
			edge = chunk->first + chunk->count;
			if (chunk->first >= begin &&
			    (chunk->source != header->first + i || chunk->before != chunk->first - begin))
				drop_edges(survey, chunk);
		}
	}
	survey->edges_end = end > survey->edges_end ? end : survey->edges_end;
	return NULL;
}

static struct error *read_edges(struct survey *survey, const struct member *member, const struct buffers *buffers)
{
	struct edges_header header;
	TRY(survey_read_edges(survey, member, &buffers->edges, NULL, &header));
	return vector_push(&survey->edges, header);
}

static struct error *read_objects(struct survey *survey, const struct member *member, const struct buffers *buffers,
				  uint64_t *address)
{
	const struct object_columns *columns = &buffers->objects;
	struct objects_header header;
	TRY(survey_read_objects(survey, member, columns, &header));
	if (survey->nodes > 0 && columns->address[0] <= *address)
		return error_create(ERROR_INPUT, "its addresses do not come after those of the chunk before");
	TRY(match_edges(survey, &header, columns->degree));
	TRY(vector_push(&survey->objects, (struct survey_objects){member, header, (node_id)survey->nodes}));
	survey->nodes += header.count;
	*address = columns->address[header.count - 1];
	return NULL;
}

/* Previews are of use where their objects are; which come before. */
static struct error *read_values(const struct survey *survey, const struct member *member)
{
	for (size_t i = 0; i < survey->objects.count; i++) {
		AUTO(value_rows) struct value_rows rows = {0};
		if (survey->objects.items[i].member->number == member->number)
			return survey_read_values(survey, member, survey->objects.items[i].header.count, &rows);
	}
	return error_create(ERROR_INPUT, "its objects are lost");
}

/* --- the survey ---------------------------------------------------------------------------------------------------- */

/* What is wrong with a member only makes it lost; anything else ends the survey. */
static struct error *tally(struct survey *survey, struct error *error)
{
	if (error != NULL && error->code != ERROR_INPUT)
		return error;
	survey->kept += error == NULL;
	survey->lost += error != NULL;
	error_destroy(error);
	return NULL;
}

static struct error *read_all(struct survey *survey, enum member_kind kind, const struct buffers *buffers)
{
	uint64_t address = 0;
	for (size_t i = 0; i < survey->catalog.members.count; i++) {
		const struct member *member = &survey->catalog.members.items[i];
		if (member->kind != kind)
			continue;
		struct error *error = kind == MEMBER_META      ? read_meta(survey, member)
				      : kind == MEMBER_STRINGS ? read_strings(survey, member)
				      : kind == MEMBER_TYPES   ? read_types(survey, member)
				      : kind == MEMBER_EDGES   ? read_edges(survey, member, buffers)
				      : kind == MEMBER_OBJECTS ? read_objects(survey, member, buffers, &address)
				      : kind == MEMBER_VALUES  ? read_values(survey, member)
				      : kind == MEMBER_ROOTS   ? read_roots(survey, member)
							       : read_rows(survey, member);
		TRY(tally(survey, error));
	}
	return NULL;
}

/* Members that should be there and are not: gaps in the numbers, and what the manifest or the degrees count beyond. */
static uint64_t count_missing(const struct survey *survey)
{
	static const enum member_kind known[] = {MEMBER_STRINGS, MEMBER_TYPES, MEMBER_OBJECTS, MEMBER_EDGES,
						 MEMBER_VALUES};
	const size_t known_count = sizeof known / sizeof *known;
	const struct snapshot_counts *counts = &survey->manifest.counts;
	uint64_t edges = counts->edges > survey->edges_end ? counts->edges : survey->edges_end;
	/* Beyond a whole manifest nothing was to come, so damage there costs nothing. */
	uint64_t missing = survey->has_manifest ? 0 : 1 + (uint64_t)(survey->damage != NULL);
	missing += survey->catalog.counts[MEMBER_META] == 0;
	missing += survey->catalog.counts[MEMBER_ROOTS] == 0;
	for (size_t k = 0; k < known_count + RELATION_COUNT; k++) {
		enum member_kind kind = k < known_count ? known[k] : (enum member_kind)(MEMBER_RELATIONS + k - known_count);
		uint64_t expected = 0, there = 0;
		for (size_t i = 0; i < survey->catalog.members.count; i++) {
			const struct member *member = &survey->catalog.members.items[i];
			if (member->kind != kind)
				continue;
			there += there == 0 || member->number + UINT64_C(1) != expected; /* twins are one */
			expected = member->number + UINT64_C(1);
		}
		bool objects = kind == MEMBER_OBJECTS || (kind == MEMBER_VALUES && there > 0);
		uint64_t rows = objects ? counts->nodes : kind == MEMBER_EDGES ? edges : 0;
		uint64_t chunk = objects ? CHUNK_OBJECTS : CHUNK_EDGES;
		uint64_t counted = rows / chunk + (rows % chunk > 0);
		missing += (expected > counted ? expected : counted) - there;
	}
	return missing;
}

static struct error *survey_run(struct survey *survey)
{
	/* Objects after edges, which are held against their degrees, and before what is told of them. */
	static const enum member_kind kinds[] = {MEMBER_META,	 MEMBER_STRINGS, MEMBER_TYPES, MEMBER_EDGES,
						 MEMBER_OBJECTS, MEMBER_VALUES,	 MEMBER_ROOTS};
	AUTO(buffers) struct buffers buffers = {0};
	TRY(catalog_read(&survey->catalog, survey->input, true, &survey->damage));
	if (survey->catalog.counts[MEMBER_OBJECTS] + survey->catalog.counts[MEMBER_EDGES] > 0) {
		TRY(object_columns_init(&buffers.objects));
		TRY(edge_rows_init(&buffers.edges));
	}
	struct error *error = read_manifest(survey);
	uint64_t major = survey->manifest.major;
	if (error != NULL && (error->code != ERROR_INPUT || (major != 0 && major != FORMAT_MAJOR)))
		return error;
	error_destroy(error);
	survey->kept += survey->has_manifest;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		TRY(read_all(survey, kinds[k], &buffers));
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		TRY(read_all(survey, MEMBER_RELATIONS + relation, &buffers));
	survey->lost += count_missing(survey);
	return NULL;
}

struct error *survey_create(const char *path, struct survey **result)
{
	AUTO(survey) struct survey *survey = malloc(sizeof *survey);
	if (survey == NULL)
		return error_memory();
	survey_init(survey);
	TRY(codec_create(&survey->codec));
	TRY(input_create(path, &survey->input));
	struct error *error = survey_run(survey);
	if (error != NULL)
		return error_prefix(error, "%s", survey->input->name);
	*result = steal(&survey);
	return NULL;
}

/* --- ids ----------------------------------------------------------------------------------------------------------- */

static bool piece_find(const struct piece *pieces, size_t count, uint32_t id, uint32_t *row)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (pieces[middle].first <= id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || id - pieces[low - 1].first >= pieces[low - 1].count)
		return false;
	*row = pieces[low - 1].base + (id - pieces[low - 1].first);
	return true;
}

bool survey_string(const struct survey *survey, string_id id, uint32_t *row)
{
	return piece_find(survey->string_pieces.items, survey->string_pieces.count, id, row);
}

bool survey_type(const struct survey *survey, type_id id, uint32_t *row)
{
	return piece_find(survey->type_pieces.items, survey->type_pieces.count, id, row);
}

bool survey_row(const struct survey *survey, enum relation relation, uint32_t number, uint32_t *row)
{
	const struct survey_rows *kept = &survey->relations[relation];
	return piece_find(kept->pieces.items, kept->pieces.count, number, row);
}

bool survey_node(const struct survey *survey, uint64_t id, node_id *kept)
{
	size_t low = 0, high = survey->objects.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (survey->objects.items[middle].header.first <= id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	const struct survey_objects *chunk = &survey->objects.items[low - 1];
	if (id - chunk->header.first >= chunk->header.count)
		return false;
	*kept = (node_id)(chunk->base + (id - chunk->header.first));
	return true;
}
