/* Plan: runs of chunks, widened where the target may have grown between the walk and the stop.
 *
 * Memory of an allocator is used from one end: gaps of up to 256 KiB between two runs and as much behind a run belong to
 * the plan too. Ranges that were mapped since are copied whole, up to 256 MiB of them. O(runs + ranges).
 */
#include "dumper/plan.h"

#include <stdlib.h>

#define SLACK (4 * MIRROR_CHUNK)          /* bytes behind a run, and largest gap that is filled */
#define NEW_LARGEST ((uint64_t)256 << 20) /* bytes of new ranges */

void plan_init(struct plan *plan)
{
	memset(plan, 0, sizeof *plan);
}

void plan_deinit(struct plan *plan)
{
	vector_deinit(&plan->runs);
	vector_deinit(&plan->ranges);
}

static struct error *learn_ranges(struct plan *plan, const struct mirror *mirror)
{
	size_t count;
	const struct source_range *ranges = mirror_ranges(mirror, &count);

	plan->ranges.count = 0;
	for (size_t i = 0; i < count; i++)
		if (ranges[i].readable && ranges[i].writable)
			TRY(vector_push(&plan->ranges, ((struct mirror_run){ranges[i].start, ranges[i].end})));
	return NULL;
}

struct error *plan_learn(struct plan *plan, const struct mirror *mirror)
{
	struct mirror_run run = {0, 0};

	plan->runs.count = 0;
	while (mirror_next_run(mirror, run.end, &run)) {
		struct mirror_run *last = plan->runs.count > 0 ? &plan->runs.items[plan->runs.count - 1] : NULL;
		struct mirror_run wide = {run.start, run.end + SLACK};

		if (last != NULL && wide.start <= last->end)
			last->end = wide.end;
		else
			TRY(vector_push(&plan->runs, wide));
	}
	return learn_ranges(plan, mirror);
}

static int compare_runs(const void *left, const void *right)
{
	const struct mirror_run *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static void merge_runs(struct plan *plan)
{
	size_t kept = 0;

	qsort(plan->runs.items, plan->runs.count, sizeof *plan->runs.items, compare_runs);
	for (size_t i = 0; i < plan->runs.count; i++) {
		struct mirror_run run = plan->runs.items[i];

		if (kept == 0 || run.start > plan->runs.items[kept - 1].end)
			plan->runs.items[kept++] = run;
		else if (run.end > plan->runs.items[kept - 1].end)
			plan->runs.items[kept - 1].end = run.end;
	}
	plan->runs.count = kept;
}

struct error *plan_add_missed(struct plan *plan, const struct mirror *mirror)
{
	const uint64_t *chunks;
	size_t count = mirror_missed(mirror, &chunks);

	for (size_t i = 0; i < count; i++)
		TRY(vector_push(&plan->runs, ((struct mirror_run){chunks[i], chunks[i] + MIRROR_CHUNK + SLACK})));
	if (plan->runs.count > 0)
		merge_runs(plan);
	return learn_ranges(plan, mirror);
}

/* The part of a range that no range of the plan's time covers, from its end on: heaps and arenas grow upwards, and a new
 * mapping beside an old one makes one range of both. *next is the first old range that may matter, for ranges in order. */
static struct mirror_run new_part(const struct plan *plan, const struct source_range *range, size_t *next)
{
	struct mirror_run part = {range->start, range->end};

	while (*next < plan->ranges.count && plan->ranges.items[*next].end <= range->start)
		++*next;
	for (size_t i = *next; i < plan->ranges.count && plan->ranges.items[i].start < part.end; i++) {
		const struct mirror_run *old = &plan->ranges.items[i];

		if (old->start <= part.start)
			part.start = old->end < part.end ? old->end : part.end;
		else if (old->end >= part.end)
			part.end = old->start;
	}
	return part;
}

static void fetch_new(const struct plan *plan, struct mirror *mirror, uint64_t left)
{
	size_t count, next = 0;
	const struct source_range *ranges = mirror_ranges(mirror, &count);

	for (size_t i = 0; i < count; i++) {
		struct mirror_run part = new_part(plan, &ranges[i], &next);

		if (!ranges[i].readable || !ranges[i].writable || part.start >= part.end ||
		    part.end - part.start > left)
			continue;
		left -= part.end - part.start;
		part.start &= ~(MIRROR_CHUNK - 1);
		part.end = (part.end + MIRROR_CHUNK - 1) & ~(MIRROR_CHUNK - 1);
		mirror_prefetch(mirror, &part);
	}
}

void plan_fetch(const struct plan *plan, struct mirror *mirror, uint64_t limit)
{
	const uint64_t most = limit != 0 ? limit : UINT64_MAX;
	uint64_t left;

	for (size_t i = 0; i < plan->runs.count && mirror_bytes(mirror) < most; i++) {
		struct mirror_run run = plan->runs.items[i];

		left = (most - mirror_bytes(mirror)) | (MIRROR_CHUNK - 1);
		if (run.end - run.start > left)
			run.end = run.start + (left & ~(MIRROR_CHUNK - 1));
		mirror_prefetch(mirror, &run);
	}
	left = mirror_bytes(mirror) < most ? most - mirror_bytes(mirror) : 0;
	fetch_new(plan, mirror, left < NEW_LARGEST ? left : NEW_LARGEST);
	mirror_freeze(mirror);
}
