/* What is usual, by name and by key? Paths lie sorted by name, so that two files of one program differ in few lines; a map
 * finds them by key. */
#include "checks/baseline.h"

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

static int compare_paths(const void *a, const void *b)
{
	const struct baseline_path *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	if (order == 0)
		order = strcmp(x->type, y->type);
	return order != 0 ? order : x->key < y->key ? -1 : x->key > y->key;
}

struct error *baseline_index(struct baseline *baseline)
{
	if (baseline->paths.count > 1)
		qsort(baseline->paths.items, baseline->paths.count, sizeof *baseline->paths.items, compare_paths);
	map_deinit(&baseline->by_key);
	map_init(&baseline->by_key);
	for (size_t i = 0; i < baseline->paths.count; i++)
		TRY(map_put(&baseline->by_key, baseline->paths.items[i].key, (uint32_t)i + 1));
	return NULL;
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
	return baseline_index(baseline);
}
