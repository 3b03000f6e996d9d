/* Image: a frozen copy of this process, made by fork, which starts the program that writes the snapshot.
 *
 * Everything here may be called in a signal handler and without the GIL: system calls only, no lock, no malloc, no stdio.
 * The copy is no child that the process knows: it ends without SIGCHLD, no waitpid() but one with __WALL or
 * __WCLONE sees it, and no handler of fork (pthread_atfork, os.register_at_fork) runs.
 */
#ifndef DUMPER_PYTHON_IMAGE_H
#define DUMPER_PYTHON_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IMAGE_ARGUMENTS_MAX 40u /* of a command, with its name */
#define IMAGE_ATTEMPTS_MAX 40u  /* when collections keep running, as outside (dumper/capture.c) */

struct image_command {          /* all borrowed until the copy is made */
	const char *program;    /* path of heapdump */
	char *const *arguments; /* as of main, at most IMAGE_ARGUMENTS_MAX, then NULL */
	char *const *environment;
};

struct image_request {
	const struct image_command *command;
	uint64_t number;  /* {n}, from 1 */
	unsigned attempt; /* 1 ... IMAGE_ATTEMPTS_MAX; the last one is taken though a collection is running */
	bool once;        /* there is nobody to try again: so is this one */
	int output;       /* gets what the program says, and an image_end; -1: messages go to this process's stderr */
	bool detached;    /* the copy belongs to init, nobody has to wait for it */
	int signal;       /* sent to this process again, with image_again(), after a collection; 0: none */
};

/* What comes last on `output`, after everything that the program has written. */
struct image_end {
	char mark[8];   /* IMAGE_MARK, without the NUL at its end */
	int32_t stage;  /* enum image_stage */
	int32_t number; /* with IMAGE_RAN the status as wait(2) has it, else errno */
};
#define IMAGE_MARK "\0heapend"
enum image_stage {
	IMAGE_RAN,
	IMAGE_OPEN, /* /proc/self could not be opened */
	IMAGE_START /* the program could not be started */
};

/* 0, or errno. *child is the copy's id, to be waited for with __WALL; 0 where it is detached. */
int image_fork(const struct image_request *request, pid_t *child);

/* Whether a copy that is detached would become this process's child again: PID 1 of a container, or a subreaper. */
bool image_adopts_orphans(void);

/* The value of a signal that asks for another attempt, and back; false where it is another's. */
uint64_t image_again(uint64_t number, unsigned attempt);
bool image_is_again(uint64_t value, uint64_t *number, unsigned *attempt);

#endif
