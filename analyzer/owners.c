/* Whose is it?
 *
 * Owners are groups of places: a module is its object and the dict that its `__dict__` leads to, both found by name in
 * sys.modules; a thread is its roots; tasks are known by the function of their coroutine. Then the question is the one of analyzer/sets.h: the innermost group whose retained
 * size has the object.
 */
#include "analyzer/owners.h"

#include "analyzer/edge_lookup.h"
#include "analyzer/memory.h"
#include "analyzer/sets.h"
#include "analyzer/suspended.h"
#include "base/map.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct owning {
	const struct reach *reach;
	struct reader *reader;
	struct groups groups; /* `of`: places that make up an owner */
	VECTOR(struct label) labels;
	struct map modules; /* string id of the name: group */
	struct map threads; /* thread id */
	struct map tasks;   /* string id of what they run */
	struct map others;  /* enum root_kind; from ROOT_KIND_COUNT on: OTHER_ */
	uint32_t *roots;    /* by root: group */
	struct edge_lookup lookup;
};
enum {
	OTHER_IMMORTAL = ROOT_KIND_COUNT,
	OTHER_EXTERNAL,
	OTHER_REST
};

static void owning_deinit(struct owning *owning)
{
	groups_deinit(&owning->groups);
	vector_deinit(&owning->labels);
	map_deinit(&owning->modules);
	map_deinit(&owning->threads);
	map_deinit(&owning->tasks);
	map_deinit(&owning->others);
	free(owning->roots);
	edge_lookup_deinit(&owning->lookup);
}
DEFINE_AUTO_VALUE(owning, struct owning, owning_deinit);

static struct error *add_label(struct owning *owning, const char *text, size_t length)
{
	struct label label = {arena_copy(&owning->groups.arena, text, length), length};
	return label.name == NULL ? error_memory() : vector_push(&owning->labels, label);
}

/* The group of this key; *is_new: it has to get a label. */
static struct error *group_for(struct owning *owning, struct map *map, uint64_t key, uint32_t *group, bool *is_new)
{
	*is_new = !map_find(map, key, group);
	if (!*is_new)
		return NULL;
	*group = (uint32_t)owning->labels.count;
	return map_put(map, key, *group);
}

static struct error *other_group(struct owning *owning, unsigned other, uint32_t *group)
{
	static const char *const names[] = {[ROOT_MODULES] = "(sys.modules)",
					    [ROOT_BUILTINS] = "(builtins and sys)",
					    [ROOT_INTERPRETER] = "(interpreter)",
					    [ROOT_THREAD] = "(threads)",
					    [ROOT_FRAME] = "(frames)",
					    [ROOT_STATIC_TYPES] = "(static types)",
					    [ROOT_C_GLOBALS] = "(C globals)",
					    [OTHER_IMMORTAL] = "(immortal objects)",
					    [OTHER_EXTERNAL] = "(C code)",
					    [OTHER_REST] = "(nothing)"};
	bool is_new;
	TRY(group_for(owning, &owning->others, other, group, &is_new));
	return is_new ? add_label(owning, names[other], strlen(names[other])) : NULL;
}

/* --- threads and other roots ------------------------------------------------------------------------------------------ */

/* What the program calls it, where the snapshot tells. */
static struct error *add_thread_name(struct owning *owning, uint64_t thread, struct text *text)
{
	const struct thread_row *threads;
	size_t count, length;
	TRY(reader_threads(owning->reader, &threads, &count));
	for (size_t i = 0; i < count; i++) {
		const char *name = reader_string(owning->reader, threads[i].name, &length);
		if (threads[i].native_id != thread || length == 0)
			continue;
		text_add(text, " (");
		text_add_bytes(text, name, length);
		text_add_char(text, ')');
		return NULL;
	}
	return NULL;
}

static struct error *thread_group(struct owning *owning, uint64_t thread, uint32_t *group)
{
	const struct root_record *roots = reader_roots(owning->reader);
	bool is_new;
	TRY(group_for(owning, &owning->threads, thread, group, &is_new));
	if (!is_new)
		return NULL;
	AUTO(text) struct text text = {0};
	text_init(&text);
	size_t length;
	for (uint64_t r = 0; text.length == 0 && r < reader_counts(owning->reader).roots; r++) {
		if (roots[r].kind != ROOT_THREAD || roots[r].thread != thread)
			continue;
		const char *name = reader_string(owning->reader, roots[r].name, &length);
		text_add_bytes(&text, name, length);
	}
	if (text.length == 0)
		text_printf(&text, "thread %" PRIu64, thread);
	TRY(add_thread_name(owning, thread, &text));
	TRY(text_error(&text));
	return add_label(owning, text_string(&text), text.length);
}

