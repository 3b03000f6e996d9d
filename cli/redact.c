/* heapdiff redact: the same snapshot without the contents of strings and numbers. */
#include "cli/command.h"

#include "format/redact.h"

#include <string.h>

static struct error *fill(struct report *report, const char *output, const struct redact_result *result)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_escaped(&text, output, strlen(output));
	text_add(&text, ": ");
	text_add_count(&text, result->values);
	text_add(&text, result->values == 1 ? " value taken out, " : " values taken out, ");
	text_add_size(&text, result->bytes, report->unit);
	report_set_verdict(report, &text);
	struct section *facts = report_section(report, "redacted", NULL);
	section_fact(report, facts, "values", "values taken out", VALUE_COUNT, cell_number(result->values));
	section_fact(report, facts, "bytes", "bytes of them", VALUE_SIZE, cell_number(result->bytes));
	section_fact(report, facts, "objects", "objects", VALUE_COUNT, cell_number(result->counts.nodes));
	section_fact(report, facts, "edges", "references", VALUE_COUNT, cell_number(result->counts.edges));
	section_fact(report, facts, "size", "size", VALUE_SIZE, cell_number(result->counts.size));
	section_fact(report, facts, "file_size", "file", VALUE_SIZE, cell_number(result->file_bytes));
	return report_error(report);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (options->output == NULL)
		return error_create(ERROR_USAGE, "where to? heapdiff redact FILE -o OUT");
	struct redact_result result;
	TRY(redact_run(options->files[0], options->output, options->force, &result));
	return fill(call->report, options->output, &result);
}

const struct command command_redact = {
	.name = "redact",
	.files = "FILE -o OUT",
	.files_least = 1,
	.files_most = 1,
	.summary = "take values of the program's data out of a snapshot",
	.help = "Writes OUT, the same snapshot as FILE without the values that heapdump --values put into it, and says how many "
		"they were. What FILE holds without --values is kept: names of the program, lengths and keyed hashes. FILE "
		"stays as it is; OUT can be read by its owner only.\v"
		"Examples:\n"
		"  heapdiff redact full.snap -o to-share.snap\n"
		"  heapdiff info to-share.snap\n",
	.options = OPTIONS_OUTPUT,
	.run = run,
};
