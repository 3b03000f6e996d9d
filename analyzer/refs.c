/* What do references to an object, and from it, look like in a table?
 *
 * One by one up to a limit, those that hold first; those beyond it are counted by type, as a class's dict or a cache may
 * have millions, and roots may refer to None thousands of times.
 */
#include "analyzer/refs.h"

#include "analyzer/path.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>

#define FOLDED_ROWS 10u /* of types, for what is left */

enum {
	FIELD_WAY,
	FIELD_OBJECT,
	FIELD_NAME,
	FIELD_CLASS,
	FIELD_SIZE,
	FIELD_COUNT,
	FIELD_TYPE,
	FIELD_ID,
	FIELD_ADDRESS,
	FIELD_HOLDS
};

struct section *refs_section(struct report *report, const char *name, const char *title)
{
	static const struct field fields[] = {
		[FIELD_WAY] = {"direction", "", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_OBJECT] = {"object", "object", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_NAME] = {"name", "name", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_CLASS] = {"class", "reference", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_SIZE] = {"size", "own size", VALUE_SIZE, RANK_OFTEN, true},
		[FIELD_COUNT] = {"count", "references", VALUE_COUNT, RANK_MACHINE, true},
		[FIELD_TYPE] = {"type", "type", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_ADDRESS] = {"address", "address", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_HOLDS] = {"holds", "holds", VALUE_BOOL, RANK_MACHINE, false},
	};
	struct section *table = report_section(report, name, title);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static struct error *set_object(struct report *report, struct cell *row, struct object_lookup *objects, node_id node)
{
	struct object_record record;
	struct label type;
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(object_lookup_print(objects, node, &text));
	TRY(object_lookup_type(objects, node, &type));
	TRY(object_lookup_get(objects, node, &record));
	row_set(row, FIELD_OBJECT, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_SIZE, cell_number(record.size));
	row_set(row, FIELD_TYPE, report_text(report, type.name, type.length));
	row_set(row, FIELD_ID, cell_number(node));
	row_set(row, FIELD_ADDRESS, cell_number(record.address));
	return NULL;
}

static struct error *set_edge(struct report *report, struct cell *row, struct edge_names *names,
			      const struct known_edge *edge)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (edge->record.name != NAME_NONE)
		TRY(edge_names_print(names, edge, &text));
	if (text.length > 0)
		row_set(row, FIELD_NAME, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_COUNT, cell_number(1));
	return text_error(&text);
}

static struct cell *add_row(struct report *report, struct section *table, const char *way)
{
	struct cell *row = section_row(report, table);
	row_set(row, FIELD_WAY, report_string(report, way));
	return row;
}

/* --- what is beyond the limit --------------------------------------------------------------------------------------- */

struct tally {
	uint64_t count, size;
	label_id label;
};

struct tallies {
	VECTOR(node_id) nodes;
	struct tally *by_label; /* as many as there are names of types */
};

static void tallies_deinit(struct tallies *tallies)
{
	vector_deinit(&tallies->nodes);
	free(tallies->by_label);
}
DEFINE_AUTO_VALUE(tallies, struct tallies, tallies_deinit);

static int compare_nodes(const void *a, const void *b)
{
	const node_id *left = a, *right = b;
	return *left < *right ? -1 : *left > *right;
}

/* In order of their numbers, so that each chunk of objects is decoded once. */
static struct error *count_types(struct tallies *tallies, struct object_lookup *objects)
{
	const struct type_names *names = objects->names;
	tallies->by_label = calloc((size_t)names->count + 1, sizeof *tallies->by_label);
	if (tallies->by_label == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++)
		tallies->by_label[l].label = l;
	qsort(tallies->nodes.items, tallies->nodes.count, sizeof *tallies->nodes.items, compare_nodes);
	for (size_t i = 0; i < tallies->nodes.count; i++) {
		struct object_record record;
		TRY(object_lookup_get(objects, tallies->nodes.items[i], &record));
		struct tally *at = &tallies->by_label[names->facts[0].label[record.type]];
		at->count++;
		at->size = saturating_add(at->size, record.size);
	}
	return NULL;
}

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *left = a, *right = b;
	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return left->label < right->label ? -1 : left->label > right->label;
}

static void add_tally(struct report *report, struct section *table, const char *way, const struct tally *tally,
		      const struct label *type)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, tally->count);
	text_add(&text, " more ");
	if (type != NULL)
		text_add_escaped(&text, type->name, type->length);
	else
		text_add(&text, "of other types");
	struct cell *row = add_row(report, table, way);
	row_set(row, FIELD_OBJECT, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_SIZE, cell_number(tally->size));
	row_set(row, FIELD_COUNT, cell_number(tally->count));
	if (type != NULL)
		row_set(row, FIELD_TYPE, report_text(report, type->name, type->length));
}

