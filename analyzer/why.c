/* Which of the owners of what came was there before?
 *
 * Down the tree of dominators, the anchor of a number is itself where its place was there before, else its
 * dominator's: so each new object finds the place that it has come to hang from. Those places are counted, and the
 * paths of all new objects merged.
 */
#include "analyzer/why.h"

#include "analyzer/lacking.h"
#include "analyzer/merged.h"
#include "analyzer/memory.h"
#include "analyzer/place_name.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct gathered {        /* in one place */
	uint32_t number; /* of the tree */
	enum fate fate;  /* of what hangs from the virtual root */
	uint64_t count, size;
};

struct asking {
	struct report *report;
	const struct diff *diff;
	const struct why_request *request;
	uint8_t *targets;            /* by node: new, and of the types meant */
	uint64_t count, size, there; /* of the targets; of those types that are no targets */
	VECTOR(struct gathered) places;
	struct place_names names;
};

static void asking_deinit(struct asking *asking)
{
	free(asking->targets);
	vector_deinit(&asking->places);
	place_names_deinit(&asking->names);
}
DEFINE_AUTO_VALUE(asking, struct asking, asking_deinit);

static struct error *find_targets(struct asking *asking)
{
	const struct graph *graph = asking->diff->after;
	asking->targets = memory_large((size_t)graph->nodes + 1, 1);
	if (asking->targets == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++) {
		bool meant = asking->request->selected[asking->diff->names.facts[1].label[graph->type[i]]];
		asking->targets[i] = meant && asking->diff->join.new[i];
		asking->count += asking->targets[i];
		asking->there += meant && !asking->targets[i];
		asking->size = saturating_add(asking->size, asking->targets[i] ? graph_size(graph, i) : 0);
	}
	return NULL;
}

/* --- places
 * --------------------------------------------------------------------------------------------------------- */

static int compare_gathered(const void *a, const void *b)
{
	const struct gathered *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->fate < y->fate ? -1 : x->fate > y->fate;
}

/* By number: the one that it hangs from and was there before, itself or above. */
static void find_anchors(const struct asking *asking, uint32_t *anchors)
{
	const struct domination *tree = &asking->diff->held[1].tree;
	node_id nodes = asking->diff->after->nodes;
	anchors[0] = 0;
	for (uint32_t i = 1; i < tree->numbers; i++) {
		bool new = tree->node[i] < nodes && asking->diff->join.new[tree->node[i]];
		anchors[i] = new ? anchors[tree->idom[i]] : i;
	}
}

static struct error *find_places(struct asking *asking)
{
	const struct domination *tree = &asking->diff->held[1].tree;
	const struct graph *graph = asking->diff->after;
	AUTO(free) void *anchors = memory_large(tree->numbers, sizeof(uint32_t));
	AUTO(free) void *tallies = memory_large(tree->numbers, sizeof(struct gathered));
	struct gathered *tally = tallies, scattered[FATE_COUNT] = {0};
	if (anchors == NULL || tally == NULL)
		return error_memory();
	memset(tally, 0, tree->numbers * sizeof *tally);
	find_anchors(asking, anchors);
	for (node_id i = 0; i < graph->nodes; i++) {
		if (!asking->targets[i])
			continue;
		uint32_t number = ((uint32_t *)anchors)[tree->state[i] & ~FLOW_LEAF];
		enum fate fate = asking->diff->held[1].fate[i];
		struct gathered *gathered = number == 0 ? &scattered[fate] : &tally[number];
		gathered->count++;
		gathered->size += graph_size(graph, i);
	}
	for (int fate = 0; fate < FATE_COUNT; fate++) {
		scattered[fate].fate = (enum fate)fate;
		if (scattered[fate].count > 0)
			TRY(vector_push(&asking->places, scattered[fate]));
	}
	for (uint32_t n = 1; n < tree->numbers; n++) {
		tally[n].number = n;
		if (tally[n].count > 0)
			TRY(vector_push(&asking->places, tally[n]));
	}
	if (asking->places.count > 1)
		qsort(asking->places.items, asking->places.count, sizeof *asking->places.items, compare_gathered);
	return NULL;
}

enum {
	PATH,
	COUNT,
	SHARE,
	SIZE,
	TYPE,
	ID
};

