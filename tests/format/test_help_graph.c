/* The text form of snapshots that other floors' tests use. */
#include "format/reader.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/test.h"

DEFINE_AUTO(folder, char *, help_folder_remove);

static const char *const text =
	"# two objects, the second first\n"
	"object 0x2000 app.Session size=56 getsizeof=48 ref=3 gen=2 flags=gc,namespace hash=7 length=9\n"
	"object 0x1000 dict gen=permanent\n"
	"edge 0x1000 0x2000 <key> unvisited\n"
	"edge 0x1000 0x1000 [k]\n"
	"edge 0x2000 0x1000 .user weak\n"
	"edge 0x2000 0x2000 [12] guess\n"
	"root frame \"frame main\" 0x1000 0x2000 thread=5 depth=1 function=main file=\"a b.py\" line=3\n"
	"rootedge 0x2000 local:session weak\n"
	"type app.Session base=builtins.object basicsize=24 node=0x2000\n"
	"meta pid 99\n"
	"meta hostname \"my host\"\n"
	"loss size_absurd 2\n";

HEAP_TEST(help_graph, writes_what_the_text_says)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	assert_ok(help_snapshot_write(path, text));
	AUTO(reader) struct reader *reader = NULL;
	assert_ok(reader_open(path, &reader));
	struct snapshot_counts counts = reader_counts(reader);
	cr_assert_eq(counts.nodes, 2);
	cr_assert_eq(counts.edges, 4);
	cr_assert_eq(counts.root_edges, 3);
	cr_assert_eq(counts.size, 56 + 48);
	cr_assert_not(reader_complete(reader));
	cr_assert_eq(reader_loss(reader, LOSS_size_absurd), 2);
	cr_assert_eq(reader_meta(reader)->pid, 99);
	cr_assert_str_eq(reader_meta(reader)->hostname, "my host");
	const struct type_record *type = &reader_types(reader)[0];
	cr_assert_str_eq(reader_string(reader, type->name, NULL), "Session");
	cr_assert_str_eq(reader_string(reader, type->module, NULL), "app");
	cr_assert_eq(type->node, 1);
	cr_assert_eq(type->base, 2);
	const struct root_record *root = &reader_roots(reader)[0];
	cr_assert_eq(root->kind, ROOT_FRAME);
	cr_assert_str_eq(reader_string(reader, root->file, NULL), "a b.py");
	cr_assert_eq(reader_root_edges(reader)[2].name, NAME_LOCAL);
	assert_ok(reader_verify(reader));
}

HEAP_TEST(help_graph, names_the_wrong_line)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	assert_error_says(help_snapshot_write(path, "object 8 int\nedge 8 8 what\n"), ERROR_USAGE, "line 2");
	assert_error_says(help_snapshot_write(path, "object 8 int\nedge 8 16 -\n"), ERROR_USAGE, "no object at 0x10");
	assert_error_says(help_snapshot_write(path, "object 8 int gen=7\n"), ERROR_USAGE, "'7'");
	cr_assert_eq(help_folder_entries(folder), 0);
}
