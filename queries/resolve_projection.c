/* What does a WITH or RETURN make of the rows before it?
 *
 * Columns without aggregates come first: where there are others, these are the keys by which rows are grouped, and what
 * stands beside an aggregate may only be made of them. An expression that is a column's already, as in ORDER BY n.type after
 * RETURN n.type, stands for that column.
 */
#include "queries/resolving.h"

#include "queries/expression.h"

#include <string.h>

static struct error *take_all(struct resolver *resolver, struct projection *projection, struct span span)
{
	size_t visible = resolver->scope.count, count = 0;
	if (visible == 0)
		return error_create_at(ERROR_USAGE, span.at, "* stands for all variables, and there are none");
	struct projection_item *items =
		arena_alloc(resolver->arena, (visible + projection->count) * sizeof *items);
	if (items == NULL)
		return error_memory();
	for (size_t i = 0; i < visible; i++) {
		const struct variable *variable = &resolver->scope.items[i];
		if (scope_find(resolver, &variable->name) != variable)
			continue;
		struct expression *expression = arena_alloc(resolver->arena, sizeof *expression);
		if (expression == NULL)
			return error_memory();
		*expression = (struct expression){.kind = EXPRESSION_VARIABLE, .height = 1, .name = variable->name, .span = span,
						  .slot = variable->slot};
		items[count++] = (struct projection_item){.expression = expression, .name = variable->name, .aliased = true};
	}
	if (projection->count > 0)
		memcpy(items + count, projection->items, projection->count * sizeof *items);
	projection->items = items;
	projection->count += (uint32_t)count;
	projection->all = false;
	return NULL;
}

static struct error *check_names(const struct projection *projection, bool with)
{
	for (uint32_t i = 0; i < projection->count; i++) {
		const struct projection_item *item = &projection->items[i];
		if (with && !item->aliased && item->expression->kind != EXPRESSION_VARIABLE)
			return error_create_at(ERROR_USAGE, item->expression->span.at,
					       "what WITH hands on needs a name: ... AS name");
		for (uint32_t before = 0; before < i; before++) {
			const struct name *name = &projection->items[before].name;
			if (name->length == item->name.length && memcmp(name->text, item->name.text, name->length) == 0)
				return error_create_at(ERROR_USAGE, item->expression->span.at,
						       "two columns are called %.*s; AS gives one of them another name",
						       (int)(name->length < 100 ? name->length : 100), name->text);
		}
	}
	return NULL;
}

static bool is_named(const struct projection_item *item, const struct name *name)
{
	return item->name.length == name->length && memcmp(item->name.text, name->text, name->length) == 0;
}

/* A variable goes by its column's name, unless a column has its own. What is known of it stays known so. */
static void rename_variable(struct expression *expression, const struct projection *projection)
{
	const struct name *renamed = NULL;
	for (uint32_t i = 0; i < projection->count; i++) {
		const struct projection_item *item = &projection->items[i];
		if (is_named(item, &expression->name))
			return;
		if (renamed == NULL && expression_equal(item->expression, expression))
			renamed = &item->name;
	}
	if (renamed == NULL)
		return;
	struct span span = expression->name.span;
	expression->name = *renamed;
	expression->name.span = span;
}

/* Puts the column's variable in the place of what is a column already. `keys_only`: columns with aggregates are none. */
static void substitute(struct expression **expression, const struct projection *projection, bool keys_only)
{
	bool more = true;
	if ((*expression)->kind == EXPRESSION_VARIABLE) {
		if (!keys_only)
			rename_variable(*expression, projection);
		return;
	}
	for (uint32_t i = 0; i < projection->count; i++) {
		struct projection_item *item = &projection->items[i];
		if ((keys_only && item->aggregates) || item->slot == SLOT_NONE || item->expression == *expression ||
		    !expression_equal(item->expression, *expression))
			continue;
		struct span span = (*expression)->span;
		(*expression)->kind = EXPRESSION_VARIABLE;
		(*expression)->span = span;
		(*expression)->slot = item->slot;
		(*expression)->count = 0;
		(*expression)->name = item->name;
		(*expression)->aggregate = true; /* its slot is settled */
		return;
	}
	if (expression_is_aggregate(*expression))
		return;
	for (uint32_t i = 0; more; i++) {
		struct expression **part = expression_part(*expression, i, &more);
		if (part != NULL && *part != NULL)
			substitute(part, projection, keys_only);
	}
}

