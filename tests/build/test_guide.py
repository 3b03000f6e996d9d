"""docs/query.md names every property and every function of the query language."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def names(path, macros):
    found = re.findall(r"^(?:%s)\((\w+), " % "|".join(macros), read(path), re.M)
    assert len(found) > 3
    return found


def cells(section):
    """The first cells of the tables of a part of the guide."""
    part = read("docs/query.md").split("\n## %s\n" % section)[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)", part, re.M)


def test_every_property_is_in_the_guide_once_and_no_other():
    assert sorted(cells("Properties")) == sorted(names("queries/property.def", ["NODE_PROPERTY", "EDGE_PROPERTY"]))


def test_every_function_is_in_the_guide_once_and_no_other():
    assert sorted(cells("Functions")) == sorted(names("queries/function.def", ["FUNCTION", "AGGREGATE"]))
