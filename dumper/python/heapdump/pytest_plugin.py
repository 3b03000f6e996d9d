"""A plugin for pytest: memory as a reason to fail.

    @pytest.mark.no_growth(loops=5, warmup=2)
    @pytest.mark.limit_retained("50 MiB", match=r"^app\\.")
    @pytest.mark.limit_count(r"^app\\.Session$", 10)
    def test_...():

    def test_...(heap):
        with heap.growth() as g:
            ...
        assert g.retained(r"^app\\.") < 1_000_000

It is on wherever the package heapdump is installed; -p no:heapdump turns it off. Nothing is done for tests that don't ask
for it. What the marks and the fixture mean stands in docs/pytest.md, and in their functions' comments below.
"""
import inspect
import os
import shutil
import tempfile
import unittest
import warnings

import pytest

import heapdump
from . import _analysis, testing

MARKS = (
    "no_growth(loops=5, warmup=2, least=1): call the test again until memory stops growing; fail with the paths that grew at "
    "every loop",
    "limit_retained(limit, match=None): after the test, all objects whose type matches retain so much at most, as in '50 MiB'",
    "limit_count(match, limit): after the test, there are so many objects at most whose type matches",
)


def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


# --- what marks say ---------------------------------------------------------------------------------------------------

def no_growth(loops=testing.LOOPS, warmup=testing.WARMUP, least=testing.LEAST):
    """warmup calls, then at most loops more with a snapshot after each: two at least, until no path has grown at every loop.

    The test's function is called again with the same values of its fixtures; setups and teardowns run once. least: what grew by
    fewer bytes over all loops is left alone.
    """
    return (_analysis.number(loops, "loops", 2), _analysis.number(warmup, "warmup", 0), _analysis.number(least, "least", 0))


def limit_retained(limit, match="."):
    """What is alive when the test's function has returned and its fixtures are still there. limit: bytes, or text as '50 MiB'."""
    return "retained", "." if match is None else match, limit


def limit_count(match, limit):
    return "count", match, _analysis.number(limit, "limit", 0)


def arguments(mark, function):
    try:
        return function(*mark.args, **mark.kwargs)
    except (TypeError, _analysis.Usage) as error:
        raise _analysis.Usage("the mark %s: %s" % (mark.name, error)) from None


class Wanted:
    """What the marks of a test ask for."""

    def __init__(self, item):
        mark = item.get_closest_marker("no_growth")
        self.no_growth = arguments(mark, no_growth) if mark is not None else None
        self.limits = [(mark, arguments(mark, function)) for function in (limit_retained, limit_count)
                       for mark in item.iter_markers(function.__name__)]

    def __bool__(self):
        return self.no_growth is not None or bool(self.limits)


# --- what pytest itself gathers while a test runs ---------------------------------------------------------------------

class Gathered:
    """Output, log and warnings of a test, which pytest keeps: they would grow with every call. Those of the last call stay."""

    def __init__(self, item):
        manager = item.config.pluginmanager
        self._capture = manager.get_plugin("capturemanager")
        logging = manager.get_plugin("logging-plugin")
        self._handlers = [getattr(logging, name, None) for name in ("caplog_handler", "report_handler")]
        self._values = list((getattr(item, "funcargs", None) or {}).values())
        self._properties = item.user_properties
        self._properties_count = len(item.user_properties)

    def forget(self):
        if self._capture is not None and self._capture.is_globally_capturing():
            self._capture.read_global_capture()
        for handler in self._handlers:
            if handler is not None:
                handler.clear()
        for value in self._values:
            if isinstance(value, pytest.CaptureFixture):
                value.readouterr()
            elif isinstance(value, pytest.WarningsRecorder):
                value.clear()
        del self._properties[self._properties_count:]

    def run(self, function, arguments):
        """Calls it; what it changes by the fixture monkeypatch is undone, what fixtures changed before stays."""
        patches = [value for value in self._values if isinstance(value, pytest.MonkeyPatch)]
        if not patches:
            return function(**arguments)
        before = [dict(vars(patch)) for patch in patches]
        try:
            for patch in patches:
                vars(patch).update(vars(pytest.MonkeyPatch()))
            return function(**arguments)
        finally:
            for patch, state in zip(patches, before):
                patch.undo()
                vars(patch).update(state)


# --- the test, called as often as asked for ---------------------------------------------------------------------------

