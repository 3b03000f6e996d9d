/* Row tree: the rows of a table that hang below one another, as section_child made them. */
#ifndef ANALYZER_ROW_TREE_H
#define ANALYZER_ROW_TREE_H

#include "analyzer/report.h"

#define ROW_TREE_STEP 3u /* columns on the screen that a level takes */
#define ROW_TREE_DRAWN 32u /* levels that are drawn: deeper rows stand at the last of them */

struct row_tree {
	size_t *depth; /* by row; 0: at the top */
	bool *last;    /* by row: none beside it follows */
};

/* O(rows). A section without section_child gives a tree in which all rows are at the top. */
struct error *row_tree_create(const struct section *section, struct row_tree *result) CHECKED;
void row_tree_deinit(struct row_tree *tree);
DEFINE_AUTO_VALUE(row_tree, struct row_tree, row_tree_deinit);

/* Columns on the screen that the lines before a row's name take. */
unsigned row_tree_indent(const struct row_tree *tree, size_t row);
/* Adds those lines. */
void row_tree_draw(const struct row_tree *tree, const struct section *section, size_t row, struct text *text);

/* Puts rows into the order of `rank` (by row, among those beside it), each followed by what is below it.
 * O(rows * log rows). */
struct error *row_tree_order(struct section *section, const size_t *rank) CHECKED;

#endif
