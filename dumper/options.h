/* Options: the command line of heapdump. */
#ifndef DUMPER_OPTIONS_H
#define DUMPER_OPTIONS_H

#include "base/error.h"
#include "dumper/capture.h"

#include <sys/types.h>

struct options {
	pid_t pid;              /* 0 where a core is given */
	const char *core;       /* path of a core file to read instead of a process; NULL */
	const char *executable; /* with a core: stands for the main executable; NULL */
	const char *sysroot;    /* with a core: goes before the paths it names; NULL */
	const char *output;     /* template of the name, as output.h has it; NULL: the default one */
	const char *runtime;    /* path of the runtime to take, where a process has several; NULL: the only one */
	enum pause_mode pause;
	uint64_t memory;      /* bytes that the capture may use; 0: no limit */
	uint64_t every_ns;    /* between the captures of a series; 0: one capture */
	uint64_t count;       /* of captures in a series; 0: until the process ends */
	uint64_t when_rss;    /* bytes that must be resident before the first one; 0: no matter */
	double timeout;       /* seconds that a stop may take to come about */
	size_t preview;       /* bytes of each value to keep; 0: none */
	const char *hash_key; /* path of a file from which the key of hashes is made; NULL: the process's own */
	bool force;           /* replace an existing file */
	bool self;            /* started by the Python package, with descriptors as self.h has them */
	bool retry;           /* with it: leave it where a collection is running */
	uint64_t number;      /* with it: {n}, from 1 */
	bool stops;           /* how or how long to stop a process was said */
	bool check;           /* tell what would be found, change nothing */
	bool quiet;           /* only errors */
};

/* Parses, answers --help, --usage and --version itself (and exits 0), and exits 2 on wrong usage with a sentence that
 * says what is right. */
void options_parse(int count, char **arguments, struct options *options);

#endif
