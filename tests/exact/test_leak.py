"""References that a compiled extension takes and never gives back: the difference of two snapshots names what they keep."""
import pytest

import comparison  # finds the live tests' modules

pytest.register_assert_rewrite("leaking")
import leaking


@pytest.fixture(scope="module")
def run(python, extension, tmp_path_factory):
    return leaking.Run(python, tmp_path_factory.mktemp("leak"), "tests/exact/extension_leak.py", str(extension),
                       "--requests", "300")


def test_the_sample_keeps_its_books(run):
    leaking.check_books(run)


def test_the_type_changed_by_as_many(run):
    leaking.check_type(run)


def test_the_first_place_is_the_leak(run):
    leaking.check_place(run)


def test_the_verdict_names_the_leak(run):
    leaking.check_verdict(run)
