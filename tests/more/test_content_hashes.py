"""Every str, bytes and int whose content is below 4 KiB has a hash, equal where the contents are, however it was captured.

Read by the stranger's reader, as none of our programs prints hashes.
"""
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live"))
import harness
import test_independent_reader

SAMPLE = """
import json, sys
texts = [("x" * n)[:] for n in range(1, 4096, 7)] + ["x" * 4095, "\\xe4" * 2047, "\\u20ac" * 1365, "a" * 4000 + "\\U0001f600"]
datas = [b"y" * n for n in range(2, 4096, 7)] + [b"y" * 4095]
ints = [sign << (30 * n) for n in range(1023) for sign in (1, -3)]
apart = [("pa" + "ir" * n, b"pa" + b"ir" * n, "".join(["pa", "ir" * n])) for n in range(2, 50)]
print(json.dumps([len(texts), len(datas), len(ints), [[id(one) for one in three] for three in apart],
                  [id(text) for text in texts[-4:]]]), flush=True)
sys.stdin.read()
"""
LIMIT = 4096  # bytes


@pytest.mark.parametrize("mode", ["hold", "copy", "none"])
def test_small_contents_have_hashes(tmp_path, mode):
    script = tmp_path / "sample.py"
    script.write_text(SAMPLE)
    python = harness.Python(sys.executable, sys.version_info[:3])
    with harness.Sample(python, str(script)) as sample:
        sample.wait_until_blocked()
        path = harness.capture(sample.pid, tmp_path / "a.snap", "--pause=" + mode)
        texts, datas, ints, apart, longest = sample.truth
    snapshot = test_independent_reader.Snapshot(path)
    seen = {b"str": 0, b"bytes": 0, b"int": 0}
    hashes = {}
    for address, type_, size, _, _, _, _, content_hash, length in snapshot.objects:
        name, module = snapshot.types[type_][:2]
        name = snapshot.strings[name]
        if module is None or snapshot.strings[module] != b"builtins" or name not in seen:
            continue
        hashes[address] = content_hash
        # characters take 4 bytes at most, so what is below a quarter is small for sure; ASCII and digits by their size
        small = length < LIMIT // 4 if name == b"str" else length < LIMIT if name == b"bytes" else 4 * length < LIMIT
        if small:
            assert content_hash != 0, (name, size, length)
            seen[name] += 1
        elif name != b"str":
            assert content_hash == 0, (name, size, length)
    assert seen[b"bytes"] >= datas and seen[b"int"] >= ints and seen[b"str"] >= texts // 4
    assert all(hashes[text] for text in longest)
    for text, data, same in apart:
        assert hashes[text] == hashes[data] == hashes[same] != 0
    assert len({hashes[text] for text, _, _ in apart}) == len(apart)
