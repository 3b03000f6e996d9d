/* Versions are read from numbers and from the text of sys.version, and from nothing else. */
#include "tests/test.h"

#include "dumper/version.h"

#include <stdlib.h>

struct buffer { /* a source over one block of bytes at address 0x1000 */
	struct source source;
	const char *bytes;
	size_t size;
};

static struct error *buffer_read(struct source *source, uint64_t address, void *to, size_t size, size_t *got)
{
	const struct buffer *buffer = (const struct buffer *)source;
	uint64_t at = address - 0x1000;
	*got = 0;
	if (address < 0x1000 || at >= buffer->size)
		return NULL;
	*got = size < buffer->size - at ? size : buffer->size - at;
	memcpy(to, buffer->bytes + at, *got);
	return NULL;
}

static const struct source_operations buffer_operations = {.kind = "self", .read = buffer_read};

static uint32_t search(const char *bytes, size_t size)
{
	struct buffer buffer = {{&buffer_operations}, bytes, size};
	uint32_t hex = 1;
	assert_ok(version_search(&buffer.source, 0x1000, 0x1000 + size, &hex));
	return hex;
}
#define SEARCH(literal) search((literal), sizeof(literal))

HEAP_TEST(version, formats_every_level)
{
	static const struct {
		uint32_t hex;
		const char *text;
	} cases[] = {{0x030c01f0, "3.12.1"},
		     {0x030d00c2, "3.13.0rc2"},
		     {0x030f00a1, "3.15.0a1"},
		     {0x030e00bf, "3.14.0b15"},
		     {0xffffffcf, "255.255.255rc15"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[VERSION_TEXT];
		version_format(cases[i].hex, text);
		cr_assert_str_eq(text, cases[i].text);
	}
}

HEAP_TEST(version, parses_what_it_formats)
{
	static const uint32_t cases[] = {0x030c01f0, 0x030d00c2, 0x030f00a1, 0x030e00bf, 0x03080df0};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[VERSION_TEXT];
		size_t used;
		version_format(cases[i], text);
		cr_assert_eq(version_parse(text, strlen(text), &used), cases[i], "%s", text);
		cr_assert_eq(used, strlen(text));
	}
}

HEAP_TEST(version, refuses_what_is_none)
{
	static const char *const bad[] = {"", "3", "3.", "3.1", "3.1.", "3..1", "x3.1.2", "3.256.0", "3.1234.0"};
	size_t used = 1;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_assert_eq(version_parse(bad[i], strlen(bad[i]), &used), 0, "%s", bad[i]);
		cr_assert_eq(used, 0);
	}
	cr_assert(version_is_plausible(0x030b02f0));
	cr_assert_not(version_is_plausible(0));
	cr_assert_not(version_is_plausible(0x020712f0));
	cr_assert_not(version_is_plausible(0x030b0200), "no level");
	cr_assert_not(version_is_plausible(UINT64_C(0x1030b02f0)));
}

HEAP_TEST(version, finds_the_text_of_sys_version)
{
	cr_assert_eq(SEARCH("\0abc\0003.10.13 (main, May  9 2026, 07:35:02) [GCC 12.2.0]\0z"), 0x030a0df0);
	cr_assert_eq(SEARCH("\0003.12.0rc1+ (heads/x:1) [Clang 14]\0"), 0x030c00c1);
	cr_assert_eq(SEARCH("\0003.0.2 (library)\0"), 0, "no compiler is named");
	cr_assert_eq(SEARCH("a3.10.13 (main) [GCC]\0"), 0, "not at the beginning of a string");
	cr_assert_eq(SEARCH("\0003.10.13"), 0);
	cr_assert_eq(SEARCH("\0003.10.1 (a) [G]\0\0003.10.2 (a) [G]\0"), 0, "two differ");
	cr_assert_eq(SEARCH("\0003.10.1 (a) [G]\0\0003.10.1 (b) [G]\0"), 0x030a01f0);
	cr_assert_eq(search("", 0), 0);
}

/* At each place around the borders of the blocks that are read. */
HEAP_TEST(version, finds_it_across_blocks)
{
	static const char text[] = "3.9.18 (main) [GCC]";
	const size_t size = 200000;
	AUTO(string) char *bytes = calloc(1, size);
	for (size_t at = 65400; at < 65700; at++) {
		memcpy(bytes + at, text, sizeof text);
		cr_assert_eq(search(bytes, size), 0x030912f0, "at %zu", at);
		memset(bytes + at, 0, sizeof text);
	}
}
