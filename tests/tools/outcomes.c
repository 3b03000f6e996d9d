/* Prints outcomes built by hand as `heapdiff check` prints what it found: outcomes SET text|quiet|json|csv|junit|github|markdown
 * [WIDTH]. */
#include "analyzer/render.h"
#include "checks/check_report.h"
#include "checks/github.h"
#include "checks/junit.h"
#include "checks/markdown.h"
#include "tests/checks/help_outcomes.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *print(const struct outcomes *outcomes, const char *format, unsigned width, struct text *text)
{
	AUTO(report) struct report report;
	report_init(&report, "check", SIZE_BINARY);
	struct render_options options = {.unit = SIZE_BINARY, .width = width};
	if (strcmp(format, "junit") == 0)
		return junit_print(outcomes, SIZE_BINARY, text);
	if (strcmp(format, "github") == 0)
		return github_print(outcomes, SIZE_BINARY, text);
	if (strcmp(format, "markdown") == 0)
		return markdown_print(outcomes, SIZE_BINARY, text);
	TRY(check_report(&report, outcomes, strcmp(format, "quiet") == 0));
	if (strcmp(format, "json") == 0)
		return render_json(&report, text);
	if (strcmp(format, "csv") == 0)
		return render_csv(&report, text);
	return render_text(&report, &options, text);
}

int main(int count, char **arguments)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	text_init(&text);
	setlocale(LC_CTYPE, "C.UTF-8");
	if (!help_outcomes(count > 2 ? arguments[1] : "", &outcomes)) {
		fprintf(stderr, "usage: outcomes SET FORMAT [WIDTH]\n");
		return 2;
	}
	unsigned width = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 0;
	AUTO(error) struct error *error = print(&outcomes, arguments[2], width, &text);
	if (error != NULL) {
		fprintf(stderr, "outcomes: %s\n", error->message);
		return 1;
	}
	fwrite(text_string(&text), 1, text.length, stdout);
	return 0;
}
