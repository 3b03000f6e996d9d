#!/usr/bin/env python3
"""Every shape a builtin object can take, each saying the edges that a capture of it must show.

    python3 samples/shapes.py        prints its truth as one line of JSON, then blocks until its standard input ends

The whole catalogue is built four times: before gc.freeze() (the permanent generation), before a collection of
generation 1 (so it lies in 2), before one of generation 0 (in 1) and after all of them (in 0). The collector is off.

The truth is {"shapes": rows, "counts": {class: instances}, "frames": rows of blocked frames, ...}. A shape's row:

    shape, group      which one it is, and in which of the four builds
    address, type     id() of the object, and module and qualified name of its type
    refcount          sys.getrefcount() less the call's own reference; null where who else refers to it can't be known
    immortal          whether it is one of those that live for ever, and then have a refcount of a billion and more
    getsizeof         sys.getsizeof(); null where the type has a __sizeof__ of its own that adds foreign buffers
    generation        0, 1, 2, "permanent" or "untracked", as gc.get_objects(generation=) and gc.is_tracked() say
    referents         addresses that gc.get_referents() gives, sorted: what tp_traverse visits
    exact             false where the type's references can only be guessed at from outside so far
    edges             [kind, text, target address, class] that must be there. Kinds: attribute, field, local, closure
                      (text: the name), index (text: a number), key, value (text: address of the key), member, type,
                      stack, any (under any name). Class: owned if tp_traverse visits it, else unvisited; or weak.

Everything in a row is measured while nothing refers to the object but what does so when the sample blocks. Class counts
are those of Item and the other classes below. Rows of frames name function, line, native thread id and some locals.
Runs on CPython 3.8 and later.
"""
import array
import collections
import dataclasses
import datetime
import enum
import functools
import gc
import itertools
import json
import os
import sys
import threading
import types
import weakref

HEAP_TYPE = 1 << 9
IMMORTAL = 999999999  # and more: the refcount of what lives for ever
RELEASE = threading.Lock()


class Item:
    """A target of edges; nothing but this file makes one, so that a test can count them."""

    __slots__ = ("number", "__weakref__")
    made = 0

    def __init__(self):
        self.number = Item.made
        Item.made += 1


class Plain:
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Materialised(Plain):
    pass


class Replaced(Plain):
    pass


class Grown:
    pass


class Slots:
    __slots__ = ("left", "__private", "__weakref__")

    def __init__(self, left, private):
        self.left = left
        self.__private = private


class MoreSlots(Slots):
    __slots__ = ("unset", "extra")


class SlotsAndDict(Slots):
    pass


class OnlyDictSlot:
    __slots__ = ("__dict__",)


class Meta(type):
    pass


class Base:
    pass


class ListChild(list):
    pass


class DictChild(dict):
    pass


class TupleChild(tuple):
    pass


class SetChild(set):
    pass


class StrChild(str):
    pass


class BytesChild(bytes):
    pass


class IntChild(int):
    pass


class FloatChild(float):
    pass


class Problem(ValueError):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Pause:
    def __await__(self):
        yield self


Point = collections.namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Record:
    name: object
    value: object


# --- how rows are made ------------------------------------------------------------------------------------------------
def attribute(name, target):
    return ["attribute", name, id(target)]


def local(name, target):
    return ["local", name, id(target)]


def index(number, target):
    return ["index", number, id(target)]


def key(target):
    return ["key", None, id(target)]


def value(of_key, target):
    return ["value", id(of_key), id(target)]


def member(target):
    return ["member", None, id(target)]


def anyhow(target):
    return ["any", None, id(target)]


def weak(target):
    return ["any", None, id(target), "weak"]


def name_of(kind):
    return [kind.__module__, kind.__qualname__]


