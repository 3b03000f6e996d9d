"""Snapshots of this process's own heap, for heapdiff to read.

    import heapdump
    heapdump.dump("before.snap")                            # now
    heapdump.on_signal(signal.SIGUSR2, "app-{pid}-{n}.snap")  # whenever the signal comes
    heapdump.on_rss(2 << 30, "app-{pid}-{n}.snap")          # at 2 GiB, 4 GiB ... resident
    heapdump.at_exit("end-{pid}.snap")
    heapdump.on_memory_error("memory-{pid}-{n}.snap")

A capture forks. The copy is a frozen image of the process, which a program of its own reads; the process waits for the
fork alone, which copies page tables and so takes time in proportion to its memory. While the image lives, pages that
the process changes exist twice.

Paths are templates: {name} stands for the process's name, {pid} for its id, {time} for the local time, {n} for the
number of the snapshot among those of its kind, from 1; {{ and }} for braces. A file that exists is never replaced
unless force=True.

Options, the same everywhere, by keyword:

    values      bytes of each str, bytes and bytearray to keep, and ints (0: none; True: 64; at most 1024). That is data of
                the program, with its secrets; arguments and environment values are kept out
    hash_key    path of a file of 16 random bytes or more: contents are hashed with a key made from it, so that
                snapshots of different processes can be compared
    force       replace a file that exists
    max_memory  bytes that the capture may use, in the program that reads the image (0: no limit)
    runtime     path of the file that holds the Python to read, where a process has several
"""
import os
import sys

from . import _native

__all__ = ["Capture", "Error", "PartialWarning", "at_exit", "dump", "on_memory_error", "on_rss", "on_signal"]
__version__ = "0.1.0"

DEFAULT = "{name}-{pid}-{time}.snap"

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "heapdump")
_FILLED_IN = "{name}", "{pid}", "{time}", "{n}"
_COLLECTING = 75  # exit code: a collection was running, nothing was written
_PARTIAL = 4
_USAGE = 2
_END = b"\0heapend"
_END_BYTES = 16
# What the program's messages call them, and what they are called here.
_OPTIONS = (("--force", "force=True"), ("--values", "values"), ("--hash-key", "hash_key"), ("--max-memory", "max_memory"),
            ("--runtime", "runtime"))
_VALUES = 64
_VALUES_MAX = 1024
_NOT_SIGNALS = "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGKILL", "SIGSTOP", "SIGCHLD"

_taken = 0  # by dump()
_hooked = False
_signals = {}  # number: (template, options)
_sizes = {}  # bytes: the same
_exit = None
_memory_error = None


class Error(Exception):
    """No snapshot was written. The message says why, and what to do."""


class PartialWarning(UserWarning):
    """A snapshot was written that lacks something. The message says what; heapdiff info does too."""


# --- what is asked for ------------------------------------------------------------------------------------------------

def _path(path):
    """The path as text, checked as a template."""
    path = os.fsdecode(path)
    rest = path.replace("{{", "").replace("}}", "")
    for word in _FILLED_IN:
        rest = rest.replace(word, "")
    if "{" in rest or "}" in rest:
        raise ValueError("a brace in %r means nothing: {name}, {pid}, {time} and {n} are filled in, and {{ and }} stand for "
                         "braces" % path)
    if not path or "\0" in path:
        raise ValueError("a snapshot needs the name of a file, not %r" % path)
    return path


def _absolute(path):
    """The same file wherever the process goes meanwhile."""
    path = _path(path)
    return path if os.path.isabs(path) else os.path.join(os.getcwd().replace("{", "{{").replace("}", "}}"), path)


def _size(value, name):
    value = value.__index__()
    if not 0 <= value < 1 << 63:
        raise ValueError("%s is a number of bytes, not %d" % (name, value))
    return value


