"""Prints instances of the types whose fields the layouts list, and what the collector's traverse visits in each."""
import _thread, asyncio, collections, contextvars, ctypes, functools, gc, io, itertools
import operator, os, pickle, re, sys, time, types

gc.disable()
samples = []


def add(make):
    """Types that a version lacks are left out."""
    try:
        samples.append(make())
    except (AttributeError, ImportError, NameError, SyntaxError, TypeError):
        pass


def first(iterator):
    next(iterator)
    return iterator


def function(a, b=[1], *, c={}) -> int:
    "documented"
    return closure, a, b, c


closure = []


def outer():
    cell = []

    def inner(x=object()):
        return cell, x
    inner.attribute = []
    return inner


def generator():
    yield []


async def coroutine():
    pass


async def async_generator():
    yield []


class Plain:
    __slots__ = ()

    def method(self):
        pass

    @property
    def prop(self):
        "documented"
        return []

    static = staticmethod(outer)
    class_ = classmethod(outer)


def raised(kind, *arguments):
    try:
        try:
            raise KeyError([])
        except KeyError as cause:
            error = kind(*arguments)
            error.attribute = []
            raise error from cause
    except BaseException as error:
        return error


def ended(iterator):
    for _ in iterator:
        pass
    return iterator


big = 1 << 70
text = "é" * 1000
groups = itertools.groupby([[1], [1], [2]], key=lambda x: x[0])
context = contextvars.copy_context()
variable = contextvars.ContextVar("variable", default=[])
token = variable.set([])

for make in (
    lambda: function, outer, lambda: outer().__closure__[0], lambda: Plain().method, lambda: [].append, lambda: len,
    lambda: time.sleep, lambda: sys, lambda: slice([], [], []), lambda: raised(ValueError, []).__traceback__,
    generator, lambda: ended(generator()), lambda: first(generator()),
    lambda: Plain.__dict__["prop"], lambda: Plain.__dict__["static"], lambda: Plain.__dict__["class_"],
    lambda: type.__dict__["__name__"], lambda: type.__dict__["__dict__"], lambda: type(function).__dict__["__globals__"],
    lambda: str.join, lambda: str.__add__, lambda: dict.__dict__["fromkeys"], lambda: [].__add__,
    lambda: Plain.__dict__, lambda: super(Plain, Plain()),
    lambda: raised(ValueError, []), lambda: raised(StopIteration, []), lambda: raised(SystemExit, []),
    lambda: raised(functools.partial(ImportError, name="name", path="path"), "message"),
    lambda: raised(OSError, 2, "strerror", "filename", None, "filename2"),
    lambda: raised(SyntaxError, "message", ("filename", 1000, 2000, "text")),
    lambda: raised(UnicodeEncodeError, "encoding", text, 1, 2, "reason"),
    lambda: raised(UnicodeDecodeError, "encoding", b"object", 1, 2, "reason"),
    lambda: raised(UnicodeTranslateError, text, 1, 2, "reason"),
    lambda: raised(functools.partial(NameError, name="name"), []),
    lambda: raised(functools.partial(AttributeError, name="name", obj=[]), []),
    lambda: raised(eval("BaseExceptionGroup"), "message", [ValueError(), KeyboardInterrupt()]),
    lambda: iter([[]]), lambda: reversed([[]]), lambda: iter(([],)), lambda: iter(text), lambda: iter("ascii"),
    lambda: iter(b"bytes"), lambda: iter(bytearray(b"bytes")), lambda: reversed("text"), lambda: iter(memoryview(b"bytes")),
    lambda: iter(lambda: [], []), lambda: iter({1}), lambda: iter(collections.UserList([1])),
    lambda: iter({1: []}), lambda: iter({1: []}.values()), lambda: iter({1: []}.items()),
    lambda: reversed({1: []}), lambda: reversed({1: []}.values()), lambda: reversed({1: []}.items()),
    lambda: {1: []}.keys(), lambda: {1: []}.values(), lambda: {1: []}.items(),
    lambda: iter(collections.OrderedDict(a=1, b=2)), lambda: iter(collections.OrderedDict(a=1).items()),
    lambda: first(enumerate([[], []])), lambda: first(enumerate([[], []], big)), lambda: first(filter(None, [[1]])),
    lambda: first(map(len, [[], []])), lambda: first(zip([[], []], [[], []])),
    lambda: memoryview(bytearray(10)), lambda: gc.get_referents(memoryview(bytearray(10)))[0],
    lambda: pickle.PickleBuffer(bytearray(10)),
    lambda: context, lambda: variable, lambda: token, lambda: gc.get_referents(context)[0],
    lambda: types.SimpleNamespace(a=[]), lambda: list[int], lambda: int | str, lambda: iter(list[int]),
    lambda: functools.partial(len, [], key=[]), lambda: functools.cmp_to_key(len)([]),
    lambda: operator.itemgetter(1, 2), lambda: operator.attrgetter("a.b"), lambda: operator.methodcaller("name", [], key=[]),
    lambda: iter(collections.deque([[]])), lambda: reversed(collections.deque([[]])),
    lambda: collections.namedtuple("T", "field").field, lambda: re.compile("(?P<name>a)(b)"),
    lambda: re.compile("(?P<name>a)(b)").match("ab"), lambda: re.match("(a)", "a").re,
    lambda: first(itertools.accumulate([[1], [2]], lambda a, b: a + b, initial=[])),
    lambda: first(itertools.batched([[], [], []], 2)), lambda: first(itertools.chain([[]], [[]])),
    lambda: first(itertools.combinations([[], [], []], 2)),
    lambda: first(itertools.combinations_with_replacement([[], [], []], 2)),
    lambda: first(itertools.permutations([[], [], []], 2)), lambda: first(itertools.product([[], []], [[]])),
    lambda: first(itertools.compress([[], []], [1, 1])), lambda: itertools.count(big, 2), lambda: itertools.count(0.5, 0.5),
    lambda: first(itertools.cycle([[], []])), lambda: first(itertools.dropwhile(len, [[], []])),
    lambda: first(itertools.filterfalse(len, [[], []])), lambda: first(itertools.starmap(len, [([],), ([],)])),
    lambda: first(itertools.takewhile(lambda x: True, [[], []])), lambda: next(groups)[1], lambda: groups,
    lambda: first(itertools.islice([[], []], 2)), lambda: first(itertools.pairwise([[], [], []])),
    lambda: itertools.repeat([]), lambda: itertools.tee([[], []])[0], lambda: first(itertools.zip_longest([[]], [[], []])),
):
    add(make)

