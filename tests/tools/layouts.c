/* Layouts: which tables does heapdump have? A tool of the live tests, which must have tested each of them.
 *
 *     layouts        one line for each table: its name, the first micro version it serves, the last one it was made for
 */
#include "dumper/layout.h"

#include <stdio.h>

static void print_version(uint32_t version)
{
	printf(" %u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
}

int main(void)
{
	for (const struct layout *const *table = layout_all(); *table != NULL; table++) {
		fputs((*table)->name, stdout);
		print_version((*table)->version_first);
		print_version((*table)->version_last);
		putchar('\n');
	}
	return 0;
}
