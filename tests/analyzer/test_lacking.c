/* What a snapshot lacks, by its losses. */
#include "analyzer/lacking.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static enum lacking lacking_with(const char *losses, unsigned objects)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (unsigned i = 0; i < objects; i++)
		text_printf(&text, "object %u dict\n", 16 * (i + 1));
	text_add(&text, "root modules app 16\n");
	text_add(&text, losses);
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, text_string(&text));
	return lacking_of(loaded.graph->reader);
}

HEAP_TEST(lacking, tells_single_losses_from_parts)
{
	cr_assert_eq(lacking_with("", 2), LACKING_NOTHING);
	cr_assert_eq(lacking_with("loss name_unreadable 5\nloss changed_late 9\n", 2), LACKING_NOTHING);
	cr_assert_eq(lacking_with("loss table_torn 1\n", 2), LACKING_FEW);
	cr_assert_eq(lacking_with("loss table_torn 1\nloss frame_broken 2\n", 3000), LACKING_FEW);
	cr_assert_eq(lacking_with("loss table_torn 1\nloss frame_broken 2\nloss count_absurd 1\n", 3000),
		     LACKING_PARTS);
	cr_assert_eq(lacking_with("loss salvaged 1\n", 3000), LACKING_PARTS);
	cr_assert_eq(lacking_with("loss table_torn 1\nloss list_broken 1\n", 3000), LACKING_PARTS);
}

HEAP_TEST(lacking, no_roots_are_a_part)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 16 dict\nloss table_torn 1\n");
	cr_assert_eq(lacking_of(loaded.graph->reader), LACKING_PARTS);
	AUTO(loaded) struct loaded whole;
	help_load(&whole, "object 16 dict\n");
	cr_assert_eq(lacking_of(whole.graph->reader), LACKING_NOTHING);
	cr_assert_eq(lacking_of_both(whole.graph->reader, loaded.graph->reader), LACKING_PARTS);
	cr_assert_eq(lacking_of_both(loaded.graph->reader, whole.graph->reader), LACKING_PARTS);
}
