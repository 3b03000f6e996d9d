/* Modules: what each interpreter has imported: its sys.modules, with versions, files and build-ids.
 *
 * Found while the target stands still, written later: all that is kept are addresses and short texts.
 */
#ifndef DUMPER_MODULES_H
#define DUMPER_MODULES_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/marks.h"
#include "format/writer.h"

struct found_module {
	uint64_t address;     /* of the module, or of what stands in its place */
	const char *name;     /* texts lie in the arena of the facts */
	const char *version;  /* NULL: none */
	const char *file;     /* NULL: none */
	const char *build_id; /* hexadecimal, NULL: none */
	uint64_t interpreter; /* its id */
};

struct modules {
	VECTOR(struct found_module) list;
};

void modules_deinit(struct modules *modules);
/* Adds the entries of the interpreter whose state is at `interpreter`. */
struct error *modules_collect(struct decoder *decoder, uint64_t interpreter, struct arena *arena,
			      struct modules *modules) CHECKED;
struct error *modules_emit(const struct modules *modules, const struct marks *marks, struct writer *writer) CHECKED;

#endif
