/* Document: what does this member say? Its bytes in one piece of memory, and the values parsed from them. */
#include "format/document.h"

#include <inttypes.h>
#include <stdlib.h>

/* Values in a document: the columns that we know, and thousands that we don't. */
#define VALUES_MAX 65536

struct error *document_read(struct document *document, const struct member *member, const struct input *input,
			    uint64_t most, const struct pack_value **root)
{
	TRY(member_read(member, input, most, &document->bytes));
	TRY(pack_document_create(document->bytes, member->size, VALUES_MAX, &document->parsed));
	*root = pack_document_root(document->parsed);
	return NULL;
}

void document_deinit(struct document *document)
{
	pack_document_destroy(document->parsed);
	free(document->bytes);
}

struct error *document_error(const struct member *member, struct error *error)
{
	if (error == NULL)
		return NULL;
	char name[MEMBER_NAME_MAX + 1];
	member_name(member->kind, member->number, name);
	AUTO(error) struct error *cause = error;
	return error_create_at(cause->code, member->header, "member '%s' at offset %" PRIu64 ": %s", name,
			       member->header, cause->message);
}
