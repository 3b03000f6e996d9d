"""Committed heap images, read as cores: of each layout a heap whose interpreter this machine need not have.

tests/images/record.py made them; beside each lies what its interpreter said of the same moment (tests/images/heap.py says
how), and what its collector found afterwards. The runtime is found, the layout chosen and proved, all is decoded and written
as of any other core.
"""
import collections
import glob
import os
import tarfile

import pytest

import harness
from snapshot import IMMORTAL, Snapshot

IMAGES = sorted(glob.glob(os.path.join(harness.ROOT, "tests/images/*.tar.xz")))
IMMORTAL_FROM = 1 << 29  # refcounts of what lives for ever, by any version
TRACKED = (0, 1, 2)


def name_of(path):
    return os.path.basename(path)[:-len(".tar.xz")]


class Planted:
    def __init__(self, words):
        self.kind, self.type, self.generation = words[0], words[2], words[5]
        self.address, self.size, self.refcount = int(words[1]), int(words[3]), int(words[4])
        self.referents = [int(word) for word in words[6].split(",")] if words[6] != "-" else []


class Image:
    def __init__(self, path, folder):
        self.planted, self.named, self.garbage, self.collected, self.frames, self.counts = [], [], {}, set(), [], {}
        self.blocks = {}
        with open(path[:-len(".tar.xz")] + ".truth") as lines:
            for line in lines:
                self.take(line.split())
        with tarfile.open(path) as archive:
            archive.extractall(folder)
        self.core = folder / "core"
        self.path = folder / "a.snap"
        harness.run(harness.program("heapdump"), "--core", self.core, "--sysroot", folder / "files", "-o", self.path)
        self.snapshot = Snapshot(str(self.path))

    def take(self, words):
        kind, words = words[0], words[1:]
        if kind == "version":
            self.version = words[0]
        elif kind == "planted":
            self.planted.append(Planted(words))
        elif kind == "named":
            self.named.append((int(words[0]), words[1], int(words[2])))
        elif kind == "garbage":
            self.garbage[int(words[0])] = words[1]
        elif kind == "collected":
            self.collected.add(int(words[0]))
        elif kind == "frame":
            self.frames.append((words[0], words[1], int(words[2])))
        elif kind == "blocks":
            self.blocks[int(words[0])] = tuple(map(int, words[1:]))
        elif kind == "arenas":
            self.arenas = tuple(map(int, words))
        elif kind == "count":
            self.counts[int(words[0]), words[2]] = self.counts.get((int(words[0]), words[2]), 0) + int(words[1])


@pytest.fixture(scope="module", params=IMAGES, ids=name_of)
def image(request, tmp_path_factory):
    return Image(request.param, tmp_path_factory.mktemp("image"))


def test_is_whole(image):
    assert image.snapshot.complete and image.snapshot.losses == {}
    harness.run(harness.program("heapdiff"), "verify", image.path)
    interpreter = harness.ask("info", image.path)
    assert '"%s"' % image.version in str(interpreter).replace("'", '"')


def test_planted_objects_are_as_their_interpreter_says(image):
    assert len(image.planted) > 4 * 60
    wrong = []
    for planted in image.planted:
        found = image.snapshot.objects.get(planted.address)
        if found is None:
            wrong.append((planted.kind, planted.type, "missing"))
            continue
        changing = planted.kind == "singleton"  # what speaks refers to None itself, before it is immortal
        immortal = planted.refcount >= IMMORTAL_FROM
        owned = sorted(edge.target for edge in found.edges if edge.kind == "owned")
        for what, says, is_so in [
                ("type", planted.type, image.snapshot.type_name(found)), ("size", planted.size, found.getsizeof),
                ("refcount", immortal or changing or planted.refcount,
                 bool(found.flags & IMMORTAL) or changing or found.refcount),
                ("generation", planted.generation, str(found.generation)), ("referents", planted.referents, owned)]:
            if says != is_so:
                wrong.append((planted.kind, planted.type, what, says, is_so))
    assert not wrong, wrong


def test_attributes_have_the_names_that_reach_them(image):
    assert len(image.named) > 4 * 30
    wrong = []
    for address, name, target in image.named:
        try:
            found = image.snapshot.step(image.snapshot.objects[address], name).address
        except AssertionError as error:
            found = str(error)
        if found != target:
            wrong.append((image.snapshot.type_name(image.snapshot.objects[address]), name, target, found))
    assert not wrong, wrong


