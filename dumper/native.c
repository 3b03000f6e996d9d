/* Which memory belongs to which object? What decoders report goes to the footprint at once, page by page; of native memory, of
 * which few objects have any, a record of 48 bytes is kept until the ids of all objects are known to have been written. */
#include "dumper/native.h"

struct error *native_add(struct native *native, const struct found_buffer *buffer)
{
	native->owned = native->owned < UINT64_MAX - buffer->size ? native->owned + buffer->size : UINT64_MAX;
	return native->footprint != NULL
		       ? footprint_add(native->footprint, PART_OBJECT, buffer->address, buffer->size)
		       : NULL;
}

struct error *native_found(struct native *native, const struct found_native *found)
{
	TRY(vector_push(&native->owners, native->owner));
	return vector_push(&native->found, *found);
}

void native_init(struct native *native, struct footprint *footprint)
{
	*native = (struct native){.footprint = footprint};
}

void native_deinit(struct native *native)
{
	vector_deinit(&native->found);
	vector_deinit(&native->owners);
}

void native_begin(struct native *native, node_id owner)
{
	native->owned = 0;
	native->owner = owner;
}

struct error *native_end(struct native *native, uint64_t address, uint64_t before, uint64_t size)
{
	if (native->footprint == NULL || size <= native->owned || before > address)
		return NULL;
	return footprint_add(native->footprint, PART_OBJECT, address - before, size - native->owned);
}

struct error *native_write(const struct native *native, const struct marks *marks, struct writer *writer)
{
	for (size_t i = 0; i < native->found.count; i++) {
		const struct found_native *found = &native->found.items[i];
		struct buffer_row row = {.owner = native->owners.items[i],
					 .address = found->address,
					 .size = found->size,
					 .owned = found->owned,
					 .base = NO_ID};

		if (found->base != 0 && (found->base & 7) == 0 && found->base >> ADDRESS_BITS == 0)
			row.base = marks_rank(marks, found->base);
		TRY(writer_string(writer, found->kind, strlen(found->kind), &row.kind));
		TRY(writer_buffers(writer, &row));
	}
	return NULL;
}
