/* Refs: what refers to an object, and what it refers to, as rows of a report. */
#ifndef ANALYZER_REFS_H
#define ANALYZER_REFS_H

#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/references.h"
#include "analyzer/report.h"

struct refs {
	struct edge_names *names;
	struct object_lookup *objects;
	uint64_t rows; /* at most, in either direction; what is left is folded by type */
};

/* Adds the table's columns: `rows`, for both directions. */
struct section *refs_section(struct report *report, const char *name, const char *title);
/* Adds a row for each reference to the object. */
struct error *refs_add_in(struct report *report, struct section *table, const struct refs *refs,
			  const struct references *references) CHECKED;
/* Adds a row for each reference of `node`. */
struct error *refs_add_out(struct report *report, struct section *table, const struct refs *refs, node_id node) CHECKED;

/* Adds `3 = 2 of objects + 1 not found: ...`, how its references explain an object's count. */
void refs_explain(const struct object_record *record, const struct references *references, struct text *text);

#endif
