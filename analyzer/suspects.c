/* Where has the memory gathered, in words?
 *
 * What analyzer/accumulations.h finds, each with its shortest path from a root, the thread on whose stack that begins, and
 * what it is made of.
 */
#include "analyzer/suspects.h"

#include "analyzer/accumulations.h"
#include "analyzer/path.h"
#include "analyzer/sites.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>

#define TYPES_SHOWN 4u /* of what a suspect is made of */

struct telling {
	struct report *report;
	const struct graph *graph;
	struct object_lookup *lookup;
	struct edge_names *names;
	const struct suspects_request *request;
	struct accumulations found;
	struct ways ways;
	struct sites sites;
};

static void telling_deinit(struct telling *telling)
{
	accumulations_deinit(&telling->found);
	ways_deinit(&telling->ways);
	sites_deinit(&telling->sites);
}
DEFINE_AUTO_VALUE(telling, struct telling, telling_deinit);

/* --- words ---------------------------------------------------------------------------------------------------------- */

static struct error *print_path(struct telling *telling, const struct accumulation *suspect, struct text *text)
{
	static const char *const nowhere[] = {[FATE_REACHABLE] = "several places at once",
					      [FATE_HELD] = "held by C code",
					      [FATE_GARBAGE] = "what nothing leads to"};
	uint32_t place = suspect->place;
	if (place == DOMINATOR_ROOT) {
		text_add(text, nowhere[suspect->fate]);
		return NULL;
	}
	if (place >= telling->graph->nodes) {
		path_print_root(telling->graph, place - telling->graph->nodes, text);
		return NULL;
	}
	AUTO(path) struct path path = {0};
	struct path_printing printing = {.names = telling->names, .objects = telling->lookup};
	TRY(path_trace(&telling->ways, place, NO_ID, &path));
	if (path.count == 0)
		text_add(text, "what nothing leads to");
	return path_spell(&printing, &path, text);
}

