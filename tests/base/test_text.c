#include "tests/test.h"

#include "base/text.h"
#include "tests/base/help_memory.h"

#include <limits.h>
#include <math.h>

/* The text that `add` makes, compared and released. */
#define assert_text(expected, add)                                                                                     \
	do {                                                                                                           \
		AUTO(text) struct text text;                                                                           \
		text_init(&text);                                                                                      \
		add;                                                                                                   \
		cr_assert_str_eq(text_string(&text), expected, "'%s', not '%s'", text_string(&text), expected);        \
		cr_assert_eq(strlen(text_string(&text)), text.length);                                                 \
		assert_ok(text_error(&text));                                                                          \
	} while (0)

#define assert_escaped(expected, bytes) assert_text(expected, text_add_escaped(&text, bytes, sizeof bytes - 1))
#define assert_csv(expected, bytes) assert_text(expected, text_add_csv(&text, bytes, sizeof bytes - 1))

HEAP_TEST(text, grows_by_every_adder)
{
	assert_text("", (void)0);
	assert_text("", text_add(&text, ""));
	assert_text("abc-7x", {
		text_add(&text, "ab");
		text_add_char(&text, 'c');
		text_printf(&text, "-%d", 7);
		text_add_bytes(&text, "xyz", 1);
	});
}

HEAP_TEST(text, holds_a_million_characters)
{
	AUTO(text) struct text text;
	text_init(&text);
	for (int i = 0; i < 1000000; i++)
		text_add_char(&text, (char)('a' + i % 26));
	cr_assert_eq(text.length, 1000000);
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != (char)('a' + i % 26))
			cr_assert_fail("character %zu is wrong", i);
	cr_assert_eq(text.data[text.length], '\0');
}

HEAP_TEST(text, stolen_text_is_owned_and_never_null)
{
	AUTO(text) struct text text;
	text_init(&text);
	AUTO(string) char *empty = text_steal(&text);
	cr_assert_str_eq(empty, "");
	text_add(&text, "full");
	AUTO(string) char *full = text_steal(&text);
	cr_assert_str_eq(full, "full");
	cr_assert_str_eq(text_string(&text), "");
	text_deinit(NULL);
}

HEAP_TEST(text, failure_is_remembered)
{
	AUTO(text) struct text text;
	text_init(&text);
	text_add(&text, "kept");
	text_add_bytes(&text, "x", SIZE_MAX - 2);
	text_add(&text, " dropped");
	assert_error(text_error(&text), ERROR_MEMORY);
	cr_assert_str_eq(text_string(&text), "kept");
	cr_assert_null(text_steal(&text));
}

HEAP_TEST(text, harmless_names_stay_as_they_are)
{
	assert_escaped("app.Session['k\\n']", "app.Session['k\\n']");
	assert_escaped("caf\u00e9 \u6f22\u5b57 \U0001f40d \u00a0 \ufffd",
		       "caf\u00e9 \u6f22\u5b57 \U0001f40d \u00a0 \ufffd");
	assert_escaped("", "");
}

HEAP_TEST(text, control_characters_are_escaped)
{
	assert_escaped("a\\x1B[31mb\\x00c\\x0A\\x09\\x7F", "a\033[31mb\0c\n\t\x7f");
	assert_escaped("\\u{0080}\\u{009B}31m\\u{009F}", "\xc2\x80\xc2\x9b"
							 "31m\xc2\x9f");
}

HEAP_TEST(text, direction_marks_and_invisible_characters_are_escaped)
{
	assert_escaped("\\u{202A}\\u{202B}\\u{202C}\\u{202D}\\u{202E}", "\u202a\u202b\u202c\u202d\u202e");
	assert_escaped("\\u{2066}\\u{2067}\\u{2068}\\u{2069}", "\u2066\u2067\u2068\u2069");
	assert_escaped("\\u{200E}\\u{200F}\\u{061C}", "\u200e\u200f\u061c");
	assert_escaped("a\\u{200B}b\\u{200C}\\u{200D}\\u{2060}\\u{FEFF}", "a\u200bb\u200c\u200d\u2060\ufeff");
	assert_escaped("\\u{2028}\\u{2029}\\u{00AD}\\u{180E}", "\u2028\u2029\u00ad\u180e");
	assert_escaped("\\u{E0041}", "\U000e0041");
	assert_escaped("\u200a\u2010\u2027\u202f\u205f\u2070", "\u200a\u2010\u2027\u202f\u205f\u2070");
}

