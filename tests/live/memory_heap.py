"""A process whose memory is known: blocks of malloc in several arenas, arrays and views, mappings, stacks of a known size.

Prints what there is. Then what glibc says of its blocks (mallinfo2) goes to a place whose address was printed, and nothing
allocates any more until the process has been read: it waits in read(2), called from C.
"""
import array
import ctypes
import io
import json
import mmap
import sys
import tempfile
import threading

STACK = 1 << 20
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks",
                                                     "fsmblks", "uordblks", "fordblks", "keepcost")]


libc.mallinfo2.restype = Info
done = threading.Event()


def scatter(sizes):
    """Blocks of all sizes, of which every third goes back: to caches, fastbins and bins."""
    blocks = [libc.malloc(size) for size in sizes]
    for block in blocks[::3]:
        libc.free(block)
    return blocks


def work(ready):
    scatter(range(16, 9000, 40))
    ready.set()
    done.wait()


threading.stack_size(STACK)
for _ in range(3):
    ready = threading.Event()
    threading.Thread(target=work, args=(ready,), daemon=True).start()
    ready.wait()
scatter(list(range(8, 4000, 8)) * 3 + [100000, 200000, 500000, 3000000])

numbers = array.array("d", [0.5]) * 12345
text = bytearray(b"x") * 1234567
part = memoryview(text)[1000:5000]
grid = memoryview(numbers).cast("B").cast("d", (5, 2469))
freed = memoryview(text)
freed.release()
shared = mmap.mmap(-1, 300000)
private = mmap.mmap(-1, 400000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
file = tempfile.TemporaryFile()
file.write(b"y" * 100000)
file.flush()
mapped = mmap.mmap(file.fileno(), 0)
closed = mmap.mmap(-1, 5000)
closed.close()
stream = io.BytesIO(b"z" * 54321)
stream.seek(0, 2)
stream.write(b"z")  # a buffer of its own from here on
for mapping in (shared, private):
    mapping[:] = b"m" * len(mapping)
things = [object() for _ in range(5000)]
table = {number: number for number in range(20000)}


def start(thing):
    return ctypes.addressof(ctypes.c_char.from_buffer(thing))


def place(thing, kind, address, size, base=None):
    return {"owner": id(thing), "kind": kind, "address": address, "size": size, "base": base and id(base)}


truth = [place(numbers, "array", *[numbers.buffer_info()[0], len(numbers) * 8]),
         place(part, "memoryview", start(part), 4000, text),
         place(grid, "memoryview", start(numbers), 12345 * 8, numbers),
         place(shared, "mmap", start(shared), 300000), place(private, "mmap", start(private), 400000),
         place(mapped, "mmap", start(mapped), 100000)]
info, answer = Info(), ctypes.create_string_buffer(8)
print(json.dumps({"buffers": truth, "info": ctypes.addressof(info), "stack": STACK, "threads": 3,
                  "bytearray": {"owner": id(text), "address": start(text), "length": len(text),
                                "getsizeof": sys.getsizeof(text)},
                  "stream": {"owner": id(stream), "length": 54322}, "released": id(freed), "closed": id(closed)}), flush=True)
for _ in range(2):  # the first call makes what calls need
    told = libc.mallinfo2()
    ctypes.memmove(ctypes.addressof(info), ctypes.addressof(told), ctypes.sizeof(info))
libc.read(0, answer, 1)
