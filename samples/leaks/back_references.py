#!/usr/bin/env python3
"""Cycles through what was there before: each session refers back to the server that lists it, and the list is never cut.

No collection frees these: the server is in use, and so is all that it lists. The fix is to take a session off the list where
it ends.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("back_references")


class Session:
    __slots__ = ("server", "number")
    made = 0

    def __init__(self, server, number):
        self.server = server
        self.number = number
        Session.made += 1


class Server:
    def __init__(self):
        self.sessions = []

    def open(self, number):
        session = Session(self, number)
        self.sessions.append(session)


SERVER = Server()


def handle(number):
    SERVER.open(number)


def truth():
    return protocol.leak("back_references.SERVER.sessions", "back_references.Session", Session.made)
