/* Text and numbers: sizes of every form, hashes that follow the content alone. */
#include "tests/dumper/help_world.h"
#include "tests/test.h"

#include <stdlib.h>

static uint64_t hash_of(struct world *world, uint64_t address)
{
	world_decode(world, address, false);
	return world->decoded.content_hash;
}

HEAP_TEST(decode_text, a_str_takes_its_head_its_characters_and_its_copy)
{
	static const uint16_t basic[] = {0x20ac, 0x20ac};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t ascii = world_str(world, "abc"), two = world_unicode(world, 2, 2, basic);
		uint64_t cached = world_unicode(world, 2, 2, basic), copy = world_text(world, "\xe2\x82\xac\xe2\x82\xac");

		world_word(world, cached, layout->unicode_utf8, copy);
		world_word(world, cached, layout->unicode_utf8_length, 6);
		world_decode(world, ascii, false);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->unicode_ascii_size + 4);
		cr_assert_eq(world->decoded.length, 3);
		world_decode(world, two, false);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->unicode_compact_size + 6);
		cr_assert_eq(world->decoded.length, 2);
		cr_assert_eq(world->buffers.count, 0);
		world_decode(world, cached, false);
		world_expect_buffer(world, 0, copy, 7, "utf8");
		cr_assert_eq(world->decoded.size, (uint64_t)layout->unicode_compact_size + 6 + 7);
		cr_assert_eq(world->decoded.getsizeof, world->decoded.size);
		cr_assert_eq(world->edges.count, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_text, a_str_of_a_subclass_has_its_text_apart)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t class = world_class(world, "m", "Text", world->str, 0, layout->unicode_size + 16);
		uint64_t text = world_object(world, class, (uint64_t)layout->unicode_size + 16);

		world_word(world, text, layout->unicode_length, 5);
		image_u32(world->image, text + (uint64_t)layout->unicode_state,
			  (1u | 1u << 4) << layout->unicode_interned_bits);
		world_word(world, text, layout->unicode_data, world_text(world, "apart"));
		uint64_t plain = world_str(world, "apart");
		world_decode(world, text, false);
		cr_assert_eq(world->decoded.getsizeof, (uint64_t)layout->unicode_size + 6);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->unicode_size + 16 + 6);
		cr_assert_eq(world_own_size(world), (uint64_t)layout->unicode_size + 16);
		cr_assert_eq(world->buffers.count, 1);
		cr_assert_str_eq(world->buffers.items[0].kind, "text");
		cr_assert_eq(hash_of(world, text), hash_of(world, plain));
	}
}

HEAP_TEST(decode_text, equal_text_has_an_equal_hash_however_it_is_stored)
{
	static const uint8_t latin[] = {'a', 0xe4};
	static const uint16_t basic[] = {'a', 0xe4};
	static const uint32_t full[] = {'a', 0xe4};

	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t strs[] = {world_unicode(world, 1, 2, latin), world_unicode(world, 2, 2, basic),
				   world_unicode(world, 4, 2, full)};
		uint64_t other = world_str(world, "aa"), same = world_str(world, "aa"), empty = world_str(world, "");
		uint64_t first = hash_of(world, strs[0]);

		cr_assert_neq(first, 0);
		cr_assert_eq(hash_of(world, strs[1]), first);
		cr_assert_eq(hash_of(world, strs[2]), first);
		cr_assert_neq(hash_of(world, other), first);
		cr_assert_eq(hash_of(world, same), hash_of(world, other));
		cr_assert_neq(hash_of(world, empty), 0);
		checksum_secret_init(&world->decoder.secret, (const uint8_t[CHECKSUM_KEY]){1});
		cr_assert_neq(hash_of(world, strs[0]), first, "the key changes nothing");
		world->decoder.keyed = false;
		cr_assert_eq(hash_of(world, strs[0]), 0);
		world->decoder.keyed = true;
		world->decoder.hashing = false;
		cr_assert_eq(hash_of(world, strs[0]), 0);
	}
}

