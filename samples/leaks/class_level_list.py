#!/usr/bin/env python3
"""A list of the class, taken for one of each instance: what one visitor puts in, all have, for ever.

The fix is self.items = [] in __init__; of a dataclass, field(default_factory=list).
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("class_level_list")


class Item:
    def __init__(self, name):
        self.name = name


class Basket:
    items = []
    filled = 0

    def put(self, item):
        self.items.append(item)
        Basket.filled += 1


def handle(number):
    basket = Basket()
    basket.put(Item("item %d" % number))


def truth():
    return protocol.leak("class_level_list.Basket.items", "class_level_list.Item", Basket.filled)
