#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

HEAP_TEST(guard, descriptors_close_with_their_scope)
{
	int seen;
	{
		AUTO(close) int fd = open("/dev/null", O_RDONLY);
		cr_assert(is_open(fd));
		seen = fd;
	}
	cr_assert(!is_open(seen));
}

/* The guard of a failed open runs while the caller still needs errno. */
HEAP_TEST(guard, close_keeps_errno_and_ignores_none)
{
	errno = ENOSPC;
	guard_close(-1);
	cr_assert_eq(errno, ENOSPC);
	guard_close(987654); /* no such descriptor: close() itself would set EBADF */
	cr_assert_eq(errno, ENOSPC);
}

static char *hand_over(void)
{
	AUTO(string) char *made = strdup("kept");
	return steal(&made);
}

HEAP_TEST(guard, stolen_pointers_outlive_their_scope)
{
	AUTO(string) char *taken = hand_over();
	cr_assert_str_eq(taken, "kept");
}

static int released;

static void token_release(int *token)
{
	released = released * 10 + *token;
}

DEFINE_AUTO_VALUE(token, int, token_release);

HEAP_TEST(guard, guards_run_in_reverse_order_on_early_return)
{
	for (int i = 0; i < 1; i++) {
		AUTO(token) int first = 1;
		AUTO(token) int second = 2;
		if (first != second)
			continue;
	}
	cr_assert_eq(released, 21);
}
