#include "tests/format/help_tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(struct error *error)
{
	if (error == NULL)
		return;
	fprintf(stderr, "the test's archive failed: %s\n", error->message);
	abort();
}

void help_tar_deinit(struct tar *tar)
{
	vector_deinit(&tar->bytes);
	vector_deinit(&tar->members);
}

static void append(struct tar *tar, const void *data, size_t size)
{
	must(vector_reserve(&tar->bytes, tar->bytes.count + size + 1));
	if (size > 0)
		memcpy(tar->bytes.items + tar->bytes.count, data, size);
	tar->bytes.count += size;
}

void help_tar_header(struct tar *tar, const char *name, char type, uint64_t size)
{
	char block[512] = {0};
	snprintf(block, 100, "%s", name);
	memcpy(block + 100, "0000644\0000000000\0000000000", 23);
	snprintf(block + 124, 13, "%011" PRIo64, size & UINT64_C(077777777777));
	memcpy(block + 136, "00000000000", 12);
	block[156] = type;
	if (type == '1' || type == '2')
		memcpy(block + 157, "meta", 4);
	memcpy(block + 257, "ustar\00000", 8);
	memset(block + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof block; i++)
		sum += (uint8_t)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	append(tar, block, sizeof block);
}

void help_tar_add(struct tar *tar, const char *name, char type, const void *data, size_t size)
{
	static const uint8_t zeros[512];
	struct manifest_member member = {.size = size};
	help_tar_header(tar, name, type, size);
	append(tar, data, size);
	append(tar, zeros, (512 - size % 512) % 512);
	member.kind = member_parse(name, &member.number);
	member.checksum = checksum_of(data, size);
	if (type == '0' && member.kind != MEMBER_UNKNOWN)
		must(vector_push(&tar->members, member));
}

void help_tar_pack(struct tar *tar, const char *name, const struct pack *pack)
{
	const void *data;
	size_t size;
	must(pack_data(pack, &data, &size));
	help_tar_add(tar, name, '0', data, size);
}

void help_tar_manifest(struct tar *tar, const struct manifest *manifest)
{
	AUTO(pack) struct pack *pack = NULL;
	must(pack_create(&pack));
	must(manifest_write(manifest, tar->members.items, tar->members.count, pack));
	help_tar_pack(tar, "manifest", pack);
}

void help_tar_end(struct tar *tar)
{
	static const uint8_t zeros[1024];
	append(tar, zeros, sizeof zeros);
}
