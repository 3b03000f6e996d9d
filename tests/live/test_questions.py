"""samples/questions.py: the queries that come with heapdiff find as many of each as the sample says it made."""
import json
import os
import subprocess

import pytest

import harness

LIBRARY = os.path.join(harness.ROOT, "queries/library")
NAMES = sorted(name[:-len(".cypher")] for name in os.listdir(LIBRARY))
PAIR = ("new-objects", "grown-containers", "gone-objects")  # ask two snapshots


def documents(text):
    """JSON documents that follow one another."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while text[at:].strip():
        document, end = decoder.raw_decode(text[at:].lstrip())
        found.append(document)
        at += len(text[at:]) - len(text[at:].lstrip()) + end
    return found


def answers(names, *snapshots):
    """The rows of each query, asked of one shell, which loads what they need once."""
    done = subprocess.run([harness.program("heapdiff"), "shell", "--json", "--param", "limit=1000", *snapshots],
                          input="".join(name + ";\n" for name in names), capture_output=True, text=True,
                          timeout=harness.PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip(names, [document.get("rows", []) for document in documents(done.stdout)], strict=True))


class Asked:
    def __init__(self, python, folder):
        before, after = str(folder / "before.snap"), str(folder / "after.snap")
        with harness.Sample(python, "samples/questions.py") as sample:
            sample.wait_until_blocked()
            harness.capture(sample.pid, before)
            self.truth = sample.truth["truth"]
            self.rows = answers([name for name in NAMES if name not in PAIR], before)
            self.later = sample.go_on()
            sample.wait_until_blocked()
            harness.capture(sample.pid, after)
        self.rows.update(answers(PAIR, before, after))

    def row(self, name, **columns):
        """The only row with these values; of types and paths the last part is given."""
        found = [row for row in self.rows[name]
                 if all(str(row.get(column, "")).split(".")[-1] == str(value)
                        for column, value in columns.items())]
        assert len(found) == 1, "%s: %r of %r" % (name, columns, self.rows[name])
        return found[0]


@pytest.fixture(scope="module")
def asked(python, tmp_path_factory):
    return Asked(python, tmp_path_factory.mktemp("questions"))


def check(asked, name, columns, values):
    """A row with the truth's `columns` has its `values`, each called as the column that it is compared with."""
    truth = asked.truth[name]
    row = asked.row(name, **{column: truth[column] for column in columns})
    assert {column: row[column] for column in values} == {column: truth[key] for column, key in values.items()}


@pytest.mark.parametrize("name, columns, values", [
    ("class-containers", ["class"], {"length": "length"}),
    ("closures", ["type"], {"closures": "count", "objects": "count"}),
    ("slotless", ["type"], {"count": "count"}),
    ("tasks-pending", ["waits_for"], {"tasks": "count"}),
    ("lru-caches", ["function"], {"entries": "entries"}),
    ("boxed-numbers", ["type", "length"], {"numbers": "length"}),
    ("weakref-callbacks", ["callback", "watched"], {"references": "count"}),
    ("finalizers", ["type", "fate"], {"count": "count"}),
    ("loggers", ["handler"], {"handlers": "count"}),
    ("garbage", ["type"], {"count": "count"}),
])
def test_says_what_the_sample_says(asked, name, columns, values):
    check(asked, name, columns, values)


def test_finds_listeners_by_what_holds_their_methods(asked):
    truth = asked.truth["bound-methods"]
    row = asked.row("bound-methods", listener=truth["listener"], holder="list")
    assert (row["methods"], row["listeners"]) == (truth["count"], truth["count"])


def test_finds_both_links_of_a_chain(asked):
    truth = asked.truth["exception-chains"]
    for link in ("__cause__", "__context__"):
        row = asked.row("exception-chains", exception=truth["exception"], other=truth["other"], link=link)
        assert row["count"] == truth["count"]


def test_counts_the_frames_of_tracebacks(asked):
    for exception, frames in asked.truth["tracebacks"].items():
        assert asked.row("tracebacks", exception=exception)["frames"] == frames


def test_finds_suspended_calls_with_their_variables(asked):
    rows = [row for row in asked.rows["generators"] if ".KEPT[" in row["path"]]
    for kind, count in asked.truth["generators"].items():
        assert sum(row["generator"].startswith(kind + " #") for row in rows) == count
    assert sum("client: __main__.Request" in row["holds"] for row in rows) == asked.truth["generators"]["coroutine"]


@pytest.mark.parametrize("name", ["open-files", "sockets"])
def test_finds_what_the_sample_keeps_open(asked, name):
    assert sum(".KEPT[" in row["path"] and "._" not in row["path"] for row in asked.rows[name]) == \
        asked.truth[name]["count"]


def test_finds_equal_strings(asked):
    truth = asked.truth["duplicate-strings"]
    assert [row["size"] for row in asked.rows["duplicate-strings"] if row["copies"] == truth["copies"]
            and row["size"] == truth["size"]] == [truth["size"]]


def test_finds_who_holds_empty_containers(asked):
    truth = asked.truth["empty-containers"]
    row = asked.row("empty-containers", holder=truth["holder"], container=truth["container"])
    assert row["count"] >= truth["count"]  # others hold empty ones in lists, too
    assert row["count"] < truth["count"] + 20


def test_finds_the_container_that_was_once_full(asked):
    truth = asked.truth["sparse-containers"]
    row, = [row for row in asked.rows["sparse-containers"] if ".KEPT[" in row["path"]]
    # The collector's header is no part of what sys.getsizeof says of a dict's own size.
    assert row["length"] == truth["length"]
    assert 0 <= row["size"] - truth["size"] <= 16


def test_finds_the_variable_of_a_running_function(asked):
    truth = asked.truth["thread-locals"]
    row = asked.row("thread-locals", variable=truth["variable"])
    assert truth["size"] < row["retained"] < truth["size"] + 200
    assert row["frame"] == "frame main"


def test_says_of_a_pair_what_came_and_went(asked):
    came, went = asked.later["came"], asked.later["went"]
    row = asked.row("new-objects", type="Request")
    assert (row["holder"].split(" #")[0], row["count"]) == ("list", came)
    assert asked.row("gone-objects", type="Point")["count"] == went
    grown = [row for row in asked.rows["grown-containers"] if row["container"].startswith("list #")]
    assert any(row["growth"] >= 8 * came and row["length"] >= came for row in grown)
