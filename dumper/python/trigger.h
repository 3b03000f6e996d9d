/* Triggers: a signal, or a resident size, that makes this process capture itself, whatever its threads are doing.
 *
 * Nothing here takes the GIL. A signal's handler makes the image itself, so it works while no bytecode runs, in a thread
 * that waits in C or computes without end, and needs no thread of ours. Sizes are looked at by one thread, which is
 * there only while a size is watched. All functions but the handler are called by one thread at a time (with the GIL).
 */
#ifndef DUMPER_PYTHON_TRIGGER_H
#define DUMPER_PYTHON_TRIGGER_H

#include "dumper/python/image.h"

/* The command is taken over for ever: a handler may be reading one that was replaced. */

/* 0, or errno. The action that was there before comes back by trigger_signal_off, and a handler is called after each
 * capture, as if ours were not there. A second call replaces the command alone. */
int trigger_signal(int number, const struct image_command *command);
/* Puts the former action back, unless somebody has replaced ours since. */
void trigger_signal_off(int number);

/* A capture whenever the resident size reaches `step` bytes, then 2 * step ..., each once. `key` tells watches apart: another
 * call with the same one replaces the command alone. 0, or errno. */
int trigger_rss(int key, uint64_t step, const struct image_command *command);
void trigger_rss_off(int key);
/* Ends the thread, as before a fork, and starts it where there is something to watch. */
void trigger_rss_pause(void);
int trigger_rss_resume(void);
/* In a child: what belongs to the parent is forgotten, and snapshots are numbered from 1. */
void trigger_forked(void);

/* Of a capture that nobody waits for: to be waited for now and then, so that no zombie stays. */
void trigger_leave(pid_t child);
void trigger_reap(void);

#endif
