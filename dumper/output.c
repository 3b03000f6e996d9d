/* What is a snapshot's file called?
 *
 * By the program, the process and the moment, so that a listing sorts a process's snapshots by time. A command's name
 * is the target's own choice and may hold slashes or escapes: only plain characters stay. O(name).
 */
#include "dumper/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

struct error *output_name(const struct process *process, time_t moment, char **name)
{
	AUTO(string) char *stem = strdup(process->command[0] != '\0' ? process->command : "process");
	char stamp[32] = "";
	struct tm local;

	if (stem == NULL)
		return error_memory();
	for (char *at = stem; *at != '\0'; at++) {
		if (strchr(plain, *at) == NULL || (at == stem && (*at == '.' || *at == '-')))
			*at = '_';
	}
	if (localtime_r(&moment, &local) == NULL || strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &local) == 0)
		snprintf(stamp, sizeof stamp, "%lld", (long long)moment);
	char *made;
	if (asprintf(&made, "%s-%d-%s.snap", stem, (int)process->pid, stamp) < 0)
		return error_memory();
	*name = made;
	return NULL;
}
