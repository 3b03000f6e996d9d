/* Member: the names of a snapshot's members, and the list of those that a file holds. */
#ifndef FORMAT_MEMBER_H
#define FORMAT_MEMBER_H

#include "base/vector.h"
#include "format/archive.h"
#include "format/checksum.h"
#include "format/schema.h"

enum member_kind {
	MEMBER_META,     /* meta */
	MEMBER_STRINGS,  /* strings/000000, strings/000001 ... */
	MEMBER_TYPES,    /* types/000000 ... */
	MEMBER_OBJECTS,  /* objects/000000 ... */
	MEMBER_EDGES,    /* edges/000000 ... */
	MEMBER_ROOTS,    /* roots */
	MEMBER_MANIFEST, /* manifest */
	MEMBER_VALUES,   /* values/000000 ... */
	MEMBER_RELATIONS, /* the first of format/relation.def: arenas/000000 ...; the others follow in order */
	MEMBER_UNKNOWN = MEMBER_RELATIONS + RELATION_COUNT, /* anything else: ignored */
	MEMBER_KIND_COUNT
};

/* Writes the name into `name`; `number` counts only for kinds that are numbered. */
void member_name(enum member_kind kind, uint32_t number, char name[MEMBER_NAME_MAX + 1]);
/* MEMBER_UNKNOWN for every name that member_name does not give. */
enum member_kind member_parse(const char *name, uint32_t *number);

struct member {
	enum member_kind kind;
	uint32_t number;               /* 0 where the kind is not numbered */
	uint64_t name_hash;            /* of MEMBER_UNKNOWN; else 0 */
	uint64_t header, offset, size; /* as in struct archive_member */
	bool listed;                   /* the manifest lists it: `checksum` is set */
	struct checksum checksum;
};

/* The members of a file, by kind and number; 72 bytes each. */
struct catalog {
	VECTOR(struct member) members;
	uint32_t counts[MEMBER_KIND_COUNT];
};
void catalog_init(struct catalog *catalog);
void catalog_deinit(struct catalog *catalog);
DEFINE_AUTO_VALUE(catalog, struct catalog, catalog_deinit);

/* Walks over the archive. ERROR_INPUT: what archive_walk_next finds, members of the same name, anything after the manifest
 * but the zeros that end a tar, and those not whole. Where `tolerant`, *damage takes such an error, NULL if there is none, and the members before it are kept. */
struct error *catalog_read(struct catalog *catalog, const struct input *input, bool tolerant, struct error **damage)
	CHECKED;
/* NULL where the file has no such member; borrowed until deinit. */
struct member *catalog_find(const struct catalog *catalog, enum member_kind kind, uint32_t number);
struct member *catalog_find_name(const struct catalog *catalog, const char *name);

/* Reads a member's data into memory that the caller frees. ERROR_INPUT: more than `most` bytes, or another checksum than
 * the manifest says. */
struct error *member_read(const struct member *member, const struct input *input, uint64_t most, uint8_t **data)
	CHECKED;

#endif
