#!/usr/bin/env python3
"""A closure that holds a request: a callback needs one word of it, and keeps all of it.

The fix is to bind what the callback needs (a default argument, functools.partial), and to drop what was called.
"""
import truth as protocol

if __name__ == "__main__":
    protocol.run("held_request")


class Request:
    made = 0

    def __init__(self, number):
        self.user = "user %d" % number
        self.body = ("basket of %d" % number).encode() * 20
        Request.made += 1


class Mailer:
    def __init__(self):
        self.callbacks = []

    def after_sending(self, callback):
        self.callbacks.append(callback)


MAILER = Mailer()


def handle(number):
    request = Request(number)

    def sent():
        return "mail to %s was sent" % request.user

    MAILER.after_sending(sent)


def truth():
    return protocol.leak("held_request.MAILER.callbacks", "held_request.Request", Request.made)
