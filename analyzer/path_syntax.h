/* Path syntax: could a text be a path, as analyzer/path.h prints them? */
#ifndef ANALYZER_PATH_SYNTAX_H
#define ANALYZER_PATH_SYNTAX_H

#include "base/error.h"

#define PATH_LONGEST 65535u /* bytes */

/* ERROR_USAGE says where it ends to be one. Lenient, as names may hold any characters: to be asked of what was not found. */
struct error *path_syntax_check(const char *text) CHECKED;

#endif
