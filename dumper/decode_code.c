/* Code objects: what do they refer to, how large are they, and which source line does an instruction come from?
 *
 * The references at fixed places are layout fields; here are the attributes that the interpreter computed and keeps,
 * and the pointers that debuggers and profilers attach. Line tables come in three forms: pairs of an advance in the
 * code and a signed advance in lines (co_lnotab); the same with the meaning of the pairs shifted and a mark for "no
 * line" (3.10); and since 3.11 the location table, whose entries begin with a byte above 127 that says their form and
 * how many code units they cover. A look-up walks the table from its start: O(its bytes).
 */
#include "dumper/decode_parts.h"

#include "base/bytes.h"

#define CODE_UNIT 2u /* bytes of an instruction or of a cache entry after it */
#define CODE_UNITS_MAX (1u << 30)
#define LINE_TABLE_MAX (1u << 26) /* bytes */
#define OPCACHE_MAP 8u            /* bytes in front of code_opcache: the pointer to its index, a byte an instruction */
#define CODE_EXTRA_MAX 255u       /* slots for attached pointers, at most */
#define NO_LINE_DELTA (-128)      /* 3.10: the range has no line */

enum line_table {
	LINES_LNOTAB,
	LINES_PAIRS,
	LINES_LOCATIONS
};
enum location_form { /* of the location table; forms below ONE_LINE0 are short ones on the same line */
	LOCATION_ONE_LINE0 = 10,
	LOCATION_ONE_LINE2 = 12,
	LOCATION_NO_COLUMNS = 13,
	LOCATION_LONG = 14,
	LOCATION_NONE = 15
};

/* --- lines --- */

/* Little groups of six bits, as long as bit 6 is set. */
static uint32_t read_varint(struct bytes *table)
{
	uint32_t value = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 32; shift += 6) {
		byte = bytes_u8(table);
		value |= (uint32_t)(byte & 63) << shift;
		if ((byte & 64) == 0)
			break;
	}
	return value;
}