class Catalogue:
    def __init__(self):
        self.objects = []
        self.rows = []
        self.group = None

    def add(self, shape, thing, *edges, exact=True, sized=True, shared=False):
        """Takes a shape in; `edges` name its targets by address, so they keep nothing alive. Who else refers to a
        `shared` one can't be known."""
        self.objects.append(thing)
        kind = type(thing)
        row = {"shape": shape, "group": self.group, "address": id(thing), "type": name_of(kind),
               "type_address": id(kind), "exact": exact, "sized": sized, "shared": shared,
               "edges": list(edges)}
        if kind.__flags__ & HEAP_TYPE:
            row["edges"].append(["type", None, id(kind)])
        self.rows.append(row)
        return thing

    def add_with(self, shape, owner, *edges, fields=None, **attributes):
        """Takes in an instance, and its dict where it has one: an attribute's edge comes from the one whose tp_traverse
        visits it, which differs from version to version. `fields` is the dict of an owner that may not visit it."""
        wanted = [attribute(name, target) for name, target in attributes.items()]
        visited = gc.get_referents(owner)
        if fields is None:
            fields = next((d for d in visited if type(d) is dict and set(attributes) <= set(d)), None)
        if fields is not None:
            edges += (attribute("__dict__", fields),)
        inline = all(any(edge[2] == id(thing) for thing in visited) for edge in wanted)
        self.add(shape, owner, *edges, *(wanted if inline else []))
        if fields is not None:
            self.add("dict of: " + shape, fields, *([] if inline else wanted))

    def add_suspended(self, shape, thing, frame, *edges):
        """Takes in a generator or its like, and its frame where that is an object of its own (before 3.11)."""
        if sys.version_info >= (3, 11):
            self.add(shape, thing, *edges)
        else:
            self.add(shape, thing, attribute(frame, getattr(thing, frame)))
            self.add("frame of: " + shape, getattr(thing, frame), *edges)

    def measure(self):
        """Fills in what the interpreter says of each object; refcounts last, when all the rest is gone again."""
        for number, row in enumerate(self.rows):
            row["getsizeof"] = sys.getsizeof(self.objects[number]) if row.pop("sized") else None
            row["referents"] = sorted(map(id, gc.get_referents(self.objects[number])))
            classify(row)
        self.measure_generations()
        probe = [object()]
        own = sys.getrefcount(probe[0]) - 1
        for number, row in enumerate(self.rows):
            count = sys.getrefcount(self.objects[number])
            row["immortal"] = count - own >= IMMORTAL
            row["refcount"] = None if row["shared"] else count - own

    def measure_generations(self):
        places = {}
        for generation in range(3):
            for address in map(id, gc.get_objects(generation=generation)):
                places[address] = generation
        for number, row in enumerate(self.rows):
            tracked = gc.is_tracked(self.objects[number])
            row["generation"] = places.get(row["address"], "permanent") if tracked else "untracked"


def classify(row):
    """An edge is owned where tp_traverse visits its target, else counted but unvisited; weak ones say so themselves."""
    visited = collections.Counter(row["referents"])
    for edge in row["edges"]:
        if len(edge) == 4:
            continue
        edge.append("owned" if visited[edge[2]] > 0 else "unvisited")
        visited[edge[2]] -= 1


# --- the catalogue ----------------------------------------------------------------------------------------------------
def build_sequences(catalogue):
    a, b, c = Item(), Item(), Item()
    catalogue.add("list", [a, b, a], index(0, a), index(1, b), index(2, a))
    catalogue.add("list, empty", [])
    grown = []
    for _ in range(11):
        grown.append(a)
    catalogue.add("list, over-allocated", grown, *[index(i, a) for i in range(11)])
    looped = [a]
    looped.append(looped)
    catalogue.add("list, in itself", looped, index(0, a), index(1, looped))
    catalogue.add("tuple", tuple([a, b]), index(0, a), index(1, b))
    catalogue.add("tuple, of atoms", tuple([float(len(grown)), "text %d" % Item.made]))
    catalogue.add("namedtuple", Point(a, b), index(0, a), index(1, b))
    child = ListChild([a])
    child.extra = b
    catalogue.add_with("list subclass", child, index(0, a), extra=b)
    child = TupleChild([a, b])
    child.extra = c
    catalogue.add_with("tuple subclass", child, index(0, a), index(1, b), extra=c)
    catalogue.add("deque", collections.deque([a, b] * 40), exact=False, sized=False)
    catalogue.add("slice", slice(a, b, None), attribute("start", a), attribute("stop", b), attribute("step", None))
    start, stop = 10 ** 30 + Item.made, 10 ** 31 + Item.made
    catalogue.add("range", range(start, stop), attribute("start", start), attribute("stop", stop))
    catalogue.add("array", array.array("d", [1.0] * 50), exact=False, sized=False)


