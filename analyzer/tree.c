/* What does the heap look like from above?
 *
 * A row is a group: one place, or with by_type the places of one type below a group. What hangs below the members of a group is
 * divided into groups in turn; the greatest get rows of their own, in the order in which they are printed, the others one
 * row together. An explicit stack holds what is still to be divided.
 */
#include "analyzer/tree.h"

#include "analyzer/path.h"
#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIELD_OBJECT,
	FIELD_RETAINED,
	FIELD_SHARE,
	FIELD_OBJECTS,
	FIELD_SIZE,
	FIELD_COUNT,
	FIELD_TYPE,
	FIELD_ID,
	FIELD_FATE
};

struct group {
	label_id label;           /* by_type: of its members; NO_ID for roots, and where a group is one place */
	uint64_t retained;        /* bytes, of the members together: they are disjoint subtrees */
	uint64_t size;            /* bytes, of the members alone */
	uint64_t objects;         /* that go with them, themselves among these */
	uint64_t count;           /* members */
	VECTOR(uint32_t) members; /* places; of a folded group the first */
};

static void group_deinit(struct group *group)
{
	vector_deinit(&group->members);
}
DEFINE_AUTO_VALUE(group, struct group, group_deinit);

#define FOLDED UINT32_MAX

struct pending {
	struct group group;
	size_t parent;  /* row */
	uint32_t above; /* the parent's place, PLACE_MANY where it is a group of several */
	uint32_t depth; /* of the group: 1 below the top; FOLDED: a row for what has none of its own */
};
#define PLACE_MANY (DOMINATOR_NONE - 1u)

struct drawing {
	struct report *report;
	struct section *table;
	const struct children *children;
	struct object_lookup *lookup;
	struct edge_names *names;
	const struct tree_request *request;
	struct ways ways; /* found when the first object below the virtual root is named */
	VECTOR(struct pending) stack;
	VECTOR(struct group) groups; /* of one division */
	uint64_t ended;              /* rows that have more below them than the depth lets be shown */
	uint32_t *group_of;          /* by label, and one more for roots: its place in `groups`, or NO_ID */
};

static void drop_groups(struct drawing *drawing)
{
	for (size_t i = 0; i < drawing->groups.count; i++)
		group_deinit(&drawing->groups.items[i]);
	drawing->groups.count = 0;
}

static void drawing_deinit(struct drawing *drawing)
{
	drop_groups(drawing);
	for (size_t i = 0; i < drawing->stack.count; i++)
		group_deinit(&drawing->stack.items[i].group);
	vector_deinit(&drawing->groups);
	vector_deinit(&drawing->stack);
	ways_deinit(&drawing->ways);
	free(drawing->group_of);
}
DEFINE_AUTO_VALUE(drawing, struct drawing, drawing_deinit);

static const struct graph *graph_of(const struct drawing *drawing)
{
	return drawing->children->retention->graph;
}

static void group_count(struct drawing *drawing, struct group *group, uint32_t place)
{
	const struct graph *graph = graph_of(drawing);
	group->retained += retention_size(drawing->children->retention, place);
	group->size += place < graph->nodes ? graph_size(graph, place) : 0;
	group->objects += children_objects(drawing->children, place);
	group->count++;
}

