"""What `heapdiff check` prints is what others read: JSON and baselines of docs/schema, JUnit's XML of both of its structures.

tests/tools/outcomes prints outcomes built by hand, hostile ones too; each document is held against its schema, and each schema
against documents that are wrong, so that it is none that takes anything."""
import copy
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

import jsonschema
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(ROOT, os.environ.get("OUT", "build"), "tests", "tools", "outcomes")
SETS = ["shop", "passing", "partial", "learned", "hostile", "empty"]


def outcomes(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def schema(name):
    with open(os.path.join(ROOT, "docs", "schema", name + ".json")) as file:
        return json.load(file)


def strict(node):
    """The same schema, but it takes only what it names: fields are added, yet none that is not documented."""
    node = copy.deepcopy(node)
    rest = [node]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if "properties" in part:
                part["additionalProperties"] = False
            rest.extend(part.values())
        elif isinstance(part, list):
            rest.extend(part)
    return node


def faults(document, name):
    return [error.message for error in jsonschema.Draft202012Validator(strict(schema(name))).iter_errors(document)]


# --- JSON ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["check", "baseline"])
def test_a_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", SETS)
def test_json_is_as_its_schema_says(name):
    assert faults(json.loads(outcomes(name, "json")), "check") == []


def test_every_field_of_the_schema_is_printed():
    rows = [row for name in SETS for row in json.loads(outcomes(name, "json"))["rows"]]
    printed = {field for row in rows for field in row}
    found = {field for row in rows for finding in row["findings"] for field in finding}
    assert printed == set(schema("check")["$defs"]["outcome"]["properties"])
    assert found == set(schema("check")["$defs"]["finding"]["properties"])


def test_every_metric_is_in_the_schema():
    with open(os.path.join(ROOT, "checks", "metric.def")) as file:
        names = re.findall(r'^METRIC\(\w+, "(\w+)"', file.read(), re.M)
    assert schema("check")["$defs"]["outcome"]["properties"]["metric"]["enum"] == names


@pytest.mark.parametrize(
    "spoil",
    [
        lambda check: check.update(schema="heapdiff.check/2"),
        lambda check: check.pop("rows"),
        lambda check: check["totals"].update(result="warned"),
        lambda check: check["totals"].update(violated=-1),
        lambda check: check["rows"][0].update(verdict="failed"),
        lambda check: check["rows"][0].update(measured=1.5),
        lambda check: check["rows"][0].update(line=0),
        lambda check: check["rows"][0].update(surprise=1),
        lambda check: check["rows"][0].pop("value_after"),
        lambda check: check["rows"][0]["findings"][0].pop("message"),
        lambda check: check["rows"][0]["findings"][0]["types"][0].pop("size"),
    ],
)
def test_the_schema_of_a_check_refuses(spoil):
    document = json.loads(outcomes("shop", "json"))
    spoil(document)
    assert faults(document, "check") != []


BASELINE = {
    "schema": "heapdiff.baseline/1",
    "details": [],
    "notes": ["120 paths of less than 4.0 KiB in every run are left out"],
    "warnings": [],
    "runs": 8,
    "least": 4096,
    "rules": [{"rule": "--max-retained app", "runs": 8, "mean": 1048576.5, "deviation": 0}],
    "paths": [
        {
            "key": "0123456789abcdef",
            "path": "app.CACHE[*]",
            "type": "app.Entry",
            "runs": 8,
            "count_mean": 12.5,
            "count_deviation": 0.5,
            "size_mean": 1200,
            "size_deviation": 48.25,
        }
    ],
}


def test_the_schema_of_a_baseline_takes_one():
    assert faults(BASELINE, "baseline") == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda baseline: baseline.update(schema="heapdiff.check/1"),
        lambda baseline: baseline.update(runs=-1),
        lambda baseline: baseline.update(least="4 KiB"),
        lambda baseline: baseline["rules"][0].update(deviation=-1),
        lambda baseline: baseline["paths"][0].update(key="0123456789ABCDEF"),
        lambda baseline: baseline["paths"][0].update(key="0123456789abcdef0"),
        lambda baseline: baseline["paths"][0].update(count_mean=None),
        lambda baseline: baseline["paths"][0].pop("path"),
    ],
)
def test_the_schema_of_a_baseline_refuses(spoil):
    document = copy.deepcopy(BASELINE)
    spoil(document)
    assert faults(document, "baseline") != []


# --- JUnit --------------------------------------------------------------------------------------------------------------


