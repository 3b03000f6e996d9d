/* How does one cell of a report read: sizes in KiB, counts in groups of three, times in UTC? */
#include "analyzer/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND 1000000000u
#define BAR_COLUMNS 24u

struct cell cell_number(uint64_t number)
{
	return (struct cell){.present = true, .number = number};
}

struct cell cell_known(uint64_t number)
{
	return number == META_ABSENT ? (struct cell){.present = false} : cell_number(number);
}

struct cell cell_delta(int64_t delta)
{
	return (struct cell){.present = true, .delta = delta};
}

struct cell cell_share(double share)
{
	return (struct cell){.present = true, .share = share};
}

struct cell cell_share_of(uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return (struct cell){.present = false};
	return cell_share((double)part / (double)whole);
}

struct cell cell_bar(uint64_t before, uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return (struct cell){.present = false};
	return (struct cell){.present = true,
			     .part = (double)part / (double)whole,
			     .before = (double)before / (double)whole};
}

struct cell cell_difference(uint64_t before, uint64_t after)
{
	uint64_t distance = after > before ? after - before : before - after;
	if (distance > INT64_MAX)
		distance = INT64_MAX;
	return cell_delta(after > before ? (int64_t)distance : -(int64_t)distance);
}

bool value_is_number(enum value_kind kind)
{
	return kind != VALUE_TEXT && kind != VALUE_COMMAND && kind != VALUE_TIME && kind != VALUE_BOOL &&
	       kind != VALUE_BAR;
}

bool value_is_for_people(enum value_kind kind)
{
	return kind == VALUE_BAR || kind == VALUE_AMOUNT;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_text(const struct cell *a, const struct cell *b)
{
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = shorter == 0 ? 0 : memcmp(a->text, b->text, shorter);
	return order != 0 ? order : COMPARE(a->length, b->length);
}

int value_compare(enum value_kind kind, const struct cell *a, const struct cell *b)
{
	if (!a->present || !b->present)
		return COMPARE(a->present, b->present);
	switch (kind) {
	case VALUE_TEXT:
	case VALUE_COMMAND:
	case VALUE_AMOUNT:
		return compare_text(a, b);
	case VALUE_INTEGER:
	case VALUE_COUNT_DELTA:
	case VALUE_SIZE_DELTA:
		return COMPARE(a->delta, b->delta);
	case VALUE_REAL:
	case VALUE_SHARE:
		return COMPARE(a->share, b->share);
	case VALUE_BAR:
		return COMPARE(a->part, b->part);
	case VALUE_NUMBER:
	case VALUE_OBJECT:
	case VALUE_COUNT:
	case VALUE_SIZE:
	case VALUE_DURATION:
	case VALUE_TIME:
	case VALUE_BOOL:
		break;
	}
	return COMPARE(a->number, b->number);
}

/* A share rounds to one digit, but something never reads as nothing. */
static void print_share(struct text *text, double share)
{
	double percent = share * 100;
	if (percent > 0 && percent < 0.05)
		text_add(text, "<0.1%");
	else
		text_printf(text, "%.1f%%", percent);
}

/* As few digits as tell it from its neighbours, mostly. */
static void print_real(struct text *text, double real)
{
	char digits[64];
	for (int precision = 15; precision <= 17; precision += 2) {
		snprintf(digits, sizeof digits, "%.*g", precision, real);
		if (strtod(digits, NULL) == real)
			break;
	}
	text_add(text, digits);
}

static void print_time(struct text *text, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char buffer[64];
	if (gmtime_r(&seconds, &parts) == NULL || strftime(buffer, sizeof buffer, "%F %T UTC", &parts) == 0)
		text_printf(text, "%" PRIu64 " ns", ns);
	else
		text_add(text, buffer);
}

/* Of BAR_COLUMNS columns, in eighths of one at its end; it begins at a whole one. Something never reads as nothing, and
 * a share of more than all, which is wrong, not as more than all. */
static void print_bar(struct text *text, double before, double part)
{
	static const char *const ends[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
	unsigned from = (unsigned)(fmin(fmax(before, 0), 1) * BAR_COLUMNS);
	if (from == BAR_COLUMNS)
		from--;
	unsigned eighths = (unsigned)lround(fmin(fmax(part, 0), 1) * BAR_COLUMNS * 8);
	if (eighths == 0 && part > 0)
		eighths = 1;
	if (eighths > (BAR_COLUMNS - from) * 8)
		eighths = (BAR_COLUMNS - from) * 8;
	text_printf(text, "%*s", eighths > 0 ? (int)from : 0, "");
	for (unsigned i = 0; i < eighths / 8; i++)
		text_add(text, "\u2588");
	text_add(text, ends[eighths % 8]);
}

void value_print(struct text *text, enum value_kind kind, const struct cell *cell, enum size_unit unit)
{
	if (!cell->present)
		return;
	switch (kind) {
	case VALUE_TEXT:
	case VALUE_COMMAND:
	case VALUE_AMOUNT:
		text_add_escaped(text, cell->text, cell->length);
		break;
	case VALUE_NUMBER:
		text_printf(text, "%" PRIu64, cell->number);
		break;
	case VALUE_OBJECT:
		text_printf(text, "#%" PRIu64, cell->number);
		break;
	case VALUE_INTEGER:
		text_printf(text, "%" PRId64, cell->delta);
		break;
	case VALUE_REAL:
		print_real(text, cell->share);
		break;
	case VALUE_COUNT:
		text_add_count(text, cell->number);
		break;
	case VALUE_COUNT_DELTA:
		text_add_count_delta(text, cell->delta);
		break;
	case VALUE_SIZE:
		text_add_size(text, cell->number, unit);
		break;
	case VALUE_SIZE_DELTA:
		text_add_size_delta(text, cell->delta, unit);
		break;
	case VALUE_SHARE:
		print_share(text, cell->share);
		break;
	case VALUE_DURATION:
		text_add_duration(text, (double)cell->number / NS_PER_SECOND);
		break;
	case VALUE_TIME:
		print_time(text, cell->number);
		break;
	case VALUE_BOOL:
		text_add(text, cell->number != 0 ? "yes" : "no");
		break;
	case VALUE_BAR:
		print_bar(text, cell->before, cell->part);
		break;
	}
}

void value_print_plain(struct text *text, enum value_kind kind, const struct cell *cell)
{
	if (!cell->present)
		return;
	switch (kind) {
	case VALUE_TEXT:
	case VALUE_COMMAND:
	case VALUE_AMOUNT:
		text_add_bytes(text, cell->text, cell->length);
		break;
	case VALUE_REAL:
		print_real(text, cell->share);
		break;
	case VALUE_INTEGER:
	case VALUE_COUNT_DELTA:
	case VALUE_SIZE_DELTA:
		text_printf(text, "%" PRId64, cell->delta);
		break;
	case VALUE_SHARE:
		text_printf(text, "%.6f", cell->share);
		break;
	case VALUE_BAR:
		text_printf(text, "%.6f", cell->part);
		break;
	case VALUE_BOOL:
		text_add(text, cell->number != 0 ? "true" : "false");
		break;
	case VALUE_NUMBER:
	case VALUE_OBJECT:
	case VALUE_COUNT:
	case VALUE_SIZE:
	case VALUE_DURATION:
	case VALUE_TIME:
		text_printf(text, "%" PRIu64, cell->number);
		break;
	}
}