def test_tracked_objects_are_as_many_as_their_interpreter_says(image):
    found = collections.Counter((thing.generation, image.snapshot.type_name(thing))
                                for thing in image.snapshot.objects.values() if thing.generation in TRACKED)
    says = collections.Counter(image.counts)
    assert sum(says.values()) > 300
    assert found == says, {key: (says[key], found[key]) for key in {*says, *found} if says[key] != found[key]}


def test_locals_of_all_frames_are_roots(image):
    """Of the main thread's frames, and of a thread that waits for a lock. Before 3.11 the frame object holds them."""
    found = set()
    for root in image.snapshot.roots:
        edges = list(root.edges)
        for edge in root.edges:
            edges += image.snapshot.objects[edge.target].edges if edge.payload == "frame" else []
        found |= {(root.function, edge.payload, edge.target) for edge in edges}
    assert len(image.frames) == 3 and set(image.frames) <= found


def test_blocks_are_given_out_as_their_interpreter_says(image):
    """Once heap.py has told of the allocator, it takes one block at most, to read into."""
    assert harness.ask("info", image.path)["interpreter"]["allocator"] == "pymalloc"
    found = {}
    for pool in image.snapshot.rows["pools"]:
        pools, used, free = found.get(pool["block_size"], (0, 0, 0))
        found[pool["block_size"]] = (pools + 1, used + pool["used"], free + pool["capacity"] - pool["used"])
    assert len(image.blocks) > 20 and found.keys() == image.blocks.keys()
    differences = [tuple(a - b for a, b in zip(found[size], image.blocks[size])) for size in found
                   if found[size] != image.blocks[size]]
    assert differences in ([], [(0, 1, -1)])
    arenas = image.snapshot.rows["arenas"]
    assert (len(arenas), sum(arena["free_pools"] for arena in arenas)) == image.arenas


def test_objects_lie_in_blocks_of_their_size(image):
    """All floats and few others are 24 bytes with nothing around them."""
    pools = {pool["address"]: pool for pool in image.snapshot.rows["pools"]}
    size = 16384 if image.snapshot.rows["arenas"][0]["size"] > 1 << 18 else 4096
    seen = 0
    for thing in image.snapshot.instances("builtins.float"):
        pool = pools.get(thing.address // size * size)
        if pool is not None:
            assert pool["block_size"] == 32 and (thing.address - pool["address"] - 48) % 32 == 0
            seen += 1
    assert seen > 0
    assert len(image.snapshot.rows["orphans"]) <= 20


def reachable(snapshot):
    waiting = [edge.target for root in snapshot.roots for edge in root.edges if edge.kind != "weak"]
    seen = set(waiting)
    while waiting:
        for edge in snapshot.objects[waiting.pop()].edges:
            if edge.kind != "weak" and edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
    return seen


def test_garbage_is_there_and_nothing_leads_to_it(image):
    assert len(image.garbage) == 8
    for address, kind in image.garbage.items():
        assert image.snapshot.type_name(image.snapshot.objects[address]) == kind
    led_to = reachable(image.snapshot)
    assert not led_to & set(image.garbage)
    assert {planted.address for planted in image.planted} <= led_to


def would_be_collected(snapshot):
    """The tracked objects to which, by refcounts and owned edges, nothing else refers: the collector's own algorithm."""
    young = {address: thing for address, thing in snapshot.objects.items() if thing.generation in TRACKED}
    left = {address: thing.refcount for address, thing in young.items()}
    for thing in young.values():
        for edge in thing.edges:
            if edge.kind == "owned" and edge.target in left:
                left[edge.target] -= 1
    waiting = [address for address, count in left.items() if count > 0]
    kept = set(waiting)
    while waiting:
        for edge in young[waiting.pop()].edges:
            if edge.kind == "owned" and edge.target in young and edge.target not in kept:
                kept.add(edge.target)
                waiting.append(edge.target)
    return set(young) - kept


def test_what_would_be_collected_is_what_was(image):
    assert len(image.collected) >= 7
    assert would_be_collected(image.snapshot) == image.collected


def test_says_nothing_of_the_machine_that_recorded_it(image):
    content = image.core.read_bytes()
    assert not [word for word in (b"/home/", b"/root/", b"PATH=", b"HOME=") if word in content]