def _options(values=0, hash_key=None, force=False, max_memory=0, runtime=None, quiet=False):
    """What the program is to be started with, beside the path."""
    values = _VALUES if values is True else _size(values, "values")
    if values > _VALUES_MAX:
        raise ValueError("values keeps at most %d bytes of each, not %d" % (_VALUES_MAX, values))
    words = [b"--force"] if force else []
    if quiet:
        words.append(b"-q")
    if values:
        words.append(b"--values=%d" % values)
    if hash_key is not None:
        words.append(b"--hash-key=" + os.fsencode(os.path.abspath(hash_key)))
    if _size(max_memory, "max_memory"):
        words.append(b"--max-memory=%d" % max_memory)
    if runtime is not None:
        words.append(b"--runtime=" + os.fsencode(runtime))
    return tuple(words)


def _command(path, options):
    return (os.fsencode(_PROGRAM), b"--self") + options + (b"-o", os.fsencode(path))


def _environment():
    zone = os.environ.get("TZ")
    return (b"TZ=" + os.fsencode(zone),) if zone is not None else ()


# --- now --------------------------------------------------------------------------------------------------------------

def _start(command, number, attempt, once, detached):
    try:
        return _native.start(command, _environment(), number, attempt, once, detached)
    except OSError as error:
        raise Error("this process can't fork, or not open /proc: %s; a limit of memory, processes or open files "
                    "(ulimit -a, the container's) is in the way" % error.strerror) from error


def _without_name(text):
    text = text.decode(errors="replace")
    for option, word in _OPTIONS:
        text = text.replace(option, word)
    lines = text.splitlines()
    return "; ".join(line[10:] if line.startswith("heapdump: ") else line for line in lines)


def _outcome(said):
    """(exit code, path, text) of all that a program has said; Error where it did not get so far."""
    end = said[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END):
        raise Error("the image of this process was killed before the snapshot was whole; where memory runs out, the kernel "
                    "kills it first")
    stage = int.from_bytes(end[8:12], "little")
    number = int.from_bytes(end[12:], "little")
    if stage == 1:
        raise Error("the image of this process can't read /proc/self: %s; is /proc mounted?" % os.strerror(number))
    if stage == 2:
        raise Error("can't start %s: %s; was the package installed whole, and may programs run from there?" %
                    (_PROGRAM, os.strerror(number)))
    parts = said[:-_END_BYTES].split(b"\0")
    path = os.fsdecode(parts[1]) if len(parts) == 3 else None
    text = _without_name(b"".join(parts[::2]))
    if number & 0x7f:
        raise Error("the program that writes the snapshot was killed by signal %d; where memory runs out, the kernel kills "
                    "it first" % (number & 0x7f))
    return number >> 8, path, text


def _result(said):
    """The path; None where a collection was running."""
    code, path, text = _outcome(said)
    if code == _COLLECTING:
        return None
    if path is None or code not in (0, _PARTIAL):
        raise (ValueError if code == _USAGE else Error)(text or "the program ended with exit code %d" % code)
    if code == _PARTIAL:
        import warnings
        warnings.warn("%s: %s" % (path, text), PartialWarning, stacklevel=4)
    return path


class Capture:
    """A capture that goes on by itself, made by dump(wait=False)."""

    __slots__ = "_child", "_fd", "_said", "_path"

    def __init__(self, child, fd):
        self._child = child
        self._fd = fd
        self._said = b""
        self._path = None

    def done(self):
        """Whether wait() would return, or raise, at once."""
        return self._listen(0)

    def wait(self, timeout=None):
        """The path of the snapshot, once it is whole.

        timeout is in seconds (None: no limit); TimeoutError when it is over, and the capture goes on. Error where there is no
        snapshot. Other threads run meanwhile.
        """
        if not self._listen(-1 if timeout is None else int(timeout * 1000)):
            raise TimeoutError("the snapshot is not written yet")
        if self._path is None:
            self._path = _result(self._said)
        return self._path

    def cancel(self):
        """Gives up; no file is left, unless it was whole before. What is detached goes on."""
        _native.cancel(self._child)

    def _listen(self, milliseconds):
        if self._fd >= 0:
            said, ended = _native.listen(self._child, self._fd, milliseconds)
            self._said += said
            if ended:
                fd, self._fd = self._fd, -1
                _native.end(self._child, fd)
        return self._fd < 0

    def __del__(self):
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            _native.leave(self._child, fd)


