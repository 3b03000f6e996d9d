/* Where has the memory gathered?
 *
 * A walk down the dominator tree, along places that explain at least a given share of the heap. Most of these are only on
 * the way: a module, its namespace, an object with one large attribute. A place is where memory gathers if many of its
 * children are alike, of one type, and explain that share together; or if it explains it with no child that does. The many
 * classes, functions and namespaces of modules are the program, and none. What is found at different places is disjoint,
 * so shares can be added.
 */
#include "analyzer/suspects.h"

#include "analyzer/memory.h"
#include "analyzer/path.h"
#include "base/bytes.h"
#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ALIKE_LEAST 16u      /* children of one type that count as many */
#define SCATTERED_LEAST 100u /* where no single place holds them, so that less speaks for their being alike */
#define TYPES_SHOWN 4u       /* of what a suspect is made of */

struct suspect {
	uint32_t place; /* or DOMINATOR_ROOT: what no single place holds */
	label_id label; /* of the many alike; NO_ID: the place itself, with all that it retains */
	uint64_t count; /* of them */
	uint64_t size;  /* bytes: they and all that they retain, or the place's retained size */
};

struct tally { /* of one label, among the children of one place */
	uint64_t count, size;
};

struct amount {
	uint64_t count, size;
};

struct searching {
	struct report *report;
	const struct children *children;
	const struct retention *retention;
	const struct graph *graph;
	struct object_lookup *lookup;
	struct edge_names *names;
	const struct suspects_request *request;
	uint64_t total, least; /* bytes: of the heap; that a suspect explains */
	VECTOR(uint32_t) stack;
	VECTOR(struct suspect) found;
	VECTOR(label_id) touched;
	struct tally *tallies; /* by label */
	struct ways ways;
	struct amount *made_of; /* by suspect, then by label: objects and their own bytes */
};

static void searching_deinit(struct searching *searching)
{
	vector_deinit(&searching->stack);
	vector_deinit(&searching->found);
	vector_deinit(&searching->touched);
	free(searching->tallies);
	ways_deinit(&searching->ways);
	free(searching->made_of);
}
DEFINE_AUTO_VALUE(searching, struct searching, searching_deinit);

static label_id label_of(const struct searching *searching, node_id node)
{
	return searching->lookup->names->facts[0].label[searching->graph->type[node]];
}

/* --- finding -------------------------------------------------------------------------------------------------------- */

static bool is_kind(const struct searching *searching, node_id node, enum kind kind)
{
	return searching->lookup->names->facts[0].kind[searching->graph->type[node]] == kind;
}

static bool is_namespace(const struct searching *searching, node_id node)
{
	return searching->graph->flags[node] & OBJECT_NAMESPACE;
}

/* The root of all, a named root, a module or a namespace: many modules, classes and functions there are just the program. */
static bool holds_program(const struct searching *searching, uint32_t place)
{
	return place >= searching->graph->nodes || is_kind(searching, place, KIND_module) ||
	       is_namespace(searching, place);
}

static bool is_program(const struct searching *searching, node_id node)
{
	return is_kind(searching, node, KIND_module) || is_kind(searching, node, KIND_type) ||
	       is_kind(searching, node, KIND_code) || is_namespace(searching, node);
}

/* Whether the place, just below `above`, is one of what may be many alike. */
static bool may_gather(const struct searching *searching, uint32_t place, uint32_t above)
{
	return place < searching->graph->nodes && retention_size(searching->retention, place) < searching->least &&
	       !(holds_program(searching, above) && is_program(searching, place));
}

/* Goes on at large children; the others are counted by type, or taken off *rest, the bytes of the place, if they are the
 * program. */
static struct error *look_at_children(struct searching *searching, uint32_t place, uint64_t *rest)
{
	const uint32_t *places;
	uint32_t count = children_of(searching->children, place, &places);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = retention_size(searching->retention, places[i]);
		if (size >= searching->least) {
			TRY(vector_push(&searching->stack, places[i]));
		} else if (may_gather(searching, places[i], place)) {
			label_id label = label_of(searching, places[i]);
			struct tally *tally = &searching->tallies[label];
			if (tally->count++ == 0)
				TRY(vector_push(&searching->touched, label));
			tally->size += size;
		} else {
			*rest -= size;
		}
	}
	return NULL;
}

