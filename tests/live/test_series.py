"""A series has the snapshots it was asked for, ends with what ends it, and leaves what it had written."""
import os
import re
import signal
import subprocess
import time

import pytest

import cores
import harness
from test_pause import MIB, dump, running

# Says its resident size; grows by as many MiB as a line of its input says, and says it again.
GROWING = """import sys
heap = [{"name": str(i)} for i in range(int(sys.argv[1]))]
def say():
    print(int(open("/proc/self/statm").read().split()[1]) * 4096, flush=True)
say()
for line in sys.stdin:
    heap.append(b"x" * (int(line) << 20))
    say()
"""


@pytest.fixture
def target(tmp_path):
    import conftest
    with running(conftest.ONE, tmp_path, GROWING, 100) as sample:
        sample.wait_until_blocked()
        yield sample


class Dumper:
    """heapdump as it runs, in a folder of its own. Ends with the `with` block, whatever happens."""

    def __init__(self, folder, *words, **more):
        self.folder = folder / "out"
        self.folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen([harness.program("heapdump"), *map(str, words)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=self.folder, **more)

    def __enter__(self):
        return self

    def __exit__(self, *words):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self):
        """Exit code, lines of both outputs."""
        said, complaint = self.process.communicate(timeout=harness.PATIENCE)
        return self.process.returncode, said.splitlines(), complaint

    def files(self):
        return sorted(os.listdir(self.folder))

    def check(self, names):
        """These snapshots and nothing else is there, and each is whole."""
        assert self.files() == sorted(names)
        for name in names:
            harness.run(harness.program("heapdiff"), "verify", self.folder / name)

    def ask(self, name):
        return harness.ask("info", str(self.folder / name))


def ends_as_it_would(target):
    target.process.stdin.close()
    assert target.process.wait(harness.PATIENCE) == 0


def test_a_series_has_its_count(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "100ms", "--count", "10", "-o", "a-{pid}-{n}.snap") as dumper:
        code, said, complaint = dumper.end()
        names = ["a-%d-%02d.snap" % (target.pid, number) for number in range(1, 11)]
        assert code == 0, complaint
        assert [line.split(":")[0] for line in said] == names
        assert complaint.count("pausing process") == 1
        dumper.check(names)
        captures = [dumper.ask(name)["capture"] for name in names]
        assert [capture["series_number"] for capture in captures] == list(range(1, 11))
        times = [capture["capture_time_ns"] for capture in captures]
        assert times == sorted(times) and len(set(times)) == 10
    ends_as_it_would(target)


def test_a_series_has_names_by_default_and_one_snapshot_no_number(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "0.05", "--count", "2", "-q") as dumper:
        code, said, complaint = dumper.end()
        assert (code, said, complaint) in [(0, [], "")] or (code == 0 and not said and "skipped" in complaint)
        names = dumper.files()
        assert [re.sub(r"\d{8}T\d{6}", "T", name) for name in names] == [
            "%s-%d-T-%d.snap" % (dumper.ask(names[0])["process"]["command"], target.pid, number) for number in (1, 2)]
    with Dumper(tmp_path, target.pid, "-o", "one.snap") as dumper:
        assert dumper.end()[0] == 0
        assert "series_number" not in dumper.ask("one.snap")["capture"]


def test_the_end_of_the_process_ends_the_series(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "1ms", "-o", "a-{n}.snap") as dumper:
        lines = [dumper.process.stdout.readline() for _ in range(3)]
        target.process.kill()
        code, said, complaint = dumper.end()
        names = [line.split(":")[0] for line in lines + said]
        assert names == ["a-%06d.snap" % (number + 1) for number in range(len(names))]
        assert code == 0, complaint
        assert "has ended; %d snapshots written" % len(names) in complaint
        assert "could not" not in complaint
        dumper.check(names)