HEAP_TEST(decode_text, only_small_content_is_hashed_and_large_content_not_read)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		char *text = calloc(1, 1 << 20);

		memset(text, 'x', 1 << 20);
		uint64_t below = world_unicode(world, 1, 4095, text), at = world_unicode(world, 1, 4096, text);
		uint64_t bytes = world_bytes_object(world, text, 4095),
			 large = world_bytes_object(world, text, 1 << 20);
		uint64_t large_str = world_unicode(world, 1, 1 << 20, text);
		free(text);
		cr_assert_neq(hash_of(world, below), 0);
		cr_assert_eq(hash_of(world, at), 0);
		cr_assert_neq(hash_of(world, bytes), 0);
		uint64_t before = image_read_bytes(world->image);
		cr_assert_eq(hash_of(world, large), 0);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->bytes_value + 1 + (1 << 20));
		cr_assert_eq(hash_of(world, large_str), 0);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->unicode_ascii_size + 1 + (1 << 20));
		cr_assert_leq(image_read_bytes(world->image) - before, 4 * MIRROR_CHUNK, "a payload was read");
		cr_assert_eq(world_losses(world), 0);
	}
}

static void expect_content(struct world *world, uint64_t address, enum content_kind kind, const void *bytes, size_t length)
{
	world_decode(world, address, false);
	cr_assert_eq(world->decoded.content, kind);
	cr_assert_eq(world->decoded.content_length, length);
	if (length > 0)
		cr_assert_arr_eq(world->decoder.content, bytes, length);
}

HEAP_TEST(decode_text, contents_begin_as_they_do_where_they_are_asked_for)
{
	static const uint16_t euro[] = {0x20ac, 0xd800};
	uint16_t euros[VALUE_MAX];
	char long_text[2 * VALUE_MAX];

	for (size_t i = 0; i < VALUE_MAX; i++)
		euros[i] = 0x20ac;
	memset(long_text, 'x', sizeof long_text);
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "bytearray", world->object, 0, layout->bytearray_size, 0);
		uint64_t text = world_str(world, "abc"), empty = world_str(world, ""), wide = world_unicode(world, 2, 2, euro);
		uint64_t many = world_unicode(world, 2, VALUE_MAX, euros), bytes = world_bytes_object(world, "a\0b", 3);
		uint64_t large = world_bytes_object(world, long_text, sizeof long_text), none = world_bytes_object(world, "", 0);
		uint64_t zero = world_int(world, 0), minus = world_int(world, -1000000007), list = world_list(world, 0);
		uint64_t array = world_object(world, type, 64);

		world_word(world, array, layout->var_size, 3);
		world_word(world, array, layout->bytearray_start, bytes + (uint64_t)layout->bytes_value);
		world_open(world);
		expect_content(world, text, CONTENT_NONE, NULL, 0); /* not asked for */
		world->decoder.contents = true;
		expect_content(world, text, CONTENT_TEXT, "abc", 3);
		expect_content(world, empty, CONTENT_TEXT, NULL, 0);
		expect_content(world, wide, CONTENT_TEXT, "\xe2\x82\xac\xed\xa0\x80", 6);
		world_decode(world, many, false);
		cr_assert_eq(world->decoded.content_length, VALUE_MAX / 3 * 3, "cut at a character");
		expect_content(world, bytes, CONTENT_BYTES, "a\0b", 3);
		expect_content(world, large, CONTENT_BYTES, long_text, VALUE_MAX);
		expect_content(world, none, CONTENT_BYTES, NULL, 0);
		expect_content(world, array, CONTENT_BYTES, "a\0b", 3);
		expect_content(world, zero, CONTENT_NUMBER, "0", 1);
		expect_content(world, minus, CONTENT_NUMBER, "-1000000007", 11);
		expect_content(world, list, CONTENT_NONE, NULL, 0);
		cr_assert_eq(world_losses(world), 0);
	}
}

