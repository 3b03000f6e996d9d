"""What differs from run to run by itself is no regression; what is planted is, and by its own name."""
import json

import jsonschema
import pytest

import conftest
import harness

BASELINES = 8
TIMES = 10
SCRIPT = "tests/live/noisy_heap.py"
HOLDER = "__main__.OPEN"


def capture(folder, seed, *words):
    """A run of the program. Seeds are told apart and not left to chance, so that the test fails always or never."""
    with harness.Sample(conftest.ONE, SCRIPT, str(seed), *words) as sample:
        sample.wait_until_blocked()
        return harness.capture(sample.pid, folder / ("%s%d.snap" % ("-".join(words), seed)))


def check(*words, expect=0):
    document = json.loads(harness.run(harness.program("heapdiff"), "check", "--quiet", "--json", "-", *words, expect=expect))
    return document["rows"][-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("noise")


@pytest.fixture(scope="module")
def baselines(folder):
    return [capture(folder, 1 + seed) for seed in range(BASELINES)]


@pytest.fixture(scope="module")
def learned(folder, baselines):
    path = str(folder / "base.json")
    check(*baselines, "--baseline", path, "--update-baseline")
    return path


def only_leak(row):
    """One place, the planted one, with what was planted there."""
    assert row["verdict"] == "violated"
    assert len(row["findings"]) == 1, row["findings"]
    finding = row["findings"][0]
    assert finding["path"].startswith(HOLDER)
    assert finding["message"].startswith(finding["path"] + " ")
    assert finding["holder"].endswith(" hang from " + HOLDER)
    assert {type["type"] for type in finding["types"]} >= {"__main__.Session", "str", "int"}
    return finding


def test_the_file_is_what_its_schema_says(learned):
    with open(learned) as file, open(harness.ROOT + "/docs/schema/baseline.json") as schema:
        document = json.load(file)
        jsonschema.validate(document, json.load(schema))
    assert document["runs"] == BASELINES
    assert {path["runs"] for path in document["paths"]} == {BASELINES}
    cache = [path for path in document["paths"] if path["path"] == "__main__.CACHE[*]"]
    assert cache[0]["type"] == "bytes" and cache[0]["size_deviation"] > 10000


@pytest.mark.parametrize("time", range(TIMES))
def test_noise_is_none(folder, learned, time):
    row = check(capture(folder, 101 + time), "--baseline", learned)
    assert row["verdict"] == "passed" and row["baselines"] == BASELINES


@pytest.mark.parametrize("time", range(TIMES))
def test_a_leak_is_found_by_its_path(folder, learned, time):
    finding = only_leak(check(capture(folder, 201 + time, "leak"), "--baseline", learned, expect=1))
    assert finding["types"][0] == {"type": "__main__.Session", "count": 400, "size": finding["types"][0]["size"]}


def test_runs_say_what_a_file_says(folder, baselines, learned):
    leaking = capture(folder, 301, "leak")
    kept = only_leak(check(leaking, "--baseline", learned, expect=1))
    assert only_leak(check("--runs", BASELINES, *baselines, leaking, expect=1)) == kept


def steps(folder, *words):
    with harness.Sample(conftest.ONE, SCRIPT, "401", *words) as sample:
        for step in range(5):
            if step > 0:
                sample.go_on()
            sample.wait_until_blocked()
            yield harness.capture(sample.pid, folder / ("step%s%d.snap" % ("-".join(words), step)))


def test_a_leak_grows_at_every_step(folder):
    row = check("--monotonic", *steps(folder, "leak"), expect=1)
    finding = only_leak(row)
    assert " grew at each of 4 steps: " in finding["message"]
    assert check("--monotonic", *steps(folder))["verdict"] == "passed"
