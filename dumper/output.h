/* Output: how a snapshot's file is called, by a template; the default one names the program and the moment. */
#ifndef DUMPER_OUTPUT_H
#define DUMPER_OUTPUT_H

#include "dumper/process.h"

#include <time.h>

/* In a template, these stand for what differs from one snapshot to the next; everything else stands for itself, and
 * {{ and }} for braces:
 *
 *     {name}  the command's name, with everything but ASCII letters, digits, '.', '_' and '-' made '_' (and none of
 *             '.' and '-' in front), so that it is never a path
 *     {pid}   the process's id
 *     {time}  the local time, as 20261120T101500
 *     {n}     the number of the snapshot in its series, from 1, with zeros in front
 */
#define OUTPUT_SINGLE "{name}-{pid}-{time}.snap"
#define OUTPUT_SERIES "{name}-{pid}-{time}-{n}.snap"
#define OUTPUT_DIGITS 6u /* of {n}, where it isn't known how many snapshots there will be */

struct output_facts {
	const struct process *process;
	time_t moment;
	uint64_t number; /* {n}, from 1 */
	uint64_t count;  /* of all: {n} has as many digits, so that names sort; 0: not known */
};

/* ERROR_USAGE where a brace begins or ends nothing; *numbered says whether {n} is in it. */
struct error *output_check(const char *template, bool *numbered) CHECKED;
/* The template (which output_check has accepted; else as it says) with everything filled in. Owned. */
struct error *output_name(const char *template, const struct output_facts *facts, char **name) CHECKED;

#endif
