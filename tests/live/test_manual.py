"""The pages of the manual say what the help says, of every command and option, and are laid out without complaint."""
import os
import re
import shutil
import subprocess

import pytest

import harness

ENVIRONMENT = {**os.environ, "COLUMNS": "80"}


def run(program, *words):
    return subprocess.run([harness.program(program), *words], capture_output=True, text=True, check=True,
                          env=ENVIRONMENT).stdout


def list_commands():
    text = run("heapdiff", "--help")
    return re.findall(r"^  (\w+)", text[text.index("Commands:"):text.index("All commands")], re.M)


# What to call for a help and for the page that tells the same.
PAGES = {"heapdump": (["heapdump", "--help"], ["heapdump", "--man"]),
         **{f"heapdiff-{name}": (["heapdiff", name, "--help"], ["heapdiff", "--man", name]) for name in list_commands()}}
ALL = {**PAGES, "heapdiff": (["heapdiff", "--help"], ["heapdiff", "--man"])}


def lay_out(page, width=80):
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", f"-rLL={width}n"], input=page, capture_output=True, text=True,
                          check=True)
    return re.sub("\x1b\\[[0-9;]*m|.\b", "", done.stdout), done.stderr


def part(page, name):
    found = re.search(rf"^\.SH {name}\n(.*?)(?=^\.SH |\Z)", page, re.M | re.S)
    return found.group(1) if found else ""


def plain(roff):
    return re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").replace("\\(aq", "'")


@pytest.mark.parametrize("name", PAGES)
def test_every_option_of_the_help_is_in_the_page_and_no_other(name):
    ask, page = PAGES[name]
    told = set(re.findall(r"^ +(?:-., )?--([a-z-]+)", run(*ask), re.M))
    terms = "\n".join(re.findall(r"^\.TP\n(.*)", part(run(*page), "OPTIONS"), re.M))
    described = set(re.findall(r"--([a-z-]+)", plain(terms)))
    assert len(told) > 5 and described == told, described ^ told


def test_the_page_of_the_program_lists_every_command():
    page = plain(run("heapdiff", "--man"))
    for name in list_commands():
        assert re.search(rf"^\.TP\n{name}\b", page, re.M) and f"heapdiff-{name}(1)" in page, name


def test_exit_codes_of_the_help_are_those_of_the_page():
    for ask, page in ALL["heapdump"], ALL["heapdiff"]:
        sentence = re.sub(r"\s+", " ", re.search(r"Exit codes: (.*?)\.$", run(*ask), re.M | re.S).group(1))
        listed = re.findall(r"^\.TP\n([0-9, ]+)\n", plain(part(run(*page), "EXIT STATUS")), re.M)
        assert re.findall(r"\b[0-9]+\b", sentence) == re.findall(r"[0-9]+", " ".join(listed))


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_laid_out_without_complaint_and_fits_80_columns(name):
    page = run(*ALL[name][1])
    page.encode("ascii")
    text, complaints = lay_out(page)
    assert complaints == ""
    assert [line for line in text.splitlines() if len(line) > 80] == []
    for heading in "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO":
        assert re.search(rf"^{heading}$", text, re.M), heading
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "error"], input=page, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_the_examples_of_the_help(name):
    ask, page = ALL[name]
    help_lines = [line[2:] for line in run(*ask).splitlines() if re.match("  (sudo )?heap(dump|diff) ", line)]
    examples = [line[2:].replace("\\(ha", "^").replace("\\e", "\\")
                for line in plain(part(run(*page), "EXAMPLES")).splitlines() if line.startswith("\\&")]
    assert help_lines and examples == help_lines


def test_every_page_was_built():
    folder = os.path.join(os.path.dirname(harness.program("heapdiff")), "man")
    assert sorted(f for f in os.listdir(folder) if f.endswith(".1")) == sorted(f"{name}.1" for name in ALL)


def test_the_help_fits_80_columns():
    for ask, _ in ALL.values():
        assert [line for line in run(*ask).splitlines() if len(line) > 80] == []


def test_a_page_of_no_command_is_refused():
    done = subprocess.run([harness.program("heapdiff"), "--man", "tpo"], capture_output=True, text=True)
    assert done.returncode == 2 and "did you mean 'top'?" in done.stderr
