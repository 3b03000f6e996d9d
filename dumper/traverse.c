/* What does tp_traverse visit? One question and one answer at a time, by two pipes.
 *
 * The answers are kept, as each object is decoded twice and both must see the same, also where the other side dies in
 * between. It is foreign code that answers: it may crash or never end, so each answer is waited for at most a second, and
 * all together half a minute; then nothing is asked any more, and guesses stay guesses. Cost: two system calls a question on
 * each side, and 8 bytes for each reference.
 */
#include "dumper/traverse.h"

#include "base/map.h"
#include "base/vector.h"
#include "dumper/self.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 1000
#define BUDGET_NS UINT64_C(30000000000)
#define KEPT_MAX (UINT32_MAX >> 4) /* references of all objects together */

struct traverse {
	int questions, answers; /* -1 once the other side is given up */
	uint64_t spent_ns;
	struct map asked;      /* object: where its answer begins in `kept` */
	VECTOR(uint64_t) kept; /* for each object the number of referents, UINT64_MAX unknown; then these */
};

struct error *traverse_create(int questions, int answers, struct traverse **result)
{
	struct traverse *traverse = calloc(1, sizeof *traverse);

	if (traverse == NULL)
		return error_memory();
	traverse->questions = questions;
	traverse->answers = answers;
	map_init(&traverse->asked);
	*result = traverse;
	return NULL;
}

void traverse_destroy(struct traverse *traverse)
{
	if (traverse == NULL)
		return;
	map_deinit(&traverse->asked);
	vector_deinit(&traverse->kept);
	free(traverse);
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool read_all(const struct traverse *traverse, void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		struct pollfd ready = {.fd = traverse->answers, .events = POLLIN};
		int polled = poll(&ready, 1, ANSWER_MS);
		if (polled < 0 && errno == EINTR)
			continue;
		ssize_t got = polled > 0 ? read(traverse->answers, (uint8_t *)bytes + done, size - done) : 0;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* False where there is nobody to ask any more. */
static bool ask(struct traverse *traverse, uint64_t object, uint64_t function, struct self_answer *answer)
{
	const struct self_question question = {.object = object, .traverse = function};

	if (write(traverse->questions, &question, sizeof question) != (ssize_t)sizeof question ||
	    !read_all(traverse, &answer->count, sizeof answer->count))
		return false;
	return answer->count > SELF_REFERENTS_MAX ||
	       read_all(traverse, answer->referents, answer->count * sizeof *answer->referents);
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static struct error *keep(struct traverse *traverse, const struct self_answer *answer)
{
	bool known = traverse->questions >= 0 && answer->count <= SELF_REFERENTS_MAX;

	TRY(vector_push(&traverse->kept, known ? (uint64_t)answer->count : UINT64_MAX));
	for (uint64_t i = 0; known && i < answer->count; i++)
		TRY(vector_push(&traverse->kept, (uint64_t)answer->referents[i]));
	if (known && answer->count > 0)
		qsort(traverse->kept.items + traverse->kept.count - answer->count, answer->count, sizeof(uint64_t),
		      compare);
	return NULL;
}

static struct error *learn(struct traverse *traverse, uint64_t object, uint64_t function, uint32_t *at)
{
	AUTO(free) void *memory = malloc(sizeof(struct self_answer));
	struct self_answer *answer = memory;
	uint64_t begun = monotonic_ns();

	if (answer == NULL)
		return error_memory();
	*at = (uint32_t)traverse->kept.count;
	if (traverse->questions >= 0 && !ask(traverse, object, function, answer))
		traverse->questions = -1;
	traverse->spent_ns += monotonic_ns() - begun;
	TRY(map_put(&traverse->asked, object, *at));
	TRY(keep(traverse, answer));
	if (traverse->spent_ns > BUDGET_NS || traverse->kept.count > KEPT_MAX)
		traverse->questions = -1;
	return NULL;
}

struct error *traverse_referents(struct traverse *traverse, uint64_t object, uint64_t function,
				 const uint64_t **referents, size_t *count, bool *known)
{
	uint32_t at;

	if (!map_find(&traverse->asked, object, &at)) {
		*known = false;
		if (traverse->questions < 0)
			return NULL; /* nor will it ever be known */
		TRY(learn(traverse, object, function, &at));
	}
	*known = traverse->kept.items[at] != UINT64_MAX;
	*referents = traverse->kept.items + at + 1;
	*count = *known ? (size_t)traverse->kept.items[at] : 0;
	return NULL;
}
