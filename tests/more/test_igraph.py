"""Dominators, retained sizes and components of a real heap of a million objects are those that igraph finds.

The snapshot is read here from docs/format.md alone, as in test_independent_reader.py but by numpy, and which references hold is decided
here too, by docs/meanings.md: counted ones; a root's borrowed ones; guesses, the roots' first, as far as residue bears them
out. Then igraph answers, and `heapdiff top` and `heapdiff cycles` have to say the same of every object.
"""
import collections
import csv
import io
import os
import re
import sys
import tarfile

import igraph
import numpy
import pytest
import zstandard
from test_independent_reader import document

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness


OBJECTS = 1000000
OWNED, UNVISITED, WEAK, GUESS = range(4)
IMMORTAL = 1


# --- reading


def unpack(raw, count, lengths):
    controls = numpy.frombuffer(raw[: (count + 3) // 4], numpy.uint8)
    codes = (controls[:, None] >> numpy.array([0, 2, 4, 6], numpy.uint8) & 3).ravel()[:count]
    lengths = numpy.array(lengths)[codes]
    data = numpy.frombuffer(raw[(count + 3) // 4 :] + bytes(8), numpy.uint8)
    starts = numpy.cumsum(lengths) - lengths
    assert count == 0 or starts[-1] + lengths[-1] == len(data) - 8
    values = numpy.zeros(count, numpy.uint64)
    for byte in range(8):
        values |= numpy.where(byte < lengths, data[numpy.minimum(starts + byte, len(data) - 1)], 0).astype(numpy.uint64) \
            << numpy.uint64(8 * byte)
    return values


def column(value, count):
    encoding, raw_length, data = value
    if not encoding & 64:
        data = zstandard.ZstdDecompressor().decompress(data)
    assert len(data) == raw_length
    if encoding & 15 == 0:
        return numpy.frombuffer(data, numpy.uint8).astype(numpy.uint64)
    if encoding & 15 == 1:
        return unpack(data, count, (1, 2, 3, 4))
    present = numpy.ones(count, bool)
    if encoding & 32:
        present = numpy.unpackbits(numpy.frombuffer(data[: (count + 7) // 8], numpy.uint8), bitorder="little")[:count] == 1
        data = data[(count + 7) // 8 :]
    values = numpy.zeros(count, numpy.uint64)
    values[present] = unpack(data, int(present.sum()), (1, 2, 4, 8))
    return numpy.cumsum(values, dtype=numpy.uint64) if encoding & 16 else values


def unzigzag(values):
    values = values.astype(numpy.int64)
    return numpy.where(values % 2 == 0, values // 2, -(values + 1) // 2)


class Heap:
    """Columns of the objects and of all edges: vertices are the objects, then the roots."""

    def __init__(self, path):
        with tarfile.open(path, "r:") as archive:
            self.members = {member.name: archive.extractfile(member).read() for member in archive}
        objects = list(self.chunks("objects"))
        self.size, self.refcount, flags, degree = (
            self.join(objects, name, numpy.int64) for name in ("size", "refcount", "flags", "degree"))
        self.immortal = flags & IMMORTAL != 0
        self.nodes = len(self.size)
        edges = list(self.chunks("edges"))
        tags = self.join(edges, "tag", numpy.int64)
        source = numpy.repeat(numpy.arange(self.nodes), degree)
        target = (source + unzigzag(self.join(edges, "target", numpy.uint64))) % 2**32
        roots = document(self.members["roots"])
        self.roots = roots["count"]
        root_degree = self.column(roots["columns"], "degree", roots["count"]).astype(numpy.int64)
        root_tags = self.column(roots["edge_columns"], "tag", roots["edges"]).astype(numpy.int64)
        root_target = self.column(roots["edge_columns"], "target", roots["edges"]).astype(numpy.int64)
        # The roots' edges first, as guesses are decided in that order.
        self.source = numpy.concatenate([numpy.repeat(numpy.arange(self.roots), root_degree) + self.nodes, source])
        self.target = numpy.concatenate([root_target, target])
        self.kind = numpy.concatenate([root_tags, tags]) >> 5 & 3

    def chunks(self, kind):
        number = 0
        while "%s/%06d" % (kind, number) in self.members:
            yield document(self.members["%s/%06d" % (kind, number)])
            number += 1

    @staticmethod
    def column(columns, name, count):
        return column(columns[name], count) if name in columns else numpy.zeros(count, numpy.uint64)

    def join(self, chunks, name, kind):
        return numpy.concatenate([self.column(chunk["columns"], name, chunk["count"]) for chunk in chunks]).astype(kind)


# --- what holds


def hold(heap):
    """Which edges hold, and the residue that is left."""
    counted = heap.kind <= UNVISITED
    residue = heap.refcount - numpy.bincount(heap.target[counted], minlength=heap.nodes)
    residue[heap.immortal] = 0
    holds = counted | (heap.kind == WEAK) & (heap.source >= heap.nodes)
    for edge in numpy.flatnonzero(heap.kind == GUESS):
        if residue[heap.target[edge]] > 0:
            residue[heap.target[edge]] -= 1
            holds[edge] = True
    return holds, residue


def reached(graph, start, count):
    seen = numpy.zeros(count, bool)
    seen[graph.subcomponent(start, mode="out")] = True
    return seen


def least_of_sources(graph, rest):
    """Of the vertices in `rest`, the least of each component that no other of the rest leads to."""
    rest = numpy.flatnonzero(rest)
    if len(rest) == 0:
        return rest
    part = graph.induced_subgraph(rest)
    component = numpy.array(part.connected_components(mode="strong").membership)
    edges = numpy.array(part.get_edgelist()).reshape(-1, 2)
    across = component[edges[:, 0]] != component[edges[:, 1]]
    entered = numpy.zeros(component.max() + 1, bool)
    entered[component[edges[across, 1]]] = True
    _, first = numpy.unique(component, return_index=True)
    return rest[first[~entered]]


class Truth:
    """What igraph says of a heap: dominator and retained size of each object, components."""

    def __init__(self, heap):
        self.heap, (holds, residue) = heap, hold(heap)
        self.residue = residue
        self.edges = numpy.stack([heap.source[holds], heap.target[holds]], axis=1)
        places, self.root = heap.nodes + heap.roots, heap.nodes + heap.roots
        graph = igraph.Graph(n=places + 1, edges=self.edges, directed=True)
        entries = [numpy.arange(heap.nodes, places), numpy.flatnonzero(heap.immortal)]
        seen = self.enter(graph, entries)
        entries.append(numpy.flatnonzero((residue > 0) & ~seen[: heap.nodes]))
        seen = self.enter(graph, entries[2:], seen)
        rest = ~seen
        rest[self.root] = False
        entries.append(least_of_sources(graph, rest))
        self.enter(graph, entries[3:], seen)
        self.entries = numpy.concatenate(entries)
        self.graph, self.rest = graph, int(rest.sum())
        self.dominator = numpy.array(graph.dominator(self.root, mode="out"))
        self.retained = self.add_up()

    def enter(self, graph, entries, seen=None):
        entries = numpy.concatenate(entries)
        graph.add_edges(numpy.stack([numpy.full(len(entries), self.root), entries], axis=1))
        return reached(graph, self.root, self.root + 1)

    def add_up(self):
        retained = numpy.concatenate([self.heap.size, numpy.zeros(self.heap.roots + 1, numpy.int64)]).tolist()
        above = self.dominator.tolist()
        children = numpy.bincount(self.dominator[self.dominator >= 0], minlength=len(above)).tolist()
        ready = [vertex for vertex, count in enumerate(children) if count == 0]
        for vertex in ready:  # grows
            parent = above[vertex]
            if parent < 0:
                continue
            retained[parent] += retained[vertex]
            children[parent] -= 1
            if children[parent] == 0:
                ready.append(parent)
        assert len(ready) == len(above)
        return retained

    def components(self):
        """Members of each cycle, by the least of them. References to immortal objects hold nothing, and make no cycle."""
        mortal = numpy.append(~self.heap.immortal, numpy.zeros(self.heap.roots + 1, bool))
        edges = self.edges[mortal[self.edges[:, 1]]]
        graph = igraph.Graph(n=self.root, edges=edges, directed=True)
        members = collections.defaultdict(list)
        for vertex, component in enumerate(graph.connected_components(mode="strong").membership):
            members[component].append(vertex)
        itself = set(edges[edges[:, 0] == edges[:, 1], 0].tolist())
        return {found[0]: found for found in members.values() if len(found) > 1 or found[0] in itself}

    def retained_by(self, members):
        """What nothing reaches any more when all of these are taken out."""
        out = numpy.zeros(self.root + 1, bool)
        out[members] = True
        keep = ~out[self.edges[:, 0]] & ~out[self.edges[:, 1]]
        entries = self.entries[~out[self.entries]]
        edges = numpy.concatenate([self.edges[keep], numpy.stack([numpy.full(len(entries), self.root), entries], axis=1)])
        seen = reached(igraph.Graph(n=self.root + 1, edges=edges, directed=True), self.root, self.root + 1)
        return int(self.heap.size[~seen[: self.heap.nodes]].sum())


# --- comparing


def rows_of(*words):
    csv.field_size_limit(1 << 30)
    return list(csv.DictReader(io.StringIO(harness.run(harness.program("heapdiff"), *words, "--csv", timeout=900))))


PYTHONS = [python for python in harness.find_pythons() if not python.is_fetched]
MORTAL = [python for python in PYTHONS if python.version < (3, 12)][-1:]
IMMORTAL_TOO = [python for python in PYTHONS if python.version >= (3, 12)][-1:]


def of_process(python, objects):
    def make(path):
        with harness.Sample(python, "tests/bench/target.py", str(objects)) as sample:
            sample.wait_until_blocked()
            harness.capture(sample.process.pid, path)
    return pytest.param((make, objects), id="%s-%d" % (python.name, objects))


def of_shape(shape, objects):
    def make(path):
        harness.run(harness.program("tests/tools/shapes"), path, shape, str(objects))
    return pytest.param((make, objects), id="%s-%d" % (shape, objects))


@pytest.fixture(scope="module", params=[
    *(of_process(python, OBJECTS) for python in MORTAL), *(of_process(python, OBJECTS // 5) for python in IMMORTAL_TOO),
    of_shape("random", OBJECTS // 5), of_shape("mixed", OBJECTS // 5), of_shape("islands", OBJECTS // 50)])
def snapshot(request, tmp_path_factory):
    make, objects = request.param
    path = tmp_path_factory.mktemp("igraph") / "a.snap"
    make(path)
    return str(path), objects


@pytest.fixture(scope="module")
def truth(snapshot):
    return Truth(Heap(snapshot[0]))


def test_the_heaps_are_large_and_of_all_kinds(request, snapshot, truth):
    assert truth.heap.nodes >= snapshot[1]
    if "islands" in request.node.name:
        assert truth.rest > snapshot[1] // 2  # what nothing holds
    if any(python.name in request.node.name for python in MORTAL + IMMORTAL_TOO):
        assert (truth.residue > 0).any() and (truth.heap.kind == GUESS).any()
    if any(python.name in request.node.name for python in IMMORTAL_TOO):
        assert truth.heap.immortal.sum() > 1000


def test_dominators_and_retained_sizes(snapshot, truth):
    rows = rows_of("top", "--top", "all", snapshot[0])
    assert len(rows) == truth.heap.nodes
    for row in rows:
        node = int(row["id"])
        assert int(row["retained"]) == truth.retained[node], "#%d" % node
        named = re.search(r" #(\d+)$", row["dominator"])
        dominator = truth.dominator[node]
        assert (int(named[1]) if named else -1) == (dominator if dominator < truth.heap.nodes else -1), "#%d" % node
        if not named:
            alone = row["dominator"] in ("(immortal)", "(C code alone)", "(nothing)", "(several roots)")
            assert alone == (dominator == truth.root), "#%d" % node


def test_components(snapshot, truth):
    rows, components = rows_of("cycles", "--all-edges", "--top", "all", snapshot[0]), truth.components()
    assert {int(row["id"]): int(row["count"]) for row in rows} == {
        least: len(members) for least, members in components.items()}
    for row in rows:
        assert int(row["size"]) == int(truth.heap.size[components[int(row["id"])]].sum())
    for row in rows[:: max(len(rows) // 5, 1)]:
        assert int(row["retained"]) == truth.retained_by(components[int(row["id"])])
