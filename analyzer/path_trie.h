/* Path trie: the beginnings of several paths, each once, so that what they have in common is followed once.
 *
 * Double quotes around a key are single ones here.
 */
#ifndef ANALYZER_PATH_TRIE_H
#define ANALYZER_PATH_TRIE_H

#include "base/vector.h"

#include <stdint.h>

#define PATH_TRIE_NONE UINT32_MAX /* no path begins so */

struct path_trie_node {
	uint32_t parent;         /* the beginning without its last byte; of the first node itself */
	uint32_t child, sibling; /* a longer beginning, the next one with the same parent; PATH_TRIE_NONE */
	char byte;               /* its last */
	bool ends;               /* it is a whole path */
};

struct path_trie {
	VECTOR(struct path_trie_node) nodes; /* 0: what all begin with, nothing; longer beginnings come after those they begin with */
};

/* Empty; the paths added together below 4 GiB. */
struct error *path_trie_init(struct path_trie *trie) CHECKED;
void path_trie_deinit(struct path_trie *trie);
DEFINE_AUTO_VALUE(path_trie, struct path_trie, path_trie_deinit);

struct error *path_trie_add(struct path_trie *trie, const char *path) CHECKED;
/* The beginning that is `from` and these bytes. `from` may be PATH_TRIE_NONE, and then it is. */
uint32_t path_trie_find(const struct path_trie *trie, uint32_t from, const char *bytes, size_t length);

#endif