def build_dicts(catalogue):
    a, b, c = Item(), Item(), Item()
    k, l = "unicode key %d" % Item.made, "another key %d" % Item.made
    catalogue.add("dict, unicode keys", {k: a, l: b}, key(k), value(k, a), key(l), value(l, b))
    number, pair = 10 ** 20 + Item.made, (a, "pair")
    catalogue.add("dict, general keys", {number: a, pair: b, k: c}, key(number), value(number, a), key(pair),
                  value(pair, b), key(k), value(k, c))
    catalogue.add("dict, empty", dict())
    holes = {"hole %d" % i: a for i in range(40)}
    for i in range(37):
        del holes["hole %d" % i]
    catalogue.add("dict, with holes", holes, *[value(k, a) for k in holes])
    catalogue.add("dict, of atoms", {k: 1.5, l: "text"}, key(k), key(l))
    large = {10 ** 20 + i: a for i in range(300)}
    catalogue.add("dict, large", large, *[value(k, a) for k in large])
    looped = {k: a}
    looped[l] = looped
    catalogue.add("dict, in itself", looped, value(k, a), value(l, looped))
    child = DictChild({k: a})
    child.extra = b
    catalogue.add_with("dict subclass", child, key(k), value(k, a), extra=b)
    catalogue.add("OrderedDict", collections.OrderedDict([(k, a), (l, b)]), value(k, a), value(l, b), exact=False,
                  sized=False)
    catalogue.add("defaultdict", collections.defaultdict(list, {k: a}), value(k, a),
                  attribute("default_factory", list))
    counter = collections.Counter({k: 10 ** 20})
    catalogue.add("Counter", counter, value(k, counter[k]))
    catalogue.add("mappingproxy", types.MappingProxyType(holes), anyhow(holes))
    catalogue.add("dict keys", {k: a}.keys(), exact=False)


def build_sets(catalogue):
    a, b, c = Item(), Item(), Item()
    catalogue.add("set", {a, b, c}, member(a), member(b), member(c))
    many = [Item() for _ in range(100)]
    catalogue.add("set, large", set(many), *[member(i) for i in many])
    catalogue.add("frozenset", frozenset([a, b]), member(a), member(b))
    holes = set(many)
    for i in many[:95]:
        holes.discard(i)
    catalogue.add("set, with holes", holes, *[member(i) for i in many[95:]])
    catalogue.add("set, empty", set())
    child = SetChild([a])
    child.extra = b
    catalogue.add_with("set subclass", child, member(a), extra=b)


def build_instances(catalogue):
    a, b, c = Item(), Item(), Item()
    catalogue.add_with("instance", Plain(a, b), first=a, second=b)
    catalogue.add_with("dataclass", Record(a, b), name=a, value=b)
    catalogue.add("instance without attributes", Base())
    early = Materialised(a, b)
    catalogue.add_with("instance, materialised dict", early, fields=early.__dict__, first=a, second=b)
    late = Materialised(a, b)
    fields = late.__dict__
    late.third = c
    catalogue.add_with("instance, dict grown later", late, fields=fields, first=a, second=b, third=c)
    del fields
    replaced = Replaced(a, b)
    replaced.__dict__ = {"other": b}
    catalogue.add_with("instance, dict replaced", replaced, other=b)
    grown = Grown()
    for i in range(60):
        setattr(grown, "field%d" % i, a)
    catalogue.add_with("instance, many attributes", grown, **{"field%d" % i: a for i in range(60)})
    gone = Plain(a, b)
    del gone.first
    catalogue.add_with("instance, attribute deleted", gone, second=b)
    catalogue.add("slots", Slots(a, b), attribute("left", a), attribute("_Slots__private", b))
    more = MoreSlots(a, b)
    more.extra = b
    catalogue.add("slots, inherited", more, attribute("left", a), attribute("_Slots__private", b),
                  attribute("extra", b))
    both = SlotsAndDict(a, b)
    both.extra = c
    catalogue.add_with("slots and dict", both, attribute("left", a), attribute("_Slots__private", b), extra=c)
    only = OnlyDictSlot()
    only.extra = a
    catalogue.add_with("slot for a dict", only, extra=a)
    catalogue.add_with("enum member", Colour.RED, _value_=Colour.RED._value_, _name_=Colour.RED._name_)
    catalogue.add_with("SimpleNamespace", types.SimpleNamespace(a=a), a=a)


