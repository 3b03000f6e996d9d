/* Key: the bytes from which hashes of contents are made, from a file of the user's. */
#ifndef DUMPER_KEY_H
#define DUMPER_KEY_H

#include "format/checksum.h"

#define KEY_FILE_LEAST 16u          /* bytes */
#define KEY_FILE_MOST (1024u * 1024u)

/* All bytes of the file count. ERROR_REFUSED: can't be opened, is no regular file, is too short or too long. */
struct error *key_read(const char *path, uint8_t key[CHECKSUM_KEY]) CHECKED;

#endif
