/* heapdiff check: fails where a rule about memory is violated.
 *
 * Which snapshots are compared with which is settled here: one alone, a pair, the last of several runs, or steps one after the
 * other. What a policy says of that counts where the command line says nothing.
 */
#include "checks/check.h"

#include "analyzer/info.h"
#include "checks/check_report.h"
#include "checks/monotonic.h"
#include "checks/policy.h"
#include "checks/spread.h"
#include "cli/check_outputs.h"
#include "cli/pair.h"
#include "cli/shots.h"

#include <string.h>
#include <unistd.h>

#define FINDINGS_MOST 10u /* of a rule about all paths */

struct checking {
	struct command_call *call;
	const struct check_options *options;
	struct rules rules;
	struct policy policy;
	const char *match;    /* NULL: not given */
	struct match *masked; /* names that don't count in paths; NULL: all do */
	struct baseline baseline;
	VECTOR(struct reader *) readers; /* of runs, or of steps */
	struct check_request request;
	struct outcomes outcomes;
	struct text partial; /* which snapshots lack something, and what */
};

static void checking_init(struct checking *checking, struct command_call *call)
{
	*checking = (struct checking){.call = call, .options = &call->options->check};
	rules_init(&checking->rules);
	baseline_init(&checking->baseline);
	outcomes_init(&checking->outcomes);
	text_init(&checking->partial);
}

static void checking_deinit(struct checking *checking)
{
	rules_deinit(&checking->rules);
	match_destroy(checking->masked);
	baseline_deinit(&checking->baseline);
	for (size_t i = 0; i < checking->readers.count; i++)
		reader_close(checking->readers.items[i]);
	vector_deinit(&checking->readers);
	outcomes_deinit(&checking->outcomes);
	text_deinit(&checking->partial);
}
DEFINE_AUTO_VALUE(checking, struct checking, checking_deinit);

/* --- what is asked -------------------------------------------------------------------------------------------------------- */

/* What a later policy says replaces what an earlier one said. */
static void merge_policy(struct policy *all, const struct policy *policy)
{
	all->allow_partial |= policy->allow_partial;
	all->match = policy->match != NULL ? policy->match : all->match;
	all->mask = policy->mask != NULL ? policy->mask : all->mask;
	all->sigmas = policy->sigmas > 0 ? policy->sigmas : all->sigmas;
	all->least = policy->least > 0 ? policy->least : all->least;
}

static struct error *read_rules(struct checking *checking)
{
	const struct check_options *options = checking->options;
	for (unsigned i = 0; i < options->policy_count; i++) {
		struct policy policy = {0};
		TRY(policy_read(options->policies[i], NULL, &checking->rules, &policy));
		merge_policy(&checking->policy, &policy);
	}
	for (unsigned i = 0; i < options->rule_count; i++)
		TRY(rules_add_option(&checking->rules, options->rules[i].option, options->rules[i].text));
	return NULL;
}

static struct error *check_combination(const struct checking *checking)
{
	const struct check_options *options = checking->options;
	unsigned files = checking->call->options->file_count;
	if (options->update_baseline && options->baseline == NULL)
		return error_create(ERROR_USAGE, "--update-baseline writes the file of --baseline FILE");
	if ((options->runs > 0) + (options->baseline != NULL) + options->monotonic > 1)
		return error_create(ERROR_USAGE, "--runs, --baseline and --monotonic: one of them");
	if (options->runs > 0 && files != options->runs + 1)
		return error_create(ERROR_USAGE, "--runs %llu takes that many snapshots and the one to check: %u are given",
				    (unsigned long long)options->runs, files);
	if (options->monotonic && files < 3)
		return error_create(ERROR_USAGE, "--monotonic takes three snapshots or more, as two of them have one step only");
	if (files > 2 && options->runs == 0 && !options->monotonic && !options->update_baseline)
		return error_create(ERROR_USAGE, "which of %u is compared with which? --runs %u: the last one with all before it; "
						 "--monotonic: each with the one before", files, files - 1);
	if (checking->rules.items.count == 0 && options->runs == 0 && options->baseline == NULL && !options->monotonic)
		return error_create(ERROR_USAGE, "what must not be? Give a rule, such as --max-retained 'app\\.Session=50MiB', or --policy "
						 "FILE; 'heapdiff check --init A > FILE' writes one to begin with");
	return NULL;
}

