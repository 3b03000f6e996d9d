/* What is a snapshot's file called?
 *
 * As a template says. The default names the program, the process and the moment, so that a listing sorts a process's
 * snapshots by time. A command's name is the target's own choice and may hold slashes or escapes: only plain
 * characters stay. O(template + name).
 */
#include "dumper/output.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

enum piece {
	PIECE_BRACE,
	PIECE_NAME,
	PIECE_PID,
	PIECE_TIME,
	PIECE_NUMBER,
	PIECE_COUNT
};

static const char *const piece_names[PIECE_COUNT] =
	{[PIECE_NAME] = "{name}", [PIECE_PID] = "{pid}", [PIECE_TIME] = "{time}", [PIECE_NUMBER] = "{n}"};

static struct error *brace_means_nothing(const char *at)
{
	AUTO(text) struct text shown;
	const char *end = strchr(at, '}');

	text_init(&shown);
	text_add_escaped(&shown, at, *at == '{' && end != NULL ? (size_t)(end - at) + 1 : 1);
	TRY(text_error(&shown));
	return error_create(
		ERROR_USAGE,
		"%s in the name of the output means nothing: {n}, {pid}, {time} and {name} are filled in, and {{ "
		"and }} stand for braces",
		text_string(&shown));
}

/* What the brace at the beginning of *at stands for; *at moves behind it. */
static struct error *piece_read(const char **at, enum piece *piece)
{
	if ((*at)[1] == (*at)[0]) {
		*piece = PIECE_BRACE;
		*at += 2;
		return NULL;
	}
	for (enum piece i = PIECE_NAME; i < PIECE_COUNT; i++) {
		size_t length = strlen(piece_names[i]);
		if (strncmp(*at, piece_names[i], length) == 0) {
			*piece = i;
			*at += length;
			return NULL;
		}
	}
	return brace_means_nothing(*at);
}

struct error *output_check(const char *template, bool *numbered)
{
	bool found = false;

	for (const char *at = template + strcspn(template, "{}"); *at != '\0'; at += strcspn(at, "{}")) {
		enum piece piece;
		TRY(piece_read(&at, &piece));
		found = found || piece == PIECE_NUMBER;
	}
	*numbered = found;
	return NULL;
}

static void add_name(struct text *text, const char *command)
{
	const char *name = command[0] != '\0' ? command : "process";

	for (const char *at = name; *at != '\0'; at++) {
		bool kept = strchr(plain, *at) != NULL && (at > name || (*at != '.' && *at != '-'));
		text_add_char(text, kept ? *at : '_');
	}
}

static void add_time(struct text *text, time_t moment)
{
	char stamp[32];
	struct tm local;

	if (localtime_r(&moment, &local) != NULL && strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &local) != 0)
		text_add(text, stamp);
	else
		text_printf(text, "%lld", (long long)moment);
}

static void add_number(struct text *text, const struct output_facts *facts)
{
	int digits = facts->count != 0 ? snprintf(NULL, 0, "%" PRIu64, facts->count) : (int)OUTPUT_DIGITS;

	text_printf(text, "%0*" PRIu64, digits, facts->number);
}

static void piece_add(struct text *text, enum piece piece, char brace, const struct output_facts *facts)
{
	switch (piece) {
	case PIECE_NAME:
		add_name(text, facts->process->command);
		return;
	case PIECE_PID:
		text_printf(text, "%d", (int)facts->process->pid);
		return;
	case PIECE_TIME:
		add_time(text, facts->moment);
		return;
	case PIECE_NUMBER:
		add_number(text, facts);
		return;
	default:
		text_add_char(text, brace);
	}
}

struct error *output_name(const char *template, const struct output_facts *facts, char **name)
{
	AUTO(text) struct text made;
	const char *at = template;

	text_init(&made);
	for (;;) {
		size_t length = strcspn(at, "{}");
		enum piece piece;

		text_add_bytes(&made, at, length);
		at += length;
		if (*at == '\0')
			break;
		char brace = *at;
		TRY(piece_read(&at, &piece));
		piece_add(&made, piece, brace, facts);
	}
	TRY(text_error(&made));
	char *result = text_steal(&made);
	if (result == NULL)
		return error_memory();
	*name = result;
	return NULL;
}