static struct error *add_tallies(struct report *report, struct section *table, const char *way,
				 struct object_lookup *objects, struct tallies *tallies)
{
	const struct type_names *names = objects->names;
	if (tallies->nodes.count == 0)
		return NULL;
	TRY(count_types(tallies, objects));
	qsort(tallies->by_label, names->count, sizeof *tallies->by_label, compare_tallies);
	struct tally others = {0};
	for (label_id i = 0; i < names->count && tallies->by_label[i].count > 0; i++) {
		const struct tally *at = &tallies->by_label[i];
		if (i < FOLDED_ROWS) {
			add_tally(report, table, way, at, &names->labels[at->label]);
			continue;
		}
		others.count += at->count;
		others.size = saturating_add(others.size, at->size);
	}
	if (others.count > 0)
		add_tally(report, table, way, &others, NULL);
	return NULL;
}

/* --- the two directions --------------------------------------------------------------------------------------------- */

static const char *class_of(const struct reference *reference, bool root)
{
	enum edge_class class = reference->edge.record.class;
	if (class == EDGE_GUESS && !reference->holds)
		return "guess, not counted";
	return root && class == EDGE_WEAK ? "borrowed" : edge_class_name(class);
}

static struct error *add_reference(struct report *report, struct section *table, const struct refs *refs,
				   const struct reference *reference, node_id nodes)
{
	bool root = reference->from >= nodes;
	struct cell *row = add_row(report, table, "in");
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (root) {
		path_print_root_of(refs->objects->reader, reference->from - nodes, &text);
		row_set(row, FIELD_OBJECT, report_text(report, text_string(&text), text.length));
	} else {
		TRY(set_object(report, row, refs->objects, reference->from));
	}
	TRY(set_edge(report, row, refs->names, &reference->edge));
	row_set(row, FIELD_CLASS, report_string(report, class_of(reference, root)));
	row_set(row, FIELD_HOLDS, cell_number(reference->holds));
	return text_error(&text);
}

static void add_roots_left(struct report *report, struct section *table, uint64_t count)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, count);
	text_add(&text, count == 1 ? " more of a root" : " more of roots");
	struct cell *row = count > 0 ? add_row(report, table, "in") : NULL;
	row_set(row, FIELD_OBJECT, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_COUNT, cell_number(count));
}

struct error *refs_add_in(struct report *report, struct section *table, const struct refs *refs,
			  const struct references *references)
{
	AUTO(tallies) struct tallies tallies = {0};
	node_id nodes = (node_id)reader_counts(refs->objects->reader).nodes;
	uint64_t rows = 0, roots = 0;
	for (int holding = 1; holding >= 0; holding--)
		for (size_t i = 0; i < references->items.count; i++) {
			const struct reference *reference = &references->items.items[i];
			if (reference->holds != (holding == 1))
				continue;
			if (rows++ < refs->rows)
				TRY(add_reference(report, table, refs, reference, nodes));
			else if (reference->from >= nodes)
				roots++;
			else
				TRY(vector_push(&tallies.nodes, reference->from));
		}
	add_roots_left(report, table, roots);
	return add_tallies(report, table, "in", refs->objects, &tallies);
}

struct error *refs_add_out(struct report *report, struct section *table, const struct refs *refs, node_id node)
{
	AUTO(tallies) struct tallies tallies = {0};
	struct edge_walk walk;
	struct known_edge edge;
	TRY(edge_lookup_walk(&refs->names->lookup, node, &walk));
	uint64_t rows = 0;
	for (bool found = true; found; rows++) {
		TRY(edge_lookup_next(&refs->names->lookup, &walk, &edge, &found));
		if (found && rows >= refs->rows)
			TRY(vector_push(&tallies.nodes, edge.record.target));
		if (!found || rows >= refs->rows)
			continue;
		struct cell *row = add_row(report, table, "out");
		TRY(set_object(report, row, refs->objects, edge.record.target));
		TRY(set_edge(report, row, refs->names, &edge));
		row_set(row, FIELD_CLASS, report_string(report, edge_class_name(edge.record.class)));
	}
	return add_tallies(report, table, "out", refs->objects, &tallies);
}

void refs_explain(const struct object_record *record, const struct references *references, struct text *text)
{
	text_add_count(text, record->refcount);
	if (record->flags & OBJECT_IMMORTAL) {
		text_add(text, ": immortal, references are not counted");
		return;
	}
	text_add(text, " = ");
	text_add_count(text, references->objects);
	text_add(text, " of objects + ");
	text_add_count(text, references->roots);
	text_add(text, " of roots");
	if (references->residue > 0) {
		text_add(text, " + ");
		text_add_count(text, (uint64_t)references->residue);
		text_add(text, " not found: held by C code");
	} else if (references->residue < 0) {
		text_add(text, " - ");
		text_add_count(text, (uint64_t)-references->residue);
		text_add(text, ": more were found than are counted, a fault of the capture");
	}
}
