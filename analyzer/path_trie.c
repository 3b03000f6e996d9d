/* Which paths go on like this? A byte a node; paths are typed by people, so a list of what follows is short. */
#include "analyzer/path_trie.h"

#include <string.h>

void path_trie_deinit(struct path_trie *trie)
{
	vector_deinit(&trie->nodes);
}

static struct error *add_node(struct path_trie *trie, uint32_t parent, char byte, uint32_t sibling, uint32_t *node)
{
	struct path_trie_node made = {.parent = parent, .child = PATH_TRIE_NONE, .sibling = sibling, .byte = byte};
	*node = (uint32_t)trie->nodes.count;
	return vector_push(&trie->nodes, made);
}

struct error *path_trie_init(struct path_trie *trie)
{
	uint32_t first;
	*trie = (struct path_trie){0};
	return add_node(trie, 0, '\0', PATH_TRIE_NONE, &first);
}

/* A quote behind an opening bracket, with or without the b of bytes, or before a closing one. */
static char byte_at(const char *bytes, size_t length, size_t i)
{
	if (bytes[i] != '"')
		return bytes[i];
	bool opens = (i > 0 && bytes[i - 1] == '[') || (i > 1 && bytes[i - 1] == 'b' && bytes[i - 2] == '[');
	bool closes = i + 1 < length && bytes[i + 1] == ']';
	return opens || closes ? '\'' : '"';
}

static uint32_t find_child(const struct path_trie *trie, uint32_t node, char byte)
{
	uint32_t child = trie->nodes.items[node].child;
	while (child != PATH_TRIE_NONE && trie->nodes.items[child].byte != byte)
		child = trie->nodes.items[child].sibling;
	return child;
}

struct error *path_trie_add(struct path_trie *trie, const char *path)
{
	size_t length = strlen(path);
	uint32_t at = 0;
	for (size_t i = 0; i < length; i++) {
		char byte = byte_at(path, length, i);
		uint32_t child = find_child(trie, at, byte);
		if (child == PATH_TRIE_NONE) {
			TRY(add_node(trie, at, byte, trie->nodes.items[at].child, &child));
			trie->nodes.items[at].child = child;
		}
		at = child;
	}
	trie->nodes.items[at].ends = true;
	return NULL;
}

uint32_t path_trie_find(const struct path_trie *trie, uint32_t from, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && from != PATH_TRIE_NONE; i++)
		from = find_child(trie, from, byte_at(bytes, length, i));
	return from;
}
