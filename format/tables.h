/* Tables: what a reader reads at once: meta, strings, types and roots, with every id in them checked. */
#ifndef FORMAT_TABLES_H
#define FORMAT_TABLES_H

#include "format/document.h"
#include "format/manifest.h"
#include "format/record.h"

struct tables {
	struct snapshot_meta meta;
	struct intern strings;
	struct types types;
	struct roots roots;
};
void tables_init(struct tables *tables);
void tables_deinit(struct tables *tables);
DEFINE_AUTO_VALUE(tables, struct tables, tables_deinit);

/* Reads all members of these kinds. ERROR_INPUT: one that does not decode, counts that are not the manifest's, ids that
 * are out of range. */
struct error *tables_read(struct tables *tables, struct codec *codec, const struct catalog *catalog,
			  const struct input *input, const struct manifest *manifest) CHECKED;

#endif
