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

struct path_learning {
	uint64_t key;
	uint64_t most;          /* bytes, of all runs */
	const char *name, *type; /* NULL as long as that is less than `least` */
	struct learning count, size;
};

struct path_learnings {
	struct map by_key; /* index in `rows` */
	VECTOR(struct path_learning) rows;
	struct arena *arena; /* of names */
	uint64_t least;      /* bytes: names are read from that size on */
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
static struct error *learn_sums(struct path_learnings *learnings, const struct graph *graph, const struct path_sums *sums,
				uint64_t runs)
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
		if (row->name != NULL || row->most < learnings->least)
			continue;
		if (!named)
			TRY(place_names_init(&names, graph));
		named = true;
		TRY(name_row(learnings->arena, &names, sum, row));
	}
	return NULL;
}

static struct error *learn_snapshot(struct path_learnings *learnings, struct reader *reader, struct match *mask,
				    const struct progress *progress, uint64_t runs)
{
	AUTO(type_names) struct type_names names = {0};
	AUTO(graph) struct graph *graph = NULL;
	AUTO(path_sums) struct path_sums sums = {0};
	const struct reader *readers[1] = {reader};
	TRY(type_names_init(&names, readers, 1));
	TRY(load_graph(reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, progress, &graph));
	TRY(path_sums_find(graph, &names, mask, &sums));
	return learn_sums(learnings, graph, &sums, runs);
}

static size_t count_from(const struct path_learnings *learnings, uint64_t least)
{
	size_t count = 0;
	for (size_t i = 0; i < learnings->rows.count; i++)
		count += learnings->rows.items[i].most >= least;
	return count;
}

/* As little more as leaves no more than a file has room for. */
static uint64_t find_least(const struct path_learnings *learnings)
{
	uint64_t least = learnings->least;
	while (count_from(learnings, least) > BASELINE_PATHS_MAX && least < UINT64_MAX / 2)
		least *= 2;
	return least;
}

static struct error *keep_paths(struct baseline *baseline, struct path_learnings *learnings)
{
	baseline->paths.count = 0;
	baseline->least = find_least(learnings);
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
	return baseline_index(baseline);
}

struct error *baseline_learn(struct baseline *baseline, struct reader *const *readers, size_t count, struct match *mask,
			     const struct progress *progress)
{
	AUTO(path_learnings)
	struct path_learnings learnings = {.arena = &baseline->arena,
					   .least = baseline->least > 0 ? baseline->least : BASELINE_LEAST};
	map_init(&learnings.by_key);
	for (size_t i = 0; i < count; i++)
		TRY(learn_snapshot(&learnings, readers[i], mask, progress, i));
	baseline->runs = count;
	return keep_paths(baseline, &learnings);
}
