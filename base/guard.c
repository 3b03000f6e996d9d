/* What does a scope guard call for the things the C library hands out?
 *
 * Both keep errno, so that a guard that runs on the way out of a failed call doesn't change the
 * failure that is being told. O(1).
 */
#include "base/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void guard_free(void *memory)
{
	free(memory); /* glibc keeps errno since 2.33 */
}

void guard_close(int fd)
{
	if (fd < 0)
		return;
	int before = errno;
	close(fd);
	errno = before;
}
