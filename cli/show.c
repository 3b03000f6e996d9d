/* heapdiff show: what is this object, and why is it alive? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/object_name.h"
#include "analyzer/show.h"
#include "cli/opened.h"
#include "cli/output.h"

struct showing {
	struct command_call *call;
	struct reader *reader;
	struct object_lookup objects;
	struct edge_names names;
	struct section *facts;
	node_id node;
	struct refs refs;
};

static void showing_deinit(struct showing *showing)
{
	object_lookup_deinit(&showing->objects);
	edge_names_deinit(&showing->names);
}
DEFINE_AUTO_VALUE(showing, struct showing, showing_deinit);

/* Where it stands among all others. */
static struct error *show_whole(struct showing *showing)
{
	struct command_call *call = showing->call;
	AUTO(graph) struct graph *graph = NULL;
	/* Ways lead over immortal objects too. */
	unsigned columns = (RETENTION_COLUMNS & ~(unsigned)GRAPH_MORTAL) | GRAPH_EDGE_KINDS | GRAPH_GENERATION;
	TRY(load_graph(showing->reader, columns, call->progress, &graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, call->progress, &retention));
	TRY(fates_settle(graph, retention.fate));
	AUTO(ways) struct ways ways = {0};
	struct ways_request request = {.goals = &showing->node, .goal_count = 1, .blocked = NO_ID, .unnamed = true};
	TRY(ways_find(graph, &request, &ways));
	struct path_printing printing = {.names = &showing->names, .objects = &showing->objects};
	return show_place(call->report, showing->facts, &retention, &ways, &printing, showing->node);
}

/* Its reference count, reference by reference. */
static struct error *show_references(struct showing *showing)
{
	struct command_call *call = showing->call;
	struct object_record record;
	AUTO(graph) struct graph *graph = NULL;
	AUTO(references) struct references references = {0};
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(object_lookup_get(&showing->objects, showing->node, &record));
	TRY(load_graph(showing->reader, GRAPH_EDGES, call->progress, &graph));
	TRY(references_find(graph, &showing->names.lookup, showing->node, &record, &references));
	refs_explain(&record, &references, &text);
	section_fact(call->report, showing->facts, "references", "explained", VALUE_TEXT,
		     report_text(call->report, text_string(&text), text.length));
	section_fact(call->report, showing->facts, "residue", NULL, VALUE_COUNT_DELTA, cell_delta(references.residue));
	section_fact(call->report, showing->facts, "weak", references.weak > 0 ? "weak references" : NULL, VALUE_COUNT,
		     cell_number(references.weak));
	struct section *table = refs_section(call->report, "rows", "references to it");
	TRY(text_error(&text));
	return refs_add_in(call->report, table, &showing->refs, &references);
}

static struct error *show_allocation(struct showing *showing)
{
	AUTO(sites) struct sites sites = {0};
	TRY(sites_init(&sites, showing->reader));
	return show_site(showing->call->report, showing->facts, &sites, showing->node);
}

static struct error *show_suspension(struct showing *showing)
{
	AUTO(suspended) struct suspended suspended = {0};
	TRY(suspended_init(&suspended, showing->reader));
	return show_calls(showing->call->report, showing->facts, &suspended, showing->node);
}

static struct error *say(struct showing *showing)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(object_lookup_print(&showing->objects, showing->node, &text));
	report_set_verdict(showing->call->report, &text);
	return text_error(&text);
}

static struct error *show(struct showing *showing)
{
	const struct options *options = showing->call->options;
	struct report *report = showing->call->report;
	TRY(object_name_find(&showing->objects, options->object, &showing->node));
	TRY(say(showing));
	showing->refs = (struct refs){.names = &showing->names,
				      .objects = &showing->objects,
				      .rows = options->top == TOP_UNSET ? TOP_DEFAULT : options->top};
	showing->facts = report_section(report, "object", NULL);
	TRY(show_object(report, showing->facts, &showing->objects, showing->node));
	TRY(show_allocation(showing));
	TRY(show_suspension(showing));
	if (!options->quick) {
		TRY(show_whole(showing));
		TRY(show_references(showing));
	}
	struct section *out = refs_section(report, options->quick ? "rows" : "referents", "references from it");
	return refs_add_out(report, out, &showing->refs, showing->node);
}

static struct error *run(struct command_call *call)
{
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, call->options));
	AUTO(showing) struct showing showing = {.call = call, .reader = opened.reader};
	edge_names_init(&showing.names, opened.reader);
	TRY(object_lookup_init(&showing.objects, opened.reader, &opened.names));
	TRY(show(&showing));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_show = {
	.name = "show",
	.files = "A OBJECT",
	.files_least = 1,
	.files_most = 1,
	.object = OBJECT_REQUIRED,
	.summary = "everything that is known of one object",
	.help = "Shows an object of the snapshot A: its type and sizes, what it retains and what retains it, its fate, a path to it, "
		"and its reference count explained reference by reference; where tracemalloc ran, where it was allocated; of a "
		"generator or coroutine where it stands, and the calls that it waits for. OBJECT is a number as other commands print it, 1234 "
		"or '#1234', or an address, 0x7f0012345678.\v"
		"Examples:\n"
		"  heapdiff show a.snap 1234\n"
		"  heapdiff show --quick a.snap 0x7f0012345678   at once\n"
		"\n"
		"What is retained and who refers to it takes all of the snapshot, about as long as heapdiff top; --quick leaves "
		"that out. References beyond --top N (default: 25 in either direction) are counted by type.\n",
	.options = OPTIONS_ROWS | OPTIONS_QUICK,
	.run = run,
};
