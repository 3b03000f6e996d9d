#!/usr/bin/env python3
"""Containers whose tables grow, though they have no more members: each member that comes goes again."""
import json
import os
import sys


class Shop:
    def __init__(self):
        self.basket = [None] * 60000
        self.prices = {str(i): None for i in range(5460)}  # nearly as many as their table has room for
        self.orders = []


SHOP = Shop()


def come_and_go():
    SHOP.basket.append(None)
    SHOP.basket.pop()
    for i in range(30000):
        SHOP.prices["offer %d" % i] = None
        del SHOP.prices["offer %d" % i]


def order():
    SHOP.orders.extend(Shop.__new__(Shop) for _ in range(600))


def tell(stop):
    sizes = {name: sys.getsizeof(getattr(SHOP, name)) for name in ("basket", "prices")}
    print(json.dumps({"sample": "resized", "pid": os.getpid(), "stop": stop, "sizes": sizes}), flush=True)


if __name__ == "__main__":
    tell(1)
    for stop, step in enumerate((come_and_go, order), 2):
        sys.stdin.readline()
        step()
        tell(stop)
    sys.stdin.readline()
