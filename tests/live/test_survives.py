"""The target survives: it answers every request while it is captured again and again, and nothing in it has changed."""
import hashlib
import json
import os
import subprocess
import urllib.request

import conftest
import harness

SNAPSHOTS = conftest.times(12)
VISITS = 125 * SNAPSHOTS
PARTIAL = 4  # exit code of heapdump then


def get(sample, path):
    with urllib.request.urlopen(sample.truth["url"] + path, timeout=harness.PATIENCE) as answer:
        return json.loads(answer.read())


def status(pid):
    with open("/proc/%d/status" % pid) as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


def settled(sample, threads):
    """The service's health, once the threads of the last requests have gone."""
    for _ in range(200):
        health = get(sample, "/health")
        if health["threads"] <= threads:
            break
    return health


def capture(pid, path, *options):
    """Takes a snapshot; whether it is partial: a stop may fall into the moment in which a list is given several items at once."""
    done = subprocess.run([harness.program("heapdump"), *options, str(pid), "-o", str(path)], capture_output=True, text=True,
                          timeout=harness.PATIENCE)
    assert done.returncode in (0, PARTIAL), done.stderr
    return done.returncode == PARTIAL


def test_a_service_under_load_answers_every_request(python, tmp_path):
    with harness.Sample(python, "samples/leaky_service.py") as sample:
        harness.load_service(sample.truth["url"], 20).communicate()
        before = settled(sample, 2)
        load = harness.load_service(sample.truth["url"], VISITS)
        overlapped = partial = 0
        for number in range(SNAPSHOTS):
            overlapped += load.poll() is None
            partial += capture(sample.pid, tmp_path / ("%d.snap" % number), "--pause=" + ("hold", "copy")[number % 2])
            assert sample.process.poll() is None, "the service ended with %d" % sample.process.returncode
        printed = json.loads(load.communicate(timeout=harness.PATIENCE)[0])
        after = settled(sample, before["threads"])
        assert load.returncode == 0 and printed["failed"] == 0 and printed["logins"] == VISITS
        assert partial <= 1 + SNAPSHOTS // 20, "%d of %d snapshots are partial" % (partial, SNAPSHOTS)
        assert overlapped > 0, "the load had ended before the first snapshot"
        assert (after["threads"], after["descriptors"]) == (before["threads"], before["descriptors"])
        assert after["tracer"] == 0
        assert status(sample.pid)["State"][0] in "SR"
        assert get(sample, "/truth")["leaked"] == 16 + VISITS * 4 // 5
        assert sample.stop() == 0


def memory(pid):
    """A digest of every readable private mapping, with its place: what the target could notice of a write."""
    digests = []
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", buffering=0) as bytes_there:
        for line in maps:
            place, rights = line.split()[:2]
            if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            first, last = (int(text, 16) for text in place.split("-"))
            digest = hashlib.sha256()
            for at in range(first, last, 1 << 20):
                bytes_there.seek(at)
                try:
                    digest.update(bytes_there.read(min(1 << 20, last - at)))
                except OSError:  # a file that ends before its mapping does
                    digest.update(b"nothing there")
            digests.append((place, rights, digest.hexdigest()))
    return digests


def threads(pid):
    """Of each thread: what it waits for, with its registers as the kernel shows them."""
    found = {}
    for task in sorted(os.listdir("/proc/%d/task" % pid)):
        with open("/proc/%d/task/%s/syscall" % (pid, task)) as file:
            found[task] = file.read()
    return found


def picture(pid):
    there = status(pid)
    return {"memory": memory(pid), "threads": threads(pid), "tracer": there["TracerPid"], "state": there["State"],
            "descriptors": sorted(os.listdir("/proc/%d/fd" % pid)), "pending": there["SigPnd"] + there["ShdPnd"],
            "size": there["VmSize"], "blocked": there["SigBlk"]}


def test_a_capture_writes_nothing_into_the_target(python, tmp_path, monkeypatch):
    # Without restartable sequences: the kernel itself writes there on which processor a thread goes on.
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0")
    with harness.Sample(python, "samples/shapes.py") as sample:
        sample.wait_until_blocked()
        before = picture(sample.pid)
        for mode in ("hold", "copy", "hold"):
            harness.capture(sample.pid, tmp_path / "a.snap", "--force", "--pause=" + mode)
        after = picture(sample.pid)
        for what, there in before.items():
            assert after[what] == there, what
        sample.process.stdin.close()
        assert sample.process.wait(harness.PATIENCE) == 0, "the sample did not go on where it had waited"
