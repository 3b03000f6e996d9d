/* Object name: which object does a word of the command line mean: `#1234`, `1234` or `0x7f00deadbeef`? */
#ifndef ANALYZER_OBJECT_NAME_H
#define ANALYZER_OBJECT_NAME_H

#include "analyzer/object_lookup.h"

/* ERROR_USAGE says what to write instead: how many objects there are, which one is nearest to an address, or that the word
 * names a type. O(log chunks) chunks of objects are read. */
struct error *object_name_find(struct object_lookup *lookup, const char *word, node_id *node) CHECKED;

#endif
