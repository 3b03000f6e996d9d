/* How does a build server show a check as it shows tests: JUnit's XML, a test case a rule?
 *
 * JUnit's format has no owner: of its two schemas in wide use, that of Ant's reports (each suite has an id, a package, a time
 * stamp, a host, properties, then test cases, then system-out and system-err) is the stricter, and what it takes that of
 * Jenkins takes too. Test cases have no output of their own in it, so warnings go to the suite's. The time stamp is that of
 * the judged snapshot's capture; where that is not known there is none, and the document is one for Jenkins' schema only.
 */
#include "checks/junit.h"

#include "checks/wording.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000u

/* XML 1.0 has no way to write most control characters, nor these two that are none; what was made safe for a terminal lacks
 * the former but for newlines, which are ours, and tabs. */
static bool is_forbidden(const char *at)
{
	return strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0;
}

/* As character data and in attributes alike. `string`: UTF-8 that is safe for a terminal, but for newlines. */
static void add_xml(struct text *text, const char *string)
{
	for (; *string != '\0'; string++) {
		switch (*string) {
		case '&':
			text_add(text, "&amp;");
			break;
		case '<':
			text_add(text, "&lt;");
			break;
		case '>':
			text_add(text, "&gt;");
			break;
		case '"':
			text_add(text, "&quot;");
			break;
		default:
			if (is_forbidden(string)) {
				text_add(text, string[2] == '\xbe' ? "\\u{FFFE}" : "\\u{FFFF}");
				string += 2;
			} else {
				text_add_char(text, *string);
			}
		}
	}
}

static void add_foreign(struct text *text, const char *string)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, string, strlen(string));
	add_xml(text, text_string(&safe));
	text->failed |= safe.failed;
}

/* ` name="value"` */
static void add_attribute(struct text *text, const char *name, const char *value)
{
	text_printf(text, " %s=\"", name);
	add_foreign(text, value);
	text_add_char(text, '"');
}

/* --- test cases ------------------------------------------------------------------------------------------------------ */

/* `name`: safe for a terminal. */
static void open_case(struct text *text, const char *name)
{
	text_add(text, "    <testcase");
	add_attribute(text, "classname", "heapdiff.check");
	add_attribute(text, "name", name);
	add_attribute(text, "time", "0");
}

static struct error *add_failure(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	AUTO(text) struct text message = {0}, all = {0};
	text_init(&message);
	text_init(&all);
	wording_message(outcome, unit, &message);
	TRY(wording_print(outcome, unit, &all));
	text_add(text, ">\n      <failure");
	add_attribute(text, "type", metric_facts(outcome->rule.metric)->name);
	add_attribute(text, "message", text_string(&message));
	text_add_char(text, '>');
	add_xml(text, text_string(&all));
	text_add(text, "</failure>\n    </testcase>\n");
	return text_error(&message);
}

static struct error *add_case(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	open_case(text, outcome->rule.name);
	if (outcome->verdict == VERDICT_VIOLATED)
		return add_failure(outcome, unit, text);
	if (outcome->verdict == VERDICT_SKIPPED) {
		text_add(text, ">\n      <skipped");
		add_attribute(text, "message", outcome->note != NULL ? outcome->note : "");
		text_add(text, "/>\n    </testcase>\n");
		return NULL;
	}
	text_add(text, "/>\n");
	return NULL;
}

/* Where what was judged is not all there is, a rule that passes says little: that is no rule's failure, but an error. */
static void add_partial(const struct outcomes *outcomes, struct text *text)
{
	AUTO(text) struct text partial = {0};
	text_init(&partial);
	wording_partial(outcomes, &partial);
	open_case(text, "the snapshots are whole");
	text_add(text, ">\n      <error");
	add_attribute(text, "type", "partial");
	add_attribute(text, "message", text_string(&partial));
	text_add(text, "/>\n    </testcase>\n");
	text->failed |= partial.failed;
}

/* --- the suite ------------------------------------------------------------------------------------------------------- */

static void add_count(struct text *text, const char *name, uint64_t count)
{
	text_printf(text, " %s=\"%" PRIu64 "\"", name, count);
}

static void add_timestamp(const struct outcomes *outcomes, struct text *text)
{
	time_t seconds = (time_t)(outcomes->captured_ns / NS_PER_SECOND);
	struct tm parts;
	char stamp[64];
	if (outcomes->captured_ns != 0 && gmtime_r(&seconds, &parts) != NULL &&
	    strftime(stamp, sizeof stamp, "%FT%T", &parts) > 0)
		add_attribute(text, "timestamp", stamp);
}

static void add_property(struct text *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add(text, "      <property");
	add_attribute(text, "name", name);
	add_attribute(text, "value", value);
	text_add(text, "/>\n");
}

static void open_suite(const struct outcomes *outcomes, bool partial, struct text *text)
{
	struct outcome_counts counts = outcomes_count(outcomes);
	text_add(text, "  <testsuite name=\"check\" package=\"heapdiff\" id=\"0\"");
	add_timestamp(outcomes, text);
	add_attribute(text, "hostname", "localhost"); /* what the schema wants where the host doesn't matter */
	add_count(text, "tests", outcomes->items.count + partial);
	add_count(text, "failures", counts.violated);
	add_count(text, "errors", partial);
	add_count(text, "skipped", counts.skipped);
	text_add(text, " time=\"0\">\n    <properties>\n");
	add_property(text, "before", outcomes->before);
	add_property(text, "after", outcomes->after);
	add_property(text, "partial", outcomes->partial);
	text_add(text, "    </properties>\n");
}

static struct error *add_warnings(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	text_add(text, "    <system-out>");
	for (size_t i = 0; i < outcomes->items.count; i++) {
		AUTO(text) struct text all = {0};
		text_init(&all);
		if (outcomes->items.items[i].verdict != VERDICT_WARNED)
			continue;
		TRY(wording_print(&outcomes->items.items[i], unit, &all));
		add_xml(text, text_string(&all));
	}
	text_add(text, "</system-out>\n    <system-err></system-err>\n");
	return NULL;
}

struct error *junit_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	bool partial = outcomes->partial != NULL && !outcomes->allow_partial;
	text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	open_suite(outcomes, partial, text);
	for (size_t i = 0; i < outcomes->items.count; i++)
		TRY(add_case(&outcomes->items.items[i], unit, text));
	if (partial)
		add_partial(outcomes, text);
	TRY(add_warnings(outcomes, unit, text));
	text_add(text, "  </testsuite>\n</testsuites>\n");
	return text_error(text);
}