static void group_merge(struct group *to, const struct group *from)
{
	to->retained += from->retained;
	to->size += from->size;
	to->objects += from->objects;
	to->count += from->count;
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static void set_numbers(const struct drawing *drawing, struct cell *row, const struct group *group)
{
	row_set(row, FIELD_RETAINED, cell_number(group->retained));
	row_set(row, FIELD_SHARE, cell_share_of(group->retained, drawing->children->retention->retained[0]));
	row_set(row, FIELD_OBJECTS, cell_number(group->objects));
	row_set(row, FIELD_SIZE, cell_number(group->size));
	row_set(row, FIELD_COUNT, cell_number(group->count));
}

/* The path to an object that no other dominates, as there are several. */
static struct error *name_path(struct drawing *drawing, node_id node, struct text *text)
{
	AUTO(path) struct path path = {0};
	struct path_printing printing = {.names = drawing->names};
	if (drawing->ways.parent == NULL)
		TRY(ways_find(graph_of(drawing), &(struct ways_request){.blocked = NO_ID},
			      &drawing->ways));
	TRY(path_trace(&drawing->ways, node, NO_ID, &path));
	if (path.count == 0)
		return NULL;
	TRY(path_spell(&printing, &path, text));
	text_add_char(text, ' ');
	return NULL;
}

/* `.x ` where the object or root above refers to it so. */
static struct error *name_step(struct drawing *drawing, uint32_t above, node_id node, struct text *text)
{
	const struct graph *graph = graph_of(drawing);
	struct known_edge edge = {.key = NO_ID};
	if (above == DOMINATOR_ROOT)
		return name_path(drawing, node, text);
	if (above >= PLACE_MANY)
		return NULL;
	if (above < graph->nodes) {
		TRY(edge_names_between(drawing->names, above, node, NULL, NULL, &edge));
	} else {
		bool found;
		TRY(edge_names_of_root(graph->reader, above - graph->nodes, node, NULL, NULL, &edge, &found));
		if (!found)
			return NULL;
	}
	if (edge.record.name == NAME_NONE)
		return NULL;
	TRY(edge_names_print(drawing->names, &edge, text));
	text_add_char(text, ' ');
	return NULL;
}

static struct error *name_place(const struct drawing *drawing, uint32_t place, bool many, struct cell *row,
				struct text *text)
{
	struct label type;
	TRY(object_lookup_type(drawing->lookup, place, &type));
	text_add_escaped(text, type.name, type.length);
	row_set(row, FIELD_TYPE, report_text(drawing->report, type.name, type.length));
	if (many)
		return NULL;
	text_printf(text, " #%" PRIu32, place);
	row_set(row, FIELD_ID, cell_number(place));
	enum fate fate = drawing->children->retention->fate[place];
	row_set(row, FIELD_FATE, report_string(drawing->report, fate_name(fate)));
	return NULL;
}

static struct error *name_group(struct drawing *drawing, const struct pending *pending, struct cell *row)
{
	const struct graph *graph = graph_of(drawing);
	const struct group *group = &pending->group;
	AUTO(text) struct text text = {0};
	text_init(&text);
	uint32_t place = group->members.items[0];
	bool many = group->count > 1;
	if (many) {
		text_add_count(&text, group->count);
		text_add(&text, " x ");
	}
	if (!many && place < graph->nodes)
		TRY(name_step(drawing, pending->above, place, &text));
	if (place == DOMINATOR_ROOT)
		text_add(&text, "(everything)");
	else if (place < graph->nodes)
		TRY(name_place(drawing, place, many, row, &text));
	else if (many)
		text_add(&text, "root");
	else
		path_print_root(graph, place - graph->nodes, &text);
	row_set(row, FIELD_OBJECT, report_text(drawing->report, text_string(&text), text.length));
	return text_error(&text);
}

static struct error *name_folded(const struct drawing *drawing, const struct group *group, struct cell *row)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_char(&text, '(');
	text_add_count(&text, group->count);
	text_add(&text, " smaller)");
	row_set(row, FIELD_OBJECT, report_text(drawing->report, text_string(&text), text.length));
	return text_error(&text);
}

/* --- dividing ------------------------------------------------------------------------------------------------------- */

/* The group that a place belongs to in this division. */
static struct error *group_for(struct drawing *drawing, uint32_t place, struct group **group)
{
	const struct graph *graph = graph_of(drawing);
	uint32_t *known = NULL;
	label_id label = NO_ID;
	if (drawing->request->by_type) {
		const struct type_names *names = drawing->lookup->names;
		label = place < graph->nodes ? names->facts[0].label[graph->type[place]] : names->count;
		known = &drawing->group_of[label];
		if (*known != NO_ID) {
			*group = &drawing->groups.items[*known];
			return NULL;
		}
		*known = (uint32_t)drawing->groups.count;
	}
	TRY(vector_push(&drawing->groups, (struct group){.label = label}));
	*group = &drawing->groups.items[drawing->groups.count - 1];
	return NULL;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->retained != y->retained)
		return x->retained < y->retained ? 1 : -1;
	return x->members.items[0] < y->members.items[0] ? -1 : 1;
}

/* A place that won't have a row of its own is only added up, in `small`; a root that keeps nothing isn't told at all. */
static struct error *divide_member(struct drawing *drawing, uint32_t member, struct group *small)
{
	const struct retention *retention = drawing->children->retention;
	bool by_type = drawing->request->by_type;
	const uint32_t *places;
	uint32_t count = children_of(drawing->children, member, &places);
	for (uint32_t i = 0; i < count; i++) {
		if (!by_type && retention_size(retention, places[i]) < drawing->request->least) {
			if (children_objects(drawing->children, places[i]) == 0)
				continue;
			if (small->count == 0)
				TRY(vector_push(&small->members, places[i]));
			group_count(drawing, small, places[i]);
			continue;
		}
		struct group *group;
		TRY(group_for(drawing, places[i], &group));
		group_count(drawing, group, places[i]);
		TRY(vector_push(&group->members, places[i]));
	}
	return NULL;
}

static struct error *divide(struct drawing *drawing, const struct group *group, struct group *small)
{
	drop_groups(drawing);
	for (size_t i = 0; i < group->members.count; i++)
		TRY(divide_member(drawing, group->members.items[i], small));
	for (size_t i = 0; drawing->request->by_type && i < drawing->groups.count; i++)
		drawing->group_of[drawing->groups.items[i].label] = NO_ID;
	if (drawing->groups.count > 1)
		qsort(drawing->groups.items, drawing->groups.count, sizeof *drawing->groups.items, compare_groups);
	return NULL;
}

