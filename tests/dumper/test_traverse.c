/* Questions to foreign code, which may answer, die, or never answer. */
#include "tests/test.h"

#include "dumper/self.h"
#include "dumper/traverse.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that answers as its `answer` says; 0 ends it. */
struct server {
	pid_t pid;
	int questions, answers; /* our ends */
};

static struct server server_create(size_t (*answer)(const struct self_question *question, unsigned long *words))
{
	int questions[2], answers[2];
	unsigned long words[16];
	struct self_question question;
	size_t size;

	cr_assert_eq(pipe(questions), 0);
	cr_assert_eq(pipe(answers), 0);
	signal(SIGPIPE, SIG_IGN); /* as main() does */
	struct server server = {.pid = fork(), .questions = questions[1], .answers = answers[0]};
	if (server.pid == 0) {
		close(questions[1]);
		while (read(questions[0], &question, sizeof question) == (ssize_t)sizeof question &&
		       (size = answer(&question, words)) > 0 && write(answers[1], words, size) == (ssize_t)size)
			;
		_exit(0);
	}
	close(questions[0]);
	close(answers[1]);
	return server;
}

static void server_destroy(struct server *server)
{
	close(server->questions);
	close(server->answers);
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}
DEFINE_AUTO_VALUE(server, struct server, server_destroy);

/* Different each time it is asked. */
static size_t three(const struct self_question *question, unsigned long *words)
{
	static unsigned long asked;

	words[0] = 3;
	words[1] = question->object + 16 + asked;
	words[2] = question->traverse;
	words[3] = question->object + 16 + asked;
	asked += 8;
	return 4 * sizeof *words;
}

HEAP_TEST(traverse, answers_are_sorted_and_stay)
{
	AUTO(server) struct server server = server_create(three);
	AUTO(traverse) struct traverse *traverse = NULL;
	const uint64_t *referents;
	size_t count;
	bool known;

	assert_ok(traverse_create(server.questions, server.answers, &traverse));
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 1000; i++) {
			uint64_t object = 0x1000 + i * 64;
			assert_ok(traverse_referents(traverse, object, 0x20, &referents, &count, &known));
			cr_assert(known);
			cr_assert_eq(count, 3);
			cr_assert_eq(referents[0], 0x20);
			cr_assert_eq(referents[1], object + 16 + 8 * i);
			cr_assert_eq(referents[2], referents[1]);
		}
	}
}

static size_t one_then_nothing(const struct self_question *question, unsigned long *words)
{
	words[0] = 0;
	return question->object == 8 ? sizeof *words : 0;
}

HEAP_TEST(traverse, what_was_known_stays_known_when_the_other_side_dies)
{
	AUTO(server) struct server server = server_create(one_then_nothing);
	AUTO(traverse) struct traverse *traverse = NULL;
	const uint64_t *referents;
	size_t count;
	bool known;

	assert_ok(traverse_create(server.questions, server.answers, &traverse));
	for (int round = 0; round < 2; round++) {
		assert_ok(traverse_referents(traverse, 8, 1, &referents, &count, &known));
		cr_assert(known);
		cr_assert_eq(count, 0);
		for (uint64_t object = 16; object < 64; object += 8) {
			assert_ok(traverse_referents(traverse, object, 1, &referents, &count, &known));
			cr_assert_not(known);
		}
	}
}

/* A count without referents, whose number is above what is told: the next question is answered as usual. */
static size_t too_many(const struct self_question *question, unsigned long *words)
{
	words[0] = question->object == 8 ? SELF_REFERENTS_MAX + 1 : 1;
	words[1] = 24;
	return question->object == 8 ? sizeof *words : 2 * sizeof *words;
}

HEAP_TEST(traverse, too_many_are_not_known)
{
	AUTO(server) struct server server = server_create(too_many);
	AUTO(traverse) struct traverse *traverse = NULL;
	const uint64_t *referents;
	size_t count;
	bool known;

	assert_ok(traverse_create(server.questions, server.answers, &traverse));
	assert_ok(traverse_referents(traverse, 8, 1, &referents, &count, &known));
	cr_assert_not(known);
	assert_ok(traverse_referents(traverse, 16, 1, &referents, &count, &known));
	cr_assert(known);
	cr_assert_eq(count, 1);
	cr_assert_eq(referents[0], 24);
}

static size_t part_of_an_answer(const struct self_question *question, unsigned long *words)
{
	words[0] = 5;
	words[1] = question->object;
	return 2 * sizeof *words;
}

/* Waits no longer than a second, and asks nothing more. */
HEAP_TEST(traverse, who_does_not_answer_is_given_up)
{
	AUTO(server) struct server server = server_create(part_of_an_answer);
	AUTO(traverse) struct traverse *traverse = NULL;
	const uint64_t *referents;
	size_t count;
	bool known;

	assert_ok(traverse_create(server.questions, server.answers, &traverse));
	for (uint64_t object = 8; object < 1000; object += 8) {
		assert_ok(traverse_referents(traverse, object, 1, &referents, &count, &known));
		cr_assert_not(known);
	}
}
