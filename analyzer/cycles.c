/* Which objects hold each other, and what hangs on that?
 *
 * Components of the references that hold, those to an object's own type left out unless asked for. What a component
 * retains is the retained size of the set of its objects. Without the references to types the components come first, as
 * their search and the one for what leads to each object needn't be in memory together; with them it is one search.
 * Names, finalizers and shortest cycles are only sought for the rows that are shown.
 */
#include "analyzer/cycles.h"

#include "analyzer/components.h"
#include "analyzer/finalizers.h"
#include "analyzer/memory.h"
#include "analyzer/reach.h"
#include "analyzer/ring.h"
#include "analyzer/sets.h"
#include "base/bytes.h"
#include "base/mix.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_SHOWN 8u /* of a long cycle, at either end */
#define TYPES_SHOWN 3u

struct listing {
	struct report *report;
	struct section *table;
	const struct graph *graph;
	struct object_lookup *lookup;
	struct edge_names *names;
	const struct cycles_request *request;
	struct flow flow; /* the graph's */
	struct components components;
	uint8_t *fate;      /* by node, settled */
	uint64_t *retained; /* by component, bytes */
	uint32_t *chosen;   /* components to show, in order */
	uint32_t chosen_count, classes;
	struct rings rings;
	struct finalizers finalizers;
	uint32_t *of_label; /* by label: members of one component */
};

static void listing_deinit(struct listing *listing)
{
	components_deinit(&listing->components);
	free(listing->fate);
	free(listing->retained);
	free(listing->chosen);
	rings_deinit(&listing->rings);
	finalizers_deinit(&listing->finalizers);
	free(listing->of_label);
}
DEFINE_AUTO_VALUE(listing, struct listing, listing_deinit);

/* --- components ----------------------------------------------------------------------------------------------------- */

/* Of the graph without the edges to types, which is in memory no longer than this takes. */
static struct error *components_without_types(const struct graph *graph, struct components *result)
{
	AUTO(free) void *offsets_memory = memory_large((size_t)graph->places + 1, sizeof(uint32_t));
	AUTO(free) void *targets_memory = memory_large((size_t)graph->edges + 1, sizeof(uint32_t));
	uint32_t *offsets = offsets_memory, *targets = targets_memory;
	if (offsets == NULL || targets == NULL)
		return error_memory();
	uint32_t next = 0;
	for (uint32_t place = 0; place < graph->places; place++) {
		offsets[place] = next;
		for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++)
			if (edge_kind_name(graph->edge_kinds[e]) != NAME_TYPE)
				targets[next++] = graph->targets[e];
	}
	offsets[graph->places] = next;
	struct flow flow = {graph->places, offsets, targets};
	return components_create(&flow, result);
}

static struct error *find_components(struct listing *listing, const struct progress *progress)
{
	const struct graph *graph = listing->graph;
	AUTO(reach) struct reach reach = {0};
	if (!listing->request->all_edges)
		TRY(components_without_types(graph, &listing->components));
	TRY(reach_create(graph, false, &reach));
	TRY(fates_settle(graph, reach.fate));
	flow_search_keep_crosses(&reach.search);
	if (listing->request->all_edges)
		TRY(components_of_search(&reach.search, &listing->components));
	flow_search_keep_tree(&reach.search);
	struct grouping grouping = {.count = listing->components.count, .group = listing->components.of};
	listing->retained = calloc((size_t)grouping.count + 1, sizeof *listing->retained);
	if (listing->retained == NULL)
		return error_memory();
	TRY(sets_retained(&reach, &grouping, sets_room(graph), progress, listing->retained));
	listing->fate = steal(&reach.fate);
	return NULL;
}

static uint32_t member_count(const struct listing *listing, uint32_t component)
{
	return listing->components.offsets[component + 1] - listing->components.offsets[component];
}

/* All members of a component share their fate. */
static enum fate fate_of(const struct listing *listing, uint32_t component)
{
	return listing->fate[listing->components.members[listing->components.offsets[component]]];
}