def _capture(command, number):
    """The path. A collection that runs now was begun by this thread, or waits in a finalizer of another one."""
    for attempt in range(1, _native.ATTEMPTS_MAX + 1):
        capture = Capture(*_start(command, number, attempt, False, False))
        try:
            path = capture.wait()
        except BaseException:
            if capture._fd >= 0:  # a signal's handler raised, as Ctrl-C does
                capture.cancel()
                while not capture._listen(-1):
                    pass
            raise
        if path is not None:
            return path
        import time
        time.sleep(min(0.001 * 2 ** (attempt - 1), 0.05))
    raise Error("a collection has been running all the time")


def dump(path=DEFAULT, *, wait=True, **options):
    """Writes a snapshot of this process as it is now, and returns its path.

    The process stands still for the fork alone; then this thread waits for the file, and the others go on. With wait=False it
    does not wait either, and a Capture is returned, whose wait() gives the path.

    Where a collection is running at that moment (a finalizer or a callback of gc calls this, or another thread's does), it is
    tried again, 40 times within 2 s; then, and with wait=False at once, the snapshot is partial.

    path is a template and options are as the module says; quiet is of no meaning here. ValueError and TypeError where these
    are wrong. Error: there is no snapshot, nothing was left behind, and the message says why. A snapshot that lacks something
    is returned with a PartialWarning.
    """
    global _taken
    options["quiet"] = True
    command = _command(_path(path), _options(**options))
    _taken += 1
    if wait:
        return _capture(command, _taken)
    return Capture(*_start(command, _taken, 1, True, True))


# --- by itself --------------------------------------------------------------------------------------------------------

def on_signal(signal, path, **options):
    """Takes a snapshot whenever the signal comes, even where no bytecode runs: the main thread may wait in C code or
    compute there without end. path=None ends that.

    The handler is C code, installed by sigaction(2) beside Python's: it forks in the thread that got the signal, and returns.
    A handler that was there before, such as one of signal.signal(), is called afterwards, and comes back with path=None.
    What calls signal.signal() for the same signal later replaces this. Where a collection is running, the image sends the signal
    once more some milliseconds later, 40 times at most. One line on stderr tells of each snapshot or says why there is
    none (quiet=True: only the latter).

    path is a template: with {n} or {time} in it, further signals give further files; a relative one is taken from the current
    folder of now. Children by os.fork or multiprocessing's fork keep it; where path has no {pid}, theirs gets one
    before its suffix.
    """
    number = int(signal)
    if path is None:
        if _signals.pop(number, None) is not None:
            _native.off_signal(number)
        return
    _check_signal(number)
    path, words = _absolute(path), _options(**options)
    _hook()
    try:
        _native.on_signal(number, _command(path, words), _environment())
    except OSError as error:
        raise ValueError("signal %d can't be caught: %s" % (number, error.strerror)) from error
    _signals[number] = path, words


def _check_signal(number):
    import signal
    for name in _NOT_SIGNALS:
        if number == getattr(signal, name):
            raise ValueError("%s is not for this: it can't be caught, comes of itself, or ends the program that goes on after "
                             "it; SIGUSR1, SIGUSR2 and the like are" % name)


def on_rss(bytes, path, **options):
    """Takes a snapshot once that many bytes of the process are resident, and again at 2 * bytes, 3 * bytes ..., each step
    once. path=None ends that.

    A thread of C code looks every 50 ms, without the GIL; it is there only while a size is watched, and not during
    os.fork. What the process grows by between two looks comes on top; several steps in one look give one snapshot. path and
    children: as for on_signal. Up to 16 sizes can be watched.
    """
    size = _size(bytes, "bytes")
    if size == 0:
        raise ValueError("bytes is how much has to be resident, above 0")
    if path is None:
        if _sizes.pop(size, None) is not None:
            _native.off_rss(_key(size))
        return
    path, words = _absolute(path), _options(**options)
    _hook()
    try:
        _native.on_rss(_key(size), size, _command(path, words), _environment())
    except OSError as error:
        raise Error("this size can't be watched: %s" % error.strerror) from error
    _sizes[size] = path, words


def _key(size):
    """A small number for it, as C keeps them."""
    return hash(size) & 0x7fffffff