static struct error *group_roots(struct owning *owning)
{
	const struct root_record *roots = reader_roots(owning->reader);
	uint64_t count = reader_counts(owning->reader).roots;
	owning->roots = calloc((size_t)count + 1, sizeof *owning->roots);
	if (owning->roots == NULL)
		return error_memory();
	for (uint64_t r = 0; r < count; r++) {
		bool of_thread = (roots[r].kind == ROOT_THREAD || roots[r].kind == ROOT_FRAME) && roots[r].thread != 0;
		if (of_thread)
			TRY(thread_group(owning, roots[r].thread, &owning->roots[r]));
		else
			TRY(other_group(owning, roots[r].kind, &owning->roots[r]));
	}
	return NULL;
}

/* Entries that are objects: immortal, held by C code, or of the rest. */
static struct error *group_entries(struct owning *owning)
{
	const struct reach *reach = owning->reach;
	for (size_t i = 0; i < reach->entries.count; i++) {
		uint32_t entry = reach->entries.items[i];
		if (entry >= reach->graph->nodes || owning->groups.of[entry] != GROUP_NONE)
			continue;
		unsigned other = OTHER_IMMORTAL;
		if (!(reach->graph->flags[entry] & OBJECT_IMMORTAL))
			other = reach->fate[entry] < FATE_GARBAGE ? OTHER_EXTERNAL : OTHER_REST;
		TRY(other_group(owning, other, &owning->groups.of[entry]));
	}
	return NULL;
}

/* --- modules ----------------------------------------------------------------------------------------------------------- */

static bool is_named(const struct reader *reader, string_id string, const char *name)
{
	size_t length;
	const char *text = reader_string(reader, string, &length);
	return length == strlen(name) && memcmp(text, name, length) == 0;
}

static struct error *take_namespace(struct owning *owning, node_id module, uint32_t group)
{
	struct edge_walk walk;
	struct known_edge edge;
	bool found;
	TRY(edge_lookup_walk(&owning->lookup, module, &walk));
	for (;;) {
		TRY(edge_lookup_next(&owning->lookup, &walk, &edge, &found));
		if (!found)
			return NULL;
		bool is_namespace = edge.record.name == NAME_ATTRIBUTE && edge.record.payload < NO_ID &&
				    is_named(owning->reader, (string_id)edge.record.payload, "__dict__");
		if (is_namespace && owning->groups.of[edge.record.target] == GROUP_NONE)
			owning->groups.of[edge.record.target] = group;
	}
}

/* A module is known by the first name that sys.modules has for it. */
static struct error *take_module(struct owning *owning, const struct edge_record *record)
{
	uint32_t group;
	bool is_new;
	bool is_named_so = record->name == NAME_NAMED_KEY || record->name == NAME_ATTRIBUTE;
	if (!is_named_so || record->payload >= NO_ID || owning->groups.of[record->target] != GROUP_NONE ||
	    (owning->reach->graph->flags[record->target] & OBJECT_IMMORTAL))
		return NULL;
	TRY(group_for(owning, &owning->modules, record->payload, &group, &is_new));
	if (is_new) {
		size_t length;
		const char *name = reader_string(owning->reader, (string_id)record->payload, &length);
		AUTO(text) struct text text = {0};
		text_init(&text);
		text_add(&text, "module ");
		text_add_bytes(&text, name, length);
		TRY(text_error(&text));
		TRY(add_label(owning, text_string(&text), text.length));
	}
	owning->groups.of[record->target] = group;
	return take_namespace(owning, record->target, group);
}

static struct error *take_modules_of(struct owning *owning, node_id table)
{
	struct edge_walk walk;
	struct known_edge edge;
	bool found;
	TRY(edge_lookup_walk(&owning->lookup, table, &walk));
	for (;;) {
		TRY(edge_lookup_next(&owning->lookup, &walk, &edge, &found));
		if (!found)
			return NULL;
		TRY(take_module(owning, &edge.record));
	}
}

static struct error *group_modules(struct owning *owning)
{
	const struct root_record *roots = reader_roots(owning->reader);
	const uint64_t *offsets = reader_root_offsets(owning->reader);
	const struct edge_record *edges = reader_root_edges(owning->reader);
	for (uint64_t r = 0; r < reader_counts(owning->reader).roots; r++)
		for (uint64_t e = offsets[r]; roots[r].kind == ROOT_MODULES && e < offsets[r + 1]; e++)
			TRY(take_modules_of(owning, edges[e].target));
	return NULL;
}

