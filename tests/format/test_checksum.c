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

/* What CPython 3.12, whose hash of bytes is SipHash-1-3, says with PYTHONHASHSEED=0 of bytes(range(n)). */
HEAP_TEST(checksum, the_keyed_hash_is_the_one_that_cpython_has)
{
	static const struct {
		size_t size;
		uint64_t hash;
	} known[] = {{1, UINT64_C(0x68a914128e01e473)},
		     {3, UINT64_C(0x4d4c9a4a8ef6e0ad)},
		     {7, UINT64_C(0x2f098ab0c751325a)},
		     {8, UINT64_C(0xead411e67ebe2eea)},
		     {9, UINT64_C(0x75927f9d95124362)},
		     {15, UINT64_C(0xf30eb725bb91c9ea)},
		     {16, UINT64_C(0x8972188433a5c5b7)},
		     {63, UINT64_C(0x385d3e39e5f37359)}};
	const uint8_t key[CHECKSUM_KEY] = {0};
	uint8_t bytes[64];
	for (uint8_t i = 0; i < sizeof bytes; i++)
		bytes[i] = i;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		cr_assert_eq(checksum_keyed(bytes, known[i].size, key), known[i].hash, "%zu bytes", known[i].size);
}

HEAP_TEST(checksum, what_derives_from_a_key_differs_by_key_and_purpose)
{
	const uint8_t one[CHECKSUM_KEY] = {1}, two[CHECKSUM_KEY] = {[15] = 1};
	struct checksum a = checksum_derive(one, "a"), again = checksum_derive(one, "a"), b = checksum_derive(one, "b");
	struct checksum other = checksum_derive(two, "a");
	cr_assert(checksum_equal(&a, &again));
	cr_assert_not(checksum_equal(&a, &b));
	cr_assert_not(checksum_equal(&a, &other));
	cr_assert_arr_neq(a.bytes, a.bytes + 8, 8);
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