def at_exit(path, **options):
    """Takes a snapshot when the interpreter ends in order, before its modules are cleared. path=None ends that.

    It runs as an atexit function: after those that are registered later, before those registered earlier. Not when the
    process is killed, or ends by os._exit; of multiprocessing's children, which do, those that were forked after this call
    are covered all the same. The process ends once the file is there. path and children: as for on_signal.
    """
    global _exit
    if path is None:
        _exit = None
        return
    made = _absolute(path), _options(**options)
    _hook()
    if _exit is None:
        import atexit
        atexit.unregister(_run_at_exit)
        atexit.register(_run_at_exit)
    _exit = made


def _run_at_exit():
    global _exit
    made, _exit = _exit, None
    if made is not None:
        _try(*made)


def _try(path, words):
    """A capture that must not get in the way of what goes on."""
    global _taken
    _taken += 1
    try:
        path = _capture(_command(path, words + (b"-q",)), _taken)
        if b"-q" not in words:
            _say("%s written" % path)
    except Exception as error:
        _say(error)


def _say(text):
    try:
        sys.stderr.write("heapdump: %s\n" % text)
    except Exception:
        pass


def on_memory_error(path, **options):
    """Takes a snapshot when a MemoryError is caught by nobody. path=None ends that.

    It goes before sys.excepthook, threading.excepthook and sys.unraisablehook, and calls the one that was there afterwards. So
    it sees what ends the program or one of its threads, or is ignored in a finalizer, with the frames of its traceback and their
    local variables still alive. It does not see a MemoryError that some code catches (web frameworks do, around each
    request), or one in C code outside of Python; nor the kernel's out-of-memory killer, which raises nothing. Who replaces a
    hook later and does not call this one takes it out.

    path and children: as for on_signal.
    """
    global _memory_error
    if path is None:
        _memory_error = None
        return
    made = _absolute(path), _options(**options)
    _hook()
    if not any(getattr(hook, "_heapdump", False) for hook in (sys.excepthook,)):
        _put_hooks()
    _memory_error = made


def _seen(kind):
    if _memory_error is not None and isinstance(kind, type) and issubclass(kind, MemoryError):
        _try(*_memory_error)


def _put_hooks():
    import threading
    former, former_thread, former_ignored = sys.excepthook, threading.excepthook, sys.unraisablehook

    def uncaught(kind, value, traceback):
        _seen(kind)
        former(kind, value, traceback)

    def uncaught_in_thread(what):
        _seen(what.exc_type)
        former_thread(what)

    def ignored(what):
        _seen(what.exc_type)
        former_ignored(what)

    uncaught._heapdump = True
    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, uncaught_in_thread, ignored


# --- children ---------------------------------------------------------------------------------------------------------

def _hook():
    global _hooked
    if not _hooked:
        _hooked = True
        os.register_at_fork(before=_native.pause, after_in_parent=_in_parent, after_in_child=_in_child)


def _in_parent():
    try:
        _native.resume()
    except OSError as error:
        _say("resident sizes are no longer watched: %s" % error.strerror)


def _of_child(path):
    """With the child's own id in it: no two processes write one file."""
    if "{pid}" in path.replace("{{", "").replace("}}", ""):
        return path
    stem, suffix = os.path.splitext(path)
    return stem + "-{pid}" + suffix


def _in_child():
    global _taken, _exit, _memory_error
    _taken = 0
    _native.forked()
    for number, (path, words) in list(_signals.items()):
        _signals[number] = _of_child(path), words
        _native.on_signal(number, _command(*_signals[number]), _environment())
    for size, (path, words) in list(_sizes.items()):
        _sizes[size] = _of_child(path), words
        _native.on_rss(_key(size), size, _command(*_sizes[size]), _environment())
    if _memory_error is not None:
        _memory_error = _of_child(_memory_error[0]), _memory_error[1]
    if _exit is not None:
        _exit = _of_child(_exit[0]), _exit[1]
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children end by os._exit, and forget finalizers before they run these
            util.register_after_fork(sys.modules[__name__], _finalize)
    _in_parent()


def _finalize(module):
    from multiprocessing import util
    util.Finalize(None, _run_at_exit, exitpriority=-100)
