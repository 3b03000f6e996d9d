/* Where do the outcomes of a check go?
 *
 * Each output is asked for by itself. Standard output has the text, unless a document goes there; what a GitHub workflow reads are lines
 * of its log, so they come after the text.
 */
#include "cli/check_outputs.h"

#include "analyzer/render.h"
#include "checks/check_report.h"
#include "checks/github.h"
#include "checks/junit.h"
#include "checks/markdown.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *write_as(const char *path, const char *mode, const struct text *text)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdout : fopen(path, mode);
	bool failed = file == NULL || fwrite(text_string(text), 1, text->length, file) != text->length;
	int number = errno;
	if (file != NULL && (standard ? fflush(file) : fclose(file)) != 0 && !failed) {
		failed = true;
		number = errno;
	}
	if (!failed)
		return NULL;
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, path, strlen(path));
	return error_create_errno(ERROR_IO, number, "can't write %s", standard ? "standard output" : text_string(&safe));
}

struct error *check_outputs_write(const char *path, const struct text *text)
{
	return write_as(path, "we", text);
}

typedef struct error *print_outcomes(const struct outcomes *outcomes, enum size_unit unit, struct text *text);

static struct error *write_file(const char *path, print_outcomes *print, const struct outcomes *outcomes, enum size_unit unit,
				const char *mode)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (path == NULL)
		return NULL;
	TRY(print(outcomes, unit, &text));
	TRY(text_error(&text));
	return write_as(path, mode, &text);
}

/* All of it, and what was remarked before. */
static struct error *write_json(const char *path, const struct report *remarked, const struct outcomes *outcomes)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	report_init(&report, remarked->command, remarked->unit);
	if (path == NULL)
		return NULL;
	for (size_t i = 0; i < remarked->remarks.count; i++)
		report_remark(&report, remarked->remarks.items[i].kind, "%s", remarked->remarks.items[i].text);
	TRY(check_report(&report, outcomes, false));
	TRY(report_error(&report));
	TRY(render_json(&report, &text));
	return check_outputs_write(path, &text);
}

static bool is_standard(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* The text comes before the lines that a workflow reads, so it is printed here where both are wanted. */
static struct error *print_github(struct command_call *call, const struct outcomes *outcomes, bool text)
{
	enum size_unit unit = call->options->unit;
	const char *summary = getenv("GITHUB_STEP_SUMMARY");
	if (text)
		TRY(output_report(call->options, NULL, call->report));
	call->printed = true;
	TRY(write_file("-", github_print, outcomes, unit, "w"));
	return write_file(summary != NULL && *summary != '\0' ? summary : NULL, markdown_print, outcomes, unit, "ae");
}

struct error *check_outputs(struct command_call *call, const struct outcomes *outcomes)
{
	const struct check_options *options = &call->options->check;
	enum size_unit unit = call->options->unit;
	bool violated = call->exit_code != EXIT_DONE;
	bool text = !is_standard(options->json) && !is_standard(options->junit) && !is_standard(options->markdown) &&
		    (!options->quiet || violated);
	TRY(write_json(options->json, call->report, outcomes));
	TRY(write_file(options->junit, junit_print, outcomes, unit, "we"));
	TRY(write_file(options->markdown, markdown_print, outcomes, unit, "we"));
	if (text)
		TRY(check_report(call->report, outcomes, options->quiet));
	call->printed = !text;
	return options->github ? print_github(call, outcomes, text) : NULL;
}
