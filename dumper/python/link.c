/* What of libarchive the program in the wheel does without.
 *
 * It is linked statically, so that it runs wherever the extension does. libarchive's table of formats to write names
 * all of them, and one, xar, would pull in libxml2 and with it 30 MiB of Unicode tables; a snapshot is a plain tar, and
 * nothing ever asks for that table.
 */
struct archive;
int archive_write_set_format_xar(struct archive *archive);

int archive_write_set_format_xar(struct archive *archive)
{
	(void)archive;
	return -30; /* ARCHIVE_FATAL */
}
