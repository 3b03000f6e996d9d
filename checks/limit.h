/* Limit: how much is too much: an amount, a share of something, or both. */
#ifndef CHECKS_LIMIT_H
#define CHECKS_LIMIT_H

#include "base/error.h"
#include "base/text.h"

enum limit_unit {
	UNIT_SIZE, /* bytes */
	UNIT_OBJECTS,
	UNIT_CYCLES,
	UNIT_REFERENCES,
	UNIT_NUMBER /* what a query counts */
};

struct limit {
	bool has_amount, has_share; /* one at least */
	bool both;      /* of an amount and a share: only what is beyond both is too much ("5% and 2 MiB"); else what is beyond either ("or") */
	int64_t amount; /* 0 or more */
	double share;   /* 0 to 10,000; 0.05 is 5%; as the nearest billionth, so that what is written in percent is exact */
};

/* `50 MiB`, `1000`, `5%`, `+2 MiB`, `5% and 2 MiB`, `5% or 2 MiB`. Sizes as text_parse_size has them; a count has no unit.
 * Shares are up to 1,000,000%.
 * ERROR_USAGE says what the unit takes. */
struct error *limit_parse(const char *text, enum limit_unit unit, struct limit *result) CHECKED;
/* `whole`: of what the share is one. Exact: no rounding decides. */
bool limit_exceeded(const struct limit *limit, int64_t measured, uint64_t whole);
/* The most that is not too much. */
int64_t limit_most(const struct limit *limit, uint64_t whole);
/* Adds `50.0 MiB`, `1,000 objects`, `5%`, `5% and 2.0 MiB`. */
void limit_print(const struct limit *limit, enum limit_unit unit, enum size_unit sizes, struct text *text);
/* Adds a measured value: `61.2 MiB`, `1 object`, `3 cycles`; with a sign where it is growth: `+61.2 MiB`. */
void limit_print_amount(int64_t amount, enum limit_unit unit, bool growth, enum size_unit sizes, struct text *text);

#endif
