/* Unicode: the characters of a str of the target, and their UTF-8. */
#ifndef DUMPER_UNICODE_H
#define DUMPER_UNICODE_H

#include "dumper/layout.h"

struct unicode {
	uint64_t length;    /* characters */
	uint64_t data;      /* address of the characters; 0: none */
	uint64_t utf8;      /* address of a UTF-8 copy kept apart from the characters */
	uint64_t utf8_size; /* bytes of it, with its NUL; 0: none */
	uint32_t kind;      /* bytes a character: 1, 2 or 4; 0: none (a legacy str before 3.12 that was never read) */
	bool compact, ascii;
};

/* `address` must be a str's: the type is not looked at. False where the head is unreadable or contradicts itself. */
bool unicode_load(struct mirror *mirror, const struct layout *layout, uint64_t address, struct unicode *unicode);
/* Bytes that the characters and their NUL take. */
static inline uint64_t unicode_data_size(const struct unicode *unicode)
{
	return (unicode->length + 1) * unicode->kind;
}
/* UTF-8 of as many whole characters as fit into `size` bytes, without a NUL; lone surrogates take their 3 bytes. *whole
 * says that all did. False where the characters can't be read. *length in bytes. */
bool unicode_utf8(struct mirror *mirror, const struct unicode *unicode, char *buffer, size_t size, size_t *length,
		  bool *whole);

#endif
