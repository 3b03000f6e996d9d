/* Library: which classes are the standard library's, and not the program's?
 *
 * That is told by the file of the module that a class is of: the folder of the standard library is where the package
 * `encodings`, without which no interpreter starts, was read from, or else the module `os`. Packages that were installed
 * below it (site-packages, dist-packages) are none of it. Of a module that the snapshot doesn't know, the package that
 * it is in decides. Where nothing does, a class is the program's.
 */
#ifndef ANALYZER_LIBRARY_H
#define ANALYZER_LIBRARY_H

#include "analyzer/type_names.h"

/* Sets of_library[label] for each type of the snapshot whose class is of the standard library, and leaves the others as
 * they are. `facts`: of its types. O(types * log modules). */
struct error *library_mark(struct reader *reader, const struct type_facts *facts, bool *of_library) CHECKED;

#endif
