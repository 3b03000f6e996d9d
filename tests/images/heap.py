"""The heap that heap images are recorded of: few objects of many types, and what the interpreter says of them.

Started by record.py with -I -S -E, so that next to nothing else is in it. It plants the same objects four times (before
gc.freeze(), before a full collection, before one of generation 0 and after all), tells the truth, a line each, and blocks:

    version 3.13.5
    planted KIND ADDRESS TYPE SIZE REFCOUNT GENERATION REFERENTS    referents: addresses by gc.get_referents(), sorted, or -
    named ADDRESS NAME TARGET       what an attribute of a planted object refers to
    frame FUNCTION LOCAL ADDRESS    a local variable of a frame that runs
    count GENERATION NUMBER TYPE    objects that the collector tracks, by gc.get_objects()
    garbage ADDRESS TYPE            planted objects to which nothing refers but they themselves
    end

Given a byte it collects, keeping what it finds, and says `collected ADDRESS` of each object, then `end`. Generations are
0, 1, 2, permanent and untracked. The collector is off meanwhile. Runs on CPython 3.8 and later.
"""
import _collections
import _functools
import _thread
import _weakref
import gc
import itertools
import posix
import sys

planted = []  # (kind, object)
# Attributes that are kept where they are read from; asking for others makes something new (gi_frame, gi_code, __dict__).
NAMES = ("first second left right item next fget fset func args keywords tb_frame tb_next cell_contents start "
         "stop __traceback__ __closure__ __code__ __globals__ __defaults__ __kwdefaults__ __self__ __func__").split()


class Plain:
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Materialised(Plain):
    pass


class Slots:
    __slots__ = ("left", "right", "__weakref__")

    def __init__(self, left, right):
        self.left = left
        self.right = right


class Counted(int):
    pass


class Named(list):
    pass


class Node:
    pass


def closure(value):
    other = [value]

    def inner(argument, default=value, *, keyword=None):
        return argument, default, keyword, value, other
    return inner


def suspended(value):
    kept = [value]
    yield kept
    yield value


async def awaiting(value):
    kept = [value]
    await Waiting(kept)


class Waiting:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield self.value


def fail(value):
    kept = [value]
    raise ValueError(kept)


def caught(value):
    try:
        fail(value)
    except ValueError as error:
        return error


def ignore(reference):
    pass


def plant(kind, *things):
    for thing in things:
        planted.append((kind, thing))


def plant_scalars(number):
    plant("int", 7, 2 ** 40 + number, 2 ** 200 + number, -2 ** 70 - number, Counted(number + 1000))
    plant("float", number + 0.5, complex(number, 1))
    plant("str", "", "ascii %d" % number, "latin \xe9 %d" % number, "wide \u20ac %d" % number,
          "widest \U0001f600 %d" % number)
    plant("bytes", b"", b"bytes %d" % number, bytearray(b"array %d" % number), memoryview(b"view %d" % number))
    plant("singleton", None, True, Ellipsis, NotImplemented)


def plant_containers(number):
    item = [number]
    plant("list", [], item, [item, item, None], Named([item]))
    plant("tuple", (), (number, "untracked"), (item, (item,)))
    plant("dict", {}, {"a": item, "b": number + 5000}, {number + 5000: item, "c": 1, (1, 2): None},
          dict.fromkeys(range(9), item))
    plant("set", set(), {number + 300, "text"}, frozenset([number + 300, None]), set(range(50)))
    plant("deque", _collections.deque(), _collections.deque([item] * 70, 100))
    plant("default dict", _collections.defaultdict(list, a=item))
    ordered = _collections.OrderedDict(a=item)
    ordered[number + 5000] = item
    plant("ordered dict", ordered)


def plant_instances(number):
    item = [number]
    plain, materialised, slots = Plain(item, number), Materialised(item, number), Slots(item, number + 5000)
    plant("instance", plain, slots)
    plant("materialised", materialised, materialised.__dict__)
    plant("weak reference", _weakref.ref(slots), _weakref.ref(plain, ignore), _weakref.proxy(plain))
    plant("class", type("Made%d" % number, (Plain,), {"__slots__": ("extra",), "value": item}))
    module = type(sys)("made%d" % number, "a module")
    module.item = item
    plant("module", module)
    plant("cycle", ring_of(2)[0])


def plant_callables(number):
    item = [number]
    plain, function = Plain(item, 0), closure(item)
    plant("function", function, *function.__closure__)
    plant("method", plain.__init__, item.append, staticmethod(closure), classmethod(closure), property(closure, ignore))
    plant("partial", _functools.partial(closure, item, key=item))
    generator, coroutine = suspended(item), awaiting(item)
    next(generator)
    coroutine.send(None)
    plant("suspended", generator, coroutine, suspended(item))
    error = caught(item)
    plant("error", error, error.__traceback__)
    plant("code", closure.__code__)
    plant("iterator", iter(item), iter((item, 1)), iter({"a": item}.items()), itertools.chain([item], [1]),
          itertools.count(number + 5000), enumerate(item), map(closure, item), slice(item, 1), range(number + 5000),
          reversed(item), zip(item, item))


