/* heapdiff salvage: what can be saved of a snapshot that was cut or altered? */
#include "cli/command.h"

#include "format/salvage.h"

#include <string.h>

static struct error *fill(struct report *report, const char *output, const struct salvage_result *result)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_escaped(&text, output, strlen(output));
	text_add(&text, ": ");
	text_add_count(&text, result->counts.nodes);
	text_add(&text, result->counts.nodes == 1 ? " object, " : " objects, ");
	text_add_size(&text, result->counts.size, report->unit);
	text_add(&text, result->members_lost > 0 ? ", marked partial" : "");
	report_set_verdict(report, &text);
	struct section *facts = report_section(report, "salvaged", NULL);
	section_fact(report, facts, "members_kept", "members kept", VALUE_COUNT, cell_number(result->members_kept));
	section_fact(report, facts, "members_lost", "members lost", VALUE_COUNT, cell_number(result->members_lost));
	section_fact(report, facts, "objects", "objects", VALUE_COUNT, cell_number(result->counts.nodes));
	section_fact(report, facts, "edges", "references", VALUE_COUNT, cell_number(result->counts.edges));
	section_fact(report, facts, "edges_lost", "references lost", VALUE_COUNT, cell_number(result->edges_lost));
	section_fact(report, facts, "types", "types", VALUE_COUNT, cell_number(result->counts.types));
	section_fact(report, facts, "size", "size", VALUE_SIZE, cell_number(result->counts.size));
	return report_error(report);
}

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	if (options->output == NULL)
		return error_create(ERROR_USAGE, "where to? heapdiff salvage FILE -o OUT");
	struct salvage_result result;
	TRY(salvage_run(options->files[0], options->output, options->force, &result));
	return fill(call->report, options->output, &result);
}

const struct command command_salvage = {
	.name = "salvage",
	.files = "FILE -o OUT",
	.files_least = 1,
	.files_most = 1,
	.summary = "save what is whole of a snapshot that was cut or altered",
	.help = "Reads FILE from the front, keeps every part that is whole, and writes OUT, a snapshot that is marked partial and "
		"says what it lost. FILE stays as it is.\v"
		"Examples:\n"
		"  heapdiff salvage cut.snap -o whole-part.snap\n"
		"  heapdiff info whole-part.snap\n",
	.options = OPTIONS_OUTPUT,
	.run = run,
};
