/* By which ways are all these objects reached?
 *
 * Shortest ways form a tree. From its far end inward, each object on a way counts the objects meant behind it; then the
 * edges of those that lead on are gone through once, in the order of the file, for the names of the steps; then, outward,
 * every step finds or makes its branch below that of the object before it. A branch that only leads on is joined with the
 * next, and of the rest the greatest are printed.
 */
#include "analyzer/merged.h"

#include "analyzer/memory.h"
#include "analyzer/row_tree.h"
#include "base/bytes.h"
#include "base/map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_SHOWN 8u /* of a joined row of steps, at either end */

#define BRANCH_NONE UINT32_MAX
#define BRANCH_PROGRAM 0x80000000u /* set in a node's branch: keys of this object are names of the program */

struct step { /* what tells it from others */
	struct known_edge edge; /* an index or key in it is that of the first that was met */
	bool dict;              /* `__dict__`: the object after it is taken for the one before */
};

struct branch {
	uint32_t parent; /* BRANCH_NONE: begins at `from` */
	uint32_t from;   /* as in struct path, where there is no parent */
	uint32_t kind;   /* index of `kinds`; where there is no parent, none */
	node_id first;   /* an object that is there */
	bool repeats;    /* this step once or several times */
	uint64_t own, own_size; /* objects meant that are here */
	uint64_t count, size;   /* and below */
	uint32_t children;
	size_t row;      /* of the report, ROW_NONE: none */
	bool any_old, any_new; /* of its objects, as the request says */
	bool kept;       /* what is new begins below it */
};

struct stride { /* a step to an object of a type */
	uint32_t step;
	bool program;
};

struct merging {
	const struct ways *ways;
	const struct merged_request *request;
	uint32_t *counts; /* by node: objects meant on ways over it */
	uint32_t *steps;  /* by node: the step to it; later its branch */
	uint8_t *orders;  /* by node: edge_name_order of that step */
	struct map step_ids, kind_ids, branch_ids;
	VECTOR(struct step) step_list;
	VECTOR(struct stride) kinds;
	VECTOR(struct branch) branches;
};

static void merging_deinit(struct merging *merging)
{
	free(merging->counts);
	free(merging->steps);
	free(merging->orders);
	map_deinit(&merging->step_ids);
	map_deinit(&merging->kind_ids);
	map_deinit(&merging->branch_ids);
	vector_deinit(&merging->step_list);
	vector_deinit(&merging->kinds);
	vector_deinit(&merging->branches);
}
DEFINE_AUTO_VALUE(merging, struct merging, merging_deinit);

static struct error *merging_init(struct merging *merging, const struct ways *ways, const struct merged_request *request)
{
	size_t room = (size_t)ways->graph->nodes + 1;
	*merging = (struct merging){.ways = ways, .request = request};
	map_init(&merging->step_ids);
	map_init(&merging->kind_ids);
	map_init(&merging->branch_ids);
	merging->counts = memory_large(room, sizeof *merging->counts);
	merging->steps = memory_large(room, sizeof *merging->steps);
	merging->orders = memory_large(room, 1);
	if (merging->counts == NULL || merging->steps == NULL || merging->orders == NULL)
		return error_memory();
	memset(merging->counts, 0, room * sizeof *merging->counts);
	memset(merging->orders, 0xff, room);
	return NULL;
}

static uint64_t count_targets(struct merging *merging)
{
	const struct ways *ways = merging->ways;
	uint64_t reached = 0;
	for (uint32_t i = ways->reached; i-- > 0;) {
		node_id node = ways->order[i];
		bool target = merging->request->targets[node] != 0;
		reached += target;
		merging->counts[node] += target;
		if (ways->parent[node] < WAY_ROOT)
			merging->counts[ways->parent[node]] += merging->counts[node];
	}
	return reached;
}

/* --- steps ---------------------------------------------------------------------------------------------------------- */

static bool says_string(enum edge_name name)
{
	return name == NAME_ATTRIBUTE || name == NAME_NAMED_KEY || name == NAME_LOCAL || name == NAME_CLOSURE ||
	       name == NAME_FIELD;
}

static struct error *find_id(struct map *map, uint64_t key, uint32_t next, uint32_t *id)
{
	if (map_find(map, key, id))
		return NULL;
	*id = next;
	return map_put(map, key, next);
}