/* A frame's or thread's many small things are its own; those of a module table are just the program. */
static bool may_hold_alone(const struct searching *searching, uint32_t place)
{
	if (place == DOMINATOR_ROOT || place < searching->graph->nodes)
		return place != DOMINATOR_ROOT;
	enum root_kind kind = reader_roots(searching->graph->reader)[place - searching->graph->nodes].kind;
	return kind == ROOT_FRAME || kind == ROOT_THREAD;
}

static struct error *look_at(struct searching *searching, uint32_t place)
{
	size_t before = searching->stack.count, known = searching->found.count;
	uint64_t rest = place == DOMINATOR_ROOT ? searching->total : retention_size(searching->retention, place);
	uint64_t all = rest, many = place == DOMINATOR_ROOT ? SCATTERED_LEAST : ALIKE_LEAST;
	TRY(look_at_children(searching, place, &rest));
	for (size_t i = 0; i < searching->touched.count; i++) {
		label_id label = searching->touched.items[i];
		struct tally *tally = &searching->tallies[label];
		if (tally->count >= many && tally->size >= searching->least)
			TRY(vector_push(&searching->found, (struct suspect){place, label, tally->count, tally->size}));
		*tally = (struct tally){0};
	}
	searching->touched.count = 0;
	bool alone = searching->stack.count == before && searching->found.count == known;
	if (alone && rest >= searching->least && may_hold_alone(searching, place))
		TRY(vector_push(&searching->found, (struct suspect){place, NO_ID, 1, all}));
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->label < y->label ? -1 : x->label > y->label;
}

static struct error *find(struct searching *searching)
{
	TRY(vector_push(&searching->stack, DOMINATOR_ROOT));
	while (searching->stack.count > 0)
		TRY(look_at(searching, searching->stack.items[--searching->stack.count]));
	if (searching->found.count > 1)
		qsort(searching->found.items, searching->found.count, sizeof *searching->found.items, compare);
	if (searching->found.count > searching->request->most)
		searching->found.count = searching->request->most;
	return NULL;
}

/* --- what each is made of ------------------------------------------------------------------------------------------- */

#define SUSPECT_NONE UINT8_MAX

/* The suspect that begins at a place below `above`; SUSPECT_NONE where none does. */
static uint8_t begins(const struct searching *searching, uint32_t place, uint32_t above)
{
	for (size_t i = 0; i < searching->found.count; i++) {
		const struct suspect *suspect = &searching->found.items[i];
		if (suspect->label == NO_ID ? suspect->place == place
					    : suspect->place == above && may_gather(searching, place, above) &&
						      label_of(searching, place) == suspect->label)
			return (uint8_t)i;
	}
	return SUSPECT_NONE;
}

/* Down the tree: a number is of the suspect that begins there, else of its dominator's. */
static void mark(const struct searching *searching, uint8_t *of_number)
{
	const struct domination *tree = &searching->retention->tree;
	of_number[0] = SUSPECT_NONE;
	for (uint32_t i = 1; i < tree->numbers; i++) {
		uint32_t above = tree->idom[i] == 0 ? DOMINATOR_ROOT : tree->node[tree->idom[i]];
		of_number[i] = of_number[tree->idom[i]];
		if (of_number[i] == SUSPECT_NONE)
			of_number[i] = begins(searching, tree->node[i], above);
	}
}

