"""samples/shapes.py: every shape of a builtin object is in the snapshot as the interpreter itself describes it."""
import collections

LIMIT = 40  # complaints printed


def complain(complaints):
    """Fails with all complaints, each of which names a shape; the four builds of a shape mostly complain alike."""
    by_sentence = collections.Counter(complaints)
    lines = ["%dx %s" % (count, sentence) for sentence, count in sorted(by_sentence.items())]
    assert not complaints, "%d complaints, %d different\n%s" % (len(complaints), len(lines), "\n".join(lines[:LIMIT]))


def rows(captured):
    """Shapes with the objects found for them."""
    for row in captured.truth["shapes"]:
        found = captured.snapshot.objects.get(row["address"])
        if found is not None:
            yield row, found


def test_is_complete(shapes):
    assert shapes.snapshot.complete and shapes.snapshot.losses == {}


def test_finds_every_shape(shapes):
    complain([row["shape"] for row in shapes.truth["shapes"] if row["address"] not in shapes.snapshot.objects])


def test_names_types(shapes):
    complaints = []
    for row, found in rows(shapes):
        module, name, address = shapes.snapshot.types[found.type]
        if [module, name] != row["type"] or address != row["type_address"]:
            complaints.append("%s: %s.%s, not %s" % (row["shape"], module, name, ".".join(row["type"])))
    complain(complaints)


def test_counts_instances(shapes):
    counts = collections.Counter(shapes.snapshot.type_name(thing) for thing in shapes.snapshot.objects.values())
    complain(["%s: %d, not %d" % (name, counts[name], count) for name, count in shapes.truth["counts"].items()
              if counts[name] != count])


def test_reads_refcounts(shapes):
    complaints = []
    for row, found in rows(shapes):
        immortal = bool(found.flags & 1)
        if row["immortal"] != immortal:
            complaints.append("%s: %s" % (row["shape"], "called immortal" if immortal else "not called immortal"))
        elif row["refcount"] is not None and found.refcount != row["refcount"]:
            complaints.append("%s: %d, not %d" % (row["shape"], found.refcount, row["refcount"]))
    complain(complaints)


def test_computes_getsizeof(shapes):
    complain(["%s: %d, not %d" % (row["shape"], found.getsizeof, row["getsizeof"]) for row, found in rows(shapes)
              if row["getsizeof"] not in (None, found.getsizeof)])


def test_shallow_size_of_builtins_is_getsizeof(shapes):
    """But for what is shared: a class's keys with its instances' dicts, an instance's values with its dict; and a
    static type has no collector header, though sys.getsizeof() adds one; and from 3.15 on a bytearray's bytes are in an
    object of their own."""
    complain(["%s: %d, but getsizeof %d" % (row["shape"], found.size, found.getsizeof) for row, found in rows(shapes)
              if row["type"][0] == "builtins" and not row["shape"].startswith("dict of: ")
              and row["shape"] not in ("type, static", "deque", "memoryview") and found.size != found.getsizeof
              and not any(edge.payload == "ob_bytes_object" for edge in found.edges)])


def test_shallow_size_of_instances_includes_their_values(shapes):
    """sys.getsizeof() leaves out the values that an instance has outside of a dict, 8 bytes for each attribute."""
    complaints = []
    for row, found in rows(shapes):
        inline = sum(edge[0] == "attribute" and edge[1] != "__dict__" for edge in row["edges"])
        if row["shape"] in ("instance", "dataclass", "instance, attribute deleted") \
                and found.size < found.getsizeof + 8 * inline:
            complaints.append("%s: %d, but getsizeof %d" % (row["shape"], found.size, found.getsizeof))
    complain(complaints)


def test_tells_generations(shapes):
    complain(["%s: %s, not %s" % (row["shape"], found.generation, row["generation"]) for row, found in rows(shapes)
              if found.generation != row["generation"]])


def fits(edge, wanted, exact):
    kind, text, target, edge_class = wanted
    if edge.target != target:
        return False
    if exact and edge.kind != edge_class or edge_class == "weak" and edge.kind != "weak":
        return False
    if kind == "any" or not exact:
        return True
    if kind == "value":
        return edge.name == "value" and edge.key == text
    if kind == "attribute":
        return edge.name in ("attribute", "named_key") and edge.payload == text
    return edge.name == kind and (text is None or edge.payload == text)


def test_shows_the_edges(shapes):
    complaints = []
    for row, found in rows(shapes):
        edges = found.edges
        for wanted in row["edges"]:
            match = next((edge for edge in edges if fits(edge, wanted, row["exact"])), None)
            if match is not None:
                edges.remove(match)
                continue
            there = ["%s %s %s" % (e.kind, e.name, e.payload) for e in edges if e.target == wanted[2]]
            text = "" if wanted[0] == "value" else wanted[1]
            complaints.append("%s: no %s %s %s; to that target: %s" % (row["shape"], wanted[3], wanted[0], text, there))
    complain(complaints)


def test_owns_what_traverse_visits(shapes):
    """Owned edges are those of tp_traverse: as a multiset where the type is decoded exactly, else none too many."""
    complaints = []
    for row, found in rows(shapes):
        owned = collections.Counter(edge.target for edge in found.edges if edge.kind == "owned")
        visited = collections.Counter(row["referents"])
        for text, differ in (("too many", owned - visited), ("missing", visited - owned if row["exact"] else {})):
            if differ:
                names = sorted(describe(shapes, found, target) for target in differ)
                complaints.append("%s: %s: %s" % (row["shape"], text, ", ".join(names)))
    complain(complaints)


def describe(captured, owner, target):
    thing = captured.snapshot.objects.get(target)
    names = ["%s %s" % (e.kind, e.payload if e.name in ("attribute", "field", "local") else e.name)
             for e in owner.edges if e.target == target]
    kind = captured.snapshot.type_name(thing) if thing is not None else "what is not in the snapshot"
    return "%s (%s)" % (kind, ", ".join(names)) if names else kind


def test_shows_frames(shapes):
    """Frames of blocked threads: function, line, thread and the locals that the sample names. A frame is an object of
    its own before 3.11."""
    complaints = []
    for row in shapes.truth["frames"]:
        roots = [root for root in shapes.snapshot.roots if root.kind == "frame" and root.function == row["function"]]
        if len(roots) != 1:
            complaints.append("%s: %d frames" % (row["function"], len(roots)))
            continue
        root = roots[0]
        if (root.line, root.thread) != (row["line"], row["thread"]) or not root.file.endswith("shapes.py"):
            complaints.append("%s: %s:%d in %d" % (row["function"], root.file, root.line, root.thread))
        holders = [root] + [shapes.snapshot.objects[edge.target] for edge in root.edges if edge.payload == "frame"]
        found = {edge.payload: edge.target for holder in holders for edge in holder.edges if edge.name == "local"}
        complaints += ["%s: local %s" % (row["function"], name) for name, target in row["locals"].items()
                       if found.get(name) != target]
    complain(complaints)


def test_frames_are_in_order(shapes):
    frames = {root.function: root for root in shapes.snapshot.roots if root.kind == "frame"}
    assert frames["inner_wait"].depth + 1 == frames["outer_wait"].depth
    assert frames["main"].thread == shapes.truth["pid"]
    assert frames["main"].depth == 0 and frames["<module>"].depth == 1