/* One class and its parts: every class refers to itself through its __mro__ and its descriptors. */
static bool is_class(const struct listing *listing, uint32_t component)
{
	const struct components *components = &listing->components;
	const struct type_facts *facts = &listing->lookup->names->facts[0];
	uint32_t classes = 0;
	for (uint32_t i = components->offsets[component]; i < components->offsets[component + 1]; i++) {
		enum kind kind = facts->kind[listing->graph->type[components->members[i]]];
		classes += kind == KIND_type;
		if (classes > 1 || (kind != KIND_type && kind != KIND_container && kind != KIND_code))
			return false;
	}
	return classes == 1;
}

static bool is_chosen(const struct listing *listing, uint32_t component)
{
	const struct cycles_request *request = listing->request;
	const struct components *components = &listing->components;
	if (request->garbage_only && fate_of(listing, component) != FATE_GARBAGE)
		return false;
	if (request->selected == NULL)
		return true;
	const label_id *label = listing->lookup->names->facts[0].label;
	for (uint32_t i = components->offsets[component]; i < components->offsets[component + 1]; i++)
		if (request->selected[label[listing->graph->type[components->members[i]]]])
			return true;
	return false;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct listing *listing = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	if (listing->retained[x] != listing->retained[y])
		return listing->retained[x] < listing->retained[y] ? 1 : -1;
	if (member_count(listing, x) != member_count(listing, y))
		return member_count(listing, x) < member_count(listing, y) ? 1 : -1;
	return x < y ? -1 : 1;
}

static struct error *choose(struct listing *listing)
{
	listing->chosen = malloc(((size_t)listing->components.count + 1) * sizeof *listing->chosen);
	if (listing->chosen == NULL)
		return error_memory();
	for (uint32_t c = 0; c < listing->components.count; c++) {
		if (!is_chosen(listing, c))
			continue;
		if (!listing->request->all_edges && is_class(listing, c))
			listing->classes++;
		else
			listing->chosen[listing->chosen_count++] = c;
	}
	qsort_r(listing->chosen, listing->chosen_count, sizeof *listing->chosen, compare, listing);
	return NULL;
}

/* --- a row ---------------------------------------------------------------------------------------------------------- */

enum {
	FIELD_CYCLE,
	FIELD_RETAINED,
	FIELD_COUNT,
	FIELD_SIZE,
	FIELD_TYPES,
	FIELD_GENERATION,
	FIELD_FATE,
	FIELD_FINALIZER,
	FIELD_LENGTH,
	FIELD_ID
};

