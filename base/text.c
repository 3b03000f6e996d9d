/* How does every report write its text, and foreign names in it?
 *
 * A growable string whose adders can't fail one by one: memory that runs out is remembered and told
 * once at the end. Foreign names are decoded as UTF-8, and what a terminal would act on or would not
 * show is written as an escape. Adding n bytes costs O(n).
 * Numbers are rounded in integers, so the same value is the same text everywhere.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_LEAST 64
#define NEAREST_LONGEST 300 /* bytes of a word that is still looked for */

void text_init(struct text *text)
{
	*text = (struct text){0};
}

void text_deinit(struct text *text)
{
	if (text == NULL)
		return;
	free(text->data);
	*text = (struct text){0};
}

/* Room for `more` bytes and the NUL. */
static bool text_reserve(struct text *text, size_t more)
{
	if (text->failed)
		return false;
	size_t needed;
	text->failed = __builtin_add_overflow(text->length, more, &needed) || needed >= SIZE_MAX / 4;
	if (text->failed || needed < text->capacity)
		return !text->failed;
	size_t capacity = text->capacity + text->capacity / 2;
	if (capacity <= needed)
		capacity = needed + 1;
	if (capacity < CAPACITY_LEAST)
		capacity = CAPACITY_LEAST;
	char *grown = realloc(text->data, capacity);
	if (grown == NULL) {
		text->failed = true;
		return false;
	}
	text->data = grown;
	text->capacity = capacity;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (length == 0 || !text_reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char character)
{
	text_add_bytes(text, &character, 1);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *formatted = NULL;
	int length = vasprintf(&formatted, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text->failed = true;
		return;
	}
	text_add_bytes(text, formatted, (size_t)length);
	free(formatted);
}

const char *text_string(const struct text *text)
{
	return text->data != NULL ? text->data : "";
}

char *text_steal(struct text *text)
{
	char *stolen = text->failed ? NULL : steal(&text->data);
	bool empty = !text->failed && stolen == NULL;
	text_deinit(text);
	return empty ? calloc(1, 1) : stolen;
}

struct error *text_error(const struct text *text)
{
	return text->failed ? error_memory() : NULL;
}

/* The code point at `bytes` and its length in bytes; 0 where no well-formed UTF-8 begins (Unicode, table
 * 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_decode(const unsigned char *bytes, size_t left, uint32_t *point)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = bytes[0];
	if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
		return 0;
	size_t length = first < 0x80 ? 1 : 2 + (first >= 0xe0) + (first >= 0xf0);
	if (length > left)
		return 0;
	uint32_t value = length == 1 ? first : first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return length;
}

/* Code points that steer a terminal, turn the writing direction or leave no mark. */
static bool is_invisible(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0000, 0x001f},   /* C0 */
		{0x007f, 0x009f},   /* DEL, C1 */
		{0x00ad, 0x00ad},   /* soft hyphen */
		{0x061c, 0x061c},   /* Arabic letter mark */
		{0x115f, 0x1160},   /* Hangul fillers */
		{0x17b4, 0x17b5},   /* Khmer inherent vowels */
		{0x180b, 0x180f},   /* Mongolian selectors and separator */
		{0x200b, 0x200f},   /* zero width space and joiners, LRM, RLM */
		{0x2028, 0x202e},   /* line and paragraph separators, bidirectional embeddings and overrides */
		{0x2060, 0x206f},   /* word joiner, invisible operators, bidirectional isolates */
		{0x3164, 0x3164},   /* Hangul filler */
		{0xfeff, 0xfeff},   /* zero width no-break space */
		{0xffa0, 0xffa0},   /* halfwidth Hangul filler */
		{0xfff9, 0xfffb},   /* interlinear annotation */
		{0xe0000, 0xe007f}, /* tags */
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges && point >= ranges[i].first; i++)
		if (point <= ranges[i].last)
			return true;
	return false;
}

void text_add_escaped(struct text *text, const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t plain = 0; /* where the run of bytes begins that stay as they are */
	for (size_t i = 0; i < length;) {
		uint32_t point = at[i];
		size_t step = utf8_decode(at + i, length - i, &point);
		if (step != 0 && !is_invisible(point)) {
			i += step;
			continue;
		}
		text_add_bytes(text, bytes + plain, i - plain);
		text_printf(text, step > 1 ? "\\u{%04X}" : "\\x%02X", point);
		i += step != 0 ? step : 1;
		plain = i;
	}
	if (plain < length)
		text_add_bytes(text, bytes + plain, length - plain);
}

