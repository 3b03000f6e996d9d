/* Tables: what do the small members say, and does every id in them name something that is there?
 *
 * Method: each member is decoded in turn, then one pass over types and roots compares ids with counts, so that nobody after
 * has to. Cost: 50-100 ns a type or root; memory: the rows, the strings and 8 bytes a string.
 */
#include "format/tables.h"

#include "format/chunk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void tables_init(struct tables *tables)
{
	memset(tables, 0, sizeof *tables);
	snapshot_meta_init(&tables->meta);
	intern_init(&tables->strings);
}

void tables_deinit(struct tables *tables)
{
	meta_deinit(&tables->meta);
	intern_deinit(&tables->strings);
	vector_deinit(&tables->types.rows);
	root_rows_deinit(&tables->roots);
}

static struct error *read_member(struct tables *tables, struct codec *codec, const struct member *member,
				 const struct input *input, bool newer)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	uint32_t expected, first = 0;
	TRY(document_read(&document, member, input, member->kind == MEMBER_ROOTS ? DOCUMENT_MAX : DOCUMENT_CHUNK_MAX,
			  &root));
	switch (member->kind) {
	case MEMBER_META:
		return meta_read(root, &tables->meta);
	case MEMBER_ROOTS:
		return roots_read(codec, root, newer, &tables->roots);
	case MEMBER_STRINGS:
		expected = intern_count(&tables->strings);
		TRY(strings_read(codec, root, &first, &tables->strings));
		break;
	default:
		expected = (uint32_t)tables->types.rows.count;
		TRY(types_read(codec, root, &first, &tables->types));
		break;
	}
	return first == expected ? NULL : error_create(ERROR_INPUT, "its first id is %u, not %u", first, expected);
}

static bool string_known(const struct tables *tables, string_id id)
{
	return id == NO_ID || id < intern_count(&tables->strings);
}

static struct error *check_types(const struct tables *tables, uint64_t nodes)
{
	uint64_t types = tables->types.rows.count;
	for (size_t i = 0; i < types; i++) {
		const struct type_record *type = &tables->types.rows.items[i];
		if (!string_known(tables, type->name) || !string_known(tables, type->module) ||
		    (type->base != NO_ID && type->base >= types) || (type->node != NO_ID && type->node >= nodes))
			return error_create(ERROR_INPUT, "type %zu names a string, type or object that is not there",
					    i);
	}
	return NULL;
}

static struct error *check_root(const struct tables *tables, size_t id, uint64_t nodes)
{
	const struct root_record *root = &tables->roots.rows.items[id];
	bool wrong = !string_known(tables, root->name) || !string_known(tables, root->function) ||
		     !string_known(tables, root->file);
	enum edge_name before = NAME_NONE;
	for (uint64_t e = tables->roots.offsets.items[id]; e < tables->roots.offsets.items[id + 1]; e++) {
		const struct edge_record *edge = &tables->roots.edges.items[e];
		wrong |= edge->target >= nodes || (edge->name == NAME_VALUE && before != NAME_KEY) ||
			 (edge_name_has_string(edge->name) && edge->payload >= intern_count(&tables->strings));
		before = edge->name;
	}
	return wrong ? error_create(ERROR_INPUT, "root %zu names a string, object or key that is not there", id) : NULL;
}

static struct error *check(const struct tables *tables, const struct snapshot_counts *counts)
{
	if (counts->strings != intern_count(&tables->strings) || counts->types != tables->types.rows.count ||
	    counts->roots != tables->roots.rows.count || counts->root_edges != tables->roots.edges.count)
		return error_create(ERROR_INPUT, "the manifest counts other strings, types or roots than there are");
	TRY(check_types(tables, counts->nodes));
	for (size_t i = 0; i < tables->roots.rows.count; i++)
		TRY(check_root(tables, i, counts->nodes));
	return NULL;
}

struct error *tables_read(struct tables *tables, struct codec *codec, const struct catalog *catalog,
			  const struct input *input, const struct manifest *manifest)
{
	static const enum member_kind kinds[] = {MEMBER_META, MEMBER_STRINGS, MEMBER_TYPES, MEMBER_ROOTS};
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		for (uint32_t i = 0; i < catalog->counts[kinds[k]]; i++) {
			const struct member *member = catalog_find(catalog, kinds[k], i);
			TRY(document_error(member,
					   read_member(tables, codec, member, input, manifest->minor > FORMAT_MINOR)));
		}
	}
	return check(tables, &manifest->counts);
}
