/* In which order do rows come: ORDER BY?
 *
 * All rows are kept with the values that they are sorted by. With LIMIT only as many as are asked for, in a heap whose first
 * is the last of them; then the column that a scan's objects are sorted by tells it which of them can't be among these.
 * Equal rows stay as they came. O(rows * log kept).
 */
#include "queries/kept.h"
#include "queries/steps.h"

#include <stdlib.h>
#include <string.h>

struct sort {
	struct operator operator;
	const struct sort_item *items;
	uint32_t item_count;
	const uint32_t *keep;
	uint32_t keep_count;
	const struct expression *skip, *most; /* NULL: not given */
	struct datum *values;                 /* of a row: what it is sorted by, then what is kept */
	struct kept kept;
	VECTOR(uint64_t) came;  /* by row: when */
	VECTOR(uint32_t) order; /* rows: a heap at first, the last one on top; then sorted */
	uint64_t left, seen;    /* left: rows to keep at most */
	bool ready;
	size_t at;
	struct column_filter *bound; /* NULL: no scan is told */
};

static int compare_values(const struct sort *sort, const struct datum *a, const struct datum *b)
{
	for (uint32_t i = 0; i < sort->item_count; i++) {
		int order = datum_order(a[i], b[i]);
		if (order != 0)
			return sort->items[i].descending ? -order : order;
	}
	return 0;
}

static int compare_rows(const struct sort *sort, uint32_t a, uint32_t b)
{
	int order = compare_values(sort, kept_row(&sort->kept, a), kept_row(&sort->kept, b));
	if (order != 0)
		return order;
	return sort->came.items[a] < sort->came.items[b] ? -1 : sort->came.items[a] > sort->came.items[b];
}

