/* Markdown: outcomes as Markdown. */
#ifndef CHECKS_MARKDOWN_H
#define CHECKS_MARKDOWN_H

#include "checks/outcome.h"

/* Adds Markdown for a pull request: a sentence, a table of rules, and for each violation why in a folded part. */
struct error *markdown_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text) CHECKED;

#endif