/* The sign is the lowest bit. */
static int64_t read_signed(struct bytes *table)
{
	uint32_t value = read_varint(table);

	return (value & 1) != 0 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static int64_t location_delta(struct bytes *table, unsigned form)
{
	if (form == LOCATION_NO_COLUMNS || form == LOCATION_LONG)
		return read_signed(table);
	return form >= LOCATION_ONE_LINE0 && form <= LOCATION_ONE_LINE2 ? (int64_t)form - LOCATION_ONE_LINE0 : 0;
}

static int64_t line_in_locations(struct bytes *table, int64_t line, int64_t instruction)
{
	int64_t end = 0;

	while (bytes_left(table) > 0) {
		uint8_t head = bytes_u8(table);
		unsigned form = (head >> 3) & 15;

		if ((head & 128) == 0)
			continue; /* the rest of the entry before */
		line += location_delta(table, form);
		end += ((head & 7) + 1) * (int64_t)CODE_UNIT;
		if (instruction < end)
			return form == LOCATION_NONE ? 0 : line;
	}
	return 0;
}

static int64_t line_in_pairs(struct bytes *table, int64_t line, int64_t instruction)
{
	int64_t end = 0;

	while (bytes_left(table) >= 2) {
		uint8_t advance = bytes_u8(table);
		int8_t delta = (int8_t)bytes_u8(table);

		if (delta != NO_LINE_DELTA)
			line += delta;
		end += advance;
		if (instruction < end)
			return delta == NO_LINE_DELTA ? 0 : line;
	}
	return 0;
}

static int64_t line_in_lnotab(struct bytes *table, int64_t line, int64_t instruction)
{
	int64_t start = 0;

	while (bytes_left(table) >= 2) {
		start += bytes_u8(table);
		if (start > instruction)
			break;
		line += (int8_t)bytes_u8(table);
	}
	return line;
}

static uint64_t line_in_table(enum line_table form, struct bytes *table, int64_t first, int64_t instruction)
{
	int64_t line;

	if (form == LINES_LOCATIONS)
		line = line_in_locations(table, first, instruction);
	else if (form == LINES_PAIRS)
		line = line_in_pairs(table, first, instruction);
	else
		line = line_in_lnotab(table, first, instruction);
	return line > 0 && !table->failed ? (uint64_t)line : 0;
}

uint64_t code_line(struct decoder *decoder, uint64_t code, int64_t instruction)
{
	const struct layout *layout = decoder->layout;
	struct mirror *mirror = decoder->mirror;
	int32_t first = (int32_t)mirror_u32(mirror, code + (uint64_t)layout->code_firstlineno);
	uint64_t object = mirror_u64(mirror, code + (uint64_t)layout->code_linetable);
	uint64_t length;
	struct bytes table;
	const void *data;

	if (instruction < 0)
		return first > 0 ? (uint64_t)first : 0;
	if (object == 0)
		return 0;
	length = mirror_u64(mirror, object + (uint64_t)layout->var_size);
	if (length > LINE_TABLE_MAX)
		return 0;
	/* A co_lnotab may be empty: all is on the first line. */
	data = length == 0 ? "" : mirror_at(mirror, object + (uint64_t)layout->bytes_value, length);
	if (data == NULL)
		return 0;
	table = bytes_over(data, length);
	return line_in_table((enum line_table)layout->code_lines, &table, first, instruction);
}

/* --- references and size --- */

/* Attributes that were asked for once and are kept: co_code and the tuples of names. */
static struct error *decode_cached(struct decode_call *call)
{
	static const char *const names[] = {"co_code", "co_varnames", "co_cellvars", "co_freevars"};
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t cached;

	if (layout->code_cached < 0)
		return NULL;
	cached = mirror_u64(mirror, call->object->address + (uint64_t)layout->code_cached);
	if (cached == 0)
		return NULL;
	for (int32_t i = 0; i < layout->code_cached_count; i++) {
		const char *name = (size_t)i < sizeof names / sizeof names[0] ? names[i] : "_co_cached";

		TRY(emit_literal(call, mirror_u64(mirror, cached + 8 * (uint64_t)i), NAME_ATTRIBUTE, EDGE_UNVISITED,
				 name));
	}
	call->decoded->size += 8 * (uint64_t)layout->code_cached_count;
	return emit_buffer(call, cached, 8 * (uint64_t)layout->code_cached_count, "state");
}

/* Pointers of debuggers and profilers: a count, then as many words, which may be anything. */
static struct error *decode_extra(struct decode_call *call)
{
	struct decoder *decoder = call->decoder;
	uint64_t extra = mirror_u64(decoder->mirror, call->object->address + (uint64_t)decoder->layout->code_extra);
	uint64_t count = extra == 0 ? 0 : mirror_u64(decoder->mirror, extra);

	if (count == 0 || count > CODE_EXTRA_MAX)
		return NULL;
	call->decoded->size += 8 * (1 + count);
	call->decoded->getsizeof += 8 * (1 + count);
	TRY(emit_buffer(call, extra, 8 * (1 + count), "state"));
	for (uint64_t i = 0; i < count; i++) {
		uint64_t word = mirror_u64(decoder->mirror, extra + 8 * (1 + i));
		struct object object;
		bool plausible = false;

		if (word == 0)
			continue;
		TRY(object_guess(decoder->types, decoder->mirror, decoder->layout, word, &object, &plausible));
		if (plausible)
			TRY(emit_literal(call, word, NAME_FIELD, EDGE_GUESS, "co_extra"));
	}
	return NULL;
}

/* Before 3.11: what tells the cells of arguments, and the cached look-ups of code that ran often. */
static struct error *measure_caches(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	struct mirror *mirror = call->decoder->mirror;
	uint64_t code = call->object->address, cells, bytes, length;

	if (layout->code_cell2arg < 0)
		return NULL;
	cells = mirror_u64(mirror, code + (uint64_t)layout->code_cellvars);
	if (mirror_u64(mirror, code + (uint64_t)layout->code_cell2arg) != 0 && cells != 0) {
		length = mirror_u64(mirror, cells + (uint64_t)layout->var_size);
		if (length <= CODE_UNITS_MAX) {
			decode_grow(call, 8 * length);
			TRY(emit_buffer(call, mirror_u64(mirror, code + (uint64_t)layout->code_cell2arg), 8 * length,
					"state"));
		}
	}
	if (mirror_u64(mirror, code + (uint64_t)layout->code_opcache) == 0)
		return NULL;
	bytes = mirror_u64(mirror, code + (uint64_t)layout->code_bytes);
	length = mirror_u64(mirror, bytes + (uint64_t)layout->var_size) / CODE_UNIT;
	if (length <= CODE_UNITS_MAX) {
		decode_grow(call, length);
		TRY(emit_buffer(call, mirror_u64(mirror, code + (uint64_t)layout->code_opcache - OPCACHE_MAP), length, "state"));
	}
	length = (uint64_t)mirror_u8(mirror, code + (uint64_t)layout->code_opcache_size) *
		 (uint64_t)layout->code_opcache_entry;
	decode_grow(call, length);
	return emit_buffer(call, mirror_u64(mirror, code + (uint64_t)layout->code_opcache), length, "state");
}

struct error *decode_code(struct decode_call *call)
{
	const struct layout *layout = call->decoder->layout;
	uint64_t units;

	if (layout->code_adaptive >= 0) {
		units = mirror_u64(call->decoder->mirror, call->object->address + (uint64_t)layout->var_size);
		if (units > CODE_UNITS_MAX) {
			decode_lose(call, LOSS_size_absurd);
			units = 0;
		}
		call->decoded->size =
			call->type->preheader + ((uint64_t)layout->code_adaptive + units * CODE_UNIT + 7) / 8 * 8;
		call->decoded->getsizeof = call->decoded->size;
	}
	TRY(measure_caches(call));
	TRY(decode_cached(call));
	return decode_extra(call);
}
