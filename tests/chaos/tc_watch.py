# SPDX-License-Identifier: Apache-2.0
"""tc_watch - samples the limits in force in guests, and the traffic that passes."""
import ctypes
import os
import socket
import struct
import threading
import time

CLONE_NEWNET = 0x40000000
RTM_GETTCLASS, NLM_F_DUMP, NLMSG_DONE, NLMSG_ERROR = 42, 0x301, 3, 2
TCA_KIND, TCA_OPTIONS, TCA_HTB_PARMS, TCA_HTB_RATE64 = 1, 2, 1, 6
OUR_CLASS = 0xda050001
LIBC = ctypes.CDLL(None, use_errno=True)


def _attributes(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, at)
        if length < 4:
            return
        yield kind & 0x3fff, data[at + 4:at + length]
        at += (length + 3) & ~3


class GuestTc:
    """A socket in one network namespace. It stays there, independent of its user's namespace."""

    def __init__(self, namespace):
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        try:
            self._enter(there)
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            self.index = socket.if_nametoindex("eth0")
        finally:
            self._enter(here)
            os.close(here)
            os.close(there)
        self.socket.settimeout(5)

    @staticmethod
    def _enter(fd):
        if LIBC.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def limit(self):
        """Returns the rate in bit/s of the class set by DAQS, None if there is none."""
        tcmsg = struct.pack("BxHiIII", 0, 0, self.index, 0, 0, 0)
        header = struct.pack("IHHII", 16 + len(tcmsg), RTM_GETTCLASS, NLM_F_DUMP, 1, 0)
        self.socket.send(header + tcmsg)
        found = None
        while True:
            data = self.socket.recv(65536)
            while len(data) >= 16:
                length, kind = struct.unpack_from("IH", data)
                if kind in (NLMSG_DONE, NLMSG_ERROR):
                    return found
                handle = struct.unpack_from("I", data, 24)[0]
                if handle == OUR_CLASS:
                    found = self._rate(data[36:length])
                data = data[(length + 3) & ~3:]

    @staticmethod
    def _rate(data):
        rate = None
        for kind, value in _attributes(data):
            if kind != TCA_OPTIONS:
                continue
            for option, inner in _attributes(value):
                if option == TCA_HTB_PARMS and rate is None:
                    rate = struct.unpack_from("I", inner, 8)[0]
                elif option == TCA_HTB_RATE64:
                    rate = struct.unpack_from("Q", inner)[0]
        return None if rate is None else 8 * rate


class Counter:
    """Reads the bytes sent through a device in the namespace of a process, at once and without a
    program. The host's end of a nic receives what the guest sends."""

    RECEIVED, SENT = 1, 9

    def __init__(self, pid, device, column=SENT):
        self.file = os.open(f"/proc/{pid}/net/dev", os.O_RDONLY)
        self.device = device.encode() + b":"
        self.column = column

    def read(self):
        for line in os.pread(self.file, 65536, 0).splitlines():
            words = line.split()
            if words and words[0] == self.device:
                return int(words[self.column])
        raise RuntimeError(f"no {self.device}")


def stolen_ticks():
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[8])


class LogCount:
    """Counts how often a program has logged some words."""

    def __init__(self, path, words):
        self.file = open(path, "rb")
        self.words = words.encode()
        self.count = 0
        self.rest = b""

    def read(self):
        text = self.rest + self.file.read()
        self.count += text.count(self.words)
        self.rest = text[-(len(self.words) - 1):] # shorter than the words, so each is counted once
        return self.count


class Sample:
    __slots__ = ("s", "gold", "uplink", "limits", "splits", "stolen")


class Watch:
    """Samples each host every EVERY_S, in a separate thread."""

    EVERY_S = 0.05

    def __init__(self, hosts):
        # name: {"gold": Counter, "uplink": Counter, "tc": {guest: GuestTc}}, and "splits": LogCount
        self.hosts = hosts
        self.samples = {name: [] for name in hosts}
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        self.ending = True
        self.thread.join()

    def _run(self):
        due = time.monotonic()
        while not self.ending:
            stolen = stolen_ticks()
            for name, host in self.hosts.items():
                sample = Sample()
                sample.limits = {guest: tc.limit() for guest, tc in host["tc"].items()}
                sample.s = time.monotonic()
                sample.gold = host["gold"].read()
                sample.uplink = host["uplink"].read()
                sample.splits = host["splits"].read() if "splits" in host else 0
                sample.stolen = stolen
                self.samples[name].append(sample)
            due = max(due + self.EVERY_S, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))

    def forget(self, before_s):
        for name, samples in self.samples.items():
            self.samples[name] = [s for s in samples if s.s >= before_s]

    def span(self, name, from_s, to_s):
        return [s for s in list(self.samples[name]) if from_s <= s.s <= to_s]


def rate(first, last, field):
    """Returns the rate in bit/s between two samples."""
    return (getattr(last, field) - getattr(first, field)) * 8 / (last.s - first.s)
