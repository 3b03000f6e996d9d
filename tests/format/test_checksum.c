/* Checksums: known values, pieces equal the whole, keys matter. */
#include "format/checksum.h"
#include "tests/test.h"

/* XXH3-128 as the xxHash project publishes it for an empty input with seed 0. */
HEAP_TEST(checksum, is_xxh3_128)
{
	char text[33];
	struct checksum checksum = checksum_of("", 0);
	checksum_hex(&checksum, text);
	cr_assert_str_eq(text, "99aa06d3014798d86001c324468d497f");
	cr_assert_eq(checksum_hash("", 0), UINT64_C(0x2d06800538d394c2));
}

HEAP_TEST(checksum, pieces_equal_the_whole)
{
	uint8_t data[3000];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t cut = 0; cut <= sizeof data; cut += 250) {
		AUTO(checksum_stream) struct checksum_stream *stream = NULL;
		assert_ok(checksum_stream_create(&stream));
		checksum_stream_add(stream, data, cut);
		checksum_stream_add(stream, data + cut, sizeof data - cut);
		struct checksum whole = checksum_of(data, sizeof data), pieces = checksum_stream_end(stream);
		cr_assert(checksum_equal(&whole, &pieces));
	}
}

HEAP_TEST(checksum, keys_matter)
{
	const uint8_t one[CHECKSUM_KEY] = {1}, two[CHECKSUM_KEY] = {[15] = 1};
	struct checksum_secret secret;
	checksum_secret_init(&secret, one);
	cr_assert_eq(checksum_keyed("abc", 3, one), checksum_keyed_by("abc", 3, &secret));
	cr_assert_neq(checksum_keyed("abc", 3, one), checksum_keyed("abc", 3, two));
	cr_assert_neq(checksum_keyed("abc", 3, one), checksum_keyed("abd", 3, one));
	cr_assert_neq(checksum_keyed("abc", 3, one), checksum_hash("abc", 3));
	cr_assert_neq(checksum_keyed("", 0, one), 0);
}
