/* Manual: a page for man(1) in roff, made of the tables and texts that --help prints too, so that the two can't differ.
 *
 * The texts are plain and ASCII. An empty line parts paragraphs; lines that begin with two blanks stay as they are; a
 * line TERM<tab>MEANING is one of a list. Options (--top N) and names of pages (heapdump(1)) become bold by themselves,
 * names of values that the options or the synopsis have become italic.
 */
#ifndef BASE_MANUAL_H
#define BASE_MANUAL_H

#include "base/text.h"

struct argp_option;

struct manual_section {
	const char *heading; /* NULL ends the list */
	const char *text;
};

struct manual_remark {      /* what the page says of an option besides its help */
	const char *option; /* long name; NULL ends the list */
	const char *text;
};

struct manual {               /* all borrowed */
	const char *name;     /* heapdiff-top */
	const char *summary;  /* after the name, one line */
	const char *synopsis; /* one line or more */
	/* As argp takes it: what it does, \v, the rest. Of the rest, what begins with `Examples:` or `Columns:` becomes a
	 * section; `Exit codes:` is left out, as EXIT STATUS says more. */
	const char *help;
	const struct argp_option *const *options; /* tables, NULL ends the list */
	const struct manual_remark *remarks;      /* NULL: none */
	const struct manual_section *sections;    /* after the options */
	const char *see_also;                     /* heapdump(1), gcore(1) */
};

void manual_add(struct text *text, const struct manual *manual);

#endif