class Watched:
    """Stands for the function of a test."""

    def __init__(self, item, wanted):
        self._item = item
        self._wanted = wanted
        self._function = item.obj
        self._calls = 0
        self._result = None

    def __call__(self, **arguments):
        folder = snapshots_folder(self._item)
        failures = None
        try:
            failures = self._watch(arguments, folder)
        except (_analysis.Usage, _analysis.Failure) as error:
            failures = [str(error)]
        finally:
            if not failures:
                shutil.rmtree(folder, ignore_errors=True)
        if failures:
            pytest.fail("\n\n".join(failures), pytrace=False)
        return self._result

    def _watch(self, arguments, folder):
        """What is to be said of it; nothing where all is well."""
        failures = []
        if self._wanted.no_growth is not None:
            loops, warmup, least = self._wanted.no_growth
            gathered = Gathered(self._item)
            series = _analysis.Series(folder, loops + 1)
            document = _analysis.grown(lambda: self._call(arguments, gathered), series, loops, warmup, least)
            if document is not None:
                failures.append(testing.no_growth_message(document, loops, warmup))
        else:
            self._result = self._function(**arguments)
        if self._wanted.limits:
            failures += self._measure(folder)
        return failures

    def _call(self, arguments, gathered):
        """Once more. Warnings are told of the first call alone, as pytest keeps each."""
        self._calls += 1
        self._result = None
        if self._calls == 1:
            self._result = gathered.run(self._function, arguments)
            return
        gathered.forget()
        with warnings.catch_warnings(record=True):
            self._result = gathered.run(self._function, arguments)

    def _measure(self, folder):
        series = _analysis.Series(folder, 1, "after")
        series.take()
        document = _analysis.judge(series.taken, [rule for _, rule in self._wanted.limits], folder)
        return ["\n".join(["the mark %s is violated: %s" % (spelled(mark), amounts(row))] + _analysis.report(row))
                for (mark, _), row in zip(self._wanted.limits, document["rows"]) if row["verdict"] == "violated"]


def spelled(mark):
    words = [repr(word) for word in mark.args] + ["%s=%r" % pair for pair in mark.kwargs.items()]
    return "%s(%s)" % (mark.name, ", ".join(words))


def amounts(row):
    return "%s %s, and at most %s are allowed" % (format(row["measured"], ","), row["unit"], format(row["most"], ","))


def snapshots_folder(item):
    """Where pytest has temporary files, which it removes some runs later: snapshots of a failure are there to be looked at."""
    factory = getattr(item.config, "_tmp_path_factory", None)
    return str(factory.mktemp("heap")) if factory is not None else tempfile.mkdtemp(prefix="heapdump-")


def watched(item):
    """Replaces its function where marks ask for it."""
    wrong = None
    try:
        wanted = Wanted(item)
    except _analysis.Usage as error:
        wrong = str(error)
    if wrong is not None:  # here, as pytest would tell of an error that is being handled
        pytest.fail(wrong, pytrace=False)
    if wanted:
        item.obj = Watched(item, wanted)
    return bool(wanted)


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_pyfunc_call(pyfuncitem):
    """Innermost: what plugins made of a coroutine function is a function by then; where none did, pytest says so itself."""
    function = pyfuncitem.obj
    replaced = not inspect.iscoroutinefunction(function) and watched(pyfuncitem)
    yield
    if replaced:
        pyfuncitem.obj = function


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item):
    """Methods of a TestCase are called by unittest, which takes what item.obj is."""
    is_method = isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, unittest.TestCase)
    function = item.obj if is_method else None
    if is_method and inspect.iscoroutinefunction(function) and Wanted(item):
        pytest.fail("marks of memory are for methods of a TestCase that are not coroutines", pytrace=False)
    replaced = is_method and watched(item)
    yield
    if replaced:
        item.obj = function


# --- the fixture ------------------------------------------------------------------------------------------------------

class Heap:
    """What the fixture `heap` is."""

    def __init__(self, factory):
        self._factory = factory

    def growth(self):
        """As heapdump.testing.growth; the snapshots are below tmp_path_factory's folder."""
        return testing.growth(str(self._factory.mktemp("heap")))

    def snapshot(self):
        """Takes a snapshot, and gives its path."""
        path = os.path.join(str(self._factory.mktemp("heap")), "heap.snap")
        _analysis.settle()
        return heapdump.dump(path.replace("{", "{{").replace("}", "}}"))


@pytest.fixture
def heap(tmp_path_factory):
    """Snapshots of this process: heap.growth() tells what grew in a `with` block, heap.snapshot() is a file for heapdiff."""
    return Heap(tmp_path_factory)
