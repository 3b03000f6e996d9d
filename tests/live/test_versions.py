"""Every layout table is tested on a heap of its version: on a living interpreter or on a committed image."""
import conftest
import versions
from versions import Table


def live():
    return [python.version for python in conftest.PYTHONS]


def test_no_layout_is_untested():
    untested = [str(table) for table, how in versions.coverage(versions.tables(), live(), versions.images()).items()
                if how is None]
    assert not untested, "%s: tests/images/record.py makes an image where that interpreter runs" % untested


def test_images_alone_would_do():
    """A machine with one interpreter tests all that this one does."""
    assert None not in versions.coverage(versions.tables(), [], versions.images()).values()


def test_what_is_out_of_reach_is_so_for_good_reason():
    """An exception that is not needed any more must go."""
    found = versions.coverage(versions.tables(), live(), versions.images(), {})
    assert {table.first for table, how in found.items() if how is None} == set(versions.OUT_OF_REACH)


def test_a_table_without_a_test_is_found():
    made_up = [Table("cpython-3.99", (3, 99, 0), (3, 99, 3)), Table("cpython-3.13", (3, 13, 200), (3, 13, 201))]
    found = versions.coverage(versions.tables() + made_up, live(), versions.images())
    assert [table for table, how in found.items() if how is None] == made_up


def test_a_table_is_not_tested_by_micro_versions_that_use_another():
    old, new = Table("cpython-3.13", (3, 13, 0), (3, 13, 4)), Table("cpython-3.13", (3, 13, 5), (3, 13, 9))
    assert versions.coverage([old, new], [(3, 13, 4)], [], {}) == {old: "live 3.13.4", new: None}
    assert versions.coverage([old, new], [(3, 13, 5)], [(3, 13, 0), (3, 13, 12)], {}) == {
        old: "image 3.13.0", new: "live 3.13.5; image 3.13.12"}