static int compare_order(const void *a, const void *b, void *context)
{
	return compare_rows(context, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* --- the heap ----------------------------------------------------------------------------------------------------- */

static void sift_up(struct sort *sort, size_t at)
{
	uint32_t *order = sort->order.items, row = order[at];
	while (at > 0 && compare_rows(sort, row, order[(at - 1) / 2]) > 0) {
		order[at] = order[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	order[at] = row;
}

static void sift_down(struct sort *sort, size_t at)
{
	uint32_t *order = sort->order.items, row = order[at];
	size_t count = sort->order.count;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= count)
			break;
		if (child + 1 < count && compare_rows(sort, order[child + 1], order[child]) > 0)
			child++;
		if (compare_rows(sort, order[child], row) <= 0)
			break;
		order[at] = order[child];
		at = child;
	}
	order[at] = row;
}

/* What the scan may leave out: what comes after the last of the rows that are kept, and what is equal to it where nothing else
 * tells them apart, as of equal rows the first one stays. */
static void bind(struct sort *sort)
{
	struct datum last = kept_row(&sort->kept, sort->order.items[0])[0];
	bool alone = sort->item_count == 1;
	if (sort->bound == NULL || last.kind != DATUM_INTEGER)
		return;
	if (sort->items[0].descending)
		sort->bound->least = last.integer + (alone && last.integer < INT64_MAX);
	else
		sort->bound->most = last.integer - (alone && last.integer > INT64_MIN);
}

static void unbind(struct sort *sort)
{
	if (sort->bound == NULL)
		return;
	sort->bound->least = INT64_MIN;
	sort->bound->most = INT64_MAX;
}

static struct error *replace_last(struct sort *sort)
{
	uint32_t last = sort->order.items[0];
	/* Of equal rows the one that came first stays. */
	if (compare_values(sort, sort->values, kept_row(&sort->kept, last)) >= 0)
		return NULL;
	TRY(kept_replace(&sort->kept, last, sort->values));
	sort->came.items[last] = sort->seen;
	sift_down(sort, 0);
	bind(sort);
	return NULL;
}

static struct error *add(struct sort *sort)
{
	if (sort->left == 0)
		return NULL;
	sort->seen++;
	if (sort->order.count >= sort->left)
		return replace_last(sort);
	if (sort->order.count >= UINT32_MAX)
		return error_create(ERROR_MEMORY, "the query sorts more than 4,294,967,295 rows; narrow it");
	TRY(limits_take(sort->kept.limits, 12, sort->kept.what));
	sort->kept.taken += 12;
	TRY(kept_add(&sort->kept, sort->values));
	TRY(vector_push(&sort->came, sort->seen));
	TRY(vector_push(&sort->order, (uint32_t)(sort->came.count - 1)));
	if (sort->most == NULL)
		return NULL;
	sift_up(sort, sort->order.count - 1);
	if (sort->order.count == sort->left)
		bind(sort);
	return NULL;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static struct error *read_row(struct sort *sort)
{
	struct evaluation *evaluation = &sort->operator.evaluation;
	arena_reset(&sort->operator.arena);
	for (uint32_t i = 0; i < sort->item_count; i++)
		TRY(evaluate(evaluation, sort->items[i].expression, &sort->values[i]));
	for (uint32_t i = 0; i < sort->keep_count; i++)
		sort->values[sort->item_count + i] = evaluation->row[sort->keep[i]];
	return add(sort);
}

static struct error *begin(struct sort *sort)
{
	uint64_t skip = 0;
	sort->left = UINT64_MAX;
	if (sort->most == NULL)
		return NULL;
	TRY(limit_evaluate(&sort->operator.evaluation, sort->most, "LIMIT", &sort->left));
	if (sort->skip != NULL)
		TRY(limit_evaluate(&sort->operator.evaluation, sort->skip, "SKIP", &skip));
	/* Both are below 2^63. */
	sort->left = sort->left == 0 ? 0 : sort->left + skip;
	return NULL;
}

static struct error *sort_all(struct sort *sort)
{
	TRY(begin(sort));
	bool found = sort->left > 0;
	while (found) {
		TRY(operator_pause(&sort->operator));
		TRY(operator_next(sort->operator.input, &found));
		if (found)
			TRY(read_row(sort));
	}
	if (sort->order.count > 0)
		qsort_r(sort->order.items, sort->order.count, sizeof *sort->order.items, compare_order, sort);
	sort->ready = true;
	return NULL;
}

static struct error *sort_next(struct operator *operator, bool *found)
{
	struct sort *sort = (struct sort *)operator;
	if (!sort->ready)
		TRY(sort_all(sort));
	*found = sort->at < sort->order.count;
	if (!*found)
		return NULL;
	const struct datum *values = kept_row(&sort->kept, sort->order.items[sort->at++]);
	for (uint32_t i = 0; i < sort->keep_count; i++)
		operator->evaluation.row[sort->keep[i]] = values[sort->item_count + i];
	return NULL;
}

static void sort_rewind(struct operator *operator)
{
	struct sort *sort = (struct sort *)operator;
	kept_clear(&sort->kept);
	sort->came.count = sort->order.count = 0;
	sort->at = 0;
	sort->seen = 0;
	sort->ready = false;
	unbind(sort);
}

static void sort_deinit(struct operator *operator)
{
	struct sort *sort = (struct sort *)operator;
	kept_deinit(&sort->kept);
	vector_deinit(&sort->came);
	vector_deinit(&sort->order);
}

static const struct operator_kind sort_kind = {
	.name = "sort", .next = sort_next, .rewind = sort_rewind, .deinit = sort_deinit};
static const struct operator_kind top_kind = {
	.name = "top", .next = sort_next, .rewind = sort_rewind, .deinit = sort_deinit};

struct error *sort_create(struct planner *planner, struct operator *input, const struct sort_item *sorts, uint32_t sort_count,
			  const uint32_t *kept, uint32_t kept_count, const struct expression *skip,
			  const struct expression *most, struct operator **result)
{
	struct sort *sort;
	TRY(operator_create(planner, most != NULL ? &top_kind : &sort_kind, sizeof *sort, input, &sort));
	sort->items = sorts;
	sort->item_count = sort_count;
	sort->keep = kept;
	sort->keep_count = kept_count;
	sort->skip = skip;
	sort->most = most;
	kept_init(&sort->kept, sort_count + kept_count, planner->evaluation.limits, "to sort its rows");
	sort->values = arena_alloc(planner->arena, (sort_count + kept_count + (size_t)1) * sizeof *sort->values);
	if (sort->values == NULL)
		return error_memory();
	*result = &sort->operator;
	return NULL;
}

struct error *sort_bind_scan(struct planner *planner, struct operator *operator, struct operator *scan,
			     const struct property *property)
{
	struct sort *sort = (struct sort *)operator;
	struct column_filter *bound = arena_alloc(planner->arena, sizeof *bound);
	if (bound == NULL)
		return error_memory();
	bound->property = property;
	scan_add_filter(scan, bound);
	sort->bound = bound;
	unbind(sort);
	return NULL;
}
