/* What does heapdump tell of what it found, will do and has done?
 *
 * Sentences made of facts; names that are others' choice are escaped. Nothing is printed here.
 */
#include "dumper/account.h"

#include <string.h>

void account_process(struct text *text, const struct process *process)
{
	text_printf(text, "%d (", (int)process->pid);
	text_add_escaped(text, process->command, strlen(process->command));
	text_add(text, ")");
}

static void add_estimate(struct text *text, const char *name, uint64_t value)
{
	text_printf(text, "%-9s %s", name,
		    value != UINT64_MAX ? "about "
					: "unknown: this kernel doesn't tell the process's anonymous memory");
}

void account_check(struct text *text, const struct process *process, const struct check *check)
{
	text_add(text, "process   ");
	account_process(text, process);
	text_printf(text, ", %lu thread%s, ", (unsigned long)process->threads, process->threads == 1 ? "" : "s");
	text_add_size(text, process->rss, SIZE_BINARY);
	text_add(text, " resident\nprogram   ");
	const char *executable = process->executable != NULL ? process->executable : "unknown";
	text_add_escaped(text, executable, strlen(executable));
	text_printf(text, "\nruntime   CPython %s (%s) in ", check->runtime->version, check->runtime->build);
	text_add_escaped(text, check->runtime->path, strlen(check->runtime->path));
	text_printf(text, "\nlayout    %s\n", check->layout);
	add_estimate(text, "objects", check->objects);
	if (check->objects != UINT64_MAX)
		text_add_count(text, check->objects);
	text_add_char(text, '\n');
	if (check->pause_ns == 0) {
		text_add(text, "pause     none\n");
	} else {
		add_estimate(text, "pause", check->pause_ns);
		if (check->pause_ns != UINT64_MAX)
			text_add_duration(text, (double)check->pause_ns / 1e9);
		text_add_char(text, '\n');
	}
	add_estimate(text, "file", check->file_bytes);
	if (check->file_bytes != UINT64_MAX)
		text_add_size(text, check->file_bytes, SIZE_BINARY);
	text_add_char(text, '\n');
}

static const char *mode_name(enum pause_mode mode)
{
	switch (mode) {
	case PAUSE_COPY:
		return "copy";
	case PAUSE_NONE:
		return "none";
	case PAUSE_FORK:
		return "fork";
	default:
		return "hold";
	}
}

/* What auto has chosen, and why. */
static void add_choice(struct text *text, const struct process *process, enum pause_mode wanted)
{
	if (wanted != PAUSE_AUTO)
		return;
	text_printf(text, " (%s, as it has ", mode_name(capture_pause(wanted, process->anonymous)));
	if (process->anonymous != UINT64_MAX)
		text_add_size(text, process->anonymous, SIZE_BINARY);
	else
		text_add(text, "an unknown amount");
	text_add(text, " of memory of its own)");
}

void account_plan(struct text *text, const struct process *process, enum pause_mode mode)
{
	uint64_t pause = check_pause_ns(process->anonymous, mode);

	text_add(text, mode == PAUSE_NONE ? "reading process " : "pausing process ");
	account_process(text, process);
	if (mode == PAUSE_NONE) {
		text_add(text, " while it runs; what changes meanwhile may be torn");
		return;
	}
	if (pause != UINT64_MAX) {
		text_add(text, " for about ");
		text_add_duration(text, (double)pause / 1e9);
	}
	add_choice(text, process, mode);
	text_add(text, "; it goes on by itself");
}

static void add_unpaused(struct text *text, const struct capture_result *result)
{
	text_add(text, ", not paused (none), ");
	if (result->chunks_changed == 0) {
		text_add(text, "nothing changed meanwhile");
		return;
	}
	text_add_count(text, result->chunks_changed);
	text_add(text, result->chunks_changed == 1 ? " chunk" : " chunks");
	text_add(text, " of 64 KiB changed meanwhile");
}

void account_result(struct text *text, const char *path, const struct capture_result *result)
{
	text_add_escaped(text, path, strlen(path));
	text_add(text, ": ");
	text_add_count(text, result->counts.nodes);
	text_add(text, " objects, ");
	text_add_size(text, result->counts.size, SIZE_BINARY);
	text_add(text, " of heap, ");
	text_add_size(text, result->file_bytes, SIZE_BINARY);
	text_add(text, " written");
	if (result->pause == PAUSE_NONE)
		add_unpaused(text, result);
	if (result->attempts > 0) {
		text_add(text, ", paused ");
		text_add_duration(text, (double)result->pause_ns / 1e9);
		text_printf(text, " (%s)", mode_name(result->pause));
	}
	if (result->attempts > 1) {
		text_printf(text, " at the longest of %lu stops, ", (unsigned long)result->attempts);
		text_add_duration(text, (double)result->pause_total_ns / 1e9);
		text_add(text, " in all");
	}
	text_add(text, result->complete ? "\n" : ", partial\n");
}

void account_losses(struct text *text, const struct capture_result *result)
{
	const char *before = "the snapshot is partial: ";

	for (int loss = 0; loss < LOSS_COUNT; loss++) {
		if (result->losses[loss] == 0 || !loss_is_partial((enum loss)loss))
			continue;
		text_printf(text, "%s%s: ", before, loss_description((enum loss)loss));
		text_add_count(text, result->losses[loss]);
		before = "; ";
	}
	text_add(text, "\n");
}