HEAP_TEST(decode_text, bytes_and_bytearrays)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t type = world_type(world, "bytearray", world->object, 0, layout->bytearray_size, 0);
		uint64_t bytes = world_bytes_object(world, "abc", 3), array = world_object(world, type, 64);
		uint64_t absurd = world_object(world, type, 64), text = world_str(world, "abc");

		world_word(world, array, layout->var_size, 3);
		world_word(world, absurd, layout->var_size, UINT64_MAX);
		world_word(world, array, layout->bytearray_allocated, 17);
		world_word(world, array, layout->bytearray_start, WORLD_UNMAPPED);
		if (layout->bytearray_object >= 0)
			world_word(world, array, layout->bytearray_object, bytes);
		world_decode(world, bytes, false);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->bytes_value + 1 + 3);
		cr_assert_eq(world->decoded.length, 3);
		cr_assert_eq(world->decoded.content_hash, hash_of(world, text), "bytes hash as they are");
		world_decode(world, array, false);
		cr_assert_eq(world->decoded.size,
			     (uint64_t)layout->bytearray_size + (layout->bytearray_object < 0 ? 17 : 0));
		cr_assert_eq(world->decoded.getsizeof,
			     (uint64_t)layout->bytearray_size + 17 +
				     (layout->bytearray_object < 0 ? 0 : (uint64_t)layout->bytes_value + 1));
		world_expect_native(world, WORLD_UNMAPPED, 17, "bytearray", layout->bytearray_object < 0,
				    layout->bytearray_object < 0 ? 0 : bytes);
		if (layout->bytearray_object < 0)
			world_expect_buffer(world, 0, WORLD_UNMAPPED, 17, "data");
		else
			cr_assert_eq(world->buffers.count, 0, "it is an object");
		cr_assert_eq(world->edges.count, layout->bytearray_object < 0 ? 0 : 1);
		cr_assert_eq(world->decoded.length, 3);
		cr_assert_eq(world_losses(world), 0);
		world_decode(world, absurd, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
	}
}

HEAP_TEST(decode_text, ints_by_digits_and_sign)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t zero = world_int(world, 0), five = world_int(world, 5), minus = world_int(world, -5);
		uint64_t again = world_int(world, 5);
		uint64_t digits = (uint64_t)layout->long_digits;

		world_decode(world, zero, false);
		cr_assert_eq(world->decoded.size, digits + (layout->refcount_immortal != 0 ? 4 : 0));
		cr_assert_eq(world->decoded.length, 0);
		world_decode(world, minus, false);
		cr_assert_eq(world->decoded.size, digits + 4);
		cr_assert_eq(world->decoded.length, 1);
		cr_assert_eq(hash_of(world, five), hash_of(world, again));
		cr_assert_neq(hash_of(world, five), hash_of(world, minus));
		cr_assert_neq(hash_of(world, five), hash_of(world, zero));
		cr_assert_neq(hash_of(world, zero), 0);
	}
}

HEAP_TEST(decode_text, an_int_of_endless_digits_is_a_loss)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t endless = world_int(world, 1), far = world_int(world, 1);

		world_word(world, endless, layout->long_tag >= 0 ? layout->long_tag : layout->var_size,
			   layout->long_tag >= 0 ? UINT64_MAX : (uint64_t)INT64_MIN);
		world_word(world, far, layout->long_tag >= 0 ? layout->long_tag : layout->var_size,
			   layout->long_tag >= 0 ? (uint64_t)1 << 35 : (uint64_t)1 << 32);
		world_decode(world, endless, false);
		cr_assert_eq(world->decoder.losses[LOSS_size_absurd], 1);
		world_decode(world, far, false);
		cr_assert_eq(world->decoded.size, (uint64_t)layout->long_digits + ((uint64_t)4 << 32));
		cr_assert_eq(world->decoded.content_hash, 0);
	}
}

HEAP_TEST(decode_text, names_are_read_from_strs_alone)
{
	EACH_LAYOUT(layout)
	{
		AUTO(world) struct world *world = world_create(layout);
		uint64_t text = world_str(world, "attribute"), list = world_list(world, 0);
		char buffer[8];
		size_t length = 0;

		world_open(world);
		cr_assert(decode_text(&world->decoder, text, buffer, sizeof buffer, &length));
		cr_assert_str_eq(buffer, "attribu");
		cr_assert_eq(length, 7);
		cr_assert(decode_text(&world->decoder, text, buffer, 1, &length));
		cr_assert_eq(length, 0);
		cr_assert_not(decode_text(&world->decoder, text, buffer, 0, &length));
		cr_assert_not(decode_text(&world->decoder, list, buffer, sizeof buffer, &length));
		cr_assert_not(decode_text(&world->decoder, 0, buffer, sizeof buffer, &length));
		cr_assert_not(decode_text(&world->decoder, text + 4, buffer, sizeof buffer, &length));
		cr_assert_not(decode_text(&world->decoder, WORLD_UNMAPPED, buffer, sizeof buffer, &length));
	}
}
