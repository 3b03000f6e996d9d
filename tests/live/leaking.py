"""What the tests of samples/leaks ask of each sample: does the difference of two snapshots say what the sample knows?"""
import json
import re

import harness


class Run:
    """A sample captured at three stops; what it says at each."""

    def __init__(self, python, folder, script, *words):
        self.truths, self.paths = [], []
        with harness.Sample(python, script, *words) as sample:
            for step in "abc":
                self.truths.append(sample.go_on() if self.truths else sample.truth)
                sample.wait_until_blocked()
                self.paths.append(harness.capture(sample.pid, folder / (step + ".snap")))
        self.leaks = self.truths[0]["leaks"]
        self.asked = {}

    def diff(self, before=0, after=1):
        if (before, after) not in self.asked:
            self.asked[before, after] = harness.ask(self.paths[before], self.paths[after])
        return self.asked[before, after]

    def delta(self, what):
        """By how much the sample's own books say that it changed from the first stop to the second."""
        return self.truths[1][what] - self.truths[0][what]


def masked(path):
    """Without what tells items of a container apart, as the sample writes it."""
    return re.sub(r"\[[^]]*\]", "[*]", path)


def is_place(path, told):
    """What no path leads to is called by its object: `held by C code: c_reference.Image #17`."""
    return masked(path) == told or ("." not in told and path.startswith(told))


def check_books(run):
    for truth, path in zip(run.truths, run.paths):
        assert harness.count_of(path, truth["class"]) == truth["count"]


def check_type(run):
    counts = {row["type"]: row["count_delta"] for row in run.diff()["rows"]}
    assert counts.get(run.truths[0]["class"], 0) == run.delta("count")


def check_place(run):
    """The first line of where it grew has the right path, and says exactly how many came."""
    place = run.diff()["growth"]["rows"][0]
    assert is_place(place["path"], run.truths[0]["path"])
    came = {row["type"]: row["count_delta"] for row in place["came"]}
    assert came.get(run.truths[0]["class"], 0) == run.delta("count")
    if run.truths[0]["bytes"] is not None:
        assert place["size_delta"] == run.delta("bytes")


def check_verdict(run):
    assert masked(run.truths[0]["path"]) in masked(run.diff()["verdict"])


def check_leading_class(run):
    """A class of the program leads where as many of the standard library's came with it."""
    count = "%+d %s" % (run.delta("count"), run.truths[0]["class"])
    assert "(%s)" % count in run.diff()["verdict"]
    assert run.diff()["growth"]["rows"][0]["summary"].startswith(count)
    cycles = {row["what"]: row["count_delta"] for row in run.diff()["suspects"] if row["kind"] == "cycle"}
    assert cycles[run.truths[0]["class"]] == run.delta("count")


def check_no_place(run):
    for before in (0, 1):
        assert run.diff(before, before + 1)["growth"]["rows"] == []


def check_explanation(run):
    """A check of the class says by which path, what holds what came, how many, and a command that shows more. What doesn't leak
    passes it."""
    truth, came = run.truths[0], run.delta("count")
    option = "--max-growth" if came == 0 and run.leaks else "--max-count-growth"
    document = run.paths[1] + ".json"
    harness.run(harness.program("heapdiff"), "check", run.paths[0], run.paths[1], option,
                "^%s$=%d" % (re.escape(truth["class"]), max(0, came - 1)), "--json", document, expect=1 if run.leaks else 0)
    with open(document) as file:
        row, = json.load(file)["rows"]
    if not run.leaks:
        assert row["verdict"] == "passed" and not row.get("findings")
        return
    finding, = row["findings"]
    assert truth["class"] in finding["message"]
    if came > 0:
        assert "grew by %d object" % came in finding["message"].replace(",", "")
        assert "%d new objects (100%% of what came)" % came in finding["holder"].replace(",", "")
        assert {"type": truth["class"], "count": came}.items() <= finding["types"][0].items()
    if "." in truth["path"]:
        assert masked(finding["path"]).startswith(truth["path"])
        assert came == 0 or masked(finding["holder"]).endswith(" hang from " + truth["path"])
    else:
        assert truth["path"].split()[-1] in finding["holder"]  # C code, or: nothing leads to it
    shown = shown_by(finding["command"])
    assert truth["class"] in shown or "%d are new" % came in shown


def shown_by(command):
    """What a line prints that is meant to be pasted into a shell."""
    name, arguments = command.split(" ", 1)
    assert name == "heapdiff"
    return harness.run("sh", "-c", "'%s' %s" % (harness.program("heapdiff"), arguments))


# What each of these leaks besides memory: the kind of new suspect, and what it is counted by. As many come as the sample
# counts objects.
SUSPECTS = {
    "c_reference": ("held by C code", "c_reference"),
    "uncollected_cycles": ("garbage cycle", "uncollected_cycles.Request"),
    "back_references": ("grown cycle", "back_references.Session"),
    "suspended_generators": ("generator", "stream"),
    "never_ending_task": ("task", "Service.talk"),
}
# Each of what these keep has one of the standard library's with it.
LEADING = ("never_ending_task",)


def check_suspects(run):
    kind, what = SUSPECTS[run.truths[0]["sample"]]
    counts = {(row["kind"], row["what"]): row["count_delta"] for row in run.diff()["suspects"]}
    assert counts[kind, what] == run.delta("count")
