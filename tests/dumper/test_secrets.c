/* Secrets: every form of an argument or an environment value is known again, and nothing else. */
#include "dumper/secrets.h"
#include "tests/dumper/help_image.h"
#include "tests/test.h"

#include <string.h>

static bool has(const struct secrets *secrets, const char *text)
{
	return secrets_has(secrets, text, strlen(text));
}

HEAP_TEST(secrets, values_are_known_whole_and_behind_their_name)
{
	AUTO(secrets) struct secrets secrets;
	secrets_init(&secrets);
	assert_ok(secrets_add(&secrets, "TOKEN=abc=def", 13));
	assert_ok(secrets_add(&secrets, "--flag", 6));
	assert_ok(secrets_add(&secrets, "EMPTY=", 6));
	assert_ok(secrets_add(&secrets, "", 0));
	cr_assert(has(&secrets, "TOKEN=abc=def"));
	cr_assert(has(&secrets, "abc=def"));
	cr_assert(has(&secrets, "--flag"));
	cr_assert(has(&secrets, "OTHER=abc=def"));
	cr_assert_not(has(&secrets, "OTHER=abc"));
	cr_assert_not(has(&secrets, "OTHER="));
	cr_assert_not(has(&secrets, "TOKEN"));
	cr_assert_not(has(&secrets, "def"));
	cr_assert_not(has(&secrets, ""));
}

HEAP_TEST(secrets, bytes_that_are_no_utf8_are_known_as_python_decodes_them)
{
	AUTO(secrets) struct secrets secrets;
	secrets_init(&secrets);
	assert_ok(secrets_add(&secrets, "\xff" "a\xc3\xa4\x80\xed\xa0\x80", 8));
	cr_assert(has(&secrets, "\xff" "a\xc3\xa4\x80\xed\xa0\x80"));
	cr_assert(has(&secrets, "\xed\xb3\xbf" "a\xc3\xa4\xed\xb2\x80\xed\xb3\xad\xed\xb2\xa0\xed\xb2\x80"));
}

HEAP_TEST(secrets, long_ones_are_known_by_their_beginning)
{
	AUTO(secrets) struct secrets secrets;
	char text[4000], other[4000];
	memset(text, 'x', sizeof text);
	memcpy(other, text, sizeof text);
	other[SECRET_BYTES - 1] = 'y';
	secrets_init(&secrets);
	assert_ok(secrets_add(&secrets, text, sizeof text));
	cr_assert(secrets_has(&secrets, text, SECRET_BYTES));
	cr_assert_not(secrets_has(&secrets, text, SECRET_BYTES - 1));
	cr_assert_not(secrets_has(&secrets, other, sizeof other));
}

HEAP_TEST(secrets, the_end_of_the_stack_is_read_to_its_last_byte)
{
	AUTO(image) struct image *image = image_create();
	AUTO(secrets) struct secrets secrets;
	uint64_t count;
	image_map(image, 0x10000, 0x5000, "rw-", "[stack]");
	image_poke(image, 0x10100, "randomrandomrand", 16);
	image_string(image, 0x10110, "x86_64");
	image_string(image, 0x12ffa, "straddling=value");
	image_poke(image, 0x14ffc, "last", 4); /* without a NUL: memory ends */
	secrets_init(&secrets);
	assert_ok(secrets_read_start(&secrets, image_source(image), 0x10100, &count));
	cr_assert_eq(count, 3);
	cr_assert(has(&secrets, "straddling=value"));
	cr_assert(has(&secrets, "value"));
	cr_assert(has(&secrets, "last"));
	assert_ok(secrets_read_start(&secrets, image_source(image), 0, &count));
	cr_assert_eq(count, 0, "there is no stack to look at");
	assert_ok(secrets_read_start(&secrets, image_source(image), 0x20000, &count));
	cr_assert_eq(count, 0);
}
