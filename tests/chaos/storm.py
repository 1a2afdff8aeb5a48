"""storm.py RIG.json SEED SECONDS - faults chosen by the seed, round after round, and what has to
hold after each. tests/chaos/run makes the rig and starts this; see README.md.

Each round: up to three faults, overlapping; when the last is mended, guarantees are to be held
within two seconds; then the rest is looked at. Rounds without kills come between those with, so that
processes live long enough for a leak to show.
"""
import json
import os
import random
import signal
import struct
import sys
import time

from programs import Program, quantiles, spawn
from sla_writer import Ctl, SlaWriter
from tc_watch import Counter, GuestTc, Watch, rate

LEASE_S = 3.0
TICK_S = 0.1  # an agent looks at its lease so often,
POLL_S = 0.1  # and at its guests
SLACK_S = 0.5  # for the machine: two cores, six guests, traffic and this
HELD_WITHIN_S = 2.0
HELD_PART = 0.93  # of the guarantee; TCP and counters wander by some percent
WINDOW_S = 0.5  # a throughput is a mean over so long
LOOK_S = 4.0  # for how long after the last repair
ROUNDS_IN_A_CHAPTER = 4  # with kills, then as many without
FAULTS_MOST = 3
HOUR_S = 3600
HEADERS = 1.04558  # DAQS_HEADERS_PPM: what a byte counted in a guest is on the wire
RSS_GROWTH_BYTES = 8 << 20
PROXY_MODES = ("drop", "blackhole", "delay 300", "cut", "tiny", "garble", "duplicate")
SILENT_MODES = ("drop", "blackhole")  # nothing comes through, from the first moment on
KILLS = ("kill controller", "kill agent", "kill-qga", "reboot")
OTHERS = ("stop controller", "stop agent", "stop-qga", "disk-full", "clock", "pause") + tuple(
    "bus " + mode for mode in PROXY_MODES)


class Fault:
    """Something breaks at a time, and is mended at a later one (seconds from the round's begin)."""

    def __init__(self, kind, target, at_s, span_s, detail=""):
        self.kind, self.target, self.at_s, self.span_s = kind, target, at_s, span_s
        self.detail = detail

    def __str__(self):
        return " ".join(word for word in (self.kind, self.target, self.detail) if word)


