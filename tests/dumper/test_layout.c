/* Layouts: which table serves which version, whether the tables are sound, and what a target's debug offsets change.
 */
#include "tests/test.h"

#include "tests/dumper/help_runtime.h"

HEAP_TEST(layout, versions_find_their_table)
{
	static const struct {
		uint32_t version;
		const char *name;
		uint32_t first;
	} cases[] = {
		{0x030800f0, "cpython-3.8", 0x030800},  {0x030812f0, "cpython-3.8", 0x030800},
		{0x030b02f0, "cpython-3.11", 0x030b00}, {0x030b63f0, "cpython-3.11", 0x030b00},
		{0x030c00f0, "cpython-3.12", 0x030c00}, {0x030d00c2, "cpython-3.13", 0x030d00},
		{0x030d04f0, "cpython-3.13", 0x030d00}, {0x030d05f0, "cpython-3.13", 0x030d05},
		{0x030d11f0, "cpython-3.13", 0x030d05}, {0x030dfff0, "cpython-3.13", 0x030d12},
		{0x030e04f0, "cpython-3.14", 0x030e00}, {0x030e05f0, "cpython-3.14", 0x030e05},
		{0x030f00f0, "cpython-3.15", 0x030f00}, {0x030f02f0, "cpython-3.15", 0x030f00},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct layout *layout = layout_find(cases[i].version);
		cr_assert_not_null(layout, "%x", cases[i].version);
		cr_assert_str_eq(layout->name, cases[i].name);
		cr_assert_eq(layout->version_first, cases[i].first, "%x", cases[i].version);
	}
	cr_assert_null(layout_find(0x030712f0), "3.7");
	cr_assert_null(layout_find(0x031000f0), "3.16");
	cr_assert_null(layout_find(0x020712f0), "2.7");
	cr_assert_null(layout_find(0));
}

static void check_fields(const struct layout *layout)
{
	for (const struct layout_field *field = layout->fields; field->type != NULL; field++) {
		cr_assert(field->offset >= layout->object_head && field->offset % 8 == 0 && field->offset < 2048,
			  "%s: %s.%s", layout->name, field->type, field->name);
		cr_assert(field->class != EDGE_GUESS && (field->attribute || !field->names), "%s: %s.%s", layout->name,
			  field->type, field->name);
		for (const struct layout_field *other = layout->fields; other != field; other++) {
			if (strcmp(other->type, field->type) != 0)
				continue;
			cr_assert_neq(other->offset, field->offset, "%s: %s.%s twice", layout->name, field->type,
				      field->name);
			cr_assert_str_eq((field - 1)->type, field->type, "%s: fields of %s lie apart", layout->name,
					 field->type);
		}
	}
}

HEAP_TEST(layout, tables_are_sound)
{
	uint32_t last = 0;

	for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
		const struct layout *layout = *table;
		const char *title = layout->name;

		cr_assert_gt(layout->version_first, last, "%s: tables overlap or lie out of order", layout->name);
		cr_assert_leq(layout->version_first, layout->version_last);
		last = layout->version_last;
		check_fields(layout);
#define OFFSET(name, description)                                                                                      \
	cr_assert(layout->name >= LAYOUT_ABSENT || strncmp(#name, "managed_", 8) == 0, "%s: " #name, title);
#define SIZE(name, description) OFFSET(name, description)
/* a generator's states may be below 0 */
#define FEATURE(name, description)                                                                                     \
	cr_assert(layout->name >= LAYOUT_ABSENT || strncmp(#name, "generator_", 10) == 0, "%s: " #name, title);
#include "dumper/layout.def"
#undef OFFSET
#undef SIZE
#undef FEATURE
		cr_assert(layout->interpreter_gc >= 0 || layout->runtime_gc >= 0);
		cr_assert(layout->frame_size >= 0 || layout->frameobject_localsplus >= 0);
		cr_assert(layout->thread_frame >= 0 ||
			  (layout->thread_cframe >= 0 && layout->cframe_current_frame >= 0));
	}
}

HEAP_TEST(layout, every_table_fits_what_it_describes)
{
	for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		assert_ok(fake_adapt(fake, *table));
		cr_assert_arr_eq(&fake->layout, *table, sizeof **table, "%s: nothing has moved", (*table)->name);
	}
}

/* A table fits no other minor version's heap. */
HEAP_TEST(layout, no_table_fits_another_version)
{
	for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
		AUTO(fake) struct fake *fake = fake_create(*table);

		for (const struct layout *const *other = layout_all(); *other != NULL; other++) {
			if (strcmp((*other)->name, (*table)->name) != 0)
				assert_error_says(fake_adapt(fake, *other), ERROR_REFUSED, (*other)->name);
			else
				assert_ok(fake_adapt(fake, *other));
		}
	}
}

static const struct layout *debugging_table(void)
{
	return layout_find(0x030d00f0);
}

static void publish(struct fake *fake, int32_t at, uint64_t value)
{
	image_u64(fake->world->image, FAKE_RUNTIME + (uint64_t)at, value);
}

HEAP_TEST(layout, debug_offsets_override)
{
	AUTO(fake) struct fake *fake = fake_create(debugging_table());
	struct layout wrong = *fake->table;

	wrong.interpreter_modules += 64;
	wrong.interpreter_gc -= 128;
	wrong.interpreter_size = 512;
	wrong.thread_native_id = 8;
	wrong.runtime_interpreters += 8;
	assert_ok(fake_adapt(fake, &wrong));
	cr_assert_arr_eq(&fake->layout, fake->table, sizeof wrong, "all of it is published");
}

HEAP_TEST(layout, debug_offsets_contradict)
{
	AUTO(fake) struct fake *fake = fake_create(debugging_table());
	const struct layout *table = fake->table;

	publish(fake, table->debug_tuple_items, 32);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "tuple_items is 32, and not 24");
	publish(fake, table->debug_tuple_items, 24);
	publish(fake, table->debug_interpreter_gc, UINT64_MAX);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "interpreter_gc is 18446744073709551615");
	publish(fake, table->debug_interpreter_gc, (uint64_t)table->interpreter_gc);
	publish(fake, 8, 0x030e00f0);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "another version (0x30e00f0)");
	publish(fake, 8, 0x030d09f0);
	assert_ok(fake_adapt(fake, table));
	publish(fake, 16, 1);
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "free-threaded");
	publish(fake, 16, 0);
	image_u8(fake->world->image, FAKE_RUNTIME, 'X');
	assert_error_says(fake_adapt(fake, table), ERROR_REFUSED, "no debug offsets");
}

HEAP_TEST(layout, result_is_untouched_on_refusal)
{
	AUTO(fake) struct fake *fake = fake_create(debugging_table());

	fake->layout.dict_size = 7;
	publish(fake, 16, 1);
	assert_error(fake_adapt(fake, fake->table), ERROR_REFUSED);
	cr_assert_eq(fake->layout.dict_size, 7);
}

/* What ended the reading is told, not what could not be proved for that. */
HEAP_TEST(layout, a_target_that_is_gone_is_no_refusal)
{
	AUTO(fake) struct fake *fake = fake_create(debugging_table());

	image_fail(fake->world->image, ERROR_GONE);
	assert_error_says(fake_adapt(fake, fake->table), ERROR_GONE, "told to fail");
}
