/* Procfs: the small text files below /proc, or below a folder that a test puts in its place. */
#ifndef DUMPER_PROCFS_H
#define DUMPER_PROCFS_H

#include "base/text.h"

#include <sys/types.h>

/* Reads `path` (at most 1 MiB) to the end of `text`. ERROR_GONE where it isn't there (or its process ended while it
 * was read), ERROR_REFUSED where reading it isn't permitted, ERROR_IO otherwise. */
struct error *procfs_read(struct text *text, const char *path) CHECKED;
/* As procfs_read, from a descriptor; `name` is for messages. */
struct error *procfs_read_open(struct text *text, int fd, const char *name) CHECKED;
/* As procfs_read, of the file PID/NAME. */
struct error *procfs_read_of(struct text *text, const char *proc, pid_t pid, const char *name) CHECKED;
/* The `index`th number (from 0) after "name" at the beginning of a line, as in "Uid:  1000 1000 1000 1000"; false where
 * there is none. `base` is 10 or 16. */
bool procfs_number(const struct text *text, const char *name, unsigned index, int base, uint64_t *value);
/* As procfs_number, but the last number of the line. */
bool procfs_last_number(const struct text *text, const char *name, uint64_t *value);
/* A file of one line, without its newline; NULL where it can't be read. Owned. */
struct error *procfs_line(const char *path, char **line) CHECKED;
/* "PROC/PID/NAME"; NULL without memory. Owned. */
char *procfs_path(const char *proc, pid_t pid, const char *name);

struct procfs_stat {      /* of PID/stat */
	char command[64]; /* between the outermost parentheses */
	char state;
	pid_t parent;
	uint64_t flags;
	uint64_t threads;
	uint64_t start_ticks; /* after boot */
};
/* ERROR_INPUT where the text is no stat line. */
struct error *procfs_stat(const char *proc, pid_t pid, struct procfs_stat *stat) CHECKED;
/* The same of a text that was read before; `name` is for messages. */
struct error *procfs_stat_parse(const char *text, const char *name, struct procfs_stat *stat) CHECKED;
/* The threads of a process, as PROC/PID/task lists them. *threads is owned (free). */
struct error *procfs_threads(const char *proc, pid_t pid, pid_t **threads, size_t *count) CHECKED;

#endif
