/* How does a command begin? */
#include "cli/opened.h"

struct error *opened_init(struct opened *opened, const struct options *options)
{
	*opened = (struct opened){0};
	TRY(reader_open(options->files[0], &opened->reader));
	const struct reader *readers[1] = {opened->reader};
	TRY(type_names_init(&opened->names, readers, 1));
	return options->type != NULL ? typeset_init(&opened->typeset, &opened->names, options->type) : NULL;
}

void opened_deinit(struct opened *opened)
{
	typeset_deinit(&opened->typeset);
	type_names_deinit(&opened->names);
	reader_close(opened->reader);
}
