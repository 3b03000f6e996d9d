/* Checksum: are these bytes the ones that were written, and which content is this, without telling the content?
 *
 * Method: XXH3-128 of the xxHash library for members, which finds accidents. Contents are hashed by SipHash-1-3 (Aumasson
 * and Bernstein, 2012): XXH3 with a secret is no keyed hash in that sense, as for short inputs it can be run backwards once one
 * content and its hash are known, and every heap has known strings. Cost: 0.1 ns a byte, and 1 ns a byte keyed; no memory but a
 * stream's state (576 bytes).
 */
#include "format/checksum.h"

#include <string.h>

#include "base/bytes.h"

#include <xxhash.h>

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

/* --- keyed ---------------------------------------------------------------------------------------------------------- */

struct sip {
	uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void sip_round(struct sip *sip)
{
	sip->a += sip->b;
	sip->c += sip->d;
	sip->b = rotate(sip->b, 13) ^ sip->a;
	sip->d = rotate(sip->d, 16) ^ sip->c;
	sip->a = rotate(sip->a, 32) + sip->d;
	sip->c += sip->b;
	sip->d = rotate(sip->d, 21) ^ sip->a;
	sip->b = rotate(sip->b, 17) ^ sip->c;
	sip->c = rotate(sip->c, 32);
}

static inline void sip_word(struct sip *sip, uint64_t word)
{
	sip->d ^= word;
	sip_round(sip);
	sip->a ^= word;
}

void checksum_secret_init(struct checksum_secret *secret, const uint8_t key[CHECKSUM_KEY])
{
	secret->words[0] = load_u64(key);
	secret->words[1] = load_u64(key + 8);
}

static uint64_t siphash(const uint8_t *data, size_t size, const struct checksum_secret *secret)
{
	struct sip sip = {secret->words[0] ^ 0x736f6d6570736575, secret->words[1] ^ 0x646f72616e646f6d,
			  secret->words[0] ^ 0x6c7967656e657261, secret->words[1] ^ 0x7465646279746573};
	uint64_t last = (uint64_t)size << 56;
	size_t whole = size & ~(size_t)7;
	for (size_t i = 0; i < whole; i += 8)
		sip_word(&sip, load_u64(data + i));
	for (size_t i = whole; i < size; i++)
		last |= (uint64_t)data[i] << 8 * (i - whole);
	sip_word(&sip, last);
	sip.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&sip);
	return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

uint64_t checksum_keyed_by(const void *data, size_t size, const struct checksum_secret *secret)
{
	uint64_t hash = siphash(data, size, secret);
	return hash != 0 ? hash : 1;
}

uint64_t checksum_keyed(const void *data, size_t size, const uint8_t key[CHECKSUM_KEY])
{
	struct checksum_secret secret;
	checksum_secret_init(&secret, key);
	return checksum_keyed_by(data, size, &secret);
}

struct checksum checksum_derive(const uint8_t key[CHECKSUM_KEY], const char *purpose)
{
	struct checksum result;
	struct checksum_secret secret;
	checksum_secret_init(&secret, key);
	for (uint8_t half = 0; half < 2; half++) {
		uint8_t text[64] = {half};
		size_t length = strnlen(purpose, sizeof text - 1);
		memcpy(text + 1, purpose, length);
		uint64_t word = siphash(text, length + 1, &secret);
		for (unsigned i = 0; i < 8; i++)
			result.bytes[8 * half + i] = (uint8_t)(word >> 8 * i);
	}
	return result;
}
