"""samples/owners.py: threads, modules, suspended calls, tasks and context variables are as the interpreter says, in a
snapshot of the living process and in one of its core."""
import os
import struct

import pytest

import cores
import harness
import snapshot


class Captured:
    def __init__(self, python, truth, path, living):
        self.python = python
        self.truth = truth
        self.path = str(path)
        self.living = living
        self.snapshot = snapshot.Snapshot(self.path)
        self.rows = self.snapshot.rows


@pytest.fixture(scope="module")
def both(python, tmp_path_factory):
    """The same moment, from the process and from its core."""
    folder = tmp_path_factory.mktemp("owners")
    with harness.Sample(python, "samples/owners.py") as sample:
        sample.wait_until_blocked()
        truth = sample.truth
        live = harness.capture(sample.pid, folder / "live.snap")
        values = harness.capture(sample.pid, folder / "values.snap", "--values")
        core = cores.gcore(sample.pid, str(folder))
    harness.run(harness.program("heapdump"), "--core", core, "-o", folder / "core.snap")
    os.unlink(core)
    return {"live": Captured(python, truth, live, True), "core": Captured(python, truth, folder / "core.snap", False),
            "values": values}


@pytest.fixture(scope="module", params=["live", "core"])
def owners(both, request):
    return both[request.param]


def by(rows, key):
    found = {row[key]: row for row in rows}
    assert len(found) == len(rows), "two rows of one %s" % key
    return found


def complain(complaints):
    assert not complaints, "%d complaints\n%s" % (len(complaints), "\n".join(complaints[:30]))


def test_is_complete(owners):
    assert owners.snapshot.complete and owners.snapshot.losses == {}


def test_threads(owners):
    found = by(owners.rows["threads"], "ident")
    expected = by(owners.truth["threads"], "ident")
    assert set(found) == set(expected)
    for ident, row in expected.items():
        mine = found[ident]
        assert mine["native_id"] == row["native_id"]
        assert mine["name"] == row["name"] and mine["node"] == row["address"]
        assert mine["daemon"] == bool(row["daemon"]) and mine["main"] == row["main"]
        assert mine["interpreter"] == 0


def test_threads_have_the_kernel_s_names(owners):
    names = {row["native_id"]: row["command"] for row in owners.rows["threads"]}
    assert all(bool(name) == owners.living for name in names.values())
    if not owners.living:
        return
    renames = owners.python.version >= (3, 14)  # the kernel is told what a Thread is called
    for row in owners.truth["threads"]:
        if renames and not row["main"] and row["name"] and row["name"].isascii():
            assert names[row["native_id"]] == row["name"][:15]


