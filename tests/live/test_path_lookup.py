"""What reports print as the path of an object leads back to it: for objects of all kinds of a real heap, with captured keys and
without, and with keys masked as diffs of two processes mask them."""
import json
import re
import subprocess

import pytest

import harness

SHORTENED = re.compile(r" \.\.\. \d+ more \.\.\. ")


@pytest.fixture(scope="module", params=["hashes", "values"])
def heap(python, request, tmp_path_factory):
    path = tmp_path_factory.mktemp("paths") / "a.snap"
    with harness.Sample(python, "samples/owners.py") as sample:
        sample.wait_until_blocked()
        return harness.capture(sample.pid, path, *(["--values"] if request.param == "values" else []))


def printed(heap, every):
    """Ids and paths of each so many-th object."""
    query = "MATCH (n) WHERE id(n) %% %d = 0 RETURN id(n) AS id, path(n) AS path" % every
    rows = json.loads(harness.run(harness.program("heapdiff"), "query", heap, query, "--json"))["rows"]
    return [(row["id"], row["path"]) for row in rows if row.get("path")]


def look_up(heap, paths):
    done = subprocess.run([harness.program("tests/tools/pathnodes"), heap], capture_output=True, check=True,
                          timeout=harness.PATIENCE, input="".join(path + "\n" for path in paths).encode(errors="surrogateescape"))
    return [json.loads(line) for line in done.stdout.splitlines()]


def mask(path):
    """As analyzer/place_name.c does."""
    masked, depth = "", 0
    for c in path:
        masked += "[*]" if c == "[" and depth == 0 else c if depth == 0 and c not in "[]" else ""
        depth += (c == "[") - (c == "]" and depth > 0)
    return masked


def complain(rows, found):
    assert len(rows) == len(found)
    complaints = ["#%d is not what %s leads to: %r" % (*row, answer) for row, answer in zip(rows, found)
                  if row[0] not in answer.get("items", []) + answer.get("folded", [])]
    assert not complaints, "%d complaints\n%s" % (len(complaints), "\n".join(complaints[:20]))


def test_printed_paths_lead_back(heap):
    rows = printed(heap, 20)
    whole = [row for row in rows if not SHORTENED.search(row[1])]
    assert len(whole) > 1000
    assert len({re.split(r"[.\[<]", path)[0] for _, path in whole}) > 20, "all paths begin alike"
    complain(whole, look_up(heap, [path for _, path in whole]))


def test_masked_paths_lead_there_too(heap):
    # A bracket within a key would end the mask in the midst of it.
    rows = [row for row in printed(heap, 7) if "[" in row[1] and not SHORTENED.search(row[1]) and
            row[1].count("[") == len(re.findall(r"\[(?:'[^'\[\]]*'|[^'\[\]]*)\]", row[1]))]
    rows = rows[::1 + len(rows) // 300]
    assert len(rows) > 100
    complain(rows, look_up(heap, [mask(path) for _, path in rows]))


def test_a_name_of_the_program_is_one_object(heap):
    answers = look_up(heap, ["sys.modules", "sys.flags", "os.environ", "os.path.join", "os.environ._data[*]", "sys.nothing",
                             "sys.path ... 3 more ... [0]"])
    assert [len(answer["items"]) for answer in answers[:4]] == [1, 1, 1, 1]
    assert len(answers[4]["items"]) > 1
    assert answers[5] == {"items": [], "folded": [], "known": len("sys")}
    assert answers[6] == {"error": True}
