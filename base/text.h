/* Text: a growable UTF-8 string, and the ways every report writes numbers, sizes and foreign names. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/error.h"

#include <stddef.h>

struct text {
	char *data;    /* NUL-terminated; NULL while empty */
	size_t length; /* bytes without the NUL */
	size_t capacity;
	bool failed; /* memory ran out: what follows was dropped; check once, by text_error */
};

void text_init(struct text *text);
void text_deinit(struct text *text);
DEFINE_AUTO_VALUE(text, struct text, text_deinit);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char character);
void text_printf(struct text *text, const char *format, ...) PRINTF(2, 3);
const char *text_string(const struct text *text);          /* "" while empty; until the next change */
char *text_steal(struct text *text);                       /* owned; never NULL unless memory ran out */
struct error *text_error(const struct text *text) CHECKED; /* ERROR_MEMORY once `failed` */

/* Foreign names made safe for a terminal: control characters, C1, DEL, bidirectional overrides and
 * bytes that are no UTF-8 become \xHH (or \u{HHHH}); everything else stays. */
void text_add_escaped(struct text *text, const char *bytes, size_t length);
/* One CSV field: quoted where RFC 4180 asks for it, and a leading = + - @ TAB CR is disarmed by an
 * apostrophe, as spreadsheets would run it. */
void text_add_csv(struct text *text, const char *bytes, size_t length);

enum size_unit {
	SIZE_BINARY, /* 1.5 KiB, 12.0 MiB */
	SIZE_SI,     /* 1.5 kB, 12.6 MB */
	SIZE_BYTES   /* 12582912 */
};
void text_add_size(struct text *text, uint64_t bytes, enum size_unit unit);      /* bytes */
/* Sizes beside one another, at least one, in the unit of the last, with as many decimals, 1 to 3, as tell neighbours apart: 1.0, 1.2, 1.4 MiB. */
void text_add_sizes(struct text *text, const uint64_t *bytes, size_t count, enum size_unit unit);
void text_add_size_delta(struct text *text, int64_t bytes, enum size_unit unit); /* +1.5 KiB, -3 B, 0 */
void text_add_count(struct text *text, uint64_t count);                          /* 1,234,567 */
void text_add_count_delta(struct text *text, int64_t count);                     /* +1,234, -5, 0 */
void text_add_duration(struct text *text, double seconds); /* 4.5 us, 12.3 ms, 5.0 s, 3 min 2 s, 2 h 5 min */
/* The whole of `string` as bytes: 1234, 64K, 64KiB, "1.5 MiB", 10MB (KiB and K are 1024, kB is 1000); false where it is
 * nothing like that, or 2^63 or more. */
bool text_parse_size(const char *string, uint64_t *bytes);
/* The whole of `string` as a time: 500ms, 60s, 60 (seconds), 1.5m or 1.5min, "2 h", 1d; to the nearest nanosecond. False
 * where it is nothing like that, or 2^63 ns or more. */
bool text_parse_duration(const char *string, uint64_t *ns);

/* The candidate nearest to `word` by Damerau-Levenshtein distance (optimal string alignment), NULL
 * where none is within a third of the word's length (at least 2) or shares nothing with it, or the
 * word has more than 300 bytes; the first of equals. Cost O(candidates * length^2). */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

#endif
