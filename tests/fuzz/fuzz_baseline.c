/* Fuzzer: no text may crash the reader of baselines, nor get a number past it that is none; and what it takes is written so that it is
 * read again as the same.
 *
 * An input is a file.
 */
#include "checks/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_learned(const struct learned *learned)
{
	check(learned->runs > 0 && isfinite(learned->mean) && isfinite(learned->deviation) && learned->deviation >= 0);
	check(isfinite(learned_tolerance(learned, 3, 4096)) && learned_tolerance(learned, 3, 4096) >= 4096);
	check(isfinite(learned_sigmas(learned, 1e19)));
}

static void check_numbers(const struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->rules.count; i++) {
		check_learned(&baseline->rules.items[i].value);
		check(baseline_find(baseline, baseline->rules.items[i].name) == &baseline->rules.items[i].value);
	}
	for (size_t i = 0; i < baseline->paths.count; i++) {
		const struct baseline_path *path = &baseline->paths.items[i];
		check_learned(&path->count);
		check_learned(&path->size);
		check(path->size.mean >= 0 && path->name[0] != '\0' && path->type[0] != '\0');
		check(baseline_find_path(baseline, path->key) == path);
	}
}

static void check_again(const struct baseline *baseline)
{
	AUTO(baseline) struct baseline again;
	AUTO(text) struct text first, second;
	baseline_init(&again);
	text_init(&first);
	text_init(&second);
	AUTO(error) struct error *written = baseline_print(baseline, &first);
	check(written == NULL);
	AUTO(error) struct error *read = baseline_parse(text_string(&first), first.length, "again", &again);
	check(read == NULL && again.rules.count == baseline->rules.count && again.paths.count == baseline->paths.count);
	AUTO(error) struct error *rewritten = baseline_print(&again, &second);
	check(rewritten == NULL && strcmp(text_string(&first), text_string(&second)) == 0);
}

/* Whatever follows may take place: one run more, judged with what is kept of these. */
static void check_update(const struct baseline *baseline)
{
	AUTO(baseline) struct baseline fresh;
	baseline_init(&fresh);
	fresh.runs = 1;
	AUTO(error) struct error *error = baseline_keep_deviations(&fresh, baseline);
	check(error == NULL && fresh.paths.count <= baseline->paths.count);
	check_numbers(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(baseline) struct baseline baseline;
	AUTO(string) char *text = malloc(size + 1);
	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	baseline_init(&baseline);
	AUTO(error) struct error *refused = baseline_parse(text, size, "fuzzed", &baseline);
	if (refused != NULL) {
		check(refused->code == ERROR_INPUT || refused->code == ERROR_MEMORY);
		return 0;
	}
	check_numbers(&baseline);
	check_again(&baseline);
	check_update(&baseline);
	return 0;
}
