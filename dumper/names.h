/* Names: the text of an edge's name, interned in the snapshot once for each str object or literal that gives it. */
#ifndef DUMPER_NAMES_H
#define DUMPER_NAMES_H

#include "base/map.h"
#include "dumper/decode.h"
#include "format/writer.h"

struct names {
	struct map objects;  /* address of a str of the target -> string id */
	struct map literals; /* address of a literal of ours -> string id */
};

void names_init(struct names *names);
void names_deinit(struct names *names);
DEFINE_AUTO_VALUE(names, struct names, names_deinit);

/* The string id of an edge's name; NO_ID where the str can't be read, counted as LOSS_name_unreadable. */
struct error *names_find(struct names *names, struct decoder *decoder, struct writer *writer, const struct found_edge *edge,
			 string_id *id) CHECKED;

#endif