static struct error *sum_up(struct searching *searching)
{
	const struct domination *tree = &searching->retention->tree;
	size_t labels = searching->lookup->names->count;
	AUTO(free) void *memory = memory_large(tree->numbers, 1);
	uint8_t *of_number = memory;
	searching->made_of = calloc((searching->found.count + 1) * (labels + 1), sizeof *searching->made_of);
	if (of_number == NULL || searching->made_of == NULL)
		return error_memory();
	mark(searching, of_number);
	for (node_id v = 0; v < searching->graph->nodes; v++) {
		uint32_t state = tree->state[v], number = state & ~FLOW_LEAF;
		uint8_t suspect = of_number[number];
		if ((state & FLOW_LEAF) && suspect == SUSPECT_NONE)
			suspect = begins(searching, v, number == 0 ? DOMINATOR_ROOT : tree->node[number]);
		if (suspect == SUSPECT_NONE)
			continue;
		struct amount *amount = &searching->made_of[suspect * labels + label_of(searching, v)];
		amount->count++;
		amount->size += graph_size(searching->graph, v);
	}
	return NULL;
}

/* The next type of a suspect by bytes after `last`; NO_ID: no more. */
static label_id next_type(const struct searching *searching, size_t suspect, label_id last)
{
	size_t labels = searching->lookup->names->count;
	const struct amount *amounts = &searching->made_of[suspect * labels];
	label_id best = NO_ID;
	for (label_id l = 0; l < labels; l++) {
		bool after = last == NO_ID || amounts[l].size < amounts[last].size ||
			     (amounts[l].size == amounts[last].size && l > last);
		if (amounts[l].count > 0 && after && (best == NO_ID || amounts[l].size > amounts[best].size))
			best = l;
	}
	return best;
}

/* --- words ---------------------------------------------------------------------------------------------------------- */

static struct error *print_path(struct searching *searching, uint32_t place, struct text *text)
{
	if (place == DOMINATOR_ROOT) {
		text_add(text, "several places at once");
		return NULL;
	}
	if (place >= searching->graph->nodes) {
		path_print_root(searching->graph, place - searching->graph->nodes, text);
		return NULL;
	}
	AUTO(path) struct path path = {0};
	struct path_printing printing = {.names = searching->names, .objects = searching->lookup};
	TRY(path_trace(&searching->ways, place, NO_ID, &path));
	if (path.count == 0)
		text_add(text, "what nothing leads to");
	return path_spell(&printing, &path, text);
}

/* The thread on whose stack the path begins, if it does. */
static void print_thread(const struct searching *searching, uint32_t place, struct text *text)
{
	const struct graph *graph = searching->graph;
	uint32_t from = place;
	if (place == DOMINATOR_ROOT)
		return;
	for (uint32_t steps = 0; from < graph->nodes && steps <= graph->nodes; steps++)
		from = searching->ways.parent[from];
	if (place < graph->nodes && !way_begins(from))
		return;
	uint32_t root = place < graph->nodes ? from & ~WAY_ROOT : place - graph->nodes;
	const struct root_record *roots = reader_roots(graph->reader);
	if (root >= graph->places - graph->nodes || (roots[root].kind != ROOT_FRAME && roots[root].kind != ROOT_THREAD))
		return;
	for (uint32_t r = 0; r < graph->places - graph->nodes; r++) {
		if (roots[r].kind != ROOT_THREAD || roots[r].thread != roots[root].thread)
			continue;
		path_print_root(graph, r, text);
		return;
	}
	text_printf(text, "thread %" PRIu64, roots[root].thread);
}

static void print_label(const struct searching *searching, label_id label, struct text *text)
{
	const struct label *name = &searching->lookup->names->labels[label];
	text_add_escaped(text, name->name, name->length);
}

static void print_share(const struct searching *searching, uint64_t size, struct text *text)
{
	text_printf(text, "%.0f%%", searching->total == 0 ? 0.0 : 100.0 * (double)size / (double)searching->total);
}

/* One object that is large by itself. */
static bool is_all(const struct searching *searching, const struct suspect *suspect)
{
	const struct graph *graph = searching->graph;
	return suspect->label == NO_ID && suspect->place < graph->nodes &&
	       graph_size(graph, suspect->place) >= suspect->size - suspect->size / 20;
}