class Storm:
    def __init__(self, rig, seed, seconds):
        self.rig = rig
        self.run = rig["run"]
        self.rng = random.Random(seed)
        self.seed, self.seconds = seed, seconds
        self.began_s = time.monotonic()
        self.wrong = {}  # by case: what happened
        self.recoveries, self.disturbed, self.overtime = [], [], []
        self.local_splits = 0
        self.counts = {}
        self.excused = []
        self.proxies = {}
        self.programs = {}
        self.decks = {True: [], False: []}  # what is still to come, with kills and without
        self.watch = self.writer = None
        self.filler = os.path.join(self.run, "disk", "filler")
        self.disk_was_full = False

    # --- what is said ---

    def say(self, text):
        print(f"{time.monotonic() - self.began_s:8.3f} s  {text}", flush=True)

    def fail(self, case, text):
        self.wrong.setdefault(case, []).append(text)
        self.say(f"WRONG: {case}: {text}")

    # --- setting up ---

    def begin(self):
        rig, seed = self.rig, self.seed
        shim = {"LD_PRELOAD": rig["shim"]}
        for host in rig["hosts"]:
            name = host["name"]
            proxy = spawn([sys.executable, os.path.join(os.path.dirname(__file__), "proxy.py"),
                           str(host["proxy_port"]), str(rig["bus_port"]), str(seed)],
                          stdin=-1, stdout=-1, text=True)
            self.proxies[name] = proxy
            assert proxy.stdout.readline() == "ok\n"
        for name, program in [("controller", "daqs-controllerd")] + [
                ("agent-" + host["name"], "daqs-agentd") for host in rig["hosts"]]:
            conf = "controllerd" if name == "controller" else "agentd-" + name[6:]
            clock = os.path.join(self.run, f"{name}.clock")
            with open(clock, "wb") as file:
                file.write(struct.pack("q", 0))
            self.programs[name] = Program(
                name, [os.path.join(rig["bin"], program), "--config", f"{self.run}/{conf}.conf"],
                f"{self.run}/{name}.log", dict(shim, WALL_SHIM_FILE=clock))
            self.programs[name].start()
        self.ctl = Ctl(os.path.join(rig["bin"], "daqsctl"), rig["admin"])
        hosts = {}
        for host in rig["hosts"]:
            guests = {guest["name"]: guest for guest in host["guests"]}
            hosts[host["name"]] = {
                "gold": Counter(guests["gold"]["anchor"], "eth0"),
                "uplink": Counter(host["anchor"], "uplink"),
                "tc": {name: GuestTc(guest["namespace"]) for name, guest in guests.items()}}
        self.wait(60, "all hosts are up", self.all_up)
        self.watch = Watch(hosts)
        time.sleep(2)
        for host in hosts:
            samples = self.watch.span(host, time.monotonic() - 1.5, time.monotonic())
            mean = rate(samples[0], samples[-1], "gold")
            self.say(f"{host}: without an SLA its gold gets {mean / 1e6:.0f} Mbit/s, of "
                     f"{rate(samples[0], samples[-1], 'uplink') / 1e6:.0f}")
            if mean > HELD_PART * rig["min_bps"]:
                self.fail("without control guarantees would not be held", host)
        for host in rig["hosts"]:
            status, _, errors = self.ctl.ask("set-sla", host["name"], "gold", f"{rig['min_bps']}bps")
            assert status == 0, errors
        self.writer = SlaWriter(self.ctl, seed)
        self.wait(30, "best effort is limited", self.all_limited)
        self.writer.go_on()
        time.sleep(LOOK_S)
        self.settle()

    def wait(self, seconds, what, test):
        end = time.monotonic() + seconds
        while not test():
            self.supervise()
            if time.monotonic() > end:
                return self.fail("the rig settles after each round", f"waited {seconds} s: {what}")
            time.sleep(0.1)
        return None

    def all_up(self):
        rows = self.ctl.table("hosts") or []
        return sum(row["state"] == "up" for row in rows) == len(self.rig["hosts"])

    def all_limited(self):
        return all(samples and samples[-1].limits["noisy"] for samples in
                   self.watch.samples.values())

    def end(self):
        """Also when interrupted. Only what was started here."""
        if self.watch:
            self.watch.end()
        if self.writer:
            self.writer.ending = True
        for program in self.programs.values():
            program.destroy()
        for proxy in self.proxies.values():
            proxy.kill()

    # --- faults ---

    def draw(self, kills):
        """Everything once, in any order, before anything comes again."""
        deck = self.decks[kills]
        if not deck:
            deck += KILLS + OTHERS if kills else OTHERS
            self.rng.shuffle(deck)
        return deck.pop()

    def choose(self, kills):
        """The next round's. All that is random about it is drawn here."""
        rng = self.rng
        hosts = [host["name"] for host in self.rig["hosts"]]
        faults, taken = [], set()
        away = rng.random() < 0.5  # for longer than a lease
        for _ in range(rng.randint(1, FAULTS_MOST)):
            kind, _, detail = self.draw(kills).partition(" ")
            host = rng.choice(hosts)
            guest = rng.choice(["gold", "noisy", "idle"])
            at_s, span_s = rng.uniform(0, 1.5), rng.uniform(0.1, 2.5)
            long_s, pause_s = rng.uniform(LEASE_S + 1.5, LEASE_S + 3), rng.uniform(2, 4)
            program = rng.choice(["controller", "agent-" + host])
            hour = rng.choice(["+1h", "-1h", "0h"])
            target = {"bus": host, "disk-full": "", "clock": program, "pause": f"{host}/gold",
                      "reboot": f"{host}/noisy"}.get(kind, f"{host}/{guest}")
            if kind in ("kill", "stop"):
                target, detail = {"controller": "controller", "agent": "agent-" + host}[detail], ""
            if away and (target == "controller" or detail in SILENT_MODES):
                span_s = long_s
            if kind == "clock":
                detail = hour
            if kind == "pause":
                span_s = pause_s  # limits are lifted meanwhile
            key = (kind in ("bus", "clock", "pause"), kind == "clock", target)
            if key not in taken:
                taken.add(key)
                faults.append(Fault(kind, target, at_s, span_s, detail))
        return faults

    def guest(self, target):
        host, name = target.split("/")
        for h in self.rig["hosts"]:
            for guest in h["guests"]:
                if (h["name"], guest["name"]) == (host, name):
                    return guest
        raise KeyError(target)

    def qga(self, target):
        """(what starts it again, the guest agent)"""
        with open(self.guest(target)["qga_pid"], encoding="ascii") as file:
            pid = int(file.read())
        return self.guest(target)["qga_loop"], pid

    def bus(self, host, mode):
        proxy = self.proxies[host]
        proxy.stdin.write(mode + "\n")
        proxy.stdin.flush()
        assert proxy.stdout.readline() == "ok\n"

    def fill_disk(self):
        with open(self.filler, "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    pass

    def break_it(self, fault):
        self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
        self.say(f"fault: {fault}, for {fault.span_s:.3f} s")
        kind, target = fault.kind, fault.target
        if kind == "kill":
            self.programs[target].kill()
        elif kind == "stop":
            self.programs[target].stop()
        elif kind == "bus":
            self.bus(target, fault.detail)
        elif kind == "disk-full":
            self.disk_was_full = True
            self.fill_disk()
        elif kind == "clock":
            with open(os.path.join(self.run, f"{target}.clock"), "r+b") as file:
                file.write(struct.pack("q", int(fault.detail[:-1]) * HOUR_S))
        elif kind == "pause":
            os.kill(self.guest(target)["client"], signal.SIGSTOP)
        elif kind == "stop-qga":
            fault.pid = self.qga(target)[1]
            os.kill(fault.pid, signal.SIGSTOP)
        else:
            loop, pid = self.qga(target)
            os.kill(loop, signal.SIGSTOP)
            os.kill(pid, signal.SIGKILL)
            if kind == "reboot":
                spawn(["tc", "-n", self.guest(target)["namespace"], "qdisc", "del", "dev", "eth0",
                       "root"], stderr=-3).wait()

    def mend(self, fault):
        self.say(f"mended: {fault}")
        kind, target = fault.kind, fault.target
        if kind == "kill":
            self.programs[target].start()
        elif kind == "stop":
            self.programs[target].go_on()
        elif kind == "bus":
            self.bus(target, "pass")
        elif kind == "disk-full":
            os.unlink(self.filler)
        elif kind == "pause":
            os.kill(self.guest(target)["client"], signal.SIGCONT)
        elif kind == "stop-qga":
            os.kill(fault.pid, signal.SIGCONT)
        elif kind in ("kill-qga", "reboot"):
            os.kill(self.guest(target)["qga_loop"], signal.SIGCONT)
        # A clock stays where it was put.

    def supervise(self):
        """A program that ended is started again, as by systemd; that it ended may be a defect."""
        for program in self.programs.values():
            status = program.ended()
            if status is None:
                continue
            tail = program.log_tail()
            if program.name == "controller" and status == 1 and self.disk_was_full and (
                    "full" in tail or "No space" in tail):
                self.excused.append("the controller does not start on a full disk")
                time.sleep(0.2)
            else:
                self.fail("no program ends by itself", f"{program.name}, status {status}: {tail}")
            program.start()

    # --- a round ---

    def round(self, number):
        kills = number // ROUNDS_IN_A_CHAPTER % 2 == 0
        faults = self.choose(kills)
        began_s = time.monotonic()
        events = sorted([(f.at_s, 0, i, f) for i, f in enumerate(faults)] +
                        [(f.at_s + f.span_s, 1, i, f) for i, f in enumerate(faults)
                         if f.kind != "clock"], key=lambda e: e[:3])
        times = {}
        for at_s, repair, _, fault in events:
            while (left := began_s + at_s - time.monotonic()) > 0:
                self.supervise()
                time.sleep(min(left, 0.1))
            if repair:
                times[fault] = (times[fault][0], time.monotonic())
                self.mend(fault)
            else:
                times[fault] = (time.monotonic(), None)
                self.break_it(fault)
        mended_s = time.monotonic()
        while time.monotonic() < mended_s + LOOK_S:
            self.supervise()
            time.sleep(0.1)
        self.disk_was_full = False
        for host in (h["name"] for h in self.rig["hosts"]):
            self.judge_guarantee(host, mended_s)
            self.judge_lease(host, faults, times)
        # Once by each controller before it is looked at: its reader opens files with its first query.
        self.settle(audit=number % 5 == 0 or not self.programs["controller"].settled)
        self.watch.forget(time.monotonic() - 1)

    # --- guarantees ---

    def judge_guarantee(self, host, mended_s):
        """From when on is it held, for a window at a time?"""
        samples = self.watch.span(host, mended_s, mended_s + LOOK_S)
        need = HELD_PART * self.rig["min_bps"]
        bad_s = 0.0
        short = None
        end = 0
        for i, first in enumerate(samples):
            while end < len(samples) and samples[end].s < first.s + WINDOW_S:
                end += 1
            if end == len(samples):
                break
            if rate(first, samples[end], "gold") < need:
                bad_s = samples[end].s - mended_s - WINDOW_S
                short = (i, end)
        if not samples or end < 2:
            return
        if bad_s <= HELD_WITHIN_S:
            self.recoveries.append(max(0.0, bad_s))
            return
        reason = self.disturbance(samples, short)
        first, last = samples[short[0]], samples[short[1]]
        text = (f"{host}: {rate(first, last, 'gold') / 1e6:.0f} Mbit/s until {bad_s:.1f} s after "
                f"the last repair; uplink {rate(first, last, 'uplink') / 1e6:.0f}, limits "
                f"{last.limits}")
        if reason:
            self.disturbed.append(bad_s)
            self.say(f"not counted, {reason}: {text}")
        else:
            self.recoveries.append(bad_s)
            self.fail(f"guarantees are held within {HELD_WITHIN_S:.0f} s of the last repair", text)

    def disturbance(self, samples, short):
        """Was it the machine? The time it was not given; or the guest had the way free, with room
        on its uplink and no limit below its guarantee, and did not use it."""
        first, last = samples[short[0]], samples[short[1]]
        span = [s for s in samples if first.s <= s.s <= last.s]
        stolen_s = (samples[-1].stolen - samples[0].stolen) / 100
        if stolen_s > 0.02 * LOOK_S * os.cpu_count():
            return f"{stolen_s:.2f} s were stolen"
        if any(b.s - a.s > 0.3 for a, b in zip(span, span[1:])):
            return "the watch itself was late"
        gold = [s.limits["gold"] for s in span]
        room = rate(first, last, "uplink") < 0.85 * self.rig["capacity_bps"]
        if room and all(limit is None or limit >= self.rig["min_bps"] for limit in gold):
            return "the uplink had room"
        return None

    # --- leases ---

    def judge_lease(self, host, faults, times):
        """Where the controller was away for longer than a lease, from the agent's side, limits
        were those of the local split as soon as it had run out."""
        agent = "agent-" + host
        silent = None
        for f in faults:
            away = f.target == "controller" and f.kind in ("kill", "stop") or (
                f.kind == "bus" and f.target == host and f.detail in SILENT_MODES)
            if away and f.span_s > LEASE_S + TICK_S + POLL_S + SLACK_S + 0.2:
                silent = times[f]
            # Who was not itself meanwhile, or could not reach its guests, is not judged.
            if f.target == agent or f.target.startswith(host + "/") and f.kind != "pause":
                return
        if silent is None:
            return
        for f in faults:  # somebody else was in the way before: the lease may have begun earlier
            if times[f][0] < silent[0] and f.kind in ("kill", "stop", "bus"):
                return
        budget = 0.99 * self.rig["capacity_bps"] - HEADERS * self.rig["min_bps"]
        share = budget / 2
        samples = self.watch.span(host, *silent)
        split = [s for s in samples if all(
            s.limits[guest] and abs(s.limits[guest] - share) < 0.01 * share
            for guest in ("noisy", "idle"))]
        late = [s.s for s in samples if s.s > silent[0] + LEASE_S + TICK_S + POLL_S and s not in split]
        over_s = (late[-1] - silent[0] - LEASE_S) if late else (
            max(0.0, split[0].s - silent[0] - LEASE_S) if split else 0.0)
        self.local_splits += 1
        self.overtime.append(over_s)
        if over_s > TICK_S + POLL_S + SLACK_S:
            self.fail("no limit outlives its lease",
                      f"{host}: {over_s:.2f} s after the lease {samples[-1].limits}, not {share:.0f}")

    # --- between rounds ---

    def settle(self, audit=True):
        self.wait(20, "all hosts are up", self.all_up)
        self.writer.pause()
        for text in self.writer.check(audit):
            self.fail("no acknowledged SLA is lost", text)
        self.look_at_processes()
        self.writer.go_on()

    def look_at_processes(self):
        """What they have when all is well."""
        for program in self.programs.values():
            if time.monotonic() - program.started_s >= 5:
                program.settled.append((program.descriptors(), program.resident_bytes()))

    def judge_processes(self):
        """At the end, each process against itself when it had settled first."""
        for program in self.programs.values():
            if len(program.settled) < 2:
                continue
            descriptors, resident = program.settled[0]
            end = time.monotonic() + 40  # keepalive ends what the network left half open
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

    def verdict(self):
        self.say("the last look")
        for name in self.proxies:
            self.bus(name, "pass")
        self.settle()
        self.writer.pause()
        self.judge_processes()
        self.writer.end()
        # Agents first, so that the controller hears their goodbyes.
        for name in sorted(self.programs):
            status = self.programs[name].end()
            if status != 0:
                self.fail("every program ends well", f"{name}: status {status}: "
                          f"{self.programs[name].log_tail()}")
        for program in self.programs.values():
            for line in program.troubles():
                self.fail("no log has an assertion or a sanitizer's report",
                          f"{program.name}: {line}")
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
        if self.overtime:
            p50, p99, most = quantiles(self.overtime)
            print(f"leases that ran out, {self.local_splits}: the local split was in force p50 "
                  f"{p50:.2f} s, p99 {p99:.2f} s, max {most:.2f} s after the lease")
        cases = ["without control guarantees would not be held", "no acknowledged SLA is lost",
                 f"guarantees are held within {HELD_WITHIN_S:.0f} s of the last repair",
                 "no limit outlives its lease", "no program ends by itself",
                 "no program leaks descriptors", "no program leaks memory",
                 "the rig settles after each round", "every program ends well",
                 "no log has an assertion or a sanitizer's report"]
        if not counts["acknowledged"]:
            self.fail("no acknowledged SLA is lost", "none was acknowledged")
        if not self.recoveries:
            self.fail(cases[2], "no span could be looked at")
        for case in cases:
            print(("not ok " if case in self.wrong else "ok ") + case)
        return 1 if self.wrong else 0


def interrupted(number, _):
    raise SystemExit(128 + number)


def main():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupted)
    with open(sys.argv[1], encoding="utf-8") as file:
        rig = json.load(file)
    storm = Storm(rig, int(sys.argv[2]), float(sys.argv[3]))
    try:
        storm.begin()
        number = 0
        while time.monotonic() - storm.began_s < storm.seconds:
            storm.round(number)
            number += 1
        return storm.verdict()
    finally:
        storm.end()


sys.exit(main())
