"""The exact comparison with numpy, lxml, SQLAlchemy, pydantic and greenlet loaded and at work.

Runs on the interpreter that runs this test, and on each of HEAPDIFF_LIBRARY_PYTHONS (paths separated by colons), which
needs the same packages. Of the libraries' structs only numpy's arrays are known: words of the others are guesses, which
count as far as residue bears them out. Each difference is explained by its type, as in tests/exact.
"""
import json
import os
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "exact"))
import comparison as exact
import harness
import test_exactness

ASKED = 80000  # objects; modules and caches have three times as many
LIBRARY = r"(lxml|numpy|pydantic_core|sqlalchemy|greenlet)\b.*|.*cython.*"
OWN = "its struct, and whether it visits its type, is its library's own"
BEYOND = "blocks of C++ and Rust that it points at: out of reach for guesses"
EXPLAINED = {  # by a pattern of the type's name; what tests/exact explains is explained here too
    "missed_objects": [],
    "wrong_types": [],
    "wrong_refcounts": [],
    "wrong_sizes": [
        (r"numpy\..*", "numpy's __sizeof__ of a scalar leaves out what rounds it up; of a dtype's class, the class"),
        (r"greenlet\.greenlet", "its __sizeof__ counts the copy of its C stack"),
    ],
    "missed_edges": [
        (r"greenlet\.greenlet|pydantic_core\..*|.*cython_function_or_method", BEYOND),
    ],
    "guessed_edges": [
        (LIBRARY, OWN),
        (r"builtins\..*|_sre\..*", "a struct of CPython's own that is guessed"),
    ],
    "unvisited_edges": [
        (r"builtins\.dict|sqlalchemy\..*", "whether a dict visits keys that are all str, 3.8 says by a function's address"),
    ],
    "false_edges": [
        (LIBRARY, OWN),
    ],
    "false_guesses": [
        (LIBRARY, OWN),
    ],
    "positive_residue": [
        (LIBRARY, OWN),
        (r"__main__\.Plain|builtins\..*|types\..*|pydantic\..*", "held by caches of the libraries or saved stacks; planted"),
    ],
    "negative_residue": [],
    "missed_garbage": [],
    "false_garbage": [],
}
PATHS = [sys.executable] + [path for path in os.environ.get("HEAPDIFF_LIBRARY_PYTHONS", "").split(":") if path]
ASK = """import json, sys, numpy, pydantic
print(json.dumps([list(sys.version_info[:3]), numpy.__version__, pydantic.VERSION]))"""


def interpreter(path):
    said = subprocess.run([path, "-c", ASK], capture_output=True, check=True, timeout=harness.PATIENCE).stdout
    version, numpy, pydantic = json.loads(said)
    python = harness.Python(path, version)
    python.name += " with numpy %s, pydantic %s" % (numpy, pydantic)
    return python


PYTHONS = [interpreter(path) for path in PATHS]


@pytest.fixture(scope="module", params=PYTHONS, ids=[python.name for python in PYTHONS])
def python(request):
    assert exact.headers(request.param) is not None, "the headers of this CPython are not here"
    return request.param


@pytest.fixture(scope="module")
def comparison(python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    made = exact.Comparison(python, exact.build_extension(python, folder), folder, "tests/more/library_heap.py", ASKED)
    print("%s: %s" % (python.name, made.figures()))
    return made


def test_the_heap_is_large(comparison):
    assert comparison.found["objects"] >= 290000


def test_every_object_is_found(comparison):
    assert comparison.found["matched"] == comparison.found["walked"]


def test_edges_are_found(comparison):
    assert comparison.found["edges_matched"] / comparison.found["walk_edges"] >= 0.9995


def test_sizes_are_those_of_getsizeof(comparison):
    assert comparison.found["sizes_equal"] / comparison.found["walked"] >= 0.998


def test_residue_is_rare_and_never_negative(comparison):
    assert comparison.found["residue_zero"] / comparison.found["mortal"] >= 0.99
    assert not comparison.found["negative_residue"]


def test_planted_leaks_have_residue(comparison, python):
    """In 3.8 lists that were freed leave their address in a static array, where it may come true of a new list."""
    known = comparison.found["residues"]
    assert known[10:] == [1] * 10
    assert known[:10] == [1] * 10 or python.version < (3, 9) and sum(known[:10]) >= 5


def test_the_collector_finds_what_was_simulated(comparison):
    found = comparison.found
    assert found["garbage"] == found["collected"] >= 200
    assert not found["missed_garbage"] and not found["false_garbage"]


@pytest.mark.parametrize("finding", EXPLAINED)
def test_each_difference_is_explained(comparison, python, finding):
    pure = [name for name, why in test_exactness.EXPLAINED[finding].items() if why.covers(python)]
    new = {name: count for name, (count, _) in comparison.found[finding].items()
           if name not in pure and not any(re.fullmatch(pattern, name) for pattern, _ in EXPLAINED[finding])}
    assert not new, "not explained: %s" % new
