# SPDX-License-Identifier: Apache-2.0
"""programs - runs the programs under test as a supervisor does: starts, kills and stops them, and
notices when they end by themselves."""
import ctypes
import os
import re
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
TROUBLE = re.compile(rb"Assertion|AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|"
                     rb"stack smashing|double free|malloc\(\)|Bad file descriptor")
LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command, **options):
    """Starts a child that does not outlive this process, however this process ends. Call it from
    the main thread only: the kernel kills the child when the thread that started it ends."""
    return subprocess.Popen(command, preexec_fn=_die_with_parent, **options)


class Program:
    def __init__(self, name, command, log, environment=None):
        self.name = name
        self.command = command
        self.log = log
        self.environment = dict(os.environ, **(environment or {}))
        # The shim is loaded before the sanitizer's own library.
        options = self.environment.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + options
        self.process = None
        self.stopped = False
        self.killed = False  # by the storm, and not started again
        self.started_s = 0.0
        self.starts = 0
        self.settled = []  # (descriptors, resident bytes) of this process whenever all was well

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        with open(self.log, "ab") as log:
            self.started_s = time.monotonic()
            self.process = spawn(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=self.environment)
        self.killed = self.stopped = False
        self.starts += 1
        self.settled = []

    def kill(self):
        self.killed = True
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.stopped = True
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.stopped = False
        self.process.send_signal(signal.SIGCONT)

    def ended(self):
        """Returns its status if it ended without being killed by the storm, else None."""
        if self.process is None or self.killed:
            return None
        return self.process.poll()

    def end(self, patience_s=15):
        """Ends it as an operator does; returns its status."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def destroy(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def sanitized(self):
        """Checks for a sanitizer. With one, freed memory is kept for a while, so growth proves
        nothing; leaks are reported at exit."""
        with open(f"/proc/{self.pid}/maps", encoding="utf-8") as maps:
            return re.search(r"lib[at]san", maps.read()) is not None

    def troubles(self):
        """Returns the lines of the log that no program should have written."""
        try:
            with open(self.log, "rb") as log:
                return [line.decode(errors="replace").strip() for line in log
                        if TROUBLE.search(line)]
        except FileNotFoundError:
            return []

    def log_tail(self, lines=3):
        with open(self.log, "rb") as log:
            return b"".join(log.readlines()[-lines:]).decode(errors="replace").strip()


def quantiles(values):
    """Returns p50, p99 and the largest of a list that is not empty."""
    ordered = sorted(values)
    return tuple(ordered[min(len(ordered) - 1, int(len(ordered) * part))]
                 for part in (0.5, 0.99, 1))