def ring_of(length):
    nodes = [Node() for _ in range(length)]
    for index, node in enumerate(nodes):
        node.next = nodes[(index + 1) % length]
    return nodes


def plant_all(number):
    plant_scalars(number)
    plant_containers(number)
    plant_instances(number)
    plant_callables(number)


def plant_garbage():
    looped, mapped, hanging = Named(), {}, Slots(None, None)
    looped.append(looped)
    looped.append(hanging)
    mapped["self"] = mapped
    hanging.left = [2 ** 80, "hangs from the garbage"]
    made = [looped, mapped, hanging, hanging.left] + ring_of(3) + ring_of(1)
    return [(id(thing), name_of(type(thing))) for thing in made]


def name_of(kind):
    return "%s.%s" % (kind.__module__, kind.__qualname__)


def generations():
    return {id(thing): str(generation) for generation in range(3) for thing in gc.get_objects(generation=generation)}


def tell_planted(lines):
    """A row's own references are gone when all is told: those of the call are counted by a list that has one only."""
    young = generations()
    probe = [[]]
    own = sys.getrefcount(probe[0]) - 1
    for index in range(len(planted)):
        address = id(planted[index][1])
        referents = sorted(map(id, gc.get_referents(planted[index][1])))
        lines.append("planted %s %d %s %d %d %s %s" % (
            planted[index][0].replace(" ", "_"), address, name_of(type(planted[index][1])),
            sys.getsizeof(planted[index][1]),
            sys.getrefcount(planted[index][1]) - own,
            young.get(address, "permanent" if gc.is_tracked(planted[index][1]) else "untracked"),
            ",".join(map(str, referents)) or "-"))


def tell_named(lines):
    """Not what proxies and methods have from another object, nor what classes inherit."""
    for index in range(len(planted)):
        thing = planted[index][1]
        if isinstance(thing, type) or type(thing) is _weakref.ProxyType:
            continue
        for name in NAMES:
            own = not name.startswith("__") or any(name in kind.__dict__ for kind in type(thing).__mro__)
            if own and hasattr(thing, name):
                lines.append("named %d %s %d" % (id(thing), name, id(getattr(thing, name))))


def tell_counts(lines, counts):
    """`counts` has a dict for each generation, which the collector tracks already: counting makes no object to be counted."""
    for generation in range(3):
        for thing in gc.get_objects(generation=generation):
            counts[generation][type(thing)] = counts[generation].get(type(thing), 0) + 1
    thing = None
    for generation in range(3):
        for kind, count in counts[generation].items():
            if count > 0:
                lines.append("count %d %d %s" % (generation, count, name_of(kind)))


def say(lines):
    left = ("\n".join(lines) + "\nend\n").encode()
    while left:
        left = left[posix.write(1, left):]


def wait():
    """Tells the allocator's state on stderr, and takes one block more for what is to be read."""
    sys._debugmallocstats()
    return posix.read(0, 1)


def waiting(ready, lock):
    in_thread = ["kept by a thread"]
    addresses.append(("waiting", "in_thread", id(in_thread)))
    ready.release()
    lock.acquire()


def inner(lines):
    in_inner = ["kept by the innermost frame"]
    counts = [{Plain: 0}, {Plain: 0}, {Plain: 0}]
    addresses.append(("inner", "in_inner", id(in_inner)))
    garbage = plant_garbage()
    lines += ["garbage %d %s" % row for row in garbage] + ["frame %s %s %d" % row for row in addresses]
    garbage = None
    tell_planted(lines)
    tell_named(lines)
    tell_counts(lines, counts)
    say(lines)
    wait()


def outer():
    in_outer = ["kept by a frame"]
    addresses.append(("outer", "in_outer", id(in_outer)))
    inner(["version %d.%d.%d" % sys.version_info[:3]])


addresses = []
ready, lock = _thread.allocate_lock(), _thread.allocate_lock()
ready.acquire()
lock.acquire()
gc.disable()
gc.collect()
plant_all(1)
gc.freeze()
plant_all(2)
gc.collect()
plant_all(3)
gc.collect(0)
plant_all(4)
_thread.start_new_thread(waiting, (ready, lock))
ready.acquire()
outer()
gc.set_debug(gc.DEBUG_SAVEALL)
gc.collect()
say(["collected %d" % id(thing) for thing in gc.garbage])
wait()
