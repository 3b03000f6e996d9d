/* heapdiff paths: by which names is an object reached? */
#include "cli/command.h"

#include "analyzer/exclusion.h"
#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/object_name.h"
#include "analyzer/paths.h"
#include "analyzer/retention.h"
#include "cli/opened.h"
#include "cli/output.h"

#define PATHS_DEFAULT 10u

struct finding {
	struct command_call *call;
	const struct opened *opened;
	struct object_lookup objects;
	struct edge_names names;
	struct exclusion exclusion;
	struct graph *graph;
	node_id node; /* the object; NO_ID: those of the typeset */
	struct paths_found found;
};

static void finding_deinit(struct finding *finding)
{
	object_lookup_deinit(&finding->objects);
	edge_names_deinit(&finding->names);
	exclusion_deinit(&finding->exclusion);
	graph_destroy(finding->graph);
}
DEFINE_AUTO_VALUE(finding, struct finding, finding_deinit);

/* Over edges that hold, or over weak ones too: then of the file's edges, as the others are not loaded. */
static struct error *find(struct finding *finding, bool weak)
{
	const struct options *options = finding->call->options;
	unsigned columns = GRAPH_TYPE | GRAPH_SIZE | (weak ? GRAPH_EDGE_KINDS : GRAPH_HOLDING);
	graph_destroy(steal(&finding->graph));
	exclusion_deinit(&finding->exclusion);
	if (options->exclude != NULL)
		columns |= GRAPH_EDGE_KINDS;
	TRY(load_graph(finding->opened->reader, columns, finding->call->progress, &finding->graph));
	struct paths paths = {.graph = finding->graph,
			      .printing = {.names = &finding->names, .objects = &finding->objects},
			      .ways = {.unnamed = !weak, .weak = weak},
			      .merged = options->merged};
	paths.rows = options->top != TOP_UNSET ? options->top : options->merged ? TOP_DEFAULT : PATHS_DEFAULT;
	if (options->exclude != NULL) {
		TRY(exclusion_create(options->exclude, finding->graph, &finding->opened->names, &finding->names,
				     &finding->exclusion));
		paths.printing.test = exclusion_test;
		paths.printing.context = &finding->exclusion;
		paths.ways.left_out = finding->exclusion.edges;
		paths.ways.closed = finding->exclusion.types;
		paths.ways.closed_roots = finding->exclusion.roots;
	}
	if (finding->node != NO_ID)
		return paths_of_object(finding->call->report, &paths, finding->node, &finding->found);
	return paths_of_types(finding->call->report, &paths, finding->opened->typeset.selected, &finding->found);
}

/* What becomes of those that nothing leads to. */
static struct error *say_fates(struct finding *finding)
{
	struct report *report = finding->call->report;
	graph_destroy(steal(&finding->graph));
	TRY(load_graph(finding->opened->reader, RETENTION_COLUMNS | GRAPH_TYPE | GRAPH_EDGE_KINDS | GRAPH_GENERATION,
		       finding->call->progress, &finding->graph));
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(finding->graph, false, finding->call->progress, &retention));
	TRY(fates_settle(finding->graph, retention.fate));
	uint64_t fates[FATE_COUNT] = {0};
	const label_id *labels = finding->opened->names.facts[0].label;
	for (node_id i = 0; i < finding->graph->nodes; i++)
		if (finding->node != NO_ID ? i == finding->node : finding->opened->typeset.selected[labels[finding->graph->type[i]]])
			fates[retention.fate[i]]++;
	AUTO(text) struct text garbage = {0}, stuck = {0};
	text_init(&garbage);
	text_init(&stuck);
	text_add_count(&garbage, fates[FATE_GARBAGE]);
	text_add_count(&stuck, fates[FATE_STUCK]);
	if (fates[FATE_GARBAGE] > 0)
		report_remark(report, REMARK_NOTE, "garbage: %s; the next full collection frees what nothing leads to: heapdiff "
						   "garbage", text_string(&garbage));
	if (fates[FATE_STUCK] > 0)
		report_remark(report, REMARK_NOTE, "stuck: %s; nothing leads there, and no collection frees it: heapdiff garbage "
						   "says why, heapdiff refs --in what refers to it", text_string(&stuck));
	return text_error(&garbage);
}

