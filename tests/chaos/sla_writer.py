# SPDX-License-Identifier: Apache-2.0
"""sla_writer - sets SLAs all the time, through daqsctl, and records which were acknowledged."""
import json
import random
import subprocess
import threading
import time

ASK_S = 5  # not longer: the controller may be stopped
FAR = "2200-01-01"  # clocks are stepped, so entries may lie in the future


class Ctl:
    def __init__(self, program, endpoint):
        self.command = [program, "--controller", endpoint]

    def ask(self, *words, patience_s=ASK_S):
        """Returns (status, output, errors); the status is None if the command timed out."""
        try:
            done = subprocess.run(self.command + list(words), capture_output=True, text=True,
                                  timeout=patience_s, check=False)
        except subprocess.TimeoutExpired:
            return None, "", "it did not answer in time"
        return done.returncode, done.stdout, done.stderr.strip()

    def table(self, *words, patience_s=ASK_S):
        """Returns the rows, or None."""
        status, out, _ = self.ask("-o", "json", *words, patience_s=patience_s)
        return json.loads(out) if status == 0 else None


class SlaWriter:
    """Sets SLAs of VMs that do not exist, which is valid. One thread writes each VM; a value is
    never used twice."""

    def __init__(self, ctl, seed, vms=24, threads=2, host="book", pause_s=0.02, options=()):
        self.ctl = ctl
        self.options = options
        self.host = host
        self.names = [f"vm{i:02}" for i in range(vms)]
        self.acknowledged = {}  # by VM
        self.uncertain = {}  # by VM: a value that may have been set
        self.counts = {"acknowledged": 0, "uncertain": 0, "refused": 0}
        self.answers = []  # (seconds of the monotonic clock, how long it took, verdict, errors)
        self.lock = threading.Lock()
        self.running = threading.Event()
        self.ending = False
        self.last = 1000
        self.pause_s = pause_s
        self.idle = [threading.Event() for _ in range(threads)]
        self.threads = [threading.Thread(target=self._write, daemon=True,
                                         args=(self.names[i::threads], random.Random(seed + i),
                                               self.idle[i])) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def go_on(self):
        for idle in self.idle:
            idle.clear()
        self.running.set()

    def pause(self):
        self.running.clear()
        for idle in self.idle:
            if not idle.wait(60):
                raise RuntimeError("a writer of SLAs has died, or waits for ever")

    def end(self):
        self.ending = True
        self.running.set()
        for thread in self.threads:
            thread.join()

    def _write(self, names, rng, idle):
        while not self.ending:
            if not self.running.is_set():
                idle.set()
                self.running.wait(0.1)
                continue
            with self.lock:
                # An SLA that may have been set is not set again until it has been checked.
                free = [name for name in names if name not in self.uncertain]
                self.last += 1
                value = self.last
            if free:
                self._set(rng.choice(free), value)
            time.sleep(self.pause_s)

    def _set(self, name, value):
        asked_s = time.monotonic()
        status, _, errors = self.ctl.ask("set-sla", self.host, name, f"{value}kbit", *self.options)
        with self.lock:
            if status == 0:
                self.acknowledged[name] = value * 1000
                verdict = "acknowledged"
            elif status == 1 and "nothing changed" in errors:
                verdict = "refused"
            else:
                self.uncertain[name] = value * 1000
                verdict = "uncertain"
            self.counts[verdict] += 1
            self.answers.append((asked_s, time.monotonic() - asked_s, verdict, errors))

    def check(self, audit=True):
        """Returns what is wrong, one text per defect. The writer is paused, and the controller is
        well."""
        rows = self.ctl.table("list-sla", self.host, patience_s=30)
        if rows is None:
            # Without a single SLA, the controller does not know the host.
            return [] if not self.acknowledged else ["list-sla does not answer"]
        there = {row["vm"]: row["min_bps"] for row in rows}
        wrong = []
        for name in self.names:
            may = {self.acknowledged.get(name)} | (
                {self.uncertain[name]} if name in self.uncertain else set())
            if there.get(name) not in may:
                wrong.append(f"{name} has {there.get(name)}; acknowledged or asked for: {may}")
            if there.get(name) is not None:
                self.acknowledged[name] = there[name]
        self.uncertain.clear()
        return wrong + (self._check_audit(there) if audit else [])

    def _check_audit(self, there):
        """Checks that the trail ends with the current SLAs, and that each change begins where the
        previous one ended."""
        rows = self.ctl.table("audit", self.host, "--since", "365d", "--until", FAR, patience_s=60)
        if rows is None:
            return ["audit does not answer"] if there else []
        last = {}
        wrong = []
        for row in rows:
            if row["old_min_bps"] != last.get(row["vm"]):
                wrong.append(f"the trail of {row['vm']} goes from {last.get(row['vm'])} on with "
                             f"{row['old_min_bps']}")
            last[row["vm"]] = row["min_bps"]
        for name, value in there.items():
            if last.get(name) != value:
                wrong.append(f"{name} has {value}, its trail ends with {last.get(name)}")
        return wrong
