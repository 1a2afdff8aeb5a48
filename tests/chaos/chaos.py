# SPDX-License-Identifier: Apache-2.0
"""chaos - the common part of all storms: faults drawn from a seed, round after round, programs that
are supervised, a guarantee that must hold again after each round, and the final check.

A storm is a subclass that defines its faults and how they are made and repaired.
"""
import os
import random
import signal
import time

from programs import quantiles
from tc_watch import rate

HELD_PART = 0.93  # of the guarantee; TCP and counters vary by a few percent
WINDOW_S = 0.5  # a throughput is a mean over this time
NEED_S = 20  # until all guests send
RSS_GROWTH_BYTES = 8 << 20


class Fault:
    """A fault: made at one time, repaired at a later one (seconds from the start of the round)."""

    def __init__(self, kind, target, at_s, span_s, detail=""):
        self.kind, self.target, self.at_s, self.span_s = kind, target, at_s, span_s
        self.detail = detail

    def __str__(self):
        return " ".join(word for word in (self.kind, self.target, self.detail) if word)


class Chaos:
    HELD_WITHIN_S = 2.0  # after the last repair
    LOOK_S = 4.0  # observed for this long after it
    UP_WITHIN_S = 20  # all that was broken
    ENDLESS = ()  # kinds that are not repaired
    CASES = ("without control guarantees would not be held", "no acknowledged SLA is lost",
             "guarantees are held within {within:.0f} s of the last repair", "no program ends by itself",
             "no program leaks descriptors", "no program leaks memory",
             "the rig settles after each round", "every program ends well",
             "no log has an assertion or a sanitizer's report")

    def __init__(self, rig, seed, seconds):
        self.rig = rig
        self.run = rig["run"]
        self.rng = random.Random(seed)
        self.seed, self.seconds = seed, seconds
        self.began_s = time.monotonic()
        self.wrong = {}  # by case: the failures
        self.recoveries, self.disturbed, self.excused = [], [], []
        self.counts = {}  # of faults, by kind
        self.programs = {}  # by name
        self.decks = {}  # faults that are still to come, by the kinds they are drawn from
        self.ctl = self.watch = self.writer = None

    # --- output ---

    def held_case(self):
        return self.CASES[2].format(within=self.HELD_WITHIN_S)

    def say(self, text):
        print(f"{time.monotonic() - self.began_s:8.3f} s  {text}", flush=True)

    def fail(self, case, text):
        self.wrong.setdefault(case, []).append(text)
        self.say(f"WRONG: {case}: {text}")

    # --- programs ---

    def excuse(self, program, status, tail):
        """Returns an acceptable reason for the end of a program, or None."""
        del program, status, tail

    def supervise(self):
        """Restarts programs that ended, as systemd does; that a program ended may be a defect."""
        for program in self.programs.values():
            status = program.ended()
            if status is None:
                continue
            tail = program.log_tail()
            reason = self.excuse(program, status, tail)
            if reason:
                self.excused.append(reason)
                time.sleep(0.2)
            else:
                self.fail("no program ends by itself", f"{program.name}, status {status}: {tail}")
            program.start()

    def wait(self, seconds, what, test):
        end = time.monotonic() + seconds
        while not test():
            self.supervise()
            if time.monotonic() > end:
                return self.fail("the rig settles after each round", f"waited {seconds} s: {what}")
            time.sleep(0.1)
        return None

    def rest(self, until_s):
        while (left := until_s - time.monotonic()) > 0:
            self.supervise()
            time.sleep(min(left, 0.1))

    # --- faults ---

    def draw(self, kinds):
        """Draws a random kind. Each kind comes once before any of them is repeated."""
        deck = self.decks.setdefault(kinds, [])
        if not deck:
            deck += kinds
            self.rng.shuffle(deck)
        return deck.pop()

    def play(self, faults):
        """Makes and repairs the faults. Returns the times of each, and of the last repair."""
        began_s = time.monotonic()
        events = sorted([(f.at_s, 0, i, f) for i, f in enumerate(faults)] +
                        [(f.at_s + f.span_s, 1, i, f) for i, f in enumerate(faults)
                         if f.kind not in self.ENDLESS], key=lambda e: e[:3])
        times = {}
        for at_s, repair, _, fault in events:
            self.rest(began_s + at_s)
            now_s = time.monotonic()
            if repair:
                times[fault] = (times[fault][0], now_s)
                self.say(f"repaired: {fault}")
                self.repair(fault)
            else:
                times[fault] = (now_s, None)
                self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
                self.say(f"fault: {fault}, for {fault.span_s:.3f} s")
                self.break_it(fault)
        return times, time.monotonic()

    # --- guarantees ---

    def prove_need(self, hosts):
        """Checks that gold is not held without an SLA: otherwise the later checks prove nothing."""
        for host in hosts:
            end_s = time.monotonic() + NEED_S
            while (mean := self.recent(host, "gold")) > HELD_PART * self.rig["min_bps"]:
                if time.monotonic() > end_s:
                    self.fail(self.CASES[0], f"{host}: gold gets {mean / 1e6:.0f} Mbit/s")
                    break
                self.rest(time.monotonic() + 0.5)
            self.say(f"{host}: without an SLA its gold gets {mean / 1e6:.0f} Mbit/s, of "
                     f"{self.recent(host, 'uplink') / 1e6:.0f}")

    def recent(self, host, field):
        """Returns the recent rate in bit/s; infinity until there are samples."""
        samples = self.watch.span(host, time.monotonic() - 1.5, time.monotonic())
        return rate(samples[0], samples[-1], field) if len(samples) > 1 else float("inf")

    def last_short(self, samples):
        """Returns the last window in which the guarantee was not held, as two samples; (None, None)
        if it was held in all windows; None if there was not a single window."""
        short, end, seen = (None, None), 0, False
        for first in samples:
            while end < len(samples) and samples[end].s < first.s + WINDOW_S:
                end += 1
            if end == len(samples):
                break
            seen = True
            if rate(first, samples[end], "gold") < HELD_PART * self.rig["min_bps"]:
                short = (first, samples[end])
        return short if seen else None

    def judge_guarantee(self, host, repaired_s):
        """Checks from when on the guarantee is held in every window."""
        samples = self.watch.span(host, repaired_s, repaired_s + self.LOOK_S)
        short = self.last_short(samples)
        if short is None:
            return
        first, last = short
        bad_s = max(0.0, last.s - repaired_s - WINDOW_S) if last else 0.0
        if bad_s <= self.HELD_WITHIN_S:
            self.recoveries.append(bad_s)
            return
        reason = self.disturbance(samples, first, last)
        text = (f"{host}: {rate(first, last, 'gold') / 1e6:.0f} Mbit/s until {bad_s:.1f} s after "
                f"the last repair; uplink {rate(first, last, 'uplink') / 1e6:.0f}, limits "
                f"{last.limits}")
        if reason:
            self.disturbed.append(bad_s)
            self.say(f"not counted, {reason}: {text}")
        else:
            self.recoveries.append(bad_s)
            self.fail(self.held_case(), text)

    def disturbance(self, samples, first, last):
        """Returns a reason if the shortfall was caused by the machine, else None: processor time
        was stolen, or the guest had room on its uplink and no limit below its guarantee and did not
        use it."""
        span = [s for s in samples if first.s <= s.s <= last.s]
        stolen_s = (samples[-1].stolen - samples[0].stolen) / 100
        if stolen_s > 0.02 * (samples[-1].s - samples[0].s) * os.cpu_count():
            return f"{stolen_s:.2f} s were stolen"
        if any(b.s - a.s > 0.3 for a, b in zip(span, span[1:])):
            return "the watch itself was late"
        room = rate(first, last, "uplink") < 0.85 * self.rig["capacity_bps"]
        if room and all(s.limits["gold"] is None or s.limits["gold"] >= self.rig["min_bps"]
                        for s in span):
            return "the uplink had room"
        return None

    # --- between rounds ---

    def all_up(self):
        raise NotImplementedError

    def settle(self, audit=True):
        self.wait(self.UP_WITHIN_S, "all hosts are up", self.all_up)
        self.writer.pause()
        for text in self.writer.check(audit):
            self.fail("no acknowledged SLA is lost", text)
        self.look_at_processes()
        self.writer.go_on()

    def look_at_processes(self):
        """Records the descriptors and memory of the programs when all is well."""
        for program in self.programs.values():
            if time.monotonic() - program.started_s >= 5:
                program.settled.append((program.descriptors(), program.resident_bytes()))

    def judge_processes(self):
        """Compares each process, at the end, with its own figures when it had first settled."""
        for program in self.programs.values():
            if len(program.settled) < 2:
                continue
            descriptors, resident = program.settled[0]
            end = time.monotonic() + 40  # keepalive ends connections the network left half open
            while (now := program.descriptors()) > descriptors and time.monotonic() < end:
                time.sleep(0.5)
            if now > descriptors:
                self.fail("no program leaks descriptors",
                          f"{program.name}: {descriptors} once it had settled, now {now}")
            grown = program.resident_bytes() - resident
            self.say(f"{program.name}: {len(program.settled)} looks, {descriptors} descriptors "
                     f"then, {now} now; {resident / 1e6:.1f} MB then, "
                     f"{grown / 1e6:+.1f} MB since")
            if grown > RSS_GROWTH_BYTES and not program.sanitized():
                self.fail("no program leaks memory",
                          f"{program.name}: {resident} bytes when it had settled, {grown} more now")

    # --- the end ---

    def end_programs(self):
        self.writer.pause()
        self.judge_processes()
        self.writer.end()
        # Agents first, so that the controller receives their goodbyes.
        for name in sorted(self.programs):
            status = self.programs[name].end()
            if status != 0:
                self.fail("every program ends well", f"{name}: status {status}: "
                          f"{self.programs[name].log_tail()}")
        for program in self.programs.values():
            for line in program.troubles():
                self.fail("no log has an assertion or a sanitizer's report",
                          f"{program.name}: {line}")

    def verdict(self):
        """Prints the figures and cases; returns the exit status."""
        counts = self.writer.counts
        print(f"seed {self.seed}; faults: " +
              ", ".join(f"{kind} {n}" for kind, n in sorted(self.counts.items())))
        print(f"SLAs: {counts['acknowledged']} acknowledged, {counts['uncertain']} unanswered, "
              f"{counts['refused']} refused")
        starts = {name: program.starts for name, program in self.programs.items()}
        print(f"starts: {starts}; excused ends: {len(self.excused)}")
        if self.recoveries:
            p50, p99, most = quantiles(self.recoveries)
            print(f"guarantees, {len(self.recoveries)} spans: held again p50 {p50:.2f} s, p99 "
                  f"{p99:.2f} s, max {most:.2f} s after the last repair; not counted, for the "
                  f"machine's sake: {len(self.disturbed)}")
        cases = [case.format(within=self.HELD_WITHIN_S) for case in self.CASES]
        if not counts["acknowledged"]:
            self.fail("no acknowledged SLA is lost", "none was acknowledged")
        if not self.recoveries:
            self.fail(self.held_case(), "no span could be looked at")
        for case in cases:
            print(f"not ok {case}: {self.wrong[case][0]}" if case in self.wrong else f"ok {case}")
        return 1 if self.wrong else 0

    def end(self):
        """Ends only what was started here. Also runs after an interruption."""
        if self.watch:
            self.watch.end()
        if self.writer:
            self.writer.ending = True
        for program in self.programs.values():
            program.destroy()


def interrupted(number, _):
    raise SystemExit(128 + number)


def run(storm):
    """Runs a storm from begin to end; returns the exit status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        storm.begin()
        number = 0
        end_s = time.monotonic() + storm.seconds
        while time.monotonic() < end_s:
            storm.round(number)
            number += 1
        storm.last_look()
        return storm.verdict()
    finally:
        storm.end()
