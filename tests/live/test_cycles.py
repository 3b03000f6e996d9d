"""samples/cycles.py: what nothing refers to is in the snapshot too, each object once, with the edges of its cycle."""
import pytest

import harness


def test_counts_every_class(cycles):
    expected = {**cycles.truth["garbage"], **cycles.truth["kept"]}
    assert {name: harness.count_of(cycles.path, name) for name in expected} == expected


def looping(cycles, name):
    """Instances with an edge to themselves, or their __dict__ has one."""
    objects = cycles.snapshot.objects

    def held(thing):
        spaces = [objects[edge.target] for edge in thing.edges
                  if edge.payload == "__dict__" and edge.name == "attribute"]
        return [edge.target for holder in [thing] + spaces for edge in holder.edges]
    return [thing for thing in cycles.snapshot.instances(name) if thing.address in held(thing)]


def row_of(cycles, kind):
    return next(row for row in cycles.truth["kinds"] if row["kind"] == kind)


@pytest.mark.parametrize("kind, name", [("looped_list", "__main__.LoopedList"), ("node", "__main__.Node"),
                                        ("watched", "__main__.Watched"), ("held", "__main__.Held")])
def test_edges_lead_back_to_their_owner(cycles, kind, name):
    assert len(looping(cycles, name)) == row_of(cycles, kind)["count"]


def test_finds_plain_lists_that_hold_themselves(cycles):
    lists = looping(cycles, "builtins.list")
    assert len(lists) == row_of(cycles, "plain_list")["count"]
    for thing in lists:
        loop, hanger = thing.edges
        assert (loop.target, loop.name, loop.payload, loop.kind) == (thing.address, "index", 0, "owned")
        assert cycles.snapshot.type_name(cycles.snapshot.objects[hanger.target]) == "__main__.Hanger"


def test_follows_a_ring(cycles):
    """Ten steps along .peer lead back, and nine don't."""
    ring = cycles.snapshot.instances("__main__.RingNode")
    for start in ring[:50]:
        assert cycles.snapshot.follow(start, *["peer"] * 10) is start
        assert cycles.snapshot.follow(start, *["peer"] * 9) is not start


def test_weak_references_point_at_what_is_watched(cycles):
    watched = {thing.address for thing in cycles.snapshot.instances("__main__.Watched")}
    references = [thing for name in ("weakref.ReferenceType", "builtins.weakref")  # its name before 3.10
                  for thing in cycles.snapshot.instances(name)]
    callbacks = [thing for thing in references
                 if any(edge.kind == "weak" and edge.target in watched for edge in thing.edges)]
    assert len(callbacks) == row_of(cycles, "watched")["count"]
    for thing in callbacks:
        owned = [edge.payload for edge in thing.edges if edge.kind == "owned" and edge.name == "attribute"]
        assert owned == ["__callback__"]


def test_is_young(cycles):
    """The collector is off, so all of it is in the youngest generation."""
    names = {**cycles.truth["garbage"], **cycles.truth["kept"]}
    assert {thing.generation for name in names for thing in cycles.snapshot.instances(name)} == {0}