HEAP_TEST(text, bytes_that_are_no_utf8_are_escaped_one_by_one)
{
	assert_escaped("a\\xFFb", "a\xff"
				  "b");
	assert_escaped("\\x80\\xBF", "\x80\xbf");
	assert_escaped("\\xC3", "\xc3");                            /* cut */
	assert_escaped("\\xE6\\xBC", "\xe6\xbc");                   /* cut */
	assert_escaped("\\xC3(", "\xc3(");                          /* no continuation */
	assert_escaped("\\xC0\\xAF", "\xc0\xaf");                   /* overlong / */
	assert_escaped("\\xE0\\x80\\xAF", "\xe0\x80\xaf");          /* overlong / */
	assert_escaped("\\xF0\\x80\\x80\\xAF", "\xf0\x80\x80\xaf"); /* overlong / */
	assert_escaped("\\xED\\xA0\\x80", "\xed\xa0\x80");          /* surrogate */
	assert_escaped("\\xF4\\x90\\x80\\x80", "\xf4\x90\x80\x80"); /* above U+10FFFF */
	assert_escaped("\\xF5\\x80", "\xf5\x80");
	assert_escaped("\ud7ff\ue000\U0010ffff", "\ud7ff\ue000\U0010ffff");
}

/* Whatever comes in, what goes out holds no control character and is left alone by a second pass. */
HEAP_TEST(text, escaping_any_bytes_is_final)
{
	uint32_t seed = 12345;
	for (int round = 0; round < 2000; round++) {
		char bytes[40];
		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (char)(seed >> 24);
		}
		AUTO(text) struct text once;
		AUTO(text) struct text twice;
		text_init(&once);
		text_init(&twice);
		text_add_escaped(&once, bytes, sizeof bytes);
		text_add_escaped(&twice, once.data, once.length);
		cr_assert_str_eq(once.data, twice.data);
		for (size_t i = 0; i < once.length; i++)
			cr_assert((unsigned char)once.data[i] >= 0x20 && once.data[i] != 0x7f);
	}
}

HEAP_TEST(text, csv_quotes_where_the_rfc_asks)
{
	assert_csv("plain", "plain");
	assert_csv("", "");
	assert_csv("\"a,b\"", "a,b");
	assert_csv("\"say \"\"hi\"\"\"", "say \"hi\"");
	assert_csv("\"a\nb\"", "a\nb");
	assert_csv("\"a\r\nb\"", "a\r\nb");
	assert_csv("a b", "a b");
}

HEAP_TEST(text, csv_disarms_formulas)
{
	assert_csv("'=1+1", "=1+1");
	assert_csv("'+1", "+1");
	assert_csv("'-1", "-1");
	assert_csv("'@SUM", "@SUM");
	assert_csv("'\tx", "\tx");
	assert_csv("\"'\rx\"", "\rx");
	assert_csv("\"'=a,b\"", "=a,b");
	assert_csv("a=b", "a=b");
}

HEAP_TEST(text, sizes_in_binary_units)
{
	assert_text("0 B", text_add_size(&text, 0, SIZE_BINARY));
	assert_text("1023 B", text_add_size(&text, 1023, SIZE_BINARY));
	assert_text("1.0 KiB", text_add_size(&text, 1024, SIZE_BINARY));
	assert_text("1.5 KiB", text_add_size(&text, 1536, SIZE_BINARY));
	assert_text("12.0 MiB", text_add_size(&text, 12582912, SIZE_BINARY));
	assert_text("999.9 KiB", text_add_size(&text, 1023898, SIZE_BINARY));
	assert_text("1.0 MiB", text_add_size(&text, 1024000, SIZE_BINARY));
	assert_text("1.0 MiB", text_add_size(&text, 1048474, SIZE_BINARY));
	assert_text("1.0 MiB", text_add_size(&text, 1048575, SIZE_BINARY));
	assert_text("16.0 EiB", text_add_size(&text, UINT64_MAX, SIZE_BINARY));
}

HEAP_TEST(text, sizes_in_si_units_and_bytes)
{
	assert_text("999 B", text_add_size(&text, 999, SIZE_SI));
	assert_text("1.5 kB", text_add_size(&text, 1500, SIZE_SI));
	assert_text("12.6 MB", text_add_size(&text, 12582912, SIZE_SI));
	assert_text("1.0 MB", text_add_size(&text, 999950, SIZE_SI));
	assert_text("18.4 EB", text_add_size(&text, UINT64_MAX, SIZE_SI));
	assert_text("12582912", text_add_size(&text, 12582912, SIZE_BYTES));
	assert_text("18446744073709551615", text_add_size(&text, UINT64_MAX, SIZE_BYTES));
}