/* The command line's, the policy's, the default. */
static struct error *settle(struct checking *checking)
{
	const struct options *options = checking->call->options;
	const struct policy *policy = &checking->policy;
	struct check_request *request = &checking->request;
	checking->match = options->match != NULL ? options->match : policy->match;
	const char *mask = options->mask != NULL ? options->mask : policy->mask;
	*request = (struct check_request){.rules = &checking->rules, .unit = options->unit};
	request->sigmas = checking->options->sigmas > 0 ? checking->options->sigmas : policy->sigmas;
	request->least = checking->options->has_least ? checking->options->least : policy->least;
	if (!(request->sigmas > 0))
		request->sigmas = SPREAD_SIGMAS;
	if (!checking->options->has_least && policy->least == 0)
		request->least = SPREAD_LEAST;
	/* What is learned of is no coarser than what is judged. */
	if (request->least < BASELINE_LEAST)
		checking->baseline.least = request->least > 0 ? request->least : 1;
	return mask != NULL ? match_create(mask, MATCH_SEARCH, &checking->masked) : NULL;
}

/* --- snapshots -------------------------------------------------------------------------------------------------------------- */

static void note_losses(struct checking *checking, const struct reader *reader)
{
	if (reader_complete(reader))
		return;
	if (checking->partial.length > 0)
		text_add(&checking->partial, "; ");
	text_add_escaped(&checking->partial, reader_path(reader), strlen(reader_path(reader)));
	text_add(&checking->partial, " is partial");
	info_print_losses(reader, &checking->partial);
}

static struct error *open_one(struct checking *checking, const char *path)
{
	AUTO(reader) struct reader *reader = NULL;
	TRY(reader_open(path, &reader));
	note_losses(checking, reader);
	TRY(vector_push(&checking->readers, reader));
	reader = NULL;
	return NULL;
}

static struct error *name_snapshots(struct checking *checking, const char *before, const struct reader *after)
{
	struct outcomes *outcomes = &checking->outcomes;
	uint64_t captured = reader_meta(after)->capture_time_ns;
	if (before != NULL)
		TRY(outcomes_print(outcomes, &outcomes->before, "%s", before));
	TRY(outcomes_print(outcomes, &outcomes->after, "%s", reader_path(after)));
	outcomes->captured_ns = captured == META_ABSENT ? 0 : captured;
	if (checking->partial.length > 0)
		TRY(outcomes_keep(outcomes, &checking->partial, &outcomes->partial));
	outcomes->allow_partial = checking->options->allow_partial || checking->policy.allow_partial;
	outcomes->baselines = checking->request.baseline != NULL ? checking->baseline.runs : 0;
	return NULL;
}

static struct error *check_two(struct checking *checking, const char *before, const char *after)
{
	struct command_call *call = checking->call;
	const char *const files[2] = {before, after};
	AUTO(pair) struct pair pair = {0};
	/* A policy's mask is for whatever is matched by path; on the command line one is asked for. */
	TRY(pair_open_files(call->report, files, checking->match, call->options->mask, &pair));
	if (pair.request.match == DIFF_BY_PATH)
		pair.request.mask = checking->masked;
	if (checking->readers.count == 0) {
		note_losses(checking, pair.before);
		note_losses(checking, pair.after);
	}
	checking->request.match = pair.request;
	TRY(name_snapshots(checking, reader_path(pair.before), pair.after));
	return check_pair(pair.before, pair.after, &checking->request, call->progress, &checking->outcomes);
}

