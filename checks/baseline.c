/* What is usual, and how much does it vary by itself?
 *
 * Hash seeds, the order of imports, interned strings and caches make two runs of one program differ: several runs tell by how
 * much, path by path. A path's key is the same in every process (analyzer/path_key.h). A run that lacks a path has 0 bytes there, so
 * zeros are made up for the runs before the first that has it, and for those that lack it later.
 *
 * Names are read while a snapshot is there, of those paths alone that matter: a heap of 50,000 objects has 20,000 paths, most of
 * one string. O(nodes + edges) a snapshot, one after the other.
 */
#include "checks/baseline.h"

#include "analyzer/load.h"
#include "analyzer/path_sums.h"

#include <stdlib.h>
#include <string.h>

void baseline_init(struct baseline *baseline)
{
	*baseline = (struct baseline){0};
	arena_init(&baseline->arena);
	map_init(&baseline->by_key);
}

void baseline_deinit(struct baseline *baseline)
{
	if (baseline == NULL)
		return;
	vector_deinit(&baseline->rules);
	vector_deinit(&baseline->paths);
	map_deinit(&baseline->by_key);
	arena_deinit(&baseline->arena);
}

/* --- paths ---------------------------------------------------------------------------------------------------------- */

struct path_learning {
	uint64_t key;
	uint64_t most;          /* bytes, of all runs */
	const char *name, *type; /* NULL as long as that is less than BASELINE_LEAST */
	struct learning count, size;
};

struct path_learnings {
	struct map by_key; /* index in `rows` */
	VECTOR(struct path_learning) rows;
};

static void path_learnings_deinit(struct path_learnings *learnings)
{
	map_deinit(&learnings->by_key);
	vector_deinit(&learnings->rows);
}
DEFINE_AUTO_VALUE(path_learnings, struct path_learnings, path_learnings_deinit);

static struct error *find_row(struct path_learnings *learnings, uint64_t key, struct path_learning **row)
{
	uint32_t index;
	if (!map_find(&learnings->by_key, key, &index)) {
		index = (uint32_t)learnings->rows.count;
		TRY(map_put(&learnings->by_key, key, index));
		TRY(vector_push(&learnings->rows, (struct path_learning){.key = key}));
	}
	*row = &learnings->rows.items[index];
	return NULL;
}

static struct error *name_row(struct arena *arena, struct place_names *names, const struct path_sum *sum,
			      struct path_learning *row)
{
	AUTO(text) struct text path = {0}, type = {0};
	text_init(&path);
	text_init(&type);
	TRY(path_sums_name(names, sum, &path, &type));
	row->name = arena_copy(arena, text_string(&path), path.length);
	row->type = arena_copy(arena, text_string(&type), type.length);
	return row->name == NULL || row->type == NULL ? error_memory() : NULL;
}

/* `runs`: how many came before. */
static struct error *learn_sums(struct path_learnings *learnings, struct arena *arena, const struct graph *graph,
				const struct path_sums *sums, uint64_t runs)
{
	AUTO(place_names) struct place_names names = {0};
	bool named = false;
	for (size_t i = 0; i < sums->sums.count; i++) {
		const struct path_sum *sum = &sums->sums.items[i];
		struct path_learning *row;
		TRY(find_row(learnings, sum->key, &row));
		learning_add_zeros(&row->count, runs);
		learning_add_zeros(&row->size, runs);
		learning_add(&row->count, (double)sum->total.count);
		learning_add(&row->size, (double)sum->total.size);
		row->most = sum->total.size > row->most ? sum->total.size : row->most;
		if (row->name != NULL || row->most < BASELINE_LEAST)
			continue;
		if (!named)
			TRY(place_names_init(&names, graph));
		named = true;
		TRY(name_row(arena, &names, sum, row));
	}
	return NULL;
}

static struct error *learn_snapshot(struct path_learnings *learnings, struct arena *arena, struct reader *reader,
				    struct match *mask, const struct progress *progress, uint64_t runs)
{
	AUTO(type_names) struct type_names names = {0};
	AUTO(graph) struct graph *graph = NULL;
	AUTO(path_sums) struct path_sums sums = {0};
	const struct reader *readers[1] = {reader};
	TRY(type_names_init(&names, readers, 1));
	TRY(load_graph(reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, progress, &graph));
	TRY(path_sums_find(graph, &names, mask, &sums));
	return learn_sums(learnings, arena, graph, &sums, runs);
}

static int compare_paths(const void *a, const void *b)
{
	const struct baseline_path *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	if (order == 0)
		order = strcmp(x->type, y->type);
	return order != 0 ? order : x->key < y->key ? -1 : x->key > y->key;
}

/* By name, so that two files of one program differ in few lines. */
static struct error *index_paths(struct baseline *baseline)
{
	if (baseline->paths.count > 1)
		qsort(baseline->paths.items, baseline->paths.count, sizeof *baseline->paths.items, compare_paths);
	map_deinit(&baseline->by_key);
	map_init(&baseline->by_key);
	for (size_t i = 0; i < baseline->paths.count; i++)
		TRY(map_put(&baseline->by_key, baseline->paths.items[i].key, (uint32_t)i + 1));
	return NULL;
}

