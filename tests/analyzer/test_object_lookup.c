#include "analyzer/object_lookup.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

HEAP_TEST(object_lookup, reads_single_objects)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded,
		  "object 0x10 dict size=64 ref=3 gen=2\nobject 0x20 app.A size=0x200000000 hash=0x77 length=5\n"
		  "object 0x30 \"app.B\x1b[1m\" size=8\n");
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, loaded.reader, &loaded.names));
	struct object_record record;
	assert_ok(object_lookup_get(&lookup, 1, &record));
	cr_assert_eq(record.address, 0x20);
	cr_assert_eq(record.size, 0x200000000);
	cr_assert_eq(record.content_hash, 0x77);
	cr_assert_eq(record.length, 5);
	assert_ok(object_lookup_get(&lookup, 0, &record));
	cr_assert_eq(record.refcount, 3);
	cr_assert_eq(record.generation, GENERATION_2);
	struct label type;
	assert_ok(object_lookup_type(&lookup, 1, &type));
	cr_assert_str_eq(type.name, "app.A");
	AUTO(text) struct text text = {0};
	text_init(&text);
	assert_ok(object_lookup_print(&lookup, 2, &text));
	cr_assert_str_eq(text_string(&text), "app.B\\x1B[1m #2");
	assert_error_says(object_lookup_get(&lookup, 3, &record), ERROR_USAGE, "#3");
}
