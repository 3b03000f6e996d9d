"""samples/leaky_service.py: the difference of two snapshots names the leak first, with the number of the service."""
import json
import urllib.request

import pytest

import harness
from snapshot import Snapshot

CLASS = "leaky_service.Session"


def get(sample, path):
    with urllib.request.urlopen(sample.truth["url"] + path, timeout=harness.PATIENCE) as answer:
        return json.loads(answer.read())


def visit(sample, visits):
    load = harness.load_service(sample.truth["url"], visits)
    printed = json.loads(load.communicate(timeout=harness.PATIENCE)[0])
    assert load.returncode == 0 and printed["failed"] == 0
    return printed


class Leak:
    def __init__(self, python, folder):
        self.before, self.after = str(folder / "before.snap"), str(folder / "after.snap")
        with harness.Sample(python, "samples/leaky_service.py") as sample:
            visit(sample, 50)
            self.truth_before = get(sample, "/truth")
            harness.capture(sample.pid, self.before)
            self.load = visit(sample, 400)
            self.truth_after = get(sample, "/truth")
            harness.capture(sample.pid, self.after)
            self.exit_code = sample.stop()
        self.leaked = self.truth_after["leaked"] - self.truth_before["leaked"]


@pytest.fixture(scope="module")
def leak(python, tmp_path_factory):
    return Leak(python, tmp_path_factory.mktemp("leak"))


def test_the_service_tells_the_truth(leak):
    assert leak.truth_after["class"] == CLASS
    assert leak.leaked == leak.load["logins"] - leak.load["logouts"] == 320


def test_the_service_ends_cleanly(leak):
    assert leak.exit_code == 0


def test_the_difference_names_the_leak_first(leak):
    row = harness.ask(leak.before, leak.after)["rows"][0]
    assert row["type"] == CLASS
    assert row["count_delta"] == leak.leaked
    assert (row["count_before"], row["count_after"]) == (leak.truth_before["leaked"], leak.truth_after["leaked"])
    assert row["size_delta"] > 0 and row["size_delta"] == row["size_after"] - row["size_before"]


def test_diff_is_the_command_without_a_name(leak):
    assert harness.ask("diff", leak.before, leak.after)["rows"] == harness.ask(leak.before, leak.after)["rows"]


def test_the_text_names_the_leak_first(leak):
    lines = harness.run(harness.program("heapdiff"), leak.before, leak.after).splitlines()
    assert lines[0].endswith("hangs from %s (+%d %s)" % (leak.truth_after["path"], leak.leaked, CLASS))
    table = lines[[number for number, line in enumerate(lines) if line.startswith("type ")][0] + 1:]
    assert CLASS in table[0].split() and "+%d" % leak.leaked in table[0].split()


def test_the_survivors_survive(leak):
    """Every session of the first snapshot is still there, at its address."""
    before, after = Snapshot(leak.before), Snapshot(leak.after)
    old = {thing.address for thing in before.instances(CLASS)}
    new = {thing.address for thing in after.instances(CLASS)}
    assert len(old) == leak.truth_before["leaked"] and old < new


def test_the_order_of_the_words_does_not_matter(leak):
    """Time stamps decide which is the earlier one, and a sentence says that the order was turned round."""
    turned = harness.ask(leak.after, leak.before)
    assert turned["rows"] == harness.ask(leak.before, leak.after)["rows"]
    assert "order was turned round" in json.dumps(turned)


def test_the_path_leads_to_the_leak(leak):
    """leaky_service.CACHE.sessions, as the service says, holds exactly the leaked sessions."""
    seen = Snapshot(leak.after)
    module, *path = leak.truth_after["path"].split(".")
    cache = next(thing for thing in seen.instances("leaky_service.SessionCache"))
    modules = [thing for thing in seen.instances("builtins.module")
               if any(edge.payload == path[0] for e in thing.edges for edge in seen.objects[e.target].edges)]
    assert cache in [seen.follow(module, path[0]) for module in modules]
    sessions = seen.follow(cache, *path[1:])
    held = [edge.target for edge in sessions.edges if edge.name == "value"]
    assert len(held) == len(set(held)) == leak.truth_after["leaked"]
    assert {seen.type_name(seen.objects[target]) for target in held} == {CLASS}


def test_types_agree_with_the_books(leak):
    assert harness.count_of(leak.before, CLASS) == leak.truth_before["leaked"]
    assert harness.count_of(leak.after, CLASS) == leak.truth_after["leaked"]