static void add_fields(struct report *report, struct section *table)
{
	static const struct field fields[] = {
		[FIELD_CYCLE] = {"cycle", "shortest cycle", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_COUNT] = {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
		[FIELD_SIZE] = {"size", "own size", VALUE_SIZE, RANK_SELDOM, true},
		[FIELD_TYPES] = {"types", "types", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_GENERATION] = {"generation", "generation", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_FATE] = {"fate", "fate", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_FINALIZER] = {"finalizer", "runs when freed", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_LENGTH] = {"length", "length", VALUE_COUNT, RANK_MACHINE, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
}

/* No edges to types, where these make no cycles. */
static struct error *test_edge(void *context, const struct known_edge *edge, bool *taken)
{
	const struct listing *listing = context;
	*taken = edge->record.class != EDGE_WEAK && (listing->request->all_edges || edge->record.name != NAME_TYPE);
	return NULL;
}

/* `module.Type #ID` and the steps that lead back to it. */
static struct error *spell(struct listing *listing, const struct ring *ring, struct text *text)
{
	struct spelling spelling = {.text = text, .begun = true};
	TRY(object_lookup_print(listing->lookup, ring->nodes[0], text));
	for (uint32_t i = 0; i < ring->count; i++) {
		uint32_t left = ring->count - i;
		if (i >= STEPS_SHOWN && left > STEPS_SHOWN) {
			uint32_t skipped = left - STEPS_SHOWN;
			text_printf(text, " ... %" PRIu32 " more ... ", skipped);
			i += skipped;
			spelling.program = false;
		}
		struct known_edge edge;
		node_id to = ring->nodes[(i + 1) % ring->count];
		TRY(edge_names_between(listing->names, ring->nodes[i], to, test_edge, listing, &edge));
		TRY(edge_names_spell(listing->names, &edge, &spelling));
	}
	text_add(text, ring->shortest ? " is itself" : " is itself (there may be a shorter one)");
	return text_error(text);
}

/* The types that most members have: `3 app.Node, 1 dict`. */
static struct error *describe_types(struct listing *listing, uint32_t component, struct text *text)
{
	const struct components *components = &listing->components;
	const struct type_names *names = listing->lookup->names;
	const label_id *label = names->facts[0].label;
	uint32_t first = components->offsets[component], end = components->offsets[component + 1], different = 0;
	for (uint32_t i = first; i < end; i++)
		different += listing->of_label[label[listing->graph->type[components->members[i]]]]++ == 0;
	for (uint32_t shown = 0; shown < TYPES_SHOWN && shown < different; shown++) {
		label_id most = NO_ID;
		for (uint32_t i = first; i < end; i++) {
			label_id l = label[listing->graph->type[components->members[i]]];
			if (most == NO_ID || listing->of_label[l] > listing->of_label[most] ||
			    (listing->of_label[l] == listing->of_label[most] && l < most))
				most = l;
		}
		text_add(text, shown > 0 ? ", " : "");
		text_add_count(text, listing->of_label[most]);
		text_add_char(text, ' ');
		text_add_escaped(text, names->labels[most].name, names->labels[most].length);
		listing->of_label[most] = 0;
	}
	if (different > TYPES_SHOWN)
		text_printf(text, ", %" PRIu32 " more type%s", different - TYPES_SHOWN,
			    different - TYPES_SHOWN == 1 ? "" : "s");
	for (uint32_t i = first; i < end; i++)
		listing->of_label[label[listing->graph->type[components->members[i]]]] = 0;
	return text_error(text);
}

/* `2`, or `0 to 2`; untracked and frozen members are said. */
static struct error *describe_generations(const struct listing *listing, uint32_t component, struct text *text)
{
	static const char *const names[GENERATION_COUNT] = {"0", "1", "2", "frozen", "untracked"};
	const struct components *components = &listing->components;
	bool has[GENERATION_COUNT] = {false}, any = false;
	for (uint32_t i = components->offsets[component]; i < components->offsets[component + 1]; i++)
		has[listing->graph->generation[components->members[i]]] = true;
	for (unsigned g = 0; g < GENERATION_COUNT; g++) {
		if (!has[g])
			continue;
		text_add(text, any ? ", " : "");
		text_add(text, names[g]);
		any = true;
	}
	return text_error(text);
}

static struct error *describe_finalizers(struct listing *listing, uint32_t component, struct text *text)
{
	const struct components *components = &listing->components;
	bool del = false, watched = false;
	for (uint32_t i = components->offsets[component]; i < components->offsets[component + 1]; i++) {
		node_id node = components->members[i];
		bool has;
		if (!del) {
			TRY(finalizers_of_type(&listing->finalizers, listing->graph->type[node], &has));
			del = has;
		}
		if (!watched) {
			TRY(finalizers_watched(&listing->finalizers, listing->graph, node, &has));
			watched = has;
		}
	}
	text_add(text, del ? "__del__" : "");
	text_add(text, del && watched ? ", " : "");
	text_add(text, watched ? "weakref callback" : "");
	return text_error(text);
}

typedef struct error *describe(struct listing *listing, uint32_t component, struct text *text);

static struct error *generations(struct listing *listing, uint32_t component, struct text *text)
{
	return describe_generations(listing, component, text);
}

/* A cell that one of the above writes; absent where it writes nothing. */
static struct error *set_described(struct listing *listing, uint32_t component, struct cell *row, size_t field,
				   describe *function)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(function(listing, component, &text));
	if (text.length > 0)
		row_set(row, field, report_text(listing->report, text_string(&text), text.length));
	return NULL;
}

static struct error *add_row(struct listing *listing, uint32_t component)
{
	const struct components *components = &listing->components;
	uint32_t first = components->offsets[component], end = components->offsets[component + 1];
	AUTO(text) struct text text = {0};
	text_init(&text);
	AUTO(ring) struct ring ring = {0};
	TRY(rings_find(&listing->rings, component, RING_WORK, &ring));
	struct cell *row = section_row(listing->report, listing->table);
	if (ring.count > 0) {
		TRY(spell(listing, &ring, &text));
		row_set(row, FIELD_CYCLE, report_text(listing->report, text_string(&text), text.length));
		row_set(row, FIELD_LENGTH, cell_number(ring.count));
	}
	uint64_t size = 0;
	for (uint32_t i = first; i < end; i++)
		size += graph_size(listing->graph, components->members[i]);
	row_set(row, FIELD_RETAINED, cell_number(listing->retained[component]));
	row_set(row, FIELD_COUNT, cell_number(end - first));
	row_set(row, FIELD_SIZE, cell_number(size));
	row_set(row, FIELD_FATE, report_string(listing->report, fate_name(fate_of(listing, component))));
	row_set(row, FIELD_ID, cell_number(components->members[first]));
	TRY(set_described(listing, component, row, FIELD_TYPES, describe_types));
	TRY(set_described(listing, component, row, FIELD_GENERATION, generations));
	return set_described(listing, component, row, FIELD_FINALIZER, describe_finalizers);
}

/* --- groups alike --------------------------------------------------------------------------------------------------- */

struct alike { /* groups of as many objects of the same types, with one fate */
	uint64_t signature;
	uint32_t component;             /* that of them which retains most */
	uint64_t groups, members, size; /* members: of each; bytes: of all that are in them */
};

/* The signature is a sum over the members: it doesn't depend on their order. */
static struct alike alike_of(const struct listing *listing, uint32_t component)
{
	const struct components *components = &listing->components;
	const label_id *label = listing->lookup->names->facts[0].label;
	struct alike alike = {.component = component, .groups = 1, .members = member_count(listing, component)};
	for (uint32_t i = components->offsets[component]; i < components->offsets[component + 1]; i++) {
		node_id node = components->members[i];
		alike.signature +=
			mix(UINT64_C(0x9e3779b97f4a7c15) * (label[listing->graph->type[node]] + UINT64_C(1)));
		alike.size += graph_size(listing->graph, node);
	}
	alike.signature = mix(alike.signature + fate_of(listing, component));
	return alike;
}

static int compare_signatures(const void *a, const void *b, void *context)
{
	const struct alike *x = a, *y = b;
	if (x->signature != y->signature)
		return x->signature < y->signature ? -1 : 1;
	if (x->members != y->members)
		return x->members < y->members ? -1 : 1;
	return compare(&x->component, &y->component, context);
}

static int compare_sizes(const void *a, const void *b, void *context)
{
	const struct alike *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return compare(&x->component, &y->component, context);
}

/* Puts those together that are alike, and leaves out those that are like no other; how many are left. */
static size_t put_together(struct listing *listing, struct alike *alike, size_t count)
{
	size_t kept = 0;
	qsort_r(alike, count, sizeof *alike, compare_signatures, listing);
	for (size_t i = 0, next; i < count; i = next) {
		struct alike sum = alike[i];
		for (next = i + 1;
		     next < count && alike[next].signature == sum.signature && alike[next].members == sum.members;
		     next++) {
			sum.groups++;
			sum.size += alike[next].size;
		}
		if (sum.groups > 1)
			alike[kept++] = sum;
	}
	qsort_r(alike, kept, sizeof *alike, compare_sizes, listing);
	return kept;
}

static struct error *add_alike(struct listing *listing)
{
	static const struct field fields[] = {{"types", "each of", VALUE_TEXT, RANK_ALWAYS, false},
					      {"groups", "groups", VALUE_COUNT, RANK_ALWAYS, true},
					      {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true},
					      {"size", "own size", VALUE_SIZE, RANK_ALWAYS, true},
					      {"fate", "fate", VALUE_TEXT, RANK_OFTEN, false},
					      {"id", "id", VALUE_NUMBER, RANK_MACHINE, false}};
	AUTO(free) void *memory = memory_large((size_t)listing->chosen_count + 1, sizeof(struct alike));
	struct alike *alike = memory;
	if (alike == NULL)
		return error_memory();
	for (uint32_t i = 0; i < listing->chosen_count; i++)
		alike[i] = alike_of(listing, listing->chosen[i]);
	size_t count = put_together(listing, alike, listing->chosen_count);
	if (count == 0)
		return NULL;
	struct section *section = report_section(listing->report, "alike", "Groups alike");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(listing->report, section, &fields[i]);
	for (size_t i = 0; i < count; i++) {
		struct cell *row = section_row(listing->report, section);
		TRY(set_described(listing, alike[i].component, row, 0, describe_types));
		row_set(row, 1, cell_number(alike[i].groups));
		row_set(row, 2, cell_number(alike[i].groups * alike[i].members));
		row_set(row, 3, cell_number(alike[i].size));
		row_set(row, 4, report_string(listing->report, fate_name(fate_of(listing, alike[i].component))));
		row_set(row, 5,
			cell_number(listing->components.members[listing->components.offsets[alike[i].component]]));
	}
	section_fold(listing->report, section, listing->request->rows, "kind");
	return NULL;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static struct error *say_sum(const struct listing *listing)
{
	uint64_t objects = 0;
	for (uint32_t i = 0; i < listing->chosen_count; i++)
		objects += member_count(listing, listing->chosen[i]);
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (listing->chosen_count == 0) {
		text_add(&text, "no groups of objects that hold each other");
		text_add(&text, listing->request->garbage_only ? " are garbage" : "");
		report_set_verdict(listing->report, &text);
		return text_error(&text);
	}
	text_add_count(&text, listing->chosen_count);
	text_add(&text, listing->chosen_count == 1 ? " group of " : " groups of ");
	text_add_count(&text, objects);
	text_add(&text, " objects that hold each other");
	text_add(&text, listing->request->garbage_only ? ", all garbage" : "");
	report_set_verdict(listing->report, &text);
	return text_error(&text);
}

static struct error *say_left_out(const struct listing *listing, uint64_t shown)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, listing->classes);
	if (listing->classes > 0)
		report_remark(listing->report, REMARK_NOTE,
			      "%s %s with nothing but %s parts %s left out: --all-edges lists %s", text_string(&text),
			      listing->classes == 1 ? "class" : "classes",
			      listing->classes == 1 ? "its own" : "their own", listing->classes == 1 ? "is" : "are",
			      listing->classes == 1 ? "it" : "them");
	text_deinit(&text);
	if (shown >= listing->chosen_count)
		return NULL;
	text_add_count(&text, listing->chosen_count - shown);
	report_remark(listing->report, REMARK_NOTE,
		      "%s more with less are not shown: --top N, --type PATTERN choose others", text_string(&text));
	return text_error(&text);
}

static struct error *report_all(struct report *report, const struct graph *graph, struct object_lookup *lookup,
				struct edge_names *names, const struct cycles_request *request,
				const struct progress *progress)
{
	AUTO(listing)
	struct listing listing = {.report = report,
				  .graph = graph,
				  .flow = {graph->places, graph->offsets, graph->targets},
				  .lookup = lookup,
				  .names = names,
				  .request = request};
	TRY(find_components(&listing, progress));
	TRY(choose(&listing));
	TRY(rings_init(&listing.rings, &listing.flow, &listing.components,
		       request->all_edges ? NULL : graph->edge_kinds));
	TRY(finalizers_init(&listing.finalizers, graph->reader, &lookup->names->facts[0]));
	listing.of_label = calloc((size_t)lookup->names->count + 1, sizeof *listing.of_label);
	listing.table = report_section(report, "rows", NULL);
	if (listing.of_label == NULL || listing.table == NULL)
		return error_memory();
	add_fields(report, listing.table);
	TRY(say_sum(&listing));
	uint64_t shown = request->rows < listing.chosen_count ? request->rows : listing.chosen_count;
	for (uint64_t i = 0; i < shown; i++)
		TRY(add_row(&listing, listing.chosen[i]));
	TRY(add_alike(&listing));
	TRY(say_left_out(&listing, shown));
	return report_error(report);
}

#define CYCLES_BYTES 45u /* a place takes at most, with its edges, beside the graph; on real heaps about 30 */

struct error *cycles_report(struct report *report, const struct graph *graph, struct object_lookup *lookup,
			    struct edge_names *names, const struct cycles_request *request,
			    const struct progress *progress)
{
	const char *path = reader_path(graph->reader);
	uint64_t needed = saturating_multiply(graph->places, CYCLES_BYTES);
	TRY(memory_check(path, needed));
	return memory_explain(report_all(report, graph, lookup, names, request, progress), path, needed);
}
