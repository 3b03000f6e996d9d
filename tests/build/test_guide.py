"""docs/query.md names every property and every function of the query language, docs/policy.md every key and metric of a policy."""
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


def cells(section, path="docs/query.md"):
    """The first cells of the tables of a part of a guide."""
    part = read(path).split("\n## %s\n" % section)[1].split("\n## ")[0]
    return re.findall(r"^\| `([\w-]+)", part, re.M)


def test_every_property_is_in_the_guide_once_and_no_other():
    assert sorted(cells("Properties")) == sorted(names("queries/property.def", ["NODE_PROPERTY", "EDGE_PROPERTY"]))


def test_every_function_is_in_the_guide_once_and_no_other():
    assert sorted(cells("Functions")) == sorted(names("queries/function.def", ["FUNCTION", "AGGREGATE"]))


def test_every_key_of_a_policy_is_in_its_guide_once_and_no_other():
    keys = re.findall(r'^POLICY_KEY\(\w+, "([\w-]+)", (true|false), ', read("checks/policy_key.def"), re.M)
    assert len(keys) > 10
    assert sorted(cells("Keys of `[policy]`", "docs/policy.md")) == sorted(key for key, general in keys if general == "true")
    assert sorted(cells("Keys of a rule", "docs/policy.md")) == sorted(key for key, general in keys if general == "false")


def test_every_metric_is_in_the_guide_to_policies_as_it_is():
    metrics = re.findall(r'^METRIC\(\w+, "(\w+)", UNIT_(\w+), (true|false), (NULL|"[^"]*"), "([^"]*)"\)', read("checks/metric.def"), re.M)
    assert len(metrics) == read("checks/metric.def").count("\nMETRIC(")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w ]+) \| (.*) \|$", read("docs/policy.md").split("\n## Metrics\n")[1].split("\n## ")[0], re.M)
    assert [(name, limit, of != "no") for name, limit, of, _ in rows] == \
        [(name, "size" if unit == "SIZE" else "number", subjects == "true") for name, unit, subjects, _, _ in metrics]
    assert [text.replace(" (rounded up)", "") for *_, text in rows] == [text for *_, text in metrics]
