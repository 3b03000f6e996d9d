"""A heap of about as many objects as asked for, mixed as in an application: instances, dicts, lists, strings, numbers.

    python3 tests/bench/target.py 1000000        prints {"pid": ..., "objects": made} and blocks until its input ends
"""
import json
import os
import sys

PER_RECORD = 20  # objects made by one Customer, counted below


class Customer:
    def __init__(self, number):
        self.number = number + 10 ** 6
        self.name = "customer %d" % number
        self.score = number / 7
        self.tags = ("tag %d" % (number + 1), number + 2 * 10 ** 6)
        self.orders = [Order(number), Order(number + 1)]
        self.address = {"street": "street %d" % number, "number": number + 3 * 10 ** 6, "codes": [number + 4 * 10 ** 6]}
        self.previous = None


class Order:
    __slots__ = ("number", "items", "paid")

    def __init__(self, number):
        self.number = number + 5 * 10 ** 6
        self.items = [number * 0.5]
        self.paid = True


def main():
    wanted = int(sys.argv[1])
    customers, by_name, last = [], {}, None
    for number in range(wanted // PER_RECORD):
        customer = Customer(number)
        customer.previous, last = last, customer
        customers.append(customer)
        by_name[customer.name] = customer
    print(json.dumps({"pid": os.getpid(), "objects": len(customers) * PER_RECORD}), flush=True)
    os.read(0, 1)
    return by_name


if __name__ == "__main__":
    main()