static struct section *add_fields(struct report *report)
{
	static const struct field fields[] = {
		[PATH] = {"path", "place", VALUE_TEXT, RANK_ALWAYS, false},
		[COUNT] = {"count", "new ones", VALUE_COUNT, RANK_ALWAYS, false},
		[SHARE] = {"share", "of them", VALUE_SHARE, RANK_OFTEN, false},
		[SIZE] = {"size", "size", VALUE_SIZE, RANK_OFTEN, false},
		[TYPE] = {"type", "is", VALUE_TEXT, RANK_OFTEN, false},
		[ID] = {"id", "object", VALUE_OBJECT, RANK_OFTEN, false},
	};
	struct section *table = report_section(report, "places", "Where they gather: what was there before");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static uint32_t place_of(const struct asking *asking, size_t i)
{
	uint32_t number = asking->places.items[i].number;
	return number == 0 ? DOMINATOR_ROOT : asking->diff->held[1].tree.node[number];
}

static struct error *add_place(struct asking *asking, struct section *table, size_t i, const struct text *name)
{
	const struct gathered *gathered = &asking->places.items[i];
	uint32_t place = place_of(asking, i);
	struct cell *row = section_row(asking->report, table);
	row_set(row, PATH, report_text(asking->report, text_string(name), name->length));
	row_set(row, COUNT, cell_number(gathered->count));
	row_set(row, SHARE, cell_share_of(gathered->count, asking->count));
	row_set(row, SIZE, cell_number(gathered->size));
	if (place >= asking->diff->after->nodes)
		return NULL;
	const struct label *type =
		&asking->diff->names.labels[asking->diff->names.facts[1].label[asking->diff->after->type[place]]];
	row_set(row, TYPE, report_text(asking->report, type->name, type->length));
	row_set(row, ID, cell_number(place));
	return NULL;
}

static struct error *name_place(struct asking *asking, size_t i, struct text *name)
{
	static const char *const fates[FATE_COUNT] = {"several places at once", "C code", "nothing, as garbage",
						      "nothing, though no collection frees them"};
	if (asking->places.items[i].number > 0)
		return place_name_print(&asking->names, place_of(asking, i), name);
	text_add(name, fates[asking->places.items[i].fate]);
	return text_error(name);
}

/* `300 are new (25.8 KiB), 301 were there before: all new ones hang from app.CACHE.sessions` */
static struct error *say(struct asking *asking, const struct text *first)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_count(&text, asking->count);
	text_add(&text, asking->count == 1 ? " is new (" : " are new (");
	text_add_size(&text, asking->size, asking->report->unit);
	text_add(&text, "), ");
	text_add_count(&text, asking->there);
	text_add(&text, asking->there == 1 ? " was there before" : " were there before");
	if (asking->places.count > 0) {
		uint64_t count = asking->places.items[0].count;
		text_add(&text, count == asking->count ? ": all new ones hang from " : ": ");
		if (count < asking->count) {
			text_add_count(&text, count);
			text_add(&text, " new ones hang from ");
		}
		text_add_bytes(&text, text_string(first), first->length);
	}
	report_set_verdict(asking->report, &text);
	return text_error(&text);
}

static struct error *add_places(struct asking *asking)
{
	size_t shown = asking->places.count < WHY_PLACES ? asking->places.count : WHY_PLACES;
	struct section *table = shown > 0 ? add_fields(asking->report) : NULL;
	AUTO(text) struct text first = {0};
	text_init(&first);
	for (size_t i = 0; i < shown; i++) {
		AUTO(text) struct text name = {0};
		text_init(&name);
		TRY(name_place(asking, i, &name));
		if (i == 0)
			text_add_bytes(&first, text_string(&name), name.length);
		TRY(add_place(asking, table, i, &name));
	}
	if (asking->places.count > shown)
		report_remark_count(asking->report, REMARK_NOTE, asking->places.count - shown,
				    "more places are not shown");
	return say(asking, &first);
}

/* Where parts of a heap are missing neither those that are new nor what holds them are known. */
static struct error *say_doubt(struct asking *asking)
{
	const struct reader *before = asking->diff->before->reader, *after = asking->diff->after->reader;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, "which are new and what holds them can't be told, as ");
	lacking_print_parts(before, after, &text);
	text_add(&text, ": in the files are ");
	text_add_count(&text, asking->there);
	text_add(&text, " in both and ");
	text_add_count(&text, asking->count);
	text_add(&text, " in the later one alone");
	report_set_verdict(asking->report, &text);
	if (lacking_of(after) != LACKING_PARTS)
		report_remark(asking->report, REMARK_NOTE,
			      "heapdiff paths --merged says what holds all of them in the later one");
	return text_error(&text);
}

/* --- all together
 * --------------------------------------------------------------------------------------------------- */

struct error *why_report(struct report *report, const struct diff *diff, const struct why_request *request)
{
	AUTO(asking) struct asking asking = {.report = report, .diff = diff, .request = request};
	TRY(find_targets(&asking));
	lacking_remark(report, diff->before->reader, diff->after->reader);
	if (lacking_of_both(diff->before->reader, diff->after->reader) == LACKING_PARTS)
		return say_doubt(&asking);
	TRY(find_places(&asking));
	TRY(place_names_init(&asking.names, diff->after));
	TRY(add_places(&asking));
	if (asking.count == 0)
		return report_error(report);
	struct path_printing printing = {.names = &asking.names.edges, .objects = &asking.names.objects};
	struct merged_request merged = {.targets = asking.targets,
					.printing = &printing,
					.rows = request->rows,
					.new = diff->join.new};
	uint64_t reached;
	TRY(merged_report(report, &asking.names.ways, &merged, &reached));
	if (reached < asking.count)
		report_remark_count(report, REMARK_NOTE, asking.count - reached,
				    "of the new ones are not in the tree: no path leads to them");
	return report_error(report);
}
