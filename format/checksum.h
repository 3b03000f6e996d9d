/* Checksums: XXH3, the only file that knows xxHash, and SipHash where a key must stay secret.
 *
 * XXH3 finds accidents, not forgers: everything read from a file is checked again by its meaning.
 */
#ifndef FORMAT_CHECKSUM_H
#define FORMAT_CHECKSUM_H

#include "base/error.h"

#include <stddef.h>

#define CHECKSUM_KEY 16 /* bytes in a key */

struct checksum {
	uint8_t bytes[16]; /* XXH3-128 in its canonical, big-endian form */
};

struct checksum checksum_of(const void *data, size_t size);
bool checksum_equal(const struct checksum *a, const struct checksum *b);
/* 32 hexadecimal digits and NUL. */
void checksum_hex(const struct checksum *checksum, char text[33]);

/* A checksum over data that comes in pieces. */
struct checksum_stream;
struct error *checksum_stream_create(struct checksum_stream **result) CHECKED;
void checksum_stream_destroy(struct checksum_stream *stream);
DEFINE_AUTO(checksum_stream, struct checksum_stream *, checksum_stream_destroy);
void checksum_stream_add(struct checksum_stream *stream, const void *data, size_t size);
struct checksum checksum_stream_end(const struct checksum_stream *stream);

/* XXH3-64 without a key, for hash tables. */
uint64_t checksum_hash(const void *data, size_t size);

/* SipHash-1-3 with a key: who does not hold the key can't tell which content a value stands for by trying candidates, nor
 * the key by knowing contents. Never 0, which means "no hash" in a snapshot. */
struct checksum_secret {
	uint64_t words[2];
};
void checksum_secret_init(struct checksum_secret *secret, const uint8_t key[CHECKSUM_KEY]);
uint64_t checksum_keyed_by(const void *data, size_t size, const struct checksum_secret *secret);
uint64_t checksum_keyed(const void *data, size_t size, const uint8_t key[CHECKSUM_KEY]);
/* 16 bytes that follow from a key and a purpose; the key does not follow from them. */
struct checksum checksum_derive(const uint8_t key[CHECKSUM_KEY], const char *purpose);

#endif
