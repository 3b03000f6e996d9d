/* What Tab offers. */
#include "cli/completion.h"

#include "base/text.h"
#include "format/reader.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

#include <string.h>

static const char *const commands[] = {"show", "shapes", "quit", NULL};

/* The words that are offered, parted by spaces, and where they begin. */
static void check(const char *line, size_t from, const char *words)
{
	char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	assert_ok(help_snapshot_write(path, "object 0x10 dict\nobject 0x20 app.Session\nobject 0x30 app.models.SessionCache\n"
					    "object 0x40 list\n"));
	AUTO(reader) struct reader *reader = NULL;
	AUTO(type_names) struct type_names names = {0};
	AUTO(completion) struct completion completion;
	AUTO(text) struct text all = {0};
	assert_ok(reader_open(path, &reader));
	assert_ok(type_names_init(&names, (const struct reader *[]){reader}, 1));
	completion_init(&completion);
	text_init(&all);
	completion_find(&completion, &names, commands, line);
	for (size_t i = 0; i < completion.words.count; i++)
		text_printf(&all, "%s%s", i > 0 ? " " : "", completion.words.items[i]);
	help_folder_remove(folder);
	cr_assert_not(completion.failed);
	cr_assert_str_eq(text_string(&all), words, "%s: %s", line, text_string(&all));
	if (words[0] != '\0')
		cr_assert_eq(completion.from, from, "%s: from %zu", line, completion.from);
}

HEAP_TEST(completion, knows_labels_by_their_ends_too)
{
	check("MATCH (s:Se", 9, "Session SessionCache");
	check("MATCH (s: Se", 10, "Session SessionCache");
	check("MATCH (s:list|di", 14, "dict");
	check("MATCH (s:!di", 10, "dict");
	check("MATCH (s:app.", 9, "`app.Session` `app.models.SessionCache`");
	check("MATCH (s:`app.S", 9, "`app.Session`");
	check("MATCH (s:ro", 9, "root");
	check("MATCH (s:nothing", 9, "");
}

HEAP_TEST(completion, offers_no_labels_for_edges)
{
	check("MATCH (s)-[:dic", 12, "");
}

HEAP_TEST(completion, knows_properties_after_a_dot)
{
	check("MATCH (s) RETURN s.reta", 19, "retained");
	check("MATCH (s) WHERE s.ge", 18, "generation getsizeof");
	check("MATCH (s {x: 1}) RETURN s.thr", 26, "thread");
}

HEAP_TEST(completion, knows_functions_keywords_and_names_of_queries)
{
	check("MATCH (s) RETURN toUp", 17, "toUpper");
	check("MATCH (s) opt", 10, "OPTIONAL");
	check("lru", 0, "lru-caches");
	check("class-c", 0, "class-containers");
	check("MATCH (s) lru", 10, "");
}

HEAP_TEST(completion, knows_commands_after_a_colon_at_the_beginning)
{
	check(":sh", 1, "shapes show");
	check(":q", 1, "quit");
	check(":zzz", 1, "");
}

HEAP_TEST(completion, finds_what_all_words_begin_with)
{
	AUTO(completion) struct completion completion;
	completion_init(&completion);
	cr_assert_eq(completion_common(&completion), 0);
	assert_ok(vector_push(&completion.words, "Session"));
	assert_ok(vector_push(&completion.words, "SessionCache"));
	cr_assert_eq(completion_common(&completion), 7);
}
