"""tests/FAULTS.md names a test for each fault, and every test that it names is there."""
import os
import re

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def rows():
    """(number, its tests as file and name) of each line of the table."""
    with open(os.path.join(TESTS, "FAULTS.md")) as file:
        lines = [line.split("|") for line in file if re.match(r"\| \d+ \|", line)]
    return [(int(cells[1]), re.findall(r"`([\w/.]+)::(\w+)`", "|".join(cells))) for cells in lines]


def names_in(path):
    with open(os.path.join(TESTS, path)) as file:
        text = file.read()
    pattern = r"^def (test_\w+)\(" if path.endswith(".py") else r"^HEAP_TEST\(\w+, (\w+)"
    return set(re.findall(pattern, text, re.M))


def test_every_fault_has_tests():
    assert [number for number, _ in rows()] == list(range(1, 31))
    for number, tests in rows():
        assert tests, "no test of fault %d" % number


def test_every_test_is_there():
    for number, tests in rows():
        for path, name in tests:
            assert name in names_in(path), "fault %d: %s has no %s" % (number, path, name)
