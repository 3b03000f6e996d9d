/* What would a capture of this process find, and what would it cost?
 *
 * Everything but the walk is done: may we, which Python, is there a layout for it. How many objects there are only a
 * walk can tell, so the three figures are estimated from the process's anonymous memory, with what was measured on
 * a heap of a million objects. Costs some 10 ms and no stop.
 */
#include "dumper/check.h"

#include "base/bytes.h"
#include "dumper/access.h"
#include "dumper/layout.h"
#include "dumper/source_live.h"

/* Measured on heaps of 1.07 and 10.5 million objects (78 and 667 MiB resident) on a 2-core machine, docs/benchmarks.md: held
 * 0.19 and 2.1 s, copied 0.023 and 0.21 s, 7.3 and 67 MiB written. */
#define BYTES_AN_OBJECT 75u /* of anonymous memory */
#define HOLD_NS_AN_OBJECT 200u
#define COPY_NS_A_KIB 330u
#define FILE_BYTES_AN_OBJECT 7u
#define PAUSE_NS_LEAST 5000000u

/* More digits would promise more than an estimate knows. */
static uint64_t two_digits(uint64_t value)
{
	uint64_t unit = 1;

	while (value / unit >= 100)
		unit *= 10;
	return value / unit * unit;
}

uint64_t check_objects(uint64_t anonymous)
{
	return anonymous == UINT64_MAX ? UINT64_MAX : two_digits(anonymous / BYTES_AN_OBJECT);
}

uint64_t check_pause_ns(uint64_t anonymous, enum pause_mode pause)
{
	uint64_t cost;

	if (pause == PAUSE_NONE)
		return 0;
	if (anonymous == UINT64_MAX)
		return UINT64_MAX;
	if (capture_pause(pause, anonymous) == PAUSE_COPY)
		cost = saturating_multiply(anonymous / 1024, COPY_NS_A_KIB);
	else
		cost = saturating_multiply(anonymous / BYTES_AN_OBJECT, HOLD_NS_AN_OBJECT);
	return two_digits(saturating_add(PAUSE_NS_LEAST, cost));
}

uint64_t check_file_bytes(uint64_t anonymous)
{
	uint64_t objects = check_objects(anonymous);

	return objects == UINT64_MAX ? UINT64_MAX : two_digits(saturating_multiply(objects, FILE_BYTES_AN_OBJECT));
}

void check_deinit(struct check *check)
{
	runtime_destroy(check->runtime);
	check->runtime = NULL;
}

struct error *check_run(const struct process *process, const char *runtime, enum pause_mode pause,
			struct interrupt *interrupt, struct check *check)
{
	AUTO(source) struct source *source = NULL;
	AUTO(runtime) struct runtime *found = NULL;

	if (pause != PAUSE_NONE)
		TRY(access_untraced(process));
	TRY(access_check(process));
	TRY(source_live_open(process, SOURCE_LIVE_ANY, interrupt, &source));
	TRY(runtime_find(source, runtime, &found));
	const struct layout *layout = layout_find(found->version_hex);
	if (layout == NULL)
		return error_create(ERROR_REFUSED,
				    "CPython %s has no layout table here; heapdump --version lists those it knows",
				    found->version);
	*check = (struct check){
		.runtime = steal(&found),
		.layout = layout->name,
		.objects = check_objects(process->anonymous),
		.pause_ns = check_pause_ns(process->anonymous, pause),
		.file_bytes = check_file_bytes(process->anonymous),
	};
	return NULL;
}
