/* Which parts has an expression, and are two of them the same? */
#include "queries/expression.h"

#include "queries/function.h"

#include <string.h>

struct expression **expression_part(struct expression *expression, uint32_t number, bool *more)
{
	struct expression **others[] = {&expression->subject, &expression->otherwise, &expression->condition,
					&expression->result};
	size_t count = sizeof others / sizeof others[0];
	*more = number < expression->count + count;
	if (number < expression->count)
		return &expression->operands[number];
	return *more ? others[number - expression->count] : NULL;
}

bool expression_is_aggregate(const struct expression *expression)
{
	if (expression->kind == EXPRESSION_COUNT_ALL)
		return true;
	if (expression->kind != EXPRESSION_CALL)
		return false;
	const struct function *function = function_find(expression->name.text, expression->name.length);
	return function != NULL && function->run == NULL;
}

bool expression_has_aggregate(const struct expression *expression)
{
	bool more = true;
	if (expression_is_aggregate(expression))
		return true;
	for (uint32_t i = 0; more; i++) {
		struct expression **part = expression_part((struct expression *)expression, i, &more);
		if (part != NULL && *part != NULL && expression_has_aggregate(*part))
			return true;
	}
	return false;
}

static bool equal_names(const struct name *a, const struct name *b)
{
	return a->length == b->length && (a->length == 0 || memcmp(a->text, b->text, a->length) == 0);
}

static bool equal_labels(const struct label_test *a, const struct label_test *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->count != b->count || a->negated != b->negated)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!equal_names(&a->names[i].name, &b->names[i].name) || a->names[i].subclasses != b->names[i].subclasses)
			return false;
	return true;
}

static bool equal_heads(const struct expression *a, const struct expression *b)
{
	if (a->kind != b->kind || a->count != b->count || a->distinct != b->distinct || a->pattern != NULL ||
	    b->pattern != NULL || a->query != NULL || b->query != NULL)
		return false;
	if (a->kind == EXPRESSION_OPERATION && a->operator != b->operator)
		return false;
	if (a->kind == EXPRESSION_QUANTIFIER && a->quantifier != b->quantifier)
		return false;
	if (a->kind == EXPRESSION_LITERAL && (a->literal.kind != b->literal.kind || datum_order(a->literal, b->literal) != 0))
		return false;
	return equal_names(&a->name, &b->name) && equal_names(&a->inner, &b->inner) && equal_labels(a->labels, b->labels);
}

bool expression_equal(const struct expression *a, const struct expression *b)
{
	bool more = true;
	if (!equal_heads(a, b))
		return false;
	for (uint32_t i = 0; a->names != NULL && i < a->count; i++)
		if (!equal_names(&a->names[i], &b->names[i]))
			return false;
	for (uint32_t i = 0; more; i++) {
		struct expression **left = expression_part((struct expression *)a, i, &more);
		struct expression **right = expression_part((struct expression *)b, i, &more);
		if (left == NULL || *left == *right)
			continue;
		if (*left == NULL || *right == NULL || !expression_equal(*left, *right))
			return false;
	}
	return true;
}
