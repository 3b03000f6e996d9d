"""Captured at random moments, a busy process of several threads that collects all the time loses nothing.

Most such moments fall into a collection, when objects hang on lists that only the collector knows: the capture waits
for another one. Some fall into an append that has not yet stored its item: that slot is told of, and nothing is lost.
On one interpreter; on all with HEAPDIFF_THOROUGH.
"""
import os
import random
import subprocess
import time

import pytest

import conftest
import harness

STOPS = conftest.times(20)
WHOLE = STOPS - 1  # at least; the others say that they are partial
PARTIAL = 4  # heapdump's exit code then
PYTHONS = conftest.PYTHONS if os.environ.get("HEAPDIFF_THOROUGH") else [conftest.ONE]


def capture(pid, path):
    done = subprocess.run([harness.program("heapdump"), str(pid), "-o", str(path)], capture_output=True,
                          timeout=harness.PATIENCE)
    assert done.returncode in (0, PARTIAL), done.stderr.decode(errors="replace")
    return done.returncode == 0


def counts(path):
    """Instances of each class, by `heapdiff types`."""
    return {row["type"]: row["count"] for row in harness.ask("types", path)["rows"]}


@pytest.mark.parametrize("python", PYTHONS, ids=[python.name for python in PYTHONS])
def test_nothing_is_lost_at_random_stops(python, tmp_path):
    chance = random.Random(1)
    whole = 0
    path = tmp_path / "a.snap"
    with harness.Sample(python, "tests/live/busy_collector.py") as sample:
        for stop in range(STOPS):
            time.sleep(chance.uniform(0, 0.05))
            complete = capture(sample.pid, path)
            harness.run(harness.program("heapdiff"), "verify", path)
            losses = {loss["reason"]: loss for loss in harness.ask("info", path)["losses"]}
            assert any(loss["partial"] for loss in losses.values()) != complete, "stop %d" % stop
            assert not complete or losses.get("slot_changing", {"count": 0})["count"] <= 1, "stop %d" % stop
            if complete:
                found = counts(path)
                assert found["__main__.Lost"] == sample.truth["lost"], "stop %d" % stop
                assert found["__main__.Kept"] == sample.truth["kept"], "stop %d" % stop
            whole += complete
            path.unlink()
        assert sample.process.poll() is None, "the target ended with %d" % sample.process.returncode
    assert whole >= WHOLE, "only %d of %d snapshots are whole" % (whole, STOPS)
