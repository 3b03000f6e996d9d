/* Which modules, owners or paths have more than before?
 *
 * Each side is grouped by itself, and groups of one name are one row: there are few of them. Paths are many: they are
 * told apart by their keys, and only those that are printed get a name.
 */
#include "analyzer/diff_groups.h"

#include "analyzer/owners.h"
#include "analyzer/path_key.h"
#include "analyzer/place_name.h"
#include "analyzer/sets.h"
#include "analyzer/sites.h"
#include "base/bytes.h"
#include "base/map.h"
#include "format/checksum.h"

#include <stdlib.h>
#include <string.h>

struct change { /* of one group */
	struct type_total before, after;
	uint64_t new, gone;
	node_id first;  /* one of its objects */
	bool is_before; /* that one is of the earlier snapshot */
};

struct change_row {
	struct label label; /* of groups with names; borrowed */
	struct change change;
};

struct table {
	struct report *report;
	const struct diff *diff;
	const struct diff_selection *selection;
	struct map rows_by_name; /* by hash */
	VECTOR(struct change_row) rows;
};

static void table_deinit(struct table *table)
{
	map_deinit(&table->rows_by_name);
	vector_deinit(&table->rows);
}
DEFINE_AUTO_VALUE(table, struct table, table_deinit);

static void count(const struct diff *diff, bool later, node_id node, struct change *change)
{
	const struct graph *graph = later ? diff->after : diff->before;
	struct type_total *total = later ? &change->after : &change->before;
	if (change->before.count + change->after.count == 0) {
		change->first = node;
		change->is_before = !later;
	}
	total->count++;
	total->size = saturating_add(total->size, graph_size(graph, node));
	change->new += later && diff->join.new[node];
	change->gone += !later && diff->join.gone[node];
}

static int64_t delta_of(const struct change *change)
{
	return cell_difference(change->before.size, change->after.size).delta;
}

/* --- the table
 * ------------------------------------------------------------------------------------------------------ */

enum {
	NAME,
	COUNT_DELTA,
	SIZE_DELTA,
	COUNT_BEFORE,
	COUNT_AFTER,
	SIZE_BEFORE,
	SIZE_AFTER,
	NEW,
	GONE,
	SURVIVED
};

