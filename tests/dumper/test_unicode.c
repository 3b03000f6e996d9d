/* Unicode: every form of a str, and its UTF-8. */
#include "dumper/unicode.h"

#include "tests/dumper/help_world.h"
#include "tests/test.h"

static void expect_utf8(struct world *world, uint64_t address, const char *expected, size_t size, bool expected_whole)
{
	struct unicode unicode;
	char buffer[256];
	size_t length = 0;
	bool whole = !expected_whole;

	world_open(world);
	cr_assert(unicode_load(world->mirror, world->layout, address, &unicode));
	cr_assert(unicode_utf8(world->mirror, &unicode, buffer, size, &length, &whole));
	cr_assert_eq(length, strlen(expected), "%s: %zu bytes of '%s'", world->layout->name, length, expected);
	cr_assert_eq(memcmp(buffer, expected, length), 0);
	cr_assert_eq(whole, expected_whole);
}

HEAP_TEST(unicode, encodes_every_width)
{
	static const uint8_t latin[] = {'h', 0xe4, 0xdf};
	static const uint16_t basic[] = {0x20ac, 'x', 0xd800};
	static const uint32_t full[] = {0x1f600, 0x10ffff, 0x110000};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t ascii = world_str(world, "plain"), empty = world_str(world, "");
		uint64_t one = world_unicode(world, 1, 3, latin), two = world_unicode(world, 2, 3, basic);
		uint64_t four = world_unicode(world, 4, 3, full);

		expect_utf8(world, ascii, "plain", 256, true);
		expect_utf8(world, empty, "", 0, true);
		expect_utf8(world, one, "h\xc3\xa4\xc3\x9f", 256, true);
		expect_utf8(world, two, "\xe2\x82\xacx\xed\xa0\x80", 256, true);
		expect_utf8(world, four, "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xef\xbf\xbd", 256, true);
		/* cut at a character */
		expect_utf8(world, ascii, "pla", 3, false);
		expect_utf8(world, one, "h", 2, false);
		expect_utf8(world, two, "\xe2\x82\xacx", 6, false);
		expect_utf8(world, four, "", 3, false);
		expect_utf8(world, ascii, "", 0, false);
	}
}

HEAP_TEST(unicode, reads_text_that_lies_apart)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t legacy = world_object(world, world->str, (uint64_t)layout->unicode_size);

		world_word(world, legacy, layout->unicode_length, 5);
		image_u32(world->image, legacy + (uint64_t)layout->unicode_state,
			  (1u | 1u << 4) << layout->unicode_interned_bits);
		world_word(world, legacy, layout->unicode_data, world_text(world, "apart"));
		expect_utf8(world, legacy, "apart", 256, true);
	}
}

HEAP_TEST(unicode, refuses_what_contradicts_itself)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t wide = world_str(world, "x"), endless = world_str(world, "x"), ascii = world_str(world, "x");
		struct unicode unicode;

		image_u32(world->image, wide + (uint64_t)layout->unicode_state,
			  (3u | 1u << 3) << layout->unicode_interned_bits);
		image_u32(world->image, ascii + (uint64_t)layout->unicode_state,
			  (2u | 1u << 3 | 1u << 4) << layout->unicode_interned_bits);
		world_word(world, endless, layout->unicode_length, UINT64_MAX);
		world_open(world);
		cr_assert_not(unicode_load(world->mirror, layout, wide, &unicode));
		cr_assert_not(unicode_load(world->mirror, layout, ascii, &unicode));
		cr_assert_not(unicode_load(world->mirror, layout, endless, &unicode));
		cr_assert_not(unicode_load(world->mirror, layout, WORLD_UNMAPPED, &unicode));
	}
}
