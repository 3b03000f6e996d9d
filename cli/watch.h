/* Watch: progress of long steps on the terminal, with an estimate of what is left. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "analyzer/progress.h"

#include <stdbool.h>
#include <time.h>

struct watch {
	struct progress progress; /* to hand to an analysis */
	bool wanted;              /* stderr is a terminal */
	bool shown;               /* a line is on the screen */
	struct timespec begun;    /* of the whole run */
	struct timespec step;     /* of the step */
	struct timespec last;     /* when the line was written */
	const char *name;         /* of the step */
};

/* `watch` must stay where it is while its progress is used. */
void watch_init(struct watch *watch);
/* Takes the line off the screen, if there is one. */
void watch_clear(struct watch *watch);

#endif
