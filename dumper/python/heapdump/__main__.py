"""python -m heapdump [options] script.py args ...: runs a program that takes snapshots of itself."""
import os
import sys

import heapdump

USAGE = "usage: python -m heapdump [options] script.py [args ...]\n       python -m heapdump [options] -m module [args ...]"
HELP = USAGE + """

Runs a Python program that takes snapshots of its own heap, for heapdiff to read. Nothing in the program changes.

When:
  --on-signal SIGNAL     whenever the signal comes: USR1, USR2 ... (default, where nothing else is asked for: USR2)
  --on-rss SIZE          once SIZE of it is resident, such as 2GiB, and again at twice that, three times ...
  --at-exit              when it ends
  --on-memory-error      when a MemoryError is caught by nobody
Where to:
  -o, --output FILE      in FILE {name}, {pid}, {time} and {n} are filled in (default: {name}-{pid}-{time}-{n}.snap)
  --force                replace FILE if it exists
What:
  --values[=BYTES]       keep the first BYTES (default: 64) of every str, bytes and bytearray, and ints: data of the
                         program, with all secrets that are in it
  --hash-key FILE        hash contents with a key made from FILE, so that processes can be compared
  --max-memory SIZE      give up when a capture would need more memory than this
  --runtime PATH         which Python to read where the process holds several: the file that contains it
  -q, --quiet            say nothing but errors
  -h, --help             this

Children that the program forks have the same; those that it starts anew (subprocess, multiprocessing's spawn) do not."""
UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}
WITH_VALUE = "--on-signal", "--on-rss", "--output", "--hash-key", "--max-memory", "--runtime"
WITHOUT = "--at-exit", "--on-memory-error", "--force", "--quiet", "--values", "--help"
SHORT = {"-o": "--output", "-q": "--quiet", "-h": "--help"}


def wrong(text):
    sys.stderr.write("python -m heapdump: %s\n%s\n" % (text, USAGE))
    raise SystemExit(2)


def size(option, text):
    digits = text[:len(text) - len(text.lstrip("0123456789"))]
    unit = text[len(digits):]
    if not digits or int(digits) == 0 or (unit and (unit[0].upper() not in UNITS or unit[1:] not in ("", "iB"))):
        wrong("%s takes a number of bytes, such as 500M or 2GiB, not %r" % (option, text))
    return int(digits) << (UNITS[unit[0].upper()] if unit else 0)


def signal_number(text):
    import signal
    name = text.upper()
    number = getattr(signal, name if name.startswith("SIG") else "SIG" + name, None)
    if number is None and text.isdigit():
        number = int(text)
    if number is None:
        wrong("there is no signal %r; USR1, USR2 and the like are for this" % text)
    return number


def take_options(words):
    """(options with their values, what follows them)."""
    options = {}
    while words and words[0].startswith("-") and words[0] not in ("-", "-m"):
        word = words.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        name = SHORT.get(name, name)
        if name in WITH_VALUE:
            if not equals:
                if not words:
                    wrong("%s takes a value" % name)
                value = words.pop(0)
            options.setdefault(name, []).append(value)
        elif name in WITHOUT and (not equals or name == "--values"):
            options[name] = value if equals else True
        else:
            wrong("there is no option %s; --help lists them" % word)
    return options, words


def arm(options):
    path = options.get("--output", ["{name}-{pid}-{time}-{n}.snap"])[-1]
    values = options.get("--values", 0)
    if isinstance(values, str):
        if not values.isdigit():
            wrong("--values takes a number of bytes, as in --values=200, not %r" % values)
        values = int(values)
    common = {"values": values, "force": "--force" in options, "quiet": "--quiet" in options,
              "hash_key": options.get("--hash-key", [None])[-1], "runtime": options.get("--runtime", [None])[-1]}
    if "--max-memory" in options:
        common["max_memory"] = size("--max-memory", options["--max-memory"][-1])
    signals = options.get("--on-signal", [])
    if not any(name in options for name in ("--on-signal", "--on-rss", "--at-exit", "--on-memory-error")):
        signals = ["USR2"]
    try:
        for text in signals:
            heapdump.on_signal(signal_number(text), path, **common)
        for text in options.get("--on-rss", []):
            heapdump.on_rss(size("--on-rss", text), path, **common)
        if "--at-exit" in options:
            heapdump.at_exit(path, **common)
        if "--on-memory-error" in options:
            heapdump.on_memory_error(path, **common)
    except (ValueError, heapdump.Error) as error:
        wrong(error)


def find_script(path):
    """(code, spec, what sys.path begins with)."""
    import io
    try:
        with io.open_code(path) as file:
            return compile(file.read(), path, "exec", dont_inherit=True), None, os.path.dirname(os.path.abspath(path))
    except OSError as error:
        wrong("can't open %s: %s" % (path, error.strerror))


def find_module(name):
    import importlib.util
    sys.path.insert(0, os.getcwd())  # as python -m does
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
        code = spec.loader.get_code(spec.name) if spec is not None and spec.loader is not None else None
    except ImportError as error:
        wrong(error)
    if code is None:
        wrong("there is no module %s that can be run" % name)
    del sys.path[0]
    return code, spec, os.getcwd()


def run(code, spec, folder, words):
    """As the interpreter would: in a __main__ of its own, which lives until the end."""
    module = type(sys)("__main__")
    module.__file__ = spec.origin if spec is not None else words[0]
    module.__spec__ = spec
    module.__package__ = spec.parent if spec is not None else None
    module.__loader__ = spec.loader if spec is not None else None
    module.__builtins__ = __builtins__
    sys.argv[:] = words
    sys.path[0] = folder
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def main():
    options, words = take_options(sys.argv[1:])
    if "--help" in options:
        print(HELP)
        return
    if not words:
        wrong("which program?")
    if words[0] == "-m":
        if len(words) < 2:
            wrong("-m takes the name of a module")
        found = find_module(words[1])
        words = [found[1].origin] + words[2:]
    else:
        found = find_script(words[0])
    arm(options)
    run(*found, words)


main()
