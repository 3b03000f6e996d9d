/* Which call waits for which? A map from objects to rows; each row names the next. */
#include "analyzer/suspended.h"

#include <inttypes.h>

struct error *suspended_init(struct suspended *suspended, struct reader *reader)
{
	*suspended = (struct suspended){.reader = reader};
	map_init(&suspended->by_node);
	TRY(reader_suspensions(reader, &suspended->rows, &suspended->count));
	for (size_t i = 0; i < suspended->count; i++)
		if (suspended->rows[i].node != NO_ID)
			TRY(map_put(&suspended->by_node, suspended->rows[i].node, (uint32_t)i));
	return NULL;
}

void suspended_deinit(struct suspended *suspended)
{
	map_deinit(&suspended->by_node);
}

const struct suspension_row *suspended_find(const struct suspended *suspended, node_id node)
{
	uint32_t row;
	return node != NO_ID && map_find(&suspended->by_node, node, &row) ? &suspended->rows[row] : NULL;
}

const struct suspension_row *suspended_next(const struct suspended *suspended, const struct suspension_row *row)
{
	return suspended_find(suspended, row->call);
}

void suspended_print_place(const struct suspended *suspended, const struct suspension_row *row, struct text *text)
{
	size_t length;
	const char *file = reader_string(suspended->reader, row->file, &length);
	text_add_bytes(text, file, length);
	if (length > 0 && row->line > 0)
		text_printf(text, ":%" PRIu64, row->line);
}
