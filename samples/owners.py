#!/usr/bin/env python3
"""A program with owners of every kind: threads, asyncio tasks, suspended calls, context variables, modules.

    python3 samples/owners.py        prints its truth as one line of JSON, then blocks until its standard input ends

The truth, as the interpreter itself says it while every thread stands still:

    threads       native_id, ident, name, daemon, main of each; name and daemon are null where threading has no object
    modules       name, address, version, file of each entry of sys.modules
    suspensions   address, kind, function, file, line, state, awaits of every generator, coroutine and async generator
    tasks         address, name, given, state, coroutine, waits_for, loop, thread of every asyncio task; given: the name
                  is made of data, and no constant of this source
    contexts      of tasks: address of the context, {variable: address of its value}

Addresses are id(). Runs on CPython 3.8 and later.
"""
import asyncio
import concurrent.futures
import contextvars
import gc
import inspect
import json
import os
import sys
import threading
import types
import _thread

REQUEST = contextvars.ContextVar("request_id")
MANY = [contextvars.ContextVar("variable_%d" % number) for number in range(40)]
KIND = {types.GeneratorType: "generator", types.CoroutineType: "coroutine", types.AsyncGeneratorType: "async_generator"}
RELEASE = threading.Event()
KEPT = []


class Value:
    """What a context variable is set to."""


# --- suspended calls ---


def count(limit):
    for number in range(limit):  # the loop's iterator is on the stack, and not waited for
        yield number


def outer(limit):
    yield "first"
    yield from count(limit)


def yields_lists(lists):
    for inner in lists:
        for item in inner:
            yield item


@types.coroutine
def park(value):
    yield value


async def inner_call(depth):
    if depth:
        await inner_call(depth - 1)
    else:
        await park(depth)


class Awaitable:
    def __init__(self, call):
        self.call = call

    def __await__(self):
        return self.call.__await__()


async def awaits_wrapper():
    await Awaitable(inner_call(1))


async def numbers():
    yield 1
    await park("in numbers")
    yield 2


async def reads_numbers():
    async for number in numbers():
        KEPT.append(number)


def running():
    """Suspended in no place: it blocks in the middle of a step."""
    STARTED.set()
    RELEASE.wait()
    yield


STARTED = threading.Event()


def run_generator(generator):
    for _ in generator:
        pass


def make_calls():
    created, suspended, delegating, closed, nested = count(3), count(3), outer(3), count(1), yields_lists([[1, 2], [3]])
    next(suspended)
    next(delegating)
    next(delegating)
    next(nested)
    list(closed)
    deep, wrapped, fresh, reader = inner_call(3), awaits_wrapper(), inner_call(0), reads_numbers()
    for coroutine in deep, wrapped, reader:
        coroutine.send(None)
    async_created, async_suspended = numbers(), numbers()
    try:
        async_suspended.asend(None).send(None)
    except StopIteration:
        pass
    runs = running()
    threading.Thread(target=run_generator, args=(runs,), name="runs a generator", daemon=True).start()
    STARTED.wait()
    KEPT.extend([created, suspended, delegating, closed, nested, deep, wrapped, fresh, reader, async_created,
                 async_suspended, runs])


# --- tasks ---


class Derived(asyncio.Task):
    pass


async def sleeper():
    await asyncio.sleep(1000)


async def waits_for(awaitable):
    return await awaitable


async def with_context(number):
    REQUEST.set(Value())
    for variable in MANY[:number]:
        variable.set(Value())
    await asyncio.sleep(1000)


async def fails():
    raise ValueError("on purpose")


async def done():
    return 42


async def consume(queue):
    while True:
        await queue.get()


async def serve(ready):
    loop = asyncio.get_running_loop()
    future, queue = loop.create_future(), asyncio.Queue()
    target = asyncio.ensure_future(sleeper())
    tasks = [
        target,
        asyncio.ensure_future(waits_for(future)),
        asyncio.ensure_future(waits_for(target)),
        asyncio.ensure_future(waits_for(asyncio.gather(sleeper(), sleeper()))),
        asyncio.ensure_future(waits_for(asyncio.wait_for(sleeper(), 1000))),
        loop.create_task(consume(queue), name="consumer"),
        loop.create_task(consume(queue), name="for customer %d" % os.getpid()),
        asyncio.ensure_future(with_context(0)),
        asyncio.ensure_future(with_context(40)),
        asyncio.ensure_future(fails()),
        asyncio.ensure_future(done()),
        Derived(waits_for(waits_for(future)), loop=loop, name="derived"),
        asyncio.tasks._PyTask(waits_for(future), loop=loop, name="in_python"),
        asyncio.tasks._PyTask(done(), loop=loop),
    ]
    cancelled = asyncio.ensure_future(sleeper())
    await asyncio.sleep(0.05)
    cancelled.cancel()
    await asyncio.sleep(0.05)
    KEPT.extend(tasks + [cancelled, future, queue])
    loop.call_soon(ready.set)
    await asyncio.sleep(1000)


