/* Tests: Criterion, and what it lacks.
 *
 *     HEAP_TEST(map, finds_what_was_put)
 *     {
 *         AUTO(map) struct map map;
 *         ...
 *         assert_ok(map_put(&map, 1, 2));
 *         cr_assert_eq(value, 2);
 *     }
 *
 * HEAP_TEST is Criterion's Test whose body, once all its scope guards have run, is searched for leaks:
 * Criterion ends its children in a way that LeakSanitizer's own check at exit doesn't fail the test.
 * Without AddressSanitizer the check is nothing. Options of Criterion's Test (.init, .disabled, ...)
 * follow the name.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

/* HEAP_TEST_SANITIZED: whether AddressSanitizer watches. */
#if defined(__SANITIZE_ADDRESS__)
#define HEAP_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEAP_TEST_SANITIZED 1
#endif
#endif

#ifdef HEAP_TEST_SANITIZED
#include <sanitizer/lsan_interface.h>
#define leaks_found() (__lsan_do_recoverable_leak_check() != 0)
#else
#define HEAP_TEST_SANITIZED 0
#define leaks_found() 0
#endif

/* How many random heaps a test tries: under a sanitizer, where each costs ten times as much, a quarter of them. */
#define HEAP_TEST_ROUNDS(number) (HEAP_TEST_SANITIZED ? (number) / 4 : (number))
/* And how far apart the bytes are that one harms of a file: odd, so that all kinds of places have their turn. */
#define HEAP_TEST_STEP(bytes) (HEAP_TEST_SANITIZED ? (bytes) * 5 : (bytes))

/* Whether the nth of some costly cases is tried: under a sanitizer every fifth. */
#define HEAP_TEST_TURN(n) (!HEAP_TEST_SANITIZED || (n) % 5 == 0)

#define HEAP_TEST(suite, name, ...)                                                                                    \
	static void suite##_##name##_body(void);                                                                       \
	Test(suite, name, ##__VA_ARGS__)                                                                               \
	{                                                                                                              \
		suite##_##name##_body();                                                                               \
		cr_assert(!leaks_found(), "the test leaks memory; LeakSanitizer's report is on stderr");               \
	}                                                                                                              \
	static void suite##_##name##_body(void)

/* The call (which may contain commas) succeeds; its message is printed where it doesn't. */
#define assert_ok(...)                                                                                                 \
	do {                                                                                                           \
		struct error *assert_error_ = (__VA_ARGS__);                                                           \
		cr_assert_null(assert_error_, "%s: %s", #__VA_ARGS__,                                                  \
			       assert_error_ != NULL ? assert_error_->message : "");                                   \
	} while (0)

/* The call fails with this code. */
#define assert_error(call, expected) assert_error_says(call, expected, "")

/* The call fails with this code, and its message contains `part`. */
#define assert_error_says(call, expected, part) test_error_says((call), (expected), (part), #call, __FILE__, __LINE__)

static inline void test_error_says(struct error *error, enum error_code code, const char *part, const char *call,
				   const char *file, int line)
{
	AUTO(error) struct error *caught = error;
	cr_assert_not_null(caught, "%s:%d: %s succeeded", file, line, call);
	cr_assert_eq(caught->code, code, "%s:%d: %s failed with code %d, not %d: %s", file, line, call,
		     (int)caught->code, (int)code, caught->message);
	cr_assert_not_null(strstr(caught->message, part), "%s:%d: %s says '%s', which lacks '%s'", file, line, call,
			   caught->message, part);
}

#endif