/* The rows below one go on the stack in reverse, so that the greatest comes off first and what is folded last. */
static struct error *push_groups(struct drawing *drawing, const struct pending *above, size_t parent,
				 struct group *small)
{
	uint32_t place = above->group.count == 1 ? above->group.members.items[0] : PLACE_MANY, depth = above->depth + 1;
	const struct tree_request *request = drawing->request;
	struct group *groups = drawing->groups.items;
	size_t count = drawing->groups.count, shown = 0;
	while (shown < count && shown < request->breadth && groups[shown].retained >= request->least)
		shown++;
	/* A row for the only one that would be folded takes no more room. */
	if (small->count == 0 && shown + 1 == count)
		shown++;
	/* And so does a small one that is alone, with nothing below it. */
	bool alone = small->count == 1 && shown == count;
	for (size_t i = shown; i < count; i++)
		group_merge(small, &groups[i]);
	if (small->count > 0) {
		TRY(vector_push(&drawing->stack,
				(struct pending){*small, parent, place, alone ? request->depth : FOLDED}));
		*small = (struct group){0}; /* handed over */
	}
	for (size_t i = shown; i-- > 0;) {
		TRY(vector_push(&drawing->stack, (struct pending){groups[i], parent, place, depth}));
		groups[i] = (struct group){0}; /* handed over */
	}
	return NULL;
}

/* Prints one row, and puts those below it on the stack. */
static struct error *draw(struct drawing *drawing, const struct pending *pending)
{
	size_t row_id = drawing->table->rows.count;
	struct cell *row = section_child(drawing->report, drawing->table, pending->parent);
	set_numbers(drawing, row, &pending->group);
	if (pending->depth == FOLDED)
		return name_folded(drawing, &pending->group, row);
	TRY(name_group(drawing, pending, row));
	if (pending->depth >= drawing->request->depth) {
		bool objects = pending->group.members.items[0] < graph_of(drawing)->nodes;
		drawing->ended += pending->group.objects > (objects ? pending->group.count : 0);
		return NULL;
	}
	AUTO(group) struct group small = {.label = NO_ID};
	TRY(divide(drawing, &pending->group, &small));
	return push_groups(drawing, pending, row_id, &small);
}

static void add_fields(struct report *report, struct section *table)
{
	static const struct field fields[] = {
		[FIELD_OBJECT] = {"object", "object", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_OFTEN, false},
		[FIELD_OBJECTS] = {"objects", "objects", VALUE_COUNT, RANK_OFTEN, false},
		[FIELD_SIZE] = {"size", "own size", VALUE_SIZE, RANK_SELDOM, false},
		[FIELD_COUNT] = {"count", "count", VALUE_COUNT, RANK_MACHINE, false},
		[FIELD_TYPE] = {"type", "type", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_FATE] = {"fate", "fate", VALUE_TEXT, RANK_SELDOM, false},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
}

static struct error *start(struct drawing *drawing)
{
	const struct retention *retention = drawing->children->retention;
	uint32_t labels = drawing->lookup->names->count + 1, place = drawing->request->start;
	drawing->group_of = malloc(((size_t)labels + 1) * sizeof *drawing->group_of);
	if (drawing->group_of == NULL)
		return error_memory();
	memset(drawing->group_of, 0xff, ((size_t)labels + 1) * sizeof *drawing->group_of);
	AUTO(group) struct group top = {0};
	if (place != DOMINATOR_ROOT)
		group_count(drawing, &top, place);
	else
		top = (struct group){.retained = retention->retained[0],
				     .size = 0,
				     .objects = children_objects(drawing->children, DOMINATOR_ROOT),
				     .count = 1};
	TRY(vector_push(&top.members, place));
	TRY(vector_push(&drawing->stack, (struct pending){top, ROW_NONE, PLACE_MANY, 0}));
	top = (struct group){0};
	return NULL;
}

struct error *tree_report(struct report *report, const struct children *children, struct object_lookup *lookup,
			  struct edge_names *names, const struct tree_request *request)
{
	AUTO(drawing)
	struct drawing drawing = {.report = report,
				  .table = report_section(report, "rows", NULL),
				  .children = children,
				  .lookup = lookup,
				  .names = names,
				  .request = request};
	if (drawing.table == NULL)
		return report_error(report);
	add_fields(report, drawing.table);
	TRY(start(&drawing));
	while (drawing.stack.count > 0) {
		struct pending pending = drawing.stack.items[--drawing.stack.count];
		struct error *error = draw(&drawing, &pending);
		group_deinit(&pending.group);
		TRY(error);
	}
	if (drawing.ended > 0)
		report_remark_count(report, REMARK_NOTE, drawing.ended,
				    "%s more below: --depth N goes deeper, an object after the file begins there",
				    drawing.ended == 1 ? "row has" : "rows have");
	return report_error(report);
}
