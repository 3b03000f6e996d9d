"""What a snapshot says of a heap of many types, against what the interpreter itself visits at the very same moment.

The target stops itself, is captured from outside, then walks its own heap by tp_traverse and collects its garbage. Each
difference is explained below by its type; one that is not fails, and so does an explanation of what no longer differs.
HEAPDIFF_EXACT_OBJECTS says how many objects the heap shall have, about: 100000.
"""
import os

import pytest

import comparison as exact
from comparison import Explained

OBJECTS = int(os.environ.get("HEAPDIFF_EXACT_OBJECTS", "100000"))
MODULES = 55000  # objects of an interpreter that has imported what heap.py does
MADE = 0.66      # objects for each one that heap.py is asked for, at least

STATE = "the state of a module written in C is its own: its words are guessed"
BEYOND = "a table that a module's state or a static variable points at: out of reach for guesses"
STACK = "how deep the stack of a running frame is, only its C function knows: all of it is guessed"
MEMORY = "a word that nobody wrote, or that is no reference"
STRUCT = "its struct is guessed in this version"
CAPSULE = "what a capsule visits, a function of its maker says"
VISITED = "its name is visited from some 3.13 on: found, but the collector is not told"
STARTED = "held by what runs the program: its C functions' variables"
PLANTED = "planted leaks, and what C functions hold of the running program"
TABLES = "what a table of a C module holds: see missed_edges"
EXPLAINED = {
    "missed_objects": {},
    "wrong_types": {},
    "wrong_refcounts": {},
    "wrong_sizes": {
        "builtins.str": Explained(8, 8, "its copy in wide characters, which array.array('u') had made, is not counted"),
    },
    "missed_edges": {
        "builtins.PyCapsule": Explained(13, 15, CAPSULE),
        "builtins.module": Explained(8, 15, BEYOND, sometimes=True),
    },
    "guessed_edges": {
        "builtins.module": Explained(8, 15, STATE),
        "builtins.TaskWakeupMethWrapper": Explained(8, 9, STRUCT),
        "operator.methodcaller": Explained(8, 10, STRUCT),
        "sqlite3.Cache": Explained(10, 10, STRUCT),
        "sqlite3.Node": Explained(10, 10, STRUCT),
    },
    "unvisited_edges": {
        "typing.TypeVar": Explained(13, 13, VISITED, sometimes=True),
        "typing.TypeAliasType": Explained(13, 13, VISITED, sometimes=True),
    },
    "false_edges": {},
    "false_guesses": {
        "builtins.frame": Explained(8, 10, STACK),
        "builtins.module": Explained(8, 8, MEMORY, sometimes=True),
        "re.Match": Explained(8, 9, MEMORY, sometimes=True),
        "_thread.lock": Explained(8, 12, MEMORY, sometimes=True),
        "sqlite3.Cache": Explained(10, 10, MEMORY, sometimes=True),
    },
    "positive_residue": {
        "__main__.Plain": Explained(8, 15, PLANTED),
        "builtins.list": Explained(8, 15, PLANTED),
        "builtins.builtin_function_or_method": Explained(8, 15, STARTED),
        "builtins.code": Explained(8, 15, STARTED),
        "builtins.function": Explained(8, 15, STARTED),
        "builtins.method": Explained(8, 15, STARTED),
        "builtins.module": Explained(8, 15, STARTED),
        "builtins.dict": Explained(13, 15, STARTED, sometimes=True),
        "builtins.tuple": Explained(8, 15, STARTED, sometimes=True),
        "builtins.str": Explained(8, 15, STARTED, sometimes=True),
        "builtins.type": Explained(8, 15, TABLES),
        "decimal.Context": Explained(11, 11, STARTED, sometimes=True),
    },
    "negative_residue": {},
    "missed_garbage": {},
    "false_garbage": {},
}


@pytest.fixture(scope="module")
def comparison(python, extension, tmp_path_factory, figures):
    asked = max(0, int((OBJECTS - MODULES) / MADE))
    made = exact.Comparison(python, extension, tmp_path_factory.mktemp("exact"), "tests/exact/heap.py", asked)
    figures[python.name] = made.figures()
    return made


def test_the_heap_is_as_large_as_asked(comparison):
    assert comparison.found["objects"] >= OBJECTS
    assert comparison.found["types"] >= 80


def test_every_object_is_found(comparison):
    assert comparison.found["matched"] == comparison.found["walked"]


def test_edges_are_found(comparison):
    assert comparison.found["edges_matched"] / comparison.found["walk_edges"] >= 0.9999
    assert comparison.found["edges_guessed"] / comparison.found["walk_edges"] <= 0.003


def test_sizes_are_those_of_getsizeof(comparison):
    assert comparison.found["sizes_equal"] / comparison.found["walked"] >= 0.999


def test_the_collector_finds_what_was_simulated(comparison):
    found = comparison.found
    assert found["garbage"] == found["collected"] >= 400
    assert not found["missed_garbage"] and not found["false_garbage"]


def test_planted_leaks_have_residue(comparison):
    assert comparison.found["residues"] == [1] * 20


def test_other_objects_have_none(comparison):
    assert comparison.found["residue_zero"] / comparison.found["mortal"] >= 0.999


@pytest.mark.parametrize("finding", EXPLAINED)
def test_each_difference_is_explained(comparison, python, finding):
    exact.check_explained(comparison, python, EXPLAINED, finding)
