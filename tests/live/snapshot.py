"""A snapshot, object by object, as the test-only program snapcat prints it. The words are those of format/schema.h,
which is read for them, so that a number that moved there can't be mistaken here."""
import collections
import json
import os
import re
import subprocess

import harness


def read_enum(name):
    """The words of an enum of the schema, lower case and without their common prefix, by number."""
    with open(os.path.join(harness.ROOT, "format/schema.h")) as header:
        body = re.search(r"enum %s \{(.*?)\n\};" % name, header.read(), re.S).group(1)
    names = re.findall(r"^\t([A-Z][A-Z0-9_]*)", re.sub(r"/\*.*?\*/", "", body, flags=re.S), re.M)
    return [name.split("_", 1)[1].lower() for name in names]


EDGE_NAMES = read_enum("edge_name")
EDGE_CLASSES = read_enum("edge_class")
ROOT_KINDS = read_enum("root_kind")
GENERATIONS = [{"0": 0, "1": 1, "2": 2}.get(name, name) for name in read_enum("generation")]
IMMORTAL, STATIC = 1, 2


class Edge:
    __slots__ = ("target", "name", "kind", "payload", "key")

    def __init__(self, target, name, kind, payload, key):
        self.target = target
        self.name = name        # index, attribute, key ...
        self.kind = kind        # owned, unvisited, weak, guess
        self.payload = payload
        self.key = key          # of a dict's value: address of its key

    def __repr__(self):
        return "%s %s -> 0x%x %s" % (self.name, self.payload, self.target, self.kind)


def read_edges(flat):
    edges = []
    key = 0
    for at in range(0, len(flat), 4):
        name = EDGE_NAMES[flat[at + 1]]
        if name == "key":
            key = flat[at]
        edges.append(Edge(flat[at], "index" if name == "next_index" else name, EDGE_CLASSES[flat[at + 2]], flat[at + 3],
                          key if name in ("value", "attribute", "named_key") else 0))
    return edges


class Object:
    __slots__ = ("address", "type", "size", "getsizeof", "refcount", "generation", "flags", "length", "flat")

    def __init__(self, record):
        (_, self.address, self.type, self.size, self.getsizeof, self.refcount, generation, self.flags, self.length,
         self.flat) = record
        self.generation = GENERATIONS[generation]

    @property
    def edges(self):
        return read_edges(self.flat)


class Root:
    def __init__(self, record):
        _, kind, self.name, self.thread, self.depth, self.function, self.file, self.line, flat = record
        self.kind = ROOT_KINDS[kind]
        self.edges = read_edges(flat)


class Snapshot:
    def __init__(self, path):
        self.path = path
        self.types = []      # (module, qualified name, address), by type id
        self.objects = {}    # by address
        self.roots = []
        self.rows = collections.defaultdict(list)  # dicts, by relation
        self.complete = None
        self.losses = {}
        with subprocess.Popen([harness.program("tests/tools/snapcat"), path], stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                self.take(json.loads(line.decode(errors="surrogateescape")))
        assert process.returncode == 0 and self.complete is not None

    def take(self, record):
        if record[0] == "object":
            self.objects[record[1]] = Object(record)
        elif record[0] == "type":
            self.types.append((record[2], record[3], record[4]))
        elif record[0] == "root":
            self.roots.append(Root(record))
        elif record[0] == "row":
            self.rows[record[1]].append(record[2])
        else:
            _, self.complete, nodes, edges, self.losses = record
            assert nodes == len(self.objects) and edges * 4 == sum(len(o.flat) for o in self.objects.values())

    def type_name(self, thing):
        module, name, _ = self.types[thing.type]
        return "%s.%s" % (module, name)

    def instances(self, name):
        return [thing for thing in self.objects.values() if self.type_name(thing) == name]

    def follow(self, thing, *names):
        """The object at the end of a path of attributes; __dict__ may lie between."""
        for name in names:
            thing = self.step(thing, name)
        return thing

    def step(self, thing, name):
        edges = thing.edges
        for edge in edges:
            if edge.payload == name and edge.name in ("attribute", "named_key"):
                return self.objects[edge.target]
        for edge in edges:
            if edge.payload == "__dict__" and edge.name == "attribute":
                return self.step(self.objects[edge.target], name)
        raise AssertionError("%s 0x%x has no edge .%s" % (self.type_name(thing), thing.address, name))
