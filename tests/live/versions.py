"""By what is each layout table of heapdump tested: living interpreters of this run, a committed heap image, or nothing?

The tables are asked of heapdump's own library, so that none can be forgotten: a table without either fails the run.
"""
import glob
import os
import re

import harness

# What no interpreter that can be had here has; each is tested on made-up heaps alone, and every run says so.
OUT_OF_REACH = {(3, 14, 0): "made-up heaps of tests/dumper/test_collector.c only: no suite has 3.14.0 to 3.14.4 any more"}


class Table:
    def __init__(self, name, first, last):
        self.name = name
        self.first = first  # micro version from which on it is used
        self.last = last    # the last one that it was made for

    def __str__(self):
        return "%s from %d.%d.%d" % ((self.name,) + self.first)


def read_version(text):
    return tuple(int(number) for number in text.split("."))


def tables():
    lines = harness.run(harness.program("tests/tools/layouts")).splitlines()
    return [Table(name, read_version(first), read_version(last)) for name, first, last in map(str.split, lines)]


def images():
    """Versions of the committed images that have their truth beside them."""
    names = [os.path.basename(path) for path in glob.glob(os.path.join(harness.ROOT, "tests/images/*.tar.xz"))
             if os.path.exists(path[:-len(".tar.xz")] + ".truth")]
    return sorted(read_version(re.fullmatch(r"cpython-(\d+\.\d+\.\d+)\.tar\.xz", name).group(1)) for name in names)


def table_of(version, among):
    """The one that heapdump chooses for a version: the latest of its minor version that is no later; None without any."""
    fitting = [table for table in among if table.first[:2] == version[:2] and table.first <= version]
    return max(fitting, key=lambda table: table.first, default=None)


def join(versions):
    return ", ".join(sorted({"%d.%d.%d" % version for version in versions}, key=read_version))


def coverage(among, live, imaged, out_of_reach=OUT_OF_REACH):
    """For each table what it is tested by, as a sentence; None where nothing does."""
    found = {}
    for table in among:
        ways = [way + join(versions) for way, versions in
                [("live ", [version for version in live if table_of(version, among) is table]),
                 ("image ", [version for version in imaged if table_of(version, among) is table])] if versions]
        found[table] = "; ".join(ways) or out_of_reach.get(table.first)
    return found


def lines(live):
    return ["tested %s: %s" % (table, how or "BY NOTHING") for table, how in coverage(tables(), live, images()).items()]