static struct section *add_fields(struct report *report, const char *what)
{
	struct field fields[] = {
		[NAME] = {what, what, VALUE_TEXT, RANK_ALWAYS, false},
		[COUNT_DELTA] = {"count_delta", "objects", VALUE_COUNT_DELTA, RANK_ALWAYS, true},
		[SIZE_DELTA] = {"size_delta", "own size", VALUE_SIZE_DELTA, RANK_ALWAYS, true},
		[COUNT_BEFORE] = {"count_before", "before", VALUE_COUNT, RANK_OFTEN, true},
		[COUNT_AFTER] = {"count_after", "after", VALUE_COUNT, RANK_OFTEN, true},
		[SIZE_BEFORE] = {"size_before", "size before", VALUE_SIZE, RANK_RARELY, true},
		[SIZE_AFTER] = {"size_after", "size after", VALUE_SIZE, RANK_RARELY, true},
		[NEW] = {"new", "new", VALUE_COUNT, RANK_SELDOM, true},
		[GONE] = {"gone", "gone", VALUE_COUNT, RANK_SELDOM, true},
		[SURVIVED] = {"survived", "survived", VALUE_COUNT, RANK_RARELY, true},
	};
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static void fill(struct cell *row, const struct change *change)
{
	row_set(row, COUNT_DELTA, cell_difference(change->before.count, change->after.count));
	row_set(row, SIZE_DELTA, cell_difference(change->before.size, change->after.size));
	row_set(row, COUNT_BEFORE, cell_number(change->before.count));
	row_set(row, COUNT_AFTER, cell_number(change->after.count));
	row_set(row, SIZE_BEFORE, cell_number(change->before.size));
	row_set(row, SIZE_AFTER, cell_number(change->after.size));
	row_set(row, NEW, cell_number(change->new));
	row_set(row, GONE, cell_number(change->gone));
	row_set(row, SURVIVED, cell_number(change->after.count - change->new));
}

static void add_up(struct change *sum, const struct change *change)
{
	sum->before.count += change->before.count;
	sum->before.size = saturating_add(sum->before.size, change->before.size);
	sum->after.count += change->after.count;
	sum->after.size = saturating_add(sum->after.size, change->after.size);
	sum->new += change->new;
	sum->gone += change->gone;
}

static bool is_shown(const struct change *change, const struct diff_selection *selection)
{
	int64_t delta = delta_of(change);
	bool changed = delta != 0 || change->new > 0 || change->gone > 0;
	uint64_t size = delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;
	return changed && size >= selection->least && (!selection->only_growth || delta > 0);
}

/* As many went as came, of the same size: nothing to tell in a list of what changed. */
static bool is_even(const struct change *change)
{
	return delta_of(change) == 0 && change->before.count == change->after.count;
}

static struct error *add_rows(struct table *table, const char *what)
{
	struct report *report = table->report;
	struct section *section = add_fields(report, what);
	struct change sum = {0};
	uint64_t even = 0;
	for (size_t i = 0; i < table->rows.count; i++) {
		const struct change_row *row = &table->rows.items[i];
		add_up(&sum, &row->change);
		if (!is_shown(&row->change, table->selection) || row->label.length == 0)
			continue;
		if (table->selection->uneven && is_even(&row->change)) {
			even++;
			continue;
		}
		struct cell *cells = section_row(report, section);
		row_set(cells, NAME, report_text(report, row->label.name, row->label.length));
		fill(cells, &row->change);
	}
	struct cell *total = section_total(report, section);
	row_set(total, NAME, report_string(report, table->selection->types == NULL ? "all" : "types that match"));
	fill(total, &sum);
	diff_report_even(report, even, what);
	return section_sort(report, section, table->diff->all.growth < 0 ? "-size_delta" : "size_delta");
}

/* --- groups that have names
 * ----------------------------------------------------------------------------------------- */

static struct error *find_row(struct table *table, const struct label *label, size_t *index)
{
	uint64_t hash = checksum_hash(label->name, label->length) >> 1; /* never MAP_NO_KEY */
	uint32_t found;
	if (map_find(&table->rows_by_name, hash, &found)) {
		const struct label *known = &table->rows.items[found].label;
		*index = found;
		if (known->length == label->length && memcmp(known->name, label->name, label->length) == 0)
			return NULL;
	}
	*index = table->rows.count;
	TRY(map_put(&table->rows_by_name, hash, (uint32_t)*index));
	return vector_push(&table->rows, (struct change_row){.label = *label});
}

static struct error *group(const struct diff *diff, bool later, enum groups_by by, const bool *selected,
			   const struct progress *progress, struct groups *groups)
{
	const struct graph *graph = later ? diff->after : diff->before;
	struct type_names names = diff->names; /* of that side alone; borrowed */
	names.facts = &diff->names.facts[later];
	if (by == GROUPS_BY_SITE) {
		AUTO(sites) struct sites sites = {0};
		TRY(sites_init(&sites, graph->reader));
		return sites_group(&sites, graph, &names, selected, groups);
	}
	if (by != GROUPS_BY_OWNER)
		return groups_create(graph, &names, by, selected, groups);
	AUTO(reach) struct reach reach = {0};
	uint64_t *retained = NULL;
	TRY(reach_create(graph, false, &reach));
	struct error *error = owners_create(&reach, &names, selected, progress, groups, &retained);
	free(retained);
	return error;
}

static struct error *count_side(struct table *table, bool later, const struct groups *groups)
{
	AUTO(free) void *memory = malloc(((size_t)groups->count + 1) * sizeof(size_t));
	size_t *rows = memory;
	if (rows == NULL)
		return error_memory();
	for (uint32_t g = 0; g < groups->count; g++)
		TRY(find_row(table, &groups->labels[g], &rows[g]));
	const struct graph *graph = later ? table->diff->after : table->diff->before;
	for (node_id i = 0; i < graph->nodes; i++)
		if (groups->of[i] != GROUP_NONE)
			count(table->diff, later, i, &table->rows.items[rows[groups->of[i]]].change);
	return NULL;
}

struct error *diff_groups_report(struct report *report, const struct diff *diff, enum groups_by by,
				 const struct diff_selection *selection, const struct progress *progress)
{
	AUTO(table) struct table table = {.report = report, .diff = diff, .selection = selection};
	AUTO(groups) struct groups before = {0};
	AUTO(groups) struct groups after = {0};
	map_init(&table.rows_by_name);
	TRY(group(diff, false, by, selection->types, progress, &before));
	TRY(count_side(&table, false, &before));
	TRY(group(diff, true, by, selection->types, progress, &after));
	TRY(count_side(&table, true, &after));
	return add_rows(&table, groups_by_name(by));
}

/* --- paths
 * ---------------------------------------------------------------------------------------------------------- */

static struct error *count_paths(struct table *table, bool later)
{
	const struct diff *diff = table->diff;
	const struct graph *graph = later ? diff->after : diff->before;
	const struct type_facts *facts = &diff->names.facts[later];
	struct type_names names = diff->names; /* of that side alone; borrowed */
	names.facts = &diff->names.facts[later];
	AUTO(ways) struct ways ways = {0};
	uint64_t *keys = NULL;
	TRY(ways_find(graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true}, &ways));
	TRY(path_keys_of_ways(&ways, &names, NULL, &keys));
	AUTO(free) void *kept = keys;
	for (node_id i = 0; i < graph->nodes; i++) {
		uint32_t index, next = (uint32_t)table->rows.count;
		if (table->selection->types != NULL && !table->selection->types[facts->label[graph->type[i]]])
			continue;
		if (!map_find(&table->rows_by_name, keys[i] >> 1, &index)) {
			TRY(map_put(&table->rows_by_name, keys[i] >> 1, next));
			TRY(vector_push(&table->rows, (struct change_row){.label = {.name = ""}}));
			index = next;
		}
		count(diff, later, i, &table->rows.items[index].change);
	}
	return NULL;
}

