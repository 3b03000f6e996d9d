/* Which names does a user's pattern select?
 *
 * PCRE2 in UTF mode, compiled to machine code where the system allows that and run by PCRE2's
 * interpreter where it doesn't (no executable memory, or a match that outgrows the JIT's stack).
 * Patterns are typed by people and copied from tickets, so a match is limited three ways: steps,
 * nested backtracking and bytes of heap; running into a limit is the pattern's fault and told so.
 * Cost: O(length) a match for ordinary patterns, at most MATCH_STEPS steps for the worst.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/match.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MOST ((size_t)64 << 10) /* bytes */
#define MATCH_STEPS 1000000
#define MATCH_HEAP (64u << 10)         /* KiB */
#define STACK_LEAST ((size_t)32 << 10) /* bytes, of the JIT */
#define STACK_MOST ((size_t)1 << 20)

struct match {
	enum match_kind kind;
	char *pattern;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL without JIT */
};

void match_destroy(struct match *match)
{
	if (match == NULL)
		return;
	pcre2_jit_stack_free(match->stack);
	pcre2_match_context_free(match->context);
	pcre2_match_data_free(match->data);
	pcre2_code_free(match->code);
	free(match->pattern);
	free(match);
}

static struct error *pattern_refused(const char *pattern, int code, size_t offset)
{
	char reason[256];
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason) < 0)
		strcpy(reason, "refused by PCRE2");
	return error_create(ERROR_USAGE, "bad pattern '%s' at offset %zu: %s", pattern, offset, reason);
}

static struct error *pattern_compile(const char *pattern, enum match_kind kind, pcre2_code **result)
{
	/* A whole match can't contain bytes that are no UTF-8, so there the subject's check is the answer. */
	uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
	options |= kind == MATCH_WHOLE ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : PCRE2_MATCH_INVALID_UTF;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	if (context == NULL)
		return error_memory();
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_max_pattern_length(context, PATTERN_MOST);
	int code = 0;
	PCRE2_SIZE offset = 0;
	*result = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &offset, context);
	pcre2_compile_context_free(context);
	return *result != NULL ? NULL : pattern_refused(pattern, code, offset);
}

/* The JIT is a gift, not a condition: whatever it refuses, the interpreter runs. */
static void match_speed_up(struct match *match)
{
	if (pcre2_jit_compile(match->code, PCRE2_JIT_COMPLETE) != 0)
		return;
	match->stack = pcre2_jit_stack_create(STACK_LEAST, STACK_MOST, NULL);
	if (match->stack != NULL)
		pcre2_jit_stack_assign(match->context, NULL, match->stack);
}

struct error *match_create(const char *pattern, enum match_kind kind, struct match **result)
{
	AUTO(match) struct match *match = calloc(1, sizeof *match);
	if (match == NULL)
		return error_memory();
	match->kind = kind;
	TRY(pattern_compile(pattern, kind, &match->code));
	match->pattern = strdup(pattern);
	match->data = pcre2_match_data_create(1, NULL);
	match->context = pcre2_match_context_create(NULL);
	if (match->pattern == NULL || match->data == NULL || match->context == NULL)
		return error_memory();
	pcre2_set_match_limit(match->context, MATCH_STEPS);
	pcre2_set_depth_limit(match->context, MATCH_STEPS);
	pcre2_set_heap_limit(match->context, MATCH_HEAP);
	match_speed_up(match);
	*result = steal(&match);
	return NULL;
}

struct error *match_run(struct match *match, const char *subject, size_t length, bool *found)
{
	PCRE2_SPTR text = (PCRE2_SPTR)(subject != NULL ? subject : "");
	int code = pcre2_match(match->code, text, length, 0, 0, match->data, match->context);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match(match->code, text, length, 0, PCRE2_NO_JIT, match->data, match->context);
	bool bad_utf = code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21;
	if (code >= 0 || code == PCRE2_ERROR_NOMATCH || bad_utf) {
		*found = code >= 0;
		return NULL;
	}
	if (code == PCRE2_ERROR_NOMEMORY)
		return error_memory();
	if (code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT || code == PCRE2_ERROR_HEAPLIMIT)
		return error_create(ERROR_USAGE,
				    "pattern '%s' backtracks without end on a name of %zu bytes: "
				    "make it more exact (nested repeats such as (a+)+ do this)",
				    match->pattern, length);
	char reason[256];
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason) < 0)
		strcpy(reason, "PCRE2 failed");
	return error_create(ERROR_USAGE, "pattern '%s': %s", match->pattern, reason);
}

void match_add_exactly(const char *name, size_t length, struct text *pattern)
{
	text_add_char(pattern, '^');
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '\0') {
			text_add(pattern, "\\x00");
			continue;
		}
		if (strchr("\\^$.|?*+()[]{}", name[i]) != NULL)
			text_add_char(pattern, '\\');
		text_add_char(pattern, name[i]);
	}
	text_add_char(pattern, '$');
}
