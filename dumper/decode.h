/* Decode: one object of the target becomes its size and its edges.
 *
 * Decoders read through the mirror, by the layout; they report edges to a sink in memory order and never follow them.
 * Discovery and writing run the very same decoders with different sinks: a decoder therefore touches in discovery every
 * byte it needs in writing. No recursion; every loop is bounded by what the target's own sizes allow and the mirror holds.
 */
#ifndef DUMPER_DECODE_H
#define DUMPER_DECODE_H

#include "base/map.h"
#include "dumper/object.h"
#include "format/checksum.h"
#include "format/schema.h"

enum edge_name_source { /* what `payload` of a found edge is, where its name needs text */
	PAYLOAD_NUMBER,  /* an index, an offset: as it stands (NAME_INDEX, NAME_OFFSET, NAME_STACK); 0 for nameless ones */
	PAYLOAD_OBJECT,  /* address of a str of the target that holds the name */
	PAYLOAD_LITERAL  /* const char * of ours (a layout field's or a member's name), as a uintptr_t */
};

struct found_edge {
	uint64_t target;  /* address of an object, not yet checked; never 0 */
	uint64_t payload;
	enum edge_name name : 8;
	enum edge_class class : 8;
	enum edge_name_source source : 8;
	bool namespace;   /* the target is a dict whose keys are names of the program */
	bool growing;     /* from the slot at an end where its owner grows: it counts a moment before it is filled */
};

/* Takes edges in the order they lie in the owner. A decoder calls it for each edge; an error stops the decoding. */
struct edge_sink {
	struct error *(*add)(struct edge_sink *sink, const struct found_edge *edge);
};

/* A block of memory that an object owns besides its own, as the target's memory tells it: neither checked nor read. Every
 * block that counts to an object's size is reported once; one that is an object itself has an edge instead. */
struct found_buffer {
	uint64_t address;
	uint64_t size;    /* bytes, as asked for from the allocator */
	const char *kind; /* a literal: items, keys, values, table, text, utf8, blocks, nodes, indices, ... */
};

/* Memory that an object gives its users to look into: its own, which is among its buffers too, or another's. */
struct found_native {
	uint64_t address;
	uint64_t size;    /* bytes */
	uint64_t base;    /* of what is another's: address of the object it was got from, 0: none is known */
	const char *kind; /* a literal: the type that it is of */
	bool owned;
};

/* Takes the buffers of the object at hand, in no order; an error stops the decoding. */
struct buffer_sink {
	struct error *(*add)(struct buffer_sink *sink, const struct found_buffer *buffer);
	struct error *(*native)(struct buffer_sink *sink, const struct found_native *native); /* NULL: not asked for */
};

struct decoder {
	struct mirror *mirror;
	const struct layout *layout;
	struct type_table *types;
	struct traverse *traverse; /* asked about types that no layout covers; NULL: there is nobody to ask */
	struct buffer_sink *buffers; /* gets the buffers of each object that is decoded; NULL: nobody asks */
	struct map interned;  /* addresses of the dicts of interned strings, whose references are weak: interpreters may
			       * have one each */
	struct checksum_secret secret; /* for content hashes */
	bool keyed;           /* the secret is set: without one no content is hashed */
	bool hashing;         /* compute content hashes (when writing) */
	bool contents;        /* keep the beginnings of contents in `content`, and look at them in discovery */
	uint8_t content[VALUE_MAX]; /* of the object decoded last, where it has one */
	uint64_t losses[LOSS_COUNT];
	uint64_t unsettled[LOSS_COUNT]; /* of containers that grow: discovery_settle decides what they are */
};

void decoder_deinit(struct decoder *decoder); /* frees what is its own: the map */
enum content_kind {
	CONTENT_NONE,
	CONTENT_TEXT,  /* of a str: UTF-8, cut at a character */
	CONTENT_BYTES, /* of bytes or a bytearray */
	CONTENT_NUMBER /* of an int: all its decimal digits */
};

struct decoded {
	uint64_t size;         /* bytes: shallow size, see docs: requested bytes, collector head and preheader, owned buffers */
	uint64_t getsizeof;    /* bytes: what sys.getsizeof would say */
	uint64_t length;       /* items, characters, digits; 0 without */
	uint64_t content_hash; /* 0: none */
	enum content_kind content;
	size_t content_length; /* bytes in the decoder's `content` */
};

/* Decodes one object that object_load accepted (its refcount is not looked at). `namespace` says that it is a dict marked as such: str keys then give
 * NAME_ATTRIBUTE, else values are NAME_VALUE right after their key's edge. Torn tables and unreadable buffers are counted
 * in decoder->losses and left out; the error is for memory, a target that is gone, and what the sink returns. */
struct error *decode_object(struct decoder *decoder, const struct object *object, bool namespace, struct edge_sink *sink,
			    struct decoded *decoded) CHECKED;

/* One _PyInterpreterFrame, or frame object before 3.11, at `frame`: its code, function, locals by name, cells and
 * evaluation stack. Used for generators, frame objects and thread stacks alike. */
struct error *decode_frame(struct decoder *decoder, uint64_t frame, struct edge_sink *sink) CHECKED;

/* What a frame says of itself; texts are copied, cut at the buffers' ends, "" where unreadable. */
struct frame_facts {
	uint64_t code;      /* address of the code object, 0: a frame on the C stack */
	uint64_t previous;  /* address of the caller's frame */
	uint64_t line;      /* current line number, 0 unknown */
	int owner;          /* as the layout's frame_owner_* */
	char function[512]; /* qualified name */
	char file[1024];
};
/* False: no frame is there, or none that can be read. */
bool decode_frame_facts(struct decoder *decoder, uint64_t frame, struct frame_facts *facts);

/* What a suspended call awaits or yields from: address of an object; 0: nothing, it waits for its next step. `told`: its state
 * says that it does so, else the instruction at hand says whether. */
struct error *decode_frame_awaits(struct decoder *decoder, uint64_t frame, bool told, uint64_t *target) CHECKED;

/* UTF-8 text of a str object at `address` into `buffer` (NUL-terminated, cut at a character at size - 1); false where it
 * is no readable str. *length in bytes. */
bool decode_text(struct decoder *decoder, uint64_t address, char *buffer, size_t size, size_t *length);

#endif
