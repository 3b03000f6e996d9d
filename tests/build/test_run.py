"""tests/run with made-up test programs: what is counted, and that nothing that went wrong counts as passed."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "run"


def synthesis(tested, passing):
    return f"echo '[====] Synthesis: Tested: {tested} | Passing: {passing} | Failing: {tested - passing} | Crashing: 0 '"


def run(folder, *arguments, **programs):
    paths = []
    for name, body in programs.items():
        path = folder / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)
        paths.append(str(path))
    done = subprocess.run(
        [SCRIPT, *arguments, *paths],
        env={"PATH": "/usr/bin:/bin", "OUT": str(folder), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=120,
    )
    counts = (folder / "tests/counts").read_text().split()
    return done.returncode, [int(count) for count in counts], done.stdout


def test_counts_add_up(tmp_path):
    code, counts, output = run(tmp_path, one=synthesis(4, 4), two=synthesis(3, 3))
    assert (code, counts) == (0, [7, 0, 0])
    assert output.endswith("\ntests: 7 passed, 0 failed\n")


@pytest.mark.parametrize(
    "body, counts",
    [
        (synthesis(4, 3) + "; exit 1", [3, 1, 0]),
        (synthesis(4, 4) + "; exit 1", [4, 1, 0]),  # a failure at exit
        (synthesis(4, 3), [3, 1, 0]),  # an exit code that doesn't tell
        (synthesis(0, 0), [0, 1, 0]),  # no test in it
        ("exit 0", [0, 1, 0]),
        ("kill -SEGV $$", [0, 1, 0]),
    ],
)
def test_whatever_goes_wrong_fails(tmp_path, body, counts):
    code, counted, _ = run(tmp_path, bad=body)
    assert (code, counted) == (1, counts)


def test_what_failed_is_shown(tmp_path):
    _, _, output = run(tmp_path, bad="echo the reason >&2; exit 3", good="echo noise; " + synthesis(1, 1))
    assert "the reason" in output and "exit code 3" in output
    assert "noise" not in output


def test_nothing_at_all_is_a_failure(tmp_path):
    code, counts, _ = run(tmp_path)
    assert (code, counts) == (1, [0, 0, 0])


def test_python_tests_are_counted(tmp_path):
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "test_some.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "def test_skipped(): pytest.skip('why')\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError\n"
        "def test_error(broken): pass\n"
    )
    code, counts, output = run(tmp_path, "--pytest", str(folder))
    assert (code, counts) == (1, [1, 2, 1])
    assert output.endswith("\ntests: 1 passed, 2 failed, 1 skipped\n")


def test_python_tests_that_cannot_start_fail(tmp_path):
    folder = tmp_path / "some"
    folder.mkdir()
    code, counts, _ = run(tmp_path, "--pytest", str(folder))
    assert (code, counts) == (1, [0, 1, 0])
    (folder / "test_some.py").write_text("import no_such_module\n")
    code, counts, _ = run(tmp_path, "--pytest", str(folder))
    assert (code, counts) == (1, [0, 1, 0])


def test_a_proof_that_does_not_bite_fails(tmp_path):
    toothless = tmp_path / "toothless"
    toothless.write_text("#!/bin/bash\n" + synthesis(1, 1) + "\n")
    toothless.chmod(0o755)
    code, counts, _ = run(tmp_path, "--proof", "address", str(toothless))
    assert (code, counts) == (1, [1, 2, 0])
