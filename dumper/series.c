/* When is the next capture due, and is there to be one?
 *
 * Moments are multiples of the interval after the start, computed anew from it each time, so that no delay adds up. The
 * clock, the waiting and the capture itself are the caller's: nothing here knows of processes. Between two captures a
 * few numbers are kept, nothing of the earlier capture. O(1) a capture.
 */
#include "dumper/series.h"

#define ENDING_NS UINT64_C(200000000) /* for a process that can't be read as it is ending to have ended */

struct series {
	const struct series_plan *plan;
	const struct series_operations *operations;
	void *context;
	struct series_result *result;
	uint64_t start_ns;
	uint64_t moment; /* the last one, from 0 */
};

uint64_t series_next(uint64_t start_ns, uint64_t every_ns, uint64_t last, uint64_t now_ns)
{
	uint64_t passed = now_ns > start_ns ? now_ns - start_ns : 0;
	uint64_t next = passed / every_ns + (passed % every_ns != 0);

	return next > last ? next : last + 1;
}

/* A capture that failed as the process was ending has not failed. */
static struct error *check_ended(struct series *series, const struct error *error)
{
	const struct series_operations *operations = series->operations;

	if (error->code == ERROR_GONE) {
		series->result->ended = true;
		return NULL;
	}
	return operations->wait(series->context, operations->now(series->context) + ENDING_NS, &series->result->ended);
}

static struct error *take(struct series *series, uint64_t number)
{
	struct series_result *result = series->result;
	bool complete = false;
	AUTO(error) struct error *error = series->operations->take(series->context, number, &complete);

	if (error == NULL) {
		result->written++;
		result->partial += !complete;
		return NULL;
	}
	if (error->code == ERROR_INTERRUPTED || number == 1)
		return steal(&error);
	TRY(check_ended(series, error));
	if (result->ended)
		return NULL;
	result->failed++;
	series->operations->failed(series->context, number, error);
	return NULL;
}

/* The moment of the next capture. */
static uint64_t advance(struct series *series)
{
	uint64_t every = series->plan->every_ns;
	uint64_t next = series_next(series->start_ns, every, series->moment, series->operations->now(series->context));
	uint64_t skipped = next - series->moment - 1;

	series->moment = next;
	if (skipped > 0) {
		series->result->skipped += skipped;
		series->operations->skipped(series->context, skipped);
	}
	return series->start_ns + next * every;
}

struct error *series_run(const struct series_plan *plan, const struct series_operations *operations, void *context,
			 struct series_result *result)
{
	struct series series = {.plan = plan,
				.operations = operations,
				.context = context,
				.result = result,
				.start_ns = operations->now(context)};

	*result = (struct series_result){0};
	TRY(take(&series, 1));
	for (uint64_t number = 2; plan->count == 0 || number <= plan->count; number++) {
		TRY(operations->wait(context, advance(&series), &result->ended));
		if (!result->ended)
			TRY(take(&series, number));
		if (result->ended)
			return NULL;
	}
	return NULL;
}
