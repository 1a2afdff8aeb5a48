# SPDX-License-Identifier: Apache-2.0
"""guest_farm.py FOLDER ALIVE PER_SECOND SECONDS SEED [KIND] - guest agents that come and go, on
sockets.

Runs ALIVE guests at a time for SECONDS and replaces PER_SECOND of them each second. Most answer as
qemu-ga does and follow tc's commands; a few are slow, block guest-exec, hang, send nonsense or
close the connection midway. With KIND all are of one kind: one of those, or "late", which answers
guest-exec after 0.85 s. Prints how many guests there were.
"""
import asyncio
import base64
import json
import os
import random
import re
import sys

folder, alive, per_second, seconds, seed = sys.argv[1], *map(int, sys.argv[2:6])
choose = random.Random(seed)
KINDS = sys.argv[6:] or ["good"] * 12 + ["slow", "blocked", "hung", "nonsense", "hangup"]
LATE_S = 0.85


class Guest:
    def __init__(self, number):
        self.path = "%s/vm%d.qga" % (folder, number % (4 * alive))  # names return, too
        self.kind = choose.choice(KINDS)
        self.nics = ["52:54:%02x:%02x:%02x:%02x" % (number >> 16 & 255, number >> 8 & 255, number & 255, i)
                     for i in range(choose.randint(1, 3))]
        self.sent = 0
        self.rate = {}
        self.output = b""
        self.clients = set()

    async def begin(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.server = await asyncio.start_unix_server(self.serve, self.path, limit=1 << 20)

    def end(self):
        self.server.close()
        for client in self.clients:
            client.close()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def interfaces(self):
        self.sent += choose.randint(0, 1000000)
        return [{"name": "eth%d" % i, "hardware-address": mac,
                 "statistics": {"tx-bytes": self.sent, "rx-bytes": 0, "tx-packets": self.sent // 1500,
                                "rx-packets": 0}} for i, mac in enumerate(self.nics)]

    def tc(self, batch):
        """Remembers rates, and prints them as tc does."""
        out = ""
        for line in batch.splitlines():
            nic = re.search(r"dev (\S+)", line).group(1)
            rate = re.search(r"class (?:add|replace).* rate (\d+)bit", line)
            if rate:
                self.rate[nic] = rate.group(1)
            elif re.match(r"qdisc del", line):
                self.rate.pop(nic, None)
            elif line.startswith("qdisc show"):
                out += "qdisc htb da05: root refcnt 2 default 0x1\n" if nic in self.rate else "qdisc noqueue 0: root refcnt 2\n"
            elif line.startswith("class show") and nic in self.rate:
                out += "class htb da05:1 root prio 0 rate %sbit ceil %sbit burst 1600b\n" % (2 * (self.rate[nic],))
        return out.encode()

    def answer(self, request):
        command, arguments = request["execute"], request.get("arguments", {})
        if command == "guest-network-get-interfaces":
            return {"return": self.interfaces()}
        if command == "guest-exec" and self.kind != "blocked":
            self.output = self.tc(base64.b64decode(arguments["input-data"]).decode())
            return {"return": {"pid": 7}}
        if command == "guest-exec-status":
            return {"return": {"exited": True, "exitcode": 0, "out-data": base64.b64encode(self.output).decode()}}
        return {"error": {"class": "CommandNotFound", "desc": "Command %s has been disabled" % command}}

    async def serve(self, reader, writer):
        self.clients.add(writer)
        try:
            while line := await reader.readline():
                if self.kind == "hung":
                    continue
                sync = re.search(rb'"guest-sync-delimited".*"id": ?(\d+)', line)
                if sync:
                    writer.write(b'\xff{"return": ' + sync.group(1) + b"}\n")
                    continue
                request = json.loads(line)
                reply = json.dumps(self.answer(request)).encode() + b"\n"
                if self.kind == "late" and request["execute"] == "guest-exec":
                    await asyncio.sleep(LATE_S)
                if self.kind == "slow":
                    await asyncio.sleep(choose.random() / 2)
                if self.kind == "nonsense":
                    reply = bytes(choose.randrange(256) for _ in range(choose.randint(1, 200))) + b"\n"
                if self.kind == "hangup" and choose.random() < 0.3:
                    writer.write(reply[:len(reply) // 2])
                    break
                writer.write(reply)
                await writer.drain()
        except (OSError, ValueError, KeyError, asyncio.CancelledError):
            pass
        finally:
            self.clients.discard(writer)
            writer.close()


async def main():
    # Connections that are cut before they were served are not reported.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    guests, number = [], 0
    for second in range(seconds):
        for _ in range(alive if second == 0 else per_second):
            if len(guests) >= alive:
                guests.pop(choose.randrange(len(guests))).end()
            guest = Guest(number)
            for other in [g for g in guests if g.path == guest.path]:
                guests.remove(other)
                other.end()
            await guest.begin()
            guests.append(guest)
            number += 1
        await asyncio.sleep(1)
    for guest in guests:
        guest.end()
    print(number)


asyncio.run(main())
