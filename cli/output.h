/* Output: from a finished report to the screen, a pipe or a pager. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "analyzer/report.h"
#include "cli/options.h"

#define TOP_DEFAULT 25u /* rows that are shown as text unless --top says otherwise */

/* Sorts and folds the table `rows` as the options say, renders the report and prints it. `noun` is what a row is, NULL:
 * the command has no table. ERROR_USAGE for a column that there isn't; ERROR_IO where it can't be printed. */
struct error *output_report(const struct options *options, const char *noun, struct report *report) CHECKED;

#endif
