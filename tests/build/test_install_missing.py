"""tests/install-missing against a made-up system: its dpkg-query, apt-get, sudo and id are scripts that tell on it."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "install-missing"


class System:
    """A folder of commands that stands before the real ones in PATH."""

    def __init__(self, folder, installed=(), user=0):
        self.folder = folder
        self.journal = folder / "journal"
        lines = "\n".join(f"installed {name}" for name in installed)
        self.command("dpkg-query", f"cat <<'END'\n{lines}\ndeinstall ok-ghost\nEND\nexit 1")
        self.command("id", f"echo {user}")
        for name in ("bash", "sed", "grep", "cat", "env"):
            self.link(name)
        self.command("apt-get", f'echo "apt-get $*" >> {self.journal}')

    def command(self, name, body):
        path = self.folder / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def link(self, name):
        real = next(Path(d, name) for d in ("/usr/bin", "/bin") if Path(d, name).exists())
        (self.folder / name).symlink_to(real)

    def run(self, *packages):
        return subprocess.run(
            ["/bin/bash", SCRIPT, "to try", *packages],
            env={"PATH": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self):
        return self.journal.read_text().splitlines() if self.journal.exists() else []


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_nothing_is_said_or_run_where_all_is_there(folder):
    system = System(folder, installed=["one", "two"])
    done = system.run("two", "one")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert system.calls() == []


def test_only_the_missing_are_installed_after_one_update(folder):
    system = System(folder, installed=["one"])
    done = system.run("one", "two", "three")
    assert done.returncode == 0
    assert done.stdout == "heapdiff: installing two three to try (apt-get)\n"
    assert system.calls() == ["apt-get -q update", "apt-get -q install -y --no-install-recommends two three"]


def test_a_removed_package_with_its_configuration_left_is_missing(folder):
    system = System(folder)
    system.run("ok-ghost")
    assert system.calls()[-1].endswith(" ok-ghost")


def test_others_than_root_go_through_sudo(folder):
    system = System(folder, user=1000)
    system.command("sudo", f'echo "sudo $1" >> {system.journal}; "$@"')
    done = system.run("two")
    assert done.returncode == 0
    assert "installing two to try (sudo apt-get)" in done.stdout
    assert system.calls()[0] == "sudo env"
    assert system.calls()[-1] == "apt-get -q install -y --no-install-recommends two"


def test_without_sudo_the_command_is_told(folder):
    system = System(folder, user=1000)
    done = system.run("two")
    assert done.returncode == 1
    assert "As root, run: apt-get install two" in done.stderr
    assert system.calls() == []


def test_a_failed_installation_is_a_failure(folder):
    system = System(folder)
    system.command("apt-get", f'echo "apt-get $*" >> {system.journal}; [[ $2 == update ]]')
    assert system.run("two").returncode != 0


def test_a_failed_update_alone_is_not(folder):
    system = System(folder)
    system.command("apt-get", "[[ $2 == install ]]")
    done = system.run("two")
    assert done.returncode == 0
    assert "apt-get update failed" in done.stderr


def test_other_systems_are_told_the_names(folder):
    system = System(folder)
    os.unlink(folder / "dpkg-query")
    done = system.run("one", "two")
    assert done.returncode == 0
    assert done.stderr.endswith("one two\n")
    assert system.calls() == []