void text_add_csv(struct text *text, const char *bytes, size_t length)
{
	bool quoted = false;
	for (size_t i = 0; i < length && !quoted; i++)
		quoted = memchr(",\"\r\n", bytes[i], 4) != NULL;
	if (quoted)
		text_add_char(text, '"');
	if (length > 0 && memchr("=+-@\t\r", bytes[0], 6) != NULL)
		text_add_char(text, '\'');
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '"')
			text_add_char(text, '"');
		text_add_char(text, bytes[i]);
	}
	if (quoted)
		text_add_char(text, '"');
}

static const char *const binary_units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
static const char *const si_units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

/* In one of which unit a size is read best: its bytes, and its name's number; `bytes` is no less than one of the first but one. */
static unsigned __int128 find_scale(uint64_t bytes, uint64_t base, size_t *name)
{
	unsigned __int128 one = base;
	*name = 1;
	/* After rounding: four digits are never read, 1000.0 KiB is 1.0 MiB. */
	while (((unsigned __int128)bytes * 10 + one / 2) / one >= 10000) {
		one *= base;
		++*name;
	}
	return one;
}

/* Rounded in integers: 2^64 bytes times ten fits no double exactly. */
static void add_scaled(struct text *text, uint64_t bytes, unsigned __int128 one, unsigned decimals)
{
	unsigned power = 1;
	for (unsigned i = 0; i < decimals; i++)
		power *= 10;
	unsigned __int128 parts = ((unsigned __int128)bytes * power + one / 2) / one;
	text_printf(text, "%ju.%0*u", (uintmax_t)(parts / power), (int)decimals, (unsigned)(parts % power));
}

void text_add_size(struct text *text, uint64_t bytes, enum size_unit unit)
{
	if (unit == SIZE_BYTES) {
		text_printf(text, "%ju", (uintmax_t)bytes);
		return;
	}
	uint64_t base = unit == SIZE_SI ? 1000 : 1024;
	if (bytes < base) {
		text_printf(text, "%ju B", (uintmax_t)bytes);
		return;
	}
	size_t name;
	unsigned __int128 one = find_scale(bytes, base, &name);
	add_scaled(text, bytes, one, 1);
	text_printf(text, " %s", (unit == SIZE_SI ? si_units : binary_units)[name]);
}

/* Whether no two neighbours that differ are written alike. */
static bool tells_apart(const uint64_t *bytes, size_t count, unsigned __int128 one, unsigned decimals)
{
	for (size_t i = 1; i < count; i++) {
		AUTO(text) struct text before, after;
		text_init(&before);
		text_init(&after);
		add_scaled(&before, bytes[i - 1], one, decimals);
		add_scaled(&after, bytes[i], one, decimals);
		if (bytes[i - 1] != bytes[i] && strcmp(text_string(&before), text_string(&after)) == 0)
			return false;
	}
	return true;
}

void text_add_sizes(struct text *text, const uint64_t *bytes, size_t count, enum size_unit unit)
{
	uint64_t base = unit == SIZE_SI ? 1000 : 1024, last = bytes[count - 1];
	bool scaled = unit != SIZE_BYTES && last >= base;
	size_t name = 0;
	unsigned __int128 one = scaled ? find_scale(last, base, &name) : 1;
	unsigned decimals = 1;
	while (scaled && decimals < 3 && !tells_apart(bytes, count, one, decimals))
		decimals++;
	for (size_t i = 0; i < count; i++) {
		text_add(text, i > 0 ? ", " : "");
		if (scaled)
			add_scaled(text, bytes[i], one, decimals);
		else
			text_printf(text, "%ju", (uintmax_t)bytes[i]);
	}
	if (unit != SIZE_BYTES)
		text_printf(text, " %s", (unit == SIZE_SI ? si_units : binary_units)[name]);
}

/* |value| as unsigned, which the least int64_t needs, after its sign. */
static uint64_t text_add_sign(struct text *text, int64_t value)
{
	if (value > 0)
		text_add_char(text, '+');
	if (value < 0)
		text_add_char(text, '-');
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

void text_add_size_delta(struct text *text, int64_t bytes, enum size_unit unit)
{
	uint64_t size = text_add_sign(text, bytes);
	if (size == 0)
		text_add_char(text, '0');
	else
		text_add_size(text, size, unit);
}

void text_add_count(struct text *text, uint64_t count)
{
	char digits[24], grouped[32];
	size_t length = (size_t)snprintf(digits, sizeof digits, "%ju", (uintmax_t)count);
	size_t end = 0;
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			grouped[end++] = ',';
		grouped[end++] = digits[i];
	}
	text_add_bytes(text, grouped, end);
}

void text_add_count_delta(struct text *text, int64_t count)
{
	text_add_count(text, text_add_sign(text, count));
}