/* The thread on whose stack the path begins, if it does. */
static void print_thread(const struct telling *telling, uint32_t place, struct text *text)
{
	const struct graph *graph = telling->graph;
	uint32_t from = place;
	if (place == DOMINATOR_ROOT)
		return;
	for (uint32_t steps = 0; from < graph->nodes && steps <= graph->nodes; steps++)
		from = telling->ways.parent[from];
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

static void print_label(const struct telling *telling, label_id label, struct text *text)
{
	const struct label *name = &telling->lookup->names->labels[label];
	text_add_escaped(text, name->name, name->length);
}

static void print_share(const struct telling *telling, uint64_t size, struct text *text)
{
	text_printf(text, "%.0f%%",
		    telling->found.total == 0 ? 0.0 : 100.0 * (double)size / (double)telling->found.total);
}

/* One object that is large by itself. */
static bool is_all(const struct telling *telling, const struct accumulation *suspect)
{
	const struct graph *graph = telling->graph;
	return suspect->label == NO_ID && suspect->place < graph->nodes &&
	       graph_size(graph, suspect->place) >= suspect->size - suspect->size / 20;
}

/* ` and what hangs from them: 48.2 MiB, 62% of the heap, most of it str (30.1 MiB) and dict (9.4 MiB)` */
static void print_contents(const struct telling *telling, size_t i, struct text *text)
{
	const struct accumulation *suspect = &telling->found.items[i];
	text_add_size(text, suspect->size, telling->report->unit);
	text_add(text, ", ");
	print_share(telling, suspect->size, text);
	text_add(text, " of the heap");
	if (is_all(telling, suspect))
		return;
	label_id first = accumulation_next_type(&telling->found, suspect, NO_ID),
		 second = first == NO_ID ? NO_ID : accumulation_next_type(&telling->found, suspect, first);
	/* Strings are made of strings: that needs no saying. */
	if (first != NO_ID && first == suspect->label &&
	    (second == NO_ID || suspect->parts[second].size < suspect->size / 20))
		return;
	for (unsigned n = 0; n < 2; n++) {
		label_id label = n == 0 ? first : second;
		if (label == NO_ID)
			break;
		text_add(text, n == 0 ? ", most of it " : " and ");
		print_label(telling, label, text);
		text_add(text, " (");
		text_add_size(text, suspect->parts[label].size, telling->report->unit);
		text_add_char(text, ')');
	}
}

/* Who holds it, with its verb. */
static struct error *print_holder(struct telling *telling, const struct accumulation *suspect, struct text *text)
{
	static const char *const nowhere[] = {[FATE_REACHABLE] = "several places at once hold ",
					      [FATE_HELD] = "only C code holds ",
					      [FATE_GARBAGE] = "nothing leads to "};
	if (suspect->place == DOMINATOR_ROOT) {
		text_add(text, nowhere[suspect->fate]);
		return NULL;
	}
	AUTO(text) struct text thread = {0};
	text_init(&thread);
	print_thread(telling, suspect->place, &thread);
	TRY(print_path(telling, suspect, text));
	if (suspect->place < telling->graph->nodes) {
		text_add(text, " (");
		TRY(object_lookup_print(telling->lookup, suspect->place, text));
		text_add_char(text, ')');
	}
	if (thread.length > 0)
		text_printf(text, ", of %s,", text_string(&thread));
	text_add(text, is_all(telling, suspect) ? " is " : " holds ");
	return NULL;
}

/* A sentence that stands alone. */
static struct error *print_sentence(struct telling *telling, size_t i, struct text *text)
{
	const struct accumulation *suspect = &telling->found.items[i];
	TRY(print_holder(telling, suspect, text));
	if (suspect->label != NO_ID) {
		text_add_count(text, suspect->count);
		text_add_char(text, ' ');
		print_label(telling, suspect->label, text);
		if (suspect->folded > 0) {
			text_printf(text, " in %" PRIu32 " ", suspect->folded);
			print_label(telling, suspect->inner, text);
		}
		text_add(text, " and what hangs from them: ");
	}
	print_contents(telling, i, text);
	return text_error(text);
}

/* --- the report ----------------------------------------------------------------------------------------------------- */

enum {
	FIELD_PATH,
	FIELD_RETAINED,
	FIELD_SHARE,
	FIELD_COUNT,
	FIELD_TYPE,
	FIELD_FOLDED,
	FIELD_INNER,
	FIELD_OBJECT,
	FIELD_ID,
	FIELD_THREAD,
	FIELD_SENTENCE,
	FIELD_SITE
};

static struct section *places_section(struct report *report, bool sites)
{
	static const struct field fields[] = {
		[FIELD_PATH] = {"path", "place", VALUE_TEXT, RANK_ALWAYS, false},
		[FIELD_RETAINED] = {"retained", "retained", VALUE_SIZE, RANK_ALWAYS, true},
		[FIELD_SHARE] = {"share", "of all", VALUE_SHARE, RANK_ALWAYS, true},
		[FIELD_COUNT] = {"count", "holds", VALUE_COUNT, RANK_OFTEN, false},
		[FIELD_TYPE] = {"type", "of type", VALUE_TEXT, RANK_OFTEN, false},
		[FIELD_FOLDED] = {"in_count", "in", VALUE_COUNT, RANK_SELDOM, false},
		[FIELD_INNER] = {"in_type", "alike of type", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_OBJECT] = {"object", "is", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_ID] = {"id", "id", VALUE_NUMBER, RANK_MACHINE, false},
		[FIELD_THREAD] = {"thread", "thread", VALUE_TEXT, RANK_SELDOM, false},
		[FIELD_SENTENCE] = {"sentence", "sentence", VALUE_TEXT, RANK_MACHINE, false},
		[FIELD_SITE] = {"site", "allocated at", VALUE_TEXT, RANK_OFTEN, false},
	};
	struct section *section = report_section(report, "rows", "Where it hangs");
	for (size_t i = 0; i < (sites ? FIELD_SITE + 1 : FIELD_SITE); i++)
		section_field(report, section, &fields[i]);
	return section;
}

static void set_text(const struct telling *telling, struct cell *row, size_t field, const struct text *text)
{
	if (text->length > 0)
		row_set(row, field, report_text(telling->report, text_string(text), text->length));
}

/* Where the object was allocated that all of it hangs from. */
static struct error *set_site(const struct telling *telling, struct cell *row, node_id node)
{
	AUTO(text) struct text site = {0};
	text_init(&site);
	if (!sites_known(&telling->sites))
		return NULL;
	sites_print(&telling->sites, sites_find(&telling->sites, node), &site);
	set_text(telling, row, FIELD_SITE, &site);
	return text_error(&site);
}

static struct error *add_place(struct telling *telling, struct section *section, size_t i)
{
	const struct accumulation *suspect = &telling->found.items[i];
	AUTO(text) struct text path = {0}, object = {0}, thread = {0}, type = {0}, sentence = {0};
	text_init(&path);
	text_init(&object);
	text_init(&thread);
	text_init(&type);
	text_init(&sentence);
	TRY(print_path(telling, suspect, &path));
	print_thread(telling, suspect->place, &thread);
	TRY(print_sentence(telling, i, &sentence));
	struct cell *row = section_row(telling->report, section);
	if (suspect->place < telling->graph->nodes) {
		TRY(object_lookup_print(telling->lookup, suspect->place, &object));
		row_set(row, FIELD_ID, cell_number(suspect->place));
		TRY(set_site(telling, row, suspect->place));
	}
	if (suspect->label != NO_ID) {
		const struct label *name = &telling->lookup->names->labels[suspect->label];
		row_set(row, FIELD_COUNT, cell_number(suspect->count));
		text_add_bytes(&type, name->name, name->length);
	}
	if (suspect->folded > 0) {
		const struct label *name = &telling->lookup->names->labels[suspect->inner];
		row_set(row, FIELD_FOLDED, cell_number(suspect->folded));
		row_set(row, FIELD_INNER, report_text(telling->report, name->name, name->length));
	}
	set_text(telling, row, FIELD_PATH, &path);
	row_set(row, FIELD_RETAINED, cell_number(suspect->size));
	row_set(row, FIELD_SHARE, cell_share_of(suspect->size, telling->found.total));
	set_text(telling, row, FIELD_TYPE, &type);
	set_text(telling, row, FIELD_OBJECT, &object);
	set_text(telling, row, FIELD_THREAD, &thread);
	set_text(telling, row, FIELD_SENTENCE, &sentence);
	report_remark(telling->report, REMARK_DETAIL, "%zu. %s", i + 1, text_string(&sentence));
	return text_error(&sentence);
}

static void add_types(const struct telling *telling)
{
	static const struct field fields[] = {
		{"suspect", "place", VALUE_NUMBER, RANK_ALWAYS, false},
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count", "objects", VALUE_COUNT, RANK_ALWAYS, false},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, false},
	};
	struct section *section = report_section(telling->report, "types", "What it is made of");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(telling->report, section, &fields[i]);
	for (size_t i = 0; i < telling->found.count; i++) {
		const struct accumulation *suspect = &telling->found.items[i];
		label_id label = accumulation_next_type(&telling->found, suspect, NO_ID);
		for (unsigned n = 0; n < TYPES_SHOWN && label != NO_ID; n++) {
			const struct label *name = &telling->lookup->names->labels[label];
			struct cell *row = section_row(telling->report, section);
			row_set(row, 0, cell_number(i + 1));
			row_set(row, 1, report_text(telling->report, name->name, name->length));
			row_set(row, 2, cell_number(suspect->parts[label].count));
			row_set(row, 3, cell_number(suspect->parts[label].size));
			label = accumulation_next_type(&telling->found, suspect, label);
		}
	}
}

static struct error *set_verdict(const struct telling *telling)
{
	uint64_t explained = 0, scattered = 0;
	size_t places = 0;
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (size_t i = 0; i < telling->found.count; i++) {
		const struct accumulation *suspect = &telling->found.items[i];
		places += !accumulation_is_scattered(suspect);
		uint64_t *sum = accumulation_is_scattered(suspect) ? &scattered : &explained;
		*sum = saturating_add(*sum, suspect->size);
	}
	if (places == 0) {
		text_printf(&text, "no place explains %.0f%% of the heap's ", 100.0 * telling->request->share);
		text_add_size(&text, telling->found.total, telling->report->unit);
		text_add(&text, ": it is spread");
	} else {
		text_printf(&text, "%zu %s ", places, places == 1 ? "place explains" : "places explain");
		print_share(telling, explained, &text);
		text_add(&text, " of the heap's ");
		text_add_size(&text, telling->found.total, telling->report->unit);
	}
	if (scattered > 0) {
		text_add(&text, "; many alike that no single place holds: ");
		print_share(telling, scattered, &text);
	}
	report_set_verdict(telling->report, &text);
	return text_error(&text);
}

/* What is not told here, and where to look for it. */
static void say_left_out(const struct telling *telling)
{
	if (telling->found.count == 0 || accumulation_is_scattered(&telling->found.items[0]))
		report_remark(
			telling->report, REMARK_NOTE,
			"heapdiff tree shows what is smaller, heapdiff diff what has grown since an earlier snapshot");
	if (telling->found.left_out > 0)
		report_remark(telling->report, REMARK_NOTE, "%zu more with less %s not shown: --top N or all shows %s",
			      telling->found.left_out, telling->found.left_out == 1 ? "is" : "are",
			      telling->found.left_out == 1 ? "it" : "them");
}

/* To each place that has one, and no further; nothing leads to garbage. Where no place has one, through everything. */
static struct error *find_ways(struct telling *telling, const struct retention *retention)
{
	AUTO(free) void *memory = calloc(telling->found.count + 1, sizeof(node_id));
	node_id *goals = memory;
	struct ways_request request = {.goals = goals, .blocked = NO_ID, .unnamed = true};
	if (goals == NULL)
		return error_memory();
	for (size_t i = 0; i < telling->found.count; i++) {
		uint32_t place = telling->found.items[i].place;
		if (place < telling->graph->nodes && retention->fate[place] < FATE_GARBAGE)
			goals[request.goal_count++] = place;
	}
	return ways_find(telling->graph, &request, &telling->ways);
}

struct error *suspects_report(struct report *report, const struct children *children, struct object_lookup *lookup,
			      struct edge_names *names, const struct suspects_request *request)
{
	AUTO(telling)
	struct telling telling = {.report = report,
				  .graph = children->retention->graph,
				  .lookup = lookup,
				  .names = names,
				  .request = request};
	TRY(accumulations_find(children, lookup->names, request->share, request->most, &telling.found));
	TRY(find_ways(&telling, children->retention));
	TRY(sites_init(&telling.sites, lookup->reader));
	TRY(set_verdict(&telling));
	struct section *section = places_section(report, sites_known(&telling.sites));
	for (size_t i = 0; i < telling.found.count; i++)
		TRY(add_place(&telling, section, i));
	add_types(&telling);
	say_left_out(&telling);
	return report_error(report);
}