def run_loop(ready):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(serve(ready))


# --- threads ---


def start_threads():
    threading.Thread(target=RELEASE.wait, name="worker-1", daemon=True).start()
    threading.Thread(target=RELEASE.wait, name="f\u00fcr \u6771\u4eac").start()
    threading.Thread(target=RELEASE.wait).start()
    pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(RELEASE.wait)
    bare = []
    _thread.start_new_thread(lambda: (bare.append((threading.get_native_id(), threading.get_ident())), RELEASE.wait()), ())
    while not bare:
        pass
    return bare


# --- the truth ---


def state_of(call):
    if isinstance(call, types.GeneratorType):
        return inspect.getgeneratorstate(call)[len("GEN_"):].lower()
    if isinstance(call, types.CoroutineType):
        return inspect.getcoroutinestate(call)[len("CORO_"):].lower()
    if call.ag_frame is None:
        return "closed"
    fresh = numbers()  # inspect tells the state of an async generator from 3.12 on only
    return "created" if call.ag_await is None and call.ag_frame.f_lasti == fresh.ag_frame.f_lasti else "suspended"


def tell_call(call):
    prefix = {"generator": "gi_", "coroutine": "cr_", "async_generator": "ag_"}[KIND[type(call)]]
    frame = getattr(call, prefix + "frame")
    awaits = getattr(call, "gi_yieldfrom" if prefix == "gi_" else prefix + "await")
    return {"address": id(call), "kind": KIND[type(call)], "function": call.__qualname__,
            "file": getattr(call, prefix + "code").co_filename if frame is not None else None,
            "line": frame.f_lineno if frame is not None else 0, "state": state_of(call),
            "awaits": id(awaits) if awaits is not None else None}


def tell_task(task, thread):
    waits = task._fut_waiter
    name = task.get_name()
    return {"address": id(task), "name": name, "given": name.startswith("for customer"),
            "state": {"PENDING": "pending", "CANCELLED": "cancelled", "FINISHED": "done"}[task._state],
            "coroutine": id(task._coro) if task._coro is not None else None,
            "waits_for": id(waits) if waits is not None else None, "loop": id(task._loop), "thread": thread}


def tell_threads(bare):
    rows = [{"native_id": thread.native_id, "ident": thread.ident, "name": thread.name, "daemon": thread.daemon,
             "main": thread is threading.main_thread(), "address": id(thread)} for thread in threading.enumerate()]
    return rows + [{"native_id": native, "ident": ident, "name": None, "daemon": None, "main": False, "address": None}
                   for native, ident in bare]


def tell_modules():
    rows = []
    for name, module in sorted(sys.modules.items()):
        is_module = isinstance(module, types.ModuleType)
        version = vars(module).get("__version__") if is_module else None
        rows.append({"name": name, "address": id(module), "version": version if isinstance(version, str) else None,
                     "file": vars(module).get("__file__") if is_module else None})
    return rows


def context_of(task):
    """Before 3.12 a task of the C module shows its context to the collector only, before those of its callbacks."""
    if hasattr(task, "get_context"):
        return task.get_context()
    if hasattr(task, "_context"):
        return task._context
    return [thing for thing in gc.get_referents(task) if isinstance(thing, contextvars.Context)][0]


def tell_context(task, context):
    values = {variable.name: id(value) for variable, value in context.items()}
    return {"task": id(task), "context": id(context), "values": values}


def main():
    bare = start_threads()
    make_calls()
    ready = threading.Event()
    loop_thread = threading.Thread(target=run_loop, args=(ready,), name="event loop", daemon=True)
    loop_thread.start()
    ready.wait()
    while open("/proc/self/task/%d/stat" % loop_thread.native_id).read().rpartition(")")[2].split()[0] != "S":
        pass
    calls = [thing for thing in gc.get_objects() if type(thing) in KIND]
    tasks = [thing for thing in gc.get_objects() if isinstance(thing, (asyncio.Task, asyncio.tasks._PyTask))]
    contexts = []
    for task in tasks:
        contexts.append(tell_context(task, context_of(task)))
    truth = {"suspensions": [tell_call(call) for call in calls],
             "tasks": [tell_task(task, loop_thread.native_id) for task in tasks], "contexts": contexts,
             "threads": tell_threads(bare), "modules": tell_modules()}
    del calls, tasks
    print(json.dumps(truth), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
