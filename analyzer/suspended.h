/* Suspended: calls that stopped on their way, each with the one that it waits for, so that stacks can be told. */
#ifndef ANALYZER_SUSPENDED_H
#define ANALYZER_SUSPENDED_H

#include "base/map.h"
#include "base/text.h"
#include "format/reader.h"

struct suspended {
	const struct reader *reader;
	const struct suspension_row *rows;
	size_t count;
	struct map by_node; /* object: number of its row */
};

/* None where the snapshot has none. 20 B each, beside the rows. */
struct error *suspended_init(struct suspended *suspended, struct reader *reader) CHECKED;
void suspended_deinit(struct suspended *suspended);
DEFINE_AUTO_VALUE(suspended, struct suspended, suspended_deinit);

/* The row of an object; NULL: it is no such call. */
const struct suspension_row *suspended_find(const struct suspended *suspended, node_id node);
#define SUSPENDED_DEPTH 1000u /* of a stack, at most: rows may lead in a circle */
/* The call that `row` waits for; NULL: none. */
const struct suspension_row *suspended_next(const struct suspended *suspended, const struct suspension_row *row);
/* Adds FILE:LINE where it stands; nothing where it is closed. */
void suspended_print_place(const struct suspended *suspended, const struct suspension_row *row, struct text *text);

#endif
