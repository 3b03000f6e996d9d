/* What became of each rule, and why, in one place that every renderer reads and no renderer changes?
 *
 * Outcomes own an arena for all their strings, so that a sentence is built once, in a text, and then only pointed to.
 */
#include "checks/outcome.h"

#include <stdarg.h>
#include <stdio.h>

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PASSED] = "passed",
		[VERDICT_SKIPPED] = "skipped",
		[VERDICT_WARNED] = "warned",
		[VERDICT_VIOLATED] = "violated",
	};
	return names[verdict];
}

void outcomes_init(struct outcomes *outcomes)
{
	*outcomes = (struct outcomes){0};
	arena_init(&outcomes->arena);
}

static void outcome_deinit(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->findings.count; i++)
		vector_deinit(&outcome->findings.items[i].types);
	vector_deinit(&outcome->findings);
}

void outcomes_deinit(struct outcomes *outcomes)
{
	if (outcomes == NULL)
		return;
	for (size_t i = 0; i < outcomes->items.count; i++)
		outcome_deinit(&outcomes->items.items[i]);
	vector_deinit(&outcomes->items);
	arena_deinit(&outcomes->arena);
}

struct outcome_counts outcomes_count(const struct outcomes *outcomes)
{
	struct outcome_counts counts = {0};
	for (size_t i = 0; i < outcomes->items.count; i++) {
		enum verdict verdict = outcomes->items.items[i].verdict;
		counts.passed += verdict == VERDICT_PASSED;
		counts.skipped += verdict == VERDICT_SKIPPED;
		counts.warned += verdict == VERDICT_WARNED;
		counts.violated += verdict == VERDICT_VIOLATED;
	}
	return counts;
}

const char *outcomes_result(const struct outcomes *outcomes)
{
	if (outcomes->partial != NULL && !outcomes->allow_partial)
		return "partial";
	return verdict_name(outcomes_count(outcomes).violated > 0 ? VERDICT_VIOLATED : VERDICT_PASSED);
}

struct error *outcomes_keep(struct outcomes *outcomes, const struct text *text, const char **result)
{
	TRY(text_error(text));
	const char *kept = arena_copy(&outcomes->arena, text_string(text), text->length);
	if (kept == NULL)
		return error_memory();
	*result = kept;
	return NULL;
}

struct error *outcomes_print(struct outcomes *outcomes, const char **result, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	AUTO(string) char *formatted = NULL;
	int length = vasprintf(&formatted, format, arguments);
	va_end(arguments);
	*result = NULL;
	if (length < 0) {
		formatted = NULL; /* left undefined by a failure */
		return error_memory();
	}
	*result = arena_copy(&outcomes->arena, formatted, (size_t)length);
	return *result == NULL ? error_memory() : NULL;
}
