/* Interpreters: the list of them in one runtime. */
#ifndef DUMPER_INTERPRETERS_H
#define DUMPER_INTERPRETERS_H

#include "dumper/chain.h"
#include "dumper/decode.h"

/* The first one, and the one after; at == 0 at the end. A list that leads nowhere or loops ends there and is counted
 * (LOSS_thread_broken). */
struct chain interpreters_first(struct decoder *decoder, uint64_t runtime);
void interpreters_next(struct decoder *decoder, struct chain *chain);

/* The one with id 0, else the last; 0: there is none. */
uint64_t interpreters_main(struct decoder *decoder, uint64_t runtime);
uint64_t interpreter_number(struct decoder *decoder, uint64_t interpreter); /* its id */

#endif
