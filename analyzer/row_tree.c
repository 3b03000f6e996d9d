/* How deep is a row, what is drawn before it, and how is a tree of rows put into another order?
 *
 * A row names the row that it is below, which comes before it, so one pass from the front gives depths and one from the
 * back tells who is the last beside others. No recursion: paths make trees as deep as they are long.
 */
#include "analyzer/row_tree.h"

#include <stdlib.h>

struct error *row_tree_create(const struct section *section, struct row_tree *result)
{
	size_t count = section->rows.count;
	AUTO(row_tree) struct row_tree tree = {0};
	AUTO(free) void *memory = calloc(count + 1, sizeof(bool)); /* of rows, and [count] of the top: one was seen below */
	bool *seen = memory;
	tree.depth = calloc(count + 1, sizeof *tree.depth);
	tree.last = calloc(count + 1, sizeof *tree.last);
	if (seen == NULL || tree.depth == NULL || tree.last == NULL)
		return error_memory();
	for (size_t r = 0; r < count; r++) {
		size_t parent = section->rows.items[r].parent;
		tree.depth[r] = parent == ROW_NONE ? 0 : tree.depth[parent] + 1;
	}
	for (size_t r = count; r-- > 0;) {
		size_t parent = section->rows.items[r].parent;
		bool *beside = &seen[parent == ROW_NONE ? count : parent];
		tree.last[r] = !*beside;
		*beside = true;
	}
	*result = tree;
	tree = (struct row_tree){0};
	return NULL;
}

void row_tree_deinit(struct row_tree *tree)
{
	free(tree->depth);
	free(tree->last);
	*tree = (struct row_tree){0};
}

unsigned row_tree_indent(const struct row_tree *tree, size_t row)
{
	size_t depth = tree->depth[row];
	return ROW_TREE_STEP * (unsigned)(depth < ROW_TREE_DRAWN ? depth : ROW_TREE_DRAWN);
}

void row_tree_draw(const struct row_tree *tree, const struct section *section, size_t row, struct text *text)
{
	bool ended[ROW_TREE_DRAWN];
	size_t levels = row_tree_indent(tree, row) / ROW_TREE_STEP;
	size_t at = row;
	for (size_t i = levels; i-- > 0; at = section->rows.items[at].parent)
		ended[i] = tree->last[at];
	for (size_t i = 0; i < levels; i++) {
		if (i + 1 < levels)
			text_add(text, ended[i] ? "   " : "│  ");
		else
			text_add(text, ended[i] ? "└─ " : "├─ ");
	}
}

struct ranked_row {
	size_t row, parent, rank;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_row *left = a, *right = b;
	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	return left->rank < right->rank ? -1 : left->rank > right->rank;
}

struct ordering {
	size_t count;
	struct ranked_row *ranked; /* by parent, then rank; those at the top come last */
	size_t *begin;             /* by row, and [count] of the top: the first below it in `ranked` */
	size_t *stack;             /* places in `ranked` that come next, one a level */
	size_t *moved;             /* by old row: the new one */
	struct row *rows;
};

static void ordering_deinit(struct ordering *ordering)
{
	free(ordering->ranked);
	free(ordering->begin);
	free(ordering->stack);
	free(ordering->moved);
	free(ordering->rows);
}
DEFINE_AUTO_VALUE(ordering, struct ordering, ordering_deinit);

/* `above` of the top is ROW_NONE. */
static bool is_below(const struct ordering *ordering, size_t place, size_t above)
{
	return place < ordering->count && ordering->ranked[place].parent == above;
}

static void walk(struct ordering *ordering, const struct section *section)
{
	size_t level = 0, next = 0;
	size_t above = ROW_NONE;
	ordering->stack[0] = ordering->begin[ordering->count];
	while (true) {
		size_t place = ordering->stack[level];
		if (!is_below(ordering, place, above)) {
			if (level-- == 0)
				break;
			above = section->rows.items[above].parent;
			continue;
		}
		size_t row = ordering->ranked[place].row;
		ordering->stack[level++]++;
		ordering->moved[row] = next;
		ordering->rows[next] = section->rows.items[row];
		if (above != ROW_NONE)
			ordering->rows[next].parent = ordering->moved[above];
		next++;
		ordering->stack[level] = ordering->begin[row];
		above = row;
	}
}

struct error *row_tree_order(struct section *section, const size_t *rank)
{
	size_t count = section->rows.count;
	AUTO(ordering) struct ordering ordering = {.count = count};
	ordering.ranked = calloc(count + 1, sizeof *ordering.ranked);
	ordering.begin = calloc(count + 1, sizeof *ordering.begin);
	ordering.stack = calloc(count + 2, sizeof *ordering.stack);
	ordering.moved = calloc(count + 1, sizeof *ordering.moved);
	ordering.rows = calloc(count + 1, sizeof *ordering.rows);
	if (!ordering.ranked || !ordering.begin || !ordering.stack || !ordering.moved || !ordering.rows)
		return error_memory();
	for (size_t r = 0; r < count; r++) {
		ordering.ranked[r] = (struct ranked_row){r, section->rows.items[r].parent, rank[r]};
		ordering.begin[r] = count;
	}
	ordering.begin[count] = count;
	qsort(ordering.ranked, count, sizeof *ordering.ranked, compare_ranked);
	for (size_t i = count; i-- > 0;) {
		size_t parent = ordering.ranked[i].parent;
		ordering.begin[parent == ROW_NONE ? count : parent] = i;
	}
	walk(&ordering, section);
	for (size_t r = 0; r < count; r++)
		section->rows.items[r] = ordering.rows[r];
	return NULL;
}
