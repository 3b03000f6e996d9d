/* Progress: how far a long step is, told to whoever asked for it; the analyses print nothing. */
#ifndef ANALYZER_PROGRESS_H
#define ANALYZER_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
	/* `done` of `total` units of the step are done; called at most a few thousand times a step. */
	void (*tell)(void *context, const char *step, uint64_t done, uint64_t total);
	void *context;
};

/* A NULL `progress` is told nothing. */
static inline void progress_tell(const struct progress *progress, const char *step, uint64_t done, uint64_t total)
{
	if (progress != NULL)
		progress->tell(progress->context, step, done, total);
}

#endif
