/* May two snapshots be compared object by object, and what does it mean if not? */
#include "analyzer/identity.h"

#include <string.h>

enum agreement {
	AGREES,
	DIFFERS,
	NOT_KNOWN
};

static enum agreement compare_numbers(uint64_t a, uint64_t b)
{
	if (a == META_ABSENT || b == META_ABSENT)
		return NOT_KNOWN;
	return a == b ? AGREES : DIFFERS;
}

static enum agreement compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return NOT_KNOWN;
	return strcmp(a, b) == 0 ? AGREES : DIFFERS;
}

enum identity identity_of(const struct snapshot_meta *a, const struct snapshot_meta *b)
{
	enum agreement pid = compare_numbers(a->pid, b->pid), hash = compare_texts(a->process_hash, b->process_hash),
		       start = compare_numbers(a->start_ticks, b->start_ticks),
		       boot = compare_texts(a->boot_id, b->boot_id);
	if (pid == DIFFERS || hash == DIFFERS || start == DIFFERS || boot == DIFFERS)
		return IDENTITY_OTHER;
	if (pid == AGREES && (hash == AGREES || (start == AGREES && boot == AGREES)))
		return IDENTITY_SAME;
	return IDENTITY_UNKNOWN;
}

bool identity_swapped(const struct snapshot_meta *a, const struct snapshot_meta *b)
{
	return a->capture_time_ns != META_ABSENT && b->capture_time_ns != META_ABSENT &&
	       a->capture_time_ns > b->capture_time_ns;
}

uint64_t identity_interval(const struct snapshot_meta *a, const struct snapshot_meta *b)
{
	if (a->capture_time_ns == META_ABSENT || b->capture_time_ns == META_ABSENT)
		return META_ABSENT;
	return identity_swapped(a, b) ? a->capture_time_ns - b->capture_time_ns
				      : b->capture_time_ns - a->capture_time_ns;
}

/* Whether they differ. */
static bool remark_difference(struct report *report, const char *what, const char *before, const char *after)
{
	if (compare_texts(before, after) != DIFFERS)
		return false;
	AUTO(text) struct text from = {0}, to = {0};
	text_init(&from);
	text_init(&to);
	text_add_escaped(&from, before, strlen(before));
	text_add_escaped(&to, after, strlen(after));
	report_remark(report, REMARK_WARNING, "%s differ: %s before, %s after", what, text_string(&from),
		      text_string(&to));
	return true;
}

unsigned identity_remark_programs(struct report *report, const struct snapshot_meta *before,
				  const struct snapshot_meta *after, unsigned said)
{
	const struct {
		const char *what, *before, *after;
	} kinds[] = {{"the programs", before->executable, after->executable},
		     {"the commands", before->command, after->command},
		     {"the interpreters' versions", before->version, after->version},
		     {"the hosts", before->hostname, after->hostname}};
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if ((said & 1u << k) == 0 && remark_difference(report, kinds[k].what, kinds[k].before, kinds[k].after))
			said |= 1u << k;
	return said;
}

void identity_remark(struct report *report, const struct snapshot_meta *before, const struct snapshot_meta *after)
{
	enum identity identity = identity_of(before, after);
	if (identity == IDENTITY_OTHER)
		report_remark(report, REMARK_WARNING,
			      "these are of different processes");
	else if (identity == IDENTITY_UNKNOWN)
		report_remark(
			report, REMARK_WARNING,
			"the snapshots don't say whether they are of one process");
	identity_remark_programs(report, before, after, 0);
}

/* The file of __main__ in the main interpreter; NULL: not told. Borrowed from the reader. */
static struct error *find_script(struct reader *reader, const char **file)
{
	const struct module_row *rows;
	size_t count;
	*file = NULL;
	TRY(reader_modules(reader, &rows, &count));
	for (size_t i = 0; i < count && *file == NULL; i++)
		if (rows[i].interpreter == 0 && rows[i].file != NO_ID &&
		    strcmp(reader_string(reader, rows[i].name, NULL), "__main__") == 0)
			*file = reader_string(reader, rows[i].file, NULL);
	return NULL;
}

struct error *identity_remark_script(struct report *report, struct reader *before, struct reader *after)
{
	const char *from = NULL, *to = NULL;
	if (identity_of(reader_meta(before), reader_meta(after)) == IDENTITY_SAME)
		return NULL;
	TRY(find_script(before, &from));
	TRY(find_script(after, &to));
	remark_difference(report, "the scripts", from, to);
	return NULL;
}
