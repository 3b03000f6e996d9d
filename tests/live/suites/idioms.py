"""A suite of its own for test_plugin.py: each test's name says what must become of it, passes, fails or skips."""
import logging
import os
import sys
import unittest
import warnings

import pytest

from heapdump.testing import assert_no_growth, growth

KEPT = []


class Thing:
    def __init__(self):
        self.parts = {"first": 1}


def keep():
    KEPT.append(Thing())


# --- what pytest itself gathers is none of the test's -----------------------------------------------------------------

@pytest.fixture
def patched(monkeypatch):
    monkeypatch.setenv("OF_FIXTURE", "1")


@pytest.mark.no_growth
def test_patching_passes(patched, monkeypatch):
    assert os.environ["OF_FIXTURE"] == "1"  # what fixtures did stays from call to call,
    assert "OF_BODY" not in os.environ  # what the test did does not
    monkeypatch.setenv("OF_BODY", "1")
    monkeypatch.setattr(sys, "nothing", Thing(), raising=False)


@pytest.mark.no_growth
def test_logging_passes(caplog):
    logging.getLogger("idioms").warning("a line of %d", 1)
    assert len(caplog.records) == 1


@pytest.mark.no_growth
def test_printing_passes():
    print("x" * 10000)


@pytest.mark.no_growth
def test_captured_printing_passes(capsys):
    print("x" * 10000)


@pytest.mark.no_growth
def test_warning_passes(recwarn):
    warnings.warn("careful")
    warnings.warn("careful")


@pytest.mark.no_growth
def test_properties_pass(record_property):
    record_property("size", 1)


@pytest.mark.no_growth
@pytest.mark.parametrize("number", [1])
def test_raising_passes(number, tmp_path):
    (tmp_path / "file").write_text("x" * number)
    with pytest.raises(ValueError) as caught:
        int("x")
    assert "x" in str(caught.value)


# --- growth -----------------------------------------------------------------------------------------------------------

class TestMethods:
    @pytest.mark.no_growth(loops=2, warmup=0)
    def test_leak_in_method_fails(self):
        keep()


class TestUnit(unittest.TestCase):
    def setUp(self):
        self.calls = 0

    @pytest.mark.no_growth(loops=2)
    def test_leak_in_unittest_fails(self):
        keep()

    @pytest.mark.no_growth(loops=2)
    def test_set_up_is_done_once_passes(self):
        self.calls += 1
        self.assertLessEqual(self.calls, 4)

    def test_assertion_fails(self):
        assert_no_growth(keep, loops=2)

    def test_assertion_passes(self):
        assert_no_growth(Thing, loops=2)


def test_little_at_each_of_many_loops_fails():
    assert_no_growth(keep, loops=6, warmup=0, least=1000)  # after two of them it is less than that


def test_least_passes():
    assert_no_growth(keep, loops=2, least=1 << 20)


@pytest.mark.no_growth(loops=2)
def test_own_failure_fails():
    assert KEPT == "of the body"


@pytest.mark.no_growth
def test_skipping_skips():
    pytest.skip("not here")


# --- limits -----------------------------------------------------------------------------------------------------------

@pytest.fixture
def hundred():
    return [Thing() for _ in range(100)]


@pytest.mark.limit_count(r"^idioms\.Thing$", 99)
def test_count_fails(hundred):
    pass


@pytest.mark.limit_retained(10000, match=r"^idioms\.Thing$")
@pytest.mark.limit_retained("100 MiB")
def test_retained_fails(hundred):
    pass


@pytest.mark.limit_count(r"^idioms\.Nothing;? ;[ab]$", 0)
@pytest.mark.limit_retained("1 MiB", match=r"^idioms\.Thing$")
def test_limits_pass(hundred):
    pass


# --- what is asked for wrongly ----------------------------------------------------------------------------------------

@pytest.mark.no_growth(loops=1)
def test_one_loop_fails():
    pass


@pytest.mark.no_growth(lops=3)
def test_unknown_word_fails():
    pass


@pytest.mark.limit_retained("50 MiB", match="Th(ing$")
def test_bad_pattern_fails():
    pass


@pytest.mark.limit_retained("50 bananas", match="Thing$")
def test_bad_unit_fails():
    pass


class TestAsync(unittest.IsolatedAsyncioTestCase):
    @pytest.mark.no_growth
    async def test_coroutine_fails(self):
        pass


# --- the fixture ------------------------------------------------------------------------------------------------------

def test_growth_passes(heap):
    with heap.growth() as g:
        KEPT.extend(Thing() for _ in range(100))
    assert 10000 < g.retained(r"^idioms\.Thing$") < 60000
    assert g.count(r"^idioms\.Thing$") == 100
    assert g.count("no such type") == 0 and g.paths("no such type") == []
    assert "idioms.Thing" in [grown.type for grown in g.top(3)]
    assert [(place.path, place.count) for place in g.paths(r"^idioms\.Thing$")] == [("idioms.KEPT[*]", 100)]
    assert all(os.path.exists(path) for path in g.snapshots)


def test_no_growth_passes(heap):
    with heap.growth() as g:
        [Thing() for _ in range(100)]
    assert g.retained(r"^idioms\.Thing$") == 0 and g.paths(r"^idioms\.Thing$") == []


def test_asked_too_early_fails(heap):
    with heap.growth() as g:
        g.retained()


def test_growth_without_pytest_passes():
    with growth() as g:
        keep()
    assert g.count(r"^idioms\.Thing$") == 1


def test_snapshot_passes(heap):
    assert os.path.getsize(heap.snapshot()) > 10000
