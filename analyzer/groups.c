/* Which group is each object in? By its type, what that says is worked out once for each type; a generation is its own. */
#include "analyzer/groups.h"

#include "analyzer/memory.h"
#include "analyzer/sets.h"

#include <stdlib.h>
#include <string.h>

const char *groups_by_name(enum groups_by by)
{
	static const char *const names[GROUPS_BY_COUNT] = {[GROUPS_BY_TYPE] = "type",
							   [GROUPS_BY_MODULE] = "module",
							   [GROUPS_BY_PACKAGE] = "package",
							   [GROUPS_BY_GENERATION] = "generation",
							   [GROUPS_BY_OWNER] = "owner",
							   [GROUPS_BY_SITE] = "site"};
	return names[by];
}

void groups_deinit(struct groups *groups)
{
	arena_deinit(&groups->arena);
	free(groups->of);
	*groups = (struct groups){0};
}

struct type_module {
	struct label module;
	type_id type;
};

static int compare(const void *a, const void *b)
{
	const struct label *x = &((const struct type_module *)a)->module, *y = &((const struct type_module *)b)->module;
	int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
	return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static struct label module_of(const struct reader *reader, type_id type, bool package)
{
	static const char unknown[] = "(no module)";
	struct label label;
	label.name = reader_string(reader, reader_types(reader)[type].module, &label.length);
	if (label.length == 0)
		return (struct label){unknown, sizeof unknown - 1};
	const char *dot = package ? memchr(label.name, '.', label.length) : NULL;
	if (dot != NULL && dot > label.name)
		label.length = (size_t)(dot - label.name);
	return label;
}

/* Modules by name; `group`: by type. */
static struct error *name_modules(struct groups *groups, const struct graph *graph, bool package, uint32_t *group)
{
	size_t types = (size_t)reader_counts(graph->reader).types;
	AUTO(free) void *memory = calloc(types + 1, sizeof(struct type_module));
	struct type_module *all = memory;
	groups->labels = arena_alloc(&groups->arena, (types + 1) * sizeof *groups->labels);
	if (all == NULL || groups->labels == NULL)
		return error_memory();
	for (size_t t = 0; t < types; t++)
		all[t] = (struct type_module){module_of(graph->reader, (type_id)t, package), (type_id)t};
	qsort(all, types, sizeof *all, compare);
	for (size_t i = 0; i < types; i++) {
		if (i == 0 || compare(&all[i - 1], &all[i]) != 0) {
			struct label *label = &groups->labels[groups->count++];
			label->length = all[i].module.length;
			label->name = arena_copy(&groups->arena, all[i].module.name, label->length);
			if (label->name == NULL)
				return error_memory();
		}
		group[all[i].type] = groups->count - 1;
	}
	return NULL;
}

static struct error *name_generations(struct groups *groups)
{
	static const struct label labels[GENERATION_COUNT] = {{"0", 1},
							      {"1", 1},
							      {"2", 1},
							      {"permanent", 9},
							      {"untracked", 9}};
	groups->labels = arena_alloc(&groups->arena, sizeof labels);
	if (groups->labels == NULL)
		return error_memory();
	memcpy(groups->labels, labels, sizeof labels);
	groups->count = GENERATION_COUNT;
	return NULL;
}

static struct error *name_types(struct groups *groups, const struct graph *graph, const struct type_names *names,
				uint32_t *group)
{
	groups->labels = arena_alloc(&groups->arena, ((size_t)names->count + 1) * sizeof *groups->labels);
	if (groups->labels == NULL)
		return error_memory();
	memcpy(groups->labels, names->labels, names->count * sizeof *groups->labels);
	groups->count = names->count;
	for (uint64_t t = 0; t < reader_counts(graph->reader).types; t++)
		group[t] = names->facts[0].label[t];
	return NULL;
}

static struct error *fill(struct groups *groups, const struct graph *graph, const struct type_names *names,
			  enum groups_by by, const bool *selected)
{
	AUTO(free) void *memory = calloc((size_t)reader_counts(graph->reader).types + 1, sizeof(uint32_t));
	uint32_t *group = memory;
	groups->of = memory_large((size_t)graph->nodes + 1, sizeof *groups->of);
	if (group == NULL || groups->of == NULL)
		return error_memory();
	if (by == GROUPS_BY_GENERATION)
		TRY(name_generations(groups));
	else if (by == GROUPS_BY_TYPE)
		TRY(name_types(groups, graph, names, group));
	else
		TRY(name_modules(groups, graph, by == GROUPS_BY_PACKAGE, group));
	const label_id *label = names->facts[0].label;
	for (node_id i = 0; i < graph->nodes; i++) {
		groups->of[i] = by == GROUPS_BY_GENERATION ? graph->generation[i] : group[graph->type[i]];
		if (selected != NULL && !selected[label[graph->type[i]]])
			groups->of[i] = GROUP_NONE;
	}
	return NULL;
}

struct error *groups_create(const struct graph *graph, const struct type_names *names, enum groups_by by,
			    const bool *selected, struct groups *result)
{
	AUTO(groups) struct groups made = {0};
	arena_init(&made.arena);
	TRY(fill(&made, graph, names, by, selected));
	*result = made;
	made = (struct groups){0};
	return NULL;
}
