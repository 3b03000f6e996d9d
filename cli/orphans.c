/* heapdiff orphans: what did C code leak that nothing refers to any more? */
#include "cli/command.h"

#include "analyzer/info.h"
#include "analyzer/orphans.h"
#include "cli/opened.h"
#include "cli/output.h"

static struct error *run(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(opened) struct opened opened = {0};
	TRY(opened_init(&opened, options));
	uint64_t rows = options->top;
	if (rows == TOP_UNSET)
		rows = options->format == FORMAT_TEXT ? TOP_DEFAULT : TOP_ALL;
	TRY(orphans_report(call->report, opened.reader, &opened.names, opened.typeset.selected, rows));
	info_remark_losses(call->report, opened.reader);
	return NULL;
}

const struct command command_orphans = {
	.name = "orphans",
	.files = "A",
	.files_least = 1,
	.files_most = 1,
	.summary = "what C code leaked that nothing refers to",
	.help = "Lists the orphans of the snapshot A: blocks that the allocator has given out, that look like objects, and that "
		"nothing in the snapshot refers to. C code that forgets a reference to a str, bytes, float or int leaves such, "
		"which neither a collection nor gc.get_objects() sees. They are in no other command's numbers.\v"
		"Examples:\n"
		"  heapdiff orphans a.snap\n"
		"  heapdiff orphans --type '^bytes$' --top all a.snap\n"
		"  heapdiff orphans --json a.snap       for a program\n"
		"\n"
		"Columns: type, count, size, share, average; with --json also orphans: address, type, size, refcount, length, "
		"content_hash, holder.\n",
	.details =
		"Only blocks of pymalloc's pools are looked at, which hold up to 512 bytes. A block that C code uses "
		"for something else, and that happens to look like an object, is listed too; and so is an object "
		"that only a local variable of a running C function holds.\n",
	.options = OPTIONS_TABLE | OPTIONS_TYPE,
	.rows = "type",
	.run = run,
};