/* Those that changed most come first. */
static int compare_rows(const void *a, const void *b)
{
	const struct change_row *x = a, *y = b;
	int64_t left = delta_of(&x->change), right = delta_of(&y->change);
	uint64_t more = left < 0 ? 0 - (uint64_t)left : (uint64_t)left,
		 less = right < 0 ? 0 - (uint64_t)right : (uint64_t)right;
	if (more != less)
		return more < less ? 1 : -1;
	if (x->change.is_before != y->change.is_before)
		return x->change.is_before ? -1 : 1;
	return x->change.first < y->change.first ? -1 : x->change.first > y->change.first;
}

static struct error *name_row(struct table *table, struct place_names sides[2], struct change_row *row)
{
	const struct diff *diff = table->diff;
	bool later = !row->change.is_before;
	const struct graph *graph = later ? diff->after : diff->before;
	const struct label *type = &diff->names.labels[diff->names.facts[later].label[graph->type[row->change.first]]];
	AUTO(text) struct text path = {0}, name = {0};
	text_init(&path);
	text_init(&name);
	TRY(place_name_print(&sides[later], row->change.first, &path));
	place_name_mask(&path, &name);
	text_add(&name, " ");
	text_add_escaped(&name, type->name, type->length);
	TRY(text_error(&name));
	struct cell kept = report_text(table->report, text_string(&name), name.length);
	row->label = (struct label){kept.text, kept.length};
	return NULL;
}

/* Names what is printed; the others are added up in the last line, unnamed. */
static struct error *name_rows(struct table *table, uint64_t most)
{
	struct place_names sides[2] = {0};
	size_t named = 0, left = 0;
	struct error *error = place_names_init(&sides[0], table->diff->before);
	if (error == NULL)
		error = place_names_init(&sides[1], table->diff->after);
	for (size_t i = 0; error == NULL && i < table->rows.count; i++) {
		struct change_row *row = &table->rows.items[i];
		if (!is_shown(&row->change, table->selection))
			continue;
		if (named == most) {
			left++;
			continue;
		}
		error = name_row(table, sides, row);
		named++;
	}
	place_names_deinit(&sides[0]);
	place_names_deinit(&sides[1]);
	if (left > 0)
		report_remark_count(table->report, REMARK_NOTE, left,
				    "more paths changed by less, and count in the last line alone; --top N names more");
	return error;
}

/* Keys tell more apart than the text does, as the types on the way: what prints alike is one row. */
static struct error *merge_alike(struct table *table)
{
	size_t kept = 0;
	map_deinit(&table->rows_by_name);
	map_init(&table->rows_by_name);
	for (size_t i = 0; i < table->rows.count; i++) {
		struct change_row *row = &table->rows.items[i], *to;
		uint64_t hash = checksum_hash(row->label.name, row->label.length) >> 1;
		uint32_t found;
		bool known = row->label.length > 0 && map_find(&table->rows_by_name, hash, &found);
		to = known ? &table->rows.items[found] : NULL;
		if (known && to->label.length == row->label.length &&
		    memcmp(to->label.name, row->label.name, row->label.length) == 0) {
			add_up(&to->change, &row->change);
			continue;
		}
		if (row->label.length > 0)
			TRY(map_put(&table->rows_by_name, hash, (uint32_t)kept));
		table->rows.items[kept++] = *row;
	}
	table->rows.count = kept;
	return NULL;
}

#define NAMED_MORE 4u /* times as many paths are named as are wanted, to find those that print alike */

struct error *diff_paths_report(struct report *report, const struct diff *diff, const struct diff_selection *selection,
				uint64_t most)
{
	AUTO(table) struct table table = {.report = report, .diff = diff, .selection = selection};
	map_init(&table.rows_by_name);
	TRY(count_paths(&table, false));
	TRY(count_paths(&table, true));
	if (table.rows.count > 1)
		qsort(table.rows.items, table.rows.count, sizeof *table.rows.items, compare_rows);
	TRY(name_rows(&table, saturating_multiply(most, NAMED_MORE)));
	TRY(merge_alike(&table));
	return add_rows(&table, "path");
}