static struct error *find_step(struct merging *merging, const struct known_edge *edge, uint32_t *id)
{
	const struct reader *reader = merging->ways->graph->reader;
	enum edge_name name = edge->record.name;
	uint64_t key = (uint64_t)name << 33 | (uint64_t)(edge->record.class == EDGE_WEAK) << 32;
	key |= says_string(name) ? edge->record.payload : 0;
	uint32_t next = (uint32_t)merging->step_list.count;
	TRY(find_id(&merging->step_ids, key, next, id));
	if (*id != next)
		return NULL;
	bool dict = (name == NAME_ATTRIBUTE || name == NAME_FIELD) &&
		    strcmp(reader_string(reader, (string_id)edge->record.payload, NULL), "__dict__") == 0;
	return vector_push(&merging->step_list, (struct step){.edge = *edge, .dict = dict});
}

/* An edge from an object to one that comes after it on a way. */
static struct error *take_edge(struct merging *merging, const struct known_edge *edge)
{
	const struct path_printing *printing = merging->request->printing;
	node_id to = edge->record.target;
	unsigned order = edge_name_order(edge->record.name) + (edge->record.class == EDGE_WEAK ? NAME_COUNT : 0);
	bool taken = order < merging->orders[to];
	if (taken && printing->test != NULL)
		TRY(printing->test(printing->context, edge, &taken));
	if (!taken)
		return NULL;
	merging->orders[to] = (uint8_t)order;
	return find_step(merging, edge, &merging->steps[to]);
}

static struct error *find_steps(struct merging *merging)
{
	const struct ways *ways = merging->ways;
	struct edge_lookup *lookup = &merging->request->printing->names->lookup;
	for (node_id i = 0; i < ways->graph->nodes; i++) {
		if (merging->counts[i] == (merging->request->targets[i] != 0))
			continue; /* leads to no object meant */
		struct edge_walk walk;
		struct known_edge edge;
		TRY(edge_lookup_walk(lookup, i, &walk));
		for (bool found = true; found;) {
			TRY(edge_lookup_next(lookup, &walk, &edge, &found));
			node_id to = edge.record.target;
			if (found && ways->parent[to] == i && merging->counts[to] > 0)
				TRY(take_edge(merging, &edge));
		}
	}
	return NULL;
}

/* --- branches ------------------------------------------------------------------------------------------------------- */

static struct error *add_branch(struct merging *merging, uint64_t key, const struct branch *branch, uint32_t *id)
{
	uint32_t next = (uint32_t)merging->branches.count;
	TRY(find_id(&merging->branch_ids, key, next, id));
	if (*id != next)
		return NULL;
	if (branch->parent != BRANCH_NONE)
		merging->branches.items[branch->parent].children++;
	return vector_push(&merging->branches, *branch);
}

#define KEY_BEGINNING ((uint64_t)BRANCH_NONE << 32) /* of branches without a parent */

/* Roots are branches of their own; objects that nothing named leads to come together by type. */
static struct error *begin(struct merging *merging, node_id node, uint32_t *branch)
{
	const struct ways *ways = merging->ways;
	const struct graph *graph = ways->graph;
	uint32_t from = ways->parent[node];
	struct branch made = {.parent = BRANCH_NONE, .from = from, .kind = BRANCH_NONE, .first = node, .row = ROW_NONE};
	if (from < WAY_IMMORTAL)
		return add_branch(merging, KEY_BEGINNING | from, &made, branch);
	return add_branch(merging, (uint64_t)from << 32 | graph->type[node], &made, branch);
}

static struct error *follow(struct merging *merging, node_id node, uint32_t before, uint32_t step, uint32_t *branch)
{
	uint32_t parent = before & ~BRANCH_PROGRAM, kind, next = (uint32_t)merging->kinds.count;
	bool program = (before & BRANCH_PROGRAM) != 0;
	if (merging->step_list.items[step].dict) {
		*branch = parent | BRANCH_PROGRAM;
		return NULL;
	}
	const label_id *labels = merging->request->printing->objects->names->facts[0].label;
	uint64_t key = (uint64_t)step << 24 | (uint64_t)labels[merging->ways->graph->type[node]] << 1 | program;
	TRY(find_id(&merging->kind_ids, key, next, &kind));
	if (kind == next)
		TRY(vector_push(&merging->kinds, (struct stride){.step = step, .program = program}));
	if (merging->branches.items[parent].kind == kind) {
		merging->branches.items[parent].repeats = true;
		*branch = parent;
		return NULL;
	}
	struct branch made = {.parent = parent, .kind = kind, .first = node, .row = ROW_NONE};
	return add_branch(merging, (uint64_t)parent << 32 | kind, &made, branch);
}

