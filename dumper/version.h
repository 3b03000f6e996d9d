/* Version: CPython's version number, as PY_VERSION_HEX and as people write it. */
#ifndef DUMPER_VERSION_H
#define DUMPER_VERSION_H

#include "dumper/source.h"

/* The longest text, "255.255.255rc15" and NUL. */
#define VERSION_TEXT 16

/* 0x030c01f0 is 3.12.1, 0x030d00c2 is 3.13.0rc2. */
void version_format(uint32_t hex, char text[VERSION_TEXT]);
/* Whether a number may be a PY_VERSION_HEX: 3.0 to 3.99, with a level of a, b, c or f. */
bool version_is_plausible(uint64_t hex);
/* Reads a version at the beginning of `text`; `used` are its bytes, 0 where there is none. */
uint32_t version_parse(const char *text, size_t length, size_t *used);
/* Searches start..end for the text of sys.version, which CPython keeps in a buffer of its data: "3.10.13 (main, May 9
 * 2026, ...) [GCC 12.2.0]". *hex is 0 where there is none, or where two differ. */
struct error *version_search(struct source *source, uint64_t start, uint64_t end, uint32_t *hex) CHECKED;

#endif