void text_add_duration(struct text *text, double seconds)
{
	if (!(seconds > 0)) { /* NaN too */
		text_add(text, "0 s");
	} else if (seconds < 0.0009995) {
		text_printf(text, "%.1f us", seconds * 1e6);
	} else if (seconds < 0.99995) {
		text_printf(text, "%.1f ms", seconds * 1e3);
	} else if (seconds < 59.95) {
		text_printf(text, "%.1f s", seconds);
	} else {
		uint64_t whole = seconds < 1e15 ? (uint64_t)(seconds + 0.5) : (uint64_t)1e15;
		if (whole < 3600)
			text_printf(text, "%ju min %ju s", (uintmax_t)(whole / 60), (uintmax_t)(whole % 60));
		else if (whole < 86400)
			text_printf(text, "%ju h %ju min", (uintmax_t)(whole / 3600), (uintmax_t)(whole / 60 % 60));
		else
			text_printf(text, "%ju d %ju h", (uintmax_t)(whole / 86400), (uintmax_t)(whole / 3600 % 24));
	}
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment over bytes, in three rows of width+1 numbers (the last, the one before, this). */
static size_t alignment_distance(const char *a, size_t height, const char *b, size_t width, size_t *rows[3])
{
	for (size_t j = 0; j <= width; j++)
		rows[1][j] = j;
	for (size_t i = 1; i <= height; i++) {
		size_t *before = rows[0], *last = rows[1], *row = rows[2];
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least_of(changed, least_of(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least_of(row[j], before[j - 2] + 1);
		}
		rows[0] = last;
		rows[1] = row;
		rows[2] = before;
	}
	return rows[1][width];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	size_t limit = length / 3 > 2 ? length / 3 : 2;
	if (length > NEAREST_LONGEST)
		return NULL;
	size_t storage[3][NEAREST_LONGEST + NEAREST_LONGEST / 3 + 1] = {{0}};
	const char *nearest = NULL;
	for (size_t i = 0; i < count; i++) {
		size_t width = strlen(candidates[i]);
		size_t longer = width > length ? width : length;
		if (longer - least_of(width, length) > limit)
			continue;
		size_t *rows[3] = {storage[0], storage[1], storage[2]};
		size_t distance = alignment_distance(word, length, candidates[i], width, rows);
		if (distance > limit || distance == longer)
			continue;
		if (distance == 0)
			return candidates[i];
		nearest = candidates[i];
		limit = distance - 1;
	}
	return nearest;
}

/* --- sizes read ----------------------------------------------------------------------------------------------------- */

/* What a unit stands for in bytes, 0 where it is none. */
static uint64_t unit_bytes(const char *unit)
{
	static const char letters[] = "KMGT";
	if (unit[0] == '\0' || strcmp(unit, "B") == 0)
		return 1;
	const char *letter = strchr(letters, unit[0] == 'k' ? 'K' : unit[0]);
	if (letter == NULL || *letter == '\0')
		return 0;
	bool decimal = strcmp(unit + 1, "B") == 0;
	if (!decimal && unit[1] != '\0' && strcmp(unit + 1, "iB") != 0)
		return 0;
	uint64_t bytes = 1;
	for (const char *l = letters; l <= letter; l++)
		bytes *= decimal ? 1000 : 1024;
	return bytes;
}

bool text_parse_size(const char *string, uint64_t *bytes)
{
	char *end;
	/* Neither signs nor the "inf" and "0x" that strtod takes. */
	if (string[0] < '0' || string[0] > '9' || strcspn(string, "xX") != strlen(string))
		return false;
	double number = strtod(string, &end);
	while (*end == ' ')
		end++;
	uint64_t unit = unit_bytes(end);
	double product = number * (double)unit;
	if (unit == 0 || !(product < 0x1p63))
		return false;
	*bytes = (uint64_t)product;
	return true;
}

/* --- times read ----------------------------------------------------------------------------------------------------- */

/* What a unit stands for in nanoseconds, 0 where it is none. */
static uint64_t unit_ns(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	if (strcmp(unit, "ms") == 0)
		return 1000000;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(unit, units[i].name) == 0)
			return units[i].seconds * 1000000000u;
	}
	return 0;
}

bool text_parse_duration(const char *string, uint64_t *ns)
{
	char *end;
	/* Neither signs nor the "inf" and "0x" that strtod takes. */
	if (string[0] < '0' || string[0] > '9' || strcspn(string, "xX") != strlen(string))
		return false;
	double number = strtod(string, &end);
	while (*end == ' ')
		end++;
	uint64_t unit = unit_ns(end);
	double product = number * (double)unit;
	if (unit == 0 || !(product < 0x1p63))
		return false;
	*ns = (uint64_t)(product + 0.5);
	return true;
}
