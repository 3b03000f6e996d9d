/* Checksum: are these bytes the ones that were written, and which content is this, without telling the content?
 *
 * Method: XXH3 of the xxHash library, 128 bits for members, 64 keyed bits for contents. The secret of the keyed hash is
 * derived by the library from the key, 192 bytes. Cost: about 0.1 ns a byte; no memory but a stream's state (576 bytes).
 */
#include "format/checksum.h"

#include <string.h>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

_Static_assert(sizeof(struct checksum_secret) == XXH3_SECRET_DEFAULT_SIZE, "a secret of the library's default size");

static struct checksum checksum_from(XXH128_hash_t hash)
{
	struct checksum checksum;
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(checksum.bytes, canonical.digest, sizeof checksum.bytes);
	return checksum;
}

struct checksum checksum_of(const void *data, size_t size)
{
	return checksum_from(XXH3_128bits(data, size));
}

bool checksum_equal(const struct checksum *a, const struct checksum *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void checksum_hex(const struct checksum *checksum, char text[33])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < sizeof checksum->bytes; i++) {
		text[2 * i] = digits[checksum->bytes[i] >> 4];
		text[2 * i + 1] = digits[checksum->bytes[i] & 15];
	}
	text[32] = '\0';
}

struct error *checksum_stream_create(struct checksum_stream **result)
{
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL)
		return error_memory();
	XXH3_128bits_reset(state);
	*result = (struct checksum_stream *)state;
	return NULL;
}

void checksum_stream_destroy(struct checksum_stream *stream)
{
	XXH3_freeState((XXH3_state_t *)stream);
}

void checksum_stream_add(struct checksum_stream *stream, const void *data, size_t size)
{
	XXH3_128bits_update((XXH3_state_t *)stream, data, size);
}

struct checksum checksum_stream_end(const struct checksum_stream *stream)
{
	return checksum_from(XXH3_128bits_digest((const XXH3_state_t *)stream));
}

uint64_t checksum_hash(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

void checksum_secret_init(struct checksum_secret *secret, const uint8_t key[CHECKSUM_KEY])
{
	XXH3_generateSecret(secret->bytes, sizeof secret->bytes, key, CHECKSUM_KEY);
}

uint64_t checksum_keyed_by(const void *data, size_t size, const struct checksum_secret *secret)
{
	uint64_t hash = XXH3_64bits_withSecret(data, size, secret->bytes, sizeof secret->bytes);
	return hash != 0 ? hash : 1;
}

uint64_t checksum_keyed(const void *data, size_t size, const uint8_t key[CHECKSUM_KEY])
{
	struct checksum_secret secret;
	checksum_secret_init(&secret, key);
	return checksum_keyed_by(data, size, &secret);
}
