/* heapdiff refs: what refers to an object, and what does it refer to? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/object_name.h"
#include "analyzer/refs.h"
#include "cli/opened.h"
#include "cli/output.h"

static struct error *say(struct command_call *call, struct object_lookup *objects, node_id node,
			 const struct references *references)
{
	struct object_record record;
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(object_lookup_print(objects, node, &text));
	TRY(object_lookup_get(objects, node, &record));
	if (references != NULL) {
		text_add(&text, ": reference count ");
		refs_explain(&record, references, &text);
	}
	report_set_verdict(call->report, &text);
	return text_error(&text);
}

static struct error *add_in(struct command_call *call, struct section *table, const struct refs *refs, node_id node)
{
	struct reader *reader = refs->objects->reader;
	struct object_record record;
	AUTO(graph) struct graph *graph = NULL;
	AUTO(references) struct references references = {0};
	TRY(object_lookup_get(refs->objects, node, &record));
	TRY(load_graph(reader, GRAPH_EDGES, call->progress, &graph));
	TRY(references_find(graph, &refs->names->lookup, node, &record, &references));
	TRY(say(call, refs->objects, node, &references));
	return refs_add_in(call->report, table, refs, &references);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	AUTO(object_lookup) struct object_lookup objects = {0};
	TRY(object_lookup_init(&objects, opened.reader, &opened.names));
	AUTO(edge_names) struct edge_names names;
	edge_names_init(&names, opened.reader);
	node_id node;
	TRY(object_name_find(&objects, options->object, &node));
	struct refs refs = {.names = &names,
			    .objects = &objects,
			    .rows = options->top == TOP_UNSET ? TOP_DEFAULT : options->top};
	struct section *table = refs_section(call->report, "rows", NULL);
	if (options->in || !options->out)
		TRY(add_in(call, table, &refs, node));
	else
		TRY(say(call, &objects, node, NULL));
	if (options->out || !options->in)
		TRY(refs_add_out(call->report, table, &refs, node));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_refs = {
	.name = "refs",
	.files = "A OBJECT",
	.files_least = 1,
	.files_most = 1,
	.object = OBJECT_REQUIRED,
	.summary = "what refers to an object, and what it refers to",
	.help = "Lists the references to an object of the snapshot A, and those from it, each with its name and class: owned and "
		"unvisited ones are counted in the object's reference count, weak ones are not. OBJECT is a number as other "
		"commands print it, 1234 or '#1234', or an address, 0x7f0012345678.\v"
		"Examples:\n"
		"  heapdiff refs a.snap 1234              both\n"
		"  heapdiff refs --in a.snap '#1234'      what keeps it alive, one step\n"
		"  heapdiff refs --out --top all a.snap 0x7f0012345678\n"
		"\n"
		"References beyond --top N (default: 25 in either direction) are counted by type.\n"
		"Columns: direction, object, name, class, size; with --json and --csv count, type, id, address and holds too.\n",
	.options = OPTIONS_ROWS | OPTIONS_REFS,
	.run = run,
};
