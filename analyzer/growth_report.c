/* Where did it grow, in words?
 *
 * Each place is called by its shortest path in the later snapshot. What came and went there is told by type, the
 * largest first; types whose objects a class statement made are named before the dicts and strings that these own.
 */
#include "analyzer/growth_report.h"

#include "analyzer/growth_sites.h"
#include "analyzer/object_lookup.h"
#include "analyzer/sets.h"

#include <inttypes.h>
#include <stdlib.h>

#define TYPES_SHOWN 3u /* in the sentence on a place */
#define TOGETHER 10    /* counts come together that differ by one in so many at most */

static const struct label *label_name(const struct growth_report *places, label_id label)
{
	return &places->diff->names.labels[label];
}

static void say_label(const struct growth_report *places, label_id label, struct text *text)
{
	text_add_escaped(text, label_name(places, label)->name, label_name(places, label)->length);
}

/* --- what a place is called
 * ----------------------------------------------------------------------------------------- */

/* Many alike that hang from the virtual root. */
static struct error *name_many(const struct diff *diff, const struct growth_place *place, struct text *text)
{
	if (place->fate == FATE_REACHABLE)
		text_add(text, "several places at once");
	else
		text_add(text, place->fate == FATE_HELD ? "held by C code" : "what nothing leads to");
	if (place->label == NO_ID)
		return NULL;
	const struct label *label = &diff->names.labels[place->label];
	text_add(text, ": ");
	text_add_escaped(text, label->name, label->length);
	return NULL;
}

/* Nearly all that a container grew by is its own table, made for more members than it has, as where these come and go. */
static struct error *find_resized(const struct growth_report *places, const struct growth_place *place,
				  struct object_lookup *earlier, struct object_lookup *later, bool *resized)
{
	const struct diff *diff = places->diff;
	struct object_record before, after;
	*resized = false;
	if (place->place >= diff->after->nodes || place->before >= diff->before->nodes ||
	    diff->names.facts[1].kind[diff->after->type[place->place]] != KIND_container)
		return NULL;
	uint64_t was = graph_size(diff->before, place->before), is = graph_size(diff->after, place->place);
	if (is <= was || (double)(is - was) < GROWTH_SHARE * (double)place->size)
		return NULL;
	TRY(object_lookup_get(earlier, place->before, &before));
	TRY(object_lookup_get(later, place->place, &after));
	*resized = after.length <= before.length && before.length > 0;
	return NULL;
}

static struct error *find_leader(struct growth_report *places)
{
	const struct diff *diff = places->diff;
	AUTO(object_lookup) struct object_lookup before = {.chunk = NO_ID}, after = {.chunk = NO_ID};
	places->leader = diff->growth.count;
	if (diff->growth.count == 0)
		return NULL;
	TRY(object_lookup_init(&before, diff->before->reader, &diff->names));
	TRY(object_lookup_init(&after, diff->after->reader, &diff->names));
	for (size_t i = 0; i < diff->growth.count; i++) {
		bool resized;
		TRY(find_resized(places, &diff->growth.places[i], &before, &after, &resized));
		TRY(vector_push(&places->resized, resized));
		if (!resized && places->leader == diff->growth.count)
			places->leader = i;
	}
	return NULL;
}

struct error *growth_report_init(struct growth_report *places, struct report *report, const struct diff *diff,
				 struct place_names *names)
{
	AUTO(growth_report) struct growth_report made = {.report = report, .diff = diff};
	if (diff->growth.count > 0)
		TRY(place_names_init(names, diff->after));
	for (size_t i = 0; i < diff->growth.count; i++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		const struct growth_place *place = &diff->growth.places[i];
		TRY(place->place == DOMINATOR_ROOT ? name_many(diff, place, &text)
						   : place_name_print(names, place->place, &text));
		TRY(text_error(&text));
		TRY(vector_push(&made.paths, report_text(report, text_string(&text), text.length)));
	}
	TRY(find_leader(&made));
	*places = made;
	made = (struct growth_report){0};
	return NULL;
}

void growth_report_deinit(struct growth_report *places)
{
	vector_deinit(&places->resized);
	vector_deinit(&places->paths);
}

/* --- what came and went
 * --------------------------------------------------------------------------------------------- */

