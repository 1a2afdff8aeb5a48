# SPDX-License-Identifier: Apache-2.0
"""strangers.py PORT waiting|garbage COUNT LIMIT ADDRESSES - keeps COUNT strangers connected from
ADDRESSES addresses until it gets a signal; see control_beside_strangers. For waiting, LIMIT is the
number of seconds until a connection that was closed returns; for garbage, it is the MB sent per
second."""
import os
import select
import signal
import socket
import sys
import time
from collections import deque

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
HELLO = b"\x04\xc8\x05HELLO\x01\x00" + bytes(192)
PART = 64 * 1024
IP_BIND_ADDRESS_NO_PORT = 24


class Strangers:
    def __init__(self, port, addresses):
        self.port = port
        self.addresses = addresses
        self.poll = select.epoll()
        self.open = {}  # descriptor: socket
        self.made = 0

    def connect(self, events):
        peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        number = self.made % self.addresses
        peer.bind((f"127.1.{number // 250}.{number % 250 + 1}", 0))
        try:
            peer.connect(("127.0.0.1", self.port))
        except BlockingIOError:
            pass
        self.made += 1
        self.open[peer.fileno()] = peer
        self.poll.register(peer, events | select.EPOLLRDHUP)

    def end(self, number):
        self.poll.unregister(number)
        self.open.pop(number).close()


def wait_for_nothing(strangers, count, pause_s):
    due = deque([0.0] * count)  # when each of those that are not connected is due
    while True:
        now = time.monotonic()
        for _ in range(500):
            if not due or due[0] > now:
                break
            due.popleft()
            strangers.connect(0)
        for number, _ in strangers.poll.poll(0.05, 1000):
            strangers.end(number)
            due.append(now + pause_s)
        yield f"{strangers.made} connections were made, {len(strangers.open)} are open"


def send_garbage(strangers, count, most_mb):
    noise = os.urandom(PART)
    begins = [noise, GREETING + noise, GREETING + HELLO + noise]
    begun = {}
    sent = 0
    began = time.monotonic()
    while True:
        if sent > most_mb * 1e6 * (time.monotonic() - began):
            time.sleep(0.005)
            yield f"{sent / 1e6:.0f} MB over {strangers.made} connections"
            continue
        while len(strangers.open) < count:
            strangers.connect(select.EPOLLOUT)
        for number, events in strangers.poll.poll(0.05, 1000):
            first = number not in begun
            begun[number] = True
            try:
                sent += strangers.open[number].send(begins[strangers.made % 3] if first else noise)
            except BlockingIOError:
                continue
            except OSError:
                events = select.EPOLLHUP
            if events & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
                del begun[number]
                strangers.end(number)
        yield f"{sent / 1e6:.0f} MB over {strangers.made} connections"


def main():
    port, kind, count, limit = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    strangers = Strangers(port, int(sys.argv[5]))
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    work = wait_for_nothing(strangers, count, limit) if kind == "waiting" else send_garbage(strangers, count, limit)
    said = ""
    began = time.monotonic()
    for said in work:
        if stopped:
            break
    print(f"{said} in {time.monotonic() - began:.0f} s", flush=True)


main()
