/* Self: what the Python package and the program agree on when a process captures itself.
 *
 * The package forks; the child, a frozen image of the process, opens what the kernel tells about itself and starts
 * `heapdump --self` with these descriptors. This header is all that both sides share, so it needs no other.
 */
#ifndef DUMPER_SELF_H
#define DUMPER_SELF_H

/* Descriptors that the program inherits, all of the image. */
#define SELF_FD_MEMORY 3     /* /proc/self/mem */
#define SELF_FD_MAPS 4       /* /proc/self/maps */
#define SELF_FD_VECTOR 5     /* /proc/self/auxv */
#define SELF_FD_EXECUTABLE 6 /* /proc/self/exe, which opens though its name may be gone; or not open */
#define SELF_FD_FACTS 7      /* a pipe with the fields below */
#define SELF_FD_QUESTIONS 8  /* a pipe to the image, which answers what tp_traverse visits; or not open */
#define SELF_FD_ANSWERS 9    /* and the one from it */
#define SELF_FD_SIZES 10     /* /proc/self/smaps of the image; or not open, as what follows */
#define SELF_FD_PAGES 11     /* /proc/self/pagemap of the image */
#define SELF_FD_PROCESS 12   /* /proc/PID/smaps of the process */
#define SELF_FDS 13          /* one above the last */

/* Each field is text and ends with a NUL; this is their order. Times are decimal nanoseconds. */
enum self_fact {
	SELF_FACT_VERSION,    /* SELF_VERSION */
	SELF_FACT_PID,        /* of the process, as it sees itself */
	SELF_FACT_BEGUN,      /* CLOCK_MONOTONIC before the fork */
	SELF_FACT_MOMENT,     /* CLOCK_REALTIME right after it, since 1970 */
	SELF_FACT_PAUSE,      /* how long the fork took in the process that called it */
	SELF_FACT_ATTEMPT,    /* 1, 2 ... where earlier ones fell into a collection */
	SELF_FACT_STAT,       /* /proc/PID/stat of the process, not of the image */
	SELF_FACT_STATUS,     /* and its status */
	SELF_FACT_EXECUTABLE, /* target of the exe link, "" unknown */
	SELF_FACT_COUNT
};
#define SELF_VERSION "heapdump self 1"
#define SELF_FACTS_MAX 32768 /* bytes, which a pipe takes without a reader */

/* What the program asks and the image answers; both are of one machine, and written at once. */
struct self_question {
	unsigned long object, traverse; /* addresses in the image: of the object, and of its type's tp_traverse */
};
#define SELF_REFERENTS_MAX 65536ul
struct self_answer {
	unsigned long count; /* above SELF_REFERENTS_MAX: more than are told, and none follows */
	unsigned long referents[SELF_REFERENTS_MAX];
};

#define SELF_EXIT_COLLECTING 75 /* with --retry: a collection was running, nothing was written */

#endif
