/* Tables: the layouts that dumper/layouts/probe.c printed, one for each range of micro versions. */
#ifndef DUMPER_LAYOUTS_TABLES_H
#define DUMPER_LAYOUTS_TABLES_H

#include "dumper/layout.h"

/* Every table once, oldest version first: TABLE(minor, first micro version) */
#define LAYOUT_TABLES                                                                                                  \
	TABLE(8, 0)                                                                                                    \
	TABLE(9, 0)                                                                                                    \
	TABLE(10, 0)                                                                                                   \
	TABLE(11, 0)                                                                                                   \
	TABLE(12, 0)                                                                                                   \
	TABLE(13, 0)                                                                                                   \
	TABLE(13, 5)                                                                                                   \
	TABLE(13, 18)                                                                                                  \
	TABLE(14, 0)                                                                                                   \
	TABLE(14, 5)                                                                                                   \
	TABLE(15, 0)

#define TABLE(minor, micro) extern const struct layout layout_3_##minor##_##micro;
LAYOUT_TABLES
#undef TABLE

#endif
