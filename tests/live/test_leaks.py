"""samples/leaks: the difference of two snapshots says where a service leaks, and what and how much, as it says itself."""
import glob
import os

import pytest

import harness

pytest.register_assert_rewrite("leaking")
import leaking

REQUESTS = 300  # between two stops
NAMES = sorted(os.path.basename(path)[:-len(".py")] for path in glob.glob(harness.ROOT + "/samples/leaks/*.py"))
# truth is what they share; tests/more has the packages of the last.
SAMPLES = [name for name in NAMES if name not in ("truth", "numpy_history")]
README = os.path.join(harness.ROOT, "samples/README.md")


@pytest.fixture(scope="module", params=SAMPLES)
def run(request, python, tmp_path_factory):
    return leaking.Run(python, tmp_path_factory.mktemp(request.param), "samples/leaks/%s.py" % request.param,
                       "--requests", str(REQUESTS))


def test_the_sample_keeps_its_books(run):
    leaking.check_books(run)


def test_the_type_changed_by_as_many(run):
    leaking.check_type(run)


def test_the_first_place_is_the_leak(run):
    leaking.check_place(run) if run.leaks else leaking.check_no_place(run)


def test_the_verdict_names_the_leak(run):
    if run.leaks:
        leaking.check_verdict(run)


def test_a_check_explains_the_leak(run):
    leaking.check_explanation(run)


def test_the_verdict_leads_with_a_class_of_the_program(run):
    if run.truths[0]["sample"] in leaking.LEADING:
        leaking.check_leading_class(run)


def test_the_new_suspects_are_as_many(run):
    if run.truths[0]["sample"] in leaking.SUSPECTS:
        leaking.check_suspects(run)


def test_the_numbers_of_each_type_add_up(run):
    for row in run.diff()["rows"]:
        assert row["new"] + row["survived"] == row["count_after"]
        assert row["gone"] + row["survived"] == row["count_before"]


def test_the_readme_says_where_it_leaks(run):
    """Its row: the sample, the place, what came."""
    truth = run.truths[0]
    with open(README) as file:
        line, = [line for line in file if line.startswith("| [%s]" % truth["sample"])]
    if run.leaks:
        # As older versions have it; what newer ones call otherwise is named beside.
        path = truth["path"].replace("localdicts", "dummies").replace("<ob_bytes_object>", "")
        assert "`%s`" % path in line and "`%s`" % truth["class"] in line
