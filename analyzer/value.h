/* Value: one cell of a report, and how a person reads it.
 *
 * A cell holds a number in its kind's unit, or text; an absent cell is not zero: it was not known or makes no sense.
 */
#ifndef ANALYZER_VALUE_H
#define ANALYZER_VALUE_H

#include "base/text.h"
#include "format/schema.h"

#include <stdbool.h>
#include <stdint.h>

enum value_kind {          /* what it is, its unit, and which member of the cell holds it */
	VALUE_TEXT,        /* text, may hold any bytes */
	VALUE_COMMAND,     /* text: a line for a shell, which is never cut or broken into lines */
	VALUE_NUMBER,      /* number: an identifier or a setting; printed without separators */
	VALUE_OBJECT,      /* number: an object's id, `#4` for people */
	VALUE_INTEGER,     /* delta: a number of either sign that is no change; printed without separators */
	VALUE_REAL,        /* share: any finite number */
	VALUE_COUNT,       /* number */
	VALUE_COUNT_DELTA, /* delta */
	VALUE_SIZE,        /* number, bytes */
	VALUE_SIZE_DELTA,  /* delta, bytes */
	VALUE_SHARE,       /* share, 1.0 is all */
	VALUE_DURATION,    /* number, ns */
	VALUE_TIME,        /* number, ns since 1970 */
	VALUE_BOOL,        /* number, 0 or 1 */
	VALUE_BAR,         /* part and before: a share as a bar, for people alone; another field has the number */
	VALUE_AMOUNT       /* text: a number with its unit, which differs from row to row, for people alone as well */
};

struct cell {
	bool present;
	union {
		struct {
			const char *text;
			size_t length; /* bytes */
		};
		uint64_t number;
		int64_t delta;
		double share;
		struct {
			double part;   /* 1.0 is all */
			double before; /* where the bar begins, as a share too */
		};
	};
};

struct cell cell_number(uint64_t number);
/* A number of a snapshot's meta: absent where it is META_ABSENT. */
struct cell cell_known(uint64_t number);
struct cell cell_delta(int64_t delta);
struct cell cell_share(double share);
/* `part` of `whole`; absent where the whole is 0. */
struct cell cell_share_of(uint64_t part, uint64_t whole);
/* A bar for `part` of `whole` that begins where `before` of it ends; absent where the whole is 0. */
struct cell cell_bar(uint64_t before, uint64_t part, uint64_t whole);
/* after - before, saturated. */
struct cell cell_difference(uint64_t before, uint64_t after);

bool value_is_number(enum value_kind kind);
bool value_is_for_people(enum value_kind kind); /* machines find the number in another field */
/* Less than, equal to or greater than 0, as strcmp; absent cells come first. */
int value_compare(enum value_kind kind, const struct cell *a, const struct cell *b);
/* Adds what a person reads; foreign text escaped; an absent cell adds nothing. */
void value_print(struct text *text, enum value_kind kind, const struct cell *cell, enum size_unit unit);
/* The same without grouping or units: 1234, -5, 0.25, true; for CSV. Text is added as it is. */
void value_print_plain(struct text *text, enum value_kind kind, const struct cell *cell);

#endif
