"""A heap whose allocator tells its own truth: prints what it has leaked, then stops itself between two prints of
sys._debugmallocstats() into the file that it is given. Where these are equal, so was the allocator's state between them."""
import ctypes, gc, json, os, signal, sys

os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
INSIDE = sys.argv[2:] == ["subinterpreter"]
STOP = """
def stop(pid, number, kill=os.kill, tell=sys._debugmallocstats):
    tell()
    kill(pid, number)
    tell()
"""


class Session:
    def __init__(self, number):
        self.number = number
        self.text = "session %d" % number
        self.keys = {"number": number * 1.5, number: None}


def leak(thing):
    """What C code that forgets a reference does."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    return id(thing)


def leak_all():
    planted = {"str": [], "bytes": [], "float": [], "int": [], "wide": []}
    for i in range(100):
        planted["str"].append(leak("leaked text %d" % i))
        planted["wide"].append(leak("leak\u20ac %d" % i))
        planted["bytes"].append(leak(b"leaked bytes %d" % i))
        planted["float"].append(leak(i * 1234.5678))
        planted["int"].append(leak(10 ** 20 + i))
    return planted


# Many allocations, most of which are given back: arenas that little keeps alive.
sessions = [Session(i) for i in range(20000)]
kept = sessions[::97]
del sessions[:]
planted = leak_all()
sizes = {"str": [sys.getsizeof("leaked text %d" % i) for i in range(100)],
         "wide": [sys.getsizeof("leak\u20ac %d" % i) for i in range(100)],
         "bytes": [sys.getsizeof(b"leaked bytes %d" % i) for i in range(100)],
         "float": [sys.getsizeof(1.5)] * 100, "int": [sys.getsizeof(10 ** 20)] * 100}
gc.collect()
gc.disable()
print(json.dumps({"planted": planted, "sizes": sizes, "session": len(kept)}), flush=True)
if INSIDE:
    try:
        import _interpreters as interpreters
        number = interpreters.create("isolated")
    except ImportError:
        import _xxsubinterpreters as interpreters
        number = interpreters.create()
    code = "import os, sys\nkept = [('x', i + 1000) for i in range(5000)]\n" + STOP
    code += "stop(%d, %d)\nsys.stdin.readline()" % (os.getpid(), signal.SIGSTOP)
    getattr(interpreters, "exec", getattr(interpreters, "run_string", None))(number, code)
else:
    exec(STOP)
    stop(os.getpid(), signal.SIGSTOP)
    sys.stdin.readline()