static struct error *judge_spread(struct checking *checking, struct reader *reader)
{
	struct spread_request request = {.sigmas = checking->request.sigmas,
					 .least = checking->request.least,
					 .mask = checking->masked,
					 .findings = FINDINGS_MOST,
					 .unit = checking->request.unit};
	return spread_judge(&checking->baseline, reader, &request, checking->call->progress, &checking->outcomes);
}

/* The first K are learned from; what is new in the last one is told beside the last of these. */
static struct error *check_runs(struct checking *checking)
{
	const struct options *options = checking->call->options;
	unsigned last = options->file_count - 1;
	for (unsigned i = 0; i <= last; i++)
		TRY(open_one(checking, options->files[i]));
	checking->request.match.mask = checking->masked;
	TRY(check_learn(checking->readers.items, last, &checking->request, checking->call->progress, &checking->baseline));
	checking->request.baseline = &checking->baseline;
	if (checking->rules.items.count > 0)
		TRY(check_two(checking, options->files[last - 1], options->files[last]));
	else
		TRY(name_snapshots(checking, NULL, checking->readers.items[last]));
	return judge_spread(checking, checking->readers.items[last]);
}

/* One run alone doesn't tell how much varies; what is in the file, if there is one, still does. */
static struct error *learn_anew(struct checking *checking)
{
	const char *path = checking->options->baseline;
	AUTO(baseline) struct baseline old;
	baseline_init(&old);
	if (access(path, F_OK) == 0)
		TRY(baseline_read(path, &old));
	TRY(check_learn(checking->readers.items, checking->readers.count, &checking->request, checking->call->progress,
			&checking->baseline));
	return baseline_keep_deviations(&checking->baseline, &old);
}

static struct error *check_baseline(struct checking *checking)
{
	const struct options *options = checking->call->options;
	const struct check_options *check = checking->options;
	unsigned last = options->file_count - 1;
	checking->request.match.mask = checking->masked;
	for (unsigned i = check->update_baseline ? 0 : last; i <= last; i++)
		TRY(open_one(checking, options->files[i]));
	struct reader *reader = checking->readers.items[checking->readers.count - 1];
	if (!check->update_baseline)
		checking->baseline.least = 0; /* the file says */
	TRY(check->update_baseline ? learn_anew(checking) : baseline_read(check->baseline, &checking->baseline));
	checking->request.baseline = &checking->baseline;
	TRY(name_snapshots(checking, check->baseline, reader));
	if (checking->rules.items.count > 0)
		TRY(check_single(reader, &checking->request, checking->call->progress, &checking->outcomes));
	TRY(judge_spread(checking, reader));
	return check->update_baseline ? baseline_write(&checking->baseline, check->baseline) : NULL;
}

static struct error *check_steps(struct checking *checking)
{
	struct shots shots;
	struct command_call *call = checking->call;
	TRY(shots_read(call->options, call->report, &shots));
	if (shots.count < 3)
		return error_create(ERROR_USAGE, "--monotonic takes three snapshots or more, and without copies there are %u", shots.count);
	for (unsigned i = 0; i < shots.count; i++)
		TRY(open_one(checking, shots.items[i].path));
	if (checking->rules.items.count > 0)
		TRY(check_two(checking, shots.items[0].path, shots.items[shots.count - 1].path));
	else
		TRY(name_snapshots(checking, shots.items[0].path, checking->readers.items[shots.count - 1]));
	struct monotonic_request request = {.least = checking->request.least,
					    .mask = checking->masked,
					    .findings = FINDINGS_MOST,
					    .unit = checking->request.unit};
	return monotonic_judge(checking->readers.items, checking->readers.count, &request, call->progress, &checking->outcomes);
}

static struct error *check_one(struct checking *checking)
{
	TRY(open_one(checking, checking->call->options->files[0]));
	struct reader *reader = checking->readers.items[0];
	TRY(name_snapshots(checking, NULL, reader));
	return check_single(reader, &checking->request, checking->call->progress, &checking->outcomes);
}