def build_atoms(catalogue):
    tag = "%d" % Item.made
    for shape, thing in [("str, ascii", "ascii " + tag), ("str, latin-1", "latin-1 \xe9 " + tag),
                         ("str, two bytes", "\u4e00 " + tag), ("str, four bytes", "\U0001f600 " + tag),
                         ("str subclass", StrChild("sub " + tag)), ("str subclass, wide", StrChild("\u4e00" + tag)),
                         ("str, long", "x" * 5000 + tag), ("bytes", b"bytes " + tag.encode()),
                         ("bytes subclass", BytesChild(b"sub" + tag.encode())),
                         ("bytearray", bytearray(b"array " + tag.encode())), ("bytearray, empty", bytearray()),
                         ("int, one digit", 10 ** 6 + Item.made), ("int, large", 10 ** 60 + Item.made),
                         ("int, negative", -10 ** 30 - Item.made), ("int subclass", IntChild(10 ** 25)),
                         ("float", 0.5 + Item.made), ("float subclass", FloatChild(0.25)),
                         ("complex", complex(Item.made, 1)), ("object", object())]:
        catalogue.add(shape, thing)
    for thing in (None, Ellipsis, NotImplemented, True, 0, 7, "", "a", b"", b"a", ()):
        catalogue.add("the one %r" % (thing,), thing, shared=True)
    front = bytearray(b"0123456789" * 20)
    del front[:57]
    catalogue.add("bytearray, front cut off", front)
    name = "Caf\xe9%d" % Item.made
    type(name, (), {})  # asks the name for its UTF-8, which then stays beside it
    catalogue.add("str, with its UTF-8", name)
    child = IntChild(10 ** 25 + Item.made)
    child.extra = catalogue.objects
    catalogue.add_with("int subclass, with an attribute", child, extra=catalogue.objects)
    child = StrChild("attributes " + tag)
    child.extra = catalogue.objects
    catalogue.add_with("str subclass, with an attribute", child, extra=catalogue.objects)


def make_function(a, b, c):
    cell = c

    def inner(x=a, *, y=b) -> "note":
        """A function with everything."""
        return cell, x, y
    return inner


def build_functions(catalogue):
    a, b, c = Item(), Item(), Item()
    f = make_function(a, b, c)
    f.extra = a
    notes = f.__annotations__
    catalogue.add("function", f, attribute("__code__", f.__code__), attribute("__globals__", f.__globals__),
                  attribute("__name__", f.__name__), attribute("__qualname__", f.__qualname__),
                  attribute("__defaults__", f.__defaults__), attribute("__kwdefaults__", f.__kwdefaults__),
                  attribute("__closure__", f.__closure__), attribute("__doc__", f.__doc__),
                  attribute("__module__", f.__module__), attribute("__dict__", f.__dict__), anyhow(notes))
    catalogue.add("dict of a function", f.__dict__, attribute("extra", a))
    catalogue.add("defaults", f.__defaults__, index(0, a))
    catalogue.add("keyword defaults", f.__kwdefaults__, anyhow(b))
    catalogue.add("closure", f.__closure__, index(0, f.__closure__[0]))
    catalogue.add("cell", f.__closure__[0], attribute("cell_contents", c))
    catalogue.add("cell, empty", types.CellType())
    code = f.__code__
    catalogue.add("code", code, attribute("co_consts", code.co_consts), attribute("co_names", code.co_names),
                  attribute("co_filename", code.co_filename), attribute("co_name", code.co_name))
    owner = Plain(a, b)
    catalogue.add("bound method", types.MethodType(f, owner), attribute("__func__", f), attribute("__self__", owner))
    things = [a]
    catalogue.add("builtin method", things.append, attribute("__self__", things))
    catalogue.add("builtin function", os.getcwd, anyhow(os.getcwd.__self__))
    catalogue.add("partial", functools.partial(f, a, key=b), attribute("func", f), exact=False)
    catalogue.add("staticmethod", staticmethod(f), attribute("__func__", f))
    catalogue.add("classmethod", classmethod(f), attribute("__func__", f))
    catalogue.add("property", property(f, f, None, "a doc %d" % Item.made), attribute("fget", f), attribute("fset", f))
    catalogue.add("lru_cache", functools.lru_cache(8)(f), exact=False)
    catalogue.add("slot wrapper", int.__add__, exact=False)


