"""Tests of memory, without pytest or with it: what grows at every call, and what a piece of code left behind.

    from heapdump.testing import assert_no_growth, growth

    class TestImport(unittest.TestCase):
        def test_an_import_keeps_nothing(self):
            assert_no_growth(lambda: importer.read("a.csv"))

        def test_sessions_are_small(self):
            with growth() as g:
                app.log_in("ada")
            self.assertLess(g.retained(r"^app\\."), 20_000)

Snapshots are taken in this process (see heapdump.dump); the program heapdiff analyses them: what the environment variable
HEAPDIFF names, else one beside the package, else the first on PATH.

Patterns are regular expressions (PCRE2) that are searched in the names of types, such as app.models.Session; anchor them
with ^ and $. Sizes are in bytes.
"""
import contextlib
import shutil
import tempfile
from typing import NamedTuple

from . import _analysis

__all__ = ["Grown", "Growth", "Place", "assert_no_growth", "growth"]

__unittest = __tracebackhide__ = True  # unittest and pytest leave these frames out of what they print

LOOPS = 5
WARMUP = 2
LEAST = 1


def _folder():
    return tempfile.mkdtemp(prefix="heapdump-")


def assert_no_growth(function, *, loops=LOOPS, warmup=WARMUP, least=LEAST):
    """Calls function until memory stops growing; AssertionError where some of it grew at every loop, with the paths that did.

    It is called warmup times (0 or more), then once before each further snapshot, loops times at most (2 or more): it passes
    as soon as no path has grown at all of at least two loops. What grew by less than least bytes over all loops is left alone.
    The snapshots of a failure are kept, in a temporary folder that the message names; else they are removed.

    heapdump.Error where no snapshot could be taken or analysed, and where an argument is wrong.
    """
    _analysis.number(loops, "loops", 2)
    _analysis.number(warmup, "warmup", 0)
    _analysis.number(least, "least", 0)
    folder = _folder()
    document = None
    try:
        document = _analysis.grown(function, _analysis.Series(folder, loops + 1), loops, warmup, least)
    finally:
        if document is None:
            shutil.rmtree(folder, ignore_errors=True)
    if document is not None:
        raise AssertionError(no_growth_message(document, loops, warmup))


def no_growth_message(document, loops, warmup):
    lines = ["memory grew at each of %d calls, after %d to warm up" % (loops, warmup)]
    for row in _analysis.violated(document):
        lines += _analysis.report(row)
    return "\n".join(lines)


class Grown(NamedTuple):
    """Objects of a type that there are more of."""
    type: str
    count: int  # how many more there are; fewer: below 0
    size: int  # bytes that they themselves occupy more
    growth: int  # bytes that explain the growth of the heap: with all that only they hold


class Place(NamedTuple):
    """Where new objects hang."""
    path: str  # as a program would write it: app.CACHE.sessions[*]; other objects of no path are at ""
    count: int  # new objects of the pattern there
    size: int  # bytes that they themselves occupy


class Growth:
    """What grew from one moment to another, made by growth(). Its methods answer once the `with` block has ended.

    Each raises heapdump.Error where a pattern is wrong, heapdiff isn't there, or the block has not ended.
    """

    def __init__(self, folder):
        self._folder = folder
        self._series = _analysis.Series(folder, 2, "growth")

    def _snapshots(self):
        paths = self._series.taken
        if len(paths) < 2:
            raise _analysis.Usage("what grew is known once the `with` block has ended")
        return paths

    @property
    def snapshots(self):
        """Paths of the snapshots before and after."""
        return tuple(self._snapshots())

    def _measured(self, metric, pattern):
        row = _analysis.judge(self._snapshots(), [("growth of " + metric, pattern, 0)], self._folder)["rows"][0]
        measured = row.get("measured")
        return 0 if measured is None else measured

    def retained(self, pattern="."):
        """Bytes that would go if all objects whose type's name the pattern is found in went, after less before."""
        return self._measured("retained", pattern)

    def count(self, pattern="."):
        """How many more of these objects there are."""
        return self._measured("count", pattern)

    def top(self, n=10):
        """The n types that explain most of the growth, as Grown."""
        _, document = _analysis.ask("diff", "--json", "--top", "%d" % _analysis.number(n, "n", 1), "--", *self._snapshots())
        return [Grown(row["type"], row["count_delta"], row["size_delta"], row["growth"]) for row in document["rows"]]

    def paths(self, pattern="."):
        """Where the new objects of the pattern are held, as Place, where most are first."""
        try:
            _, document = _analysis.ask("why", "--json", "--top", "all", "--type", pattern, "--", *self._snapshots())
        except _analysis.Usage as error:
            if "no type matches" in str(error):
                return []
            raise
        return sorted(_places(document.get("rows", ())), key=lambda place: (-place.count, place.path))


def _places(rows):
    """The rows of a merged tree that new objects are at, with all of their path."""
    steps = []
    for row in rows:
        del steps[row["depth"]:]
        steps.append(row["path"] or "")
        if row["here"]:
            yield Place("".join(steps), row["here"], row["size"])


@contextlib.contextmanager
def growth(folder=None):
    """A context that gives a Growth: what its block left behind, garbage aside.

    folder: for two snapshots, which stay there; else they are in a temporary folder that goes with the process.
    """
    if folder is None:
        temporary = tempfile.TemporaryDirectory(prefix="heapdump-")
        found = Growth(temporary.name)
        found._temporary = temporary
    else:
        found = Growth(folder)
    found._series.take()
    yield found
    found._series.take()
