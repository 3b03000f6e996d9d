/* A snapshot from a few lines of text, for tests of whatever reads one. Independent of Criterion.
 *
 * A line is a word and its values, fields apart by spaces; text with spaces in "double quotes" (no escapes); `#` begins a
 * comment. Numbers are decimal or 0x hexadecimal.
 *
 *     object ADDRESS TYPE [size=48] [getsizeof=SIZE] [ref=1] [gen=untracked] [flags=immortal,static,namespace,gc]
 *                         [hash=0] [length=0] [value=TEXT]
 *         TYPE is module.Name; up to the first dot, or to a colon, is the module, `builtins` where there is no dot. A type is made at its
 *         first use, in order. gen: 0, 1, 2, permanent, untracked. value is a preview; no
 *         snapshot without one keeps any. Objects may come in any order.
 *     edge ADDRESS ADDRESS NAME [CLASS]
 *         From an object to an object, in the order of the lines. CLASS: owned (default), unvisited, weak, guess.
 *         NAME: .x  [i] (next index)  [7]  ['x']  <key>  [k] (value of the key before)  local:x  closure:x  field:x
 *         <member>  <type>  +48 (offset)  stack:3  - (none)
 *     root KIND NAME [ADDRESS ...] [thread=0] [depth=0] [function=F] [file=F] [line=0] [interpreter=0]
 *         With an edge without a name to each address. KIND: modules, builtins, interpreter, thread, frame, static_types,
 *         c_globals.
 *     rootedge ADDRESS NAME [CLASS]      one more edge of the root before, NAME and CLASS as above
 *     type TYPE [address=0] [base=TYPE] [node=ADDRESS] [flags=0] [basicsize=16] [itemsize=0]
 *         Describes a type that objects use, or another one; before the first object of that type.
 *     string TEXT                        interns a text that nothing names
 *     row RELATION [COLUMN=VALUE ...]
 *         A row of format/relation.def. VALUE: of an object its ADDRESS, of a type its TYPE, of a row its number, a text, a number;
 *         a column that is left out is 0, or names nothing.
 *     meta NAME VALUE                    a field of format/meta.def
 *     loss NAME COUNT                    a reason of format/loss.def
 */
#ifndef TESTS_FORMAT_HELP_GRAPH_H
#define TESTS_FORMAT_HELP_GRAPH_H

#include "base/error.h"

/* Writes the snapshot that `text` describes to `path`, over a file of that name. ERROR_USAGE names the line that is
 * wrong; other errors are the writer's. */
struct error *help_snapshot_write(const char *path, const char *text) CHECKED;

#endif
