/* Survey: which members of a damaged snapshot are whole, and which objects and edges they give.
 *
 * Needs no manifest: a member is whole when it decodes fully and, where a valid manifest lists it, has its checksum.
 */
#ifndef FORMAT_SURVEY_H
#define FORMAT_SURVEY_H

#include "format/chunk.h"
#include "format/manifest.h"
#include "format/record.h"
#include "format/relation.h"

/* A run of rows that one member held: ids first..first+count-1 are rows base..base+count-1. */
struct piece {
	uint32_t first, count, base;
};

/* An objects chunk that is whole; of its edges those in `edges` are there. */
struct survey_objects {
	const struct member *member;
	struct objects_header header;
	node_id base; /* id of its first object among the kept ones */
};

struct survey {
	struct input *input;
	struct codec *codec;
	struct catalog catalog;
	struct error *damage; /* where the walk over the archive ended early; NULL: it did not */
	bool has_manifest, has_meta, has_roots;
	struct manifest manifest;
	struct snapshot_meta meta;
	struct intern strings;
	VECTOR(struct piece) string_pieces, type_pieces; /* by id */
	struct types types;
	struct roots roots;
	struct survey_rows {
		struct relation_rows rows;
		VECTOR(struct piece) pieces; /* by number */
	} relations[RELATION_COUNT];
	VECTOR(struct survey_objects) objects; /* by id */
	VECTOR(struct edges_header) edges;     /* of each edges member that is whole and fits the degrees, by first */
	uint64_t edges_end;                    /* edges up to the last that the kept objects had */
	uint64_t kept, lost;                   /* members */
	uint64_t nodes;                        /* objects kept */
};

struct error *survey_create(const char *path, struct survey **result) CHECKED;
void survey_destroy(struct survey *survey);
DEFINE_AUTO(survey, struct survey *, survey_destroy);

/* The row that an id stands for; false where it was lost. */
bool survey_string(const struct survey *survey, string_id id, uint32_t *row);
bool survey_type(const struct survey *survey, type_id id, uint32_t *row);
bool survey_row(const struct survey *survey, enum relation relation, uint32_t number, uint32_t *row);
bool survey_node(const struct survey *survey, uint64_t id, node_id *kept);
/* The edges chunk that is there and holds edge `index`, else the next one that is there; NULL where there is none.
 * Borrowed. */
const struct edges_header *survey_edges(const struct survey *survey, uint64_t index);

/* Decode the member again. `rows` and `columns` hold a whole chunk each; names are split from tags. */
struct error *survey_read_objects(const struct survey *survey, const struct member *member,
				  const struct object_columns *columns, struct objects_header *header) CHECKED;
/* ERROR_INPUT also where it is not of `count` objects. */
struct error *survey_read_values(const struct survey *survey, const struct member *member, uint32_t count,
				 struct value_rows *rows) CHECKED;
struct error *survey_read_edges(const struct survey *survey, const struct member *member, const struct edge_rows *rows,
				uint8_t *class, struct edges_header *header) CHECKED;

#endif
