"""What a snapshot tells of a program's data: nothing, unless it is asked to; never arguments and environment values."""
import os
import re
import signal
import subprocess
import tarfile

import pytest

import cores
import harness

SAMPLE = r"""
import json, os, sys
halves = lambda name: name.replace("|", "")   # so that the source has no secret whole

class Holder:
    pass

holder = Holder()
holder.text = halves("plan|ted-text")
holder.data = halves("plan|ted-bytes").encode()
holder.array = bytearray(halves("plan|ted-array").encode())
holder.keys = {halves("plan|ted-key"): 1, halves("plan|ted-bytes-key").encode(): 2, 1234567890123: 3}
holder.number = int("98" * 9)
holder.wide = halves("plan|ted-wi\u20acde \U0001f600") + "." * 3000
holder.large = (halves("plan|ted-large") + "." * 5000).encode()
holder.number_large = 10 ** 400
holder.argument = sys.argv[1][:]
holder.password = sys.argv[2].partition("=")[2]
holder.variable = os.environ["HEAP_TEST_VARIABLE"]
holder.raw = os.environb[b"HEAP_TEST_RAW"]
holder.decoded = os.environ["HEAP_TEST_RAW"]
holder.copy = dict(os.environ)
os.environ["HEAP_TEST_LATER"] = halves("secret|-later")
holder.later = os.environ["HEAP_TEST_LATER"]
sys.argv.append(halves("secret|-appended"))
holder.appended = b"".join([sys.argv[-1].encode()])
print(json.dumps({}), flush=True)
sys.stdin.read()
"""
PLANTED = [b"planted-text", b"planted-bytes", b"planted-array", b"planted-key", b"planted-bytes-key", b"1234567890123",
           b"98" * 9, "planted-wi\u20acde \U0001f600".encode()]
NEVER = [b"secret-argument", b"secret-password", b"secret-variable", b"secret-raw", b"secret-later", b"secret-appended"]


def start(python, folder):
    script = os.path.join(str(folder), "sample.py")
    with open(script, "w") as file:
        file.write(SAMPLE)
    os.environ["HEAP_TEST_VARIABLE"] = "secret-variable"
    os.environb[b"HEAP_TEST_RAW"] = b"secret-raw\xff\xfe"
    try:
        return harness.Sample(python, script, "secret-argument", "--password=secret-password")
    finally:
        del os.environ["HEAP_TEST_VARIABLE"], os.environ["HEAP_TEST_RAW"]


def contents(path):
    """All that a snapshot says, its columns out of their frames."""
    plain = b""
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            data = archive.extractfile(member).read()
            plain += data
            for frame in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), data):
                done = subprocess.run(["zstd", "-dcq"], input=data[frame.start():], capture_output=True)
                plain += done.stdout
    return plain


def found(path, texts):
    plain = contents(path)
    return [text for text in texts if text in plain]


@pytest.fixture(scope="module")
def snapped(python, tmp_path_factory):
    """A stopped process, snapshot with values, without, and as a core."""
    folder = tmp_path_factory.mktemp("secrets")
    with start(python, folder) as sample:
        sample.wait_until_blocked()
        os.kill(sample.pid, signal.SIGSTOP)
        cores.await_state(sample.pid, "T")
        paths = {name: harness.capture(sample.pid, folder / (name + ".snap"), *words) for name, words in {
            "plain": [], "held": ["--values=1000", "--pause=hold"], "copied": ["--values=1000", "--pause=copy"],
            "unpaused": ["--values=1000", "--pause=none"], "short": ["--values=5"]}.items()}
        core = cores.gcore(sample.pid, str(folder))
        for name, words in {"core": ["--values=1000"], "core_plain": []}.items():
            paths[name] = str(folder / (name + ".snap"))
            harness.run(harness.program("heapdump"), "--core", core, "-o", paths[name], *words)
        os.kill(sample.pid, signal.SIGCONT)
    return paths


def test_nothing_of_the_data_is_kept(snapped):
    for name in ("plain", "core_plain"):
        assert found(snapped[name], PLANTED + NEVER) == []


def test_values_are_kept_where_asked_for(snapped):
    for name in ("held", "copied", "unpaused", "core"):
        assert found(snapped[name], PLANTED) == PLANTED, name
        assert found(snapped[name], [b"planted-large"]), name
        assert harness.ask("info", snapped[name])["capture"]["values_limit"] == 1000


def test_arguments_and_environment_values_never_are(snapped):
    for name in ("held", "copied", "unpaused", "core"):
        assert found(snapped[name], NEVER) == [], name


def test_previews_are_as_short_as_asked_for(snapped):
    assert found(snapped["short"], [text for text in PLANTED if len(text) > 5]) == []
    assert found(snapped["short"], [b"plant"])


def test_redacted_is_as_if_never_asked(snapped, tmp_path):
    for name, plain in (("held", "plain"), ("copied", "plain"), ("core", "core_plain")):
        redacted = str(tmp_path / (name + ".snap"))
        done = harness.run(harness.program("heapdiff"), "redact", snapped[name], "-o", redacted)
        assert re.search(r"[\d,]{4,} values taken out", done)
        assert found(redacted, PLANTED + NEVER) == []
        assert harness.records(redacted) == harness.records(snapped[plain])
        assert os.stat(redacted).st_mode & 0o7777 == 0o600
        harness.run(harness.program("heapdiff"), "diff", "--exit-code", redacted, snapped[plain])


def ids(path):
    process = harness.ask("info", path)["process"]
    return process["hash_key"], process["hash_key_id"], process["process_hash"]


def test_a_key_file_tells_itself_but_not_its_key(one, tmp_path):
    key, other = os.urandom(32), os.urandom(32)
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "other").write_bytes(other)
    (tmp_path / "short").write_bytes(b"x" * 15)
    with start(one, tmp_path) as a, start(one, tmp_path) as b:
        own = [ids(harness.capture(sample.pid, tmp_path / ("own%d.snap" % sample.pid))) for sample in (a, b)]
        keyed = [harness.capture(sample.pid, tmp_path / ("key%d.snap" % sample.pid), "--hash-key", tmp_path / "key")
                 for sample in (a, b)]
        else_ = ids(harness.capture(a.pid, tmp_path / "other.snap", "--hash-key", tmp_path / "other"))
        done = subprocess.run([harness.program("heapdump"), str(a.pid), "--hash-key", str(tmp_path / "short"), "-o",
                               str(tmp_path / "short.snap")], capture_output=True, text=True)
    assert done.returncode == 1 and "a key needs 16 at least" in done.stderr
    assert own[0][0] == "process" and own[0][1] != own[1][1] and own[0][2] != own[1][2]
    assert ids(keyed[0])[:2] == ids(keyed[1])[:2] == ("file", ids(keyed[0])[1])
    assert else_[1] not in (ids(keyed[0])[1], own[0][1])
    assert found(keyed[0], [key, key[:16], key[16:]]) == []


@pytest.fixture(scope="session")
def one():
    import conftest
    return conftest.ONE
