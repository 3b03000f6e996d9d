/* What can be said of a process's memory without following a reference, and what can't, as the file is older or the target had
 * another allocator? */
#include "analyzer/usage.h"

#include "analyzer/collector.h"
#include "analyzer/info.h"
#include "analyzer/waterfall_report.h"

#include <inttypes.h>
#include <string.h>

struct error *usage_create(struct reader *reader, const struct progress *progress, struct usage *usage)
{
	usage->reader = reader;
	TRY(allocator_create(reader, &usage->allocator));
	TRY(occupancy_create(reader, &usage->allocator, progress, &usage->occupancy));
	TRY(fragmentation_create(&usage->occupancy, &usage->fragmentation));
	return waterfall_create(reader, &usage->occupancy, &usage->waterfall);
}

void usage_deinit(struct usage *usage)
{
	waterfall_deinit(&usage->waterfall);
	fragmentation_deinit(&usage->fragmentation);
	occupancy_deinit(&usage->occupancy);
	allocator_deinit(&usage->allocator);
}

/* --- what isn't known ------------------------------------------------------------------------------------------------- */

#define RELATIONS_MINOR 2u /* of the format: relations are there from it on */

static void remark_arenas(struct report *report, const struct usage *usage, const char *path)
{
	const char *allocator = reader_meta(usage->reader)->allocator;
	if (usage->allocator.arenas.count > 0)
		return;
	AUTO(text) struct text name = {0};
	text_init(&name);
	if (allocator != NULL)
		text_add_escaped(&name, allocator, strlen(allocator));
	bool other = allocator != NULL && strstr(allocator, "pymalloc") == NULL && strcmp(allocator, "unknown") != 0;
	if (other)
		report_remark(
			report, REMARK_NOTE,
			"%s: objects come from %s instead of pymalloc (PYTHONMALLOC), so there are no arenas, and "
			"nothing is known of fragmentation",
			path, text_string(&name));
	else
		report_remark(report, REMARK_NOTE, "%s has no arenas: %s; nothing is known of fragmentation", path,
			      reader_minor(usage->reader) < RELATIONS_MINOR
				      ? "it was taken by an older heapdump, which looked at none"
				      : "pymalloc's table of them was not found in the process");
}

static void remark_kinds(struct report *report, const struct usage *usage, const char *path)
{
	if (usage->waterfall.measured)
		return;
	const char *what = usage->allocator.arenas.count > 0 ? "the arenas" : "the objects";
	if (usage->waterfall.assumed)
		report_remark(
			report, REMARK_NOTE,
			"%s doesn't tell which kinds of memory the process has: %s are taken as resident, and the rest "
			"of RSS is unexplained",
			path, what);
	else
		report_remark(report, REMARK_NOTE,
			      "%s doesn't tell which kinds of memory the process has, nor how much of %s is resident",
			      path, what);
}

static void remark_contradictions(struct report *report, const struct usage *usage, const char *path)
{
	if (usage->allocator.left_out > 0)
		report_remark_count(report, REMARK_WARNING, usage->allocator.left_out,
				    "%s of %s %s or others, and %s left out",
				    usage->allocator.left_out == 1 ? "arena or pool" : "arenas and pools", path,
				    usage->allocator.left_out == 1 ? "contradicts itself" : "contradict themselves",
				    usage->allocator.left_out == 1 ? "is" : "are");
	uint64_t blocks = usage->occupancy.contradictions;
	if (blocks > 0)
		report_remark_count(report, REMARK_WARNING, blocks,
				    "%s of %s %s something in %s and %s not given out: it may be torn",
				    blocks == 1 ? "block" : "blocks", path, blocks == 1 ? "has" : "have",
				    blocks == 1 ? "it" : "them", blocks == 1 ? "is" : "are");
}

static void remark(struct report *report, const struct usage *usage)
{
	AUTO(text) struct text path = {0};
	text_init(&path);
	text_add_escaped(&path, reader_path(usage->reader), strlen(reader_path(usage->reader)));
	remark_arenas(report, usage, text_string(&path));
	remark_kinds(report, usage, text_string(&path));
	remark_contradictions(report, usage, text_string(&path));
	info_remark_losses(report, usage->reader);
}

/* --- what is ---------------------------------------------------------------------------------------------------------- */

/* How much of the arenas is nobody's, in a sentence. */
static void say_waste(struct report *report, const struct usage *usage)
{
	const struct fragmentation *fragmentation = &usage->fragmentation;
	uint64_t size = 0, free_pools = 0;
	for (size_t a = 0; a < usage->allocator.arenas.count; a++) {
		const struct arena_place *arena = &usage->allocator.arenas.items[a];
		size += arena->size;
		free_pools += arena->free_pools * arena->pool_size;
	}
	if (size == 0)
		return;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, "of ");
	text_add_size(&text, size, report->unit);
	text_add(&text, " of arenas ");
	text_add_size(&text, fragmentation->free, report->unit);
	text_add(&text, " are free blocks in pools that others use, ");
	text_add_size(&text, free_pools, report->unit);
	text_add(&text, " free pools");
	if (fragmentation->all.told > 0) {
		text_add(&text, "; ");
		text_add_size(&text, fragmentation->rounding, report->unit);
		text_add(&text, " are lost to rounding");
	}
	report_remark(report, REMARK_DETAIL, "%s", text_string(&text));
}

static void add_frozen(struct report *report, struct section *facts, const struct usage *before,
		       const struct usage *usage)
{
	const struct occupancy_total *frozen = &usage->occupancy.frozen;
	section_fact(report, facts, "frozen", "frozen objects", VALUE_COUNT, cell_number(frozen->count));
	section_fact(report, facts, "frozen_size", frozen->count > 0 ? "size of these" : NULL, VALUE_SIZE,
		     cell_number(frozen->size));
	if (before != NULL)
		section_fact(report, facts, "frozen_delta", NULL, VALUE_COUNT_DELTA,
			     cell_difference(before->occupancy.frozen.count, frozen->count));
}

struct error *usage_report(struct report *report, const struct usage *before, const struct usage *usage)
{
	const struct snapshot_meta *meta = reader_meta(usage->reader);
	if (before == NULL)
		TRY(waterfall_report(report, &usage->waterfall, meta));
	else
		TRY(waterfall_compare(report, &before->waterfall, &usage->waterfall));
	say_waste(report, usage);
	fragmentation_report_arenas(report, before == NULL ? NULL : &before->allocator, &usage->allocator);
	return report_error(report);
}

struct error *usage_report_details(struct report *report, const struct usage *before, const struct usage *usage)
{
	const struct snapshot_meta *meta = reader_meta(usage->reader);
	TRY(fragmentation_report(report, before == NULL ? NULL : &before->fragmentation, &usage->fragmentation));
	struct section *collector = before == NULL ? collector_report(report, meta)
						   : collector_compare(report, reader_meta(before->reader), meta);
	add_frozen(report, collector, before, usage);
	if (before != NULL)
		remark(report, before);
	remark(report, usage);
	return report_error(report);
}
