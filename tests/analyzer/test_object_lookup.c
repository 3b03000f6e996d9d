/* Single objects: read one by one, and gathered. */
#include "analyzer/object_lookup.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static const char heap[] = "object 0x1000 app.A size=11\n"
			   "object 0x2000 app.B size=22\n"
			   "object 0x3000 app.A size=33\n"
			   "object 0x4000 app.C size=44\n";

HEAP_TEST(object_lookup, gives_the_same_gathered_or_not)
{
	AUTO(loaded) struct loaded loaded = {0};
	help_load(&loaded, heap);
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, loaded.reader, &loaded.names));
	node_id wanted[] = {3, 1, 3, 1, 1};
	assert_ok(object_lookup_gather(&lookup, wanted, 5));
	cr_assert_eq(lookup.known.count, 2);
	for (node_id node = 0; node < 4; node++) {
		struct object_record record;
		assert_ok(object_lookup_get(&lookup, node, &record));
		cr_assert_eq(record.address, 0x1000 * (node + 1));
		cr_assert_eq(record.size, 11 * (node + 1));
	}
	assert_ok(object_lookup_gather(&lookup, NULL, 0));
	cr_assert_eq(lookup.known.count, 0);
}

HEAP_TEST(object_lookup, refuses_an_object_that_is_not_there)
{
	AUTO(loaded) struct loaded loaded = {0};
	help_load(&loaded, heap);
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, loaded.reader, &loaded.names));
	struct object_record record;
	node_id beyond[] = {4};
	assert_error_says(object_lookup_get(&lookup, 4, &record), ERROR_USAGE, "there is no object #4");
	assert_error_says(object_lookup_gather(&lookup, beyond, 1), ERROR_USAGE, "there is no object #4");
}
