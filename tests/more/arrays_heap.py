"""Arrays of numpy: with data of their own, views of all sorts, memory of others. Prints what each says of itself."""
import json
import mmap
import os
import sys
import tempfile

import numpy

folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "data")
numpy.arange(5000, dtype="i8").tofile(path)

owner = numpy.ones((100, 200))
untouched = numpy.zeros(1 << 22, dtype="u1")
row = numpy.zeros(50, dtype=[("id", "i8"), ("name", "S13"), ("inner", [("x", "f4"), ("y", "f4")])])
text = bytearray(b"12345678" * 1000)
mapping = mmap.mmap(-1, 1 << 16)
memmap = numpy.memmap(path, dtype="i8", mode="r", offset=800, shape=(10, 20))
arrays = {
    "owner": owner, "untouched": untouched, "row": row, "small": numpy.arange(3, dtype="i2"), "scalar": numpy.array(2.5),
    "objects": numpy.array([None, "a", 5], dtype=object),
    "part": owner[10:20, 5:], "reversed": owner[::-1, ::-1], "turned": owner.T, "flat": owner.ravel(),
    "of_part": owner[10:20][::2], "names": row["name"], "inner": row["inner"]["y"],
    "spread": numpy.broadcast_to(owner[0], (100, 200)),
    "of_bytearray": numpy.frombuffer(text, dtype="f8"), "of_bytes": numpy.frombuffer(b"87654321", dtype="u2"),
    "of_mapping": numpy.frombuffer(mapping, dtype="i4"), "memmap": memmap, "of_memmap": memmap[2:4],
    "of_memoryview": numpy.asarray(memoryview(text)[8:24]),
}
empty = numpy.empty((0, 5))


def told(array):
    base = array.base
    return {"owner": id(array), "address": array.ctypes.data, "nbytes": array.nbytes, "owned": bool(array.flags.owndata),
            "base": None if base is None else id(base)}


truth = {name: told(array) for name, array in arrays.items()}
print(json.dumps({"arrays": truth, "empty": id(empty), "mapping": id(mapping), "text": id(text),
                  "version": numpy.__version__}), flush=True)
sys.stdin.read(1)
