/* What does a snapshot lack, and what is wrong without it? The reasons of its losses tell, each of which is either of
 * single objects or of any part of the heap; a reason that is not known, as of a newer program's, is of any part. */
#include "analyzer/lacking.h"

#include "analyzer/info.h"
#include "base/bytes.h"

#include <string.h>

enum lacking lacking_of(const struct reader *reader)
{
	uint64_t single = 0, wide = 0;
	if (reader_complete(reader))
		return LACKING_NOTHING;
	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		if (!loss_is_partial((enum loss)loss))
			continue;
		uint64_t *sum = loss_is_wide((enum loss)loss) ? &wide : &single;
		*sum = saturating_add(*sum, reader_loss(reader, (enum loss)loss));
	}
	struct snapshot_counts counts = reader_counts(reader);
	bool many = single > counts.nodes / LACKING_RARE && single > 1;
	return wide > 0 || many || single == 0 || counts.roots == 0 ? LACKING_PARTS : LACKING_FEW;
}

enum lacking lacking_of_both(const struct reader *before, const struct reader *after)
{
	enum lacking a = lacking_of(before), b = lacking_of(after);
	return a > b ? a : b;
}

static void print_path(const struct reader *reader, struct text *text)
{
	text_add_escaped(text, reader_path(reader), strlen(reader_path(reader)));
}

static void remark_side(struct report *report, const struct reader *reader, bool later)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	if (lacking_of(reader) == LACKING_NOTHING)
		return;
	print_path(reader, &text);
	text_add(&text, " is partial");
	info_print_losses(reader, &text);
	if (reader_counts(reader).roots == 0)
		text_add(&text, ", and none of its roots is there");
	report_remark(report, REMARK_CAUTION,
		      "%s; what it lacks seems to have %s, and what only that holds to be held "
		      "by C code",
		      text_string(&text), later ? "gone" : "come");
	report->failed |= text.failed;
}

void lacking_remark(struct report *report, const struct reader *before, const struct reader *after)
{
	remark_side(report, before, false);
	remark_side(report, after, true);
}

void lacking_print_parts(const struct reader *before, const struct reader *after, struct text *text)
{
	bool first = lacking_of(before) == LACKING_PARTS, second = lacking_of(after) == LACKING_PARTS;
	if (first && second) {
		text_add(text, "both lack parts of their heap");
		return;
	}
	print_path(first ? before : after, text);
	text_add(text, " lacks parts of its heap");
}
