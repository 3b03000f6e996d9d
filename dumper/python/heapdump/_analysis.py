"""Snapshots of this process, one after another, and what the program heapdiff says of them.

What testing and pytest_plugin share. All names of files are made at once and all modules are loaded before the first snapshot, so
that nothing of this grows from one snapshot to the next.
"""
import gc
import json
import os
import re
import shutil
import subprocess
import warnings

import heapdump

__unittest = __tracebackhide__ = True  # as in testing

_HERE = os.path.dirname(os.path.abspath(__file__))
_COLLECTIONS_MAX = 4  # finalizers may leave more to collect
_VIOLATED = 1
_PARTIAL = 4
_FINDINGS_MAX = 5
_TYPES_MAX = 3


class Usage(heapdump.Error):
    """What was asked for is wrong: a limit, a pattern, a number of loops. The message says how."""


class Failure(heapdump.Error):
    """What was asked for could not be found out. The message says why, and what to do."""


# --- the program ------------------------------------------------------------------------------------------------------

def program():
    """The path of heapdiff: what HEAPDIFF names, else the one beside the package, else the first of PATH. Failure."""
    named = os.environ.get("HEAPDIFF")
    if named:
        found = shutil.which(named)
        if found is None:
            raise Failure("HEAPDIFF names %s, which can't be started" % named)
        return found
    found = shutil.which(os.path.join(_HERE, "bin", "heapdiff")) or shutil.which("heapdiff")
    if found is None:
        raise Failure("this needs the program heapdiff, which isn't on PATH: build it in a clone of the project (make), and put "
                      "its folder build on PATH, or name it by HEAPDIFF=/path/to/heapdiff")
    return found


def _without_name(text):
    text = text.decode(errors="replace").strip()
    return text[10:] if text.startswith("heapdiff: ") else text


def ask(*words):
    """(exit code, the JSON document that a command of heapdiff prints). Usage and Failure where there is none."""
    done = subprocess.run([program(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == 2:
        raise Usage(_without_name(done.stderr))
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        raise Failure(_without_name(done.stderr) or "heapdiff %s ended with exit code %d" % (words[0], done.returncode)) from None


def check(snapshots, *words):
    """The document of `heapdiff check`, or None where nothing is violated."""
    code, document = ask("check", *words, "--quiet", "--json", "-", "--", *snapshots)
    if code == _PARTIAL:
        raise Failure("a snapshot lacks something, so that nothing can be said: %s" % document["verdict"])
    return document if code == _VIOLATED else None


# --- snapshots --------------------------------------------------------------------------------------------------------

def settle():
    """Frees what is garbage, and what that leaves behind."""
    for _ in range(_COLLECTIONS_MAX):
        if gc.collect() == 0:
            break


class Series:
    """Snapshots in a folder. They hold names of classes, functions and attributes, and no data (mode 0600)."""

    def __init__(self, folder, count, name="loop"):
        self._paths = [os.path.join(folder, "%s-%d.snap" % (name, number)) for number in range(count)]
        # {} would be filled in.
        self._names = [path.replace("{", "{{").replace("}", "}}") for path in self._paths]
        self._count = 0

    def take(self):
        settle()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", heapdump.PartialWarning)  # heapdiff tells what of it
                heapdump.dump(self._names[self._count], force=True)
        except heapdump.Error as error:
            raise Failure("no snapshot of this process: %s" % error) from error
        self._count += 1

    @property
    def taken(self):
        """Their paths, the oldest first."""
        return self._paths[:self._count]

    def remove(self):
        for path in self.taken:
            os.unlink(path)


# --- growth by calling again ------------------------------------------------------------------------------------------

def grown(call, series, loops, warmup, least):
    """Calls until memory stops growing. None, or the document of a check that tells what grew at every loop.

    Two loops at least: growth that comes once is none. What did not grow at each of the last two loops will not have at every one,
    so a check of these that passes is the last, however little would have been too much.
    """
    for _ in range(warmup):
        call()
    series.take()
    for loop in range(1, loops):
        call()
        series.take()
        if loop > 1 and check(series.taken[-3:], "--monotonic", "--least", "%d" % min(least, 1)) is None:
            return None
    call()
    series.take()
    return check(series.taken, "--monotonic", "--least", "%d" % least)


def number(value, name, least):
    """An int that a caller gave."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Usage("%s is a number, %d or more, not %r" % (name, least, value))
    return value


# --- rules ------------------------------------------------------------------------------------------------------------

def policy(rules):
    """The text of a policy of (metric, pattern of types, limit). Each may match nothing: objects that are gone are none."""
    return "".join("[%d]\nmetric = %s\ntype = %s\nlimit = %s\noptional = yes\n" %
                   (index, metric, _value(pattern), _value(str(limit))) for index, (metric, pattern, limit) in enumerate(rules))


def _value(pattern):
    """As an INI file takes it: nothing else in the file begins within the value."""
    if not isinstance(pattern, str) or not pattern:
        raise Usage("a pattern or a limit is a text, not %r" % (pattern,))
    pattern = re.sub(r"(?<=\s);", r"\\x3b", pattern.replace("\n", r"\n"))
    return re.sub(r"^\s|\s$", r"\\x20", pattern)


def judge(snapshots, rules, folder):
    """The document of a check by these rules, whose "rows" are theirs in this order, violated or not."""
    path = os.path.join(folder, "rules.ini")
    with open(path, "w") as file:
        file.write(policy(rules))
    try:
        code, document = ask("check", "--policy", path, "--json", "-", "--", *snapshots)
    except Usage as error:
        raise Usage(re.sub(r"^.*rules\.ini:\d+: (\[\d+\]:? ?)?", "", str(error))) from None
    finally:
        os.unlink(path)
    if code == _PARTIAL:
        raise Failure("the snapshot lacks something, so that nothing can be said: %s" % document["verdict"])
    return document


# --- what is said -----------------------------------------------------------------------------------------------------

def _size(bytes):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if bytes < 1024 or unit == "GiB":
            return "%d B" % bytes if unit == "B" else "%.1f %s" % (bytes, unit)
        bytes /= 1024


def _lines(finding, is_new):
    """As heapdiff check prints it, indented."""
    types = ", ".join("%d %s (%s)" % (found["count"], found["type"], _size(found["size"]))
                      for found in (finding.get("types") or [])[:_TYPES_MAX])
    source = finding.get("source") and "%s:%s" % (finding["source"], finding.get("source_line") or "?")
    path = finding.get("path")
    yield "  " + finding["message"]
    for name, text in (("path", path if path and path not in finding["message"] else None), ("holder", finding.get("holder")),
                       ("source", source), ("new types" if is_new else "types", types), ("more", finding.get("command"))):
        if text:
            yield "      %-9s  %s" % (name, text)


def report(row):
    """Lines on why a row of a check is violated."""
    findings = row.get("findings") or []
    lines = [line for finding in findings[:_FINDINGS_MAX] for line in _lines(finding, row.get("growth"))]
    if len(findings) > _FINDINGS_MAX:
        lines.append("  and %d more" % (len(findings) - _FINDINGS_MAX))
    return lines


def violated(document):
    return [row for row in document["rows"] if row["verdict"] == "violated"]
