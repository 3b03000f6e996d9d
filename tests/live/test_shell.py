"""heapdiff shell on a terminal: it answers, completes, remembers, and Ctrl-C stops a query and not the shell."""
import os
import pty
import re
import select
import signal
import termios
import time

import pytest

import harness

ENDLESS = "MATCH (a)-[*]-(b)-[*]-(c) RETURN count(*);"


class Terminal:
    """A shell, and what it has printed since it was last asked."""

    def __init__(self, folder, *words):
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "XDG_STATE_HOME": str(folder), "HOME": str(folder)}
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(harness.program("heapdiff"), ["heapdiff", "shell", "--no-pager", *words], environment)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        """Everything up to the pattern, without what moves the cursor."""
        printed, until = "", time.monotonic() + harness.PATIENCE
        while not re.search(pattern, printed):
            ready, _, _ = select.select([self.terminal], [], [], max(0, until - time.monotonic()))
            assert ready, "no %r in %r" % (pattern, printed)
            try:
                part = os.read(self.terminal, 65536)
            except OSError:  # the other end is closed
                part = b""
            assert part, "it ended without %r: %r" % (pattern, printed)
            printed += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", part.decode(errors="replace"))
        return printed

    def wait_for_prompt(self, before=""):
        """After the prompt the terminal is told to hand over each key; before that Ctrl-D would be lost."""
        self.wait_for(before + r"[\s\S]*heapdiff> ")
        until = time.monotonic() + harness.PATIENCE
        while termios.tcgetattr(self.terminal)[3] & termios.ICANON:
            assert time.monotonic() < until, "it doesn't read keys"
            time.sleep(0.001)

    def ask(self, text, answer):
        self.type(text + "\n")
        self.wait_for_prompt(answer)

    def ticks(self):
        """Processor time that it has used, in hundredths of a second."""
        with open("/proc/%d/stat" % self.process) as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:13]))

    def wait_until_busy(self, before):
        """Until it has worked for longer than reading a line takes: it runs a query."""
        until = time.monotonic() + harness.PATIENCE
        while self.ticks() < before + 20:
            assert time.monotonic() < until, "it never began"
            time.sleep(0.01)

    def end(self):
        """Its exit code."""
        self.type("\x04")
        until = time.monotonic() + harness.PATIENCE
        while time.monotonic() < until:
            ready, _, _ = select.select([self.terminal], [], [], 0.1)
            try:
                ready and os.read(self.terminal, 65536)
            except OSError:
                time.sleep(0.01)
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self.process = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it didn't end")

    def __enter__(self):
        return self

    def __exit__(self, *words):
        os.close(self.terminal)
        if self.process != 0:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("shell") / "a.snap")
    harness.run(harness.program("tests/tools/makesnap"), path, 3000, 1)
    return path


def test_answers_and_goes_on_after_a_mistake(snapshot, tmp_path):
    with Terminal(tmp_path, snapshot) as shell:
        shell.wait_for_prompt()
        shell.ask("MATCH (n) RETRUN n;", r"did you mean RETURN\?")
        shell.ask("MATCH (n)\nRETURN count(*) AS objects;", r"\b3,000\b")
        shell.ask(":show 1", r"reference count")
        assert shell.end() == 0


def test_ctrl_c_stops_a_query_and_not_the_shell(snapshot, tmp_path):
    with Terminal(tmp_path, "--max-steps", "1000000000000000", snapshot) as shell:
        shell.wait_for_prompt()
        shell.ask("MATCH (n)-->(m) RETURN count(*) > 0 AS loaded;", r"\byes\b")
        before = shell.ticks()
        shell.type(ENDLESS + "\n")
        shell.wait_until_busy(before)
        shell.type("\x03")
        shell.wait_for_prompt("(interrupted|stopped)")
        shell.ask("MATCH (n) RETURN count(*) AS objects;", r"\b3,000\b")
        shell.type("MATCH (n) RETURN cou")
        shell.wait_for("cou")
        shell.type("\x03")
        shell.wait_for_prompt()
        shell.ask("RETURN 6 * 7 AS number;", r"\b42\b")
        assert shell.end() == 0


def test_completes_and_remembers(snapshot, tmp_path):
    with Terminal(tmp_path, snapshot) as shell:
        shell.wait_for_prompt()
        # The terminal is sent what changes alone, so the answers tell.
        shell.ask("MATCH (n) RETURN max(n.reta\t) > 0 AS larger;", r"\byes\b")
        shell.ask("MATCH (n:di\t) RETURN count(*) >= 0 AS counted;", r"\byes\b")
        shell.ask("lru\t;", "no rows")
        shell.ask(":list\t", "lru-caches")
        shell.ask("RETURN toU\t('found') AS word;", "FOUND")
        assert shell.end() == 0
    history = tmp_path / "heapdiff/history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "heapdiff").stat().st_mode & 0o777 == 0o700
    with Terminal(tmp_path, snapshot) as shell:
        shell.wait_for_prompt()
        shell.ask("\x10", "FOUND")  # the line before
        assert shell.end() == 0
