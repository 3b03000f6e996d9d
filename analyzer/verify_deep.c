/* Are fates, counts and dominators what they claim to be?
 *
 * Each object has one fate, so the fates' sizes add up to the sum that the file has; the children of the virtual root
 * retain that sum too; and the dominators are certified (analyzer/certificate.h).
 */
#include "analyzer/verify_deep.h"

#include "analyzer/certificate.h"

#include <inttypes.h>

#define SAMPLE 4096u /* retained sizes that are found anew */

static void add(struct report *report, const char *name, uint64_t count, struct text *what)
{
	struct cell *row = section_row(report, report_find(report, "rows"));
	row_set(row, 0, report_string(report, name));
	row_set(row, 1, cell_number(count));
	row_set(row, 2, report_text(report, text_string(what), what->length));
}

static struct error *refuse(const struct graph *graph, const char *what)
{
	return error_create(ERROR_INPUT,
			    "%s: the analysis contradicts itself: %s; please report this as a fault of heapdiff",
			    reader_path(graph->reader), what);
}

static struct error *report_fates(struct report *report, const struct retention *retention)
{
	static const char *const meanings[FATE_COUNT] = {
		[FATE_REACHABLE] = "that roots or immortal objects lead to",
		[FATE_HELD] = "that only C code holds",
		[FATE_GARBAGE] = "that a full collection would free",
		[FATE_STUCK] = "that nothing holds and no collection frees",
	};
	struct fate_total totals[FATE_COUNT], sum = {0};
	retention_totals(retention, totals);
	for (int f = 0; f < FATE_COUNT; f++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		text_add_size(&text, totals[f].size, report->unit);
		text_printf(&text, " %s", meanings[f]);
		TRY(text_error(&text));
		add(report, fate_name((enum fate)f), totals[f].count, &text);
		sum.count += totals[f].count;
		sum.size += totals[f].size;
	}
	struct snapshot_counts counts = reader_counts(retention->graph->reader);
	if (sum.count != counts.nodes || sum.size != counts.size || retention->retained[0] != counts.size)
		return refuse(retention->graph, "fates or retained sizes do not add up to the heap");
	return NULL;
}

static struct error *report_line(struct report *report, const char *name, uint64_t count, const char *what)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, what);
	TRY(text_error(&text));
	add(report, name, count, &text);
	return NULL;
}

static struct error *report_counts(struct report *report, const struct graph *graph)
{
	uint64_t immortal = 0, explained = 0, above = 0, below = 0;
	for (node_id i = 0; i < graph->nodes; i++) {
		bool counts = !(graph->flags[i] & OBJECT_IMMORTAL);
		immortal += !counts;
		explained += counts && graph->residue[i] == 0;
		above += counts && graph->residue[i] > 0;
		below += counts && graph->residue[i] < 0;
	}
	TRY(report_line(report, "counts explained", explained, "objects whose every counted reference was found"));
	TRY(report_line(report, "counts above", above, "objects that more is counted of: held by C code too"));
	TRY(report_line(report, "counts below", below, "objects that less is counted of: references that are none"));
	TRY(report_line(report, "immortal", immortal, "objects that are not counted"));
	return report_line(report, "guesses", graph->guesses,
			   graph->guesses == graph->guesses_accepted ? "all accepted"
								     : "those that no count explains were dropped");
}

static struct error *report_dominators(struct report *report, const struct retention *retention,
				       const struct progress *progress)
{
	AUTO(reach) struct reach reach = {0};
	TRY(reach_create(retention->graph, false, &reach));
	struct certificate certificate;
	TRY(certificate_make(retention, &reach, SAMPLE, progress, &certificate));
	if (!certificate.holds)
		return refuse(retention->graph, certificate.fault);
	TRY(report_line(report, "dominators", certificate.edges, "references, none of which passes a dominator by"));
	return report_line(report, "retained sizes", certificate.sizes, "found again by data flow");
}

struct error *verify_deep_report(struct report *report, const struct graph *graph, const struct progress *progress)
{
	AUTO(retention) struct retention retention = {0};
	TRY(retention_create(graph, false, progress, &retention));
	TRY(fates_settle(graph, retention.fate));
	TRY(report_fates(report, &retention));
	TRY(report_counts(report, graph));
	TRY(report_dominators(report, &retention, progress));
	return report_error(report);
}
