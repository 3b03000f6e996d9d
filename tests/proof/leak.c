/* Does the macro bite? One test that leaks, and one that doesn't: `make check` runs this program under
 * AddressSanitizer and fails unless exactly the first of them fails.
 */
#include "tests/test.h"

#include <stdlib.h>

static void *volatile kept;

HEAP_TEST(proof, this_test_leaks)
{
	kept = malloc(100);
	kept = NULL;
}

HEAP_TEST(proof, this_test_does_not)
{
	AUTO(free) void *released = malloc(100);
	kept = released;
}
