"""The manual page and the help of heapdump say the same, and fit a terminal."""
import os
import re
import shutil
import subprocess

import pytest

import harness

PAGE = os.path.join(harness.ROOT, "docs/heapdump.1")


def help_text():
    return subprocess.run([harness.program("heapdump"), "--help"], capture_output=True, text=True, check=True,
                          env={**os.environ, "COLUMNS": "80"}).stdout


def test_every_option_is_in_the_manual_and_no_other():
    told = set(re.findall(r"--([a-z-]+)", help_text()))
    with open(PAGE) as page:
        text = page.read().replace("\\-", "-")
    options = text[text.index(".SH OPTIONS"):text.index(".SS What happens")]
    described = set(re.findall(r"--([a-z-]+)", "\n".join(re.findall(r"\.TP\n(\..*)", options))))
    assert described == told, described ^ told


def test_the_help_fits_80_columns():
    assert [line for line in help_text().splitlines() if len(line) > 80] == []


def test_the_manual_is_laid_out_without_complaint():
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", PAGE], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "" and "heapdump" in done.stdout
