"""strangers.py PORT waiting|garbage COUNT - so many at a time, until a signal; see
control_beside_strangers."""
import os
import select
import signal
import socket
import sys
import time

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
HELLO = b"\x04\xc8\x05HELLO\x01\x00" + bytes(192)
PART = 64 * 1024


class Strangers:
    def __init__(self, port):
        self.port = port
        self.poll = select.epoll()
        self.open = {}  # descriptor: socket
        self.made = 0

    def connect(self, events):
        peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        peer.setblocking(False)
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


def wait_for_nothing(strangers, count):
    while True:
        missing = count - len(strangers.open)
        for _ in range(min(missing, 500)):
            strangers.connect(0)
        for number, _ in strangers.poll.poll(0.05, 1000):
            strangers.end(number)
        yield f"{strangers.made} connections were made, {len(strangers.open)} are open"


def send_garbage(strangers, count):
    noise = os.urandom(PART)
    begins = [noise, GREETING + noise, GREETING + HELLO + noise]
    begun = {}
    sent = 0
    while True:
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
    port, kind, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    strangers = Strangers(port)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    work = wait_for_nothing(strangers, count) if kind == "waiting" else send_garbage(strangers, count)
    said = ""
    began = time.monotonic()
    for said in work:
        if stopped:
            break
    print(f"{said} in {time.monotonic() - began:.0f} s", flush=True)


main()
