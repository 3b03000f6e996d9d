/* Page: heapdump(1), made of what --help prints and of what only a page has room for. */
#ifndef DUMPER_PAGE_H
#define DUMPER_PAGE_H

#include "base/text.h"

struct argp_option;

/* In roff. `options`, `help`: those that argp has. */
void page_add(struct text *text, const struct argp_option *options, const char *help);

#endif
