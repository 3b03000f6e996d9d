/* GitHub: outcomes as commands that a GitHub workflow turns into annotations. The step's summary is markdown_print's. */
#ifndef CHECKS_GITHUB_H
#define CHECKS_GITHUB_H

#include "checks/outcome.h"

/* Adds a line `::error file=memory.ini,line=12,title=...::...` for each violation, `::warning` for each warning. */
struct error *github_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text) CHECKED;

#endif
