/* Interpreters: where is the state of each interpreter of a runtime?
 *
 * A singly linked list, newest first; nearly always of one. Each state must be readable as far as the fields that lead
 * to objects.
 */
#include "dumper/interpreters.h"

/* Ends the walk where the state at hand can't be one. */
static void check_state(struct decoder *decoder, struct chain *chain)
{
	bool readable = chain->at == 0 ||
			((chain->at & 7) == 0 &&
			 mirror_at(decoder->mirror, chain->at, (uint64_t)decoder->layout->interpreter_size) != NULL);

	if (chain->looped || !readable)
		decoder->losses[LOSS_thread_broken]++;
	if (!readable)
		chain->at = 0;
}

struct chain interpreters_first(struct decoder *decoder, uint64_t runtime)
{
	struct chain chain =
		chain_from(mirror_u64(decoder->mirror, runtime + (uint64_t)decoder->layout->runtime_interpreters));

	check_state(decoder, &chain);
	return chain;
}

void interpreters_next(struct decoder *decoder, struct chain *chain)
{
	chain_step(chain, mirror_u64(decoder->mirror, chain->at + (uint64_t)decoder->layout->interpreter_next));
	check_state(decoder, chain);
}

uint64_t interpreter_number(struct decoder *decoder, uint64_t interpreter)
{
	return mirror_u64(decoder->mirror, interpreter + (uint64_t)decoder->layout->interpreter_id);
}

uint64_t interpreters_main(struct decoder *decoder, uint64_t runtime)
{
	struct chain chain = interpreters_first(decoder, runtime);
	uint64_t last = 0;

	while (chain.at != 0) {
		last = chain.at;
		if (interpreter_number(decoder, last) == 0)
			return last;
		interpreters_next(decoder, &chain);
	}
	return last;
}
