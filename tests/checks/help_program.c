#include "tests/checks/help_program.h"

#include "base/text.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

static void describe(const struct run *run, unsigned number, struct text *text)
{
	unsigned base = 0x100000 * (number + 1), module = base, cache = base + 16, log = base + 32, next = base + 48;
	text_printf(text, "meta capture_time_ns %u000000000\n", 1000 + number);
	text_printf(text, "object %u dict size=500\n", module);
	text_printf(text, "object %u dict size=%u\nedge %u %u .CACHE\n", cache, run->table != 0 ? run->table : 100, module,
		    cache);
	for (unsigned i = 0; i < run->pages; i++, next += 16)
		text_printf(text, "object %u %s size=%u\nedge %u %u [i]\n", next,
			    run->page_type != NULL ? run->page_type : "app.Page", run->page, cache, next);
	if (run->log > 0)
		text_printf(text, "object %u list size=%u\nedge %u %u .LOG\n", log, run->log, module, log);
	for (unsigned i = 0; i < run->strays; i++, next += 16)
		text_printf(text, "object %u app.Stray size=3000\nedge %u %u .stray_%u_%u\n", next, module, next, number, i);
	text_printf(text, "root modules sys.modules\nrootedge %u ['app']\n", module);
	if (run->looked_up > 0)
		text_add(text, "root interpreter \"method cache\"\n");
	for (unsigned i = 0; i < run->looked_up; i++, next += 16)
		text_printf(text, "object %u str size=3000\nrootedge %u [%u]\n", next, next, i * 7);
}

void help_program_run(struct program *program, const struct run *runs, size_t count)
{
	*program = (struct program){.folder = help_folder(), .count = count};
	for (unsigned i = 0; i < count; i++) {
		AUTO(text) struct text text, name;
		text_init(&text);
		text_init(&name);
		text_printf(&name, "%u.snap", i);
		AUTO(string) char *path = help_path(program->folder, text_string(&name));
		describe(&runs[i], i, &text);
		assert_ok(help_snapshot_write(path, text_string(&text)));
		assert_ok(reader_open(path, &program->readers[i]));
	}
}

void help_program_deinit(struct program *program)
{
	for (size_t i = 0; i < program->count; i++)
		reader_close(program->readers[i]);
	help_folder_remove(program->folder);
}
