/* Secrets: the contents of which no preview is kept, whatever was asked for: arguments and environment values.
 *
 * By content, not by object, so that copies of a value are no preview either.
 */
#ifndef DUMPER_SECRETS_H
#define DUMPER_SECRETS_H

#include "base/map.h"
#include "dumper/roots.h"
#include "dumper/source.h"

#define SECRET_BYTES 1000u /* of a content that is longer, this much decides */

struct secrets {
	struct map hashes; /* of contents; the value means nothing */
};
void secrets_init(struct secrets *secrets);
void secrets_deinit(struct secrets *secrets);
DEFINE_AUTO_VALUE(secrets, struct secrets, secrets_deinit);

/* An argument, an environment value or NAME=VALUE: itself and what follows its first `=`, each also as Python decodes bytes
 * that are no UTF-8. */
struct error *secrets_add(struct secrets *secrets, const void *bytes, size_t length) CHECKED;
/* Whether a content, or what follows its first `=`, is one of them; `bytes` are all of it, or its first SECRET_BYTES and
 * maybe more. */
bool secrets_has(const struct secrets *secrets, const void *bytes, size_t length);
/* The texts that the kernel gave the process when it started lie behind the 16 bytes at AT_RANDOM, at the end of its
 * stack. *count of them were found. */
struct error *secrets_read_start(struct secrets *secrets, struct source *source, uint64_t random, uint64_t *count) CHECKED;
/* What os.environ, posix.environ, sys.argv and sys.orig_argv hold by now, in every interpreter. To be called after
 * discovery, with decoder->contents set. */
struct error *secrets_find(struct secrets *secrets, struct decoder *decoder, const struct roots *roots) CHECKED;

#endif
