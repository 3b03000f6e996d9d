/* Classes of the standard library, told by the files of their modules. */
#include "analyzer/library.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <stdlib.h>

#define TYPES                                                                                                          \
	"type app.Own flags=0x200\ntype asyncio.locks.Event flags=0x200\ntype enum.Enum flags=0x200\n"                  \
	"type requests.models.Response flags=0x200\ntype asyncio.hidden.Inner flags=0x200\ntype odd.Thing flags=0x200\n" \
	"object 0x10 dict\n"

static bool is_library(const struct loaded *loaded, const char *type)
{
	AUTO(free) void *memory = calloc(loaded->names.count + 1, sizeof(bool));
	bool *of_library = memory;
	cr_assert_not_null(of_library);
	assert_ok(library_mark(loaded->reader, &loaded->names.facts[0], of_library));
	return of_library[help_label(&loaded->names, type)];
}

HEAP_TEST(library, is_what_lies_beside_the_package_that_every_interpreter_reads)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, TYPES "row modules name=encodings file=/usr/lib/python3.11/encodings/__init__.py\n"
				 "row modules name=enum file=/usr/lib/python3.11/enum.py\n"
				 "row modules name=asyncio file=/usr/lib/python3.11/asyncio/__init__.py\n"
				 "row modules name=asyncio.locks file=/usr/lib/python3.11/asyncio/locks.py\n"
				 "row modules name=requests file=/usr/lib/python3.11/site-packages/requests/__init__.py\n"
				 "row modules name=app file=/srv/app.py\n");
	cr_assert(is_library(&loaded, "asyncio.locks.Event"));
	cr_assert(is_library(&loaded, "enum.Enum"));
	cr_assert(is_library(&loaded, "asyncio.hidden.Inner"), "by its package");
	cr_assert_not(is_library(&loaded, "requests.models.Response"), "installed below it");
	cr_assert_not(is_library(&loaded, "app.Own"));
	cr_assert_not(is_library(&loaded, "odd.Thing"), "of no module that is known");
}

HEAP_TEST(library, has_no_class_where_its_folder_is_not_known)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, TYPES "row modules name=enum file=/usr/lib/python3.11/enum.py\nrow modules name=encodings\n");
	cr_assert_not(is_library(&loaded, "enum.Enum"));
	AUTO(loaded) struct loaded by_os;
	help_load(&by_os, TYPES "row modules name=enum file=/opt/py/enum.py\nrow modules name=os file=/opt/py/os.py\n");
	cr_assert(is_library(&by_os, "enum.Enum"));
}
