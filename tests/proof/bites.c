/* Who tests the tests? Each test here does wrong on purpose: under the sanitizer that sees it, it must fail. `make
 * check SANITIZE=...` runs them one by one (tests/run) and fails where one of them passes.
 */
#include "tests/test.h"

#include <limits.h>
#include <stdlib.h>

static void *volatile kept;
static volatile size_t past = 100;
static volatile int most = INT_MAX;

HEAP_TEST(proof, fine)
{
	AUTO(free) void *released = malloc(100);
	kept = released;
}

HEAP_TEST(proof, leak)
{
	kept = malloc(100);
	kept = NULL;
}

HEAP_TEST(proof, overrun)
{
	AUTO(string) char *released = calloc(1, 100);
	released[past] = 'x';
	kept = released;
}

HEAP_TEST(proof, overflow)
{
	most = most + 1;
}
