/* A fake runtime with one interpreter, whose roots are collected. */
#ifndef TESTS_DUMPER_HELP_ROOTS_H
#define TESTS_DUMPER_HELP_ROOTS_H

#include "dumper/roots.h"
#include "tests/dumper/help_frame.h"

struct setting {
	struct world *world;
	struct frame_kit kit;
	uint64_t runtime, interpreter, collector;
	struct roots roots;
};

void setting_init(struct setting *setting, const struct layout *layout);
void setting_deinit(struct setting *setting);
DEFINE_AUTO_VALUE(setting, struct setting, setting_deinit);

/* A further interpreter, `next` being the address of the one behind it. */
uint64_t setting_interpreter(struct setting *setting, uint64_t number, uint64_t next);
void setting_collect(struct setting *setting);
void setting_collect_globals(struct setting *setting, bool (*inside)(void *context, uint64_t address), void *context);

uint64_t setting_losses(const struct setting *setting, enum loss loss);
bool setting_interned(const struct setting *setting, uint64_t dict);
/* The root of that kind and name; NULL where there is none. */
const struct found_root *setting_root(const struct setting *setting, enum root_kind kind, const char *name);
/* The root's edge to `target`; NULL where there is none. */
const struct found_edge *setting_edge(const struct setting *setting, const struct found_root *root, uint64_t target);
/* Fails the test unless that root has just this edge. */
void setting_expect(const struct setting *setting, enum root_kind kind, const char *name, uint64_t target,
		    enum edge_class class, bool namespace);
/* The text of an edge that has one. */
const char *setting_literal(const struct found_edge *edge);

#endif
