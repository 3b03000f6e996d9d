/* Which objects of a snapshot does the diff take for others than those of their type at their address before?
 *
 *     reused A.snap B.snap        one line of JSON: how many pairs of equal address and type, and the addresses of the reused
 *
 * Both snapshots must be of one process. The sample samples/reuse.py knows better; tests/live/test_reuse.py compares.
 */
#include "analyzer/diff.h"
#include "analyzer/load.h"

#include <inttypes.h>
#include <stdio.h>

/* The node before at the same address, of the same type; *at goes up through those before. */
static bool is_pair(const struct diff *diff, node_id node, node_id *at)
{
	const struct graph *before = diff->before, *after = diff->after;
	while (*at < before->nodes && before->address[*at] < after->address[node])
		++*at;
	return *at < before->nodes && before->address[*at] == after->address[node] &&
	       diff->names.facts[0].label[before->type[*at]] == diff->names.facts[1].label[after->type[node]];
}

static struct error *run(const char *before, const char *after)
{
	AUTO(reader) struct reader *a = NULL;
	AUTO(reader) struct reader *b = NULL;
	AUTO(diff) struct diff diff = {0};
	TRY(reader_open(before, &a));
	TRY(reader_open(after, &b));
	struct diff_request request = {.match = DIFF_BY_ADDRESS, .same_process = true, .least = 1, .places = 1};
	TRY(diff_create(a, b, &request, NULL, &diff));
	TRY(load_addresses(diff.before));
	TRY(load_addresses(diff.after));
	const char *comma = "";
	uint64_t pairs = 0;
	node_id at = 0;
	printf("{\"reused\": [");
	for (node_id i = 0; i < diff.after->nodes; i++) {
		if (!is_pair(&diff, i, &at))
			continue;
		pairs++;
		if (!diff.join.new[i])
			continue;
		printf("%s%" PRIu64, comma, diff.after->address[i]);
		comma = ", ";
	}
	printf("], \"pairs\": %" PRIu64 "}\n", pairs);
	return NULL;
}

int main(int count, char **arguments)
{
	if (count != 3) {
		fprintf(stderr, "usage: reused A.snap B.snap\n");
		return 2;
	}
	struct error *error = run(arguments[1], arguments[2]);
	if (error != NULL)
		fprintf(stderr, "reused: %s\n", error->message);
	int exit_code = error != NULL;
	error_destroy(error);
	return exit_code;
}