def test_the_end_of_the_process_is_noticed_at_once(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "1h", "-o", "a-{n}.snap") as dumper:
        dumper.process.stdout.readline()
        target.process.kill()
        code, _, complaint = dumper.end()
        assert code == 0 and "has ended; 1 snapshot written" in complaint
        dumper.check(["a-000001.snap"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_series(target, tmp_path, number):
    with Dumper(tmp_path, target.pid, "--every", "1h", "-o", "a-{n}.snap") as dumper:
        dumper.process.stdout.readline()
        dumper.process.send_signal(number)
        code, _, complaint = dumper.end()
        assert code == 128 + number
        assert "interrupted by %s; 1 snapshot had been written" % number.name in complaint
        dumper.check(["a-000001.snap"])
    ends_as_it_would(target)


def test_a_signal_ends_the_wait(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--when-rss", "1TiB", "-o", "a.snap") as dumper:
        assert "has 1.0 TiB resident" in dumper.process.stderr.readline()
        dumper.process.terminate()
        code, _, complaint = dumper.end()
        assert code == 143 and "nothing was written" in complaint
        dumper.check([])


def test_a_waiting_series_can_be_put_to_sleep(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "1h", "-o", "a-{n}.snap",
                preexec_fn=lambda: os.setpgid(0, 0)) as dumper:
        dumper.process.stdout.readline()
        dumper.process.send_signal(signal.SIGTSTP)
        cores.await_state(dumper.process.pid, "T")
        dumper.process.send_signal(signal.SIGCONT)
        dumper.process.send_signal(signal.SIGINT)
        assert dumper.end()[0] == 130


def grow(target, mib):
    target.process.stdin.write(b"%d\n" % mib)
    target.process.stdin.flush()
    return int(target.read_line())


@pytest.mark.parametrize("words, names", [
    (["-o", "a.snap"], ["a.snap"]),
    (["-o", "a{n}.snap", "--every", "10ms", "--count", "2"], ["a1.snap", "a2.snap"]),
])
def test_a_process_is_captured_once_it_has_grown(target, tmp_path, words, names):
    wanted = target.truth + 40 * MIB
    with Dumper(tmp_path, target.pid, "--when-rss", wanted, *words) as dumper:
        assert "waiting until process" in dumper.process.stderr.readline()
        assert grow(target, 20) < wanted
        time.sleep(0.3)  # it looks several times
        assert dumper.process.poll() is None and dumper.files() == []
        assert grow(target, 40) >= wanted
        code, _, complaint = dumper.end()
        assert code == 0, complaint
        dumper.check(names)
        assert dumper.ask(names[0])["process"]["rss"] >= wanted - MIB  # the kernel's two counts differ by some pages


def test_a_process_that_is_large_enough_is_captured_at_once(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--when-rss", "1M", "-o", "a.snap") as dumper:
        assert dumper.end()[0] == 0
        dumper.check(["a.snap"])


def test_a_process_that_ends_before_it_has_grown_is_told(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--when-rss", "1TiB", "--every", "1s") as dumper:
        dumper.process.stderr.readline()
        target.process.kill()
        code, _, complaint = dumper.end()
        assert code == 1 and "ended before it had 1.0 TiB resident; the most that was seen is" in complaint
        dumper.check([])


@pytest.mark.parametrize("words, sentence", [
    (["-o", "there.snap"], "exists"),
    (["-o", "no/folder/a.snap"], "no/folder"),
])
def test_what_would_be_refused_is_refused_before_the_wait(target, tmp_path, words, sentence):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/there.snap").write_text("")
    with Dumper(tmp_path, target.pid, "--when-rss", "1TiB", *words) as dumper:
        code, _, complaint = dumper.end()
        assert code == 1 and sentence in complaint
        assert dumper.files() == ["there.snap"]


def test_a_failure_in_the_middle_is_told_and_the_series_goes_on(target, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a-2.snap").write_text("not ours")
    with Dumper(tmp_path, target.pid, "--every", "100ms", "--count", "3", "-o", "a-{n}.snap") as dumper:
        code, said, complaint = dumper.end()
        assert code == 4 and [line.split(":")[0] for line in said] == ["a-1.snap", "a-3.snap"]
        assert "snapshot 2 could not be taken: a-2.snap: exists" in complaint
        assert (dumper.folder / "a-2.snap").read_text() == "not ours"
        assert dumper.files() == ["a-1.snap", "a-2.snap", "a-3.snap"]


def test_a_failure_at_the_beginning_ends_the_series(target, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a-1.snap").write_text("not ours")
    with Dumper(tmp_path, target.pid, "--every", "1h", "--count", "3", "-o", "a-{n}.snap") as dumper:
        code, said, complaint = dumper.end()
        assert code == 1 and said == [] and "exists" in complaint
        assert dumper.files() == ["a-1.snap"]


def test_moments_that_a_capture_covers_are_skipped_and_told(target, tmp_path):
    with Dumper(tmp_path, target.pid, "--every", "1ms", "--count", "3", "-o", "a-{n}.snap") as dumper:
        code, said, complaint = dumper.end()
        assert code == 0 and len(said) == 3
        assert len(re.findall(r"took longer than the interval: \d+ moments? skipped", complaint)) == 2, complaint


@pytest.mark.skipif("sanitize" in harness.BUILD, reason="AddressSanitizer keeps what was freed")
def test_five_snapshots_take_the_memory_of_one(tmp_path):
    import conftest
    peaks = []
    with running(conftest.ONE, tmp_path, GROWING, 200000) as sample:
        sample.wait_until_blocked()
        for count in (1, 5):
            code, said, complaint, peak = dump(sample.pid, tmp_path / ("%d-{n}.snap" % count), "--every=1ms",
                                               "--count=%d" % count)
            assert code == 0 and len(said.splitlines()) == count, complaint
            peaks.append(peak)
    print("peaks: %.1f and %.1f MiB" % tuple(peak / MIB for peak in peaks))
    assert peaks[1] < peaks[0] * 1.04, peaks


@pytest.mark.parametrize("words, sentence", [
    (["--every=often"], "--every takes a time"),
    (["--every=0"], "--every takes a time from 1ms"),
    (["--every=367d"], "to 366d"),
    (["--every=-1s"], "--every takes a time"),
    (["--every=1s", "--count=0"], "--count takes a number from 1"),
    (["--every=1s", "--count=ten"], "--count takes a number"),
    (["--count=3"], "--count goes with --every"),
    (["--when-rss=much"], "--when-rss takes a number of bytes"),
    (["--when-rss=0"], "--when-rss takes a number of bytes"),
    (["--every=1s", "-o", "x.d/a.snap"], "put {n}, their number, into it: 'x.d/a-{n}.snap'"),
    (["--every=1s", "-o", "x.d/a"], "into it: 'x.d/a-{n}'"),
    (["--every=1s", "-o", "{time}.snap", "--force"], "'{time}-{n}.snap'"),
    (["-o", "a{b}.snap"], "{b} in the name of the output means nothing"),
    (["--check", "--every=1s"], "--check takes no snapshot"),
    (["--check", "--when-rss=1G"], "--check takes no snapshot"),
])
def test_wrong_usage(words, sentence):
    done = subprocess.run([harness.program("heapdump"), "1", *words], capture_output=True, text=True)
    assert done.returncode == 2 and sentence in done.stderr, done.stderr


@pytest.mark.parametrize("word", ["--every=1s", "--when-rss=1G"])
def test_a_core_has_no_series(word):
    done = subprocess.run([harness.program("heapdump"), "--core", "core.1", word], capture_output=True, text=True)
    assert done.returncode == 2 and "a core doesn't change" in done.stderr, done.stderr
