#!/usr/bin/env python3
"""Prints line tables of real code objects, and what Python itself says of them, for test_decode_code.c.

    for v in 3.8 3.9 3.10 3.11 3.12 3.13; do python$v tests/dumper/make_lines.py; done > tests/dumper/lines.txt

One code object a line: form (0 co_lnotab, 1 the table of 3.10, 2 the location table), first line, table in
hexadecimal (- where it is empty), and START-END:LINE for each range of bytes of the code, line 0 where there is none.
"""
import dis
import sys
import types

SOURCES = [
    "pass",
    "\n\n\nx = 1",
    "def f(a, b=2, *c, d=4, **e):\n    return (a +\n            b +\n\n\n            len(c))\n",
    "def f():\n    try:\n        g()\n    except ValueError as e:\n        h(e)\n    finally:\n        k()\n",
    "def f(x):\n    with x as y:\n        for z in y:\n            if z:\n                continue\n            yield z\n",
    "async def f(x):\n    async with x as y:\n        async for z in y:\n            await z\n            yield z\n",
    "def f(x):\n    return [a for a in x\n            if a\n            for b in a]\n",
    "class C(\n    object\n):\n    'doc'\n    a = 1\n    def m(self): return lambda: self\n",
    "x = 1\n" + "\n" * 300 + "y = 2\n" + "\n" * 5000 + "z = 3\n",
    "def f():\n    g(\n" + "\n" * 200 + "      1)\n    return 2\n",
    "def f():\n" + "".join("    v%d = g(%d, a[%d].b, 'x' * %d)\n" % (i, i, i, i) for i in range(200)),
    "def f(x):\n    while True:\n        x = (x\n             if x else\n             0); y = x\n        del x, y\n",
    "x = {" + ",".join("%d:\n%d" % (i, i) for i in range(80)) + "}",
    "def f(x):\n    match_ = x\n    assert x, (\n        'text')\n    raise ValueError(\n        x)\n",
]


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def ranges(code):
    if hasattr(code, "co_lines"):
        return [(start, end, line or 0) for start, end, line in code.co_lines()]
    starts = list(dis.findlinestarts(code))
    ends = [start for start, _ in starts[1:]] + [len(code.co_code)]
    return [(start, end, line) for (start, line), end in zip(starts, ends)]


def merged(parts):
    result = []
    for start, end, line in parts:
        if start == end:
            continue
        if result and result[-1][2] == line and result[-1][1] == start:
            result[-1] = (result[-1][0], end, line)
        else:
            result.append((start, end, line))
    return result


def main():
    form = 2 if sys.version_info >= (3, 11) else 1 if sys.version_info >= (3, 10) else 0
    print("# made by make_lines.py with Python %d.%d" % sys.version_info[:2])
    for source in SOURCES:
        for code in codes(compile(source, "made", "exec")):
            table = code.co_linetable if form else code.co_lnotab
            told = ",".join("%d-%d:%d" % part for part in merged(ranges(code)))
            print(form, code.co_firstlineno, table.hex() or "-", told)


main()
