"""A process with few objects and many bytes in them, all resident: bytes, bytearray, array, str and mmap.

    python3 tests/bench/payload.py 4294967296        prints {"pid": ..., "bytes": made} and blocks until its input ends
"""
import array
import json
import mmap
import os
import sys

BLOCK = 64 << 20  # bytes of one object, but for one in eight that takes an eighth of all


def mapped(size):
    memory = mmap.mmap(-1, size)
    for at in range(0, size, 4096):
        memory[at] = 1
    return memory


MAKERS = [lambda size: b"b" * size,
          lambda size: bytearray(b"a") * size,
          lambda size: array.array("d", [1.5]) * (size // 8),
          lambda size: "s" * size,
          mapped]


def main():
    wanted = int(sys.argv[1])
    kept = [MAKERS[0](wanted // 8)]
    made = wanted // 8
    while made < wanted:
        size = min(BLOCK, wanted - made)
        kept.append(MAKERS[len(kept) % len(MAKERS)](size))
        made += size
    print(json.dumps({"pid": os.getpid(), "bytes": made}), flush=True)
    os.read(0, 1)
    return kept


if __name__ == "__main__":
    main()
