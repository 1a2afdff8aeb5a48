# SPDX-License-Identifier: Apache-2.0
"""proxy.py PORT TARGET_PORT SEED - forwards TCP on loopback between an agent and the controller,
with the disturbances it is commanded to cause.

Reads commands from its standard input, one per line, and answers each with "ok":

  pass        data is forwarded
  drop        connections are closed, and new ones at once
  blackhole   data is held back, and connections stay open; all continues when the mode ends
  delay MS    data is forwarded this much later
  cut         each connection ends after 1 to 300 bytes, at any position in the stream
  tiny        data is forwarded in pieces of one to three bytes
  garble      now and then a byte is changed
  duplicate   now and then some bytes are sent twice

It ends when its standard input is closed.
"""
import asyncio
import random
import socket
import struct
import sys

MODES = ("pass", "drop", "blackhole", "delay", "cut", "tiny", "garble", "duplicate")
SEVERAL = 10  # one of this many pieces is garbled, or duplicated


class Proxy:
    def __init__(self, target, seed):
        self.target = target
        self.random = random.Random(seed)
        self.mode = "pass"
        self.delay_s = 0.0
        self.changed = asyncio.Event()
        self.writers = set()

    def command(self, line):
        words = line.split()
        assert words and words[0] in MODES, line
        self.mode = words[0]
        self.delay_s = int(words[1]) / 1000 if self.mode == "delay" else 0.0
        self.changed.set()
        self.changed = asyncio.Event()
        # In any other mode, connections that were garbled or cut still deliver what is in the pipe.
        if self.mode == "drop":
            for writer in list(self.writers):
                self.end(writer)

    @staticmethod
    def end(writer):
        """Closes a connection at once with a reset, as a dead host would."""
        raw = writer.get_extra_info("socket")
        try:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        writer.transport.abort()

    async def passable(self):
        while self.mode == "blackhole":
            await self.changed.wait()

    async def deliver(self, data, writer):
        if self.mode == "garble" and self.random.randrange(SEVERAL) == 0:
            data = bytearray(data)
            data[self.random.randrange(len(data))] ^= 1 + self.random.randrange(255)
        if self.mode == "duplicate" and self.random.randrange(SEVERAL) == 0:
            begin = self.random.randrange(len(data))
            data = data + data[begin:]
        if self.mode == "tiny":
            while data:
                size = self.random.randint(1, 3)
                writer.write(data[:size])
                data = data[size:]
                await writer.drain()
                await asyncio.sleep(0)
        else:
            writer.write(data)
            await writer.drain()

    async def pump(self, reader, writer, other):
        budget = None
        try:
            while True:
                data = await reader.read(65536)
                await self.passable()
                if not data:
                    break
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self.mode != "cut":
                    budget = None
                elif budget is None:
                    budget = self.random.randint(1, 300)
                if budget is not None and len(data) > budget:
                    writer.write(data[:budget])
                    await writer.drain()
                    break
                if budget is not None:
                    budget -= len(data)
                await self.deliver(data, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        self.end(writer)
        self.end(other)

    async def accept(self, reader, writer):
        try:
            await self.passable()
            if self.mode == "drop":
                self.end(writer)
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self.end(writer)
            return
        for one in (writer, far_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.writers.add(one)
        await asyncio.gather(self.pump(reader, far_writer, writer),
                             self.pump(far_reader, writer, far_writer))
        self.writers -= {writer, far_writer}


async def main():
    port, target, seed = map(int, sys.argv[1:])
    proxy = Proxy(target, seed)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", port)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ok", flush=True)
    while line := await commands.readline():
        proxy.command(line.decode())
        print("ok", flush=True)
    server.close()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