static struct error *say(struct finding *finding)
{
	const struct paths_found *found = &finding->found;
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (finding->node != NO_ID)
		TRY(object_lookup_print(&finding->objects, finding->node, &text));
	else
		text_add_count(&text, found->meant);
	if (finding->node == NO_ID)
		text_add(&text, found->meant == 1 ? " object" : " objects");
	text_add(&text, ": ");
	if (finding->node == NO_ID && found->reached < found->meant) {
		text_add_count(&text, found->reached);
		text_add(&text, " reached");
	} else if (finding->node == NO_ID) {
		text_add(&text, found->meant == 1 ? "reached" : "all reached");
	} else if (found->reached == 0) {
		text_add(&text, "nothing leads to it");
	} else {
		text_add_count(&text, found->reached);
		text_add(&text, found->reached == 1 ? " path" : " paths, through as many objects or roots that refer to it");
	}
	report_set_verdict(finding->call->report, &text);
	return text_error(&text);
}

static void say_left(struct finding *finding)
{
	const struct options *options = finding->call->options;
	uint64_t rows = options->top != TOP_UNSET ? options->top : PATHS_DEFAULT;
	if (options->merged || finding->found.reached <= rows)
		return;
	AUTO(text) struct text count = {0};
	text_init(&count);
	text_add_count(&count, finding->found.reached - rows);
	report_remark(finding->call->report, REMARK_NOTE, "%s more %s not shown: --top N or all shows them, --merged puts them together",
		      text_string(&count), finding->found.reached - rows == 1 ? "is" : "are");
}

static struct error *find_all(struct finding *finding)
{
	const struct options *options = finding->call->options;
	struct report *report = finding->call->report;
	TRY(find(finding, false));
	/* One object that nothing holds by names may still be known somewhere. */
	if (finding->node != NO_ID && finding->found.reached == 0 && !options->no_weak) {
		report_clear(report);
		TRY(find(finding, true));
		if (finding->found.reached > 0)
			report_remark(report, REMARK_DETAIL, "Only weak references lead to it, and these keep nothing alive.");
	}
	bool weak = finding->node != NO_ID && !(finding->graph->columns & GRAPH_HOLDING);
	if ((weak || finding->found.reached < finding->found.meant) && options->exclude == NULL)
		TRY(say_fates(finding));
	if (options->exclude != NULL && finding->found.reached < finding->found.meant)
		report_remark(report, REMARK_NOTE, "without --exclude there may be other paths");
	TRY(say(finding));
	say_left(finding);
	return NULL;
}

static struct error *check(const struct options *options)
{
	if (options->object != NULL && options->type != NULL)
		return error_create(ERROR_USAGE, "OBJECT or --type, not both: paths to one object, or to those of a type");
	if (options->object == NULL && options->type == NULL)
		return error_create(ERROR_USAGE, "of which objects? heapdiff paths A OBJECT, or --type PATTERN; OBJECT is 1234, "
						 "'#1234' (in quotes: # begins a comment in a shell) or 0x7f0012345678");
	return NULL;
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	TRY(check(options));
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(finding) struct finding finding = {.call = call, .opened = &opened, .node = NO_ID};
	edge_names_init(&finding.names, opened.reader);
	TRY(object_lookup_init(&finding.objects, opened.reader, &opened.names));
	if (options->type == NULL)
		TRY(object_name_find(&finding.objects, options->object, &finding.node));
	TRY(find_all(&finding));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_paths = {
	.name = "paths",
	.files = "A [OBJECT]",
	.files_least = 1,
	.files_most = 1,
	.object = OBJECT_OPTIONAL,
	.summary = "by which names an object is reached",
	.help = "Lists the shortest paths from named roots to an object of the snapshot A, one through each object or root that "
		"refers to it: modules first, then frames, then the rest of the interpreter; where none of these leads, what C "
		"code holds. Or, with --type, one path to each object of these types. OBJECT is a number as other commands print "
		"it, 1234 or '#1234', or an address, 0x7f0012345678.\v"
		"Examples:\n"
		"  heapdiff paths a.snap 1234                     what must be cut\n"
		"  heapdiff paths --merged --type Session a.snap  a tree of all\n"
		"  heapdiff paths --exclude '^.cache$' a.snap 1234\n"
		"\n"
		"Weak references are followed only where no others lead to OBJECT. --top N is the number of paths (default: 10), "
		"or of rows of the tree (25).\n"
		"Columns: object or through, path, steps; with --merged path, count, share, size, type; with --json and --csv "
		"id, and here and depth, too.\n",
	.details = "A path is written as in a program: shop.CACHE.sessions['k'][3].user. A module stands for its "
		   "entry in sys.modules, __dict__ is left out, [#22222222 len=22] is a key whose text the snapshot "
		   "doesn't hold, by its hash and length. Example: a session that a cache refers to, and a local "
		   "variable of a frame too, has two paths and lives until both are cut.\n",
	.options = OPTIONS_ROWS | OPTIONS_TYPE | OPTIONS_PATHS,
	.run = run,
};
