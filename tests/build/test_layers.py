"""tests/layers on a made-up house of two floors, with one thing wrong at a time."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "layers"
GOOD = {
    "low/stone.h": "void stone(void);\n",
    "low/stone.c": '#include "low/stone.h"\n#include <stdio.h>\nvoid stone(void) { puts(""); }\n',
    "high/roof.h": "void roof(void);\n",
    "high/roof.c": '#include "high/roof.h"\n#include "low/stone.h"\n#include <foreign.h>\n'
    "void roof(void) { stone(); }\n",
    "include/foreign.h": "\n",
}


def check(folder, changed):
    for name, text in {**GOOD, **changed}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "out").mkdir()
    for floor in ("low", "high"):
        objects = []
        for source in sorted((folder / floor).glob("*.c")):
            objects.append(f"out/{floor}-{source.stem}.o")
            command = ["gcc", "-I.", "-Iinclude", "-w", "-c", source.relative_to(folder), "-o", objects[-1]]
            subprocess.run(command, cwd=folder, check=True)
        subprocess.run(["ar", "crs", f"out/lib{floor}.a", *objects], cwd=folder, check=True)
    return subprocess.run(
        [SCRIPT, "low:", "high: low"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "OUT": "out", "FOREIGN": r"foreign\.h criterion/"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_house_in_order(tmp_path):
    done = check(tmp_path, {})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "name, text, complaint",
    [
        ("low/more.c", '#include "high/roof.h"\n', 'low/more.c:1 includes "high/roof.h", which is not below low'),
        ("low/more.h", '\n  #  include   "high/roof.h"\n', 'low/more.h:2 includes "high/roof.h"'),
        ("high/more.c", '#include "roof.h"\n', 'high/more.c:1 includes "roof.h" without its folder'),
        ("low/more.c", "void roof(void);\nvoid more(void) { roof(); }\n", "low calls roof, which stands in high"),
        ("high/more.c", "void stone(void) {}\n", "stone stands in low and in high"),
        ("high/more.c", "#include <foreign.h>\n", "<foreign\\.h...> is included by high/more.c high/roof.c"),
        ("low/more.h", "#include <criterion/criterion.h>\n", "<criterion/...> is included by low/more.h"),
    ],
)
def test_one_thing_wrong(tmp_path, name, text, complaint):
    done = check(tmp_path, {name: text})
    assert done.returncode == 1
    assert complaint in done.stderr


def test_no_header_includes_what_is_foreign(tmp_path):
    done = check(tmp_path, {"high/roof.c": "void roof(void) {}\n", "high/more.h": "#include <foreign.h>\n"})
    assert done.returncode == 1
    assert "high/more.h is no .c file" in done.stderr