HEAP_TEST(text, sizes_beside_one_another_have_one_unit)
{
	static const uint64_t mib[] = {1048576, 1258291, 1468006, 1677722}, close[] = {1048576, 1049600, 1050624},
			      same[] = {1048576, 1048576}, nothing[] = {0, 2048}, bytes[] = {0, 5, 1023},
			      too_close[] = {1048576, 1048577}, falling[] = {UINT64_MAX, 1024};
	assert_text("1.0, 1.2, 1.4, 1.6 MiB", text_add_sizes(&text, mib, 4, SIZE_BINARY));
	assert_text("1.0, 1.3, 1.5, 1.7 MB", text_add_sizes(&text, mib, 4, SIZE_SI));
	assert_text("1048576, 1258291, 1468006, 1677722", text_add_sizes(&text, mib, 4, SIZE_BYTES));
	assert_text("1.000, 1.001, 1.002 MiB", text_add_sizes(&text, close, 3, SIZE_BINARY));
	assert_text("1.0, 1.0 MiB", text_add_sizes(&text, same, 2, SIZE_BINARY));
	assert_text("0.0, 2.0 KiB", text_add_sizes(&text, nothing, 2, SIZE_BINARY));
	assert_text("0, 5, 1023 B", text_add_sizes(&text, bytes, 3, SIZE_BINARY));
	assert_text("1.000, 1.000 MiB", text_add_sizes(&text, too_close, 2, SIZE_BINARY));
	assert_text("18014398509481984.0, 1.0 KiB", text_add_sizes(&text, falling, 2, SIZE_BINARY));
	assert_text("7 B", text_add_sizes(&text, (const uint64_t[]){7}, 1, SIZE_BINARY));
}

HEAP_TEST(text, deltas_carry_their_sign)
{
	assert_text("+1.5 KiB", text_add_size_delta(&text, 1536, SIZE_BINARY));
	assert_text("-3 B", text_add_size_delta(&text, -3, SIZE_BINARY));
	assert_text("0", text_add_size_delta(&text, 0, SIZE_BINARY));
	assert_text("-8.0 EiB", text_add_size_delta(&text, INT64_MIN, SIZE_BINARY));
	assert_text("+10", text_add_size_delta(&text, 10, SIZE_BYTES));
	assert_text("+1,234", text_add_count_delta(&text, 1234));
	assert_text("-5", text_add_count_delta(&text, -5));
	assert_text("0", text_add_count_delta(&text, 0));
	assert_text("-9,223,372,036,854,775,808", text_add_count_delta(&text, INT64_MIN));
}

HEAP_TEST(text, counts_are_grouped_by_thousands)
{
	assert_text("0", text_add_count(&text, 0));
	assert_text("999", text_add_count(&text, 999));
	assert_text("1,000", text_add_count(&text, 1000));
	assert_text("1,234,567", text_add_count(&text, 1234567));
	assert_text("18,446,744,073,709,551,615", text_add_count(&text, UINT64_MAX));
}

HEAP_TEST(text, durations_choose_their_unit)
{
	assert_text("0 s", text_add_duration(&text, 0));
	assert_text("4.5 us", text_add_duration(&text, 4.5e-6));
	assert_text("12.3 ms", text_add_duration(&text, 0.0123));
	assert_text("1.0 ms", text_add_duration(&text, 0.00099999));
	assert_text("1.0 s", text_add_duration(&text, 0.99999));
	assert_text("5.0 s", text_add_duration(&text, 5));
	assert_text("1 min 0 s", text_add_duration(&text, 59.99));
	assert_text("3 min 2 s", text_add_duration(&text, 182));
	assert_text("2 h 5 min", text_add_duration(&text, 7500));
	assert_text("1 d 1 h", text_add_duration(&text, 90000));
	assert_text("0 s", text_add_duration(&text, -1));
	assert_text("0 s", text_add_duration(&text, NAN));
	assert_text("11574074074 d 1 h", text_add_duration(&text, INFINITY));
}

static const char *const commands[] = {"info", "types", "top", "tree", "paths", "refcounts", "verify"};

static const char *nearest(const char *word)
{
	const char *found = text_nearest(word, commands, sizeof commands / sizeof *commands);
	return found != NULL ? found : "(none)";
}

