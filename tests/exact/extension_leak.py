"""samples/leaks/c_reference.py whose references a compiled extension takes, instead of ctypes.

    python extension_leak.py FOLDER [--requests 1000]        FOLDER holds the extension exactwalk
"""
import os
import sys

sys.path[:0] = [sys.argv.pop(1), os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../samples/leaks")]
import c_reference
import exactwalk
import truth

c_reference.take = exactwalk.leak
truth.run("c_reference")
