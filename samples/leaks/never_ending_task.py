#!/usr/bin/env python3
"""Tasks that never end: each waits for an answer that does not come, and the set that has to hold it never lets go.

The fix is asyncio.wait_for with a time-out, or to cancel() the task where its client goes away.
"""
import asyncio

import truth as protocol

if __name__ == "__main__":
    protocol.run("never_ending_task")


class Client:
    made = 0

    def __init__(self, number):
        self.name = "client %d" % number
        self.answered = asyncio.Event()
        Client.made += 1


class Service:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.tasks = set()

    def accept(self, client):
        task = self.loop.create_task(self.talk(client))
        self.tasks.add(task)  # the loop holds its tasks weakly
        task.add_done_callback(self.tasks.discard)

    async def talk(self, client):
        await client.answered.wait()


SERVICE = Service()


async def serve(number):
    SERVICE.accept(Client(number))
    await asyncio.sleep(0)


def handle(number):
    SERVICE.loop.run_until_complete(serve(number))


def truth():
    return protocol.leak("never_ending_task.SERVICE.tasks", "never_ending_task.Client", Client.made)
