/* JUnit: outcomes as JUnit. */
#ifndef CHECKS_JUNIT_H
#define CHECKS_JUNIT_H

#include "checks/outcome.h"

/* Adds JUnit XML, as the common XSD has it: a test case for each rule, failed where it is violated; a warning is in system-out. */
struct error *junit_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text) CHECKED;

#endif
