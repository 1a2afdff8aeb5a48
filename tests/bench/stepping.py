# SPDX-License-Identifier: Apache-2.0
"""stepping - runs the rule of the DAQS paper (ICTC 2023, section III) on the rig's guests, for
comparison; not part of the product. tests/sim/stepping.c is the same for the simulator.

Every 200 ms it reads each guest's counters through its guest agent and moves one pooled limit for
all best-effort guests by a fixed step: down while the guaranteed guests together send less than
their guarantees together, up otherwise. The constants are scaled from the paper's 40 Gbit/s.

Usage: stepping.py CAPACITY_BPS GUEST:MIN_BPS...
A GUEST is the socket of its agent, or LIBVIRT_URI#DOMAIN; virsh is run for each of its commands."""

import base64
import json
import socket
import subprocess
import sys
import time

STEP, COUNTED, PERIOD_S = 0.3 / 40, 1 / 40, 0.2


class Socket:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.file = self.socket.makefile("r")

    def ask(self, request):
        self.socket.sendall(request.encode() + b"\n")
        return self.file.readline()


class Domain:
    def __init__(self, uri, name):
        self.command = ["virsh", "-q", "-c", uri, "qemu-agent-command", name]

    def ask(self, request):
        return subprocess.run(self.command + [request], stdin=subprocess.DEVNULL, check=True,
                              stdout=subprocess.PIPE, start_new_session=True).stdout


class Guest:
    def __init__(self, place, minimum):
        self.min = minimum
        self.agent = Domain(*place.split("#")) if "#" in place else Socket(place)
        self.last = None
        self.usage = 0.0
        self.limit = None

    def ask(self, command, **arguments):
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        return json.loads(self.agent.ask(json.dumps(request)))["return"]

    def measure(self):
        interfaces = self.ask("guest-network-get-interfaces")
        now = time.monotonic()
        sent = next(i for i in interfaces if i["name"] == "eth0")["statistics"]["tx-bytes"]
        if self.last:
            self.usage = (sent - self.last[1]) * 8 / (now - self.last[0])
        self.last = (now, sent)

    def hold(self, bps):
        if self.limit is None:
            commands = "qdisc add dev eth0 root handle 1: htb default 1\n"
        else:
            commands = ""
        self.limit = bps
        burst = max(int(bps / 8000), 15140)
        commands += (f"class replace dev eth0 parent 1: classid 1:1 htb rate {int(bps / 1000)}kbit"
                     f" burst {burst} cburst {burst} quantum 60000\n")
        data = base64.b64encode(commands.encode()).decode()
        self.ask("guest-exec", path="tc", arg=["-batch", "-"], **{"input-data": data})


def main():
    capacity = float(sys.argv[1])
    guests = []
    for word in sys.argv[2:]:
        path, minimum = word.rsplit(":", 1)
        guests.append(Guest(path, float(minimum)))
    pool = capacity
    due = time.monotonic()
    while True:
        for guest in guests:
            guest.measure()
        counted = [g for g in guests if g.usage >= COUNTED * capacity]
        promised = sum(g.min for g in counted)
        guaranteed = sum(g.usage for g in counted if g.min)
        others = [g for g in counted if not g.min]
        if guaranteed < promised:
            pool = max(pool - STEP * capacity, STEP * capacity)
        elif pool < capacity:
            pool += STEP * capacity
        if promised:
            for guest in others:
                guest.hold(pool / len(others))
        due += PERIOD_S
        time.sleep(max(0, due - time.monotonic()))


main()