static struct error *check(struct checking *checking)
{
	const struct options *options = checking->call->options;
	if (checking->options->monotonic)
		return check_steps(checking);
	if (checking->options->runs > 0)
		return check_runs(checking);
	if (checking->options->baseline != NULL)
		return check_baseline(checking);
	if (options->file_count == 2)
		return check_two(checking, options->files[0], options->files[1]);
	return check_one(checking);
}

/* --- all ---------------------------------------------------------------------------------------------------------------------- */

static int exit_code_of(const struct checking *checking)
{
	if (checking->outcomes.partial != NULL && !checking->outcomes.allow_partial)
		return EXIT_PARTIAL;
	return outcomes_count(&checking->outcomes).violated > 0 ? EXIT_DIFFERENT : EXIT_DONE;
}

static struct error *print_starter(struct command_call *call)
{
	const struct options *options = call->options;
	AUTO(text) struct text text = {0};
	AUTO(reader) struct reader *reader = NULL;
	text_init(&text);
	if (options->file_count != 1)
		return error_create(ERROR_USAGE, "--init takes one snapshot, as it is when all is well: heapdiff check --init A");
	TRY(reader_open(options->files[0], &reader));
	TRY(check_start(reader, options->unit, call->progress, &text));
	TRY(text_error(&text));
	call->printed = true;
	return check_outputs_write("-", &text);
}

static struct error *run(struct command_call *call)
{
	AUTO(checking) struct checking checking;
	checking_init(&checking, call);
	if (checking.options->init)
		return print_starter(call);
	TRY(read_rules(&checking));
	TRY(check_combination(&checking));
	TRY(settle(&checking));
	TRY(check(&checking));
	call->exit_code = exit_code_of(&checking);
	return check_outputs(call, &checking.outcomes);
}

const struct command command_check = {
	.name = "check",
	.files = "A [B ...]",
	.files_least = 1,
	.files_most = FILES_MAX,
	.summary = "fail where a rule about memory is violated, as in CI",
	.help = "Holds rules against a snapshot, against what changed between two, or against what earlier runs had. Says of each "
		"violation what holds the memory, and exits with 1 if there is one.\v"
		"Examples:\n"
		"  heapdiff check a.snap --max-retained 'app\\.Session=50 MiB'\n"
		"  heapdiff check a.snap --max-count 'app\\.Job=1000' --forbid 'app\\.Debug'\n"
		"  heapdiff check a.snap b.snap --max-growth 'path:app.CACHE=2 MiB'\n"
		"  heapdiff check a.snap b.snap --no-new-cycles --no-external-growth\n"
		"  heapdiff check 1.snap 2.snap 3.snap 4.snap --monotonic\n"
		"  heapdiff check --init a.snap > memory.ini           rules to begin with\n"
		"  heapdiff check a.snap b.snap --policy memory.ini --junit memory.xml\n"
		"  heapdiff check a.snap --baseline base.json --update-baseline\n"
		"  heapdiff check b.snap --baseline base.json\n"
		"\n"
		"SUBJECT is a pattern of types (PCRE2, found anywhere in the name; anchor with ^ and $), or path:app.CACHE, an object as "
		"reports call it, module:^app, a pattern of modules, or query:NAME, the objects that a query finds. LIMIT is a number, "
		"a size (50 MiB), a share (5%), or two of them: '5% and 2 MiB' is exceeded by what is beyond both, '5% or 2 MiB' by what "
		"is beyond either. A share of growth is one of what there was before.\n"
		"\n"
		"Exit codes: 0 no rule is violated; 1 one is; 2 wrong usage, a bad policy, or a rule that matches nothing; 3 an input can't be "
		"read; 4 a snapshot is partial, and --allow-partial was not given.\n",
	.options = OPTIONS_CHECK | OPTIONS_MATCH,
	.run = run,
};