HEAP_TEST(text, nearest_forgives_slips)
{
	cr_assert_str_eq(nearest("types"), "types");
	cr_assert_str_eq(nearest("typse"), "types", "two neighbours changed places");
	cr_assert_str_eq(nearest("tpyes"), "types");
	cr_assert_str_eq(nearest("tipes"), "types");
	cr_assert_str_eq(nearest("inf"), "info");
	cr_assert_str_eq(nearest("verfiy"), "verify");
	cr_assert_str_eq(nearest("refcuonst"), "refcounts", "three slips are too many for six letters, not for nine");
}

HEAP_TEST(text, nearest_does_not_guess_wildly)
{
	cr_assert_str_eq(nearest("garbage"), "(none)");
	cr_assert_str_eq(nearest("xy"), "(none)");
	cr_assert_str_eq(nearest(""), "(none)");
	cr_assert_null(text_nearest("types", NULL, 0));
	char endless[1000];
	memset(endless, 't', sizeof endless - 1);
	endless[sizeof endless - 1] = '\0';
	const char *const same[] = {endless};
	cr_assert_null(text_nearest(endless, same, 1));
}

/* A transposition is one edit in optimal string alignment, two in Levenshtein's distance. */
HEAP_TEST(text, nearest_counts_a_transposition_once)
{
	const char *const both[] = {"abxd", "acbd"};
	cr_assert_str_eq(text_nearest("abcd", both, 2), "abxd", "the first of equals");
	const char *const swapped[] = {"abcdefgxx", "badcefghi"};
	cr_assert_str_eq(text_nearest("abcdefghi", swapped, 2), "abcdefgxx");
	const char *const less[] = {"xxxdefghi", "badcefghi"};
	cr_assert_str_eq(text_nearest("abcdefghi", less, 2), "badcefghi");
}

HEAP_TEST(text, nearest_handles_long_words)
{
	char word[301], close[401];
	memset(word, 'w', 300);
	word[300] = '\0';
	memset(close, 'w', 400);
	close[400] = '\0';
	const char *const candidates[] = {close};
	cr_assert_eq(text_nearest(word, candidates, 1), close, "exactly a third more");
}

HEAP_TEST(text, growth_without_memory_keeps_what_is_there)
{
	AUTO(text) struct text text;
	text_init(&text);
	memory_limit((size_t)16 << 20);
	static const char line[] = "0123456789012345678901234567890123456789";
	size_t lines = 0;
	while (!text.failed && lines < 1000000) {
		text_add(&text, line);
		lines++;
	}
	assert_error(text_error(&text), ERROR_MEMORY);
	cr_assert_eq(text.length, (lines - 1) * strlen(line));
	cr_assert_eq(strlen(text.data), text.length);
	text_add_count(&text, 1234);
	cr_assert_eq(strlen(text.data), text.length, "what follows is dropped");
}

HEAP_TEST(text, reads_sizes_as_people_write_them)
{
	static const struct {
		const char *string;
		uint64_t bytes;
	} good[] = {{"0", 0},         {"4096", 4096},          {"64K", 65536},        {"64KiB", 65536},     {"1.5 MiB", 1572864},
		    {"10MB", 10000000}, {"2k", 2048},            {"1T", UINT64_C(1) << 40}, {"3 B", 3},         {"1kB", 1000}};
	static const char *const bad[] = {"", "-1", "K", "1X", "1KiBs", "0x10", "inf", "1e30", "12 34", "9223372036854775808"};
	uint64_t bytes;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_assert(text_parse_size(good[i].string, &bytes), "%s", good[i].string);
		cr_assert_eq(bytes, good[i].bytes, "%s", good[i].string);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_not(text_parse_size(bad[i], &bytes), "%s", bad[i]);
}

HEAP_TEST(text, reads_times_as_people_write_them)
{
	static const struct {
		const char *string;
		uint64_t ns;
	} good[] = {{"0", 0},
		    {"500ms", 500000000},
		    {"60s", UINT64_C(60000000000)},
		    {"60", UINT64_C(60000000000)},
		    {"0.1", 100000000},
		    {"1.5m", UINT64_C(90000000000)},
		    {"5min", UINT64_C(300000000000)},
		    {"2 h", UINT64_C(7200000000000)},
		    {"1d", UINT64_C(86400000000000)}};
	static const char *const bad[] = {"",     "-1s", "s",   "1S",  "1hour", "1h30m", "0x10",
					  "inf", "nan", "1e30", "1 2", "5ms ",  "106752d"};
	uint64_t ns;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_assert(text_parse_duration(good[i].string, &ns), "%s", good[i].string);
		cr_assert_eq(ns, good[i].ns, "%s", good[i].string);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_not(text_parse_duration(bad[i], &ns), "%s", bad[i]);
}
