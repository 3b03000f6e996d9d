"""Too little memory: heapdiff refuses and says how much it would need, however little there is."""
import re
import resource
import subprocess

import pytest

import harness

MIB = 1 << 20
OBJECTS = 1000000


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "a.snap"
    harness.run(harness.program("tests/tools/shapes"), path, "mixed", str(OBJECTS))
    return path


def ask(limit, *words):
    """Exit code and last words of heapdiff when it may take no more address space than this."""
    done = subprocess.run([harness.program("heapdiff"), *map(str, words)], capture_output=True, timeout=harness.PATIENCE,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif("sanitize" in harness.BUILD, reason="sanitizers take terabytes of address space")
@pytest.mark.parametrize("command", ["top", "cycles", "types"])
def test_refuses_and_says_how_much_is_needed(snapshot, command):
    codes = []
    for limit in range(120 * MIB, 900 * MIB, 130 * MIB):
        code, said = ask(limit, command, snapshot)
        codes.append(code)
        if code != 0:
            assert code == 3
            assert re.search(r"a\.snap: this needs [0-9.]+ [KMG]iB of memory, (and|which) ", said), (limit, said)
    assert codes[-1] == 0 and codes == sorted(codes, reverse=True)
    assert command == "types" or codes[0] == 3