def build_types(catalogue):
    a = Item()
    kind = Meta("Kind%d" % Item.made, (Base,), {"attr": a, "__slots__": ("slot",)})
    fields = gc.get_referents(kind.__dict__)[0]
    catalogue.add("class", kind, attribute("__dict__", fields), attribute("__mro__", kind.__mro__),
                  attribute("__bases__", kind.__bases__), attribute("__base__", Base))
    catalogue.add("dict of a class", fields, attribute("attr", a))
    catalogue.add("slot descriptor", fields["slot"], exact=False)
    module = types.ModuleType("shape%d" % Item.made, "a module")
    module.attr = a
    catalogue.add("module", module, attribute("__dict__", module.__dict__))
    catalogue.add("dict of a module", module.__dict__, attribute("attr", a))
    catalogue.add("type, static", dict, shared=True)
    catalogue.add("super", super(Materialised, Materialised(a, a)), attribute("__thisclass__", Materialised),
                  exact=False)
    if sys.version_info >= (3, 10):
        catalogue.add("union", int | Plain, exact=False)
    if sys.version_info >= (3, 9):
        catalogue.add("generic alias", list[Plain], exact=False)


def generate(held, other):
    count = [held]
    yield count
    yield other


async def pause_with(held):
    waiting = Pause()
    await waiting


async def generate_async(held):
    yield held
    yield held


def build_frames(catalogue):
    a, b = Item(), Item()
    g = generate(a, b)
    count = next(g)
    catalogue.add_suspended("generator, suspended", g, "gi_frame", local("held", a), local("other", b),
                            local("count", count))
    g = generate(a, b)
    catalogue.add_suspended("generator, not started", g, "gi_frame", local("held", a), local("other", b))
    g = generate(a, b)
    list(g)
    catalogue.add("generator, finished", g)
    c = pause_with(a)
    waiting = c.send(None)
    catalogue.add_suspended("coroutine, suspended", c, "cr_frame", local("held", a), local("waiting", waiting))
    ag = generate_async(a)
    try:
        ag.asend(None).send(None)
    except StopIteration:
        pass
    catalogue.add_suspended("async generator, suspended", ag, "ag_frame", local("held", a))


def fail_inside(held):
    try:
        {}["missing"]
    except KeyError as error:
        raise Problem(held) from error


def make_problem(held):
    try:
        fail_inside(held)
    except Problem as problem:
        return problem


def build_exceptions(catalogue):
    a, b = Item(), Item()
    e = make_problem(a)
    if sys.version_info >= (3, 11):
        e.add_note("a note")
    tb = e.__traceback__
    catalogue.add("exception", e, attribute("args", e.args), attribute("__traceback__", tb),
                  attribute("__cause__", e.__cause__), attribute("__context__", e.__context__),
                  attribute("__dict__", e.__dict__))
    catalogue.add("dict of an exception", e.__dict__, attribute("code", a))
    catalogue.add("cause", e.__cause__, attribute("__traceback__", e.__cause__.__traceback__))
    catalogue.add("traceback", tb, attribute("tb_frame", tb.tb_frame), attribute("tb_next", tb.tb_next))
    catalogue.add("traceback, last", tb.tb_next, attribute("tb_frame", tb.tb_next.tb_frame))
    catalogue.add("frame", tb.tb_next.tb_frame, local("held", a))
    catalogue.add("OSError", OSError(2, "no such thing %d" % Item.made, "name", None, "other"))
    stop = StopIteration(a)
    catalogue.add("StopIteration", stop, attribute("value", a), attribute("args", stop.args))
    wrong = UnicodeDecodeError("utf-8", b"abc %d" % Item.made, 0, 1, "a reason")
    catalogue.add("UnicodeDecodeError", wrong, attribute("object", wrong.object), attribute("reason", wrong.reason))
    missing = ImportError("message", name="name %d" % Item.made)
    catalogue.add("ImportError", missing, attribute("name", missing.name), attribute("msg", missing.msg))
    leave = SystemExit(b)
    catalogue.add("SystemExit", leave, attribute("code", b))
    if sys.version_info >= (3, 11):
        group = ExceptionGroup("group", [ValueError(1), ValueError(2)])
        catalogue.add("ExceptionGroup", group, attribute("message", group.message))


def called_back(reference):
    pass


def build_references(catalogue):
    a = Item()
    catalogue.add("item", a, attribute("number", a.number))

    def callback(reference):
        return catalogue
    catalogue.add("weakref", weakref.ref(a), weak(a))
    catalogue.add("weakref, with a callback", weakref.ref(a, callback), weak(a), attribute("__callback__", callback))
    catalogue.add("weak proxy", weakref.proxy(a, called_back), weak(a), anyhow(called_back))
    target = Item()
    dead = weakref.ref(target)
    del target
    catalogue.add("weakref, dead", dead)
    catalogue.add("weak value dict", weakref.WeakValueDictionary({1: a}))
    view = memoryview(bytearray(b"viewed"))
    catalogue.add("memoryview", view, exact=False, sized=False)
    del view