def build_id(path):
    """Of an ELF file, as its note NT_GNU_BUILD_ID has it."""
    with open(path, "rb") as file:
        data = file.read()
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for at in range(start, start + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", data, at)
        end = offset + length
        while kind == 4 and offset + 12 <= end:
            name, content, note = struct.unpack_from("<III", data, offset)
            begin = offset + 12 + (name + 3 & ~3)
            if note == 3 and data[offset + 12:offset + 16] == b"GNU\0":
                return data[begin:begin + content].hex()
            offset = begin + (content + 3 & ~3)
    return None


def test_modules(owners):
    found = by(owners.rows["modules"], "name")
    complaints = []
    for row in owners.truth["modules"]:
        mine = found.pop(row["name"], None)
        wanted = (row["address"], row["version"], row["file"])
        if mine is None or (mine["node"], mine["version"], mine["file"]) != wanted:
            complaints.append("%s: %r, not %r" % (row["name"], mine, wanted))
    complain(complaints + ["%s is none" % name for name in found])


def test_extensions_have_build_ids(owners):
    libraries = 0
    for row in owners.rows["modules"]:
        if row["file"] and row["file"].endswith(".so"):
            libraries += 1
            assert row["build_id"] == build_id(row["file"]), row["name"]
        else:
            assert row["build_id"] is None
    assert libraries > 0 or owners.python.path.startswith("/usr/bin") or owners.python.is_fetched


def test_one_interpreter(owners):
    interpreter, = owners.rows["interpreters"]
    assert interpreter["id"] == 0 and interpreter["gc_collecting"] == 0 and interpreter["gc_enabled"] == 1
    assert interpreter["threads"] == len(owners.truth["threads"])
    assert interpreter["modules"] == len(owners.truth["modules"])
    tracked = sum(thing.generation != "untracked" for thing in owners.snapshot.objects.values())
    lists = ("generation0", "generation1", "generation2", "permanent")
    assert sum(interpreter[name] for name in lists) == tracked


def test_suspensions(owners):
    found = by(owners.rows["suspensions"], "node")
    complaints = []
    for row in owners.truth["suspensions"]:
        mine = found.pop(row["address"], None)
        wanted = {name: row[name] for name in ("kind", "function", "file", "line", "state", "awaits")}
        if mine is None:
            complaints.append("%r is missing" % row)
            continue
        got = {name: mine[name] for name in wanted}
        if got != wanted:
            complaints.append("%r, not %r" % (got, wanted))
    complain(complaints + ["nobody knows %r" % row for row in found.values()])


def test_states_of_every_kind(owners):
    """So that the comparison before has something to compare."""
    seen = {(row["kind"], row["state"], row["awaits"] is not None) for row in owners.rows["suspensions"]}
    assert {("generator", "created", False), ("generator", "suspended", False), ("generator", "suspended", True),
            ("generator", "running", False), ("generator", "closed", False), ("coroutine", "created", False),
            ("coroutine", "suspended", True), ("async_generator", "created", False),
            ("async_generator", "suspended", False), ("async_generator", "suspended", True)} <= seen


def call_stack(owners, node):
    """Functions from a call to the innermost one that it waits for."""
    calls = by(owners.rows["suspensions"], "node")
    names = []
    while node in calls and len(names) < 100:
        names.append(calls[node]["function"])
        node = calls[node]["call"]
    return names


def test_calls_lead_to_the_innermost(owners):
    stacks = [call_stack(owners, row["node"]) for row in owners.rows["suspensions"]]
    assert ["inner_call", "inner_call", "inner_call", "inner_call", "park"] in stacks
    assert ["outer", "count"] in stacks
    assert ["awaits_wrapper", "inner_call", "inner_call", "park"] in stacks  # through coroutine_wrapper
    assert ["reads_numbers", "numbers", "park"] in stacks  # through async_generator_asend


def test_tasks(owners):
    found = by(owners.rows["tasks"], "node")
    threads = owners.rows["threads"]
    complaints = []
    for row in owners.truth["tasks"]:
        mine = found.pop(row["address"], None)
        if mine is None:
            complaints.append("%r is missing" % row)
            continue
        got = {name: mine[name] for name in ("name", "state", "coroutine", "waits_for", "loop")}
        got["thread"] = threads[mine["thread"]]["native_id"] if mine["thread"] is not None else None
        wanted = {name: row[name] for name in got}
        if row["given"]:
            wanted["name"] = None  # made of data
        if got != wanted:
            complaints.append("%r, not %r" % (got, wanted))
    complain(complaints + ["nobody knows %r" % row for row in found.values()])


def test_tasks_of_every_kind(owners):
    states = {row["state"] for row in owners.rows["tasks"]}
    assert states == {"pending", "done", "cancelled"}
    names = [row["name"] for row in owners.rows["tasks"]]
    assert {"consumer", "derived", "in_python"} <= set(names) and names.count(None) == 1


def names_of(path):
    return [row.get("task", "") for row in harness.ask("tasks", "--quick", "--top", "all", path)["rows"]]


def test_names_of_data_are_kept_with_values_only(both, tmp_path):
    truth = both["live"].truth["tasks"]
    given = {row["name"] for row in truth if row["given"]}
    assert sorted(names_of(both["values"])) == sorted(row["name"] for row in truth)
    redacted = tmp_path / "redacted.snap"
    harness.run(harness.program("heapdiff"), "redact", both["values"], "-o", redacted)
    for path in redacted, both["live"].path:
        assert sorted(names_of(path)) == sorted("" if row["given"] else row["name"] for row in truth)
        content = harness.run(harness.program("tests/tools/snapcat"), path)
        assert len(given) == 1 and not any(name in content for name in given)


def test_context_variables_have_names(owners):
    """From a task's context to the value of each variable, by edges that are called like it."""
    things = owners.snapshot.objects
    contexts = by(owners.rows["tasks"], "node")
    compared = 0
    for row in owners.truth["contexts"]:
        assert contexts[row["task"]]["context"] == row["context"]
        found, pending = {}, [row["context"]]
        while pending:
            for edge in things[pending.pop()].edges:
                kind = owners.snapshot.type_name(things[edge.target])
                if edge.name == "field" and edge.payload in row["values"]:
                    found[edge.payload] = edge.target
                elif kind.startswith("builtins.hamt"):
                    pending.append(edge.target)
        assert found == row["values"]
        compared += len(found)
    assert compared >= 41


def test_a_thread_s_context_is_reached_by_name(owners):
    roots = {root.thread: root for root in owners.snapshot.roots if root.kind == "thread"}
    contexts = 0
    for row in owners.rows["threads"]:
        targets = [edge.target for edge in roots[row["native_id"]].edges if edge.payload == "context"]
        assert targets == ([row["context"]] if row["context"] is not None else [])
        contexts += len(targets)
    assert contexts > 0
