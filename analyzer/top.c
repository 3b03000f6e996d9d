/* Which objects retain most?
 *
 * One pass over the retained sizes keeps the greatest in a heap whose least is on top, so that most objects are turned
 * away by one comparison.
 */
#include "analyzer/top.h"

#include "analyzer/dominator_name.h"
#include "analyzer/path.h"
#include "base/bytes.h"
#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>

struct candidate {
	uint64_t retained;
	node_id node;
};

struct picking {
	VECTOR(struct candidate) heap;
	uint64_t rows, matching;
};

/* a comes after b in the table: less, or equal and of a higher id. */
static bool is_after(const struct candidate *a, const struct candidate *b)
{
	return a->retained != b->retained ? a->retained < b->retained : a->node > b->node;
}

static void swap(struct candidate *a, struct candidate *b)
{
	struct candidate kept = *a;
	*a = *b;
	*b = kept;
}

static void sift_up(struct candidate *heap, size_t i)
{
	for (; i > 0 && is_after(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct candidate *heap, size_t count)
{
	for (size_t i = 0, child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && is_after(&heap[child + 1], &heap[child]))
			child++;
		if (!is_after(&heap[child], &heap[i]))
			break;
		swap(&heap[i], &heap[child]);
	}
}

static struct error *offer(struct picking *picking, struct candidate candidate)
{
	picking->matching++;
	if (picking->heap.count < picking->rows) {
		TRY(vector_push(&picking->heap, candidate));
		sift_up(picking->heap.items, picking->heap.count - 1);
	} else if (is_after(&picking->heap.items[0], &candidate)) {
		picking->heap.items[0] = candidate;
		sift_down(picking->heap.items, picking->heap.count);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return is_after(a, b) ? 1 : -1;
}

static struct error *pick(struct picking *picking, const struct retention *retention,
			  const struct object_lookup *lookup, const struct top_request *request)
{
	const struct graph *graph = retention->graph;
	const label_id *label = lookup->names->facts[0].label;
	for (node_id i = 0; i < graph->nodes; i++) {
		struct candidate candidate = {retention_size(retention, i), i};
		if (candidate.retained < request->least ||
		    (request->selected != NULL && !request->selected[label[graph->type[i]]]))
			continue;
		TRY(offer(picking, candidate));
	}
	if (picking->heap.count > 0)
		qsort(picking->heap.items, picking->heap.count, sizeof *picking->heap.items, compare);
	return NULL;
}

enum {
	FIELD_OBJECT,
	FIELD_RETAINED,
	FIELD_SHARE,
	FIELD_SIZE,
	FIELD_PATH,
	FIELD_DOMINATOR,
	FIELD_FATE,
	FIELD_TYPE,
	FIELD_ID,
	FIELD_ADDRESS,
	FIELD_SITE
};

static void add_fields(struct report *report, struct section *table, bool sites)
{
	static const struct field fields[] = {
		[FIELD_OBJECT] = {"object", "object", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, false},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_OFTEN, false},
		[FIELD_SIZE] = {"size", "own size", VALUE_SIZE, RANK_OFTEN, false},
		[FIELD_PATH] = {"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_DOMINATOR] = {"dominator", "dominated by", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_FATE] = {"fate", "fate", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_TYPE] = {"type", "type", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_ADDRESS] = {"address", "address", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_SITE] = {"site", "allocated at", VALUE_TEXT, RANK_OFTEN, false},
	};
	for (size_t i = 0; i < (sites ? FIELD_SITE + 1 : FIELD_SITE); i++)
		section_field(report, table, &fields[i]);
}

#define PATHS_MOST 1000u /* rows that have a path: each costs some reads of the file */

struct listing {
	struct report *report;
	struct section *table;
	const struct retention *retention;
	struct object_lookup *lookup;
	struct edge_names *names;
	struct ways ways;
	const struct sites *sites; /* NULL: none */
	uint32_t *site_of;         /* by node, with sites */
	bool with_ways;
};

/* Absent where nothing leads there. */
static struct error *set_path(const struct listing *listing, struct cell *row, node_id node)
{
	struct path_printing printing = {.names = listing->names, .objects = listing->lookup};
	AUTO(path) struct path path = {0};
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(path_trace(&listing->ways, node, NO_ID, &path));
	TRY(path_spell(&printing, &path, &text));
	TRY(text_error(&text));
	if (path.count > 0)
		row_set(row, FIELD_PATH, report_text(listing->report, text_string(&text), text.length));
	return NULL;
}

static struct error *set_site(const struct listing *listing, struct cell *row, node_id node)
{
	AUTO(text) struct text site = {0};
	text_init(&site);
	sites_print(listing->sites, listing->site_of[node], &site);
	TRY(text_error(&site));
	if (site.length > 0)
		row_set(row, FIELD_SITE, report_text(listing->report, text_string(&site), site.length));
	return NULL;
}

static struct error *add_row(const struct listing *listing, const struct candidate *candidate, bool with_path)
{
	const struct retention *retention = listing->retention;
	struct object_lookup *lookup = listing->lookup;
	struct report *report = listing->report;
	struct object_record record;
	struct label type;
	AUTO(text) struct text object = {0}, dominator = {0};
	text_init(&object);
	text_init(&dominator);
	TRY(object_lookup_print(lookup, candidate->node, &object));
	TRY(object_lookup_type(lookup, candidate->node, &type));
	TRY(object_lookup_get(lookup, candidate->node, &record));
	TRY(dominator_name_print(retention, lookup, candidate->node, &dominator));
	struct cell *row = section_row(report, listing->table);
	row_set(row, FIELD_OBJECT, report_text(report, text_string(&object), object.length));
	row_set(row, FIELD_RETAINED, cell_number(candidate->retained));
	row_set(row, FIELD_SHARE, cell_share_of(candidate->retained, retention->retained[0]));
	row_set(row, FIELD_SIZE, cell_number(record.size));
	if (with_path && listing->with_ways)
		TRY(set_path(listing, row, candidate->node));
	row_set(row, FIELD_DOMINATOR, report_text(report, text_string(&dominator), dominator.length));
	row_set(row, FIELD_FATE, report_string(report, fate_name(retention->fate[candidate->node])));
	row_set(row, FIELD_TYPE, report_text(report, type.name, type.length));
	row_set(row, FIELD_ID, cell_number(candidate->node));
	row_set(row, FIELD_ADDRESS, cell_number(record.address));
	if (listing->sites != NULL)
		TRY(set_site(listing, row, candidate->node));
	return NULL;
}

/* Rows lie anywhere in the file, and what dominates them elsewhere: each is read once, in the order of the file. */
static struct error *gather(const struct picking *picking, const struct retention *retention,
			    struct object_lookup *lookup)
{
	VECTOR(node_id) nodes = {0};
	struct error *error = NULL;
	for (size_t i = 0; error == NULL && i < picking->heap.count; i++) {
		uint32_t dominator = domination_of(&retention->tree, picking->heap.items[i].node);
		error = vector_push(&nodes, picking->heap.items[i].node);
		if (error == NULL && dominator < retention->graph->nodes)
			error = vector_push(&nodes, dominator);
	}
	if (error == NULL)
		error = object_lookup_gather(lookup, nodes.items, nodes.count);
	vector_deinit(&nodes);
	return error;
}

/* A way to each row that has one, and no further: what retains most is mostly near the roots. Nothing leads to garbage. */
static struct error *find_ways(struct listing *listing, const struct picking *picking)
{
	VECTOR(node_id) goals = {0};
	struct error *error = NULL;
	for (size_t i = 0; error == NULL && i < picking->heap.count && i < PATHS_MOST; i++)
		if (listing->retention->fate[picking->heap.items[i].node] < FATE_GARBAGE)
			error = vector_push(&goals, picking->heap.items[i].node);
	struct ways_request request = {.goals = goals.items,
				       .goal_count = goals.count,
				       .blocked = NO_ID,
				       .unnamed = true};
	listing->with_ways = goals.count > 0;
	if (error == NULL && listing->with_ways)
		error = ways_find(listing->retention->graph, &request, &listing->ways);
	vector_deinit(&goals);
	return error;
}

static struct error *list(struct listing *listing, const struct picking *picking)
{
	TRY(gather(picking, listing->retention, listing->lookup));
	TRY(find_ways(listing, picking));
	for (size_t i = 0; i < picking->heap.count; i++)
		TRY(add_row(listing, &picking->heap.items[i], i < PATHS_MOST));
	return NULL;
}

struct error *top_report(struct report *report, const struct retention *retention, struct object_lookup *lookup,
			 const struct top_request *request)
{
	struct picking picking = {.rows = request->rows};
	struct error *error = pick(&picking, retention, lookup, request);
	struct listing listing = {.report = report, .retention = retention, .lookup = lookup, .names = request->names};
	if (request->sites != NULL && sites_known(request->sites))
		listing.sites = request->sites;
	listing.table = report_section(report, "rows", NULL);
	add_fields(report, listing.table, listing.sites != NULL);
	if (error == NULL && listing.sites != NULL)
		error = sites_by_node(listing.sites, retention->graph->nodes, &listing.site_of);
	if (error == NULL && picking.heap.count > 0)
		error = list(&listing, &picking);
	ways_deinit(&listing.ways);
	free(listing.site_of);
	uint64_t left = picking.matching - picking.heap.count;
	vector_deinit(&picking.heap);
	if (error != NULL)
		return error;
	AUTO(text) struct text count = {0};
	text_init(&count);
	text_add_count(&count, left);
	if (left > 0)
		report_remark(report, REMARK_NOTE,
			      "%s more %s not shown: --top N, --min SIZE, --type PATTERN choose others",
			      text_string(&count), left == 1 ? "object is" : "objects are");
	return text_error(&count);
}
