"""A process of three interpreters, one with a GIL of its own where this version can have that: prints its pid and waits.

The other interpreters import modules, make strings that are interned in each, and keep objects.
"""
import json
import os
import sys

WORK = """
import json, re, collections, sys, datetime, enum
class Plain:
    def __init__(self, number):
        self.attribute_of_{n} = number
        self.text = "value %d" % number
kept = [Plain(n) for n in range(2000)]
names = [sys.intern("interned %d" % n) for n in range(500)] + [sys.intern("only in {n}: %d" % n) for n in range(500)]
made = json.loads(json.dumps({{"key %d" % n: [n] for n in range(300)}}))
pattern = re.compile("a(b)*{n}")
nothing = [None, True, False, ..., (), "", b"", 1, 300]
"""


def run_in_new(number):
    """Runs WORK in a new interpreter of main's kind, then of the other; they live as long as the process."""
    code = WORK.format(n=number)
    if sys.version_info >= (3, 13):
        import _interpreters
        made = _interpreters.create("isolated" if number % 2 else "legacy", reqrefs=True)
        failed = _interpreters.exec(made, code)
        assert failed is None, failed
    else:
        import _xxsubinterpreters
        kind = {"isolated": bool(number % 2)} if sys.version_info >= (3, 9) else {}
        made = _xxsubinterpreters.create(**kind)
        _xxsubinterpreters.run_string(made, code)
    return made


kept = [run_in_new(number) for number in range(2)]
names = [sys.intern("interned %d" % n) for n in range(500)]
print(json.dumps({"pid": os.getpid()}), flush=True)
sys.stdin.read()
os._exit(0)
