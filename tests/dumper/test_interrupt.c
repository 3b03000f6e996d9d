/* Signals wait until they are asked for. */
#include "tests/test.h"

#include "dumper/interrupt.h"

#include <time.h>

static bool is_pending(int number)
{
	sigset_t pending;
	sigpending(&pending);
	return sigismember(&pending, number) == 1;
}

HEAP_TEST(interrupt, tells_each_signal)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	static const char *const names[] = {"SIGINT", "SIGTERM", "SIGHUP"};
	for (int i = 0; i < 3; i++) {
		AUTO(interrupt) struct interrupt interrupt;
		assert_ok(interrupt_init(&interrupt));
		assert_ok(interrupt_check(&interrupt));
		raise(numbers[i]);
		assert_error_says(interrupt_check(&interrupt), ERROR_INTERRUPTED, names[i]);
		assert_error_says(interrupt_check(&interrupt), ERROR_INTERRUPTED, names[i]);
		cr_assert_eq(interrupt.number, numbers[i]);
	}
}

HEAP_TEST(interrupt, is_nothing_without_one)
{
	assert_ok(interrupt_check(NULL));
}

/* As under nohup. */
HEAP_TEST(interrupt, leaves_ignored_signals_ignored)
{
	AUTO(interrupt) struct interrupt interrupt;
	signal(SIGHUP, SIG_IGN);
	assert_ok(interrupt_init(&interrupt));
	raise(SIGHUP);
	assert_ok(interrupt_check(&interrupt));
}

HEAP_TEST(interrupt, holds_back_being_put_to_sleep)
{
	const struct timespec now = {0};
	sigset_t sleeping;
	AUTO(interrupt) struct interrupt interrupt;
	assert_ok(interrupt_init(&interrupt));
	raise(SIGTSTP);
	cr_assert(is_pending(SIGTSTP));
	assert_ok(interrupt_check(&interrupt));
	sigemptyset(&sleeping);
	sigaddset(&sleeping, SIGTSTP);
	cr_assert_eq(sigtimedwait(&sleeping, NULL, &now), SIGTSTP);
}

HEAP_TEST(interrupt, restores_the_mask)
{
	struct interrupt interrupt;
	sigset_t before, after;
	sigprocmask(SIG_BLOCK, NULL, &before);
	assert_ok(interrupt_init(&interrupt));
	interrupt_deinit(&interrupt);
	interrupt_deinit(&interrupt);
	sigprocmask(SIG_BLOCK, NULL, &after);
	for (int number = 1; number < 32; number++)
		cr_assert_eq(sigismember(&before, number), sigismember(&after, number), "signal %d", number);
}
