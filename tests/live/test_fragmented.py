"""samples/fragmented.py: heapdiff memory says what the allocator itself says at the same stop, and what would be returned if the few
objects went that keep arenas: they then go, and it is looked how many arenas did."""
import os
import re
import signal

import pytest

import cores
import harness


def resident_of(pid):
    with open("/proc/%d/smaps_rollup" % pid) as file:
        return int(re.search(r"^Rss: +(\d+) kB", file.read(), re.M).group(1)) * 1024


class Fragmented:
    def __init__(self, python, folder):
        stats = folder / "stats"
        self.python = python
        self.paths = {"live": str(folder / "a.snap"), "core": str(folder / "core.snap"), "later": str(folder / "b.snap")}
        with harness.Sample(python, "samples/fragmented.py", "--stop", str(stats)) as sample:
            self.truth = sample.truth
            cores.await_state(sample.pid, "T")
            before = resident_of(sample.pid)
            harness.capture(sample.pid, self.paths["live"])
            self.resident = before, resident_of(sample.pid)
            core = cores.gcore(sample.pid, str(folder))
            harness.run(harness.program("heapdump"), "--core", core, "-o", self.paths["core"])
            os.unlink(core)
            os.kill(sample.pid, signal.SIGCONT)
            sample.wait_until_blocked()
            sample.process.stdin.write(b"\n")
            sample.process.stdin.flush()
            assert sample.read_line() == b"without\n"
            sample.wait_until_blocked()
            harness.capture(sample.pid, self.paths["later"])
        parts = re.split("^--- (?:before|behind|without)\n", stats.read_text(), flags=re.M)[1:]
        assert len(parts) == 3 and parts[0] == parts[1], "the allocator moved on"
        self.told, self.without = parts[0], parts[2]

    def ask(self, which, *words):
        return harness.ask("memory", self.paths[which], *words)


def arenas_of(stats):
    return int(re.search(r"^# arenas allocated current *= *([\d,]+)", stats, re.M).group(1).replace(",", ""))


@pytest.fixture(scope="module")
def fragmented(python, tmp_path_factory):
    return Fragmented(python, tmp_path_factory.mktemp("fragmented"))


@pytest.mark.parametrize("which", ["live", "core"])
def test_size_classes_are_those_of_debugmallocstats(fragmented, which):
    classes = re.findall(r"^ *\d+ +(\d+) +(\d+) +(\d+) +(\d+) *$", fragmented.told, re.M)
    told = {int(size): (int(pools), int(used), int(free)) for size, pools, used, free in classes}
    rows = fragmented.ask(which)["size_classes"]
    assert {row["block_size"]: (row["pools"], row["used"], row["free"]) for row in rows} == told
    size = fragmented.truth["block_size"]
    row = next(row for row in rows if row["block_size"] == size)
    assert told[size][0] >= fragmented.truth["kept"]
    assert row["free_size"] == told[size][2] * size and row["used_size"] == told[size][1] * size
    assert row["free_size"] > 0.9 * fragmented.truth["blocks_freed"] * size - row["pools"] * size
    assert 0 <= row["rounding"] < 16 * row["used"]


@pytest.mark.parametrize("which", ["live", "core"])
def test_every_line_adds_up(fragmented, which):
    report = fragmented.ask(which)
    lines = {row["name"]: row for row in report["rows"]}
    assert len(lines) == len(report["rows"])
    for measure in ("resident", "size"):
        for name, line in lines.items():
            parts = [row[measure] for row in report["rows"] if row.get("parent") == name and measure in row]
            assert not parts or sum(parts) == line[measure], (measure, name)
    assert lines["arenas"]["count"] == arenas_of(fragmented.told)
    if which == "live":  # reading a mapped file's page may bring it into memory
        assert fragmented.resident[0] <= lines["process"]["resident"] <= fragmented.resident[1]
    unexplained = lines["unknown_blocks"]["size"] / lines["used_blocks"]["size"]
    print("%r, %s: %.2f%% of used blocks unexplained" % (fragmented.python, which, 100 * unexplained))
    assert unexplained < 0.1


@pytest.mark.parametrize("which", ["live", "core"])
def test_what_keeps_arenas_is_named(fragmented, which):
    """CPython keeps the last arena that is all free, so one may stay."""
    report = fragmented.ask(which)
    keeper = report["keepers"][0]
    assert keeper["holder"] == fragmented.truth["path"]
    kept = re.match(r"([\d,]+) %s" % re.escape(fragmented.truth["class"]), keeper["types"])
    assert 0.8 * fragmented.truth["kept"] < int(kept.group(1).replace(",", "")) <= fragmented.truth["kept"]
    freed = arenas_of(fragmented.told) - arenas_of(fragmented.without)
    print("%r: %d arenas would be returned, %d were" % (fragmented.python, keeper["alone_arenas"], freed))
    assert keeper["alone_arenas"] > 5 and freed in (keeper["alone_arenas"], keeper["alone_arenas"] - 1)
    sentence = next(line for line in report["details"] if "would otherwise be returned" in line)
    assert fragmented.truth["path"] in sentence
    by_type = fragmented.ask(which, "--quick")["keepers"][0]
    assert by_type["type"] == fragmented.truth["class"] and by_type["alone_arenas"] == keeper["alone_arenas"]


def test_two_snapshots_say_what_was_returned(fragmented):
    report = harness.ask("memory", fragmented.paths["live"], fragmented.paths["later"])
    lines = {row["name"]: row for row in report["rows"]}
    freed = arenas_of(fragmented.told) - arenas_of(fragmented.without)
    assert lines["arenas"]["count_delta"] == -freed
    assert lines["arenas"]["size_delta"] == -freed * (1 << 20 if fragmented.python.version >= (3, 10) else 1 << 18)
    assert lines["process"]["resident_delta"] < 0
