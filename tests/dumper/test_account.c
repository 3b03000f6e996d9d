/* What is told says all that is to be known, and shows foreign names without obeying them. */
#include "tests/test.h"

#include "dumper/account.h"

static const struct process app = {.pid = 4711, .command = (char *)"a\x1b[2Jb", .anonymous = 1 << 20};

HEAP_TEST(account, escapes_the_process_and_the_path)
{
	AUTO(text) struct text text, line;
	const struct capture_result result = {.complete = true, .attempts = 1, .pause = PAUSE_HOLD};
	text_init(&text);
	text_init(&line);
	account_process(&text, &app);
	cr_assert_str_eq(text_string(&text), "4711 (a\\x1B[2Jb)");
	account_result(&line, "a\nb", &result);
	cr_assert_eq(strncmp(text_string(&line), "a\\x0Ab: ", 8), 0, "%s", text_string(&line));
}

HEAP_TEST(account, tells_a_result)
{
	static const struct {
		struct capture_result result;
		const char *line;
	} cases[] = {
		{{.attempts = 1, .pause = PAUSE_COPY, .pause_ns = 1500000, .complete = true},
		 "a: 1,234 objects, 2.0 KiB of heap, 1.0 KiB written, paused 1.5 ms (copy)\n"},
		{{.attempts = 2, .pause = PAUSE_HOLD, .pause_ns = 1500000, .pause_total_ns = 2500000},
		 "a: 1,234 objects, 2.0 KiB of heap, 1.0 KiB written, paused 1.5 ms (hold) at the longest of 2 stops, "
		 "2.5 ms in all, partial\n"},
		{{.pause = PAUSE_NONE, .complete = true},
		 "a: 1,234 objects, 2.0 KiB of heap, 1.0 KiB written, not paused (none), nothing changed meanwhile\n"},
		{{.pause = PAUSE_NONE, .chunks_changed = 1, .complete = true},
		 "a: 1,234 objects, 2.0 KiB of heap, 1.0 KiB written, not paused (none), 1 chunk of 64 KiB changed "
		 "meanwhile\n"},
		{{.pause = PAUSE_HOLD, .complete = true}, "a: 1,234 objects, 2.0 KiB of heap, 1.0 KiB written\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(text) struct text text;
		struct capture_result result = cases[i].result;
		result.counts.nodes = 1234;
		result.counts.size = 2048;
		result.file_bytes = 1024;
		text_init(&text);
		account_result(&text, "a", &result);
		cr_assert_str_eq(text_string(&text), cases[i].line);
	}
}

HEAP_TEST(account, tells_what_is_lost_and_matters)
{
	AUTO(text) struct text text, expected;
	struct capture_result result = {0};
	const char *before = "the snapshot is partial: ";
	text_init(&text);
	text_init(&expected);
	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		result.losses[loss] = 1000;
		if (!loss_is_partial((enum loss)loss))
			continue;
		text_printf(&expected, "%s%s: 1,000", before, loss_description((enum loss)loss));
		before = "; ";
	}
	text_add(&expected, "\n");
	account_losses(&text, &result);
	cr_assert_str_eq(text_string(&text), text_string(&expected));
}

HEAP_TEST(account, tells_the_plan_before_it)
{
	AUTO(text) struct text held, left;
	text_init(&held);
	text_init(&left);
	account_plan(&held, &app, PAUSE_AUTO);
	cr_assert_not_null(strstr(text_string(&held), "pausing process 4711 "));
	cr_assert_not_null(
		strstr(text_string(&held), "(hold, as it has 1.0 MiB of memory of its own); it goes on by itself"));
	account_plan(&left, &app, PAUSE_NONE);
	cr_assert_str_eq(text_string(&left),
			 "reading process 4711 (a\\x1B[2Jb) while it runs; what changes meanwhile may be torn");
}
