/* Mapping: which kind of memory one is by what it maps, and how it and the kinds become rows of a snapshot.
 */
#ifndef DUMPER_MAPPING_H
#define DUMPER_MAPPING_H

#include "dumper/footprint.h"

/* Of mapping `index`, by itself and those before it. *divisible: it is private memory of no file, parts of which may be of other
 * kinds. */
enum memory_kind mapping_kind(const struct memory_mapping *mappings, size_t index, bool *divisible);
/* A row of `mappings`; its kind is the one that most of its bytes (`own`) are of. */
struct error *mapping_write(struct writer *writer, const struct memory_mapping *mapping,
			    const struct footprint_sum own[MEMORY_KINDS]) CHECKED;
/* The rows of `memory_kinds`. */
struct error *mapping_write_kinds(struct writer *writer, const struct footprint_sum kinds[MEMORY_KINDS]) CHECKED;

#endif