def accepts(document, structure):
    command = ["xmllint", "--noout", "--nonet", "--schema", os.path.join(HERE, "junit_%s.xsd" % structure), "-"]
    run = subprocess.run(command, input=document.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode in (0, 3), run.stdout.decode()  # 3: read, but not as the schema says
    return run.returncode == 0


@pytest.mark.parametrize("name", SETS)
def test_jenkins_structure_takes_junit(name):
    assert accepts(outcomes(name, "junit"), "jenkins")


# Where it isn't known when the snapshot was taken, there is no time stamp, which Ant's structure asks for.
@pytest.mark.parametrize("name", SETS)
def test_ants_structure_takes_junit_that_has_a_time(name):
    assert accepts(outcomes(name, "junit"), "ant") == (name != "passing")


@pytest.mark.parametrize("structure", ["ant", "jenkins"])
@pytest.mark.parametrize(
    "old, new",
    [
        ("<testsuites>", '<testsuites surprise="1">'),
        (' tests="6"', ""),
        ("<skipped ", "<omitted "),
        ("<properties>", "<properties><property/>"),
        (' name="sessions"', ""),
    ],
)
def test_both_structures_refuse(structure, old, new):
    document = outcomes("shop", "junit")
    assert old in document
    assert not accepts(document.replace(old, new, 1), structure)


@pytest.mark.parametrize(
    "old, new",
    [
        (' hostname="localhost"', ""),
        ('time="0"', 'time=""'),
        ("<system-err></system-err>", ""),
        ("<failure type=", "<failure kind="),
        ('<testcase classname="heapdiff.check" name="garbage" time="0"/>',
         '<testcase classname="heapdiff.check" name="garbage" time="0"><system-out/></testcase>'),
    ],
)
def test_ants_structure_refuses(old, new):
    document = outcomes("shop", "junit")
    assert old in document
    assert not accepts(document.replace(old, new, 1), "ant")


@pytest.mark.parametrize("name", SETS)
def test_junit_has_what_json_has(name):
    """Names and messages come out of XML as they are in JSON, but for two characters that XML can't write."""
    suite = xml.etree.ElementTree.fromstring(outcomes(name, "junit")).find("testsuite")
    document = json.loads(outcomes(name, "json"))
    cases = suite.findall("testcase")
    refused = [case for case in cases if case.find("error") is not None]
    rows = document["rows"]

    def written(text):
        return text.replace("\ufffe", "\\u{FFFE}").replace("\uffff", "\\u{FFFF}")

    assert len(refused) == (document["totals"]["result"] == "partial")
    assert [case.get("name") for case in cases if case not in refused] == [written(row["rule"]) for row in rows]
    failed = [row["findings"][0]["message"] for row in rows if row["verdict"] == "violated" and row["findings"]]
    messages = [case.find("failure").get("message") for case in cases if case.find("failure") is not None]
    assert len(messages) == document["totals"]["violated"] == int(suite.get("failures"))
    assert [message for message in failed if written(message) not in messages] == []
    assert int(suite.get("tests")) == len(cases)


# --- what the program prints --------------------------------------------------------------------------------------------


def printed(pattern):
    """Documents in the scripts of tests/cli, whose output is the program's to the letter."""
    folder = os.path.join(ROOT, "tests", "cli", "scripts")
    texts = [path.read_text("utf-8") for path in sorted(pathlib.Path(folder).iterdir())]
    return [found for text in texts for found in re.findall(pattern, text, re.M | re.S)]


def test_junit_of_the_program_is_of_both_structures():
    documents = printed(r"^<\?xml .*?^</testsuites>$")
    assert len(documents) >= 2
    for document in documents:
        assert accepts(document, "ant") and accepts(document, "jenkins")


@pytest.mark.parametrize("name", ["check", "baseline"])
def test_json_of_the_program_is_as_its_schema_says(name):
    documents = printed(r'^\{\n  "schema": "heapdiff.%s/1".*?^\}$' % name)
    assert documents != []
    for document in documents:
        assert faults(json.loads(document), name) == []


# --- what a workflow runs -----------------------------------------------------------------------------------------------

ENCODED = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


def decoded(text):
    return re.sub("|".join(ENCODED), lambda found: ENCODED[found.group()], text)


def commands(text):
    """As a runner reads lines: the name, blank, properties up to the first `::`, and the message behind it."""
    for line in text.splitlines():
        head, message = line[2:].split("::", 1)
        name, _, rest = head.partition(" ")
        properties = dict(part.split("=", 1) for part in rest.split(","))
        yield name, {key: decoded(value) for key, value in properties.items()}, decoded(message)


@pytest.mark.parametrize("name", SETS)
def test_github_reads_a_command_for_each_violation_and_warning(name):
    document = json.loads(outcomes(name, "json"))
    found = list(commands(outcomes(name, "github")))
    partial = found[: len(found) - document["totals"]["violated"] - document["totals"]["warned"]]
    told = [row for row in document["rows"] if row["verdict"] in ("violated", "warned")]
    assert [message for _, _, message in partial] == document["warnings"]
    for row, (command, properties, message) in zip(told, found[len(partial) :], strict=True):
        assert command == {"violated": "error", "warned": "warning"}[row["verdict"]]
        assert properties["title"] == row["rule"]
        assert (properties.get("file"), properties.get("line")) == (row.get("file"), str(row["line"]) if "line" in row else None)
        assert all(finding["message"] in message for finding in row["findings"])


# --- text ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize("name", ["shop", "passing", "partial", "learned"])
def test_text_fits_the_terminal(name, width):
    for line in outcomes(name, "text", width).splitlines():
        assert len(line) <= int(width) or line.startswith("more  "), line


@pytest.mark.parametrize("form", ["text", "junit", "github", "markdown", "json", "csv"])
def test_nothing_acts_on_a_terminal(form):
    text = outcomes("hostile", form)
    assert [hex(ord(character)) for character in text if character < " " and character not in "\r\n"] == []
    assert "\x7f" not in text and not re.search("[\x80-\x9f]", text)
