#include "cli/watch.h"

#include "base/text.h"
#include "tests/test.h"

#include <stdio.h>
#include <unistd.h>

/* What a watch that began `ago` seconds ago writes to standard error when told of `done` of 100: it begins and ends so. */
static void check(bool wanted, time_t ago, uint64_t done, const char *begin, const char *end)
{
	int ends[2], before = dup(STDERR_FILENO);
	char written[256];
	cr_assert_eq(pipe(ends), 0);
	struct watch watch;
	watch_init(&watch);
	watch.wanted = wanted;
	watch.begun.tv_sec -= ago;
	watch.progress.tell(watch.progress.context, "reading", 1, 100);
	watch.step.tv_sec -= ago;
	dup2(ends[1], STDERR_FILENO);
	watch.shown = false;
	watch.progress.tell(watch.progress.context, "reading", done, 100);
	watch_clear(&watch);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(ends[1]);
	close(before);
	ssize_t length = read(ends[0], written, sizeof written - 1);
	close(ends[0]);
	cr_assert_geq(length, 0);
	written[length] = '\0';
	cr_assert_eq(strncmp(written, begin, strlen(begin)), 0, "'%s'", written);
	cr_assert_geq(strlen(written), strlen(end));
	cr_assert_str_eq(written + strlen(written) - strlen(end), end);
	if (begin[0] == '\0')
		cr_assert_str_eq(written, "");
}

HEAP_TEST(watch, tells_how_long_it_will_take)
{
	check(true, 10, 50, "\r\033[Kreading: 50%, about ", " left\r\033[K");
	check(true, 10, 2, "\r\033[Kreading: 2%\r\033[K", "");
}

HEAP_TEST(watch, is_silent_at_first_and_off_a_terminal)
{
	check(true, -100, 50, "", ""); /* begun just now, however slow the machine is */
	check(false, 10, 50, "", "");
}