static size_t count_from(const struct path_learnings *learnings, uint64_t least)
{
	size_t count = 0;
	for (size_t i = 0; i < learnings->rows.count; i++)
		count += learnings->rows.items[i].most >= least;
	return count;
}

/* As little as leaves no more than a file has room for. */
static uint64_t find_least(const struct path_learnings *learnings, uint64_t least)
{
	while (count_from(learnings, least) > BASELINE_PATHS_MAX && least < UINT64_MAX / 2)
		least *= 2;
	return least;
}

static struct error *keep_paths(struct baseline *baseline, struct path_learnings *learnings)
{
	baseline->paths.count = 0;
	baseline->least = find_least(learnings, baseline->least > 0 ? baseline->least : BASELINE_LEAST);
	baseline->left_out = 0;
	for (size_t i = 0; i < learnings->rows.count; i++) {
		struct path_learning *row = &learnings->rows.items[i];
		if (row->most < baseline->least) {
			baseline->left_out++;
			continue;
		}
		learning_add_zeros(&row->count, baseline->runs);
		learning_add_zeros(&row->size, baseline->runs);
		struct baseline_path path = {.key = row->key,
					     .name = row->name,
					     .type = row->type,
					     .count = learning_end(&row->count),
					     .size = learning_end(&row->size)};
		TRY(vector_push(&baseline->paths, path));
	}
	return index_paths(baseline);
}

struct error *baseline_learn(struct baseline *baseline, struct reader *const *readers, size_t count, struct match *mask,
			     const struct progress *progress)
{
	AUTO(path_learnings) struct path_learnings learnings = {0};
	map_init(&learnings.by_key);
	for (size_t i = 0; i < count; i++)
		TRY(learn_snapshot(&learnings, &baseline->arena, readers[i], mask, progress, i));
	baseline->runs = count;
	return keep_paths(baseline, &learnings);
}

const struct baseline_path *baseline_find_path(const struct baseline *baseline, uint64_t key)
{
	uint32_t index;
	return map_find(&baseline->by_key, key, &index) ? &baseline->paths.items[index - 1] : NULL;
}

/* --- rules ---------------------------------------------------------------------------------------------------------- */

static struct baseline_rule *find_rule(const struct baseline *baseline, const char *name)
{
	for (size_t i = 0; i < baseline->rules.count; i++)
		if (strcmp(baseline->rules.items[i].name, name) == 0)
			return &baseline->rules.items[i];
	return NULL;
}

const struct learned *baseline_find(const struct baseline *baseline, const char *name)
{
	const struct baseline_rule *rule = find_rule(baseline, name);
	return rule != NULL ? &rule->value : NULL;
}

struct error *baseline_learn_rule(struct baseline *baseline, const char *name, const int64_t *values, size_t count)
{
	struct baseline_rule *known = find_rule(baseline, name);
	struct learning learning = {0};
	for (size_t i = 0; i < count; i++)
		learning_add(&learning, (double)values[i]);
	if (known != NULL) {
		known->value = learning_end(&learning);
		return NULL;
	}
	struct baseline_rule rule = {arena_copy(&baseline->arena, name, strlen(name)), learning_end(&learning)};
	return rule.name != NULL ? vector_push(&baseline->rules, rule) : error_memory();
}

/* --- one run more --------------------------------------------------------------------------------------------------- */

static void keep_deviation(struct learned *learned, const struct learned *old)
{
	if (learned->runs != 1)
		return;
	learned->runs = old->runs;
	learned->deviation = old->deviation;
}

/* What this run lacks, and others had, may come again. */
static struct error *keep_lost_path(struct baseline *baseline, const struct baseline_path *old)
{
	struct baseline_path lost = *old;
	if (old->size.deviation <= 0)
		return NULL;
	lost.count.mean = lost.size.mean = 0;
	lost.name = arena_copy(&baseline->arena, old->name, strlen(old->name));
	lost.type = arena_copy(&baseline->arena, old->type, strlen(old->type));
	return lost.name == NULL || lost.type == NULL ? error_memory() : vector_push(&baseline->paths, lost);
}

static struct error *keep_path(struct baseline *baseline, const struct baseline_path *old)
{
	uint32_t index;
	if (!map_find(&baseline->by_key, old->key, &index))
		return keep_lost_path(baseline, old);
	keep_deviation(&baseline->paths.items[index - 1].count, &old->count);
	keep_deviation(&baseline->paths.items[index - 1].size, &old->size);
	return NULL;
}

struct error *baseline_keep_deviations(struct baseline *baseline, const struct baseline *old)
{
	for (size_t i = 0; i < old->rules.count; i++) {
		struct baseline_rule *rule = find_rule(baseline, old->rules.items[i].name);
		if (rule != NULL)
			keep_deviation(&rule->value, &old->rules.items[i].value);
	}
	if (baseline->runs != 1)
		return NULL;
	for (size_t i = 0; i < old->paths.count; i++)
		TRY(keep_path(baseline, &old->paths.items[i]));
	baseline->runs = old->runs > 1 ? old->runs : 1;
	return index_paths(baseline);
}
