# SPDX-License-Identifier: Apache-2.0
"""cut_proxy.py PORT TARGET_PORT SEED COMMANDS - forwards TCP on loopback, and cuts connections at the
moment when a pattern passes from the client to the server.

Reads commands from the file COMMANDS, a FIFO, one per line, and answers each with "ok":

  pass             everything is forwarded
  before PATTERN   what contains it is not forwarded, and both ends are closed with a reset
  after PATTERN    what contains it is forwarded; the client's end is closed with a reset, and the
                   server's end once it has answered
  hold PATTERN     what contains it is forwarded, and nothing comes back on that connection
  random PATTERN   each time 'before', 'after' or neither, drawn from SEED
  freeze           nothing is forwarded in either direction, until the next command
  count            answers "ok N": how many connections were cut or held

The pattern is a regular expression, such as "Q....COMMIT" (PostgreSQL's simple query), which must
match within one piece of what the client has sent. The proxy ends when COMMANDS is closed by its
writer.
"""
import asyncio
import random
import re
import socket
import struct
import sys

MODES = ("pass", "before", "after", "hold", "random", "freeze", "count")


class Proxy:
    def __init__(self, target, seed):
        self.target = target
        self.random = random.Random(seed)
        self.mode, self.pattern, self.cuts = "pass", None, 0
        self.flows = asyncio.Event()
        self.flows.set()

    def command(self, line):
        words = line.split(maxsplit=1)
        assert words and words[0] in MODES, line
        if words[0] == "count":
            return f"ok {self.cuts}"
        self.mode = words[0]
        self.pattern = re.compile(words[1].encode(), re.DOTALL) if len(words) > 1 else None
        if self.mode == "freeze":
            self.flows.clear()
        else:
            self.flows.set()
        return "ok"

    def drawn(self, data):
        """Returns what is to be done with this piece."""
        if not self.pattern or not self.pattern.search(data):
            return "pass"
        mode = self.mode
        if mode == "random":
            mode = self.random.choice(("before", "after", "pass"))
        self.cuts += mode in ("before", "after", "hold")
        return mode

    @staticmethod
    def reset(writer):
        raw = writer.get_extra_info("socket")
        try:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        writer.transport.abort()

    async def to_server(self, reader, server, client, state):
        while data := await reader.read(65536):
            await self.flows.wait()
            what = self.drawn(data)
            if what == "before":
                self.reset(client)
                self.reset(server)
                return
            if what != "pass":
                state["held"] = True
            server.write(data)
            await server.drain()
            if what == "after":
                self.reset(client)
                state["last"] = True
                return  # the server's end is closed after its answer
        server.close()

    async def to_client(self, reader, client, server, state):
        while data := await reader.read(65536):
            await self.flows.wait()
            if state.get("last"):
                break
            if not state.get("held"):
                client.write(data)
                await client.drain()
        client.close()
        server.close()

    async def serve(self, reader, client):
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self.reset(client)
            return
        state = {}
        await asyncio.gather(self.to_server(reader, server, client, state),
                             self.to_client(from_server, client, server, state),
                             return_exceptions=True)
        for writer in (client, server):
            writer.close()


async def main():
    port, target, seed, commands = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    proxy = Proxy(target, seed)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    loop = asyncio.get_running_loop()
    with await loop.run_in_executor(None, open, commands) as lines:
        while line := await loop.run_in_executor(None, lines.readline):
            print(proxy.command(line.strip()), flush=True)
    server.close()


asyncio.run(main())
