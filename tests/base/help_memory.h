/* Little memory, on purpose: what follows in this test's process gets no more than `bytes` beyond what it has.
 * AddressSanitizer ends a process that runs out, so there such a test is skipped. */
#ifndef TESTS_BASE_HELP_MEMORY_H
#define TESTS_BASE_HELP_MEMORY_H

#include <stddef.h>

void memory_limit(size_t bytes);

#endif
