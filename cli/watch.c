/* How long will it take? Only told on a terminal, after a second, five times a second, and wiped off at the end. */
#include "cli/watch.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 1.0 /* seconds before anything is shown */
#define INTERVAL 0.2 /* seconds between two lines */

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static void show(struct watch *watch, double share, double elapsed)
{
	AUTO(text) struct text line = {0};
	text_init(&line);
	text_printf(&line, "\r\033[K%s: %.0f%%", watch->name, 100 * share);
	if (share > 0.05) {
		text_add(&line, ", about ");
		text_add_duration(&line, elapsed / share - elapsed);
		text_add(&line, " left");
	}
	fputs(text_string(&line), stderr);
	fflush(stderr);
	watch->shown = true;
}

static void tell(void *context, const char *step, uint64_t done, uint64_t total)
{
	struct watch *watch = context;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	/* A step that begins anew counts from zero, whatever it is called. */
	if (watch->name == NULL || strcmp(watch->name, step) != 0 || done <= 1) {
		watch->name = step;
		watch->step = now;
	}
	if (!watch->wanted || total == 0 || seconds_between(&watch->begun, &now) < PATIENCE ||
	    (watch->shown && seconds_between(&watch->last, &now) < INTERVAL))
		return;
	watch->last = now;
	show(watch, (double)done / (double)total, seconds_between(&watch->step, &now));
}

void watch_init(struct watch *watch)
{
	*watch = (struct watch){.progress = {.tell = tell, .context = watch}, .wanted = isatty(STDERR_FILENO)};
	clock_gettime(CLOCK_MONOTONIC, &watch->begun);
}

void watch_clear(struct watch *watch)
{
	if (watch->shown)
		fputs("\r\033[K", stderr);
	watch->shown = false;
}