/* Comes before in the list of what came (sign 1) or went (-1): more bytes, then the name. */
static bool is_more(const struct growth_part *parts, label_id a, label_id b, int sign)
{
	int64_t x = sign * parts[a].size, y = sign * parts[b].size;
	return x != y ? x > y : a < b;
}

static bool is_listed(const struct growth_part *part, int sign)
{
	return part->size != 0 ? sign * part->size > 0 : sign * part->count > 0;
}

/* The next type after `last`, NO_ID: the first; NO_ID: no more. */
static label_id next_type(const struct growth_report *places, const struct growth_part *parts, int sign, label_id last)
{
	label_id best = NO_ID;
	for (label_id l = 0; l < places->diff->growth.labels; l++)
		if (is_listed(&parts[l], sign) && (last == NO_ID || is_more(parts, last, l, sign)) && l != last &&
		    (best == NO_ID || is_more(parts, l, best, sign)))
			best = l;
	return best;
}

static bool is_owner(const struct growth_report *places, label_id label)
{
	for (int side = 0; side < 2; side++) {
		const struct type_facts *facts = &places->diff->names.facts[side];
		for (type_id t = 0; t < facts->count; t++)
			if (facts->label[t] == label && facts->owner[t])
				return true;
	}
	return false;
}

/* Of the classes of which more came, from `least` to `most` objects, the one that explains most of the whole's change;
 * NO_ID: there is none. */
static label_id main_class(const struct growth_report *places, const struct growth_place *place, bool library,
			   int64_t least, int64_t most)
{
	const struct diff *diff = places->diff;
	label_id best = NO_ID;
	for (label_id l = 0; l < diff->growth.labels; l++)
		if (place->parts[l].count >= least && place->parts[l].count <= most && (library || !diff->library[l]) &&
		    is_owner(places, l) && (best == NO_ID || diff->totals[l].growth > diff->totals[best].growth))
			best = l;
	return best;
}

/* What is said first of a place: of the classes of which more came, the one that explains most of the whole's change. If
 * that is of the standard library, then rather one of the program of which about as many came: where each client has an
 * Event, the clients are what gathers. Else what came most; NO_ID: nothing came. */
static label_id main_type(const struct growth_report *places, const struct growth_place *place)
{
	if (place->label != NO_ID)
		return place->label;
	label_id best = main_class(places, place, true, 1, INT64_MAX);
	if (best == NO_ID)
		return next_type(places, place->parts, 1, NO_ID);
	if (!places->diff->library[best])
		return best;
	int64_t count = place->parts[best].count, margin = count / TOGETHER;
	label_id own = main_class(places, place, false, count - margin, count + margin);
	return own != NO_ID ? own : best;
}

/* Its count and its bytes don't go opposite ways: fewer objects that are larger are not told by their number. */
static bool is_counted(const struct growth_part *part)
{
	return part->count != 0 && (part->count > 0 ? part->size >= 0 : part->size <= 0);
}

static void say_part(const struct growth_report *places, label_id label, const struct growth_part *part,
		     struct text *text)
{
	if (is_counted(part)) {
		text_add_count_delta(text, part->count);
		text_add_char(text, ' ');
	}
	say_label(places, label, text);
	if (!is_counted(part)) {
		text_add_char(text, ' ');
		text_add_size_delta(text, part->size, places->report->unit);
	}
}

/* `+300 app.Session, +300 dict, +600 str` */
static void say_came(const struct growth_report *places, const struct growth_place *place, struct text *text)
{
	label_id main = main_type(places, place), label = NO_ID;
	unsigned said = 0;
	if (main == NO_ID)
		return;
	say_part(places, main, &place->parts[main], text);
	for (label = next_type(places, place->parts, 1, NO_ID); label != NO_ID && said + 1 < TYPES_SHOWN;
	     label = next_type(places, place->parts, 1, label)) {
		if (label == main || !is_counted(&place->parts[label]))
			continue;
		text_add(text, ", ");
		say_part(places, label, &place->parts[label], text);
		said++;
	}
}

/* `-3 app.Session, -1 list` */
static void say_left(const struct growth_report *places, const struct growth_place *place, struct text *text)
{
	unsigned said = 0;
	for (label_id label = next_type(places, place->parts, -1, NO_ID); label != NO_ID && said < TYPES_SHOWN;
	     label = next_type(places, place->parts, -1, label)) {
		text_add(text, said++ > 0 ? ", " : "");
		say_part(places, label, &place->parts[label], text);
	}
}

