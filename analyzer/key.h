/* Key: how a key of an ordinary dict prints: its value where the snapshot holds it, else its hash and its length. */
#ifndef ANALYZER_KEY_H
#define ANALYZER_KEY_H

#include "base/text.h"
#include "format/reader.h"

/* What is known of the keys in one chunk of objects; kept from one key to the next. */
struct key_names {
	struct reader *reader; /* borrowed */
	uint32_t chunk;        /* NO_ID: none yet */
	struct object_columns columns;
	struct value_rows values;
};
void key_names_init(struct key_names *names, struct reader *reader);
void key_names_deinit(struct key_names *names);
DEFINE_AUTO_VALUE(key_names, struct key_names, key_names_deinit);

/* Adds `['text']`, `[b'bytes']`, `[5]`, foreign characters escaped and cut after 60 bytes with an ellipsis; of a str or bytes
 * whose value the snapshot doesn't hold `[#1a2b3c4d len=12]`, the first 8 digits of its hash and its characters or bytes; of
 * an int `[#1a2b3c4d]`; of anything else, and NO_ID, `[...]`. */
struct error *key_print(struct key_names *names, node_id key, struct text *text) CHECKED;

#endif
