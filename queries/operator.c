/* How do the steps of a plan run?
 *
 * By pulling: the last one asks the one below it for a row. A clock is read only where the query is profiled.
 */
#include "queries/operator.h"

#include <time.h>

static uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

struct error *operator_next_timed(struct operator *operator, bool *found)
{
	uint64_t begin = clock_ns();
	struct error *error = operator->kind->next(operator, found);
	operator->ns += clock_ns() - begin;
	operator->calls++;
	operator->rows += error == NULL && *found;
	return error;
}

void operator_rewind(struct operator *operator)
{
	for (; operator != NULL; operator = operator->input)
		if (operator->kind->rewind != NULL)
			operator->kind->rewind(operator);
}

struct error *operator_count(struct operator *operator, uint64_t *rows)
{
	bool known = false, found = true;
	uint64_t begin = operator->profiled ? clock_ns() : 0, count = 0;
	if (operator->kind->count != NULL)
		TRY(operator->kind->count(operator, &count, &known));
	if (known && operator->profiled) {
		operator->ns += clock_ns() - begin;
		operator->calls++;
		operator->rows += count;
	}
	while (!known && found) {
		TRY(operator_next(operator, &found));
		count += found;
	}
	*rows = count;
	return NULL;
}

struct error *operator_ask(struct operator *operator, bool keep, bool *holds)
{
	if (!keep)
		arena_reset(&operator->arena);
	for (uint32_t i = 0; i < operator->condition_count && *holds; i++) {
		enum truth truth;
		TRY(evaluate_truth(&operator->evaluation, operator->conditions[i], &truth));
		*holds = truth == TRUTH_TRUE;
	}
	return NULL;
}

struct error *operator_create(struct planner *planner, const struct operator_kind *kind, size_t size, struct operator *input,
			      void *result)
{
	if (*planner->made_count >= OPERATORS_MAX)
		return error_create(ERROR_USAGE, "the query needs more than %u steps; ask it in several", OPERATORS_MAX);
	struct operator *operator = arena_alloc(planner->arena, size);
	if (operator == NULL)
		return error_memory();
	operator->kind = kind;
	operator->input = input;
	operator->made_before = *planner->made;
	operator->evaluation = planner->evaluation;
	operator->evaluation.arena = &operator->arena;
	operator->profiled = planner->profiled;
	operator->estimate = input != NULL ? input->estimate : 1;
	operator->detail = "";
	*planner->made = operator;
	++*planner->made_count;
	*(void **)result = operator;
	return NULL;
}

struct error *operator_set_detail(struct planner *planner, struct operator *operator, struct text *detail)
{
	TRY(text_error(detail));
	operator->detail = arena_copy(planner->arena, text_string(detail), detail->length);
	return operator->detail == NULL ? error_memory() : NULL;
}