/* ` and what hangs from them: 48.2 MiB, 62% of the heap, most of it str (30.1 MiB) and dict (9.4 MiB)` */
static void print_contents(const struct searching *searching, size_t i, struct text *text)
{
	const struct suspect *suspect = &searching->found.items[i];
	size_t labels = searching->lookup->names->count;
	text_add_size(text, suspect->size, searching->report->unit);
	text_add(text, ", ");
	print_share(searching, suspect->size, text);
	text_add(text, " of the heap");
	if (is_all(searching, suspect))
		return;
	label_id first = next_type(searching, i, NO_ID),
		 second = first == NO_ID ? NO_ID : next_type(searching, i, first);
	/* Strings are made of strings: that needs no saying. */
	if (first != NO_ID && first == suspect->label &&
	    (second == NO_ID || searching->made_of[i * labels + second].size < suspect->size / 20))
		return;
	for (unsigned n = 0; n < 2; n++) {
		label_id label = n == 0 ? first : second;
		if (label == NO_ID)
			break;
		text_add(text, n == 0 ? ", most of it " : " and ");
		print_label(searching, label, text);
		text_add(text, " (");
		text_add_size(text, searching->made_of[i * labels + label].size, searching->report->unit);
		text_add_char(text, ')');
	}
}

/* A sentence that stands alone. */
static struct error *print_sentence(struct searching *searching, size_t i, struct text *text)
{
	const struct suspect *suspect = &searching->found.items[i];
	AUTO(text) struct text thread = {0};
	text_init(&thread);
	print_thread(searching, suspect->place, &thread);
	TRY(print_path(searching, suspect->place, text));
	if (suspect->place < searching->graph->nodes) {
		text_add(text, " (");
		TRY(object_lookup_print(searching->lookup, suspect->place, text));
		text_add_char(text, ')');
	}
	if (thread.length > 0)
		text_printf(text, ", of %s,", text_string(&thread));
	text_add(text, suspect->place == DOMINATOR_ROOT ? " hold " : is_all(searching, suspect) ? " is " : " holds ");
	if (suspect->label != NO_ID) {
		text_add_count(text, suspect->count);
		text_add_char(text, ' ');
		print_label(searching, suspect->label, text);
		text_add(text, " and what hangs from them: ");
	}
	print_contents(searching, i, text);
	return text_error(text);
}

/* --- the report ----------------------------------------------------------------------------------------------------- */

enum {
	FIELD_PATH,
	FIELD_RETAINED,
	FIELD_SHARE,
	FIELD_COUNT,
	FIELD_TYPE,
	FIELD_OBJECT,
	FIELD_ID,
	FIELD_THREAD,
	FIELD_SENTENCE
};

static struct section *places_section(struct report *report)
{
	static const struct field fields[] = {
		[FIELD_PATH] = {"path", "place", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, true},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_ALWAYS, true},
		[FIELD_COUNT] = {"count", "holds", VALUE_COUNT, RANK_OFTEN, false},
		[FIELD_TYPE] = {"type", "of type", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_OBJECT] = {"object", "is", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_THREAD] = {"thread", "thread", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_SENTENCE] = {"sentence", "sentence", VALUE_TEXT, RANK_MACHINE, false},
	};
	struct section *section = report_section(report, "rows", "Where it hangs");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, section, &fields[i]);
	return section;
}

static void set_text(const struct searching *searching, struct cell *row, size_t field, const struct text *text)
{
	if (text->length > 0)
		row_set(row, field, report_text(searching->report, text_string(text), text->length));
}