/* A root's edge is a step too, if it says anything. */
static struct error *follow_root(struct merging *merging, node_id node, uint32_t *branch)
{
	const struct path_printing *printing = merging->request->printing;
	const struct reader *reader = merging->ways->graph->reader;
	uint32_t from = merging->ways->parent[node], root_branch, step;
	TRY(begin(merging, node, &root_branch));
	*branch = root_branch;
	if (from >= WAY_IMMORTAL)
		return NULL;
	struct known_edge edge;
	bool found;
	root_id root = from & ~WAY_ROOT;
	TRY(edge_names_of_root(reader, root, node, printing->test, printing->context, &edge, &found));
	bool modules = reader_roots(reader)[root].kind == ROOT_MODULES;
	if (modules)
		*branch |= BRANCH_PROGRAM;
	if (!found || edge.record.name == NAME_NONE || (modules && edge.record.name != NAME_NAMED_KEY))
		return NULL;
	TRY(find_step(merging, &edge, &step));
	return follow(merging, node, *branch, step, branch);
}

static struct error *find_branches(struct merging *merging)
{
	const struct ways *ways = merging->ways;
	for (uint32_t i = 0; i < ways->reached; i++) {
		node_id node = ways->order[i];
		if (merging->counts[node] == 0)
			continue;
		uint32_t parent = ways->parent[node], branch;
		if (way_begins(parent))
			TRY(follow_root(merging, node, &branch));
		else
			TRY(follow(merging, node, merging->steps[parent], merging->steps[node], &branch));
		merging->steps[node] = branch;
		struct branch *at = &merging->branches.items[branch & ~BRANCH_PROGRAM];
		bool target = merging->request->targets[node] != 0;
		at->any_old = at->any_old || (merging->request->new != NULL && !merging->request->new[node]);
		at->any_new = at->any_new || (merging->request->new != NULL && merging->request->new[node]);
		at->own += target;
		at->own_size = saturating_add(at->own_size, target ? graph_size(ways->graph, node) : 0);
	}
	for (size_t i = merging->branches.count; i-- > 0;) {
		struct branch *at = &merging->branches.items[i];
		at->count += at->own;
		at->size = saturating_add(at->size, at->own_size);
		if (at->parent == BRANCH_NONE)
			continue;
		if (at->any_new && !at->any_old && merging->branches.items[at->parent].any_old)
			merging->branches.items[at->parent].kept = true;
		merging->branches.items[at->parent].count += at->count;
		merging->branches.items[at->parent].size =
			saturating_add(merging->branches.items[at->parent].size, at->size);
	}
	return NULL;
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/* Only leads on: its step is printed with the next one's. */
static bool is_joint(const struct branch *branch)
{
	return branch->own == 0 && branch->children == 1 && !branch->kept;
}

static struct error *print_step(const struct merging *merging, const struct branch *branch, struct spelling *spelling)
{
	const struct stride *kind = &merging->kinds.items[branch->kind];
	const struct known_edge *edge = &merging->step_list.items[kind->step].edge;
	spelling->program = kind->program;
	switch (edge->record.name) {
	case NAME_INDEX:
	case NAME_NEXT_INDEX:
	case NAME_VALUE:
		text_add(spelling->text, "[*]");
		break;
	case NAME_OFFSET:
		text_add(spelling->text, "<+*>");
		break;
	case NAME_STACK:
		text_add(spelling->text, "<stack *>");
		break;
	default:
		TRY(edge_names_spell(merging->request->printing->names, edge, spelling));
	}
	spelling->begun = true;
	if (branch->repeats)
		text_add(spelling->text, "...");
	return NULL;
}

static struct error *print_beginning(const struct merging *merging, const struct branch *branch, bool alone,
				     struct spelling *spelling)
{
	const struct reader *reader = merging->ways->graph->reader;
	struct label type;
	if (branch->from < WAY_IMMORTAL) {
		root_id root = branch->from & ~WAY_ROOT;
		if (reader_roots(reader)[root].kind == ROOT_MODULES && !alone)
			return NULL;
		path_print_root_of(reader, root, spelling->text);
		if (!alone)
			text_add(spelling->text, ": ");
		return NULL;
	}
	text_add(spelling->text, branch->from == WAY_IMMORTAL ? "immortal " : "held by C code: ");
	TRY(object_lookup_type(merging->request->printing->objects, branch->first, &type));
	text_add_escaped(spelling->text, type.name, type.length);
	spelling->begun = true;
	return NULL;
}

/* The steps from the row above to this branch. */
static struct error *print_branch(const struct merging *merging, uint32_t id, struct text *text)
{
	const struct branch *branches = merging->branches.items;
	uint32_t length = 1, first = id;
	while (branches[first].parent != BRANCH_NONE && is_joint(&branches[branches[first].parent])) {
		first = branches[first].parent;
		length++;
	}
	uint32_t above = branches[first].parent;
	struct spelling spelling = {.text = text};
	/* Below the table of modules a row begins with a module's name, below anything else with an attribute's dot. */
	bool modules = above != BRANCH_NONE && branches[above].parent == BRANCH_NONE && branches[above].from < WAY_IMMORTAL &&
		       reader_roots(merging->ways->graph->reader)[branches[above].from & ~WAY_ROOT].kind == ROOT_MODULES;
	spelling.begun = above != BRANCH_NONE && !modules;
	AUTO(free) void *memory = malloc(length * sizeof(uint32_t));
	uint32_t *steps = memory;
	if (steps == NULL)
		return error_memory();
	uint32_t at = id;
	for (uint32_t i = length; i-- > 0; at = branches[at].parent)
		steps[i] = at;
	for (uint32_t i = 0; i < length; i++) {
		uint32_t left = length - i;
		if (i > STEPS_SHOWN && left > STEPS_SHOWN) {
			text_printf(text, " ... %" PRIu32 " more ... ", left - STEPS_SHOWN);
			i += left - STEPS_SHOWN;
		}
		const struct branch *branch = &branches[steps[i]];
		if (branch->parent == BRANCH_NONE)
			TRY(print_beginning(merging, branch, length == 1, &spelling));
		else
			TRY(print_step(merging, branch, &spelling));
	}
	return text_error(text);
}

enum {
	FIELD_PATH,
	FIELD_COUNT,
	FIELD_SHARE,
	FIELD_SIZE,
	FIELD_OWN,
	FIELD_TYPE,
	FIELD_THERE
};

static struct section *add_fields(struct report *report, bool there)
{
	static const struct field fields[] = {
		[FIELD_PATH] = {"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_COUNT] = {"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
		[FIELD_SHARE] = {"share", "of them", VALUE_SHARE, RANK_SELDOM, false},
		[FIELD_SIZE] = {"size", "size", VALUE_SIZE, RANK_OFTEN, false},
		[FIELD_OWN] = {"here", "here", VALUE_COUNT, RANK_MACHINE, false},
		[FIELD_TYPE] = {"type", "type here", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_THERE] = {"there_before", "there before", VALUE_TEXT, RANK_ALWAYS, false},
	};
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields - !there; i++)
		section_field(report, table, &fields[i]);
	return table;
}

struct shown {
	uint64_t count;
	uint32_t branch;
};

/* Most objects first; a branch before what is below it. */
static int compare_shown(const void *a, const void *b)
{
	const struct shown *left = a, *right = b;
	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return left->branch < right->branch ? -1 : left->branch > right->branch;
}

static size_t row_above(const struct merging *merging, uint32_t branch)
{
	uint32_t at = merging->branches.items[branch].parent;
	while (at != BRANCH_NONE && is_joint(&merging->branches.items[at]))
		at = merging->branches.items[at].parent;
	return at == BRANCH_NONE ? ROW_NONE : merging->branches.items[at].row;
}

static struct error *add_row(struct report *report, struct section *table, struct merging *merging, uint32_t id,
			     uint64_t all)
{
	struct branch *branch = &merging->branches.items[id];
	AUTO(text) struct text text = {0};
	text_init(&text);
	struct cell *row = section_child(report, table, row_above(merging, id));
	if (row == NULL)
		return NULL; /* report_error says it */
	branch->row = table->rows.count - 1;
	TRY(print_branch(merging, id, &text));
	row_set(row, FIELD_PATH, report_text(report, text_string(&text), text.length));
	row_set(row, FIELD_COUNT, cell_number(branch->count));
	row_set(row, FIELD_SHARE, cell_share_of(branch->count, all));
	row_set(row, FIELD_SIZE, cell_number(branch->size));
	row_set(row, FIELD_OWN, cell_number(branch->own));
	if (branch->parent == BRANCH_NONE && branch->from < WAY_IMMORTAL)
		return NULL;
	struct label type;
	TRY(object_lookup_type(merging->request->printing->objects, branch->first, &type));
	row_set(row, FIELD_TYPE, report_text(report, type.name, type.length));
	if (merging->request->new != NULL)
		row_set(row, FIELD_THERE, report_string(report, !branch->any_new ? "yes" : branch->any_old ? "some" : "no"));
	return NULL;
}

/* What the rows left out would have held, in a row below each that has some. */
static void add_left(struct report *report, struct section *table, const struct merging *merging,
		     const struct shown *shown, size_t from, size_t to, uint64_t all)
{
	VECTOR(struct cell *) rows = {0};
	AUTO(error) struct error *error = NULL;
	size_t above = table->rows.count;
	while (error == NULL && rows.count < above + 1)
		error = vector_push(&rows, NULL);
	report->failed |= error != NULL;
	for (size_t i = from; error == NULL && i < to; i++) {
		size_t parent = row_above(merging, shown[i].branch);
		const struct branch *branch = &merging->branches.items[shown[i].branch];
		uint32_t over = branch->parent;
		while (over != BRANCH_NONE && is_joint(&merging->branches.items[over]))
			over = merging->branches.items[over].parent;
		if (over != BRANCH_NONE && parent == ROW_NONE)
			continue; /* part of one that is left out itself */
		struct cell **row = &rows.items[parent == ROW_NONE ? above : parent];
		if (*row == NULL) {
			*row = section_child(report, table, parent);
			row_set(*row, FIELD_PATH, report_string(report, "(other paths)"));
			row_set(*row, FIELD_COUNT, cell_number(0));
			row_set(*row, FIELD_SIZE, cell_number(0));
		}
		if (*row == NULL)
			continue;
		(*row)[FIELD_COUNT].number += branch->count;
		(*row)[FIELD_SIZE].number = saturating_add((*row)[FIELD_SIZE].number, branch->size);
		row_set(*row, FIELD_SHARE, cell_share_of((*row)[FIELD_COUNT].number, all));
	}
	vector_deinit(&rows);
}

static struct error *add_rows(struct report *report, struct merging *merging, uint64_t all)
{
	struct section *table = add_fields(report, merging->request->new != NULL);
	size_t count = 0, branches = merging->branches.count;
	AUTO(free) void *memory = malloc((branches + 1) * sizeof(struct shown));
	struct shown *shown = memory;
	if (shown == NULL || table == NULL)
		return error_memory();
	table->tree = true;
	for (size_t i = 0; i < branches; i++)
		if (!is_joint(&merging->branches.items[i]))
			shown[count++] = (struct shown){merging->branches.items[i].count, (uint32_t)i};
	qsort(shown, count, sizeof *shown, compare_shown);
	size_t rows = merging->request->rows < count ? (size_t)merging->request->rows : count;
	for (size_t i = 0; i < rows; i++)
		TRY(add_row(report, table, merging, shown[i].branch, all));
	add_left(report, table, merging, shown, rows, count, all);
	AUTO(free) void *ranks = malloc((table->rows.count + 1) * sizeof(size_t));
	size_t *rank = ranks;
	if (rank == NULL)
		return error_memory();
	for (size_t r = 0; r < table->rows.count; r++)
		rank[r] = r;
	return row_tree_order(table, rank);
}

struct error *merged_report(struct report *report, const struct ways *ways, const struct merged_request *request,
			    uint64_t *reached)
{
	AUTO(merging) struct merging merging;
	struct error *error = merging_init(&merging, ways, request);
	if (error != NULL)
		return error;
	uint64_t all = count_targets(&merging);
	TRY(find_steps(&merging));
	TRY(find_branches(&merging));
	TRY(add_rows(report, &merging, all));
	*reached = all;
	return NULL;
}