/* --- the report
 * ----------------------------------------------------------------------------------------------------- */

bool growth_report_explains(const struct growth_report *places)
{
	return places->diff->growth.count > 0 && places->diff->all.growth > 0;
}

/* `: 88% of what grew`; all of it is only all of it. */
static void say_share(struct text *text, uint64_t part, uint64_t whole)
{
	double percent = 100.0 * (double)part / (double)whole;
	text_printf(text, ": %.0f%% of what grew", part < whole && percent > 99 ? 99.0 : percent);
}

/* `: 100% of what grew is the larger table of app.CACHE, which has no more members`: no leak yet. */
static void say_tables(const struct growth_report *places, struct text *text)
{
	const struct growth *growth = &places->diff->growth;
	say_share(text, (uint64_t)growth->places[0].size, growth->whole);
	text_add(text, " is the larger table of ");
	text_add_bytes(text, places->paths.items[0].text, places->paths.items[0].length);
	text_add(text, ", which has no more members");
}

void growth_report_reason(const struct growth_report *places, struct text *text)
{
	if (!growth_report_explains(places))
		return;
	const struct growth *growth = &places->diff->growth;
	if (places->leader == growth->count) {
		say_tables(places, text);
		return;
	}
	const struct growth_place *first = &growth->places[places->leader];
	label_id label = main_type(places, first);
	say_share(text, (uint64_t)first->size, growth->whole);
	/* what is no place's name reads as the rest of the sentence */
	bool hangs = first->place != DOMINATOR_ROOT || first->fate == FATE_REACHABLE;
	text_add(text, hangs ? " hangs from " : " is ");
	text_add_bytes(text, places->paths.items[places->leader].text, places->paths.items[places->leader].length);
	text_add(text, " (");
	if (label == NO_ID)
		text_add_size_delta(text, first->size, places->report->unit);
	else
		say_part(places, label, &first->parts[label], text);
	text_add_char(text, ')');
}

bool growth_report_tells(const struct growth_report *places, const struct credit_holder *holder, label_id label)
{
	if (!growth_report_explains(places) || places->leader == places->diff->growth.count)
		return false;
	const struct growth_place *first = &places->diff->growth.places[places->leader];
	uint32_t place = holder->is_root ? places->diff->after->nodes + holder->id : holder->id;
	return holder->found && first->place == place && main_type(places, first) == label &&
	       holder->count == places->diff->join.totals[label].new;
}

enum {
	PATH,
	ID,
	SIZE_DELTA,
	SHARE,
	RETAINED_BEFORE,
	RETAINED_AFTER,
	SUMMARY,
	WENT,
	OBJECT,
	FATE,
	RESIZED,
	SITE
};

static struct section *add_fields(struct report *report, bool sites)
{
	static const struct field fields[] = {
		[PATH] = {"path", "place", VALUE_TEXT, RANK_ALWAYS, false},
		[ID] = {"id", "object", VALUE_OBJECT, RANK_ALWAYS, false},
		[SIZE_DELTA] = {"size_delta", "growth", VALUE_SIZE_DELTA, RANK_ALWAYS, false},
		[SHARE] = {"share", "of it", VALUE_SHARE, RANK_OFTEN, false},
		[RETAINED_BEFORE] = {"retained_before", "before", VALUE_SIZE, RANK_SELDOM, false},
		[RETAINED_AFTER] = {"retained_after", "after", VALUE_SIZE, RANK_SELDOM, false},
		[SUMMARY] = {"summary", "came", VALUE_TEXT, RANK_ALWAYS, false},
		[WENT] = {"summary_left", "went", VALUE_TEXT, RANK_RARELY, false},
		[OBJECT] = {"type", "is", VALUE_TEXT, RANK_RARELY, false},
		[FATE] = {"fate", "fate", VALUE_TEXT, RANK_MACHINE, false},
		[RESIZED] = {"table_grew", "table grew", VALUE_BOOL, RANK_MACHINE, false},
		[SITE] = {"site", "most allocated at", VALUE_TEXT, RANK_RARELY, false},
	};
	struct section *table = report_section(report, "growth", "Where it grew");
	if (table != NULL)
		table->wrapped = true;
	for (size_t i = 0; i < (sites ? SITE + 1 : SITE); i++)
		section_field(report, table, &fields[i]);
	return table;
}

