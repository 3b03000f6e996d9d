/* heapdiff types: what is the memory made of? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/load.h"
#include "analyzer/owners.h"
#include "analyzer/sets.h"
#include "analyzer/sites.h"
#include "analyzer/types.h"
#include "cli/opened.h"

#include <stdlib.h>
#include <string.h>

struct counting {
	struct command_call *call;
	struct reader *reader;
	const struct type_names *names;
	const bool *selected; /* labels; NULL: all */
};

/* The common case needs two columns and no memory for each object but theirs. */
static struct error *count_types(const struct counting *counting)
{
	const struct type_names *names = counting->names;
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(counting->reader, GRAPH_TYPE | GRAPH_SIZE, counting->call->progress, &graph));
	AUTO(free) void *totals = calloc((size_t)names->count + 1, sizeof(struct type_total));
	if (totals == NULL)
		return error_memory();
	types_count(graph, &names->facts[0], names->count, totals);
	struct types_table table = {.count = names->count,
				    .labels = names->labels,
				    .totals = totals,
				    .selected = counting->selected,
				    .all = reader_counts(counting->reader).size};
	types_report(counting->call->report, &table);
	return NULL;
}

static unsigned columns_of(const struct counting *counting)
{
	const struct options *options = counting->call->options;
	unsigned columns = GRAPH_SIZE;
	if (options->by <= GROUPS_BY_PACKAGE || counting->selected != NULL)
		columns |= GRAPH_TYPE;
	if (options->by == GROUPS_BY_GENERATION)
		columns |= GRAPH_GENERATION;
	if (options->by == GROUPS_BY_OWNER || options->retained)
		columns |= REACH_COLUMNS;
	return columns;
}

/* What would go if all that is counted went. */
static struct error *retain_all(const struct reach *reach, const struct groups *groups, uint64_t *bytes)
{
	AUTO(free) void *memory = malloc((size_t)reach->graph->nodes + 1);
	uint8_t *member = memory;
	if (member == NULL)
		return error_memory();
	for (node_id i = 0; i < reach->graph->nodes; i++)
		member[i] = groups->of[i] != GROUP_NONE;
	return set_retained(reach->graph, reach->entries.items, reach->entries.count, member, bytes);
}

static struct error *group_by_site(const struct counting *counting, const struct graph *graph, struct groups *groups)
{
	AUTO(sites) struct sites sites = {0};
	TRY(sites_init(&sites, counting->reader));
	if (!sites_known(&sites))
		return error_create(ERROR_USAGE,
				    "%s holds no allocation sites: tracemalloc did not run in the process; it does with "
				    "PYTHONTRACEMALLOC=1 or python3 -X tracemalloc",
				    reader_path(counting->reader));
	return sites_group(&sites, graph, counting->names, counting->selected, groups);
}

/* Groups and what they retain; *retained is the caller's. */
static struct error *retain(const struct counting *counting, const struct graph *graph, struct groups *groups,
			    uint64_t **retained, uint64_t *all)
{
	const struct command_call *call = counting->call;
	enum groups_by by = call->options->by;
	bool owners = by == GROUPS_BY_OWNER;
	if (by == GROUPS_BY_SITE)
		TRY(group_by_site(counting, graph, groups));
	else if (!owners)
		TRY(groups_create(graph, counting->names, by, counting->selected, groups));
	if (!owners && !call->options->retained)
		return NULL;
	AUTO(reach) struct reach reach = {0};
	progress_tell(call->progress, "following references", 0, 1);
	TRY(reach_create(graph, false, &reach));
	if (owners)
		TRY(owners_create(&reach, counting->names, counting->selected, call->progress, groups, retained));
	else if ((*retained = calloc((size_t)groups->count + 1, sizeof **retained)) == NULL)
		return error_memory();
	struct grouping grouping = {.count = groups->count, .group = groups->of};
	if (!owners)
		TRY(sets_retained(&reach, &grouping, sets_room(graph), call->progress, *retained));
	return retain_all(&reach, groups, all);
}

static struct error *count_groups(const struct counting *counting)
{
	enum groups_by by = counting->call->options->by;
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(counting->reader, columns_of(counting), counting->call->progress, &graph));
	AUTO(groups) struct groups groups = {0};
	uint64_t *retained = NULL, all = 0;
	struct error *error = retain(counting, graph, &groups, &retained, &all);
	AUTO(free) void *kept = retained;
	AUTO(free) void *totals = calloc((size_t)groups.count + 1, sizeof(struct type_total));
	if (error != NULL)
		return error;
	if (totals == NULL)
		return error_memory();
	types_count_groups(graph, &groups, totals);
	struct types_table table = {.by = by,
				    .count = groups.count,
				    .labels = groups.labels,
				    .totals = totals,
				    .retained = counting->call->options->retained ? kept : NULL,
				    .all_retained = all,
				    .all = reader_counts(counting->reader).size};
	types_report(counting->call->report, &table);
	return NULL;
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (!options->retained && options->sort != NULL && strstr(options->sort, "retained") != NULL)
		return error_create(ERROR_USAGE, "no column 'retained' to sort by: --retained adds it");
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	struct counting counting = {call, opened.reader, &opened.names, opened.typeset.selected};
	bool plain = options->by == GROUPS_BY_TYPE && !options->retained;
	TRY(plain ? count_types(&counting) : count_groups(&counting));
	call->rows = groups_by_name(options->by);
	info_remark_losses(call->report, opened.reader);
	return section_sort(call->report, report_find(call->report, "rows"), options->retained ? "retained" : "size");
}

const struct command command_types = {
	.name = "types",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "what the memory is made of, type by type",
	.help = "Lists the types of the snapshot A with the number of their objects, the bytes that these alone occupy, and their "
		"share of all; greatest first. With --retained also what would go if all objects of the type went. With --by "
		"other groups instead of types: module and package are those of the objects' types; the owner is the module, "
		"the thread or the asyncio tasks of a function that all ways to an object pass through; the site is the line of source that allocated it, where "
		"tracemalloc ran in the process.\v"
		"Examples:\n"
		"  heapdiff types a.snap                 the greatest 25\n"
		"  heapdiff types --type ^app a.snap     those whose name begins with app\n"
		"  heapdiff types --sort objects a.snap  by number of objects\n"
		"  heapdiff types --top all a.snap       every type\n"
		"  heapdiff types --retained a.snap      by what would go with each\n"
		"  heapdiff types --by owner a.snap      which modules and threads have it\n"
		"  heapdiff types --by site a.snap       which lines of source made it\n"
		"  heapdiff types --csv a.snap > a.csv   for a spreadsheet\n"
		"\n"
		"Columns: type (or module, package, generation, owner, site), count, size, share, average; with --retained also "
		"retained and retained_share.\n",
	.details = "The retained size of a row is that of a set: what would go if all its objects went at once. "
		   "What they only hold together is in it, so it can be more than what they retain one by one, and "
		   "these sizes don't add up. Example: a string that two sessions share, and nobody else has, goes "
		   "with the sessions, though with neither of them.\n"
		   "\n"
		   "The owner of an object is the module, the thread, the asyncio tasks of one coroutine function or the other kind of place that all ways to it pass "
		   "through, the innermost where there are several; (several) where there is none.\n"
		   "\n"
		   "The site of an object is the innermost frame of the traceback that tracemalloc has for its own "
		   "block; what its buffers took stands in its size all the same. (not traced) are objects that were "
		   "made before tracemalloc was started, or that are handed out again without being allocated.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE | OPTIONS_GROUPS,
	.rows = "type",
	.run = run,
};