static struct error *add_place(struct searching *searching, struct section *section, size_t i)
{
	const struct suspect *suspect = &searching->found.items[i];
	AUTO(text) struct text path = {0}, object = {0}, thread = {0}, type = {0}, sentence = {0};
	text_init(&path);
	text_init(&object);
	text_init(&thread);
	text_init(&type);
	text_init(&sentence);
	TRY(print_path(searching, suspect->place, &path));
	print_thread(searching, suspect->place, &thread);
	TRY(print_sentence(searching, i, &sentence));
	struct cell *row = section_row(searching->report, section);
	if (suspect->place < searching->graph->nodes) {
		TRY(object_lookup_print(searching->lookup, suspect->place, &object));
		row_set(row, FIELD_ID, cell_number(suspect->place));
	}
	if (suspect->label != NO_ID) {
		const struct label *name = &searching->lookup->names->labels[suspect->label];
		row_set(row, FIELD_COUNT, cell_number(suspect->count));
		text_add_bytes(&type, name->name, name->length);
	}
	set_text(searching, row, FIELD_PATH, &path);
	row_set(row, FIELD_RETAINED, cell_number(suspect->size));
	row_set(row, FIELD_SHARE, cell_share_of(suspect->size, searching->total));
	set_text(searching, row, FIELD_TYPE, &type);
	set_text(searching, row, FIELD_OBJECT, &object);
	set_text(searching, row, FIELD_THREAD, &thread);
	set_text(searching, row, FIELD_SENTENCE, &sentence);
	report_remark(searching->report, REMARK_DETAIL, "%zu. %s", i + 1, text_string(&sentence));
	return text_error(&sentence);
}

static void add_types(const struct searching *searching)
{
	static const struct field fields[] = {
		{"suspect", "place", VALUE_NUMBER, RANK_ALWAYS, false},
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, false},
	};
	size_t labels = searching->lookup->names->count;
	struct section *section = report_section(searching->report, "types", "What it is made of");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(searching->report, section, &fields[i]);
	for (size_t i = 0; i < searching->found.count; i++) {
		label_id label = next_type(searching, i, NO_ID);
		for (unsigned n = 0; n < TYPES_SHOWN && label != NO_ID; n++) {
			const struct label *name = &searching->lookup->names->labels[label];
			struct cell *row = section_row(searching->report, section);
			row_set(row, 0, cell_number(i + 1));
			row_set(row, 1, report_text(searching->report, name->name, name->length));
			row_set(row, 2, cell_number(searching->made_of[i * labels + label].count));
			row_set(row, 3, cell_number(searching->made_of[i * labels + label].size));
			label = next_type(searching, i, label);
		}
	}
}

static struct error *set_verdict(const struct searching *searching)
{
	uint64_t explained = 0;
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (size_t i = 0; i < searching->found.count; i++)
		explained = saturating_add(explained, searching->found.items[i].size);
	if (searching->found.count == 0) {
		text_printf(&text, "no place explains %.0f%% of the heap's ", 100.0 * searching->request->share);
		text_add_size(&text, searching->total, searching->report->unit);
		text_add(&text, ": it is spread");
	} else {
		text_printf(&text, "%zu %s ", searching->found.count,
			    searching->found.count == 1 ? "place explains" : "places explain");
		print_share(searching, explained, &text);
		text_add(&text, " of the heap's ");
		text_add_size(&text, searching->total, searching->report->unit);
	}
	report_set_verdict(searching->report, &text);
	return text_error(&text);
}

struct error *suspects_report(struct report *report, const struct children *children, struct object_lookup *lookup,
			      struct edge_names *names, const struct suspects_request *request)
{
	const struct retention *retention = children->retention;
	AUTO(searching)
	struct searching searching = {.report = report,
				      .children = children,
				      .retention = retention,
				      .graph = retention->graph,
				      .lookup = lookup,
				      .names = names,
				      .request = request,
				      .total = retention->retained[0]};
	searching.least = (uint64_t)((double)searching.total * request->share);
	searching.least += searching.least == 0;
	searching.tallies = calloc((size_t)lookup->names->count + 1, sizeof *searching.tallies);
	if (searching.tallies == NULL)
		return error_memory();
	TRY(find(&searching));
	TRY(sum_up(&searching));
	TRY(ways_find(retention->graph, &(struct ways_request){.goal = NO_ID, .blocked = NO_ID, .unnamed = true},
		      &searching.ways));
	TRY(set_verdict(&searching));
	struct section *section = places_section(report);
	for (size_t i = 0; i < searching.found.count; i++)
		TRY(add_place(&searching, section, i));
	add_types(&searching);
	return report_error(report);
}