static void add_parts(const struct growth_report *places, struct section *table, const struct growth_place *place,
		      const char *name, int sign)
{
	static const struct field fields[] = {
		{"type", "type", VALUE_TEXT, RANK_ALWAYS, false},
		{"count_delta", "objects", VALUE_COUNT_DELTA, RANK_ALWAYS, false},
		{"size_delta", "size", VALUE_SIZE_DELTA, RANK_ALWAYS, false},
	};
	struct section *part = section_part(places->report, table, name);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(places->report, part, &fields[i]);
	for (label_id l = next_type(places, place->parts, sign, NO_ID); l != NO_ID;
	     l = next_type(places, place->parts, sign, l)) {
		struct cell *row = section_row(places->report, part);
		row_set(row, 0,
			report_text(places->report, label_name(places, l)->name, label_name(places, l)->length));
		row_set(row, 1, cell_delta(place->parts[l].count));
		row_set(row, 2, cell_delta(place->parts[l].size));
	}
}

static struct cell *add_place(const struct growth_report *places, struct section *table, size_t i)
{
	struct report *report = places->report;
	const struct diff *diff = places->diff;
	const struct growth_place *place = &diff->growth.places[i];
	struct cell *row = section_row(report, table);
	AUTO(text) struct text came = {0}, left = {0};
	text_init(&came);
	text_init(&left);
	if (places->resized.items[i])
		text_add(&came, "no more members: its table grew");
	else
		say_came(places, place, &came);
	say_left(places, place, &left);
	if (left.length > 0)
		row_set(row, WENT, report_text(report, text_string(&left), left.length));
	row_set(row, PATH, places->paths.items[i]);
	row_set(row, SIZE_DELTA, cell_delta(place->size));
	row_set(row, SHARE, cell_share_of((uint64_t)place->size, diff->growth.whole));
	row_set(row, SUMMARY, report_text(report, text_string(&came), came.length));
	row_set(row, RESIZED, cell_number(places->resized.items[i]));
	row_set(row, FATE, report_string(report, fate_name(place->fate)));
	if (place->place != DOMINATOR_ROOT) {
		bool new = place->before == DOMINATOR_NONE;
		row_set(row, RETAINED_BEFORE, cell_number(new ? 0 : retention_size(&diff->held[0], place->before)));
		row_set(row, RETAINED_AFTER, cell_number(retention_size(&diff->held[1], place->place)));
	}
	if (place->place < diff->after->nodes) {
		const struct label *type =
			label_name(places, diff->names.facts[1].label[diff->after->type[place->place]]);
		row_set(row, OBJECT, report_text(report, type->name, type->length));
		row_set(row, ID, cell_number(place->place));
	}
	add_parts(places, table, place, "came", 1);
	add_parts(places, table, place, "left", -1);
	return row;
}

/* Those that grew by `least` bytes; `sites`: NULL where none are known. */
static void add_places(const struct growth_report *places, uint64_t least, const struct growth_sites *sites)
{
	const struct growth *growth = &places->diff->growth;
	struct section *table = add_fields(places->report, sites != NULL);
	section_fact(places->report, table, "whole", NULL, VALUE_SIZE, cell_number(growth->whole));
	section_fact(places->report, table, "explained", NULL, VALUE_SIZE, cell_number(growth->explained));
	section_fact(places->report, table, "places_left_out", NULL, VALUE_COUNT, cell_number(growth->left_out));
	for (size_t i = 0; i < growth->count && (uint64_t)growth->places[i].size >= least; i++) {
		struct cell *row = add_place(places, table, i);
		if (sites == NULL || sites->of_place[i] == GROUP_NONE)
			continue;
		const struct label *site = &sites->groups.labels[sites->of_place[i]];
		row_set(row, SITE, report_text(places->report, site->name, site->length));
	}
}

struct error *growth_report_add(const struct growth_report *places, uint64_t least)
{
	const struct diff *diff = places->diff;
	AUTO(sites) struct sites sites = {0};
	AUTO(growth_sites) struct growth_sites found = {0};
	bool known = diff->growth.place_of != NULL && diff->growth.count > 0;
	if (known) {
		TRY(sites_init(&sites, diff->after->reader));
		TRY(growth_sites_find(&diff->growth, diff->after, &sites, &found));
	}
	add_places(places, least, known ? &found : NULL);
	return NULL;
}
