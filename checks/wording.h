/* Wording: what is said of outcomes in words, the same wherever it is printed: sentences, and lines of a label and a text.
 *
 * What leaves here is safe for a terminal; renderers lay it out, and escape for where it goes.
 */
#ifndef CHECKS_WORDING_H
#define CHECKS_WORDING_H

#include "checks/outcome.h"

/* Adds `2 of 12 rules are violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB; ...`. */
void wording_verdict(const struct outcomes *outcomes, enum size_unit unit, struct text *text);
/* Adds `snapshot b.snap, compared with a.snap`, or with a baseline. */
void wording_subject(const struct outcomes *outcomes, struct text *text);
/* Adds what a snapshot lacks, and where that fails the check how to allow it; nothing where all is whole. */
void wording_partial(const struct outcomes *outcomes, struct text *text);

/* Adds a rule's name. */
void wording_name(const struct rule *rule, struct text *text);
/* Adds `growth of retained of app\.Session, but not of app\.Test`. */
void wording_rule(const struct rule *rule, struct text *text);
/* Adds the limit as it was written, and what it comes to where that isn't the same: `5% and 2.0 MiB, here 2.1 MiB`. A rule
 * without a limit of its own adds nothing, as do the numbers below where they are not known. */
void wording_limit(const struct outcome *outcome, enum size_unit unit, struct text *text);
/* Adds the limit alone: `5% and 2.0 MiB`. */
void wording_limit_written(const struct outcome *outcome, enum size_unit unit, struct text *text);
/* Adds `61.2 MiB`, `+11.2 MiB`. */
void wording_measured(const struct outcome *outcome, enum size_unit unit, struct text *text);
/* Adds what is too much in a sentence: the first finding's, or of the numbers where there is no finding. */
void wording_message(const struct outcome *outcome, enum size_unit unit, struct text *text);
/* Adds `sessions is violated: app.Session retains 61.2 MiB, ...`, or `baseline is violated in 3 places`. */
void wording_headline(const struct outcome *outcome, enum size_unit unit, struct text *text);

enum wording_kind {
	WORDING_SENTENCE,
	WORDING_NAME,   /* of something, to be set apart where that is possible: a path */
	WORDING_COMMAND /* to be copied */
};
struct wording_line {
	const char *label; /* a literal */
	enum wording_kind kind;
	const char *text;
};
struct wording {
	struct arena arena; /* of the texts */
	VECTOR(struct wording_line) lines;
};
void wording_init(struct wording *wording);
void wording_deinit(struct wording *wording);
DEFINE_AUTO_VALUE(wording, struct wording, wording_deinit);

/* Lines on the rule: its limit and where it stands, reason, owner ...; what it measured is told by the message. */
struct error *wording_add_rule(struct wording *wording, const struct outcome *outcome, enum size_unit unit) CHECKED;
/* Lines on a finding, its message aside: path, holder, source, types, command. */
struct error *wording_add_finding(struct wording *wording, const struct outcome *outcome, const struct finding *finding,
				  enum size_unit unit) CHECKED;

/* Adds what text and logs print of an outcome: the headline, then `label: text` line by line, that of each finding below its
 * message; each line ends with a newline. */
struct error *wording_print(const struct outcome *outcome, enum size_unit unit, struct text *text) CHECKED;

#endif