static struct error *resolve_item(struct resolver *resolver, struct projection *projection, uint32_t number,
				  struct known *known)
{
	struct projection_item *item = &projection->items[number];
	uint32_t own = resolver->slots;
	resolver->no_aggregates = NULL;
	resolver->projection = projection;
	if (item->aggregates)
		substitute(&item->expression, projection, true);
	TRY(resolve_expression(resolver, item->expression, known));
	if (item->aggregates)
		TRY(resolve_grouping(projection, item->expression, false, own));
	item->slot = item->expression->kind == EXPRESSION_VARIABLE ? item->expression->slot : resolver->slots++;
	return NULL;
}

static struct error *resolve_items(struct resolver *resolver, struct projection *projection, struct known *known)
{
	projection->grouped = false;
	for (uint32_t i = 0; i < projection->count; i++) {
		projection->items[i].slot = SLOT_NONE;
		projection->items[i].aggregates = expression_has_aggregate(projection->items[i].expression);
		projection->grouped |= projection->items[i].aggregates;
	}
	for (uint32_t i = 0; i < projection->sort_count; i++)
		projection->grouped |= expression_has_aggregate(projection->sorts[i].expression);
	for (uint32_t turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < projection->count; i++)
			if (projection->items[i].aggregates == (turn == 1))
				TRY(resolve_item(resolver, projection, i, &known[i]));
	return NULL;
}

/* ORDER BY sees the columns, and what was before them where a row still is one of those. */
static struct error *resolve_sorts(struct resolver *resolver, struct projection *projection)
{
	struct known known;
	for (uint32_t i = 0; i < projection->sort_count; i++) {
		struct sort_item *sort = &projection->sorts[i];
		uint32_t own = resolver->slots;
		substitute(&sort->expression, projection, false);
		resolver->no_aggregates = projection->grouped ? NULL : "ORDER BY of rows that are not grouped";
		resolver->projection = projection;
		TRY(resolve_expression(resolver, sort->expression, &known));
		if (projection->grouped)
			TRY(resolve_grouping(projection, sort->expression, true, own));
	}
	resolver->no_aggregates = NULL;
	return NULL;
}

static struct error *resolve_number(struct resolver *resolver, struct expression *expression, const char *what)
{
	struct known known;
	size_t visible = resolver->scope.count;
	if (expression == NULL)
		return NULL;
	resolver->scope.count = 0;
	resolver->no_aggregates = what;
	struct error *error = resolve_expression(resolver, expression, &known);
	resolver->scope.count = visible;
	resolver->no_aggregates = NULL;
	TRY(error);
	struct datum value;
	TRY(resolve_constant(resolver, expression, &value));
	if (value.kind != DATUM_INTEGER || value.integer < 0)
		return error_create_at(ERROR_USAGE, expression->span.at, "%s takes a number of rows, 0 and more", what);
	return NULL;
}

/* The columns as variables, behind those before. */
static struct error *add_columns(struct resolver *resolver, const struct projection *projection, const struct known *known)
{
	for (uint32_t i = 0; i < projection->count; i++) {
		struct variable variable = {.name = projection->items[i].name,
					    .slot = projection->items[i].slot,
					    .known = known[i]};
		TRY(vector_push(&resolver->scope, variable));
	}
	return NULL;
}

/* From now on nothing else is seen. */
static void keep_columns(struct resolver *resolver, size_t kept, size_t columns)
{
	struct variable *items = resolver->scope.items;
	if (columns > 0)
		memmove(items + kept, items + resolver->scope.count - columns, columns * sizeof *items);
	resolver->scope.count = kept + columns;
}

/* `kept`: variables of a query around this one, which are seen all the time. */
struct error *resolve_projection(struct resolver *resolver, struct clause *clause, size_t kept, struct known **result)
{
	struct projection *projection = &clause->projection;
	if (projection->all)
		TRY(take_all(resolver, projection, clause->span));
	TRY(check_names(projection, clause->kind == CLAUSE_WITH));
	struct known *known = arena_alloc(resolver->arena, (projection->count + (size_t)1) * sizeof *known);
	if (known == NULL)
		return error_memory();
	TRY(resolve_items(resolver, projection, known));
	TRY(add_columns(resolver, projection, known));
	bool only_columns = projection->grouped || projection->distinct;
	if (only_columns)
		keep_columns(resolver, kept, projection->count);
	resolver->unseen = only_columns ? "after DISTINCT or an aggregate ORDER BY sees the columns alone" : NULL;
	TRY(resolve_sorts(resolver, projection));
	resolver->unseen = NULL;
	if (!only_columns)
		keep_columns(resolver, kept, projection->count);
	TRY(resolve_number(resolver, projection->skip, "SKIP"));
	TRY(resolve_number(resolver, projection->limit, "LIMIT"));
	*result = known;
	return NULL;
}