def build_iterators(catalogue):
    a, b = Item(), Item()
    things, pair = [a, b], (a, b)
    text = {"key": a}
    catalogue.add("list iterator", iter(things), anyhow(things))
    catalogue.add("tuple iterator", iter(pair), anyhow(pair))
    catalogue.add("dict iterator", iter(text), anyhow(text))
    for shape, thing in [("zip", zip(things, pair)), ("map", map(str, things)), ("filter", filter(None, things)),
                         ("enumerate", enumerate(things)), ("reversed", reversed(things)), ("set iterator", iter({a})),
                         ("chain", itertools.chain(things, pair)), ("count", itertools.count(10 ** 30)),
                         ("cycle", itertools.cycle(things)), ("islice", itertools.islice(things, 1)),
                         ("groupby", itertools.groupby(things)), ("tee", itertools.tee(things)[0]),
                         ("callable iterator", iter(list, b))]:
        catalogue.add(shape, thing, exact=False)


def build_others(catalogue):
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=Item.made % 60), "zone %d" % Item.made)
    catalogue.add("timezone", zone, exact=False)
    catalogue.add("datetime", datetime.datetime(2020, 1, 1, tzinfo=zone), exact=False)
    catalogue.add("timedelta", datetime.timedelta(Item.made))
    storage = threading.local()
    storage.extra = Item()
    catalogue.add("thread local", storage, exact=False)
    catalogue.add("lock", threading.Lock())
    event = threading.Event()
    catalogue.add_with("event", event, _cond=event._cond)


BUILDERS = [build_sequences, build_dicts, build_sets, build_instances, build_atoms, build_functions, build_types,
            build_frames, build_exceptions, build_references, build_iterators, build_others]


def build_all(catalogue, group):
    catalogue.group = group
    for builder in BUILDERS:
        builder(catalogue)


# --- threads that wait ------------------------------------------------------------------------------------------------
class Waiter:
    """A thread that waits in a call of a call, and the rows that say so."""

    def __init__(self):
        self.item = Item()
        self.rows = []
        self.started = threading.Event()
        self.thread = threading.Thread(target=outer_wait, args=(self,), name="waiter", daemon=True)
        self.thread.start()
        self.started.wait()


def outer_wait(waiter):
    listed = [waiter.item]
    waiter.rows.append(frame_row("outer_wait", "waits outside", waiter=waiter, listed=listed))
    inner_wait(waiter, listed[0])  # waits outside


def inner_wait(waiter, held):
    waiter.rows.append(frame_row("inner_wait", "waits inside", waiter=waiter, held=held))
    waiter.started.set()
    RELEASE.acquire()  # waits inside


def frame_row(function, mark, **locals_there):
    with open(__file__) as source:
        line = [number for number, text in enumerate(source, 1) if text.endswith("# " + mark + "\n")][0]
    return {"function": function, "line": line, "thread": threading.get_native_id(),
            "locals": {name: id(thing) for name, thing in locals_there.items()}}


def count_instances(counts):
    """Adds the instances of this file's classes on the collector's lists; those of the permanent generation are on none
    that it hands out, so this is called before the freeze too."""
    for thing in gc.get_objects():
        kind = type(thing)
        if kind in COUNTED:
            name = "%s.%s" % tuple(name_of(kind))
            counts[name] = counts.get(name, 0) + 1


COUNTED = {Item, Plain, Materialised, Replaced, Grown, Slots, MoreSlots, SlotsAndDict, OnlyDictSlot, ListChild,
           DictChild, TupleChild, SetChild, Problem, Pause, Point, Record, Waiter, Base}


def main():
    gc.disable()
    gc.collect()
    RELEASE.acquire()
    catalogue, counts, waiter = Catalogue(), {}, Waiter()
    build_all(catalogue, "permanent")
    count_instances(counts)
    gc.freeze()
    build_all(catalogue, "old")
    gc.collect(1)
    build_all(catalogue, "middle")
    gc.collect(0)
    build_all(catalogue, "young")
    count_instances(counts)
    frames = waiter.rows + [frame_row("main", "blocks here", catalogue=catalogue, waiter=waiter)]
    catalogue.measure()
    print(json.dumps({"pid": os.getpid(), "python": sys.version.split()[0], "counts": counts, "frames": frames,
                      "shapes": catalogue.rows}), flush=True)
    os.read(0, 1)  # blocks here


if __name__ == "__main__":
    main()
