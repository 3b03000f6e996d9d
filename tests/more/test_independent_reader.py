"""A stranger's reader: written from docs/format.md alone, with other libraries than ours, it reads what ours wrote.

Reads with tarfile, msgpack and zstandard; compares with what tests/tools/makesnap says it wrote, which went through no reader.
"""
import json
import os
import pathlib
import re
import subprocess
import tarfile

import msgpack
import pytest
import zstandard

TOOL = pathlib.Path(os.environ["HEAPDIFF_BUILD"]) / "tests" / "tools" / "makesnap"
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "format.md"
PAYLOAD_NAMES = {1, 3, 6, 7, 8, 9, 12, 13}


# --- section 3: documents, section 4: columns, section 5: packed integers


def document(data):
    return msgpack.unpackb(data, unicode_errors="surrogateescape", strict_map_key=True)


def unzigzag(value):
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


def unpack(raw, count, lengths):
    controls, at, values = raw[: (count + 3) // 4], (count + 3) // 4, []
    for i in range(count):
        length = lengths[controls[i // 4] >> (i % 4 * 2) & 3]
        assert at + length <= len(raw)
        values.append(int.from_bytes(raw[at : at + length], "little"))
        at += length
    assert at == len(raw), "a column that does not come out even"
    return values


def column(value, count):
    encoding, raw_length, data = value
    layout, delta, sparse, stored = encoding & 15, encoding & 16, encoding & 32, encoding & 64
    if not stored:
        assert zstandard.frame_content_size(data) == raw_length
        data = zstandard.ZstdDecompressor().decompress(data)
    assert len(data) == raw_length
    if layout == 0:
        assert encoding in (0, 64)
        return list(data)
    if layout == 1:
        assert encoding in (1, 65)
        return unpack(data, count, (1, 2, 3, 4))
    assert layout == 2
    present = [True] * count
    if sparse:
        bits, data = data[: (count + 7) // 8], data[(count + 7) // 8 :]
        present = [bits[i // 8] >> i % 8 & 1 for i in range(count)]
    packed = iter(unpack(data, sum(map(bool, present)), (1, 2, 4, 8)))
    values = [next(packed) if there else 0 for there in present]
    if delta:
        for i in range(1, count):
            values[i] = (values[i] + values[i - 1]) % 2**64
    return values


# --- section 6: members


class Snapshot:
    def __init__(self, path):
        self.members = {}
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                assert member.isreg() and member.name not in self.members
                self.members[member.name] = archive.extractfile(member).read()
        assert list(self.members)[-1] == "manifest"
        self.manifest, checksum = document(self.members["manifest"])
        assert len(checksum) == 16
        assert (self.manifest["format"], self.manifest["major"]) == ("heapdiff snapshot", 1)
        listed = {name: size for name, size, _ in self.manifest["members"]}
        assert listed == {name: len(data) for name, data in self.members.items() if name != "manifest"}
        self.counts = self.manifest["counts"]
        self.read_strings()
        self.read_types()
        self.read_objects()
        self.read_values()
        self.read_edges()
        self.read_roots()

    def chunks(self, kind):
        number = 0
        while f"{kind}/{number:06d}" in self.members:
            yield number, document(self.members[f"{kind}/{number:06d}"])
            number += 1

    def read_strings(self):
        self.strings = []
        for _, chunk in self.chunks("strings"):
            assert chunk["first"] == len(self.strings)
            text = bytes(column(chunk["columns"]["text"], None))
            for length in column(chunk["columns"]["length"], chunk["count"]):
                self.strings.append(text[:length])
                text = text[length:]
            assert text == b""

    def rows(self, columns, count, names):
        """Rows of the columns named; a name that ends with + is an id stored plus one."""
        arrays = []
        for name in names:
            values = column(columns[name.rstrip("+")], count) if name.rstrip("+") in columns else [0] * count
            arrays.append([v - 1 if v else None for v in values] if name.endswith("+") else values)
        return [list(row) for row in zip(*arrays)]

    def read_types(self):
        self.types = []
        names = ["name+", "module+", "address", "base+", "node+", "flags", "basicsize", "itemsize"]
        for _, chunk in self.chunks("types"):
            assert chunk["first"] == len(self.types)
            self.types += self.rows(chunk["columns"], chunk["count"], names)

    def read_objects(self):
        self.objects, self.degrees = [], []
        names = ["address", "type", "size", "getsizeof", "refcount", "generation", "flags", "content_hash", "length", "degree"]
        for number, chunk in self.chunks("objects"):
            assert chunk["first"] == len(self.objects) == number * 65536
            assert chunk["first_edge"] == sum(self.degrees)
            for row in self.rows(chunk["columns"], chunk["count"], names):
                row[0] *= 8
                row[3] = (row[2] + unzigzag(row[3])) % 2**64
                self.degrees.append(row.pop())
                self.objects.append(row)

    def read_values(self):
        self.values = []
        for number, chunk in self.chunks("values"):
            assert chunk["first"] == len(self.values) == number * 65536
            text, at = bytes(column(chunk["columns"]["text"], None)), 0
            for length in column(chunk["columns"]["length"], chunk["count"]):
                self.values.append(text[at : at + length - 1] if length else None)
                at += max(length - 1, 0)
            assert at == len(text)

    def tagged(self, columns, count):
        """(target as stored, name, class, payload) of each edge."""
        targets, tags = column(columns["target"], count), column(columns["tag"], count)
        with_payload = sum(tag >> 7 for tag in tags)
        payloads = iter(column(columns["payload"], with_payload) if "payload" in columns else [])
        for target, tag in zip(targets, tags):
            assert (tag >> 7 == 1) == (tag & 31 in PAYLOAD_NAMES)
            yield target, tag & 31, tag >> 5 & 3, next(payloads) if tag >> 7 else 0

    def read_edges(self):
        self.edges = []
        owners = [source for source, degree in enumerate(self.degrees) for _ in range(degree)]
        for number, chunk in self.chunks("edges"):
            first = chunk["first"]
            assert first == len(self.edges) == number * 262144
            assert chunk["source"] == owners[first]
            assert chunk["before"] == first - sum(self.degrees[: owners[first]])
            for target, name, kind, payload in self.tagged(chunk["columns"], chunk["count"]):
                source = owners[len(self.edges)]
                self.edges.append([source, (source + unzigzag(target)) % 2**32, name, kind, payload])

    def read_roots(self):
        roots = document(self.members["roots"])
        names = ["kind", "name+", "thread", "depth", "function+", "file+", "line", "interpreter", "degree"]
        self.roots = self.rows(roots["columns"], roots["count"], names)
        owners = [root for root, row in enumerate(self.roots) for _ in range(row.pop())]
        edges = self.tagged(roots["edge_columns"], roots["edges"])
        self.root_edges = [[owner, *edge] for owner, edge in zip(owners, edges, strict=True)]


@pytest.mark.parametrize("objects, seed", [(0, 1), (1, 2), (5, 3), (1000, 4), (70000, 5)])
def test_reads_what_was_written(tmp_path, objects, seed):
    path = tmp_path / "a.snap"
    said = subprocess.run([TOOL, path, str(objects), str(seed)], check=True, capture_output=True).stdout
    heap, snapshot = json.loads(said), Snapshot(path)
    assert [string.hex() for string in snapshot.strings] == heap["strings"]
    assert snapshot.types == heap["types"]
    assert snapshot.objects == heap["objects"]
    assert [None if value is None else value.hex() for value in snapshot.values] == heap["values"]
    assert snapshot.edges == heap["edges"]
    assert snapshot.roots == heap["roots"]
    assert snapshot.root_edges == heap["root_edges"]
    meta = document(snapshot.members["meta"])
    assert meta == {"pid": 4711, "hostname": "höst"}
    assert snapshot.manifest["losses"] == {"name_unreadable": 7}
    assert snapshot.manifest["complete"] is True
    assert snapshot.counts == {
        "nodes": objects,
        "edges": len(heap["edges"]),
        "types": len(heap["types"]),
        "strings": len(heap["strings"]),
        "roots": len(heap["roots"]),
        "root_edges": len(heap["root_edges"]),
        "size": sum(row[2] for row in heap["objects"]),
    }


def test_reads_the_example_of_the_document():
    blocks = re.findall(r"(?:^    [0-9a-f ]+\n)+", DOCUMENT.read_text(), re.MULTILINE)
    objects, edges, values = (document(bytes.fromhex(block)) for block in blocks)
    addresses = [8 * value for value in column(objects["columns"]["address"], objects["count"])]
    assert addresses == [0x7F0000001000, 0x7F0000001038, 0x7F0000001140]
    assert column(objects["columns"]["content_hash"], 3) == [0, 0, 0x1122334455667788]
    assert column(edges["columns"]["tag"], edges["count"]) == [0x81, 0x04, 0x05]
    assert column(values["columns"]["length"], values["count"]) == [0, 0, 3]
    assert bytes(column(values["columns"]["text"], None)) == b"ab"
