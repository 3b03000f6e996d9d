/* Line tables: every instruction of real code objects gets the line that Python itself says (lines.txt, see
 * make_lines.py), and altered tables never lead astray.
 */
#include "tests/test.h"

#include "dumper/decode_parts.h"
#include "tests/dumper/help_image.h"

#include <stdio.h>
#include <stdlib.h>

#define CODE 0x10000u
#define TABLE 0x20000u

struct lines { /* one line of the data file */
	int form;
	int first;
	uint8_t table[8192];
	size_t length;
	char *told; /* the rest of it */
};

static struct layout lines_layout(int form)
{
	struct layout layout;

	memset(&layout, 0xff, sizeof layout);
	layout.code_firstlineno = 16;
	layout.code_linetable = 24;
	layout.var_size = 16;
	layout.bytes_value = 32;
	layout.code_lines = form;
	return layout;
}

static bool parse_line(char *text, struct lines *lines)
{
	char *rest = NULL;
	int used = 0;

	if (text[0] == '#' || sscanf(text, "%d %d %n", &lines->form, &lines->first, &used) != 2)
		return false;
	text += used;
	rest = strchr(text, ' ');
	cr_assert_not_null(rest);
	*rest = '\0';
	lines->told = rest + 1;
	lines->length = text[0] == '-' ? 0 : strlen(text) / 2;
	cr_assert(lines->length <= sizeof lines->table);
	for (size_t i = 0; i < lines->length; i++) {
		unsigned byte;

		cr_assert_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
		lines->table[i] = (uint8_t)byte;
	}
	return true;
}

static void poke_table(struct image *image, const struct lines *lines)
{
	image_map(image, CODE, 0x1000, "rw-", NULL);
	image_map(image, TABLE, 0x3000, "rw-", NULL);
	image_u32(image, CODE + 16, (uint32_t)lines->first);
	image_u64(image, CODE + 24, TABLE);
	image_u64(image, TABLE + 16, lines->length);
	image_poke(image, TABLE + 32, lines->table, lines->length);
}

/* Checks every code unit of every range; returns how many. */
static unsigned check_lines(struct lines *lines)
{
	AUTO(image) struct image *image = image_create();
	AUTO(mirror) struct mirror *mirror = NULL;
	struct layout layout = lines_layout(lines->form);
	struct decoder decoder = {.layout = &layout};
	unsigned checked = 0;
	char *save = NULL;

	poke_table(image, lines);
	assert_ok(mirror_create(image_source(image), &mirror));
	decoder.mirror = mirror;
	for (char *part = strtok_r(lines->told, ",\n", &save); part != NULL; part = strtok_r(NULL, ",\n", &save)) {
		int start, end, line;

		cr_assert_eq(sscanf(part, "%d-%d:%d", &start, &end, &line), 3);
		for (int at = start; at < end; at += 2, checked++)
			cr_assert_eq(code_line(&decoder, CODE, at), (uint64_t)line,
				     "form %d, first line %d, byte %d: %d, not %d", lines->form, lines->first, at,
				     (int)code_line(&decoder, CODE, at), line);
	}
	cr_assert_eq(code_line(&decoder, CODE, -2), (uint64_t)lines->first);
	return checked;
}

HEAP_TEST(code_line, agrees_with_python)
{
	FILE *file = fopen("tests/dumper/lines.txt", "re");
	static struct lines lines;
	static char text[32768];
	unsigned forms[3] = {0}, checked = 0;

	cr_assert_not_null(file);
	while (fgets(text, sizeof text, file) != NULL) {
		if (!parse_line(text, &lines))
			continue;
		forms[lines.form]++;
		checked += check_lines(&lines);
	}
	fclose(file);
	cr_assert(forms[0] > 20 && forms[1] > 20 && forms[2] > 60);
	cr_assert_gt(checked, 20000);
}

HEAP_TEST(code_line, is_zero_past_the_table)
{
	for (int form = 1; form < 3; form++) {
		AUTO(image) struct image *image = image_create();
		AUTO(mirror) struct mirror *mirror = NULL;
		struct layout layout = lines_layout(form);
		struct decoder decoder = {.layout = &layout};
		struct lines lines = {.form = form, .first = 7, .table = {0x82, 0x01}, .length = 2};

		poke_table(image, &lines);
		assert_ok(mirror_create(image_source(image), &mirror));
		decoder.mirror = mirror;
		cr_assert_eq(code_line(&decoder, CODE, 1 << 20), 0);
		cr_assert_eq(code_line(&decoder, CODE, INT64_MAX), 0);
	}
}

HEAP_TEST(code_line, an_empty_lnotab_is_all_on_the_first_line)
{
	AUTO(image) struct image *image = image_create();
	AUTO(mirror) struct mirror *mirror = NULL;
	struct layout layout = lines_layout(0);
	struct decoder decoder = {.layout = &layout};
	struct lines lines = {.first = 7};

	poke_table(image, &lines);
	assert_ok(mirror_create(image_source(image), &mirror));
	decoder.mirror = mirror;
	cr_assert_eq(code_line(&decoder, CODE, 40), 7);
}

HEAP_TEST(code_line, survives_any_table)
{
	srand(7);
	for (int round = 0; round < 600; round++) {
		AUTO(image) struct image *image = image_create();
		AUTO(mirror) struct mirror *mirror = NULL;
		struct layout layout = lines_layout(round % 3);
		struct decoder decoder = {.layout = &layout};
		struct lines lines = {.first = rand(), .length = (size_t)(rand() % 64)};

		for (size_t i = 0; i < lines.length; i++)
			lines.table[i] = (uint8_t)rand();
		poke_table(image, &lines);
		if (round % 5 == 0)
			image_u64(image, TABLE + 16, round % 2 == 0 ? UINT64_MAX : 0x1000000);
		if (round % 7 == 0)
			image_u64(image, CODE + 24, (uint64_t)rand() << 32);
		assert_ok(mirror_create(image_source(image), &mirror));
		decoder.mirror = mirror;
		for (int64_t at = -4; at < 400; at += 3)
			cr_assert_leq(code_line(&decoder, CODE, at), (uint64_t)1 << 40);
	}
}
