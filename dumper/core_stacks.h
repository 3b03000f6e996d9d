/* Core stacks: finds the stacks of threads that a core only seems to hold.
 */
#ifndef DUMPER_CORE_STACKS_H
#define DUMPER_CORE_STACKS_H

#include "dumper/core.h"

/* Takes them from what the ordered segments hold. */
struct error *core_stacks_check(struct core *core) CHECKED;

#endif