coroutines = [coroutine(), async_generator()]
samples += coroutines
add(lambda: coroutines[0].__await__())
add(lambda: coroutines[1].asend(None))
add(lambda: coroutines[1].athrow(ValueError))
add(lambda: anext(coroutines[1], []))
namespace = {}
try:
    exec("type Alias[T] = list[T]\ndef generic[T](x: T): pass", namespace)
    samples += [namespace["Alias"], namespace["generic"]]
    samples.append(Plain.__class__.mro.__get__(Plain))
except SyntaxError:
    pass
# Reads of __slots__ and of instance attributes go through descriptors that live in the interpreter.
add(lambda: sys._getframe().f_locals if type(sys._getframe().f_locals) is not dict else None)
# A view of a running function's variables.
def proxied():
    local = []
    return sys._getframe().f_locals
add(lambda: proxied() if type(proxied()) is not dict else None)


def attributed(thing):
    """Gives it a __dict__, unless that lies in front of its head, where no field is."""
    if sys.version_info < (3, 11) or not type(thing).__flags__ >> 4 & 1:
        thing.attribute = []
    return thing


def settle(make):
    """Runs an event loop over a few tasks and futures and keeps them in their states."""
    loop = asyncio.new_event_loop()
    try:
        make(loop)
    finally:
        loop.close()


def futures(loop):
    async def wait(on):
        return await on
    waiting = attributed(loop.create_future())
    waiting.add_done_callback(len)
    waiting.add_done_callback(print)
    task = attributed(loop.create_task(wait(waiting)))
    failed = loop.create_task(wait(None))
    cancelled = loop.create_task(wait(loop.create_future()))
    loop.call_soon(cancelled.cancel)
    try:
        loop.run_until_complete(asyncio.wait([failed, cancelled]))
        cancelled.result()
    except asyncio.CancelledError:
        pass
    done = loop.create_future()
    done.set_result([])
    samples.extend([waiting, task, failed, cancelled, done, iter(done)])


settle(futures)
local = _thread._local()
local.attribute = []
file = open(sys.executable, "rb")
lines_of_text = io.TextIOWrapper(io.BytesIO(b"some\r\nlines\n" * 100), encoding="utf-8", newline=None)
lines_of_text.readline()
written = io.StringIO()
written.write("text")
samples += [local, attributed(file), file.raw, attributed(lines_of_text), attributed(lines_of_text.buffer), written]
samples += [attributed(io.StringIO("some\r\nlines", newline=None)), open(sys.executable, encoding="latin-1"), sys.stdout]
samples += [attributed(io.BufferedRWPair(io.FileIO(sys.executable), io.FileIO("/dev/null", "w"))), sys.stdout.buffer]
samples += [io.BufferedRandom(io.FileIO("/dev/null", "r+")), io.IncrementalNewlineDecoder(lambda: 0, True)]

kept = [sample for sample in samples if sample is not None]
samples = []
lines = []
for sample in kept:
    kind = type(sample)
    name = ctypes.string_at(ctypes.c_void_p.from_address(id(kind) + 24).value).decode()
    referents = gc.get_referents(sample)
    heap = kind.__flags__ >> 9 & 1
    if heap and sys.version_info >= (3, 9):
        referents = [r for r in referents if r is not kind] + [kind] * (sum(r is kind for r in referents) - 1)
    lines.append((sample, "%x %s|%s" % (id(sample), name, " ".join("%x" % id(r) for r in referents))))
    del referents
# Past sys.stdout, which is a sample and must not change any more.
said = "ready\n%s\nend\n" % "\n".join(line for _, line in lines)
said = said.encode()
while said:
    said = said[os.write(1, said):]
time.sleep(100)
