/* Access: whether this program may look into a process; if not, what stands in the way and what the user can do. */
#ifndef DUMPER_ACCESS_H
#define DUMPER_ACCESS_H

#include "dumper/process.h"

/* Asks the kernel without changing anything there (it opens the memory file). ERROR_REFUSED names what stands in the
 * way (owner, dumpable, Yama's scope, a missing capability) and the remedy; ERROR_GONE where the process ended. */
struct error *access_check(const struct process *process) CHECKED;
/* The sentence for an EPERM or EACCES met on the way: ERROR_REFUSED as above. */
struct error *access_denied(const struct process *process, int number) CHECKED;
/* ERROR_REFUSED "already traced by ..." where it was when `process` was read, by anyone but us. */
struct error *access_untraced(const struct process *process) CHECKED;

#endif