/* --- tasks ------------------------------------------------------------------------------------------------------------- */

static struct error *task_group(struct owning *owning, string_id function, uint32_t *group)
{
	bool is_new;
	TRY(group_for(owning, &owning->tasks, function, group, &is_new));
	if (!is_new)
		return NULL;
	size_t length;
	const char *name = reader_string(owning->reader, function, &length);
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, function != NO_ID ? "tasks of " : "(tasks)");
	text_add_bytes(&text, name, length);
	TRY(text_error(&text));
	return add_label(owning, text_string(&text), text.length);
}

static void take_node(struct owning *owning, node_id node, uint32_t group)
{
	if (node != NO_ID && owning->groups.of[node] == GROUP_NONE &&
	    !(owning->reach->graph->flags[node] & OBJECT_IMMORTAL))
		owning->groups.of[node] = group;
}

/* All tasks that run the same coroutine function are one owner: each alone is rarely worth a row. */
static struct error *group_tasks(struct owning *owning)
{
	AUTO(suspended) struct suspended suspended = {0};
	const struct task_row *tasks;
	size_t count;
	TRY(suspended_init(&suspended, owning->reader));
	TRY(reader_tasks(owning->reader, &tasks, &count));
	for (size_t i = 0; i < count; i++) {
		const struct suspension_row *call = suspended_find(&suspended, tasks[i].coroutine);
		uint32_t group;
		TRY(task_group(owning, call != NULL ? call->function : NO_ID, &group));
		take_node(owning, tasks[i].node, group);
		take_node(owning, tasks[i].coroutine, group);
	}
	return NULL;
}

/* --- owners ------------------------------------------------------------------------------------------------------------ */

static struct error *start(struct owning *owning)
{
	const struct graph *graph = owning->reach->graph;
	arena_init(&owning->groups.arena);
	map_init(&owning->modules);
	map_init(&owning->threads);
	map_init(&owning->tasks);
	map_init(&owning->others);
	edge_lookup_init(&owning->lookup, owning->reader);
	owning->groups.of = memory_large((size_t)graph->nodes + 1, sizeof *owning->groups.of);
	if (owning->groups.of == NULL)
		return error_memory();
	memset(owning->groups.of, 0xff, ((size_t)graph->nodes + 1) * sizeof *owning->groups.of);
	TRY(group_modules(owning));
	TRY(group_tasks(owning));
	TRY(group_roots(owning));
	return group_entries(owning);
}

/* Objects that no group has to itself come last; those not selected are not counted. */
static void finish(struct owning *owning, const struct type_names *names, const bool *selected)
{
	const struct graph *graph = owning->reach->graph;
	uint32_t several = (uint32_t)owning->labels.count - 1;
	for (node_id i = 0; i < graph->nodes; i++) {
		if (owning->groups.of[i] == GROUP_NONE)
			owning->groups.of[i] = several;
		if (selected != NULL && !selected[names->facts[0].label[graph->type[i]]])
			owning->groups.of[i] = GROUP_NONE;
	}
	owning->groups.count = (uint32_t)owning->labels.count;
}

struct error *owners_create(const struct reach *reach, const struct type_names *names, const bool *selected,
			    const struct progress *progress, struct groups *result, uint64_t **retained)
{
	AUTO(owning) struct owning owning = {.reach = reach, .reader = reach->graph->reader};
	TRY(start(&owning));
	struct grouping grouping = {(uint32_t)owning.labels.count, owning.groups.of, owning.roots};
	AUTO(free) void *memory = calloc((size_t)grouping.count + 1, sizeof(uint64_t));
	AUTO(free) void *innermost = memory_large((size_t)reach->graph->nodes + 1, sizeof(uint32_t));
	if (memory == NULL || innermost == NULL)
		return error_memory();
	TRY(sets_innermost(reach, &grouping, sets_room(reach->graph), progress, memory, innermost));
	free(owning.groups.of);
	owning.groups.of = steal(&innermost);
	TRY(add_label(&owning, "(several)", strlen("(several)")));
	size_t labels = owning.labels.count * sizeof *owning.labels.items;
	owning.groups.labels = arena_alloc(&owning.groups.arena, labels);
	if (owning.groups.labels == NULL)
		return error_memory();
	memcpy(owning.groups.labels, owning.labels.items, labels);
	finish(&owning, names, selected);
	((uint64_t *)memory)[grouping.count] = UINT64_MAX;
	*result = owning.groups;
	owning.groups = (struct groups){0};
	*retained = steal(&memory);
	return NULL;
}
