/* Which version is an interpreter that has no symbol to say so?
 *
 * Py_GetVersion keeps what sys.version shows in a static buffer, so a pass over the runtime's own .data and .bss finds
 * it: O(bytes), some 2 MiB. Strings of .rodata are no help: linkers merge the version into the tails of paths.
 */
#include "dumper/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_MAX (UINT64_C(64) << 20) /* bytes of data that are searched */
#define BLOCK 65536u
#define OVERLAP 256u /* the longest buffer of Py_GetVersion is 250 bytes */

void version_format(uint32_t hex, char text[VERSION_TEXT])
{
	unsigned major = hex >> 24, minor = hex >> 16 & 0xff, micro = hex >> 8 & 0xff;
	unsigned level = hex >> 4 & 0xf, serial = hex & 0xf;
	const char *name = level == 0xa ? "a" : level == 0xb ? "b" : level == 0xc ? "rc" : "";

	if (name[0] != '\0')
		snprintf(text, VERSION_TEXT, "%u.%u.%u%s%u", major, minor, micro, name, serial);
	else
		snprintf(text, VERSION_TEXT, "%u.%u.%u", major, minor, micro);
}

bool version_is_plausible(uint64_t hex)
{
	uint64_t level = hex >> 4 & 0xf;

	return hex >> 24 == 3 && (hex >> 16 & 0xff) < 100 &&
	       (level >= 0xa && level <= 0xf && level != 0xd && level != 0xe);
}

/* A number below 256 at text[*at], which moves behind it. */
static bool parse_number(const char *text, size_t length, size_t *at, uint32_t *value)
{
	size_t start = *at;
	uint32_t number = 0;

	for (; *at < length && text[*at] >= '0' && text[*at] <= '9' && *at - start < 3; ++*at)
		number = number * 10 + (uint32_t)(text[*at] - '0');
	*value = number;
	return *at > start && number < 256;
}

static bool parse_dot(const char *text, size_t length, size_t *at)
{
	return *at < length && text[(*at)++] == '.';
}

/* Nothing, or aN, bN, rcN; as the low byte of PY_VERSION_HEX. */
static uint32_t parse_level(const char *text, size_t length, size_t *at)
{
	uint32_t level = 0xf, serial = 0;
	size_t next = *at;

	if (next < length && (text[next] == 'a' || text[next] == 'b'))
		level = text[next++] == 'a' ? 0xa : 0xb;
	else if (length - next >= 2 && memcmp(text + next, "rc", 2) == 0) {
		level = 0xc;
		next += 2;
	}
	if (level == 0xf || !parse_number(text, length, &next, &serial) || serial > 15)
		return 0xf0;
	*at = next;
	return level << 4 | serial;
}

uint32_t version_parse(const char *text, size_t length, size_t *used)
{
	uint32_t major, minor, micro;
	size_t at = 0;

	*used = 0;
	if (!parse_number(text, length, &at, &major) || !parse_dot(text, length, &at) ||
	    !parse_number(text, length, &at, &minor) || !parse_dot(text, length, &at) ||
	    !parse_number(text, length, &at, &micro))
		return 0;
	uint32_t hex = major << 24 | minor << 16 | micro << 8 | parse_level(text, length, &at);
	if (at < length && text[at] == '+') /* built from the middle of development */
		at++;
	*used = at;
	return hex;
}

/* The version where `text` (NUL-terminated within `length`) is one of sys.version, else 0. */
static uint32_t version_of_text(const char *text, size_t length)
{
	size_t used;
	uint32_t hex = version_parse(text, length, &used);
	const char *end = memchr(text, '\0', length);

	if (used == 0 || end == NULL || !version_is_plausible(hex) || length - used < 2 || text[used] != ' ' ||
	    text[used + 1] != '(')
		return 0;
	return memchr(text, '[', (size_t)(end - text)) != NULL ? hex : 0; /* the compiler's name */
}

/* Looks at each place of buffer[1..wanted] that begins a string. False where a second, other version turns up. */
static bool search_block(const char *buffer, size_t size, size_t wanted, uint32_t *hex)
{
	for (size_t i = 1; i < wanted; i++) {
		if (buffer[i] != '3' || buffer[i - 1] != '\0')
			continue;
		uint32_t found = version_of_text(buffer + i, size - i);
		if (found != 0 && *hex != 0 && found != *hex)
			return false;
		if (found != 0)
			*hex = found;
	}
	return true;
}

struct error *version_search(struct source *source, uint64_t start, uint64_t end, uint32_t *hex)
{
	AUTO(string) char *buffer = malloc(BLOCK + OVERLAP);
	uint32_t found = 0;

	if (buffer == NULL)
		return error_memory();
	if (end > start && end - start > SEARCH_MAX)
		end = start + SEARCH_MAX;
	for (uint64_t at = start; at < end; at += BLOCK - 1) {
		size_t size = end - at < BLOCK + OVERLAP ? (size_t)(end - at) : BLOCK + OVERLAP;
		size_t got;
		TRY(source->operations->read(source, at, buffer, size, &got));
		if (!search_block(buffer, got, got < BLOCK ? got : BLOCK, &found)) {
			*hex = 0;
			return NULL;
		}
	}
	*hex = found;
	return NULL;
}
