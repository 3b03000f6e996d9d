#include "analyzer/path_trie.h"

#include "tests/test.h"

static uint32_t find(const struct path_trie *trie, const char *path)
{
	return path_trie_find(trie, 0, path, strlen(path));
}

HEAP_TEST(path_trie, has_every_beginning_once)
{
	AUTO(path_trie) struct path_trie trie = {0};
	assert_ok(path_trie_init(&trie));
	assert_ok(path_trie_add(&trie, "app.a"));
	assert_ok(path_trie_add(&trie, "app.bc"));
	assert_ok(path_trie_add(&trie, "app.a"));
	assert_ok(path_trie_add(&trie, "app"));
	cr_assert_eq(trie.nodes.count, 8);
	for (uint32_t i = 1; i < trie.nodes.count; i++)
		cr_assert_lt(trie.nodes.items[i].parent, i);
	cr_assert_eq(find(&trie, ""), 0);
	cr_assert_eq(trie.nodes.items[find(&trie, "app.a")].parent, find(&trie, "app."));
	cr_assert_eq(path_trie_find(&trie, find(&trie, "app"), ".bc", 3), find(&trie, "app.bc"));
	cr_assert(trie.nodes.items[find(&trie, "app")].ends);
	cr_assert_not(trie.nodes.items[find(&trie, "app.")].ends);
	cr_assert_eq(find(&trie, "app.c"), PATH_TRIE_NONE);
	cr_assert_eq(find(&trie, "app.a."), PATH_TRIE_NONE);
	cr_assert_eq(path_trie_find(&trie, PATH_TRIE_NONE, "a", 1), PATH_TRIE_NONE);
}

HEAP_TEST(path_trie, takes_either_quote_around_a_key)
{
	AUTO(path_trie) struct path_trie trie = {0};
	assert_ok(path_trie_init(&trie));
	assert_ok(path_trie_add(&trie, "a[\"k\"]"));
	assert_ok(path_trie_add(&trie, "a[b'k\"l']"));
	cr_assert_neq(find(&trie, "a['k']"), PATH_TRIE_NONE);
	cr_assert_eq(find(&trie, "a['k']"), find(&trie, "a[\"k\"]"));
	cr_assert_neq(find(&trie, "a[b\"k\"l\"]"), PATH_TRIE_NONE);
	cr_assert_eq(find(&trie, "a[b'k'l']"), PATH_TRIE_NONE);
}
