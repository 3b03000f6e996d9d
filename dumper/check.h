/* Check: what a capture would find, told without stopping the process. */
#ifndef DUMPER_CHECK_H
#define DUMPER_CHECK_H

#include "dumper/capture.h"
#include "dumper/interrupt.h"
#include "dumper/process.h"
#include "dumper/runtime.h"

struct check {
	struct runtime *runtime;
	const char *layout; /* name of the table that would be used */
	/* Estimates from the process's anonymous memory, all of which is taken for objects, to two digits. UINT64_MAX: the kernel doesn't tell that memory. */
	uint64_t objects;
	uint64_t pause_ns;
	uint64_t file_bytes;
};

/* Errors as access_check, runtime_find and a capture would give. */
struct error *check_run(const struct process *process, const char *runtime, enum pause_mode pause,
			struct interrupt *interrupt, struct check *check) CHECKED;
void check_deinit(struct check *check);
DEFINE_AUTO_VALUE(check, struct check, check_deinit);

/* From the bytes of anonymous memory: used before a capture too, to say how long it will pause. */
uint64_t check_objects(uint64_t anonymous);
uint64_t check_pause_ns(uint64_t anonymous, enum pause_mode pause); /* auto: as a capture would choose */
uint64_t check_file_bytes(uint64_t anonymous);

#endif
